"""A linear layer and the cross entropy of its scores in one."""

from __future__ import annotations

import math
from typing import Any

from ...ops.matrix import linear
from ...tensor import Tensor
from .loss import cross_entropy


def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Tensor:
    """cross_entropy(linear(input, linear_weight, linear_bias), target, ...).

    input: (N, in_features) or (in_features,). linear_weight: (classes, ..., in_features), with dimensions in between for
    losses of several dimensions. `options` ask for the scores in chunks, which real PyTorch computes.
    """
    if options is not None:
        raise NotImplementedError("gradwidget computes all scores at once: leave out `options`, or use real PyTorch")
    if not 1 <= input.dim() <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}")
    features = input.shape[-1]
    if features != linear_weight.shape[-1]:
        raise RuntimeError(
            f"expected equal input and linear_weight last dimensions (in_features), got {features} and {linear_weight.shape[-1]}, respectively"
        )
    classes, between = linear_weight.shape[0], tuple(linear_weight.shape[1:-1])
    if linear_bias is not None and tuple(linear_bias.shape) != (classes, *between):
        raise RuntimeError(f"expected linear_bias shape {(classes, *between)}, got {tuple(linear_bias.shape)}")
    if between and input.dim() == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, (N, {features}), "
            f"got unbatched input with shape {tuple(input.shape)}"
        )
    shape = (*input.shape[:-1], classes, *between)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if between:
        rows = math.prod(between, start=classes)
        linear_weight = linear_weight.reshape(rows, features)
        linear_bias = None if linear_bias is None else linear_bias.reshape(rows)
    scores: Any = linear(input, linear_weight, linear_bias)
    return cross_entropy(
        scores.reshape(shape),
        target,
        weight=weight,
        reduction=reduction,
        ignore_index=-100 if ignore_index is None else ignore_index,
        label_smoothing=label_smoothing,
    )
