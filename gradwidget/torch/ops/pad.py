"""A frame around a tensor: of one value, of its own elements mirrored or repeated, or wrapped around."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..dtypes import OF_NUMPY
from ..tensor import Tensor
from .layout import as_images
from .native import native
from .registry import OPS, function_of, public, record
from .taps import Taps, linear_op

_C_INTS = {"uint8": "uint8_t", "int8": "int8_t", "int16": "short", "int32": "int", "int64": "int64_t"}


def _ends(pad: Any, ndim: int) -> list[tuple[int, int]]:
    """Pairs per dimension, from PyTorch's list, which begins with the last dimension."""
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
    return [(0, 0)] * (ndim - len(pairs)) + pairs


def _constant_pad(x: np.ndarray, pad: Any, value: float) -> Any:
    ends = _ends(pad, x.ndim)
    if any(n + min(a, 0) + min(b, 0) < 0 for (a, b), n in zip(ends, x.shape, strict=True)):
        raise RuntimeError("narrow(): length must be non-negative.")
    kept = x[tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(ends, x.shape, strict=True))]
    if not any(p > 0 for p in pad):
        return as_images(kept.copy(), x)
    before = [max(a, 0) for a, _ in ends]
    shape = [n + a + max(b, 0) for n, a, (_, b) in zip(kept.shape, before, ends, strict=True)]
    out = np.full_like(x, _of_dtype(value, x.dtype), shape=shape, order="C")
    out[tuple(slice(a, a + n) for a, n in zip(before, kept.shape, strict=True))] = kept
    return as_images(out, x)


def _of_dtype(value: float, d: np.dtype[Any]) -> Any:
    if d.kind not in "iu":
        return value
    whole, limits = int(value), np.iinfo(d)
    if not limits.min <= whole <= limits.max:
        raise RuntimeError(f"value cannot be converted to type {_C_INTS.get(d.name, d.name)} without overflow")
    return whole


def _constant_pad_back(grad: Any, pad: Any) -> Any:
    back = [-p for p in pad]
    return (
        function_of(OPS["constant_pad_nd"])(grad, back, 0) if isinstance(grad, Tensor) else _constant_pad(grad, back, 0)
    )


record("constant_pad_nd", _constant_pad, "self, pad, value=0", methods=(), self=_constant_pad_back)


def constant_pad(input: Any, pad: Any, value: Any = 0) -> Tensor:
    """Elements of one value around a tensor; negative ones cut."""
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * input._a.ndim:
        raise RuntimeError(
            f"Length of pad should be no more than twice the number of dimensions of the input. Pad length is {len(pad)} while the "
            f"input has {input._a.ndim} dimensions."
        )
    return function_of(OPS["constant_pad_nd"])(input, pad, value)  # type: ignore[no-any-return]


constant_pad_nd = public("constant_pad_nd", method=False)(
    native("constant_pad_nd(Tensor input, int[] pad, Number value=0)")(constant_pad)
)

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
    n, shape = len(pad) // 2, tuple(input.shape)
    name = "reflection" if mode == "reflect" else "replication"
    if 0 in shape[-n - 1 :]:
        raise RuntimeError(
            f"Expected {n + 1}D or {n + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(shape)}"
        )
    for k in range(n):
        size, ends = shape[-1 - k], pad[2 * k : 2 * k + 2]
        if mode == "reflect" and max(ends) >= size:
            raise RuntimeError(
                f"Argument #{2 * k + 4}: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({ends[0]}, {ends[1]}) at dimension {len(shape) - 1 - k} of input {list(shape)}"
            )
    out = [size + sum(pad[2 * k : 2 * k + 2]) for k, size in enumerate(reversed(shape)) if k < n][::-1]
    if min(out) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(out)}: {[*shape[:-n], *out]}")
    if input._a.dtype.kind == "b":
        raise NotImplementedError(f"\"{name}_pad{n}d\" not implemented for '{OF_NUMPY[input._a.dtype].legacy}'")
    make = _reflected if mode == "reflect" else _replicated
    taps = tuple(make(shape[-1 - k], pad[2 * k], pad[2 * k + 1]) for k in reversed(range(n)))
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


@native("pad(Tensor input, int[] pad, str mode='constant', float? value=None)")
def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """Elements around a tensor. pad: (left, right, top, bottom, ...), from the last dimension on; negative ones cut.

    mode: "constant", "reflect", "replicate" or "circular".
    """
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input._a.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {input._a.ndim}"
        )
    if mode == "constant":
        return constant_pad(input, pad, 0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    n = len(pad) // 2
    if n not in (1, 2, 3) or input.dim() not in (n + 1, n + 2):
        raise NotImplementedError(
            f"Padding size {len(pad)} is not supported for {input.dim()}D input tensor.\n"
            "Supported combinations for non-constant padding:\n"
            "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
            "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
            "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    return _circular(input, pad) if mode == "circular" else _by_elements(input, pad, mode)
