"""Activations."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ...ops import activations, bent  # noqa: F401  (declare them)
from ...ops import gelu as _gelu  # noqa: F401
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


def elu_(input: Any, alpha: float = 1.0) -> Tensor:
    return input.elu_(alpha)


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Tensor:
    return input.leaky_relu_(negative_slope)


def relu_(input: Any) -> Tensor:
    return input.relu_()


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """x between two limits."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return input.hardtanh_(min_val, max_val) if inplace else _op("hardtanh")(input, min_val, max_val)


def hardtanh_(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    return input.hardtanh_(min_val, max_val)


def relu6(input: Any, inplace: bool = False) -> Tensor:
    """x between 0 and 6."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input: Any, inplace: bool = False) -> Tensor:
    """x / 6 + 1/2 between 0 and 1."""
    return input.hardsigmoid_() if inplace else _op("hardsigmoid")(input)


def hardswish(input: Any, inplace: bool = False) -> Tensor:
    """x times hardsigmoid(x)."""
    return input.hardswish_() if inplace else _op("hardswish")(input)


def hardshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """x, or 0 within `lambd` of 0."""
    return _op("hardshrink")(input, lambd)


def softshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """x moved towards 0 by `lambd`."""
    return _op("softshrink")(input, lambd)


def tanhshrink(input: Any) -> Tensor:
    """x - tanh(x)."""
    return input - input.tanh()


def softsign(input: Any) -> Tensor:
    """x / (1 + |x|)."""
    return input / (input.abs() + 1)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x, or `value` where it is not above the threshold."""
    return input.threshold_(threshold, value) if inplace else _op("threshold")(input, threshold, value)


def threshold_(input: Any, threshold: float, value: float) -> Tensor:
    return input.threshold_(threshold, value)


def logsigmoid(input: Any) -> Tensor:
    """The logarithm of the sigmoid."""
    return _op("log_sigmoid")(input)


def mish(input: Any, inplace: bool = False) -> Tensor:
    """x · tanh(softplus(x)) (Misra 2019)."""
    return input.mish_() if inplace else _op("mish")(input)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x, or `alpha * (exp(x / alpha) - 1)` below zero."""
    return input.celu_(alpha) if inplace else _op("celu")(input, alpha)


def celu_(input: Any, alpha: float = 1.0) -> Tensor:
    return input.celu_(alpha)


def selu(input: Any, inplace: bool = False) -> Tensor:
    """An elu that keeps mean 0 and variance 1."""
    return bent.selu_(input) if inplace else bent.selu(input)  # type: ignore[no-any-return]


def selu_(input: Any) -> Tensor:
    return bent.selu_(input)  # type: ignore[no-any-return]


def rrelu(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """x, or below zero x times a slope that is random while training."""
    return (bent.rrelu_ if inplace else bent.rrelu)(input, lower, upper, training)  # type: ignore[no-any-return]


def rrelu_(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    return bent.rrelu_(input, lower, upper, training)  # type: ignore[no-any-return]


def prelu(input: Any, weight: Any) -> Tensor:
    """x, or below zero x times a learnt slope."""
    return bent.prelu(input, weight)  # type: ignore[no-any-return]


def glu(input: Any, dim: int = -1) -> Tensor:
    """One half along `dim`, gated by the sigmoid of the other (Dauphin et al. 2016)."""
    if input.dim() == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    return _op("glu")(input, dim)


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """softmax of -x."""
    return (-input).softmax(_usual_dim("softmin", input.dim()) if dim is None else dim, dtype)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A soft draw of a class (Jang et al. 2017); `hard` gives the class itself, with the soft draw's gradient."""
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    from ...ops.creation import empty_like

    noise = -empty_like(logits).exponential_().log()  # type: ignore[attr-defined]
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    return logits.new_zeros(logits.shape).scatter_(dim, index, 1.0) - soft.detach() + soft
