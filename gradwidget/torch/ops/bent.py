"""Activations that are straight in pieces, and the rest of the family: hard and soft shrinkage, selu, mish, glu, prelu, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import hot
from ..dtypes import OF_NUMPY
from ..random import default_generator
from ..tensor import Tensor
from . import activations as activations  # elu
from .both import array, exp, keep, tanh, where
from .registry import OPS, function_of, public, record

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def _float_only(x: np.ndarray, name: str) -> None:
    if x.dtype.kind != "f":
        from ..dtypes import OF_NUMPY

        kind = OF_NUMPY[x.dtype].legacy.removeprefix("torch.").removesuffix("Tensor")
        raise NotImplementedError(f"\"{name}\" not implemented for '{kind}'")


def _logistic(x: Any) -> Any:
    return x.sigmoid() if isinstance(x, Tensor) else 1 / (1 + np.exp(-x))  # type: ignore[attr-defined]


def _hardtanh(x: np.ndarray, min_val: float, max_val: float) -> Any:
    if x.dtype == bool:
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if x.dtype.kind in "ui" and x.dtype == np.uint8 and (min_val < 0 or max_val < 0):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return np.clip(x, x.dtype.type(min_val), x.dtype.type(max_val))


def _strictly(x: Any, low: float, high: float) -> Any:
    return (x > low) & (x < high)


record(
    "hardtanh",
    _hardtanh,
    "self, min_val=-1.0, max_val=1.0",
    methods=(),
    inplace=True,
    self=lambda grad, self, min_val, max_val: keep(grad, _strictly(self, min_val, max_val)),
)


def _hardsigmoid(x: np.ndarray) -> Any:
    _float_only(x, "hardsigmoid_cpu")
    return np.clip(x + x.dtype.type(3), 0, 6) / x.dtype.type(6)


record(
    "hardsigmoid",
    _hardsigmoid,
    "self",
    methods=(),
    inplace=True,
    self=lambda grad, self: keep(grad / 6, _strictly(self, -3, 3)),
)


def _hardswish(x: np.ndarray) -> Any:
    _float_only(x, "hardswish_cpu")
    return x * np.clip(x + x.dtype.type(3), 0, 6) / x.dtype.type(6)


record(
    "hardswish",
    _hardswish,
    "self",
    methods=(),
    inplace=True,
    self=lambda grad, self: where(array(self) <= -3, grad * 0, where(array(self) < 3, grad * (self / 3 + 0.5), grad)),
)


def _hardshrink(x: np.ndarray, lambd: float) -> Any:
    _float_only(x, "hardshrink_cpu")
    return np.where((x >= -lambd) & (x <= lambd), x.dtype.type(0), x)


record(
    "hardshrink",
    _hardshrink,
    "self, lambd=0.5",
    self=lambda grad, self, lambd: keep(grad, (self < -lambd) | (self > lambd)),
)


def _softshrink(x: np.ndarray, lambd: float) -> Any:
    _float_only(x, "softshrink_cpu")
    if lambd < 0:
        most = f"{np.finfo(x.dtype).max:g}"
        raise RuntimeError(
            f"lambda must be in range [0, {most}] for input dtype {OF_NUMPY[x.dtype].legacy}, but found {lambd:g}"
        )
    d = x.dtype.type(lambd)
    return np.where(x > lambd, x - d, np.where(x < -lambd, x + d, x * x.dtype.type(0)))


record(
    "softshrink",
    _softshrink,
    "self, lambd=0.5",
    methods=(),
    self=lambda grad, self, lambd: keep(grad, (self < -lambd) | (self > lambd)),
)


def _threshold(x: np.ndarray, threshold: float, value: float) -> Any:
    return np.where(x <= threshold, x.dtype.type(value), x)


record(
    "threshold",
    _threshold,
    "self, threshold, value",
    methods=(),
    inplace=True,
    self=lambda grad, self, threshold: keep(grad, self > threshold),
)


def _log_sigmoid(x: np.ndarray) -> Any:
    _float_only(x, "log_sigmoid_cpu")
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


record("log_sigmoid", _log_sigmoid, "self", methods=(), self=lambda grad, self: grad * _logistic(-self))


def _mish(x: np.ndarray) -> Any:
    _float_only(x, "mish")
    return x * np.tanh(np.logaddexp(0, x).astype(x.dtype, copy=False))


def _mish_back(grad: Any, self: Any) -> Any:
    smooth = self.exp().log1p() if isinstance(self, Tensor) else np.logaddexp(0, self).astype(self.dtype, copy=False)  # type: ignore[attr-defined]
    t = tanh(smooth)
    return grad * (t + self * _logistic(self) * (1 - t * t))


record("mish", _mish, "self", methods=(), inplace=True, self=_mish_back)


def _celu(x: np.ndarray, alpha: float) -> Any:
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0) / x.dtype.type(alpha)) * x.dtype.type(alpha))


record(
    "celu",
    _celu,
    "self, alpha=1.0",
    inplace=True,
    methods=(),
    self=lambda grad, self, alpha: where(array(self) > 0, grad, grad * exp(self / alpha)),
)


# ---- some of a random slope, or of a learnt one


def _rrelu(x: np.ndarray, lower: float, upper: float, training: bool, generator: Any) -> tuple[np.ndarray, np.ndarray]:
    """The result, and the slope of each element."""
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    slope = np.ones(x.shape, x.dtype)
    below = x <= 0
    if training:
        draws = (generator or default_generator).uniform(int(below.sum()), "float64", lower, upper)
        slope[below] = draws
    else:
        slope[x < 0] = (lower + upper) / 2
    return x * slope, slope


record(
    "rrelu_with_noise",
    _rrelu,
    "self, lower=0.125, upper=1 / 3, training=False, generator=None",
    methods=(),
    outputs=2,
    self=lambda grad, result1: grad * result1,
)


@public("rrelu", method=False)
def rrelu(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, generator: Any = None
) -> Tensor:
    """x, or below zero x times a slope: a random one while training, otherwise the middle one (Xu et al. 2015)."""
    return function_of(OPS["rrelu_with_noise"])(input, lower, upper, training, generator)[0]  # type: ignore[no-any-return]


@public("rrelu_", method=False)
def rrelu_(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, generator: Any = None
) -> Tensor:
    """The same in place."""
    return input.copy_(rrelu(input, lower, upper, training, generator))  # type: ignore[no-any-return]


record(
    "_prelu_kernel",
    lambda x, weight: np.where(x > 0, x, x * weight),
    "self, weight",
    tensors=("self", "weight"),
    node="PreluKernelBackward0",
    methods=(),
    self=lambda grad, self, weight: where(array(self) > 0, grad, grad * weight),
    weight=lambda grad, self: keep(grad * self, ~(self > 0)),
)


@public()
def prelu(input: Any, weight: Any) -> Tensor:
    """x, or below zero x times a learnt slope: one for all, or one for each channel (He et al. 2015)."""
    if not isinstance(weight, Tensor):
        raise TypeError(f"prelu(): argument 'weight' (position 2) must be Tensor, not {type(weight).__name__}")
    if hot.AUTOCAST is not None:
        input, weight = hot.AUTOCAST("lower", input, weight)
    if input.dtype != weight.dtype:
        from ..dtypes import OF_NUMPY

        a, b = (OF_NUMPY[t._a.dtype].name for t in (input, weight))
        raise RuntimeError(f"prelu: Type promoting not supported. Got {a} and {b}")
    if weight.dim() > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.dim()}")
    if weight.numel() != 1:
        if not input.dim():
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = input.size(1) if input.dim() > 1 else 1
        if channels != weight.numel():
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.numel()} and channel size = {channels}."
            )
    shape = [-1 if d == (1 if input.dim() > 1 else 0) else 1 for d in range(input.dim())]
    if input.dim() or weight.dim():
        weight = weight.expand(1) if not weight.dim() and shape else weight
        weight = weight.view(shape) if weight.dim() != len(shape) or len(shape) > 1 else weight
    return function_of(OPS["_prelu_kernel"])(input, weight.expand(input.shape))  # type: ignore[no-any-return]


# ---- gated


def _halves(x: Any, dim: int) -> tuple[Any, Any]:
    n = x.shape[dim] // 2
    if isinstance(x, Tensor):
        return x.narrow(dim, 0, n), x.narrow(dim, n, n)  # type: ignore[attr-defined]
    at: list[Any] = [slice(None)] * x.ndim
    at[dim] = slice(0, n)
    first = x[tuple(at)]
    at[dim] = slice(n, None)
    return first, x[tuple(at)]


def _glu(x: np.ndarray, dim: int) -> Any:
    if x.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    if not -x.ndim <= dim < x.ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-x.ndim}, {x.ndim - 1}], but got {dim})"
        )
    if x.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim % x.ndim} is size {x.shape[dim]}")
    a, b = _halves(x, dim)
    return a * _logistic(b)


def _glu_back(grad: Any, self: Any, dim: int) -> Any:
    a, b = _halves(self, dim)
    s = _logistic(b)
    parts = [grad * s, grad * a * s * (1 - s)]
    if isinstance(grad, Tensor):
        from .shape import cat

        return cat(parts, dim)
    return np.concatenate(parts, dim)


record("glu", _glu, "self, dim=-1", methods=(), self=_glu_back)


@public(method=False)
def celu_(input: Any, alpha: float = 1.0) -> Tensor:
    return input.celu_(alpha)  # type: ignore[no-any-return]


@public(method=False)
def selu(input: Any) -> Tensor:
    """An elu that keeps mean 0 and variance 1 (Klambauer et al. 2017)."""
    return function_of(OPS["elu"])(input, SELU_ALPHA, SELU_SCALE)  # type: ignore[no-any-return]


@public(method=False)
def selu_(input: Any) -> Tensor:
    return input.elu_(SELU_ALPHA, SELU_SCALE)  # type: ignore[no-any-return]
