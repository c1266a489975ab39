"""Channels and pixels in another order."""

from __future__ import annotations

from typing import Any

from ...ops import shuffles
from ...ops.registry import OPS, function_of
from ...tensor import Tensor


def pixel_shuffle(input: Any, upscale_factor: int) -> Tensor:
    """(..., c · r², h, w) → (..., c, h · r, w · r) (Shi et al. 2016)."""
    return function_of(OPS["pixel_shuffle"])(input, upscale_factor)  # type: ignore[no-any-return]


def pixel_unshuffle(input: Any, downscale_factor: int) -> Tensor:
    """(..., c, h · r, w · r) → (..., c · r², h, w)."""
    return function_of(OPS["pixel_unshuffle"])(input, downscale_factor)  # type: ignore[no-any-return]


def channel_shuffle(input: Any, groups: int) -> Tensor:
    """The channels of all groups taken in turns (Zhang et al. 2018)."""
    return function_of(OPS["channel_shuffle"])(input, groups)  # type: ignore[no-any-return]


native_channel_shuffle = shuffles.native_channel_shuffle
