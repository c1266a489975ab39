"""Losses. reduction: "mean", "sum", or "none" for one value per element or example."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ... import geometry, hot
from ...grad_mode import is_recording
from ...ops import losses, margins  # noqa: F401  (declare them)
from ...ops.registry import OPS, function_of
from ...tensor import Tensor, from_array


def _op(name: str) -> Callable[..., Any]:
    return function_of(OPS[name])


def reduced_as(reduction: str, size_average: Any = None, reduce: Any = None) -> str:
    """The reduction that is meant, also in the words of old versions. Raises ValueError for an unknown one."""
    if size_average is not None or reduce is not None:
        size_average = True if size_average is None else size_average
        reduce = True if reduce is None else reduce
        reduction = "none" if not reduce else "mean" if size_average else "sum"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=4,
        )
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def _reduce(values: Any, reduction: str) -> Tensor:
    return values if reduction == "none" else values.mean() if reduction == "mean" else values.sum()


def _broadcast_for(input: Any, target: Any) -> tuple[Any, Any]:
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


# ---- differences


def mse_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    """The squared difference."""
    if size_average is not None or reduce is not None or weight is not None:
        reduction = reduced_as(reduction, size_average, reduce)
    input, target = _broadcast_for(input, target)
    if weight is not None:
        return _weighted_mean((input - target) ** 2, weight, reduction)
    return _op("mse_loss")(input, target, reduction)


def _weighted_mean(values: Any, weight: Any, reduction: str) -> Tensor:
    if weight.size() != values.size():
        raise ValueError("Weights and input must have the same size.")
    weighted = values * weight
    return weighted.sum() / weight.sum() if reduction == "mean" else _reduce(weighted, reduction)


def l1_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    """The absolute difference."""
    if hot.AUTOCAST is not None:
        input, target = hot.AUTOCAST("single", input, target)
    reduction = reduced_as(reduction, size_average, reduce)
    input, target = _broadcast_for(input, target)
    if weight is not None:
        return _weighted_mean((input - target).abs(), weight, reduction)
    return _reduce((input - target).abs(), reduction)


def smooth_l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    """Squares up to `beta`, absolute differences beyond."""
    reduction = reduced_as(reduction, size_average, reduce)
    input, target = _broadcast_for(input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return _reduce((input - target).abs(), reduction)
    return _op("smooth_l1_loss")(input, target, reduction, beta)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Tensor:
    """Squares up to `delta`, absolute differences (times delta) beyond."""
    reduction = reduced_as(reduction)
    input, target = _broadcast_for(input, target)
    if weight is not None:
        return _weighted_mean(_op("huber_loss")(input, target, "none", delta), weight, reduction)
    return _op("huber_loss")(input, target, reduction, delta)


# ---- one of two


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """For probabilities between 0 and 1 and targets of the same shape."""
    reduction = reduced_as(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) "
            "is deprecated. "
            "Please ensure they have the same size."
        )
    if weight is not None:
        weight = weight.expand(geometry.broadcast(target._a.shape, weight._a.shape))
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
    if size_average is not None or reduce is not None:
        reduction = reduced_as(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    return _op("binary_cross_entropy_with_logits")(input, target, weight, pos_weight, reduction)


def soft_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """log(1 + exp(-target · input)), targets being 1 or -1."""
    if target.requires_grad and is_recording():
        raise RuntimeError(
            "The function 'soft_margin_loss' is not differentiable with respect to argument 'target'. This input cannot have "
            "requires_grad True."
        )
    return _op("soft_margin_loss")(input, target, reduced_as(reduction, size_average, reduce))


def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """A distance where the target is 1, how far it falls short of `margin` where it is -1."""
    if hot.AUTOCAST is not None:
        input, target = hot.AUTOCAST("single", input, target)
    reduction = reduced_as(reduction, size_average, reduce)
    none = _zero(input)
    out = _where(target != 1, (margin - input).clamp_min(0), none) + _where(target != -1, input, none)
    return _reduce(out, reduction)


def _zero(like: Any) -> Any:
    from ...ops.creation import zeros

    return zeros((), dtype=like.dtype, device=like.device)


def _where(condition: Any, a: Any, b: Any) -> Any:
    return _op("where")(condition, a, b)


def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, -target · (input1 - input2) + margin): target 1 wants input1 the greater one."""
    if hot.AUTOCAST is not None:
        input1, input2, target = hot.AUTOCAST("single", input1, input2, target)
    reduction = reduced_as(reduction, size_average, reduce)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return _reduce((-target * (input1 - input2) + margin).clamp_min(0), reduction)


_pair = "{} target tensor expects {} input tensors, but found inputs with sizes {} and {}."


