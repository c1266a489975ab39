"""Which order images have in memory: channel by channel, or with the channels of a pixel side by side (channels last)."""

from __future__ import annotations

from typing import Any

import numpy as np


def is_channels_last(a: np.ndarray) -> bool:
    """Whether PyTorch takes the strides of (batch, channels, ...) as channels last; doubtful cases are not."""
    n, strides = a.ndim, a.strides
    if n not in (4, 5) or (strides[1] != a.itemsize and a.shape[1] != 1) or strides[1] == 0:
        return False
    least = 0
    for d in (1, *range(n - 1, 1, -1), 0):
        if a.shape[d] == 0 or strides[d] < least or (d == 0 and least == strides[1]):
            return False
        least = strides[d] * max(a.shape[d], 1)
    return True


def as_images(a: np.ndarray, *like: np.ndarray) -> Any:
    """The array laid out as PyTorch lays out what it computes from `like`: channels last if one of them is, else in order."""
    for x in like:
        if not x.flags.c_contiguous and is_channels_last(x):
            return np.ascontiguousarray(a.swapaxes(1, -1)).swapaxes(1, -1) if a.ndim == 3 else _last(a)
    return a if a.flags.c_contiguous else np.ascontiguousarray(a)


def _last(a: np.ndarray) -> np.ndarray:
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1)
