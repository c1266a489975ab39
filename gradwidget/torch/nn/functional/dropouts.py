"""Dropout: while training, some of what passes is zero and the rest is larger, so that the mean stays."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...ops.result_layout import drawn_in_order
from ...random import default_generator
from ...tensor import Tensor, from_array


def check_probability(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _like(noise: np.ndarray, a: np.ndarray) -> Tensor:
    return from_array(noise if type(a) is np.ndarray else noise.view(type(a)))


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element is zero with probability p, and the others are larger by 1 / (1 - p)."""
    check_probability(p)
    return _dropped(input, p, training, inplace, input._a.shape)


def _dropped(input: Any, p: float, training: bool, inplace: bool, drawn: tuple[int, ...]) -> Tensor:
    """`drawn`: the shape of what is drawn; dimensions of size 1 share a draw."""
    if p == 0 or not training or input.numel() == 0:
        return input  # type: ignore[no-any-return]
    a = input._a
    if p == 1:
        scale = _like(np.zeros((), a.dtype), a)
    else:
        kept = default_generator.bernoulli(1 - p, drawn)
        if drawn == a.shape:
            kept = drawn_in_order(kept, a)
        scale = _like(kept.astype(a.dtype) / a.dtype.type(1 - p), a)
    return input.mul_(scale) if inplace else input * scale  # type: ignore[no-any-return]


def _channels(name: str, input: Any, p: float, training: bool, inplace: bool) -> Tensor:
    check_probability(p)
    shape = input._a.shape
    if len(shape) < 2 and training and 0 < p < 1 and input.numel():
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return _dropped(input, p, training, inplace, (*shape[:2], *(1,) * (len(shape) - 2)))


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of (batch, channels, length) are zero together."""
    dims = input.dim()
    if dims not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {dims}D input. Note that dropout1d exists to provide channel-wise "
            "dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs)."
        )
    return _unbatched("dropout1d", input, p, training, inplace, dims == 2)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of (batch, channels, height, width) are zero together."""
    dims = input.dim()
    if dims not in (3, 4):
        warnings.warn(
            f"dropout2d: Received a {dims}-D input to dropout2d, which is deprecated and will result in an error in a future release. To "
            "retain the behavior and silence this warning, please use dropout instead. Note that dropout2d exists to provide channel-wise "
            "dropout on inputs with 2 spatial dimensions, a channel dimension, and an optional batch dimension (i.e. 3D or 4D inputs).",
            stacklevel=2,
        )
    if dims == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - input is interpreted "
            "as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to interpret the input as one "
            "without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout behavior, please switch to using "
            "dropout1d instead.",
            stacklevel=2,
        )
    return _channels("dropout2d", input, p, training, inplace)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Whole channels of (batch, channels, depth, height, width) are zero together."""
    dims = input.dim()
    if dims not in (4, 5):
        warnings.warn(
            f"dropout3d: Received a {dims}-D input to dropout3d, which is deprecated and will result in an error in a future release. To "
            "retain the behavior and silence this warning, please use dropout instead. Note that dropout3d exists to provide channel-wise "
            "dropout on inputs with 3 spatial dimensions, a channel dimension, and an optional batch dimension (i.e. 4D or 5D inputs).",
            stacklevel=2,
        )
    return _unbatched("dropout3d", input, p, training, inplace, dims == 4)


def _unbatched(name: str, input: Any, p: float, training: bool, inplace: bool, alone: bool) -> Tensor:
    if not alone:
        return _channels(name, input, p, training, inplace)
    batch = input.unsqueeze_(0) if inplace else input.unsqueeze(0)
    out: Any = _channels(name, batch, p, training, inplace)
    return out.squeeze_(0) if inplace else out.squeeze(0)  # type: ignore[no-any-return]


ALPHA = 1.7580993408473766  # of selu: scale times alpha


def _alpha(input: Any, p: float, training: bool, inplace: bool, drawn: tuple[int, ...]) -> Tensor:
    """What is dropped takes the value that selu saturates at; a, b restore mean 0 and variance 1 (Klambauer et al. 2017)."""
    check_probability(p)
    if p == 0 or not training or input.numel() == 0:
        return input  # type: ignore[no-any-return]
    x = input._a
    if p == 1:
        zero = _like(np.zeros((), x.dtype), x)
        return input.mul_(zero) if inplace else input * zero  # type: ignore[no-any-return]
    kept = default_generator.bernoulli(1 - p, drawn).astype(x.dtype)
    if drawn == x.shape:
        kept = drawn_in_order(kept, x)
    a = 1.0 / np.sqrt((ALPHA * ALPHA * p + 1) * (1 - p))
    shift = (kept - 1) * x.dtype.type(ALPHA * a) + x.dtype.type(ALPHA * a * p)
    scale, moved = _like(kept * x.dtype.type(a), x), _like(shift.astype(x.dtype, copy=False), x)
    return input.mul_(scale).add_(moved) if inplace else input * scale + moved  # type: ignore[no-any-return]


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean and variance, for networks of selu."""
    return _alpha(input, p, training, inplace, input._a.shape)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """The same for whole channels."""
    shape = input._a.shape
    if len(shape) < 2 and training and 0 < p < 1 and input.numel():
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return _alpha(input, p, training, inplace, (*shape[:2], *(1,) * (len(shape) - 2)))
