"""Tensors of given strides without values, and `nonzero` with a size known beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor, from_array
from .creation import _dtype, finish
from .registry import public
from .views import sizes


@public(method=False)
def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """A tensor with these strides (in elements), on memory of its own, whose values mean nothing yet."""
    shape, steps = sizes((size,)), sizes((stride,))
    if len(shape) != len(steps):
        raise RuntimeError(
            f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides ({len(steps)})"
        )
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(shape)}")
    if any(s < 0 for s in steps):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(steps)}")
    d = _dtype(dtype, "empty_strided")
    count = 0 if 0 in shape else 1 + sum((n - 1) * s for n, s in zip(shape, steps))
    a = np.ndarray(shape, d, np.empty(count, d), 0, tuple(s * d.itemsize for s in steps))
    t: Any = finish(a, device, requires_grad, "empty_strided", (shape, steps))
    if not count:
        t._a = np.ndarray(shape, d, np.empty(0, d), 0, tuple(s * d.itemsize for s in steps))
    return t  # type: ignore[no-any-return]


def _new_empty_strided(
    self: Any, size: Any, stride: Any, *, dtype: Any = None, device: Any = None, **options: Any
) -> Tensor:
    where = device if device is not None else (None if self.is_cpu else self.device)
    return empty_strided(size, stride, dtype=dtype or self.dtype, device=where, **options)  # type: ignore[no-any-return]


Tensor.new_empty_strided = _new_empty_strided  # type: ignore[attr-defined]


@public(method=False)
def empty_permuted(size: Any, physical_layout: Any, **options: Any) -> Tensor:
    """A dense tensor whose dimensions lie in memory in this order, the outermost first."""
    shape, order = sizes((size,)), sizes((physical_layout,))
    n = len(shape)
    if n != len(order):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; "
            f"i.e. len(size) = {n} is not equal to len(physical_layout) = {len(order)}"
        )
    seen: set[int] = set()
    for i, d in enumerate(order):
        if not 0 <= d < n:
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {n - 1}, but got {d} at index {i}).  NB: negative dims not "
                "currently supported; file an issue if you want it."
            )
        if d in seen:
            raise RuntimeError("Duplicate dim not allowed")
        seen.add(d)
    strides = [1] * n
    for i in range(n - 2, -1, -1):
        strides[order[i]] = strides[order[i + 1]] * max(shape[order[i + 1]], 1)
    return empty_strided(shape, strides, **options)  # type: ignore[no-any-return]


@public()
def nonzero_static(input: Any, *, size: Any, fill_value: int = -1) -> Tensor:
    """The first `size` indices of elements that are not 0, padded with `fill_value`: (size, dimensions)."""
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    found = np.argwhere(input._a)[:size] if input.dim() else np.zeros((0, 0), np.int64)
    out = np.full((size, input.dim()), fill_value, np.int64)
    out[: len(found)] = found
    return from_array(out)
