"""A frame of one value around a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor
from .registry import OPS, function_of, record


def _ends(pad: Any, ndim: int) -> list[tuple[int, int]]:
    """Pairs per dimension, from PyTorch's list, which begins with the last dimension."""
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
    return [(0, 0)] * (ndim - len(pairs)) + pairs


def _constant_pad(x: np.ndarray, pad: Any, value: float) -> Any:
    ends = _ends(pad, x.ndim)
    kept = x[tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(ends, x.shape, strict=True))]
    before = [max(a, 0) for a, _ in ends]
    shape = [n + a + max(b, 0) for n, a, (_, b) in zip(kept.shape, before, ends, strict=True)]
    out = np.full_like(x, value, shape=shape)
    out[tuple(slice(a, a + n) for a, n in zip(before, kept.shape, strict=True))] = kept
    return out


def _constant_pad_back(grad: Any, pad: Any) -> Any:
    back = [-p for p in pad]
    return (
        function_of(OPS["constant_pad_nd"])(grad, back, 0) if isinstance(grad, Tensor) else _constant_pad(grad, back, 0)
    )


record("constant_pad_nd", _constant_pad, "self, pad, value=0", methods=(), self=_constant_pad_back)


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """Elements around a tensor. pad: (left, right, top, bottom, ...), from the last dimension on; negative ones cut."""
    if mode != "constant":
        raise NotImplementedError(f"gradwidget.torch pads with a constant only, not in mode {mode!r}")
    if len(pad) % 2 or len(pad) > 2 * input._a.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {input._a.ndim}"
        )
    return function_of(OPS["constant_pad_nd"])(input, tuple(pad), 0 if value is None else value)
