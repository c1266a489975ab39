"""Patches of images as columns, and columns added up to images: unfold and fold, each the other's transpose."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor
from .conv import WHOLE, _columns, _out_size, _per_dimension
from .registry import OPS, function_of, record

Sizes = tuple[int, ...]


def _im2col(x: np.ndarray, size: Sizes, kernel: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> Any:
    columns = _columns(x, kernel, stride, padding, dilation, 1)
    return np.ascontiguousarray(columns[:, 0])


def _col2im(c: np.ndarray, size: Sizes, kernel: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> Any:
    places = _out_size(size, kernel, stride, padding, dilation)
    columns = c.reshape(c.shape[0], c.shape[1] // (kernel[0] * kernel[1]), *kernel, *places)
    out = np.zeros_like(c, shape=(c.shape[0], columns.shape[1], *(s + 2 * p for s, p in zip(size, padding))))
    for at in np.ndindex(*kernel):
        window = tuple(slice(i * d, i * d + (n - 1) * s + 1, s) for i, d, n, s in zip(at, dilation, places, stride))
        out[WHOLE + window] += columns[WHOLE + at]
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


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """Patches of (batch, channels, height, width) as columns: (batch, channels · kernel, places)."""
    if input.dim() not in (3, 4):
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: "
            f"{list(input.shape)}"
        )
    kernel, d, p, s = (_per_dimension(v, 2) for v in (kernel_size, dilation, padding, stride))
    x = input if input.dim() == 4 else input.unsqueeze(0)
    size = tuple(x.shape[2:])
    places = _out_size(size, kernel, s, p, d)
    if min(places) < 1:
        spatial = ", ".join(map(str, size))
        raise RuntimeError(
            f"Given input with spatial size ({spatial}), kernel_size=({kernel[0]}, {kernel[1]}), dilation=({d[0]}, {d[1]}), padding=({p[0]}, {p[1]}), "
            f"stride=({s[0]}, {s[1]}), calculated shape of the array of sliding blocks as ({places[0]}, {places[1]}), but its components must be at least one."
        )
    out = function_of(OPS["im2col"])(x, size, kernel, d, p, s)
    return out if input.dim() == 4 else out.squeeze(0)  # type: ignore[no-any-return]


def fold(
    input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Columns added up to images: (batch, channels · kernel, places) → (batch, channels, height, width)."""
    if input.dim() not in (2, 3):
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: "
            f"{list(input.shape)}"
        )
    size, kernel, d, p, s = (_per_dimension(v, 2) for v in (output_size, kernel_size, dilation, padding, stride))
    x = input if input.dim() == 3 else input.unsqueeze(0)
    if x.size(1) % (kernel[0] * kernel[1]):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={x.size(1)} and kernel_size=({kernel[0]}, {kernel[1]})."
        )
    places = _out_size(size, kernel, s, p, d)
    if x.size(2) != places[0] * places[1]:
        raise RuntimeError(
            f"Given output_size=({size[0]}, {size[1]}), kernel_size=({kernel[0]}, {kernel[1]}), dilation=({d[0]}, {d[1]}), padding=({p[0]}, {p[1]}), "
            f"stride=({s[0]}, {s[1]}), expected size of input's dimension 2 to match the calculated number of sliding blocks {places[0]} * {places[1]} = "
            f"{places[0] * places[1]}, but got input.size(2)={x.size(2)}."
        )
    out = function_of(OPS["col2im"])(x, size, kernel, d, p, s)
    return out if input.dim() == 3 else out.squeeze(0)  # type: ignore[no-any-return]
