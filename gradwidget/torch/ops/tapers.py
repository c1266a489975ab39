"""Windows for spectra: `torch.hann_window` and its kin, computed in PyTorch's order of operations.

A periodic window (the default) is a symmetric one of one sample more, without its last.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from ..layouts import strided
from ..tensor import Tensor
from .creation import finish
from .native import native
from .registry import public

_OPTIONS = ("dtype", "layout", "device", "pin_memory", "requires_grad")  # of every factory


def _window(
    name: str, length: int, periodic: bool, shape: Callable[[np.ndarray], np.ndarray], options: dict[str, Any]
) -> Tensor:
    dtype = options.pop("dtype", None) or dtypes.get_default_dtype()
    device, requires_grad = options.pop("device", None), options.pop("requires_grad", False)
    layout = options.pop("layout", None)
    if not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError(
            f"{name} expects floating point dtypes, got: TensorOptions(dtype={_spoken(dtype)}, device={device or 'cpu'}, "
            "layout=Strided (default), requires_grad=false (default), pinned_memory=false, memory_format=(nullopt))"
        )
    if layout is not None and layout is not strided:
        raise RuntimeError(f"{name} is not implemented for sparse types, got: {layout}")
    if length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
    if length < 2:
        a = np.ones(length, dtype.np)
    else:
        a = shape(np.arange(length + periodic).astype(dtype.np))[:length]
    return finish(a, device, bool(requires_grad), name, (length,))


def _spoken(d: Any) -> str:
    return {"int64": "long int", "int32": "int", "int16": "short int", "int8": "signed char",
            "uint8": "unsigned char", "bool": "bool"}.get(str(d).removeprefix("torch."), str(d))  # fmt: skip


def _declared(*declarations: str) -> Callable[[Any], Any]:
    """Shown as `torch.<name>`: positional arguments as declared, then those of every factory by name."""

    def around(function: Any) -> Any:
        bound = native(*declarations)(lambda *given: given)

        def call(*args: Any, **kwargs: Any) -> Any:
            options = {name: kwargs.pop(name) for name in _OPTIONS if name in kwargs}
            return function(*bound(*args, **kwargs), options)

        call.__name__ = call.__qualname__ = function.__name__
        call.__doc__ = function.__doc__
        return public(function.__name__, method=False)(call)

    return around


def _cosine(name: str, length: int, periodic: bool, alpha: float, beta: float, options: dict[str, Any]) -> Tensor:
    def shape(k: np.ndarray) -> np.ndarray:
        turn = k.dtype.type(math.pi * 2.0 / (len(k) - 1))
        return np.cos(k * turn) * k.dtype.type(-beta) + k.dtype.type(alpha)

    return _window(name, length, periodic, shape, options)


@_declared("hann_window(int window_length, bool periodic=True)")
def hann_window(length: int, periodic: bool, options: dict[str, Any]) -> Tensor:
    """(1 - cos x) / 2 over one turn.

    >>> torch.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _cosine("hann_window", length, periodic, 0.5, 0.5, options)


@_declared("hamming_window(int window_length, bool periodic=True, float alpha=0.54, float beta=0.46)")
def hamming_window(length: int, periodic: bool, alpha: float, beta: float, options: dict[str, Any]) -> Tensor:
    """alpha - beta cos x over one turn."""
    return _cosine("hamming_window", length, periodic, alpha, beta, options)


@_declared("blackman_window(int window_length, bool periodic=True)")
def blackman_window(length: int, periodic: bool, options: dict[str, Any]) -> Tensor:
    """0.42 - 0.5 cos x + 0.08 cos 2x over one turn."""

    def shape(k: np.ndarray) -> np.ndarray:
        number = k.dtype.type
        half = k * number(math.pi / (len(k) - 1))
        return np.cos(half * number(4)) * number(0.08) - np.cos(half * number(2)) * number(0.5) + number(0.42)  # type: ignore[no-any-return]

    return _window("blackman_window", length, periodic, shape, options)


@_declared("bartlett_window(int window_length, bool periodic=True)")
def bartlett_window(length: int, periodic: bool, options: dict[str, Any]) -> Tensor:
    """A triangle from 0 to 1 and back."""

    def shape(k: np.ndarray) -> np.ndarray:
        k = k * k.dtype.type(2.0 / (len(k) - 1))
        second = k[((len(k) - 1) >> 1) + 1 :]
        second *= -1
        second += 2
        return k

    return _window("bartlett_window", length, periodic, shape, options)


@_declared("kaiser_window(int window_length, bool periodic=True, float beta=12.0)")
def kaiser_window(length: int, periodic: bool, beta: float, options: dict[str, Any]) -> Tensor:
    """I₀(beta sqrt(1 - x²)) / I₀(beta) for x from -1 to 1."""

    def shape(k: np.ndarray) -> np.ndarray:
        from .gamma import _bessel_i

        x = k.astype(np.float64) * (2.0 / (len(k) - 1)) - 1
        inside = beta * np.sqrt(np.maximum(1 - x * x, 0))
        return (_bessel_i(0, inside, False) / _bessel_i(0, np.asarray(float(beta)), False)).astype(k.dtype)  # type: ignore[no-any-return]

    return _window("kaiser_window", length, periodic, shape, options)
