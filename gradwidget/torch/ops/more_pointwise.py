"""Element by element: interpolation, logits, shifts, signs and parts of numbers, powers in double precision."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes, errors, geometry
from ..tensor import Tensor, from_array
from . import operands
from .both import array, constant, log, where
from .composed import gradients_through
from .pointwise import binary, unary
from .quiet import quiet
from .reduce import _returns, vector_norm
from .registry import OPS, function_of, public, record

# ---- between two values


def _lerp(a: Any, b: Any, w: Any) -> Any:
    """From the nearer end, so that weight 1 gives b to the last bit."""
    near = np.abs(w) < 0.5
    return np.where(near, a + w * (b - a), b - (b - a) * (1 - w)).astype(a.dtype, copy=False)


record("lerp_number", lambda a, b, weight: _lerp(a, b, a.dtype.type(weight)), "self, end, weight", tensors=("self", "end"),
       node="LerpBackward0", methods=(), promote="common",
       self=lambda grad, weight: grad * (1 - _real(weight)), end=lambda grad, weight: grad * _real(weight))  # fmt: skip
record("lerp_tensor", _lerp, "self, end, weight", tensors=("self", "end", "weight"), node="LerpBackward1", methods=(),
       promote="common",
       self=lambda grad, weight: grad * (1 - weight), end=lambda grad, weight: grad * weight,
       weight=lambda grad, self, end: grad * (end - self))  # fmt: skip


def _real(weight: Any) -> Any:
    return weight.conjugate() if isinstance(weight, complex) else weight


@public()
def lerp(input: Any, end: Any, weight: Any) -> Tensor:
    """input + weight * (end - input)."""
    if not isinstance(input, Tensor):
        raise errors.not_a_tensor("lerp", "input", 1, input)
    for name, t in (("end", end), ("weight", weight)):
        if isinstance(t, Tensor) and t.dtype != input.dtype:
            raise RuntimeError(f"expected dtype {_c(input)} for `{name}` but got dtype {_c(t)}")
    which = "lerp_tensor" if isinstance(weight, Tensor) else "lerp_number"
    return function_of(OPS[which])(input, end, weight)  # type: ignore[no-any-return]


def _c(t: Any) -> str:
    names = {
        "float32": "float",
        "float64": "double",
        "int64": "long int",
        "int32": "int",
        "float16": "c10::Half",
        "bfloat16": "c10::BFloat16",
    }
    return names.get(t._a.dtype.name, t._a.dtype.name)


@public(function=False)
def lerp_(self: Any, end: Any, weight: Any) -> Tensor:
    from .inplace import method

    which = "lerp_tensor" if isinstance(weight, Tensor) else "lerp_number"
    return method(OPS[which])(self, end, weight)


# ---- logits


def _logit(x: np.ndarray, eps: float | None) -> Any:
    z = x if eps is None else np.clip(x, x.dtype.type(eps), x.dtype.type(1 - eps))
    return np.log(z / (1 - z))


def _logit_back(grad: Any, self: Any, eps: float | None) -> Any:
    slope = grad / (self * (1 - self))
    a = array(self)
    if eps is None:
        return where(constant((a < 0) | (a > 1), grad), constant(np.full(a.shape, np.nan, a.dtype), grad), slope)
    return where(constant((a < eps) | (a > 1 - eps), grad), grad * 0, slope)


unary("logit", _logit, signature="self, eps=None", self=_logit_back)


def _xlogy(x: Any, y: Any) -> Any:
    out = x * np.log(y)
    return np.where(np.isnan(y), y, np.where(x == 0, out.dtype.type(0), out))


binary(
    "xlogy",
    quiet(_xlogy),
    "float",
    self=lambda grad, self, other: where(
        constant((array(self) == 0) & (array(other) <= 0), grad), grad * 0, grad * log(other)
    ),
    other=lambda grad, self, other: grad * self / other,
)

# ---- parts and shifts of numbers


def _frexp(x: np.ndarray) -> Any:
    if x.dtype.kind != "f":
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return np.frexp(x)


record("frexp", _frexp, "self", outputs=2, returns=_returns("frexp", "mantissa", "exponent"),
       self=lambda grad, self, result1: grad / constant(np.exp2(array(result1).astype(array(self).dtype)), grad))  # fmt: skip


def _power_of_two(exponent: Any) -> Any:
    return (exponent * math.log(2)).exp() if isinstance(exponent, Tensor) else np.exp2(exponent)  # type: ignore[attr-defined]


binary(
    "ldexp",
    lambda x, y: x * np.exp2(y),
    "float",
    self=lambda grad, other: grad * _power_of_two(other),
    other=lambda grad, self, other: grad * (self * _power_of_two(other) * math.log(2)),
)


@public()
def float_power(input: Any, exponent: Any) -> Tensor:
    """A power in double precision."""
    if not isinstance(input, Tensor) and not isinstance(exponent, Tensor):
        raise operands.no_overload("float_power", input, exponent)
    is_complex = any(isinstance(v, complex) or (isinstance(v, Tensor) and v.is_complex()) for v in (input, exponent))  # type: ignore[attr-defined]
    d = dtypes.complex128 if is_complex else dtypes.double
    base, power = (v.to(d) if isinstance(v, Tensor) else v for v in (input, exponent))  # type: ignore[attr-defined]
    if not isinstance(base, Tensor):
        base = from_array(np.array(base, d.np))
    return base**power  # type: ignore[operator]


@public(function=False)
def float_power_(self: Any, exponent: Any) -> Tensor:
    d = dtypes.complex128 if self.is_complex() else dtypes.double
    if self.dtype != d:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.dtype.name.capitalize()} but the operation's result requires dtype Double"
        )
    return self.pow_(exponent)  # type: ignore[no-any-return]


def _shift(name: str, ufunc: Any) -> None:
    binary(f"bitwise_{name}_shift", ufunc, "common")


def _left(x: Any, y: Any) -> Any:
    bits = x.dtype.itemsize * 8
    out = np.left_shift(x, np.clip(y, 0, bits - 1))
    return np.where((y < 0) | (y >= bits), x.dtype.type(0), out)


def _right(x: Any, y: Any) -> Any:
    bits = x.dtype.itemsize * 8
    return np.right_shift(x, np.where((y < 0) | (y >= bits), bits - 1, y).astype(x.dtype))


_shift("left", _left)
_shift("right", _right)

# ---- questions


def _signbit(a: np.ndarray) -> Any:
    if a.dtype.kind == "c":
        raise NotImplementedError("signbit is not implemented for complex tensors.")
    return np.signbit(a) if a.dtype.kind == "f" else a < 0 if a.dtype.kind == "i" else np.zeros(a.shape, bool)


def _posinf(a: np.ndarray) -> Any:
    if a.dtype.kind == "c":
        raise RuntimeError("isposinf does not support complex inputs.")
    return a == np.inf if a.dtype.kind == "f" else np.zeros(a.shape, bool)


def _neginf(a: np.ndarray) -> Any:
    if a.dtype.kind == "c":
        raise RuntimeError("isneginf does not support complex inputs.")
    return a == -np.inf if a.dtype.kind == "f" else np.zeros(a.shape, bool)


record("signbit", _signbit, "self")
record("isposinf", _posinf, "self")
record("isneginf", _neginf, "self")
record("isreal", lambda a: a.imag == 0 if a.dtype.kind == "c" else np.ones(a.shape, bool), "self")


# ---- norms kept short


def _renorm(a: np.ndarray, p: float, dim: int, maxnorm: float) -> Any:
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    if a.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {a.ndim} dimensions")
    d = geometry.wrap(dim, a.ndim)
    norm = vector_norm(a, p, tuple(k for k in range(a.ndim) if k != d), True)
    return a * np.where(norm > maxnorm, maxnorm / (norm + 1e-7), 1.0).astype(norm.dtype)


def _renormed(x: Any, p: float, dim: int, maxnorm: float) -> Any:
    """The same on tensors, step by step."""
    d = dim % x.dim()
    norm = x.norm(p, [k for k in range(x.dim()) if k != d], True)
    over = norm > maxnorm
    return x * function_of(OPS["where"])(over, maxnorm / (norm + 1e-7), norm.new_ones(()))


record(
    "renorm", _renorm, "self, p, dim, maxnorm", inplace=True,
    self=lambda grad, self, p, dim, maxnorm: gradients_through(lambda x: _renormed(x, p, dim, maxnorm), grad, self)[0],
)  # fmt: skip
