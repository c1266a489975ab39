"""Pooling over one to three dimensions: the greatest or the mean of each window, and the way back from the greatest."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..tensor import Tensor, from_array
from .both import array, zeros
from .conv import _per_dimension
from .registry import OPS, function_of, record
from .taps import Taps, linear_op

Sizes = tuple[int, ...]


def out_sizes(
    name: str, x: np.ndarray, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil: bool
) -> Sizes:
    """How many windows there are along each dimension. Raises RuntimeError for sizes that make no sense."""
    out = []
    for n, k, s, p, d in zip(x.shape[-len(kernel) :], kernel, stride, padding, dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
            )
        room = n + 2 * p - d * (k - 1) - 1
        places = (-(-room // s) if ceil else room // s) + 1
        out.append(places - 1 if ceil and (places - 1) * s >= n + p else places)  # none begins in the padding
    if min(out) < 1:
        given, found = (
            "x".join(map(str, sizes)) for sizes in (x.shape[-len(kernel) - 1 :], (x.shape[-len(kernel) - 1], *out))
        )
        raise RuntimeError(f"Given input size: ({given}). Calculated output size: ({found}). Output size is too small")
    return tuple(out)


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
    out = out_sizes("max_pool", x, kernel, stride, padding, dilation, ceil_mode)
    spread = _spread(x, out, kernel, stride, padding, dilation)
    windows = list(_shifts(spread, out, kernel, stride, dilation))
    best, which = _best(windows)
    size = x.shape[-n:]
    steps = np.array([int(np.prod(size[k + 1 :])) for k in range(n)])
    offsets = np.array([sum(i * d * s for i, d, s in zip(at, dilation, steps)) for at in np.ndindex(*kernel)])
    where = offsets[which]
    for k in range(n):
        begins = (np.arange(out[k]) * stride[k] - padding[k]) * steps[k]
        where += begins.reshape(-1, *(1,) * (n - 1 - k))
    return best, where if type(x) is np.ndarray else where.view(type(x))


def _best(windows: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
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


def _flat_places(places: np.ndarray, shape: Sizes, n: int) -> tuple[np.ndarray, int, int]:
    """Places within each image as places within all of them; how many images, and how large each is."""
    area = int(np.prod(shape[-n:]))
    images = places.reshape(-1, int(np.prod(places.shape[-n:])))
    return (images + np.arange(len(images))[:, None] * area).reshape(-1), len(images), area


def to_places(grad: Any, places: np.ndarray, shape: Sizes, n: int, apart: bool = False) -> Any:
    """Each window's gradient to the place of its greatest value. apart: no two windows overlap."""
    flat, count, area = _flat_places(places, shape, n)
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


def _ranked(name: str, input: Any, n: int) -> None:
    if input._a.ndim not in (n + 1, n + 2):
        many = {1: "2D or 3D", 2: "3D or 4D", 3: "4D or 5D"}[n]
        raise RuntimeError(f"non-empty {many} (batch mode) tensor expected for input")


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
    return max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    """Over the last n dimensions; over one as over two of which one is 1, as PyTorch has it."""
    _ranked("max_pool", input, n)
    kernel = _per_dimension(kernel_size, n)
    if stride is None or (isinstance(stride, (tuple, list)) and not stride):
        stride = kernel
    sizes = [_per_dimension(x, n) for x in (stride, padding, dilation)]
    if any(s < 1 for s in sizes[0]):
        raise RuntimeError("stride should not be zero")
    if n > 1:
        values, where = function_of(OPS[f"max_pool{n}d"])(input, kernel, *sizes, ceil_mode)
        return (values, where) if return_indices else values
    wide = [(1, *kernel), (1, *sizes[0]), (0, *sizes[1]), (1, *sizes[2])]
    values, where = function_of(OPS["max_pool2d"])(input.unsqueeze(-2), *wide, ceil_mode)
    return (values.squeeze(-2), where.squeeze(-2)) if return_indices else values.squeeze(-2)


def _unpooled(x: np.ndarray, indices: np.ndarray, size: Sizes) -> Any:
    """The values at the given places of images of zeros."""
    n = len(size)
    shape = (*x.shape[:-n], *size)
    area = int(np.prod(size))
    if indices.size and (indices.min() < 0 or indices.max() >= area):
        bad = indices[(indices < 0) | (indices >= area)].flat[0]
        wide = ", ".join(map(str, size))
        raise RuntimeError(f"Found an invalid max index: {bad} (output volumes are of size {'x'.join(map(str, size))}" if n == 3 else f"Found an invalid max index: {bad} (output volumes are of size {wide.replace(', ', 'x')}")  # fmt: skip
    flat, count, _ = _flat_places(indices, shape, n)
    out = zeros((count * area,), x)
    out[flat] = x.reshape(-1)
    return out.reshape(shape)


def _from_places(grad: Any, indices: Any, shape: Sizes, size: Sizes) -> Any:
    flat, _, _ = _flat_places(array(indices), (*shape[: -len(size)], *size), len(size))
    if isinstance(grad, Tensor):
        return grad.reshape(-1)[from_array(flat)].reshape(shape)  # type: ignore[attr-defined]
    return grad.reshape(-1)[flat].reshape(shape)


