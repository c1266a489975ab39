"""Poolings' ways by places: maxima put back where they stood, and maxima of windows whose places are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import OF_NUMPY
from ..tensor import Tensor, from_array
from . import pool_checks as check
from .both import array, zeros
from .layout import as_images
from .native import native
from .pool import Sizes, best_of, flat_places, to_places
from .registry import OPS, function_of, record

# ---- unpooling


def _unpooled(x: np.ndarray, indices: np.ndarray, size: Sizes) -> Any:
    """The values at the given places of images of zeros."""
    n = len(size)
    shape = (*x.shape[:-n], *size)
    area = int(np.prod(size))
    outside = (indices < 0) | (indices >= area)
    if outside.any():
        bad = indices[outside][-1]
        volume = "x".join(map(str, size))
        raise RuntimeError(f"Found an invalid max index: {bad} (output volumes are of size {volume})")
    flat, count, _ = flat_places(indices, shape, n)
    out = zeros((count * area,), x)
    out[flat] = x.reshape(-1)
    return as_images(out.reshape(shape), x)


def _from_places(grad: Any, indices: Any, shape: Sizes, size: Sizes) -> Any:
    flat, _, _ = flat_places(array(indices), (*shape[: -len(size)], *size), len(size))
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


def unpool(n: int, input: Any, indices: Any, output_size: Sizes, stride: Sizes | None = None) -> Any:
    """The native max_unpool2d and max_unpool3d."""
    x = input._a
    name, front = (
        f"max_unpooling{n}d",
        "max_unpooling2d_forward_out_cpu" if n == 2 else "max_unpooling3d_forward_out_cpu",
    )
    if indices._a.dtype != np.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {OF_NUMPY[indices._a.dtype].legacy}")
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"Input to {name} should be a {n + 1}d or {n + 2}d Tensor, but got a tensor with {x.ndim} dimensions."
        )
    if x.shape != indices._a.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(x.shape)}) but got indices tensor with shape: "
            f"{list(indices.shape)}"
        )
    if stride is not None and min(stride) < 1:
        raise RuntimeError(f"strides should be greater than zero, but got stride: {list(stride)}")
    for d in range(1, x.ndim):
        if x.shape[d] == 0:
            raise RuntimeError(
                f"{front}(): Expected input to have non-zero size for non-batch dimensions, but got {list(x.shape)} with dimension {d} being empty."
            )
    check.kind(f"max_unpool{n}d", x, "biuc")
    return function_of(OPS[f"max_unpool{n}d"])(input, indices, tuple(output_size))


# ---- the greatest of windows of one size at places drawn at random (Graham 2014)


def _fractional(x: np.ndarray, kernel: Sizes, size: Sizes, samples: np.ndarray) -> Any:
    n = len(kernel)
    if n + 2 != x.ndim:
        values, where = _fractional(x[None], kernel, size, samples)
        return values[0], where[0]
    lines = []  # (batch, channels, out) per dimension, where windows begin
    for k in range(n):
        room, o = x.shape[2 + k] - kernel[k], size[k]
        u = samples[: len(x), :, n - 1 - k if n == 2 else k, None]
        alpha = x.dtype.type(room) / x.dtype.type(o - 1) if o > 1 else x.dtype.type(0)
        begin = ((np.arange(o, dtype=x.dtype) + u) * alpha).astype(np.int64) - (u * alpha).astype(np.int64)
        begin[..., -1:] = room
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
    best, which = best_of(windows)
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


def _check_drawn(n: int, x: np.ndarray, kernel: Sizes, size: Sizes, samples: np.ndarray) -> tuple[Sizes, Sizes]:
    name = f"fractional_max_pool{n}d"
    three = " three" if n == 3 else ""
    for what, value in (("kernel_size", kernel), ("output_size", size)):
        if len(value) != n:
            raise RuntimeError(f"{name}: {what} must either be a single Int or tuple of{three} Ints")
    front = name + ("_out" if n == 3 else "")
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"{front}(): Expected {n + 1}D or {n + 2}D tensor, but got: {list(x.shape)}")
    for d in range(x.ndim - n - 1, x.ndim):
        if x.shape[d] == 0:
            raise RuntimeError(
                f"{front}(): Expected input to have non-zero size for non-batch dimensions, but got{list(x.shape)} with dimension {d} being empty."
            )
    for axis, room, k, o in zip(("time", "height", "width")[-n:], x.shape[-n:], kernel, size):
        if o + k - 1 > room - (n == 3):
            raise RuntimeError(f"{front}(): pool {axis} {k} too large relative to input {axis} {room}")
    if samples.dtype != x.dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    if samples.ndim != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {samples.ndim}")
    batch, channels = x.shape[:2] if x.ndim == n + 2 else (1, x.shape[0])
    if samples.shape[0] < batch:
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if samples.shape[1] != channels:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if samples.shape[2] != n:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {n}; got {samples.shape[2]}.")
    if min(size) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(size)}: {[*x.shape[:-n], *size]}")
    check.kind(f"{name}_out_frame", x, "biuc")
    return kernel, size


def _drawn_of(n: int) -> Any:
    name = f"fractional_max_pool{n}d"

    def pool(input: Any, kernel_size: Any, output_size: Any, random_samples: Any) -> Any:
        _check_drawn(n, input._a, kernel_size, output_size, random_samples._a)
        return function_of(OPS[name])(input, kernel_size, output_size, random_samples)

    return native(f"{name}(Tensor input, int[{n}] kernel_size, int[{n}] output_size, Tensor random_samples)")(pool)


_drawn = {n: _drawn_of(n) for n in (2, 3)}


def fractional_max_pool(
    n: int, input: Any, kernel_size: Any, output_size: Any, output_ratio: Any, return_indices: bool, samples: Any
) -> Any:
    """The greatest of each window, windows lying at places that are drawn."""
    name = f"fractional_max_pool{n}d"
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if output_size is None:
        if n == 2 and len(output_ratio) > 2:
            raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
        ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * n
        output_size = [int(input.size(k - n) * ratios[k]) for k in range(n)]
    if samples is None:
        from .draws import rand

        batch = 1 if input.dim() == n + 1 else input.size(0)
        samples = rand(batch, input.size(-n - 1), n, dtype=input.dtype, device=input.device)
    values, where = _drawn[n](input, kernel_size, output_size, samples)
    return (values, where) if return_indices else values
