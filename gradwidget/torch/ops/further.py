"""Pointwise functions beyond those that every lesson uses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dispatch import most
from ..tensor import Tensor
from . import both, overloads
from .both import array, constant, exp, sqrt, where
from .pointwise import _by_kind, binary, unary
from .quiet import quiet
from .registry import FUNCTIONS, public, record
from .widened import narrow, wide

unary("asinh", np.arcsinh, methods=("asinh", "arcsinh"), self=lambda grad, self: grad / sqrt(self * self + 1))
unary(
    "acosh", np.arccosh, methods=("acosh", "arccosh"), self=lambda grad, self: grad / (sqrt(self - 1) * sqrt(self + 1))
)
unary("atanh", np.arctanh, methods=("atanh", "arctanh"), self=lambda grad, self: grad / (1 - self * self))
unary(
    "deg2rad",
    node="Deg2RadBackward0",
    kernel=lambda x: x * x.dtype.type(math.pi / 180),
    self=lambda grad: grad * (math.pi / 180),
)
unary(
    "rad2deg",
    node="Rad2DegBackward0",
    kernel=lambda x: x * x.dtype.type(180 / math.pi),
    self=lambda grad: grad * (180 / math.pi),
)


@public()
def positive(input: Tensor) -> Tensor:
    """The tensor itself."""
    if input._a.dtype == bool:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def _share(grad: Any, self: Any, other: Any) -> Any:
    """Of log(e^self + e^other): how much of it is self's."""
    return grad / (exp(other - self) + 1)


@quiet
def complex_logaddexp(x: Any, y: Any) -> Any:
    """Factored by the one of greater real part; of two infinite ones the second."""
    swapped = x.real > y.real
    low, high = np.where(swapped, y, x), np.where(swapped, x, y)
    out = np.log1p(np.exp(low - high)) + high
    same = (low.real == high.real) & np.isinf(low.real)
    if same.any():
        out = np.where(same, np.where(low.real < 0, low, np.log(np.exp(low) + np.exp(high))), out)
    return np.where(np.isnan(x) | np.isnan(y), complex(math.nan, math.nan), out).astype(x.dtype)


def _logaddexp(x: Any, y: Any) -> Any:
    return complex_logaddexp(x, y) if x.dtype.kind == "c" else np.logaddexp(x, y)


binary(
    "logaddexp",
    _logaddexp,
    inplace=False,
    self=lambda grad, self, other: _share(grad, self, other),
    other=lambda grad, self, other: _share(grad, other, self),
)
binary(
    "logaddexp2",
    np.logaddexp2,
    inplace=False,
    self=lambda grad, self, other: _share(grad, self * math.log(2), other * math.log(2)),
    other=lambda grad, self, other: _share(grad, other * math.log(2), self * math.log(2)),
)
binary(
    "hypot",
    np.hypot,
    self=lambda grad, self, result: grad * (self / result),
    other=lambda grad, other, result: grad * (other / result),
)


def _sign_kept(grad: Any, self: Any, result: Any) -> Any:
    """Of copysign: 1 where the sign stayed, -1 where it changed, 0 at 0."""
    zero = array(self) == 0
    if isinstance(grad, Tensor):
        return grad * where(constant(zero, grad), both.zeros((), grad), result / self)
    return grad * np.where(zero, result.dtype.type(0), np.sign(self) * np.sign(result))


for _name, _node in (("copysign", "CopysignBackward1"), ("copysign_tensor", "CopysignBackward0")):
    binary(
        _name,
        np.copysign,
        "float",
        node=_node,
        methods=(),
        self=lambda grad, self, result: _sign_kept(grad, self, result),
        **({"other": lambda grad: both.zeros(tuple(grad.shape), grad)} if _name == "copysign_tensor" else {}),
    )
