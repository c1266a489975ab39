"""`make_tensor`: a tensor of a shape and dtype with random values between bounds."""

from __future__ import annotations

import math
import warnings
from typing import Any

from .. import geometry
from ..limits import finfo, iinfo
from ..tensor import Tensor


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Values drawn evenly from [low, high): by default [0, 2) for bool, [0, 10) for unsigned and [-9, 10) for signed
    integers, [-9, 9) for floats. noncontiguous: every other element of a larger tensor. exclude_zero: the smallest
    positive number in place of 0. ValueError for bounds that the dtype cannot hold.

    >>> torch.testing.make_tensor((2, 3), dtype=torch.float64, device="cpu", low=-1, high=1)
    """
    from ..ops.creation import empty
    from ..ops.draws import randint

    size = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else tuple(shape)
    floating = dtype.is_floating_point or dtype.is_complex
    if noncontiguous and memory_format is not None:
        raise ValueError(
            f"The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got {noncontiguous=} and {memory_format=}"
        )
    if requires_grad and not floating:
        raise ValueError(f"`requires_grad=True` is not supported for boolean and integral dtypes, but got {dtype=}")
    apart = noncontiguous and geometry.numel(size) > 1
    drawn = (*size[:-1], 2 * size[-1]) if apart else size
    if floating:
        info = finfo(dtype)
        low, high = _bounds(low, high, -9, 9, info.min, info.max, dtype)
        t = empty(drawn, dtype=dtype, device=device)
        for part in (t.real, t.imag) if dtype.is_complex else (t,):  # type: ignore[attr-defined]
            part.uniform_(low, high) if low < high else part.fill_(low)
    else:
        first, last = (0, 1) if dtype.name == "bool" else (iinfo(dtype).min, iinfo(dtype).max)
        last += dtype.name != "int64"
        low, high = _bounds(low, high, *((0, 2) if dtype.name == "bool" else (-9, 10)), first, last, dtype)
        t = randint(math.ceil(low), math.ceil(high), drawn, dtype=dtype, device=device)
    if apart:
        t = t[..., ::2]  # type: ignore[index]
    if exclude_zero:
        tiny: Any = finfo(dtype).tiny if floating else 1
        t[t == 0] = complex(tiny, tiny) if dtype.is_complex else tiny  # type: ignore[index]
    return t.requires_grad_(requires_grad) if requires_grad else t


def _bounds(
    low: float | None, high: float | None, low0: float, high0: float, least: float, most: float, dtype: Any
) -> tuple[float, float]:
    low, high = low0 if low is None else low, high0 if high is None else high
    if low != low or high != high:
        raise ValueError(f"`low` and `high` cannot be NaN, but got {low=} and {high=}")
    if low == high and (dtype.is_floating_point or dtype.is_complex):
        warnings.warn(
            "Passing `low==high` to `torch.testing.make_tensor` for floating or complex types is deprecated since 2.1 and will be "
            "removed in 2.3. Use `torch.full(...)` instead.",
            FutureWarning,
            stacklevel=3,
        )
    elif low >= high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    elif high < least or low >= most:
        raise ValueError(
            f"The value interval specified by `low` and `high` is [{low}, {high}), but {dtype} only supports [{least}, {most})"
        )
    return min(max(low, least), most), min(max(high, least), most)
