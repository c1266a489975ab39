"""Losses."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ... import geometry
from ...ops import losses  # noqa: F401  (declares them)
from ...ops.registry import OPS, function_of
from ...tensor import Tensor


def _op(name: str) -> Callable[..., Any]:
    return function_of(OPS[name])


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
