"""Complex numbers: made of parts, their angles and signs. (Parts and conjugates as views: `complex_views`.)"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..tensor import Tensor
from . import both
from .pointwise import sign_of
from .registry import OPS, function_of, public, record


def _conj_copy(a: np.ndarray) -> Any:
    return np.conj(a) if a.dtype.kind == "c" else a.copy()


_conj_op = record("conj_physical", _conj_copy, "self", inplace=True, self=lambda grad: both.conj(grad))


@public()
def conj_physical(input: Tensor, *, out: Any = None) -> Tensor:
    """The complex conjugate, in memory of its own; of real numbers the tensor itself."""
    if out is None and input._a.dtype.kind != "c":
        return input
    return function_of(_conj_op)(input, out=out)  # type: ignore[no-any-return]


def _float_of(a: np.ndarray) -> np.ndarray:
    return a if a.dtype.kind == "f" else a.astype(dtypes.get_default_dtype().np)


def _angle(a: np.ndarray) -> Any:
    if a.dtype.kind == "c":
        return np.angle(a).astype(a.real.dtype)
    a = _float_of(a)
    return np.where(np.isnan(a), a, np.where(a < 0, np.pi, 0)).astype(a.dtype)


def _angle_back(grad: Any, self: Any) -> Any:
    if not (self.is_complex() if isinstance(self, Tensor) else self.dtype.kind == "c"):
        return grad * 0
    square = self * both.conj(self)
    return both.where(both.constant(both.array(self) == 0, self), self * 0, self * 1j / square * grad)


record("angle", _angle, "self", self=_angle_back)


def _sgn(a: np.ndarray) -> Any:
    if a.dtype.kind != "c":
        return sign_of(a)
    size = np.abs(a)
    return np.where(size == 0, 0, a / np.where(size == 0, 1, size)).astype(a.dtype)


def _sgn_back(grad: Any, self: Any, result: Any) -> Any:
    if both.array(self).dtype.kind != "c":
        return grad * 0
    size = self.abs() if isinstance(self, Tensor) else np.abs(self)
    along = both.conj(grad) * result
    return both.where(
        both.constant(both.array(size) == 0, size), grad * 0, (grad - result * (along + both.conj(along)) * 0.5) / size
    )


record("sgn", _sgn, "self", inplace=True, self=_sgn_back)


def _complex(real: np.ndarray, imag: np.ndarray) -> Any:
    if real.dtype.kind != "f" or imag.dtype.kind != "f":
        raise RuntimeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {dtypes.OF_NUMPY[real.dtype].legacy} and "
            f"{dtypes.OF_NUMPY[imag.dtype].legacy}"
        )
    if real.dtype != imag.dtype:
        names = [dtypes.OF_NUMPY[x.dtype].legacy for x in (real, imag)]
        raise RuntimeError(
            f"Expected object of scalar type {names[0]} but got scalar type {names[1]} for second argument"
        )
    return (real + 1j * imag).astype(np.complex64 if real.dtype.itemsize <= 4 else np.complex128)


def _part(grad: Any, shape: tuple[int, ...], which: str) -> Any:
    from ..dispatch import reduce_to

    return reduce_to(getattr(grad, which), shape)


_complex_op = record(
    "complex",
    _complex,
    "real, imag",
    tensors=("real", "imag"),
    methods=(),
    real=lambda grad, real_shape: _part(grad, real_shape, "real"),
    imag=lambda grad, imag_shape: _part(grad, imag_shape, "imag"),
)


def complex_(real: Any, imag: Any) -> Tensor:
    """`torch.complex`, for what is composed of it."""
    return function_of(_complex_op)(real, imag)  # type: ignore[no-any-return]


def _polar(abs: np.ndarray, angle: np.ndarray) -> Any:
    if abs.dtype != angle.dtype or abs.dtype.kind != "f":
        return _complex(abs, angle)  # which refuses them
    return _complex(abs * np.cos(angle), abs * np.sin(angle))


def _sgn_of(z: Any) -> Any:
    return z.sgn() if isinstance(z, Tensor) else _sgn(z)


record(
    "polar",
    _polar,
    "abs, angle",
    tensors=("abs", "angle"),
    methods=(),
    abs=lambda grad, result, abs_shape: _part(both.conj(grad) * _sgn_of(result), abs_shape, "real"),
    angle=lambda grad, result, angle_shape: _part(both.conj(grad) * (result * 1j), angle_shape, "real"),
)


@public(method=False)
def polar(abs: Tensor, angle: Tensor, *, out: Any = None) -> Tensor:
    """abs · (cos angle + i sin angle)."""
    return function_of(OPS["polar"])(abs, angle, out=out)  # type: ignore[no-any-return]
