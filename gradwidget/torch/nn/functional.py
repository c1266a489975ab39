"""Layers as functions: `torch.nn.functional`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import geometry
from ..ops import activations as _activations  # noqa: F401  (declares them)
from ..ops import losses as _losses  # noqa: F401
from ..ops.conv import conv1d, conv2d, conv3d
from ..ops.matrix import linear
from ..ops.pad import pad
from ..ops.pool import avg_pool2d, max_pool2d
from ..ops.registry import OPS, function_of
from ..random import default_generator
from ..tensor import Tensor, from_array

__all__ = [
    "avg_pool2d",
    "conv1d",
    "conv2d",
    "conv3d",
    "linear",
    "max_pool2d",
    "pad",
]


def _op(name: str) -> Callable[..., Any]:
    return function_of(OPS[name])


# ---- activations


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


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While training: each element is zero with probability p, and the others are larger by 1 / (1 - p)."""
    check_probability(p)
    if p == 0 or not training or input.numel() == 0:
        return input
    a = input._a
    if p == 1:
        noise = np.zeros((), a.dtype)
    else:
        kept = default_generator.bernoulli(1 - p, a.shape)
        noise = kept.astype(a.dtype) / a.dtype.type(1 - p)
    scale = from_array(noise if type(a) is np.ndarray else noise.view(type(a)))
    return input.mul_(scale) if inplace else input * scale


def check_probability(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


# ---- losses


def _broadcast_for(name: str, input: Any, target: Any) -> tuple[Any, Any]:
    if target.shape != input.shape:
        warnings.warn(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). "
            "This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=3,
        )
        shape = geometry.broadcast(input._a.shape, target._a.shape)
        return tuple(t if t._a.shape == shape else t.expand(shape) for t in (input, target))  # type: ignore[return-value]
    return input, target


def mse_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """The squared difference."""
    input, target = _broadcast_for("mse_loss", input, target)
    return _op("mse_loss")(input, target, reduction)


def l1_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """The absolute difference."""
    input, target = _broadcast_for("l1_loss", input, target)
    return _reduce((input - target).abs(), reduction)


def _reduce(values: Any, reduction: str) -> Tensor:
    return values if reduction == "none" else values.mean() if reduction == "mean" else values.sum()


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """For probabilities between 0 and 1 and targets of the same shape."""
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) "
            "is deprecated. "
            "Please ensure they have the same size."
        )
    return _op("binary_cross_entropy")(input, target, weight, reduction)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Tensor:
    """The same for numbers that are yet to pass through a sigmoid."""
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    return _op("binary_cross_entropy_with_logits")(input, target, weight, pos_weight, reduction)


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """The negative log-likelihood of each example's own class: input (examples, classes, ...) of logarithms."""
    name = "nll_loss" if input.dim() <= 2 else "nll_loss2d"
    return _op(name)(input, target, weight, reduction, ignore_index)


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """log_softmax and nll_loss in one: input (examples, classes, ...), target the classes (or their probabilities)."""
    axis = 0 if input.dim() == 1 else 1
    logs = input.log_softmax(axis)
    if target.shape == input.shape and target.is_floating_point():
        return _probabilities_loss(logs, target, weight, axis, reduction, label_smoothing)
    hard: Any = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return hard
    kept = _counts(target, weight, ignore_index, logs)
    weighted = logs if weight is None else logs * _along(weight, logs, axis)
    soft = (-weighted.sum(axis)).masked_fill(target == ignore_index, 0.0)
    if reduction == "mean":
        soft = soft.sum() / kept
    elif reduction == "sum":
        soft = soft.sum()
    count = input.shape[axis]
    return hard * (1 - label_smoothing) + soft * (label_smoothing / count)


def _along(weight: Any, logs: Any, axis: int) -> Any:
    return weight.reshape(*(weight.numel() if d == axis else 1 for d in range(logs.dim())))


def _counts(target: Any, weight: Any, ignore_index: int, logs: Any) -> Any:
    kept = target != ignore_index
    return kept.sum() if weight is None else (weight[target.clamp(min=0)] * kept).sum()


def _probabilities_loss(logs: Any, target: Any, weight: Any, axis: int, reduction: str, smoothing: float) -> Tensor:
    count = logs.shape[axis]
    if smoothing:
        target = target * (1 - smoothing) + smoothing / count
    values = logs * target if weight is None else logs * target * _along(weight, logs, axis)
    if reduction == "none":
        return -values.sum(axis)
    return -values.sum() / (logs.numel() / count) if reduction == "mean" else -values.sum()


# ---- others


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Class numbers as rows with a single 1."""
    a = tensor._a
    if a.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if a.size and a.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    count = num_classes if num_classes != -1 else int(a.max()) + 1
    if a.size and a.max() >= count:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return from_array((a[..., None] == np.arange(count)).astype(np.int64))


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """Divided by its norm along `dim`."""
    return input / input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)


def embedding(input: Any, weight: Any) -> Tensor:
    """Rows of a table by their numbers."""
    return weight[input]  # type: ignore[no-any-return]
