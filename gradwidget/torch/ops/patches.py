"""Patches of images as columns, and columns added up to images: unfold and fold, each the other's transpose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..tensor import Tensor
from . import pool_checks as check
from .conv_arrays import WHOLE, columns, out_size
from .native import native
from .registry import OPS, function_of, record

Sizes = tuple[int, ...]


def _im2col(x: np.ndarray, size: Sizes, kernel: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> Any:
    if x.ndim == 3:
        return _im2col(x[None], size, kernel, dilation, padding, stride)[0]
    return np.ascontiguousarray(columns(x, kernel, stride, padding, dilation, 1)[:, 0])


def _col2im(c: np.ndarray, size: Sizes, kernel: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> Any:
    if c.ndim == 2:
        return _col2im(c[None], size, kernel, dilation, padding, stride)[0]
    places = out_size(size, kernel, stride, padding, dilation)
    each = c.reshape(c.shape[0], c.shape[1] // (kernel[0] * kernel[1]), *kernel, *places)
    out = np.zeros_like(c, shape=(c.shape[0], each.shape[1], *(s + 2 * p for s, p in zip(size, padding))))
    for at in np.ndindex(*kernel):
        window = tuple(slice(i * d, i * d + (n - 1) * s + 1, s) for i, d, n, s in zip(at, dilation, places, stride))
        out[WHOLE + window] += each[WHOLE + at]
    inside = tuple(slice(p, p + s) for s, p in zip(size, padding))
    return np.ascontiguousarray(out[WHOLE + inside])


def _either(name: str, kernel: Any) -> Any:
    def apply(x: Any, *sizes: Any) -> Any:
        return function_of(OPS[name])(x, *sizes) if isinstance(x, Tensor) else kernel(x, *sizes)

    return apply


_fold, _unfold = _either("col2im", _col2im), _either("im2col", _im2col)

record(
    "im2col",
    _im2col,
    "self, size, kernel, dilation, padding, stride",
    methods=(),
    node="Im2ColBackward0",
    self=lambda grad, size, kernel, dilation, padding, stride: _fold(grad, size, kernel, dilation, padding, stride),
)
record(
    "col2im",
    _col2im,
    "self, size, kernel, dilation, padding, stride",
    methods=(),
    node="Col2ImBackward0",
    self=lambda grad, size, kernel, dilation, padding, stride: _unfold(grad, size, kernel, dilation, padding, stride),
)


def _two(**given: Sizes) -> None:
    for name, sizes in given.items():
        if len(sizes) != 2:
            raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(sizes)}")


def _positive(kernel: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> None:
    for what, name, sizes in (
        ("kernel size", "kernel", kernel),
        ("dilation", "dilation", dilation),
        ("padding", "pad", padding),
        ("stride", "stride", stride),
    ):
        least, must = (0, "non-negative") if name == "pad" else (1, "greater than zero")
        if min(sizes) < least:
            raise RuntimeError(f"{what} should be {must}, but got {name}_height: {sizes[0]} {name}_width: {sizes[1]}")


@native("im2col(Tensor input, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride)")
def im2col(input: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    _two(kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)
    _positive(kernel_size, dilation, padding, stride)
    x = input._a
    if x.ndim < 3:
        bound = max(x.ndim, 1)
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], but got {max(x.ndim, 1)})"
        )
    if x.ndim > 4 or 0 in x.shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: "
            f"{list(x.shape)}"
        )
    size = x.shape[-2:]
    places = out_size(size, kernel_size, stride, padding, dilation)
    if min(places) < 1:
        raise RuntimeError(
            f"Given input with spatial size {_pair(size)}, kernel_size={_pair(kernel_size)}, dilation={_pair(dilation)}, "
            f"padding={_pair(padding)}, calculated shape of the array of sliding blocks as {_pair(places)}, but its components must be "
            "at least one."
        )
    check.kind("im2col_out_cpu", x, "iu")
    return function_of(OPS["im2col"])(input, size, kernel_size, dilation, padding, stride)


def _pair(sizes: Sizes) -> str:
    return f"({sizes[0]}, {sizes[1]})"


@native("col2im(Tensor input, int[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride)")
def col2im(input: Any, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    _two(output_size=output_size, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)
    _positive(kernel_size, dilation, padding, stride)
    x = input._a
    if x.ndim not in (2, 3) or 0 in x.shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: "
            f"{list(x.shape)}"
        )
    if x.shape[-2] % (kernel_size[0] * kernel_size[1]):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={x.shape[-2]} and kernel_size={_pair(kernel_size)}."
        )
    places = out_size(output_size, kernel_size, stride, padding, dilation)
    given = (
        f"Given output_size={_pair(output_size)}, kernel_size={_pair(kernel_size)}, dilation={_pair(dilation)}, "
        f"padding={_pair(padding)}, stride={_pair(stride)}, "
    )
    if x.shape[-1] != places[0] * places[1] or min(places) < 1:
        raise RuntimeError(
            f"{given}expected size of input's dimension 2 to match the calculated number of sliding blocks {places[0]} * {places[1]} = "
            f"{places[0] * places[1]}, but got input.size(2)={x.shape[-1]}."
        )
    check.kind("col2im_out_cpu", x, "iu")
    return function_of(OPS["col2im"])(input, output_size, kernel_size, dilation, padding, stride)


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """Patches of (batch, channels, height, width) as columns: (batch, channels · kernel, places)."""
    return im2col(input, *map(_twice, (kernel_size, dilation, padding, stride)))  # type: ignore[no-any-return]


def fold(
    input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Columns added up to images: (batch, channels · kernel, places) → (batch, channels, height, width)."""
    return col2im(input, *map(_twice, (output_size, kernel_size, dilation, padding, stride)))  # type: ignore[no-any-return]


def _twice(x: Any) -> Any:
    return x if isinstance(x, Iterable) and not isinstance(x, str) else (x, x)
