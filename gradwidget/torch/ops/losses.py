"""Losses: each answers one number (reduction "mean" or "sum") or one per element ("none")."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..dispatch import number_array
from ..tensor import Tensor
from .both import array, constant, exp, log, zeros
from .quiet import quiet
from .registry import record


def _reduced(values: np.ndarray, reduction: str) -> Any:
    if reduction == "none":
        return values
    if reduction == "mean":
        return np.add.reduce(values, axis=None) / values.dtype.type(values.size) if values.size else values.mean()
    if reduction == "sum":
        return values.sum()
    raise ValueError(f"{reduction} is not a valid value for reduction")


def _share(grad: Any, like: Any, reduction: str) -> Any:
    """The gradient that each element's loss gets from the gradient of the whole."""
    return grad / max(array(like).size, 1) if reduction == "mean" else grad


# ---- squares


def _mse_loss(x: np.ndarray, target: np.ndarray, reduction: str) -> Any:
    d = x - target
    return _reduced(d * d, reduction)


record(
    "mse_loss",
    _mse_loss,
    "self, target, reduction='mean'",
    tensors=("self", "target"),
    promote="common",
    methods=(),
    self=lambda grad, self, target, reduction: (self - target) * (_share(grad, self, reduction) * 2.0),
    target=lambda grad, self, target, reduction: (target - self) * (_share(grad, self, reduction) * 2.0),
)


# ---- one of two


def _weighted(values: Any, weight: Any) -> Any:
    return values if weight is None else values * weight


def _binary_cross_entropy(x: np.ndarray, target: np.ndarray, weight: Any, reduction: str) -> Any:
    if x.size and not (x.min() >= 0 and x.max() <= 1):
        raise RuntimeError("all elements of input should be between 0 and 1")
    logs, rest = np.maximum(np.log(x), -100), np.maximum(np.log1p(-x), -100)
    return _reduced(_weighted((target - 1) * rest - target * logs, weight), reduction)


def _binary_cross_entropy_back(grad: Any, self: Any, target: Any, weight: Any, reduction: str) -> Any:
    spread = (1 - self) * self
    spread = spread.clamp(min=1e-12) if isinstance(spread, Tensor) else np.maximum(spread, 1e-12)  # type: ignore[attr-defined]
    return _weighted(_share(grad, self, reduction) * (self - target) / spread, weight)


record(
    "binary_cross_entropy",
    _binary_cross_entropy,
    "self, target, weight=None, reduction='mean'",
    tensors=("self", "target", "weight"),
    methods=(),
    self=_binary_cross_entropy_back,
    target=lambda grad, self, target, weight, reduction: _weighted(
        _share(grad, target, reduction) * (log(1 - self) - log(self)), weight
    ),
)


def _with_logits(x: np.ndarray, target: np.ndarray, weight: Any, pos_weight: Any, reduction: str) -> Any:
    below = np.abs(x)  # -log(sigmoid(x)), without overflow: log(1 + exp(-|x|)) + max(-x, 0)
    if below.dtype.kind != "f" or target.shape != x.shape or not below.ndim:
        below = np.log1p(np.exp(-below)) + np.maximum(-x, 0)
    else:
        np.negative(below, out=below)
        np.exp(below, out=below)
        np.log1p(below, out=below)
        rest = np.negative(x)
        below += np.maximum(rest, number_array(rest.dtype, 0.0), out=rest)
    if pos_weight is not None:
        below = below * ((pos_weight - 1) * target + 1)
    rest = 1 - target
    return _reduced(_weighted(rest * x + below, weight), reduction)