def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1."""
    if hot.AUTOCAST is not None:
        input1, input2, target = hot.AUTOCAST("single", input1, input2, target)
    reduction = reduced_as(reduction, size_average, reduce)
    if target.dim() not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.dim() == 1 and not (input1.dim() == 2 and input2.dim() == 2):
        raise RuntimeError(_pair.format("1D", "2D", list(input1.shape), list(input2.shape)))
    if target.dim() == 0 and not (input1.dim() == 1 and input2.dim() == 1):
        raise RuntimeError(_pair.format("0D", "1D", list(input1.shape), list(input2.shape)))
    tiny = 1e-12
    product = (input1 * input2).sum(target.dim())
    squares = (input1 * input1).sum(target.dim()) + tiny, (input2 * input2).sum(target.dim()) + tiny
    cos = product / (squares[0] * squares[1]).sqrt()
    none = _zero(cos)
    out = _where(target == 1, 1 - cos, none) + _where(target == -1, (cos - margin).clamp_min(0), none)
    return _reduce(out, reduction)


# ---- distributions


def kl_div(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Σ target · (log target - input), `input` being logarithms; "batchmean" divides by the batch only."""
    if hot.AUTOCAST is not None:
        input, target = hot.AUTOCAST("single", input, target)
    if size_average is not None or reduce is not None:
        reduction = reduced_as(reduction, size_average, reduce)
    elif reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
            stacklevel=2,
        )
    if input.dtype.kind < 2 or target.dtype.kind < 2:
        raise RuntimeError("kl_div: Integral inputs not supported.")
    batch = reduction == "batchmean"
    reduction = "sum" if batch else reduced_as(reduction)
    values = target.exp() * (target - input) if log_target else _xlogy(target) - target * input
    out = _reduce(values, reduction)
    return out / input.size(0) if batch and input.dim() else out  # type: ignore[operator, no-any-return]


def _xlogy(t: Any) -> Any:
    """t · log t, 0 at 0."""
    if "xlogy" in dir(Tensor):
        return t.xlogy(t)
    return _where(t == 0, t * 0, t * t.log())


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """exp(input) - target · input, with `input` the logarithm of the rate; `full` adds Stirling's log target!."""
    if hot.AUTOCAST is not None:
        input, target = hot.AUTOCAST("single", input, target)
    reduction = reduced_as(reduction, size_average, reduce)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return _reduce(loss, reduction)


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """½ (log var + (input - target)² / var)."""
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = input.new_full(input.shape, var)
    if (var < 0).any():  # type: ignore[operator]
        raise ValueError("var has negative entry/entries")
    if var.size() != input.size():
        if input.size()[:-1] == var.size():
            var = var.unsqueeze(-1)  # type: ignore[attr-defined]
        elif not (input.dim() == var.dim() and all(v in (1, n) for n, v in zip(input.shape, var.shape))):
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    from ...grad_mode import no_grad

    var = var.clone()  # type: ignore[attr-defined]
    with no_grad():
        var.clamp_(min=eps)
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return _reduce(loss, reduction)


# ---- one of many


def _classes_fit(input: Any, target: Any, weight: Any) -> None:
    """Raise what PyTorch raises for a target that does not go with the scores."""
    if weight is not None and weight.numel() != (classes := input.shape[0 if input.dim() == 1 else 1]):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: {list(weight.shape)}"
        )


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
    if size_average is not None or reduce is not None:
        reduction = reduced_as(reduction, size_average, reduce)
    if weight is not None:
        _classes_fit(input, target, weight)
    if input.dim() <= 2:
        return _op("nll_loss")(input, target, weight, reduction, ignore_index)
    if input.dim() == 4:
        return _op("nll_loss2d")(input, target, weight, reduction, ignore_index)
    expected = (input.shape[0], *input.shape[2:])
    if tuple(target.shape) != expected:
        raise RuntimeError(f"Expected target size {list(expected)}, got {list(target.shape)}")
    flat = (
        input.reshape(input.shape[0], input.shape[1], 1, -1) if input.numel() else input.reshape(*input.shape[:2], 0, 0)
    )
    out = _op("nll_loss2d")(flat, target.reshape(flat.shape[0], *flat.shape[2:]), weight, reduction, ignore_index)
    return out.view(expected) if reduction == "none" else out


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
    if hot.AUTOCAST is not None:
        input, target, weight = hot.AUTOCAST("single", input, target, weight)
    if size_average is not None or reduce is not None:
        reduction = reduced_as(reduction, size_average, reduce)
    axis = 0 if input.dim() == 1 else 1
    by_probability = target.shape == input.shape
    if by_probability and not target.is_floating_point():
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {target.type().split('.')[1].removesuffix('Tensor')}"
        )
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    logs = input.log_softmax(axis)
    if by_probability:
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        _classes_fit(input, target, weight)
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
    times = _op("mul_number")
    count = input.shape[axis]
    return times(hard, 1 - label_smoothing) + times(soft, label_smoothing / count)


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
    if reduction == "sum":
        return -values.sum()
    return _op("div_number")(-values.sum(), max(logs.numel() // count, 1) if count else 1)


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """How far each other class comes within `margin` of the example's own: Σ max(0, margin - x[own] + x[other])ᵖ / classes."""
    reduction = reduced_as(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    if input.dim() == 2 and target.shape != input.shape[:1]:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). "
            f"Expected target size [{input.size(0)}], but got {list(target.shape)}. Input has shape {list(input.shape)}."
        )
    return _op("multi_margin_loss")(input, target, p, margin, weight, reduction)


def multilabel_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """The same for several classes an example; `target` lists them, then -1."""
    return _op("multilabel_margin_loss")(input, target, reduced_as(reduction, size_average, reduce))


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """One-against-all entropies of several classes an example, averaged over the classes."""
    from .activation import logsigmoid

    reduction = reduced_as(reduction, size_average, reduce)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))  # type: ignore[operator]
    if weight is not None:
        loss = loss * weight
    dim = input.dim() - 1
    return _reduce(loss.sum(dim) / input.size(dim), reduction)


