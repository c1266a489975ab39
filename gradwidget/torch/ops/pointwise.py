"""Element by element: arithmetic, functions, comparisons."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from .. import dtypes
from ..dispatch import fit, held, number_array, promoted
from ..dispatch import number as to_number
from ..tensor import Tensor
from . import operands, overloads
from .both import array, constant, cos, cosh, keep, log, over, scale, sign, sin, sinh, sqrt, where, zeros
from .inplace import check_promoted, method
from .quiet import quiet
from .registry import OPS, function_of, operator, operators, public, record
from .widened import plus

_NEVER_WARN = ("tanh", "sin", "cos", "atan")


def unary(name: str, kernel: Any, promote: str = "float", **options: Any) -> Any:
    """A function of one tensor. "float": integers are computed in the default dtype; "common": in their own."""
    return record(
        name,
        quiet(kernel) if promote == "float" and name not in _NEVER_WARN else kernel,
        options.pop("signature", "self"),
        promote=promote,
        inplace=True,
        **options,
    )


def binary(name: str, kernel: Any, promote: str = "common", **options: Any) -> Any:
    inplace = options.pop("inplace", True)
    return record(
        name,
        kernel,
        "self, other",
        tensors=("self", "other"),
        promote=promote,
        numbers=True,
        inplace=inplace,
        **options,
    )


# ---- arithmetic


def _no_bools(self: Any, other: Any) -> None:
    """Refuse to subtract what is true or false."""
    bools = [
        x.dtype is dtypes.bool_ if isinstance(x, Tensor) else isinstance(x, (bool, np.bool_)) for x in (self, other)
    ]
    if all(bools):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
        )
    if any(bools):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
            "`logical_not()` operator instead."
        )


_add = binary("add", np.add, methods=(), self="grad", other="grad", inplace=False)
_sub = binary("sub", np.subtract, methods=(), self="grad", other="-grad", inplace=False, refuses=_no_bools)
_rsub = binary(
    "rsub",
    lambda x, y: np.subtract(y, x),
    methods=(),
    self=lambda grad: -grad,
    other=lambda grad: grad,
    inplace=False,
    refuses=_no_bools,
)
_rsub_number = record(
    "rsub_number",
    lambda x, other: _from_number(other, x),
    "self, other",
    node="RsubBackward1",
    methods=(),
    self=lambda grad: -grad,
)


def _from_number(number: Any, x: Any) -> Any:
    d = dtypes.result_type_of(dtypes.OF_NUMPY[x.dtype], None, dtypes.of_scalar(number)).np
    return to_number(number, d) - x.astype(d, copy=False)


record(
    "mul_number",
    lambda x, other: x * x.dtype.type(other),
    "self, other",
    node="MulBackward1",
    methods=(),
    self=lambda grad, other: scale(grad, other),
)
record(
    "add_number",
    lambda x, other: x + x.dtype.type(other),
    "self, other",
    node="AddBackward1",
    methods=(),
    self=lambda grad: grad,
)
record(
    "div_number",
    lambda x, other: x / (x.dtype.type(other) if x.dtype.kind in "fcV" else np.float32(other)),
    "self, other",
    node="DivBackward1",
    methods=(),
    self=lambda grad, other: over(grad, other),
)
_mul = binary("mul", np.multiply, methods=("mul", "multiply"), self="grad * other", other="grad * self")


def _denominator_back(grad: Any, self: Any, other: Any) -> Any:
    """-grad · self / other², in the order that avoids an overflow of other²."""
    part = self / other
    if (
        type(part) is not np.ndarray
        or part.dtype != grad.dtype
        or part.dtype != other.dtype
        or grad.shape != part.shape
    ):
        return -grad * (part / other)
    part /= other
    part *= grad
    return np.negative(part, part)


_div = binary(
    "div",
    quiet(np.true_divide),
    "float",
    methods=(),
    self="grad / other",
    other=lambda grad, self, other: _denominator_back(grad, self, other),
    inplace=False,
)


def _times_alpha(name: str, ufunc: Any) -> Any:
    """add and sub of a tensor times a number: one op."""

    def kernel(x: np.ndarray, y: np.ndarray, alpha: Any) -> Any:
        kind = x.dtype.kind
        if isinstance(alpha, bool) and kind != "b":
            raise RuntimeError("Boolean alpha only supported for Boolean results.")
        if isinstance(alpha, (float, complex)) and kind in "biu":
            raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
        if isinstance(alpha, complex) and kind != "c":
            raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
        if kind == "V":
            return plus(x, y, alpha if ufunc is np.add else -alpha)
        return ufunc(x, y * held(alpha, y.dtype))

    return record(
        name + "_scaled",
        kernel,
        "self, other, *, alpha=1",
        tensors=("self", "other"),
        node=name.capitalize() + "Backward0",
        promote="common",
        methods=(),
        self=lambda grad: grad,
        other=(lambda grad, alpha: scale(grad, alpha)) if name == "add" else (lambda grad, alpha: scale(grad, -alpha)),
    )


_add_scaled, _sub_scaled = _times_alpha("add", np.add), _times_alpha("sub", np.subtract)


def _scaled(op: Any, by_alpha: Any) -> Any:
    """add and sub with their `alpha`."""

    def function(self: Any, other: Any, older: Any = None, *, alpha: Any = 1, out: Any = None) -> Tensor:
        if older is not None:
            alpha, other = overloads.scaled(op.name, other, older)
        if type(alpha) is not int or alpha != 1:
            alpha = alpha.item() if isinstance(alpha, (Tensor, np.generic)) else alpha
            if isinstance(other, Tensor) and isinstance(self, Tensor):
                if op.refuses is not None:
                    op.refuses(self, other)
                return function_of(by_alpha)(self, other, alpha=alpha, out=out)
            other = other * alpha
        return function_of(op)(self, other, out=out)

    function.__name__ = function.__qualname__ = op.name
    return function


def _alpha_inplace(op: Any, by_alpha: Any) -> Any:
    plain, scaled = method(op), method(by_alpha)

    def in_place(self: Tensor, other: Any, older: Any = None, *, alpha: Any = 1) -> Tensor:
        if older is not None:
            alpha, other = overloads.scaled(op.name + "_", other, older)
        if type(alpha) is not int or alpha != 1:
            alpha = alpha.item() if isinstance(alpha, (Tensor, np.generic)) else alpha
            if isinstance(other, Tensor):
                return scaled(self, other, alpha=alpha)  # type: ignore[no-any-return]
            other = other * alpha
        return plain(self, other)

    in_place.__name__ = in_place.__qualname__ = op.name + "_"
    return in_place


@quiet
def _trunc_divide(x: Any, y: Any) -> Any:
    if np.result_type(x, y).kind == "f":
        return np.trunc(np.true_divide(x, y))
    if np.any(np.equal(y, 0)):
        raise RuntimeError("ZeroDivisionError")
    q = np.floor_divide(x, y)
    return q + ((np.remainder(x, y) != 0) & (q < 0))


@quiet
def _floor_divide(x: Any, y: Any) -> Any:
    if np.result_type(x, y).kind in "iu" and np.any(np.equal(y, 0)):
        raise RuntimeError("ZeroDivisionError")
    return np.floor_divide(x, y)


@quiet
def _remainder(x: Any, y: Any) -> Any:
    if np.result_type(x, y).kind in "iu" and np.any(np.equal(y, 0)):
        raise RuntimeError("ZeroDivisionError")
    return np.remainder(x, y)


@quiet
def _fmod(x: Any, y: Any) -> Any:
    if np.result_type(x, y).kind in "iu" and np.any(np.equal(y, 0)):
        raise RuntimeError("ZeroDivisionError")
    return np.fmod(x, y)


binary(
    "div_trunc",
    _trunc_divide,
    node="DivBackward2",
    methods=(),
    self=lambda grad: grad * 0,
    other=lambda grad: grad * 0,
    inplace=False,
)
binary(
    "div_floor",
    _floor_divide,
    node="DivBackward2",
    methods=(),
    self=lambda grad: grad * 0,
    other=lambda grad: grad * 0,
    inplace=False,
)
operators(binary("floor_divide", _floor_divide, node="NotImplemented"), "__floordiv__")
binary(
    "remainder_tensor",
    _remainder,
    node="RemainderBackward1",
    methods=(),
    self=lambda grad: grad,
    other=lambda grad, self, other: -grad * _floor_of(self, other),
)
binary("remainder", _remainder, methods=(), self=lambda grad: grad)
binary(
    "fmod_tensor",
    _fmod,
    node="FmodBackward1",
    methods=(),
    self=lambda grad: grad,
    other=lambda grad, self, other: -grad * _trunc_of(self, other),
)
binary("fmod", _fmod, methods=(), self=lambda grad: grad)


def _by_kind(name: str) -> Any:
    """The function and the method of an op whose node depends on whether the other operand is a tensor or a number."""

    def function(self: Any, other: Any, *, out: Any = None) -> Tensor:
        return function_of(OPS[name + "_tensor" if isinstance(other, Tensor) else name])(self, other, out=out)

    def in_place(self: Tensor, other: Any) -> Tensor:
        return method(OPS[name + "_tensor" if isinstance(other, Tensor) else name])(self, other)

    function.__name__, in_place.__name__ = name, name + "_"
    setattr(Tensor, name + "_", in_place)
    return public(name)(function)


_by_kind("fmod"), _by_kind("remainder")


def _rest(self: Tensor, other: Any) -> Any:
    try:
        return Tensor.remainder(self, other)  # type: ignore[attr-defined]
    except TypeError:
        return NotImplemented


Tensor.__mod__ = _rest  # type: ignore[attr-defined]


def _floor_of(a: Any, b: Any) -> Any:
    return function_of(OPS["div_floor"])(a, b) if isinstance(a, Tensor) else np.floor(array(a) / array(b))


def _trunc_of(a: Any, b: Any) -> Any:
    return function_of(OPS["div_trunc"])(a, b) if isinstance(a, Tensor) else np.trunc(array(a) / array(b))


def div(self: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Tensor:
    """Division; `rounding_mode` is None (true), "trunc" or "floor"."""
    if rounding_mode is None:
        return function_of(_div)(self, other, out=out)
    if rounding_mode not in ("trunc", "floor"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    return function_of(OPS["div_" + rounding_mode])(self, other, out=out)


def _pow_back(grad: Any, self: Any, exponent: Any) -> Any:
    if isinstance(exponent, (int, float)) and exponent == 0:
        return grad * 0
    if isinstance(exponent, (int, float)):
        if exponent == 2 and not isinstance(self, Tensor):
            return grad * (2 * self)
        return grad * scale(self ** (exponent - 1), exponent)
    zero = constant(array(exponent) == 0, exponent)
    return where(zero, grad * 0, grad * (exponent * self ** (exponent - 1)))


def _pow_exponent_back(grad: Any, self: Any, result: Any) -> Any:
    base = array(self)
    safe = (
        where(constant(base == 0, self) if not np.isscalar(self) else base == 0, self * 0 + 1, self)
        if np.any(base == 0)
        else self
    )
    return grad * (result * (math.log(safe) if isinstance(safe, (int, float)) and safe > 0 else log(safe)))


def _whole_powers(x: Any, y: Any) -> Any:
    """Of whole numbers: of the negative powers only those of 1 and -1 are whole, the others count as 0."""
    inverse = np.where(x == 1, 1, np.where(x == -1, 1 - 2 * (y % 2), 0)).astype(y.dtype)
    return np.where(y < 0, inverse, np.power(x, np.where(y < 0, 0, y)))


@quiet
def _pow_kernel(x: Any, y: Any) -> Any:
    if isinstance(y, np.ndarray) and y.dtype.kind == "i" and (y < 0).any():
        return _whole_powers(x, y)
    d = np.result_type(x, y)
    if d.kind == "b":
        raise NotImplementedError("\"pow\" not implemented for 'Bool'")
    if d.kind in "iu" and np.any(np.less(y, 0)):
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return (
        np.multiply(x, x)
        if isinstance(y, (int, float, np.generic)) and y == 2 and not np.isscalar(x)
        else np.power(x, y)
    )


@quiet
def _pow_number(x: Any, exponent: Any) -> Any:
    x = _beside(x, exponent)
    if exponent == 2:
        return np.multiply(x, x)
    if x.dtype.kind == "f":
        if exponent == 0.5:
            return np.sqrt(x)
    elif x.dtype.kind in "iu" and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    elif x.dtype.kind == "b":
        return x.copy()  # to the power of True
    return np.power(x, to_number(exponent, x.dtype))


def _beside(x: Any, number: Any) -> Any:
    """An array in the dtype that it has together with a number."""
    d = dtypes.result_type_of(dtypes.OF_NUMPY[x.dtype], None, dtypes.of_scalar(number)).np
    return x.astype(d, copy=False)


_pow_scalar = record("pow", _pow_number, "self, exponent", promote="common", methods=(), inplace=False, self=_pow_back)
_pow_tensor = binary(
    "pow_tensor",
    _pow_kernel,
    node="PowBackward1",
    methods=(),
    inplace=False,
    self=lambda grad, self, other: _pow_back(grad, self, other),
    other=lambda grad, self, result: _pow_exponent_back(grad, self, result),
)
_pow_base = record(
    "pow_base",
    lambda base, x: _base_to(base, x),
    "self, exponent",
    tensors=("exponent",),
    node="PowBackward2",
    methods=(),
    exponent=lambda grad, self, result: _pow_exponent_back(grad, self, result),
)


def _base_to(base: Any, x: Any) -> Any:
    x = _beside(x, base)
    return _pow_kernel(to_number(base, x.dtype), x)


def _raised(self: Any, exponent: Any) -> Any:
    """`self ** exponent` as Python writes it."""
    try:
        return pow(self, exponent)
    except TypeError:
        return NotImplemented


def pow(self: Any, exponent: Any, *, out: Any = None) -> Tensor:
    """`self ** exponent`, where either may be a number."""
    if isinstance(exponent, Tensor) and isinstance(self, (Tensor, int, float, complex, np.generic)):
        return function_of(_pow_tensor if isinstance(self, Tensor) else _pow_base)(self, exponent, out=out)
    if not isinstance(exponent, (int, float, complex, np.generic)) or not isinstance(self, Tensor):
        raise operands.no_overload("pow", self, exponent)
    return function_of(_pow_scalar)(self, exponent.item() if isinstance(exponent, np.generic) else exponent, out=out)


_pow_scalar_, _pow_tensor_ = method(_pow_scalar), method(_pow_tensor)


def pow_(self: Tensor, exponent: Any) -> Tensor:
    if isinstance(exponent, Tensor):
        return _pow_tensor_(self, exponent)
    exponent = exponent.item() if isinstance(exponent, np.generic) else exponent
    check_promoted(self, exponent)
    return _pow_scalar_(self, exponent)


pow_.__name__ = "pow_"

# ---- functions of one tensor


def sign_of(x: Any) -> Any:
    """-1, 0 or 1; 0 for what is not a number, where NumPy hands it on."""
    if x.dtype.kind == "b":
        return x.copy()
    if x.dtype.kind != "f":
        return np.sign(x)
    return (x > 0).astype(x.dtype) - (x < 0)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _relu(x: Any) -> Any:
    if x.dtype == bool:
        raise RuntimeError("Boolean inputs not supported for relu")
    return np.maximum(x, number_array(x.dtype, 0.0) if x.dtype.kind == "f" else 0)


def _neg(x: Any) -> Any:
    if x.dtype == bool:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return np.negative(x)


def _positive_sqrt_grad(grad: Any, result: Any) -> Any:
    return grad / (2 * result)


def _tanh_back(grad: Any, result: Any) -> Any:
    if type(result) is np.ndarray and result.ndim:
        slope = np.multiply(result, result)
        np.subtract(number_array(result.dtype, 1.0), slope, slope)
        return np.multiply(slope, grad, slope)
    return grad * (1 - result * result)


def _sigmoid_back(grad: Any, result: Any) -> Any:
    if type(result) is np.ndarray and result.ndim:
        slope = np.subtract(number_array(result.dtype, 1.0), result)
        np.multiply(slope, result, slope)
        return np.multiply(slope, grad, slope)
    return grad * ((1 - result) * result)


def _abs_back(grad: Any, self: Any) -> Any:
    if array(self).dtype.kind != "c":
        return grad * sign(self)
    from . import complex_numbers

    return grad * (self.sgn() if isinstance(self, Tensor) else complex_numbers._sgn(self))


def _reciprocal(x: Any) -> Any:
    return 1 / x


record(
    "threshold_backward",
    lambda grad_output, self, threshold: keep(grad_output, self > threshold),
    "grad_output, self, threshold",
    tensors=("grad_output", "self"),
    node="ThresholdBackwardBackward0",
    methods=(),
    grad_output=lambda grad, self, threshold: _above(grad, self, threshold),
    self=lambda grad: grad * 0,
)


def _above(grad: Any, x: Any, threshold: float = 0) -> Any:
    """The gradient where x is above the threshold."""
    if isinstance(grad, Tensor):
        return function_of(OPS["threshold_backward"])(grad, x, threshold)
    return keep(grad, x > (number_array(x.dtype, 0.0) if threshold == 0 else threshold))


def _nothing(grad: Any) -> Any:
    """Zeros that do not depend on anything, the gradient of what is constant between its steps."""
    return zeros(tuple(grad.shape), grad)


unary("neg", _neg, "common", methods=("neg", "negative", "__neg__"), self="-grad")
unary("abs", np.abs, "common", methods=("abs", "absolute", "__abs__"), self=lambda grad, self: _abs_back(grad, self))
unary("sign", sign_of, "common", self=_nothing)
unary("exp", np.exp, self="grad * result")
unary("exp2", np.exp2, self=lambda grad, result: grad * result * math.log(2))
unary("expm1", np.expm1, self=lambda grad, result: grad * (result + 1))
unary("log", np.log, self="grad / self")
unary("log2", np.log2, self=lambda grad, self: grad / (self * math.log(2)))
unary("log10", np.log10, self=lambda grad, self: grad / (self * math.log(10)))
unary("log1p", np.log1p, node="Log1PBackward0", self=lambda grad, self: grad / (self + 1))
unary("sqrt", np.sqrt, self=_positive_sqrt_grad)
unary("rsqrt", lambda x: 1 / np.sqrt(x), self=lambda grad, result: -0.5 * grad * result**3)
unary("reciprocal", _reciprocal, self=lambda grad, result: -grad * (result * result))
unary("sin", np.sin, self=lambda grad, self: grad * cos(self))
unary("cos", np.cos, self=lambda grad, self: grad * -sin(self))
unary("tan", np.tan, self=lambda grad, result: grad * (1 + result * result))
unary("asin", np.arcsin, methods=("asin", "arcsin"), self=lambda grad, self: grad / sqrt(1 - self * self))
unary("acos", np.arccos, methods=("acos", "arccos"), self=lambda grad, self: -grad / sqrt(1 - self * self))
unary("atan", np.arctan, methods=("atan", "arctan"), self=lambda grad, self: grad / (self * self + 1))
unary("sinh", np.sinh, self=lambda grad, self: grad * cosh(self))
unary("cosh", np.cosh, self=lambda grad, self: grad * sinh(self))
unary("tanh", np.tanh, self=_tanh_back)
unary("sigmoid", _sigmoid, self=_sigmoid_back)
unary(
    "relu",
    _relu,
    "common",
    self=lambda grad, result: _above(grad, result),
)
unary("floor", lambda x: np.floor(x) if x.dtype.kind == "f" else x.copy(), "common", self=_nothing)
unary("ceil", lambda x: np.ceil(x) if x.dtype.kind == "f" else x.copy(), "common", self=_nothing)
unary(
    "trunc",
    lambda x: np.trunc(x) if x.dtype.kind == "f" else x.copy(),
    "common",
    methods=("trunc", "fix"),
    self=_nothing,
)
unary("frac", lambda x: x - np.trunc(x), "common", self=lambda grad: grad)
unary("round", lambda x: np.rint(x) if x.dtype.kind == "f" else x.copy(), "common", methods=(), self=_nothing)
unary(
    "round_decimals",
    lambda x, decimals: np.round(x, decimals),
    "common",
    signature="self, *, decimals=0",
    node="RoundBackward1",
    methods=(),
    self=_nothing,
)


@public("round")
def round_(self: Any, *, decimals: int | None = None, out: Any = None) -> Tensor:
    """To the nearest whole number, halves to the even one; or to so many decimals."""
    if decimals is None:
        return function_of(OPS["round"])(self, out=out)
    return function_of(OPS["round_decimals"])(self, decimals=decimals, out=out)


_round, _round_decimals = method(OPS["round"]), method(OPS["round_decimals"])
Tensor.round_ = lambda self, *, decimals=None: (
    _round(self) if decimals is None else _round_decimals(self, decimals=decimals)
)  # type: ignore[attr-defined]
unary("square", np.square, "common", methods=(), node="PowBackward0", self=lambda grad, self: grad * (self * 2))
unary("logical_not", np.logical_not, "common")
unary("bitwise_not", np.invert, "common", methods=("bitwise_not", "__invert__"))
unary("isnan", np.isnan, "common")
unary("isinf", np.isinf, "common")
unary("isfinite", np.isfinite, "common")


def _clamp(x: Any, low: Any, high: Any) -> Any:
    if low is None and high is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    bounds = [b.item() if isinstance(b, np.generic) else b for b in (low, high)]
    if x.dtype.kind == "c" or (x.dtype.kind != "f" and any(isinstance(b, complex) for b in bounds)):
        raise NotImplementedError("clamp is not supported for complex types")
    if any(isinstance(b, complex) for b in bounds):
        raise RuntimeError("value cannot be converted to type double without overflow")
    out = x
    for b in bounds:
        if b is not None:
            out = _beside(out, b)
    if out.dtype.kind == "b":
        which = "_min" if high is None else "_max" if low is None else ""
        raise NotImplementedError(f"\"clamp{which}_scalar_cpu\" not implemented for 'Bool'")
    low, high = (None if b is None else held(b, out.dtype) for b in bounds)
    out = out if low is None else np.maximum(out, low)
    return out if high is None else np.minimum(out, high)


def _clamp_back(grad: Any, self: Any, low: Any, high: Any) -> Any:
    x = array(self)
    inside = np.ones(x.shape, bool)
    if low is not None:
        inside &= x >= low
    if high is not None:
        inside &= x <= high
    return grad * constant(inside.astype(x.dtype), grad)


_clamp_op = record(
    "clamp", _clamp, "self, low=None, high=None", promote="common", node="ClampBackward1", methods=(), self=_clamp_back
)
_clamp_min = record(
    "clamp_min",
    lambda x, low: _clamp(x, low, None),
    "self, low",
    promote="common",
    methods=(),
    self=lambda grad, self, low: _clamp_back(grad, self, low, None),
)
_clamp_max = record(
    "clamp_max",
    lambda x, high: _clamp(x, None, high),
    "self, high",
    promote="common",
    methods=(),
    self=lambda grad, self, high: _clamp_back(grad, self, None, high),
)


def clamp(self: Tensor, min: Any = None, max: Any = None, *, out: Any = None) -> Tensor:
    """Values limited to [min, max]; a bound may be a number or a tensor."""
    if not isinstance(self, Tensor):
        raise operands.no_overload("clamp", self, *(b for b in (min, max) if b is not None))
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        return _clamp_between(self, min, max, function_of, out=out)
    return function_of(_clamp_op)(self, min, max, out=out)


def _clamp_between(self: Tensor, low: Any, high: Any, made: Any, **options: Any) -> Tensor:
    """Between tensors, one of which may be missing or a number."""
    from .creation import tensor

    together = promoted(self, high if low is None else low)
    d = together.np
    if d.kind == "c":
        kernel = "minimum_cpu" if low is None else "maximum_cpu"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{together.legacy}'")
    least, most = (
        (-np.inf, np.inf) if d.kind in "fV" else (np.iinfo(d).min, np.iinfo(d).max) if d.kind in "iu" else (0, 1)
    )
    bounds = [
        b if isinstance(b, Tensor) else tensor(b, dtype=together)
        for b in (least if low is None else low, most if high is None else high)
    ]
    return made(OPS["clamp_tensor"])(self, *bounds, **options)  # type: ignore[no-any-return]


def _inside(x: Any, low: Any, high: Any) -> Any:
    """Where a value stays, where the lower bound takes its place, where the upper one."""
    a, b, c = array(x), array(low), array(high)
    return (a >= b) & (a <= c), (a < b) & (b < c), (a > c) | (b > c)


def _as_numbers(mask: Any, like: Any) -> Any:
    return constant(np.asarray(mask, array(like).dtype), like)


record(
    "clamp_tensor",
    lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "self, min, max",
    tensors=("self", "min", "max"),
    promote="common",
    node="ClampBackward0",
    methods=(),
    self=lambda grad, self, min, max: grad * _as_numbers(_inside(self, min, max)[0], grad),
    min=lambda grad, self, min, max: grad * _as_numbers(_inside(self, min, max)[1], grad),
    max=lambda grad, self, min, max: grad * _as_numbers(_inside(self, min, max)[2], grad),
)
record(
    "clamp_min_tensor",
    np.maximum,
    "self, min",
    tensors=("self", "min"),
    promote="common",
    node="ClampMinBackward1",
    methods=(),
    self=lambda grad, self, min: grad * _as_numbers(array(self) >= array(min), grad),
    min=lambda grad, self, min: grad * _as_numbers(array(self) < array(min), grad),
)
record(
    "clamp_max_tensor",
    np.minimum,
    "self, max",
    tensors=("self", "max"),
    promote="common",
    node="ClampMaxBackward1",
    methods=(),
    self=lambda grad, self, max: grad * _as_numbers(array(self) <= array(max), grad),
    max=lambda grad, self, max: grad * _as_numbers(array(self) > array(max), grad),
)


_clamp_method = method(_clamp_op)


def clamp_(self: Tensor, min: Any = None, max: Any = None) -> Tensor:
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        return _clamp_between(self, min, max, method)
    return _clamp_method(self, min, max)


clamp_.__name__ = "clamp_"


def _bound_op(by_number: Any, bound: Any) -> Any:
    """The op for a bound that is a number or a tensor."""
    return OPS[by_number.name + "_tensor"] if isinstance(bound, Tensor) else by_number


def clamp_min(self: Tensor, min: Any, *, out: Any = None) -> Tensor:
    """Values not below `min`, a number or a tensor."""
    if not isinstance(self, Tensor):
        raise operands.no_overload("clamp_min", self, min)
    return function_of(_bound_op(_clamp_min, min))(self, min, out=out)  # type: ignore[no-any-return]


def clamp_max(self: Tensor, max: Any, *, out: Any = None) -> Tensor:
    """Values not above `max`, a number or a tensor."""
    if not isinstance(self, Tensor):
        raise operands.no_overload("clamp_max", self, max)
    return function_of(_bound_op(_clamp_max, max))(self, max, out=out)  # type: ignore[no-any-return]


# ---- two tensors, chosen or compared


def _half_on_ties(grad: Any, self: Any, other: Any, better: Any) -> Any:
    a, b = array(self), array(other)
    weight = better(a, b) + 0.5 * (a == b)
    return grad * constant(np.asarray(weight, array(grad).dtype), grad)


def _first_or(better: Any) -> Any:
    """The better of two, the first where they are equal (0 and -0 are), NaN where either is."""
    return lambda x, y: np.where(better(x, y) | (x != x), x, y)


binary(
    "maximum",
    _first_or(np.greater_equal),
    self=lambda grad, other, self: _half_on_ties(grad, self, other, np.greater),
    other=lambda grad, other, self: _half_on_ties(grad, self, other, np.less),
    inplace=False,
)
binary(
    "minimum",
    _first_or(np.less_equal),
    self=lambda grad, other, self: _half_on_ties(grad, self, other, np.less),
    other=lambda grad, other, self: _half_on_ties(grad, self, other, np.greater),
    inplace=False,
)
binary(
    "atan2",
    np.arctan2,
    "float",
    methods=("atan2", "arctan2"),
    self=lambda grad, self, other: grad * other / (self * self + other * other),
    other=lambda grad, self, other: -grad * self / (self * self + other * other),
)

for _name, _ufunc, _dunder in (
    ("eq", np.equal, "__eq__"), ("ne", np.not_equal, "__ne__"), ("lt", np.less, "__lt__"),
    ("le", np.less_equal, "__le__"), ("gt", np.greater, "__gt__"), ("ge", np.greater_equal, "__ge__"),
):  # fmt: skip
    operators(binary(_name, _ufunc, "compare"), _dunder)
for _name, _ufunc in (("logical_and", np.logical_and), ("logical_or", np.logical_or), ("logical_xor", np.logical_xor)):
    binary(_name, _ufunc, "compare")
for _name, _ufunc, _dunder in (
    ("bitwise_and", np.bitwise_and, "and"),
    ("bitwise_or", np.bitwise_or, "or"),
    ("bitwise_xor", np.bitwise_xor, "xor"),
):
    operators(binary(_name, _ufunc), f"__{_dunder}__", f"__r{_dunder}__")

record(
    "where", np.where, "condition, self, other", tensors=("condition", "self", "other"), methods=(), promote="",
    self=lambda grad, condition, self_shape: fit(where(condition, grad, zeros((), grad)), (self_shape, array(grad).dtype)),
    other=lambda grad, condition, other_shape: fit(where(condition, zeros((), grad), grad), (other_shape, array(grad).dtype)),
)  # fmt: skip


def where_(condition: Tensor, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """`input` where the condition holds, else `other`; either may be a number. With a condition alone: its indices."""
    if not isinstance(condition, Tensor):
        raise operands.no_overload("where", condition, *(x for x in (input, other) if x is not None))
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)  # type: ignore[attr-defined]
    from .creation import tensor

    d = promoted(input, other)
    parts = [
        x if isinstance(x, Tensor) else tensor(held(x, d.np).item(), dtype=d, device=condition.device)
        for x in (input, other)
    ]
    return function_of(OPS["where"])(condition, *(x if x.dtype is d else x.to(d) for x in parts), out=out)


# ---- operators and names


# Operators whose tensor comes second. What is no operand answers NotImplemented, and Python says so.


def _divided_by(self: Tensor, other: Any) -> Any:
    inverse = self.reciprocal()  # type: ignore[attr-defined]
    try:
        return inverse * other
    except TypeError:
        return NotImplemented


def _power_of(self: Any, other: Any) -> Any:
    if isinstance(other, Tensor):
        return pow(other, self)
    if not isinstance(other, (int, float, complex, np.generic)) or not isinstance(self, Tensor):
        return NotImplemented
    return function_of(_pow_base)(other.item() if isinstance(other, np.generic) else other, self)


def _floored_by(self: Any, other: Any) -> Any:
    try:
        return function_of(OPS["floor_divide"])(other, self)
    except TypeError:
        return NotImplemented


def _rest_by(self: Any, other: Any) -> Any:
    try:
        return function_of(OPS["remainder_tensor"])(other, self)
    except TypeError:
        return NotImplemented


def _install() -> None:
    add, sub = _scaled(_add, _add_scaled), _scaled(_sub, _sub_scaled)
    Tensor.add = add
    Tensor.add_ = _alpha_inplace(_add, _add_scaled)
    Tensor.sub = sub
    Tensor.sub_ = _alpha_inplace(_sub, _sub_scaled)
    Tensor.subtract = sub
    Tensor.subtract_ = Tensor.sub_  # type: ignore[attr-defined]
    for name in ("div", "divide", "true_divide"):
        setattr(Tensor, name, div)
    in_place_div = method(_div)
    Tensor.div_ = Tensor.divide_ = Tensor.true_divide_ = in_place_div  # type: ignore[attr-defined]
    for name, function in {
        "__add__": operator(_add, "__add__"), "__radd__": operator(_add, "__radd__"), "__sub__": operator(_sub, "__sub__"), "__rsub__": _subtracted_from,
        "__mul__": operator(_mul, "__mul__"), "__rmul__": operator(_mul, "__rmul__"), "__truediv__": operator(_div, "__truediv__"),
        "__rtruediv__": _divided_by, "__rdiv__": _divided_by, "__pow__": _raised,
        "__eq__": _equal, "__rpow__": _power_of, "__rfloordiv__": _floored_by, "__rmod__": _rest_by,
    }.items():  # fmt: skip
        setattr(Tensor, name, function)
    for name in ("rfloordiv", "mod", "rmod", "pow"):
        setattr(Tensor, f"__{name}__", _leaving_arrays(getattr(Tensor, f"__{name}__")))
    for name, in_place in {"add": "add_", "sub": "sub_", "mul": "mul_", "truediv": "div_", "pow": "pow_", "floordiv": "floor_divide_",
                           "mod": "remainder_", "and": "bitwise_and_", "or": "bitwise_or_", "xor": "bitwise_xor_"}.items():  # fmt: skip
        setattr(Tensor, f"__i{name}__", _inplace_operator(in_place))
    Tensor.pow, Tensor.pow_, Tensor.clamp, Tensor.clamp_, Tensor.clip, Tensor.clip_ = (
        pow,
        pow_,
        clamp,
        clamp_,
        clamp,
        clamp_,
    )  # type: ignore[attr-defined]
    Tensor.clamp_min, Tensor.clamp_max = clamp_min, clamp_max  # type: ignore[attr-defined]
    Tensor.clamp_min_ = lambda self, min: method(_clamp_min)(self, min)  # type: ignore[attr-defined]
    Tensor.clamp_max_ = lambda self, max: method(_clamp_max)(self, max)  # type: ignore[attr-defined]
    Tensor.square = lambda self: pow(self, 2)  # type: ignore[attr-defined]
    Tensor.where = lambda self, condition, other: where_(condition, self, other)  # type: ignore[attr-defined]


@public(method=False)
def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """other - alpha · input."""
    if not isinstance(input, Tensor) or not isinstance(other, (Tensor, bool, int, float, complex, np.generic)):
        raise operands.no_overload("rsub", input, other)
    return _subtracted_from(input if alpha == 1 else input * alpha, other)  # type: ignore[no-any-return, operator]


def _subtracted_from(self: Tensor, other: Any) -> Any:
    """`other - self` with a number before the sign."""
    if not isinstance(self, Tensor):
        return NotImplemented
    if isinstance(other, Tensor):
        return function_of(_rsub)(self, other)
    if not isinstance(other, (bool, int, float, complex, np.generic)):
        return NotImplemented
    if self._a.dtype == bool or isinstance(other, (bool, np.bool_)):
        _no_bools(self, other)
    return function_of(_rsub_number)(self, other.item() if isinstance(other, np.generic) else other)


def _leaving_arrays(function: Any) -> Any:
    """An operator that lets an ndarray at its right answer (see `operand`)."""

    def operator(self: Tensor, other: Any) -> Any:
        return NotImplemented if type(other) is np.ndarray else function(self, other)

    return operator


def _inplace_operator(name: str) -> Any:
    def operator(self: Tensor, other: Any) -> Tensor:
        return getattr(self, name)(other)

    return operator


def _equal(self: Tensor, other: Any) -> Any:
    """`==`, which looks into an ndarray."""
    if isinstance(other, np.ndarray) and other.dtype.kind in "biufc":
        from .creation import from_numpy

        other = from_numpy(other)
    return _written("__eq__")(self, other)


@functools.cache
def _written(name: str) -> Any:
    return operator(OPS[name.strip("_")], name)


_install()


def _shifted(op: str, swapped: bool) -> Any:
    def operator(self: Any, other: Any) -> Any:
        if not swapped:
            return getattr(self, op)(other)
        return getattr(self.new_tensor(other, dtype=promoted(self, other)), op)(self)

    return operator


for _sign, _op in (("lshift", "bitwise_left_shift"), ("rshift", "bitwise_right_shift")):
    setattr(Tensor, f"__{_sign}__", _leaving_arrays(_shifted(_op, False)))
    setattr(Tensor, f"__r{_sign}__", _leaving_arrays(_shifted(_op, True)))
    setattr(Tensor, f"__i{_sign}__", _shifted(_op + "_", False))
