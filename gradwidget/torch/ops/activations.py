"""The activation functions beyond relu, sigmoid and tanh."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor
from .both import array, exp, where
from .registry import OPS, function_of, record


def _choose(condition: np.ndarray, a: Any, b: Any) -> Any:
    """`where` for a condition that is a bare array."""
    return where(condition, a, b)


def _logistic(x: Any) -> Any:
    return x.sigmoid() if isinstance(x, Tensor) else 1 / (1 + np.exp(-x))  # type: ignore[attr-defined]


def _leaky_relu(x: np.ndarray, negative_slope: float) -> Any:
    return np.where(x > 0, x, x * negative_slope).astype(x.dtype, copy=False)


def _leaky_back(grad: Any, x: Any, negative_slope: float) -> Any:
    if isinstance(grad, Tensor):
        return function_of(OPS["leaky_relu_backward"])(grad, x, negative_slope)
    return np.where(x > 0, grad, grad * grad.dtype.type(negative_slope))


def _elu(x: np.ndarray, alpha: float, scale: float, input_scale: float) -> Any:
    below = np.expm1(np.minimum(x, 0) * x.dtype.type(input_scale)) * x.dtype.type(alpha * scale)
    return np.where(x > 0, x * x.dtype.type(scale), below)


def _softplus(x: np.ndarray, beta: float, threshold: float) -> Any:
    return np.where(x * beta > threshold, x, np.logaddexp(0, x * beta) / beta).astype(x.dtype, copy=False)


def _silu_back(grad: Any, self: Any) -> Any:
    s = _logistic(self)
    return grad * (s * (1 + self * (1 - s)))


record(
    "leaky_relu",
    _leaky_relu,
    "self, negative_slope=0.01",
    methods=(),
    inplace=True,
    self=lambda grad, self, negative_slope: _leaky_back(grad, self, negative_slope),
)
record(
    "leaky_relu_backward",
    lambda grad_output, self, negative_slope: np.where(self > 0, grad_output, grad_output * negative_slope),
    "grad_output, self, negative_slope",
    tensors=("grad_output", "self"),
    node="LeakyReluBackwardBackward0",
    methods=(),
    grad_output=lambda grad, self, negative_slope: _leaky_back(grad, self, negative_slope),
    self=lambda grad: grad * 0,
)
record(
    "elu",
    _elu,
    "self, alpha=1.0, scale=1.0, input_scale=1.0",
    methods=(),
    inplace=True,
    self=lambda grad, self, alpha, scale, input_scale: _choose(
        array(self) > 0, grad * scale, grad * exp(self * input_scale) * (alpha * scale * input_scale)
    ),
)
record(
    "softplus",
    _softplus,
    "self, beta=1.0, threshold=20.0",
    methods=(),
    self=lambda grad, self, beta, threshold: _choose(
        array(self) * beta > threshold, grad, grad * _logistic(self * beta)
    ),
)
record("silu", lambda x: x / (1 + np.exp(-x)), "self", methods=(), inplace=True, self=_silu_back)
