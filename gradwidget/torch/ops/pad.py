"""A frame around a tensor: of one value, of its own elements mirrored or repeated, or wrapped around."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..tensor import Tensor
from .registry import OPS, function_of, record
from .taps import Taps, linear_op


def _ends(pad: Any, ndim: int) -> list[tuple[int, int]]:
    """Pairs per dimension, from PyTorch's list, which begins with the last dimension."""
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
    return [(0, 0)] * (ndim - len(pairs)) + pairs


def _constant_pad(x: np.ndarray, pad: Any, value: float) -> Any:
    ends = _ends(pad, x.ndim)
    kept = x[tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(ends, x.shape, strict=True))]
    before = [max(a, 0) for a, _ in ends]
    shape = [n + a + max(b, 0) for n, a, (_, b) in zip(kept.shape, before, ends, strict=True)]
    for d, ((a, b), n) in enumerate(zip(ends, x.shape)):
        if n + a + b < 0:
            raise RuntimeError(
                f"The input size {n}, plus negative padding {a} and {b} resulted in a negative output size, which is invalid. Check dimension {d} of your input."
            )
    out = np.full_like(x, value, shape=shape)
    out[tuple(slice(a, a + n) for a, n in zip(before, kept.shape, strict=True))] = kept
    return out


def _constant_pad_back(grad: Any, pad: Any) -> Any:
    back = [-p for p in pad]
    return (
        function_of(OPS["constant_pad_nd"])(grad, back, 0) if isinstance(grad, Tensor) else _constant_pad(grad, back, 0)
    )


record("constant_pad_nd", _constant_pad, "self, pad, value=0", methods=(), self=_constant_pad_back)

for _n in (1, 2, 3):
    linear_op(f"reflection_pad{_n}d", f"ReflectionPad{_n}DBackward0")
    linear_op(f"replication_pad{_n}d", f"ReplicationPad{_n}DBackward0")


@functools.lru_cache(maxsize=64)
def _reflected(size: int, before: int, after: int) -> Taps:
    at = np.abs(np.arange(-before, size + after))
    at = size - 1 - np.abs(size - 1 - at)
    return Taps(at[None], None, size)


@functools.lru_cache(maxsize=64)
def _replicated(size: int, before: int, after: int) -> Taps:
    return Taps(np.clip(np.arange(-before, size + after), 0, size - 1)[None], None, size)


def _by_elements(input: Any, pad: Any, mode: str) -> Tensor:
    n = len(pad) // 2
    if mode == "reflect":
        for k in range(n):
            size = input.size(-1 - k)
            if max(pad[2 * k : 2 * k + 2]) >= size:
                raise RuntimeError(
                    "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                    f"({pad[2 * k]}, {pad[2 * k + 1]}) at dimension {input.dim() - 1 - k} of input {list(input.shape)}"
                )
    make = _reflected if mode == "reflect" else _replicated
    taps = tuple(make(input.size(-1 - k), pad[2 * k], pad[2 * k + 1]) for k in reversed(range(n)))
    name = "reflection" if mode == "reflect" else "replication"
    return function_of(OPS[f"{name}_pad{n}d"])(input, taps)  # type: ignore[no-any-return]


def _circular(input: Any, pad: Any) -> Tensor:
    """Written piece by piece, as PyTorch does."""
    from .creation import empty

    n = len(pad) // 2
    sizes = list(input.shape)
    for k in range(n):
        a, b = pad[2 * k], pad[2 * k + 1]
        size = sizes[-1 - k]
        if a > size or b > size:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if size + a + b < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
        sizes[-1 - k] = size + a + b
    out: Any = empty(sizes, dtype=input.dtype, device=input.device)
    inner, source = out, input
    for k in range(n):
        d = input.dim() - 1 - k
        a, b = pad[2 * k], pad[2 * k + 1]
        inner = inner.narrow(d, max(a, 0), sizes[d] - max(a, 0) - max(b, 0))
        source = source.narrow(d, max(-a, 0), input.size(d) - max(-a, 0) - max(-b, 0))
    inner.copy_(source)
    for k in range(n):
        d = input.dim() - 1 - k
        a, b = pad[2 * k], pad[2 * k + 1]
        size = sizes[d]
        if a > 0:
            out.narrow(d, 0, a).copy_(out.narrow(d, size - a - max(b, 0), a))
        if b > 0:
            out.narrow(d, size - b, b).copy_(out.narrow(d, max(a, 0), b))
    return out  # type: ignore[no-any-return]


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """Elements around a tensor. pad: (left, right, top, bottom, ...), from the last dimension on; negative ones cut.

    mode: "constant", "reflect", "replicate" or "circular".
    """
    pad = tuple(int(p) for p in pad)
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input._a.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {input._a.ndim}"
        )
    if mode == "constant":
        return function_of(OPS["constant_pad_nd"])(input, pad, 0 if value is None else value)  # type: ignore[no-any-return]
    if value is not None and value != 0:
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    n = len(pad) // 2
    if n not in (1, 2, 3) or input.dim() not in (n + 1, n + 2):
        raise NotImplementedError("Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now")
    return _circular(input, pad) if mode == "circular" else _by_elements(input, pad, mode)
