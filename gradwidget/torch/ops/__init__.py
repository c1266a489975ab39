"""Every op, a file per family. Importing this package declares those that every lesson uses (`registry.record`); the
families in `LATE_FAMILIES` are imported when one of their names is first used."""

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

# family -> what it declares, as `torch.<name>` or as a method
LATE_FAMILIES: dict[str, str] = {}
registry.late(LATE_FAMILIES)

__all__ = [
    "LATE_FAMILIES",
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