def _with_logits_back(grad: Any, self: Any, target: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    if isinstance(self, Tensor):
        s = self.sigmoid()  # type: ignore[attr-defined]
    else:
        s = 1 / (1 + np.exp(-self))
        if pos_weight is None and weight is None and s.dtype == target.dtype and s.ndim:
            s -= target
            s *= _share(grad, self, reduction)
            return s
    if pos_weight is None:
        out = s - target
    else:
        positive = target * pos_weight
        out = (positive + 1 - target) * s - positive
    return _weighted(out * _share(grad, self, reduction), weight)


def _with_logits_target_back(grad: Any, self: Any, target: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    out = -self
    if pos_weight is not None:
        out = out + (pos_weight - 1) * log(1 + exp(-self))
    return _weighted(out * _share(grad, target, reduction), weight)


record(
    "binary_cross_entropy_with_logits",
    _with_logits,
    "self, target, weight=None, pos_weight=None, reduction='mean'",
    tensors=("self", "target", "weight", "pos_weight"),
    methods=(),
    self=_with_logits_back,
    target=_with_logits_target_back,
)


# ---- one of many


def _weights(x: np.ndarray, target: np.ndarray, weight: Any, ignore_index: int) -> tuple[np.ndarray, np.ndarray]:
    """The class of each example (0 where it is ignored), and how much that example counts."""
    kept = target != ignore_index
    classes = np.where(kept, target, 0)
    count = x.shape[1 if x.ndim > 1 else 0]
    wrong = (classes < 0) | (classes >= count)
    if wrong.any():
        raise IndexError(f"Target {classes[wrong].flat[0]} is out of bounds.")
    counts = kept.astype(x.dtype) if weight is None else weight[classes] * kept
    return classes, counts


def _all_count(x: np.ndarray, target: np.ndarray, weight: Any, ignore_index: int) -> bool:
    """Whether every example has a class, and counts the same."""
    count = x.shape[1 if x.ndim > 1 else 0]
    if weight is not None or 0 <= ignore_index < count or target.dtype != np.int64 or not target.size:
        return False
    greatest = np.maximum.reduce(target.view(np.uint64), None)  # in which what is below 0 is greatest
    return bool(greatest < count)


def _at(classes: np.ndarray, ndim: int) -> tuple[Any, ...]:
    """The index of every example's own class in an array (examples, classes, ...)."""
    if ndim == 1:
        return (classes,)
    if classes.ndim == 1:
        return np.arange(len(classes)), classes
    where: tuple[Any, ...] = tuple(np.indices(classes.shape, sparse=True))
    return (where[0], classes, *where[1:])


def _nll_loss(x: np.ndarray, target: np.ndarray, weight: Any, reduction: str, ignore_index: int) -> Any:
    if target.dtype.kind not in "iu" or target.dtype.itemsize not in (1, 8):
        name = dtypes.OF_NUMPY[target.dtype].legacy
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {name}")
    if x.ndim > 1 and x.shape[0] != target.shape[0]:
        raise ValueError(f"Expected input batch_size ({x.shape[0]}) to match target batch_size ({target.shape[0]}).")
    if _all_count(x, target, weight, ignore_index):
        values = np.negative(x[_at(target, x.ndim)])
        if reduction == "mean":
            return np.add.reduce(values, None) / values.dtype.type(target.size)
        return _reduced(values, reduction)
    classes, counts = _weights(x, target, weight, ignore_index)
    values = x[_at(classes, x.ndim)] * -counts
    if reduction == "mean":
        return _ratio(values.sum(), counts.sum())
    return _reduced(values, reduction)


_ratio = quiet(np.true_divide)  # NaN where nothing counts


def _nll_loss_back(grad: Any, self: Any, target: Any, weight: Any, reduction: str, ignore_index: int) -> Any:
    x, target = array(self), array(target)
    share = zeros(x.shape, x)
    if _all_count(x, target, weight, ignore_index):
        each = -1 / target.size if reduction == "mean" else -1.0
        if type(grad) is np.ndarray and not grad.ndim:
            share[_at(target, x.ndim)] = grad * each
            return share
        share[_at(target, x.ndim)] = each
    else:
        classes, counts = _weights(x, target, None if weight is None else array(weight), ignore_index)
        each = np.asarray(0 - counts)  # without negative zeros
        if reduction == "mean":  # nothing counts at all where all are ignored
            each = np.divide(each, counts.sum(), out=each, where=counts != 0)
        share[_at(classes, x.ndim)] = each
    if reduction == "none" and x.ndim > 1:
        grad = grad.unsqueeze(1) if isinstance(grad, Tensor) else np.expand_dims(grad, 1)  # type: ignore[attr-defined]
    return constant(share, grad) * grad


for _name, _node in (("nll_loss", "NllLossBackward0"), ("nll_loss2d", "NllLoss2DBackward0")):
    record(
        _name,
        _nll_loss,
        "self, target, weight=None, reduction='mean', ignore_index=-100",
        node=_node,
        tensors=("self", "target", "weight"),
        methods=(),
        self=_nll_loss_back,
    )
