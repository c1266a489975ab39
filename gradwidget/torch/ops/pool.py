"""Pooling over two dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..tensor import Tensor, from_array
from .both import array, zeros
from .conv import _per_dimension
from .registry import OPS, function_of, record

Pair = tuple[int, int]


def _out_size(x: np.ndarray, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, ceil: bool) -> Pair:
    out = []
    for n, k, s, p, d in zip(x.shape[-2:], kernel, stride, padding, dilation, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        places = (-(-room // s) if ceil else room // s) + 1
        out.append(places - 1 if ceil and (places - 1) * s >= n + p else places)  # none begins in the padding
    if min(out) < 1:
        raise RuntimeError(
            f"Given input size: ({'x'.join(map(str, x.shape[-3:]))}). "
            f"Calculated output size: ({x.shape[-3]}x{out[0]}x{out[1]}). Output size is too small"
        )
    return out[0], out[1]


def _spread(
    x: np.ndarray, out: Pair, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, fill: float
) -> np.ndarray:
    """The image with room for every window."""
    ends = []
    for n, o, k, s, p, d in zip(x.shape[-2:], out, kernel, stride, padding, dilation, strict=True):
        ends.append((p, max((o - 1) * s + d * (k - 1) + 1 - p - n, 0)))
    if not any(map(any, ends)):
        return x
    (top, bottom), (left, right) = ends
    height, width = x.shape[-2:]
    framed = np.full_like(x, fill, shape=(*x.shape[:-2], top + height + bottom, left + width + right))
    framed[..., top : top + height, left : left + width] = x
    return framed


def _shifts(x: np.ndarray, out: Pair, kernel: Pair, stride: Pair, dilation: Pair) -> Iterator[tuple[Pair, np.ndarray]]:
    """For each place in the window, that place's value for every output."""
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            top, left = i * dilation[0], j * dilation[1]
            rows = slice(top, top + (out[0] - 1) * stride[0] + 1, stride[0])
            columns = slice(left, left + (out[1] - 1) * stride[1] + 1, stride[1])
            yield (i, j), x[..., rows, columns]


def _max_pool2d(x: np.ndarray, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, ceil_mode: bool) -> Any:
    """The greatest of each window, and where in its image it stands."""
    for p, k, d in zip(padding, kernel, dilation, strict=True):
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
            )
    out = _out_size(x, kernel, stride, padding, dilation, ceil_mode)
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    spread = _spread(x, out, kernel, stride, padding, dilation, lowest)
    windows = [values for _, values in _shifts(spread, out, kernel, stride, dilation)]
    best = windows[0].copy()
    for values in windows[1:]:
        np.maximum(best, values, out=best)
    which = np.zeros(best.shape, np.uint8 if len(windows) < 256 else np.int64)
    for at in range(len(windows) - 1, -1, -1):  # where several are the greatest, the first counts
        np.copyto(which, at, where=windows[at] == best)
    if best.dtype.kind == "f" and np.isnan(best).any():
        for at, values in enumerate(windows):
            np.copyto(which, at, where=np.isnan(values))
    width = x.shape[-1]
    rows, columns = (np.arange(n) * s - p for n, s, p in zip(out, stride, padding, strict=True))
    steps = [i * dilation[0] * width + j * dilation[1] for i in range(kernel[0]) for j in range(kernel[1])]
    where = np.array(steps)[which]
    where += rows[:, None] * width + columns
    return best, where if type(x) is np.ndarray else where.view(type(x))


def _max_pool2d_back(grad: Any, self: Any, result1: Any, kernel_size: Pair, stride: Pair, dilation: Pair) -> Any:
    """Each window's gradient to the place of its greatest value."""
    shape, places = tuple(self.shape), array(result1)
    area = shape[-2] * shape[-1]
    images = places.reshape(-1, places.shape[-2] * places.shape[-1])
    flat = (images + np.arange(len(images))[:, None] * area).reshape(-1)
    if isinstance(grad, Tensor):
        blank = from_array(zeros((len(images) * area,), array(grad)))
        return blank.index_add(0, from_array(flat), grad.reshape(-1)).reshape(shape)  # type: ignore[attr-defined]
    out = zeros((len(images) * area,), grad)
    if dilation == (1, 1) and stride[0] >= kernel_size[0] and stride[1] >= kernel_size[1]:
        out[flat] = grad.reshape(-1)  # no two windows overlap
    else:
        np.add.at(out, flat, grad.reshape(-1))
    return out.reshape(shape)


record(
    "max_pool2d",
    _max_pool2d,
    "self, kernel_size, stride, padding, dilation, ceil_mode",
    node="MaxPool2DWithIndicesBackward0",
    methods=(),
    outputs=2,
    self=_max_pool2d_back,
)


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
    if input._a.ndim not in (3, 4):
        raise RuntimeError("non-empty 3D or 4D (batch mode) tensor expected for input")
    kernel = _per_dimension(kernel_size, 2)
    sizes = [_per_dimension(x, 2) for x in (kernel if stride is None else stride, padding, dilation)]
    values, where = function_of(OPS["max_pool2d"])(input, kernel, *sizes, ceil_mode)
    return (values, where) if return_indices else values


def _avg_pool2d(x: np.ndarray, kernel: Pair, stride: Pair, padding: Pair) -> Any:
    out = _out_size(x, kernel, stride, padding, (1, 1), False)
    spread = _spread(x, out, kernel, stride, padding, (1, 1), 0)
    total = sum(values for _, values in _shifts(spread, out, kernel, stride, (1, 1)))
    return total / (kernel[0] * kernel[1])


def _avg_pool2d_back(grad: Any, self_shape: tuple[int, ...], kernel_size: Pair, stride: Pair, padding: Pair) -> Any:
    if isinstance(grad, Tensor):
        return function_of(OPS["avg_pool2d_backward"])(grad, self_shape, kernel_size, stride, padding)
    (height, width), out = self_shape[-2:], grad.shape[-2:]
    wide = _spread(zeros(self_shape, grad), out, kernel_size, stride, padding, (1, 1), 0)
    share = grad / (kernel_size[0] * kernel_size[1])
    for _, values in _shifts(wide, out, kernel_size, stride, (1, 1)):
        values += share  # a window on `wide`
    return wide[..., padding[0] : padding[0] + height, padding[1] : padding[1] + width].copy()


record(
    "avg_pool2d",
    _avg_pool2d,
    "self, kernel_size, stride, padding",
    node="AvgPool2DBackward0",
    methods=(),
    self=_avg_pool2d_back,
)


record(
    "avg_pool2d_backward",
    _avg_pool2d_back,
    "grad_output, self_shape, kernel_size, stride, padding",
    tensors=("grad_output",),
    node="AvgPool2DBackwardBackward0",
    methods=(),
    grad_output=lambda grad, kernel_size, stride, padding: (
        function_of(OPS["avg_pool2d"])(grad, kernel_size, stride, padding)
        if isinstance(grad, Tensor)
        else _avg_pool2d(grad, kernel_size, stride, padding)
    ),
)


def avg_pool2d(input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Tensor:
    """The mean of each window of (..., height, width); padding counts as zeros."""
    kernel = _per_dimension(kernel_size, 2)
    step = _per_dimension(kernel if stride is None else stride, 2)
    return function_of(OPS["avg_pool2d"])(input, kernel, step, _per_dimension(padding, 2))
