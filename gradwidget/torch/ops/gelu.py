"""gelu: x times how much of a standard normal lies below x (Hendrycks & Gimpel 2016).

With erf(z) = tanh(z · p(z²)), see `error_function`, float32 needs no exponential of its own: NumPy's tanh is fast.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..tensor import Tensor
from .blocks import by_blocks
from .both import exp, tanh
from .error_function import bent, erf, scaled
from .registry import record

_ROOT = math.sqrt(2 / math.pi)
_CUBE = 0.044715
_PEAK = 1 / math.sqrt(2 * math.pi)
_BELOW = scaled(math.sqrt(0.5))  # the polynomial of erf(x / √2)


def _normal_below(x: np.ndarray) -> np.ndarray:
    """How much of a standard normal lies below x, for float64."""
    return 0.5 * (1 + erf(x * math.sqrt(0.5)))  # type: ignore[no-any-return]


def _forward(out: np.ndarray, t: np.ndarray, x: np.ndarray) -> None:
    bent(x, _BELOW, out, t)
    np.multiply(x, np.float32(0.5), out=t)
    out *= t
    out += t


def _backward(out: np.ndarray, t: np.ndarray, grad: np.ndarray, x: np.ndarray) -> None:
    bent(x, _BELOW, out, t)
    out += np.float32(1)
    out *= np.float32(0.5)
    np.multiply(x, x, out=t)
    t *= np.float32(-0.5)
    np.exp(t, out=t)
    t *= np.float32(_PEAK)
    t *= x
    out += t
    out *= grad


def _forward_tanh(out: np.ndarray, t: np.ndarray, x: np.ndarray) -> None:
    _inner(out, x)
    np.tanh(out, out=out)
    np.multiply(x, x.dtype.type(0.5), out=t)
    out *= t
    out += t


def _inner(out: np.ndarray, x: np.ndarray) -> None:
    kind = x.dtype.type
    np.multiply(x, x, out=out)
    out *= kind(_CUBE * _ROOT)
    out += kind(_ROOT)
    out *= x


def _backward_tanh(out: np.ndarray, t: np.ndarray, s: np.ndarray, grad: np.ndarray, x: np.ndarray) -> None:
    kind = x.dtype.type
    _inner(t, x)
    np.tanh(t, out=t)
    np.multiply(x, x, out=s)  # s: x times the slope of what the tanh is taken of
    s *= kind(3 * _CUBE * _ROOT)
    s += kind(_ROOT)
    s *= x
    np.multiply(t, t, out=out)  # (1 + t)/2 + (1 - t²)/2 · s
    np.subtract(kind(1), out, out=out)
    out *= s
    out += t
    out += kind(1)
    out *= kind(0.5)
    out *= grad


def _checked(approximate: str) -> None:
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")


def _gelu(x: np.ndarray, approximate: str) -> Any:
    _checked(approximate)
    if approximate == "tanh":
        return by_blocks(_forward_tanh, x, temporaries=1)
    if x.dtype == np.float32:
        return by_blocks(_forward, x, temporaries=1)
    if x.dtype.kind != "f":
        from ..dtypes import OF_NUMPY

        raise NotImplementedError(f"\"GeluKernelImpl\" not implemented for '{OF_NUMPY[x.dtype].legacy}'")
    return x * _normal_below(x)


def _gelu_back(grad: Any, self: Any, approximate: str) -> Any:
    if not isinstance(self, Tensor) and not isinstance(grad, Tensor):
        if self.dtype == np.float16:
            return _gelu_back(grad.astype(np.float32), self.astype(np.float32), approximate).astype(self.dtype)
        if approximate == "tanh":
            return by_blocks(_backward_tanh, grad, self, temporaries=2)
        if self.dtype == np.float32:
            return by_blocks(_backward, grad, self, temporaries=1)
        return grad * (_normal_below(self) + self * (exp(self * self * -0.5) * _PEAK))
    if approximate == "tanh":
        t = tanh((self + _CUBE * self * self * self) * _ROOT)
        inner = (1 + 3 * _CUBE * self * self) * _ROOT
        return grad * (0.5 * (1 + t) + 0.5 * self * (1 - t * t) * inner)
    below = ((self * math.sqrt(0.5)).erf() + 1) * 0.5
    return grad * (below + self * (exp(self * self * -0.5) * _PEAK))


record("gelu", _gelu, "self, approximate='none'", methods=(), self=_gelu_back)
