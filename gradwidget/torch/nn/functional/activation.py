"""Activations."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ...ops import activations  # noqa: F401  (declares them)
from ...ops.registry import OPS, function_of
from ...tensor import Tensor


def _op(name: str) -> Callable[..., Any]:
    return function_of(OPS[name])


def relu(input: Any, inplace: bool = False) -> Tensor:
    """max(x, 0)."""
    return input.relu_() if inplace else input.relu()


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x, or `negative_slope * x` below zero."""
    return input.leaky_relu_(negative_slope) if inplace else _op("leaky_relu")(input, negative_slope)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x, or `alpha * (exp(x) - 1)` below zero."""
    return input.elu_(alpha) if inplace else _op("elu")(input, alpha)


def gelu(input: Any, approximate: str = "none") -> Tensor:
    """x times how much of a standard normal lies below it."""
    return _op("gelu")(input, approximate)


def silu(input: Any, inplace: bool = False) -> Tensor:
    """x * sigmoid(x)."""
    return input.silu_() if inplace else _op("silu")(input)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta x)) / beta, a relu without a corner."""
    return _op("softplus")(input, beta, threshold)


def sigmoid(input: Any) -> Tensor:
    return input.sigmoid()


def tanh(input: Any) -> Tensor:
    return input.tanh()


def _usual_dim(name: str, ndim: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=3,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """exp(x) over its sum along `dim`."""
    return input.softmax(_usual_dim("softmax", input.dim()) if dim is None else dim, dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The logarithm of softmax, without the rounding of computing it in two steps."""
    return input.log_softmax(_usual_dim("log_softmax", input.dim()) if dim is None else dim, dtype)
