"""Pooling over one to three dimensions: the greatest or the mean of each window."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..grad_mode import is_grad_enabled
from ..tensor import Tensor, from_array
from . import pool_checks as check
from .both import array, zeros
from .layout import as_images
from .native import native
from .registry import OPS, function_of, public, record
from .taps import Taps, gathered, linear_op

Sizes = tuple[int, ...]


def spread(value: Any, n: int) -> Sizes:
    """One number for each dimension."""
    return value * n if len(value) == 1 else value


# ---- the greatest


def _spread(x: np.ndarray, out: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> np.ndarray:
    """The images with room for every window, filled with what is never the greatest."""
    n = len(kernel)
    ends = []
    for size, o, k, s, p, d in zip(x.shape[-n:], out, kernel, stride, padding, dilation, strict=True):
        ends.append((p, max((o - 1) * s + d * (k - 1) + 1 - p - size, 0)))
    if not any(map(any, ends)):
        return x
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    framed = np.full_like(x, lowest, shape=(*x.shape[:-n], *(a + size + b for (a, b), size in zip(ends, x.shape[-n:]))))
    inside = (..., *(slice(a, a + size) for (a, _), size in zip(ends, x.shape[-n:])))
    framed[inside] = x
    return framed


def _shifts(x: np.ndarray, out: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Iterator[np.ndarray]:
    """For each place in the window, that place's value for every output."""
    for at in np.ndindex(*kernel):
        spans = zip(at, dilation, out, stride, strict=True)
        places = (..., *(slice(i * d, i * d + (o - 1) * s + 1, s) for i, d, o, s in spans))
        yield x[places]


def _max_pool(x: np.ndarray, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool) -> Any:
    """The greatest of each window, and where in its image it stands."""
    n = len(kernel)
    out = check.out_sizes("max_pool", x, kernel, stride, padding, dilation, ceil_mode)
    spread = _spread(x, out, kernel, stride, padding, dilation)
    windows = list(_shifts(spread, out, kernel, stride, dilation))
    best, which = best_of(windows)
    size = x.shape[-n:]
    steps = np.array([int(np.prod(size[k + 1 :])) for k in range(n)])
    offsets = np.array([sum(i * d * s for i, d, s in zip(at, dilation, steps)) for at in np.ndindex(*kernel)])
    where = offsets[which]
    for k in range(n):
        begins = (np.arange(out[k]) * stride[k] - padding[k]) * steps[k]
        where += begins.reshape(-1, *(1,) * (n - 1 - k))
    if type(x) is not np.ndarray:
        where = where.view(type(x))
    return as_images(best, x), as_images(where, x)


