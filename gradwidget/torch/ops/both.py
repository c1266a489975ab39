"""Functions for formulas: each understands arrays (ordinary backward) and tensors (a backward that is recorded)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from ..tensor import Tensor, from_array


def _op(name: str) -> Any:
    from .registry import OPS, function_of

    return function_of(OPS[name])


def _unary(name: str, ufunc: Any) -> Any:
    def both(x: Any) -> Any:
        return _op(name)(x) if isinstance(x, Tensor) else ufunc(x)

    both.__name__ = name
    return both


exp = _unary("exp", np.exp)
log = _unary("log", np.log)
sin = _unary("sin", np.sin)
cos = _unary("cos", np.cos)
sinh = _unary("sinh", np.sinh)
cosh = _unary("cosh", np.cosh)
tanh = _unary("tanh", np.tanh)
sqrt = _unary("sqrt", np.sqrt)
_sign = _unary("sign", np.sign)


def sign(x: Any) -> Any:
    """1, 0 or -1; of a complex number its direction."""
    if array(x).dtype.kind != "c":
        return _sign(x)
    if isinstance(x, Tensor):
        return x.sgn()  # type: ignore[attr-defined]
    size = np.abs(x)
    return np.where(size == 0, 0, x / np.where(size == 0, 1, size))


def conj(x: Any) -> Any:
    """The complex conjugate; what is real is handed through untouched."""
    if type(x) is np.ndarray:
        return x if x.dtype.kind != "c" else np.conj(x)
    if isinstance(x, Tensor):
        return x.conj() if x._a.dtype.kind == "c" else x
    if type(x) is complex:
        return x.conjugate()
    return np.conj(x) if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "c" else x


def scale(x: Any, by: Any) -> Any:
    """Times a number. On tensors this is the op that has the tensor as its only input."""
    return _op("mul_number")(x, by) if isinstance(x, Tensor) else x * by


def over(x: Any, by: Any) -> Any:
    """Divided by a number, likewise."""
    return _op("div_number")(x, by) if isinstance(x, Tensor) else x / by


def mask(condition: Any, like: Any) -> Any:
    """A boolean array or tensor as numbers of `like`'s dtype, to multiply with."""
    if isinstance(condition, Tensor):
        return condition.to(like.dtype)
    return np.asarray(condition).astype(like.dtype)


def where(condition: Any, a: Any, b: Any) -> Any:
    if any(isinstance(x, Tensor) for x in (condition, a, b)):
        return _op("where")(condition if isinstance(condition, Tensor) else from_array(np.asarray(condition)), a, b)
    return np.where(condition, a, b)


def array(x: Any) -> Any:
    """The bare values: for what a formula needs to look at but not to differentiate."""
    return x._a if isinstance(x, Tensor) else np.asarray(x)


def constant(a: np.ndarray, like: Any) -> Any:
    """An array as whatever `like` is."""
    return from_array(a) if isinstance(like, Tensor) else a


def zeros(shape: tuple[int, ...], like: Any) -> Any:
    """Zeros of the dtype, device and sort of `like`."""
    a = array(like)
    made = np.zeros(shape, a.dtype)
    return constant(made if type(a) is np.ndarray else made.view(type(a)), like)


def expand(x: Any, shape: tuple[int, ...]) -> Any:
    if isinstance(x, Tensor):
        return x.expand(*shape)  # type: ignore[attr-defined]
    if x.shape == shape:
        return x
    if not isinstance(x, np.ndarray):
        x = np.asarray(x)
    # np.broadcast_to does the same in ten times the time
    return (
        np.ndarray.__new__(type(x), shape, x.dtype, x, 0, (0,) * len(shape))
        if x.ndim == 0
        else np.broadcast_to(x, shape, subok=True)
    )


def unsqueeze(x: Any, dims: tuple[int, ...]) -> Any:
    """Dimensions of size 1 at these places of the result."""
    if isinstance(x, Tensor):
        for d in sorted(dims):
            x = x.unsqueeze(d)  # type: ignore[attr-defined]
        return x
    return np.expand_dims(x, dims)


def keep(grad: Any, where: Any) -> Any:
    """The gradient where a condition holds, and 0 elsewhere, also where the gradient is infinite."""
    if isinstance(grad, Tensor):
        return _op("where")(
            where if isinstance(where, Tensor) else from_array(np.asarray(where)), grad, zeros((), grad)
        )
    if (
        type(grad) is np.ndarray and grad.size > 64 and grad.dtype.kind == "f"
    ):  # np.where is slow on what cannot be foreseen
        out = grad * where
        if math.isfinite(np.vdot(out, out)):
            return out  # 0 times infinity would have shown
    return np.where(where, grad, np.zeros((), grad.dtype))


def reshape(x: Any, shape: tuple[int, ...]) -> Any:
    return x.reshape(shape)


def permute(x: Any, dims: tuple[int, ...]) -> Any:
    return x.permute(dims) if isinstance(x, Tensor) else np.transpose(x, dims)


def swap(x: Any, a: int = -1, b: int = -2) -> Any:
    """Two dimensions exchanged."""
    if type(x) is np.ndarray and a == -1 and b == -2:
        return x.T if x.ndim == 2 else np.swapaxes(x, a, b) if x.ndim else x
    if not len(x.shape):
        return x
    return x.transpose(a, b) if isinstance(x, Tensor) else np.swapaxes(x, a, b)


def to_complex(x: Any, unit: complex) -> Any:
    """A real gradient as that of the complex number whose real (unit 1) or imaginary (unit 1j) part it belongs to."""
    if isinstance(x, Tensor):
        return _op("mul_number")(x.to(x.dtype.to_complex()), unit)  # type: ignore[attr-defined]
    return (x.astype(np.complex64 if x.dtype == np.float32 else np.complex128) * unit).astype(
        np.complex64 if x.dtype == np.float32 else np.complex128
    )


def cast(x: Any, d: Any) -> Any:
    """In another (NumPy) dtype; of complex numbers as real ones, the real part."""
    if array(x).dtype.kind == "c" and np.dtype(d).kind != "c":
        x = x.real
    if isinstance(x, Tensor):
        return x.to(dtypes.OF_NUMPY[np.dtype(d)])  # type: ignore[attr-defined]
    return x if x.dtype == d else x.astype(d)
