"""Channels and pixels in another order."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor
from .both import permute, reshape
from .registry import OPS, function_of, public, record


def _channel_shuffle(x: Any, groups: int) -> Any:
    shape = tuple(x.shape)
    split = reshape(x, (shape[0], groups, shape[1] // max(groups, 1), *shape[2:]))
    return reshape(permute(split, (0, 2, 1, *range(3, len(shape) + 1))), shape)


def _pixel_shuffle(x: Any, r: int) -> Any:
    *batch, c, h, w = x.shape
    n = len(batch)
    split = reshape(x, (*batch, c // r**2, r, r, h, w))
    moved = permute(split, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return reshape(moved, (*batch, c // r**2, h * r, w * r))


def _pixel_unshuffle(x: Any, r: int) -> Any:
    *batch, c, h, w = x.shape
    n = len(batch)
    split = reshape(x, (*batch, c, h // r, r, w // r, r))
    moved = permute(split, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return reshape(moved, (*batch, c * r**2, h // r, w // r))


def _checked_shuffle(x: np.ndarray, upscale_factor: int) -> Any:
    if x.ndim < 3:
        raise RuntimeError(
            f"pixel_shuffle expects input to have at least 3 dimensions, but got input with {x.ndim} dimension(s)"
        )
    if upscale_factor <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {upscale_factor}")
    if x.shape[-3] % upscale_factor**2:
        raise RuntimeError(
            f"pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)={x.shape[-3]} is not divisible by {upscale_factor**2}"
        )
    return np.ascontiguousarray(_pixel_shuffle(x, upscale_factor))


def _checked_unshuffle(x: np.ndarray, downscale_factor: int) -> Any:
    if x.ndim < 3:
        raise RuntimeError(
            f"pixel_unshuffle expects input to have at least 3 dimensions, but got input with {x.ndim} dimension(s)"
        )
    if downscale_factor <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {downscale_factor}")
    for name, n in (("height", x.shape[-2]), ("width", x.shape[-1])):
        if n % downscale_factor:
            at = -2 if name == "height" else -1
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({at})={n} is not divisible by {downscale_factor}"
            )
    return np.ascontiguousarray(_pixel_unshuffle(x, downscale_factor))


def _checked_channels(x: np.ndarray, groups: int) -> Any:
    if x.ndim <= 2:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(x.shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if x.shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {x.shape[1]} channels and {groups} groups."
        )
    return np.ascontiguousarray(_channel_shuffle(x, groups))


record(
    "pixel_shuffle",
    _checked_shuffle,
    "self, upscale_factor",
    methods=(),
    self=lambda grad, upscale_factor: _pixel_unshuffle(grad, upscale_factor),
)
record(
    "pixel_unshuffle",
    _checked_unshuffle,
    "self, downscale_factor",
    methods=(),
    self=lambda grad, downscale_factor: _pixel_shuffle(grad, downscale_factor),
)
record(
    "channel_shuffle",
    _checked_channels,
    "self, groups",
    methods=(),
    self=lambda grad, groups: _channel_shuffle(grad, grad.shape[1] // groups),
)


@public(method=False)
def native_channel_shuffle(input: Any, groups: int) -> Tensor:
    """`channel_shuffle` under its other name."""
    return function_of(OPS["channel_shuffle"])(input, groups)  # type: ignore[no-any-return]
