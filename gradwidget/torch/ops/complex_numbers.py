"""Complex numbers: conjugates, parts, and tensors made of parts.

`conj` copies here, where PyTorch notes on a view that it is to be conjugated when read; so nothing is ever left to resolve.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..tensor import Tensor
from . import both
from .registry import OPS, function_of, public, record


def _conj_copy(a: np.ndarray) -> Any:
    return np.conj(a)


_conj = record("_conj", _conj_copy, "self", node="ConjBackward0", methods=(), self=lambda grad: both.conj(grad))
record("conj_physical", _conj_copy, "self", inplace=True, self=lambda grad: both.conj(grad))


@public()
def conj(input: Tensor) -> Tensor:
    """The complex conjugate; what is real is the answer itself."""
    return function_of(_conj)(input) if input.is_complex() else input


@public("resolve_conj", "resolve_neg")
def resolve(input: Tensor) -> Tensor:
    """The tensor itself: nothing is left to be done when it is read."""
    return input


@public("is_conj", "is_neg")
def pending(input: Tensor) -> bool:
    """Whether something is left to be done when the tensor is read: never."""
    return False


@public()
def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions exchanged, and conjugated."""
    return input.transpose(-2, -1).conj()  # type: ignore[attr-defined, no-any-return]


Tensor.mH = property(adjoint)  # type: ignore[attr-defined]
Tensor.H = property(lambda self: _hermitian(self))  # type: ignore[attr-defined]


def _hermitian(t: Tensor) -> Tensor:
    if t.dim() not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {t.dim()}-D tensor.")
    return t if t.dim() == 0 and not t.is_complex() else t.conj() if t.dim() == 0 else adjoint(t)  # type: ignore[attr-defined, no-any-return]


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
        return a.copy() if a.dtype == bool else np.sign(a)
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
    if real.dtype != imag.dtype:
        names = [dtypes.OF_NUMPY[x.dtype].legacy for x in (real, imag)]
        raise RuntimeError(
            f"Expected object of scalar type {names[0]} but got scalar type {names[1]} for second argument"
        )
    if real.dtype.kind != "f":
        raise RuntimeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {dtypes.OF_NUMPY[real.dtype].legacy} and "
            f"{dtypes.OF_NUMPY[imag.dtype].legacy}"
        )
    return (real + 1j * imag).astype(np.complex64 if real.dtype.itemsize <= 4 else np.complex128)


def _part(grad: Any, shape: tuple[int, ...], which: str) -> Any:
    from ..dispatch import reduce_to

    return reduce_to(getattr(grad, which), shape)


record(
    "complex",
    _complex,
    "real, imag",
    tensors=("real", "imag"),
    methods=(),
    real=lambda grad, real_shape: _part(grad, real_shape, "real"),
    imag=lambda grad, imag_shape: _part(grad, imag_shape, "imag"),
)


@public(method=False)
def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """abs · (cos angle + i sin angle)."""
    return function_of(OPS["complex"])(abs * angle.cos(), abs * angle.sin())  # type: ignore[attr-defined, operator]


def _as_real(a: np.ndarray) -> np.ndarray:
    if a.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return a[..., None].view(a.real.dtype)


def _as_complex(a: np.ndarray) -> np.ndarray:
    if a.dtype.kind != "f":
        raise RuntimeError("view_as_complex is only supported for floating point tensors")
    if not a.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if a.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if a.strides[-1] != a.itemsize:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(s % (2 * a.itemsize) for s in a.strides[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    return a.view(np.complex64 if a.itemsize == 4 else np.complex128)[..., 0]


record(
    "view_as_real", _as_real, "self", view=True, methods=(),
    self=lambda grad: grad[..., 0] + grad[..., 1] * 1j if not isinstance(grad, Tensor) else grad.contiguous().view_as_complex(),
)  # fmt: skip
record(
    "view_as_complex", _as_complex, "self", view=True, methods=(),
    self=lambda grad: np.stack([grad.real, grad.imag], -1) if not isinstance(grad, Tensor) else grad.view_as_real(),
)  # fmt: skip
public("view_as_real")(lambda input: function_of(OPS["view_as_real"])(input))
public("view_as_complex")(lambda input: function_of(OPS["view_as_complex"])(input))