for _n in (2, 3):
    record(
        f"max_unpool{_n}d",
        _unpooled,
        "self, indices, output_size",
        tensors=("self", "indices"),
        node=f"MaxUnpool{_n}DBackward0",
        methods=(),
        self=lambda grad, self_shape, indices, output_size: _from_places(grad, indices, tuple(self_shape), output_size),
    )


# ---- the greatest of as many windows as are asked for


def _windows(size: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each of `out` windows over `size` elements begins and ends."""
    k = np.arange(out)
    return k * size // out, -(-(k + 1) * size // out)


def _adaptive_max(x: np.ndarray, size: Sizes) -> Any:
    n = len(size)
    lines = [_windows(s, o) for s, o in zip(x.shape[-n:], size)]
    longest = [int((end - begin).max(initial=1)) for begin, end in lines]
    windows, places = [], []
    steps = [int(np.prod(x.shape[x.ndim - n + k + 1 :])) for k in range(n)]
    for at in np.ndindex(*longest):
        index = [np.minimum(begin + i, end - 1) for i, (begin, end) in zip(at, lines)]
        shaped = [v.reshape(-1, *(1,) * (n - 1 - k)) for k, v in enumerate(index)]
        here = (..., *shaped)
        windows.append(x[here])
        places.append(np.asarray(sum(v * s for v, s in zip(shaped, steps))))
    best, which = _best(windows)
    spots = np.stack([np.broadcast_to(p, size) for p in places])
    grid = np.indices(size, sparse=True)
    chosen = (which.astype(np.int64), *grid)
    return best, spots[chosen]


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

# ---- the greatest of windows of one size at places drawn at random (Graham 2014)


def _fractional(x: np.ndarray, kernel: Sizes, size: Sizes, samples: np.ndarray) -> Any:
    n = len(kernel)
    if n + 2 != x.ndim:
        values, where = _fractional(x[None], kernel, size, samples)
        return values[0], where[0]
    lines = []  # (batch, channels, out) per dimension, where windows begin
    for k in range(n):
        room, o = x.shape[2 + k] - kernel[k], size[k]
        u = samples[..., n - 1 - k, None].astype(np.float64)
        alpha = room / (o - 1) if o > 1 else 0.0
        begin = ((np.arange(o) + u) * alpha).astype(np.int64) - (u * alpha).astype(np.int64)
        begin[..., -1] = room
        lines.append(begin)
    batch, channels = np.indices(x.shape[:2], sparse=True)
    ones = (1,) * n
    windows, places = [], []
    for at in np.ndindex(*kernel):
        index = []
        for k, i in enumerate(at):
            shape = [*x.shape[:2], *ones]
            shape[2 + k] = size[k]
            index.append((lines[k] + i).reshape(shape))
        here = (batch.reshape(-1, 1, *ones), channels.reshape(1, -1, *ones), *index)
        windows.append(x[here])
        steps = [int(np.prod(x.shape[3 + k :])) for k in range(n)]
        places.append(np.broadcast_to(sum(v * s for v, s in zip(index, steps)), windows[-1].shape))
    best, which = _best(windows)
    return best, np.take_along_axis(np.stack(places), which[None].astype(np.int64), 0)[0]


for _n in (2, 3):
    record(
        f"fractional_max_pool{_n}d",
        _fractional,
        "self, kernel_size, output_size, random_samples",
        tensors=("self", "random_samples"),
        node=f"FractionalMaxPool{_n}DBackward0",
        methods=(),
        outputs=2,
        self=lambda grad, self_shape, result1, output_size: to_places(
            grad, array(result1), tuple(self_shape), len(output_size)
        ),
    )


def fractional_max_pool(
    n: int, input: Any, kernel_size: Any, output_size: Any, output_ratio: Any, return_indices: bool, samples: Any
) -> Any:
    """The greatest of each window, windows lying at places that are drawn."""
    if output_size is None and output_ratio is None:
        raise ValueError(f"fractional_max_pool{n}d requires specifying either an output_size or an output_ratio")
    if output_size is None:
        ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * n
        output_size = [int(input.size(k - n) * r) for k, r in enumerate(ratios)]
    size, kernel = _per_dimension(output_size, n), _per_dimension(kernel_size, n)
    if samples is None:
        from .draws import rand

        batch = 1 if input.dim() == n + 1 else input.size(0)
        samples = rand(batch, input.size(-n - 1), n, dtype=input.dtype, device=input.device)
    for k in range(n):
        if size[k] + kernel[k] - 1 > input.size(k - n):
            raise RuntimeError(
                f"fractional_max_pool{n}d(): pool {'height' if k == n - 2 else 'width'} {kernel[k]} too large relative to input {'height' if k == n - 2 else 'width'} {input.size(k - n)}"
            )
    values, where = function_of(OPS[f"fractional_max_pool{n}d"])(input, kernel, size, samples)
    return (values, where) if return_indices else values


# ---- the mean

for _n in (2, 3):
    linear_op(f"avg_pool{_n}d", f"AvgPool{_n}DBackward0")
    linear_op(f"_adaptive_avg_pool{_n}d", f"AdaptiveAvgPool{_n}DBackward0")


@functools.lru_cache(maxsize=64)
def _mean_taps(
    size: int, out: int, kernel: int, stride: int, padding: int, include_pad: bool, share: float | None
) -> Taps:
    """`share`: what each element counts, where the divisor is given."""
    begin = np.arange(out) * stride - padding
    end = np.minimum(begin + kernel, size + padding)
    counted = end - begin if include_pad else np.minimum(end, size) - np.maximum(begin, 0)
    at = begin + np.arange(kernel)[:, None]
    inside = (at >= 0) & (at < np.minimum(end, size))
    each = np.full(out, share) if share is not None else 1 / np.maximum(counted, 1)
    return Taps(np.clip(at, 0, size - 1), np.where(inside, each, 0.0), size)


def avg_pool(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window of the last n dimensions; padding counts as zeros unless it is left out."""
    _ranked("avg_pool", input, n)
    kernel = _per_dimension(kernel_size, n)
    if stride is None or (isinstance(stride, (tuple, list)) and not stride):
        stride = kernel
    step, pads = _per_dimension(stride, n), _per_dimension(padding, n)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if any(s < 1 for s in step):
        raise RuntimeError("stride should not be zero")
    if n == 1:
        input = input.unsqueeze(-2)
        kernel, step, pads = (1, *kernel), (1, *step), (0, *pads)
    out = out_sizes("avg_pool", input._a, kernel, step, pads, (1,) * len(kernel), ceil_mode)
    if input._a.dtype.kind not in "fc":
        from ..dtypes import OF_NUMPY

        raise NotImplementedError(
            f"\"avg_pool2d_out_frame\" not implemented for '{OF_NUMPY[input._a.dtype].legacy.removeprefix('torch.').removesuffix('Tensor')}'"
        )
    shares: list[float | None] = [None] * len(kernel)
    if divisor_override is not None:
        shares = [1.0] * (len(kernel) - 1) + [1 / divisor_override]
    given = zip(input.shape[-len(kernel) :], out, kernel, step, pads, shares)
    taps = tuple(_mean_taps(size, o, k, s, p, count_include_pad, share) for size, o, k, s, p, share in given)
    values = function_of(OPS[f"avg_pool{max(n, 2)}d"])(input, taps)
    return values.squeeze(-2) if n == 1 else values


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window of (..., height, width); padding counts as zeros."""
    return avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@functools.lru_cache(maxsize=64)
def _adaptive_taps(size: int, out: int) -> Taps:
    begin, end = _windows(size, out)
    longest = int((end - begin).max(initial=1))
    at = begin + np.arange(longest)[:, None]
    inside = at < end
    return Taps(np.minimum(at, max(size - 1, 0)), np.where(inside, 1 / np.maximum(end - begin, 1), 0.0), size)


def adaptive_sizes(input: Any, output_size: Any, n: int) -> Sizes:
    """The size asked for; None stands for the input's own."""
    given = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * n
    return tuple(int(input.size(k - n)) if o is None else int(o) for k, o in enumerate(given))


def adaptive_avg_pool(n: int, input: Any, output_size: Any) -> Any:
    """Means of as many windows as are asked for."""
    size = adaptive_sizes(input, output_size, n)
    if input.dim() not in (n + 1, n + 2):
        many = {1: "2D or 3D", 2: "3D or 4D", 3: "4D or 5D"}[n]
        said = f"adaptive_avg_pool{n}d(): Expected {many} tensor, but got {list(input.shape)}"
        raise RuntimeError(said)
    if any(s < 0 for s in size):
        raise RuntimeError("adaptive_avg_pool2d: elements of output_size must be greater than or equal to 0")
    if n == 1:
        return adaptive_avg_pool(2, input.unsqueeze(-2), (1, *size)).squeeze(-2)
    if all(s == 1 for s in size):
        return input.mean(list(range(-n, 0)), keepdim=True)
    taps = tuple(_adaptive_taps(input.size(k - n), o) for k, o in enumerate(size))
    return function_of(OPS[f"_adaptive_avg_pool{n}d"])(input, taps)


def adaptive_max_pool(n: int, input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The greatest of as many windows as are asked for."""
    size = adaptive_sizes(input, output_size, n)
    if input.dim() not in (n + 1, n + 2):
        many = {1: "2D or 3D", 2: "3D or 4D", 3: "4D or 5D"}[n]
        raise RuntimeError(f"adaptive_max_pool{n}d(): Expected {many} tensor, but got: {list(input.shape)}")
    if n == 1:
        values, where = adaptive_max_pool(2, input.unsqueeze(-2), (1, *size), True)
        values, where = values.squeeze(-2), where.squeeze(-2)
    else:
        values, where = function_of(OPS[f"adaptive_max_pool{n}d"])(input, size)
    return (values, where) if return_indices else values
