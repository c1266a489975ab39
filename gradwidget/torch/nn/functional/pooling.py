"""Pooling: one number for each window."""

from __future__ import annotations

import math
from typing import Any

from ...ops import adaptive, pool, pool_places
from ...ops.pool import avg_pool1d, avg_pool2d, avg_pool3d, max_pool2d
from ...tensor import Tensor
from ..modules.utils import _list_with_default, _ntuple

__all__ = ["avg_pool1d", "avg_pool3d"]
adaptive_avg_pool1d = adaptive.adaptive_avg_pool1d

# ---- the greatest of each window


def _max(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    native = (pool.max_pools_with_indices if return_indices else pool.max_pools)[n]
    return native(input, kernel_size, () if stride is None else stride, padding, dilation, ceil_mode)


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
    return _max(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


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
    return _max(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool1d_with_indices(input: Any, kernel_size: Any, *args: Any, **kwargs: Any) -> Any:
    return max_pool1d(input, kernel_size, *args, **{**kwargs, "return_indices": True})


def max_pool2d_with_indices(input: Any, kernel_size: Any, *args: Any, **kwargs: Any) -> Any:
    return max_pool2d(input, kernel_size, *args, **{**kwargs, "return_indices": True})


def max_pool3d_with_indices(input: Any, kernel_size: Any, *args: Any, **kwargs: Any) -> Any:
    return max_pool3d(input, kernel_size, *args, **{**kwargs, "return_indices": True})


def _unpool_size(input: Any, kernel: Any, step: Any, pads: Any, output_size: Any) -> Any:
    n = len(kernel)
    shape = input.size()
    usual = [(shape[d - n] - 1) * step[d] + kernel[d] - 2 * pads[d] for d in range(n)]
    if output_size is None:
        return usual
    if len(output_size) == n + 2:
        output_size = output_size[2:]
    if len(output_size) != n:
        raise ValueError(
            f"output_size should be a sequence containing {n} or {n + 2} elements, but it has a length of '{len(output_size)}'"
        )
    for d in range(n):
        low, high = usual[d] - step[d], usual[d] + step[d]
        if not low < output_size[d] < high:
            raise ValueError(f'invalid output_size "{output_size}" (dim {d} must be between {low} and {high})')
    return output_size


def _unpool(n: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any) -> Any:
    each = _ntuple(n)
    kernel, pads = each(kernel_size), each(padding)
    step = kernel if stride is None else each(stride)
    size = _unpool_size(input, kernel, step, pads, output_size)
    if n == 1:
        flat = pool_places.unpool(2, input.unsqueeze(-1), indices.unsqueeze(-1), (*size, 1))
        return flat.squeeze(-1)
    return pool_places.unpool(n, input, indices, size, step if n == 3 else None)


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


# ---- as many windows as are asked for


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Tensor:
    """Means of `output_size` windows, which cover (..., height, width) evenly."""
    return adaptive.adaptive_avg_pool2d(input, _list_with_default(output_size, input.size()))  # type: ignore[no-any-return]


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Tensor:
    """Means of `output_size` windows, which cover (..., depth, height, width) evenly."""
    return adaptive.adaptive_avg_pool3d(input, _list_with_default(output_size, input.size()))  # type: ignore[no-any-return]


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The greatest of `output_size` windows, which cover (..., length) evenly."""
    found = adaptive.adaptive_max_pool1d(input, output_size)
    return found if return_indices else found[0]


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The greatest of `output_size` windows, which cover (..., height, width) evenly."""
    found = adaptive.adaptive_max_pool2d(input, _list_with_default(output_size, input.size()))
    return found if return_indices else found[0]


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The greatest of `output_size` windows, which cover (..., depth, height, width) evenly."""
    found = adaptive.adaptive_max_pool3d(input, _list_with_default(output_size, input.size()))
    return found if return_indices else found[0]


def adaptive_max_pool1d_with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    return adaptive_max_pool1d(input, output_size, True)


def adaptive_max_pool2d_with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    return adaptive_max_pool2d(input, output_size, True)


def adaptive_max_pool3d_with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    return adaptive_max_pool3d(input, output_size, True)


# ---- powers


def _lp(n: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Any:
    from .activation import relu

    size = kernel_size if n == 1 else math.prod(_ntuple(n)(kernel_size))
    if isinstance(norm_type, (int, float)) and math.isinf(norm_type):
        largest = (max_pool1d, max_pool2d, max_pool3d)[n - 1]
        if norm_type > 0:
            return largest(input.abs(), kernel_size, stride, 0, 1, ceil_mode)
        return -largest(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    mean: Any = (avg_pool1d, avg_pool2d, avg_pool3d)[n - 1]
    powers = input.pow(norm_type)
    out = (
        mean(powers, kernel_size, padding=0, ceil_mode=ceil_mode)
        if stride is None
        else mean(powers, kernel_size, stride, 0, ceil_mode)
    )
    return (out.sign() * relu(out.abs())).mul(size).pow(1.0 / norm_type)  # type: ignore[attr-defined]


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
    size, ratio = output_size, output_ratio
    return pool_places.fractional_max_pool(2, input, kernel_size, size, ratio, return_indices, _random_samples)


def fractional_max_pool3d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The same over (..., depth, height, width)."""
    size, ratio = output_size, output_ratio
    return pool_places.fractional_max_pool(3, input, kernel_size, size, ratio, return_indices, _random_samples)


def fractional_max_pool2d_with_indices(input: Any, kernel_size: Any, *args: Any, **kwargs: Any) -> Any:
    return fractional_max_pool2d(input, kernel_size, *args, **{**kwargs, "return_indices": True})


def fractional_max_pool3d_with_indices(input: Any, kernel_size: Any, *args: Any, **kwargs: Any) -> Any:
    return fractional_max_pool3d(input, kernel_size, *args, **{**kwargs, "return_indices": True})
