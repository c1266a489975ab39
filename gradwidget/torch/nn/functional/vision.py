"""Images: other sizes, other places, patches."""

from ...ops.grid import affine_grid, grid_sample
from ...ops.patches import fold, unfold
from ...ops.resample import interpolate, upsample, upsample_bilinear, upsample_nearest

__all__ = [
    "affine_grid",
    "fold",
    "grid_sample",
    "interpolate",
    "unfold",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]