_by_kind("copysign")
binary(
    "fmax",
    np.fmax,
    inplace=False,
    self=lambda grad, self, other: _chosen(grad, array(self) >= array(other), other),
    other=lambda grad, self, other: _not_chosen(grad, array(self) >= array(other), other),
)
binary(
    "fmin",
    np.fmin,
    inplace=False,
    self=lambda grad, self, other: _chosen(grad, array(self) <= array(other), other),
    other=lambda grad, self, other: _not_chosen(grad, array(self) <= array(other), other),
)


def _chosen(grad: Any, first: Any, other: Any) -> Any:
    return where(constant(first | np.isnan(array(other)), grad), grad, grad * 0)


def _not_chosen(grad: Any, first: Any, other: Any) -> Any:
    return where(constant(first | np.isnan(array(other)), grad), grad * 0, grad)


binary(
    "nextafter",
    np.nextafter,
    self=lambda grad, self, other: both.keep(grad, constant(array(self) != array(other), grad)),
    other=lambda grad: both.zeros(tuple(grad.shape), grad),
)
binary("gcd", np.gcd)
binary("lcm", np.lcm)


def _same_dtypes(self: Any, values: Any) -> None:
    if not (isinstance(self, Tensor) and isinstance(values, Tensor) and self.dtype is values.dtype):
        if any(isinstance(x, Tensor) and x.is_complex() for x in (self, values)):
            raise RuntimeError("heaviside is not yet implemented for complex tensors.")
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")


binary("heaviside", lambda x, y: np.where(x == 0, y, x > 0).astype(x.dtype), inplace=True, refuses=_same_dtypes)


@quiet
def _addcdiv(x: Any, a: Any, b: Any, value: float) -> Any:
    if np.result_type(a, b).kind in "iub":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division "
            "of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / "
            "tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future "
            "addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes."
        )
    return x + (value * a) / b if value != 1 else x + a / b


record(
    "addcmul",
    lambda x, a, b, value: x + value * a * b if value != 1 else x + a * b,
    "self, tensor1, tensor2, *, value=1",
    tensors=("self", "tensor1", "tensor2"),
    promote="common",
    inplace=True,
    self=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * (tensor2 * value if value != 1 else tensor2),
    tensor2=lambda grad, tensor1, value: grad * (tensor1 * value if value != 1 else tensor1),
)
record(
    "addcdiv",
    _addcdiv,
    "self, tensor1, tensor2, *, value=1",
    tensors=("self", "tensor1", "tensor2"),
    promote="common",
    inplace=True,
    self=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * (value / tensor2),
    tensor2=lambda grad, tensor1, tensor2, value: grad * -(tensor1 * value) / (tensor2 * tensor2),
)


def _nan_to_num(x: np.ndarray, nan: float | None, posinf: float | None, neginf: float | None) -> Any:
    if x.dtype.kind == "V":  # the greatest number of float32 would be infinity again
        posinf, neginf = (most(x.dtype) if posinf is None else posinf, -most(x.dtype) if neginf is None else neginf)
        return narrow(_nan_to_num(wide(x), nan, posinf, neginf), x.dtype)
    return np.nan_to_num(x, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


record(
    "nan_to_num",
    _nan_to_num,
    "self, nan=None, posinf=None, neginf=None",
    inplace=True,
    self=lambda grad, self: grad * constant(np.isfinite(array(self)).astype(array(grad).dtype), grad),
)


def _sinc_back(grad: Any, self: Any) -> Any:
    x = self * math.pi
    zero = constant(array(self) == 0, self)
    safe = where(zero, x * 0 + 1, x)
    return grad * where(zero, x * 0, (both.cos(safe) * safe - both.sin(safe)) / (safe * safe) * math.pi)


unary("sinc", np.sinc, self=_sinc_back)


for _name in ("addcmul", "addcdiv"):
    FUNCTIONS[_name] = overloads.valued(getattr(Tensor, _name))
    setattr(Tensor, _name, FUNCTIONS[_name])
    setattr(Tensor, _name + "_", overloads.valued(getattr(Tensor, _name + "_")))
