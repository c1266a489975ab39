"""Pooling: one number for each window."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops import pool
from ...ops.conv import _per_dimension
from ...ops.pool import max_pool2d
from ...ops.registry import OPS, function_of
from ...tensor import Tensor

# ---- the greatest of each window


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The greatest value of each window of (..., length)."""
    return pool.max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The greatest value of each window of (..., depth, height, width)."""
    return pool.max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool1d_with_indices(input: Any, kernel_size: Any, *args: Any, **kwargs: Any) -> Any:
    return max_pool1d(input, kernel_size, *args, **{**kwargs, "return_indices": True})


def max_pool2d_with_indices(input: Any, kernel_size: Any, *args: Any, **kwargs: Any) -> Any:
    return max_pool2d(input, kernel_size, *args, **{**kwargs, "return_indices": True})


def max_pool3d_with_indices(input: Any, kernel_size: Any, *args: Any, **kwargs: Any) -> Any:
    return max_pool3d(input, kernel_size, *args, **{**kwargs, "return_indices": True})


def _unpool(n: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any) -> Any:
    kernel = _per_dimension(kernel_size, n)
    step = kernel if stride is None or stride == [] else _per_dimension(stride, n)
    pads = _per_dimension(padding, n)
    usual = [(s - 1) * t + k - 2 * p for s, t, k, p in zip(input.shape[-n:], step, kernel, pads)]
    if output_size is None:
        size = tuple(usual)
    else:
        size = tuple(output_size)
        if len(size) == n + 2:
            size = size[2:]
        if len(size) != n:
            raise ValueError(
                f"output_size should be a sequence containing {n} or {n + 2} elements, but it has a length of '{len(size)}'"
            )
        for d in range(n):
            low, high = usual[d] - step[d], usual[d] + step[d]
            if not low < size[d] < high:
                raise ValueError(f"invalid output_size '{list(size)}' (dim {d} must be between {low} and {high})")
    if n == 1:
        out = _op("max_unpool2d")(input.unsqueeze(-1), indices.unsqueeze(-1), (*size, 1))
        return out.squeeze(-1)
    return _op(f"max_unpool{n}d")(input, indices, size)


def _op(name: str) -> Any:
    return function_of(OPS[name])


def max_unpool1d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """The way back from `max_pool1d`: the greatest values at their places, zeros elsewhere."""
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)  # type: ignore[no-any-return]


def max_unpool2d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """The way back from `max_pool2d`."""
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)  # type: ignore[no-any-return]


def max_unpool3d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """The way back from `max_pool3d`."""
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)  # type: ignore[no-any-return]


# ---- the mean of each window


def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of (..., length)."""
    return pool.avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)  # type: ignore[no-any-return]


def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of (..., depth, height, width)."""
    return pool.avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)  # type: ignore[no-any-return]


# ---- as many windows as are asked for


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Tensor:
    return pool.adaptive_avg_pool(1, input, output_size)  # type: ignore[no-any-return]


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Tensor:
    """Means of `output_size` windows, which cover (..., height, width) evenly."""
    return pool.adaptive_avg_pool(2, input, output_size)  # type: ignore[no-any-return]


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Tensor:
    return pool.adaptive_avg_pool(3, input, output_size)  # type: ignore[no-any-return]


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    return pool.adaptive_max_pool(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The greatest of `output_size` windows, which cover (..., height, width) evenly."""
    return pool.adaptive_max_pool(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    return pool.adaptive_max_pool(3, input, output_size, return_indices)


def adaptive_max_pool1d_with_indices(input: Any, output_size: Any) -> Any:
    return adaptive_max_pool1d(input, output_size, True)


def adaptive_max_pool2d_with_indices(input: Any, output_size: Any) -> Any:
    return adaptive_max_pool2d(input, output_size, True)


def adaptive_max_pool3d_with_indices(input: Any, output_size: Any) -> Any:
    return adaptive_max_pool3d(input, output_size, True)


# ---- powers


def _lp(n: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Any:
    from .activation import relu

    kernel = _per_dimension(kernel_size, n)
    out = pool.avg_pool(n, input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (out.sign() * relu(out.abs())).mul(int(np.prod(kernel))).pow(1.0 / norm_type)  # type: ignore[attr-defined]


def lp_pool1d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """(Σ xᵖ) ** (1 / p) over each window."""
    return _lp(1, input, norm_type, kernel_size, stride, ceil_mode)  # type: ignore[no-any-return]


def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    return _lp(2, input, norm_type, kernel_size, stride, ceil_mode)  # type: ignore[no-any-return]


def lp_pool3d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    return _lp(3, input, norm_type, kernel_size, stride, ceil_mode)  # type: ignore[no-any-return]


# ---- windows at places that are drawn


def fractional_max_pool2d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The greatest of each window of (..., height, width), windows lying at places that are drawn."""
    return pool.fractional_max_pool(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The same over (..., depth, height, width)."""
    return pool.fractional_max_pool(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool2d_with_indices(input: Any, kernel_size: Any, *args: Any, **kwargs: Any) -> Any:
    return fractional_max_pool2d(input, kernel_size, *args, **{**kwargs, "return_indices": True})


def fractional_max_pool3d_with_indices(input: Any, kernel_size: Any, *args: Any, **kwargs: Any) -> Any:
    return fractional_max_pool3d(input, kernel_size, *args, **{**kwargs, "return_indices": True})