def best_of(windows: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The greatest of several arrays, element by element, and which it was: the first of equal ones, the last NaN."""
    best = windows[0].copy()
    for values in windows[1:]:
        np.maximum(best, values, out=best)
    which = np.zeros(best.shape, np.uint8 if len(windows) < 256 else np.int64)
    for at in range(len(windows) - 1, -1, -1):
        np.copyto(which, at, where=windows[at] == best)
    if best.dtype.kind == "f" and np.isnan(best).any():
        for at, values in enumerate(windows):
            np.copyto(which, at, where=np.isnan(values))
    return best, which


def flat_places(places: np.ndarray, shape: Sizes, n: int) -> tuple[np.ndarray, int, int]:
    """Places within each image as places within all of them; how many images, and how large each is."""
    area = int(np.prod(shape[-n:]))
    images = places.reshape(-1, int(np.prod(places.shape[-n:])))
    return (images + np.arange(len(images))[:, None] * area).reshape(-1), len(images), area


def to_places(grad: Any, places: np.ndarray, shape: Sizes, n: int, apart: bool = False) -> Any:
    """Each window's gradient to the place of its greatest value. apart: no two windows overlap."""
    flat, count, area = flat_places(places, shape, n)
    if isinstance(grad, Tensor):
        blank = from_array(zeros((count * area,), array(grad)))
        return blank.index_add(0, from_array(flat), grad.reshape(-1)).reshape(shape)  # type: ignore[attr-defined]
    out = zeros((count * area,), grad)
    if apart:
        out[flat] = grad.reshape(-1)
    else:
        np.add.at(out, flat, grad.reshape(-1))
    return out.reshape(shape)


def _max_pool_back(
    grad: Any, self_shape: Sizes, result1: Any, kernel_size: Sizes, stride: Sizes, dilation: Sizes
) -> Any:
    apart = all(d == 1 and s >= k for d, s, k in zip(dilation, stride, kernel_size))
    return to_places(grad, array(result1), tuple(self_shape), len(kernel_size), apart)


for _n in (2, 3):
    record(
        f"max_pool{_n}d",
        _max_pool,
        "self, kernel_size, stride, padding, dilation, ceil_mode",
        node=f"MaxPool{_n}DWithIndicesBackward0",
        methods=(),
        outputs=2,
        self=_max_pool_back,
    )


def _max_pool_flat(x: np.ndarray, *sizes: Any) -> Any:
    """Over one dimension, where nobody asks for a gradient: the values alone."""
    return np.ascontiguousarray(_max_pool(x[..., None, :], *sizes)[0][..., 0, :])


record("max_pool1d", _max_pool_flat, "self, kernel_size, stride, padding, dilation, ceil_mode", methods=())


def _max_of(n: int, with_indices: bool) -> Any:
    name = f"max_pool{n}d" + ("_with_indices" if with_indices else "")

    def pool(input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Any:
        x = input._a
        stride = stride or kernel_size
        if n == 1:
            wide = [(v, *sizes) for v, sizes in zip((1, 1, 0, 1), (kernel_size, stride, padding, dilation))]
            if with_indices:
                check.two_or_three("max_pool1d", x)
            else:
                check.max_pool1d(x, kernel_size, stride, padding, dilation, ceil_mode)
                if not (input.requires_grad and is_grad_enabled()):
                    check.kind("max_pool1d_impl", x, "biuc")
                    return function_of(OPS["max_pool1d"])(input, *wide, ceil_mode)
            values, where = max_pools_with_indices[2](input.unsqueeze(-2), *wide, ceil_mode)
            return (values.squeeze(-2), where.squeeze(-2)) if with_indices else values.squeeze(-2)
        check.lengths(
            f"max_pool{n}d", n, True, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
        )
        check.rank(n, x)
        sizes = kernel, step, pads, gaps = [spread(v, n) for v in (kernel_size, stride, padding, dilation)]
        check.out_sizes(f"max_pool{n}d", x, kernel, step, pads, gaps, ceil_mode)
        check.kind(f"max_pool{n}d", x, "bc")
        values, where = function_of(OPS[f"max_pool{n}d"])(input, *sizes, ceil_mode)
        return (values, where) if with_indices else values

    pool.__doc__ = f"The greatest value of each window of the last {n} dimensions" + (
        ", and where it stands." if with_indices else "."
    )
    declared = native(
        f"{name}(Tensor input, int[{n}] kernel_size, int[{n}]? stride=(), int[{n}] padding=0, int[{n}] dilation=1, "
        "bool ceil_mode=False)"
    )(pool)
    return declared if with_indices and n > 1 else public(name, method=False)(declared)


max_pools = {n: _max_of(n, False) for n in (1, 2, 3)}
max_pools_with_indices = {n: _max_of(n, True) for n in (1, 2, 3)}


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The greatest value of each window of (..., height, width)."""
    pool = (max_pools_with_indices if return_indices else max_pools)[2]
    return pool(input, kernel_size, () if stride is None else stride, padding, dilation, ceil_mode)


# ---- the mean

for _n in (2, 3):
    linear_op(f"avg_pool{_n}d", f"AvgPool{_n}DBackward0", images=_n == 2)


def _counts(size: int, out: int, kernel: int, stride: int, padding: int, include_pad: bool) -> np.ndarray:
    """How many elements each window counts."""
    begin = np.arange(out) * stride - padding
    end = np.minimum(begin + kernel, size + padding)
    return end - begin if include_pad else np.minimum(end, size) - np.maximum(begin, 0)


@functools.lru_cache(maxsize=64)
def _mean_taps(
    size: int, out: int, kernel: int, stride: int, padding: int, include_pad: bool, share: float | None
) -> Taps:
    """`share`: what each element counts, where the divisor is given."""
    begin = np.arange(out) * stride - padding
    end = np.minimum(begin + kernel, size + padding)
    counted = _counts(size, out, kernel, stride, padding, include_pad)
    at = begin + np.arange(kernel)[:, None]
    inside = (at >= 0) & (at < np.minimum(end, size))
    each = np.full(out, share) if share is not None else 1 / np.maximum(counted, 1)
    return Taps(np.clip(at, 0, size - 1), np.where(inside, each, 0.0), size)


def _whole_means(x: np.ndarray, taps: tuple[Taps, ...], counts: Any) -> np.ndarray:
    """Integers: sums divided and rounded toward zero, as C++ does."""
    sums = gathered(x, taps)
    return (np.sign(sums) * np.sign(counts) * (np.abs(sums) // np.abs(counts))).astype(x.dtype)  # type: ignore[no-any-return]


record("_whole_means", _whole_means, "self, taps, counts", methods=())


def avg_pool(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any = (),
    padding: Any = (0,),
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window of the last n dimensions; padding counts as zeros unless it is left out."""
    name = f"avg_pool{n}d"
    stride = stride or kernel_size
    x = input._a
    if n == 1:
        check.two_or_three(name, x)
        check.one_int(name, kernel_size=kernel_size, stride=stride, padding=padding)
        input, x = input.unsqueeze(-2), x[..., None, :]
        kernel_size, stride, padding = (1, *kernel_size), (1, *stride), (0, *padding)
    m = max(n, 2)
    check.lengths(name, m, n == 2, kernel_size=kernel_size, stride=stride, padding=padding)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if n == 2 and x.ndim < 3:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-x.ndim}, {x.ndim - 1}], but got -3)")
    if n == 2 and x.ndim > 4:
        raise RuntimeError(
            f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(x.shape)}"
        )
    check.rank(m, x)
    kernel, step, pads = (spread(v, m) for v in (kernel_size, stride, padding))
    out = check.out_sizes(name, x, kernel, step, pads, (1,) * m, ceil_mode)
    check.kind("avg_pool3d_out_frame" if n == 3 else "avg_pool2d", x, "biuc", np.int64)
    shares: list[float | None] = [None] * m
    if x.dtype.kind == "i":
        shares = [1.0] * m
    elif divisor_override is not None:
        shares = [1.0] * (m - 1) + [1 / divisor_override]
    given = [(*span, count_include_pad) for span in zip(x.shape[-m:], out, kernel, step, pads)]
    taps = tuple(_mean_taps(*line, share) for line, share in zip(given, shares))
    if x.dtype.kind == "i":
        counts: Any = divisor_override
        if counts is None:
            counts = functools.reduce(np.multiply.outer, [_counts(*line) for line in given])
        values = function_of(OPS["_whole_means"])(input, taps, counts)
    else:
        values = function_of(OPS[f"avg_pool{m}d"])(input, taps)
    return values.squeeze(-2) if n == 1 else values


def _avg_of(n: int) -> Any:
    def pool(input: Any, *options: Any) -> Any:
        return avg_pool(n, input, *options)

    pool.__doc__ = f"The mean of each window of the last {n} dimensions; padding counts as zeros unless it is left out."
    divisor = ", int? divisor_override=None" if n > 1 else ""
    return native(
        f"avg_pool{n}d(Tensor input, int[{n}] kernel_size, int[{n}]? stride=(), int[{n}] padding=0, bool ceil_mode=False, "
        f"bool count_include_pad=True{divisor})"
    )(pool)


avg_pool1d, avg_pool2d, avg_pool3d = map(_avg_of, (1, 2, 3))
public(method=False)(avg_pool1d)