# ---- three at a time


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin) (Schroff et al. 2015)."""
    if hot.AUTOCAST is not None:
        anchor, positive, negative = hot.AUTOCAST("single", anchor, positive, negative)
    from .distance import pairwise_distance

    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    dims = [t.dim() for t in (anchor, positive, negative)]
    if len(set(dims)) > 1:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {dims[0]}D, positive {dims[1]}D, and negative {dims[2]}D inputs"
        )

    def distance(a: Any, b: Any) -> Any:
        return pairwise_distance(a, b, p, eps)

    return _triplets(distance, anchor, positive, negative, margin, swap, reduced_as(reduction, size_average, reduce))


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[..., Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """The same with a distance of one's own."""
    from .distance import pairwise_distance

    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    dims = [t.dim() for t in (anchor, positive, negative)]
    if len(set(dims)) > 1:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {dims[0]}D, positive {dims[1]}D, and negative {dims[2]}D inputs"
        )
    return _triplets(distance_function or pairwise_distance, anchor, positive, negative, margin, swap, reduction)


def _triplets(
    distance: Any, anchor: Any, positive: Any, negative: Any, margin: float, swap: bool, reduction: str
) -> Tensor:
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return _reduce((margin + near - far).clamp_min(0), reduction)


# ---- alignments


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """-log of the probability of a sequence of labels, over every alignment (Graves et al. 2006).

    log_probs: (time, batch, classes); targets: (batch, longest), or all one after another; lengths: (batch).
    """
    reduction = reduced_as(reduction)
    single = log_probs.dim() == 2
    if single:
        log_probs = log_probs.unsqueeze(1)
    steps, batch, classes = log_probs.shape
    ins, outs = (np.array(t.tolist() if isinstance(t, Tensor) else t, np.int64).reshape(-1) for t in (input_lengths, target_lengths))  # fmt: skip
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    for name, given in (("input_lengths", ins), ("target_lengths", outs)):
        if len(given) != batch:
            raise RuntimeError(f"{name} must be of size batch_size")
    if (ins > steps).any():
        raise RuntimeError(
            f"Expected input_lengths to have value at most {steps}, but got value {int(ins[ins > steps][0])} (while checking arguments for ctc_loss_allocate_outputs)"
        )
    t = targets._a
    if t.ndim == 1:  # one after another
        spread = np.full((batch, int(outs.max(initial=0))), blank, np.int64)
        spread[np.arange(spread.shape[1]) < outs[:, None]] = t[: int(outs.sum())]
    else:
        spread = t.reshape(batch, -1)[:, : int(outs.max(initial=0))].astype(np.int64)
        spread = np.where(np.arange(spread.shape[1]) < outs[:, None], spread, blank)
    values, _ = _op("_ctc_loss")(log_probs, from_array(spread), ins, outs, blank, zero_infinity)
    if zero_infinity:
        values = _where(values == math.inf, _zero(values), values)
    if single:
        values = values[0]
    if reduction == "mean":
        lengths = from_array(np.maximum(outs, 1).reshape(values.shape)).to(values.dtype)  # type: ignore[attr-defined]
        return (values / lengths).mean()  # type: ignore[no-any-return]
    return _reduce(values, reduction)
