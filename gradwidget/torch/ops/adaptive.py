"""Poolings that are told how many windows to have: they cover the input evenly and may overlap."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .. import hot
from . import pool_checks as check
from .both import array
from .layout import as_images, is_channels_last
from .native import native
from .pool import Sizes, best_of, to_places
from .registry import OPS, function_of, public, record
from .taps import Taps, linear_op

for _n in (2, 3):
    linear_op(f"_adaptive_avg_pool{_n}d", f"AdaptiveAvgPool{_n}DBackward0", images=_n == 2)


def _windows(size: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each of `out` windows over `size` elements begins and ends."""
    k = np.arange(out)
    return k * size // out, -(-(k + 1) * size // out)


_FEW = 8  # elements of a window up to which they are compared one by one


def _largest(x: np.ndarray, axis: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """The greatest of each of `out` windows along an axis, and where along it: the first of equal ones, the last NaN."""
    begin, end = _windows(x.shape[axis], out)
    longest = int((end - begin).max(initial=1))
    if longest <= _FEW or x.shape[axis] % out or (x.dtype.kind == "f" and np.isnan(x).any()):
        at = [np.minimum(begin + i, end - 1) for i in range(longest)]
        best, which = best_of([np.take(x, v, axis) for v in at])
        shaped = np.stack(at).reshape(longest, *(1,) * axis, out, *(1,) * (x.ndim - axis - 1))
        return best, np.take_along_axis(
            np.broadcast_to(shaped, (longest, *best.shape)), which[None].astype(np.intp), 0
        )[0]
    parts = x.reshape(*x.shape[:axis], out, longest, *x.shape[axis + 1 :])
    which = parts.argmax(axis + 1)
    best = np.take_along_axis(parts, np.expand_dims(which, axis + 1), axis + 1).squeeze(axis + 1)
    return best, which + begin.reshape(-1, *(1,) * (x.ndim - axis - 1))


def _adaptive_max(x: np.ndarray, size: Sizes) -> Any:
    """One dimension after the other, the last one first, so that of equal ones the first in the image wins."""
    n = len(size)
    best, where = x, np.zeros((), np.int64)
    step = 1
    for axis in range(x.ndim - 1, x.ndim - 1 - n, -1):
        best, which = _largest(best, axis, size[axis - x.ndim])
        if where.ndim:
            where = np.take_along_axis(where, which, axis)
        where = where + which * step
        step *= x.shape[axis]
    like = x if n == 2 else best
    return as_images(best, like), as_images(where, like)


for _n in (2, 3):
    record(
        f"adaptive_max_pool{_n}d",
        _adaptive_max,
        "self, output_size",
        node=f"AdaptiveMaxPool{_n}DBackward0",
        methods=(),
        outputs=2,
        self=lambda grad, self_shape, result1, output_size: to_places(
            grad, array(result1), tuple(self_shape), len(output_size)
        ),
    )


@functools.lru_cache(maxsize=64)
def _adaptive_taps(size: int, out: int) -> Taps:
    begin, end = _windows(size, out)
    longest = int((end - begin).max(initial=1))
    at = begin + np.arange(longest)[:, None]
    inside = at < end
    return Taps(np.minimum(at, max(size - 1, 0)), np.where(inside, 1 / np.maximum(end - begin, 1), 0.0), size)


def _overall(input: Any, n: int) -> Any:
    out = input.mean(list(range(-n, 0)), keepdim=True)
    if n == 2 and input.dim() == 4 and is_channels_last(input._a):
        c = out.size(1)
        return out.as_strided_(tuple(out.shape), (c, 1, c, c))
    return out


def area(n: int, input: Any, size: list[int]) -> Any:
    """What `interpolate` does in its mode "area"."""
    return (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[n - 1](input, size)


def _avg(n: int, input: Any, size: Sizes) -> Any:
    name = f"adaptive_avg_pool{n}d"
    if n == 3 and hot.AUTOCAST is not None:
        (input,) = hot.AUTOCAST("single", input)
    if len(size) != n:
        raise RuntimeError(f"{name}: output_size must be {n}")
    if min(size) < 0:
        said = f"{size[0]}, " + ",".join(map(str, size[1:]))
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received {{{said}}}"
        )
    if set(size) == {1}:
        return _overall(input, n)
    check.adaptive(name, input._a, n, -2 if n == 2 else 1, "")
    check.kind("adaptive_avg_pool3d_cpu" if n == 3 else name, input._a, "biuc")
    taps = tuple(_adaptive_taps(input.size(k - n), o) for k, o in enumerate(size))
    return function_of(OPS[f"_adaptive_avg_pool{n}d"])(input, taps)


def _max(n: int, input: Any, size: Sizes) -> Any:
    name = f"adaptive_max_pool{n}d"
    check.adaptive(name, input._a, n, 1, ":")
    if len(size) != n:
        raise RuntimeError(f"{name}(): internal error: output_size.size() must be {n}")
    if min(size) < 0:
        whole = [*input.shape[:-n], *size]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(size)}: {whole}")
    check.kind("adaptive_max_pool3d_cpu" if n == 3 else name, input._a, "biuc")
    return function_of(OPS[name])(input, size)


def _flat(name: str, input: Any, size: Sizes) -> tuple[Any, Sizes]:
    """One dimension as the lower of two."""
    check.two_or_three(name, input._a)
    check.one_int(name, output_size=size)
    return input.unsqueeze(-2), (1, *size)


@public(method=False)
@native("adaptive_avg_pool1d(Tensor input, int[1] output_size)")
def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """Means of `output_size` windows, which cover (..., length) evenly."""
    return _avg(2, *_flat("adaptive_avg_pool1d", input, output_size)).squeeze(-2)


@public(method=False)
@native("adaptive_max_pool1d(Tensor input, int[1] output_size)")
def adaptive_max_pool1d(input: Any, output_size: Any) -> Any:
    """The greatest of `output_size` windows, which cover (..., length) evenly, and where they stand."""
    values, where = _max(2, *_flat("adaptive_max_pool1d", input, output_size))
    return values.squeeze(-2), where.squeeze(-2)


def _of(kind: str, n: int) -> Any:
    body = {"avg": _avg, "max": _max}[kind]
    return native(f"adaptive_{kind}_pool{n}d(Tensor input, int[{n}] output_size)")(
        lambda input, output_size: body(n, input, output_size)
    )


adaptive_avg_pool2d, adaptive_avg_pool3d = _of("avg", 2), _of("avg", 3)
adaptive_max_pool2d, adaptive_max_pool3d = _of("max", 2), _of("max", 3)
