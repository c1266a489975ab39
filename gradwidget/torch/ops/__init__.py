"""Every op, a file per family. Importing this package declares them all (`registry.record`)."""

from .. import hot
from . import both, convert, copyslices, creation, draws, indexing, inplace, matrix, pointwise, reduce, registry, shape, views, write

hot.__dict__.update(into=inplace.into)

__all__ = ["both", "convert", "copyslices", "creation", "draws", "indexing", "inplace", "matrix", "pointwise", "reduce", "registry", "shape", "views", "write"]
