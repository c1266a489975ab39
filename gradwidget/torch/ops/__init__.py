"""Every op, a file per family. Importing this package declares them all (`registry.record`)."""

from .. import hot
from . import (
    ask,
    both,
    convert,
    copyslices,
    creation,
    draws,
    indexing,
    inplace,
    matrix,
    order,
    pointwise,
    quiet,
    reduce,
    registry,
    shape,
    softmax,
    views,
    write,
)

hot.__dict__.update(into=inplace.into)

__all__ = [
    "ask",
    "both",
    "convert",
    "copyslices",
    "creation",
    "draws",
    "indexing",
    "inplace",
    "matrix",
    "order",
    "pointwise",
    "quiet",
    "reduce",
    "registry",
    "shape",
    "softmax",
    "views",
    "write",
]
