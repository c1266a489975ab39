"""More losses: smoothed absolute differences, margins, and connectionist temporal classification (CTC)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..dtypes import OF_NUMPY
from .both import array, constant, exp, sign, where
from .losses import _reduced, _share
from .registry import record


def _smooth_l1(x: np.ndarray, target: np.ndarray, reduction: str, beta: float) -> Any:
    d = np.abs(x - target)
    values = np.where(d < beta, d * d * (0.5 / beta), d - 0.5 * beta) if beta else d
    return _reduced(values.astype(d.dtype, copy=False), reduction)


def _smooth_l1_back(grad: Any, self: Any, target: Any, reduction: str, beta: float) -> Any:
    d = self - target
    slope = where(np.abs(array(d)) < beta, d / beta, sign(d)) if beta else sign(d)
    return _share(grad, self, reduction) * slope


record(
    "smooth_l1_loss",
    _smooth_l1,
    "self, target, reduction='mean', beta=1.0",
    tensors=("self", "target"),
    node="SmoothL1LossBackward0",
    promote="common",
    methods=(),
    self=_smooth_l1_back,
    target=lambda grad, self, target, reduction, beta: -_smooth_l1_back(grad, self, target, reduction, beta),
)


def _huber(x: np.ndarray, target: np.ndarray, reduction: str, delta: float) -> Any:
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    d = np.abs(x - target)
    values = np.where(d <= delta, 0.5 * d * d, delta * (d - 0.5 * delta))
    return _reduced(values.astype(d.dtype, copy=False), reduction)


def _huber_back(grad: Any, self: Any, target: Any, reduction: str, delta: float) -> Any:
    d = self - target
    return _share(grad, self, reduction) * where(np.abs(array(d)) <= delta, d, sign(d) * delta)


record(
    "huber_loss",
    _huber,
    "self, target, reduction='mean', delta=1.0",
    tensors=("self", "target"),
    promote="common",
    methods=(),
    self=_huber_back,
    target=lambda grad, self, target, reduction, delta: -_huber_back(grad, self, target, reduction, delta),
)


def _soft_margin(x: np.ndarray, target: np.ndarray, reduction: str) -> Any:
    geometry.broadcast(x.shape, target.shape)
    return _reduced(np.logaddexp(0, -target * x).astype(x.dtype, copy=False), reduction)


def _soft_margin_back(grad: Any, self: Any, target: Any, reduction: str) -> Any:
    z = exp(-target * self)
    return -target * z / (z + 1) * _share(grad, self, reduction)


record(
    "soft_margin_loss",
    _soft_margin,
    "self, target, reduction='mean'",
    tensors=("self", "target"),
    methods=(),
    self=_soft_margin_back,
)


def _rows(x: Any) -> Any:
    """One example alone as a batch of one."""
    return x.reshape(1, -1) if len(x.shape) < 2 else x


def _multi_margin_values(x: Any, target: np.ndarray, p: int, margin: float, weight: Any) -> tuple[Any, Any, Any]:
    """Margins (examples, classes) that are missed, which class is each example's own, and what each class weighs."""
    own = np.zeros(x.shape, bool)
    own[np.arange(len(target)), target] = True
    z = margin - x[np.arange(len(target)), target][:, None] + x
    scale = np.ones((len(target), 1), x.dtype) if weight is None else weight[target][:, None]
    return np.where(own, 0, np.maximum(z, 0)), own, scale / x.shape[1]


def _no_examples(x: np.ndarray) -> RuntimeError:
    return RuntimeError(f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(x.shape)}")


def _multi_margin(x: np.ndarray, target: np.ndarray, p: int, margin: float, weight: Any, reduction: str) -> Any:
    if p not in (1, 2):
        raise RuntimeError("only p == 1 and p == 2 supported")
    rows = _rows(x)
    if not x.size or x.ndim > 2:
        raise _no_examples(x)
    if weight is not None and weight.size != rows.shape[1]:
        raise RuntimeError(f"inconsistent weight size, expected {rows.shape[1]} but got {list(weight.shape)}")
    if target.dtype != np.int64:
        raise RuntimeError(f"expected scalar type Long but found {OF_NUMPY[target.dtype].legacy}")
    t = target.reshape(-1)
    if len(t) != len(rows) or x.ndim > 2:
        raise RuntimeError(f"inconsistent target size, expected {len(rows)} but got {list(target.shape)}")
    if ((t < 0) | (t >= rows.shape[1])).any():
        raise RuntimeError("target out of range")
    z, _, scale = _multi_margin_values(rows, t, p, margin, weight)
    values = (z**p * scale).sum(1).astype(x.dtype, copy=False)
    return _reduced(values.reshape(target.shape) if x.ndim > 1 else values.reshape(()), reduction)


def _multi_margin_back(grad: Any, self: Any, target: Any, p: int, margin: float, weight: Any, reduction: str) -> Any:
    x = _rows(array(self))
    t = array(target).reshape(-1)
    z, own, scale = _multi_margin_values(x, t, p, margin, None if weight is None else array(weight))
    slope = (p * z ** (p - 1) * (z > 0) * scale).astype(x.dtype, copy=False)
    slope[own] = -slope.sum(1)
    if reduction == "mean":
        slope /= len(x)
    slope = slope.reshape(tuple(self.shape))
    if reduction == "none" and len(self.shape) > 1:
        grad = grad.reshape(-1, 1)
    return constant(slope, grad) * grad


record(
    "multi_margin_loss",
    _multi_margin,
    "self, target, p=1, margin=1.0, weight=None, reduction='mean'",
    tensors=("self", "target", "weight"),
    methods=(),
    self=_multi_margin_back,
)


def _labels(x: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which labels of each row count (those before the first -1), and which classes these are."""
    named = np.cumprod(target >= 0, 1).astype(bool)
    is_target = np.zeros(x.shape, bool)
    r, k = np.nonzero(named)
    is_target[r, target[r, k]] = True
    return named, is_target


def _multilabel_margins(x: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(examples, labels, classes): 1 - (x[label] - x[class]) where missed."""
    named, is_target = _labels(x, target)
    chosen = np.take_along_axis(x, np.where(named, target, 0), 1)
    z = 1 - chosen[:, :, None] + x[:, None, :]
    return np.where(named[:, :, None] & ~is_target[:, None, :], np.maximum(z, 0), 0), named, is_target


def _multilabel_margin(x: np.ndarray, target: np.ndarray, reduction: str) -> Any:
    rows, labels = _rows(x), _rows(target)
    if x.ndim > 2 or not rows.shape[1]:
        raise _no_examples(x)
    if rows.shape != labels.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(x.shape)}")
    z, _, _ = _multilabel_margins(rows, labels)
    values = (z.sum((1, 2)) / rows.shape[1]).astype(x.dtype, copy=False)
    return _reduced(values if x.ndim > 1 else values.reshape(()), reduction)


def _multilabel_margin_back(grad: Any, self: Any, target: Any, reduction: str) -> Any:
    x, t = _rows(array(self)), _rows(array(target))
    z, named, _ = _multilabel_margins(x, t)
    missed = (z > 0).astype(x.dtype)
    slope = missed.sum(1)
    np.subtract.at(slope, (np.arange(len(x))[:, None], np.where(named, t, 0)), missed.sum(2))
    slope /= x.shape[1] * (len(x) if reduction == "mean" else 1)
    slope = slope.reshape(tuple(self.shape))
    if reduction == "none" and len(self.shape) > 1:
        grad = grad.reshape(-1, 1)
    return constant(slope, grad) * grad


record(
    "multilabel_margin_loss",
    _multilabel_margin,
    "self, target, reduction='mean'",
    tensors=("self", "target"),
    methods=(),
    self=_multilabel_margin_back,
)


# ---- CTC (Graves et al. 2006): the sum over every alignment, forwards and backwards in time


def _extended(target: np.ndarray, blank: int) -> tuple[np.ndarray, np.ndarray]:
    """Targets (batch, labels) with blanks between, and where a step may leave out the blank."""
    batch, length = target.shape
    labels = np.full((batch, 2 * length + 1), blank, np.int64)
    labels[:, 1::2] = target
    skips = np.zeros(labels.shape, bool)
    skips[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    return labels, skips


def _shift(a: np.ndarray, by: int) -> np.ndarray:
    out = np.full_like(a, -np.inf)
    if by < a.shape[1]:
        out[:, by:] = a[:, : a.shape[1] - by]
    return out


def _ctc_alpha(logs: np.ndarray, labels: np.ndarray, skips: np.ndarray) -> np.ndarray:
    """log α (time, batch, states): the probability of having come to each state of the extended target."""
    steps = len(logs)
    emitted = np.take_along_axis(logs, np.broadcast_to(labels, (steps, *labels.shape)), 2)
    alpha = np.full(emitted.shape, -np.inf)
    alpha[0, :, :2] = emitted[0, :, :2]
    for t in range(1, steps):
        before = alpha[t - 1]
        come = np.logaddexp(before, _shift(before, 1))
        come = np.where(skips, np.logaddexp(come, _shift(before, 2)), come)
        alpha[t] = come + emitted[t]
    return alpha


def _ctc_loss(
    logs: np.ndarray, target: np.ndarray, input_lengths: Any, target_lengths: Any, blank: int, zero_infinity: bool
) -> Any:
    """One loss an example, and log α."""
    labels, skips = _extended(target, blank)
    alpha = _ctc_alpha(logs.astype(np.float64), labels, skips)
    n = np.arange(len(target))
    last = alpha[input_lengths - 1, n]  # of each example, when it ends
    end = 2 * target_lengths
    total = np.logaddexp(last[n, end], np.where(target_lengths > 0, last[n, np.maximum(end - 1, 0)], -np.inf))
    total = np.where(input_lengths > 0, total, np.where(target_lengths == 0, 0.0, -np.inf))
    return (-total).astype(logs.dtype), alpha


def _ctc_back(
    grad: Any, log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int, zero_infinity: bool,
    result: Any, result1: Any,
) -> Any:  # fmt: skip
    logs = array(log_probs).astype(np.float64)
    labels, skips = _extended(array(targets), blank)
    steps, batch, _ = logs.shape
    n = np.arange(batch)
    emitted = np.take_along_axis(logs, np.broadcast_to(labels, (steps, *labels.shape)), 2)
    ahead = np.zeros_like(skips)
    ahead[:, :-2] = skips[:, 2:]
    beta = np.full(emitted.shape, -np.inf)
    end = 2 * target_lengths
    final = np.full(labels.shape, -np.inf)
    final[n, end] = 0
    some = target_lengths > 0
    final[n[some], end[some] - 1] = 0
    after = np.full(labels.shape, -np.inf)
    for t in range(steps - 1, -1, -1):
        moved = np.logaddexp(after, _shift(after[:, ::-1], 1)[:, ::-1])
        moved = np.where(ahead, np.logaddexp(moved, _shift(after[:, ::-1], 2)[:, ::-1]), moved)
        here = np.where((input_lengths - 1 == t)[:, None], final, moved)
        after = np.where((t < input_lengths)[:, None], here + emitted[t], -np.inf)
        beta[t] = after
    total = -array(result).astype(np.float64)
    through = (
        array(result1) + beta - emitted - np.where(np.isfinite(total), total, 0)[:, None]
    )  # log probability of each state
    share = np.zeros(logs.shape)
    t, b, _ = np.indices(through.shape, sparse=True)
    np.add.at(share, (t, b, labels[None]), np.exp(through))
    out = np.exp(logs) - share
    out[np.arange(steps)[:, None] >= input_lengths[None]] = 0
    if zero_infinity:
        out[:, ~np.isfinite(total)] = 0
    else:
        out[:, ~np.isfinite(total)] = np.nan
    made = constant(out.astype(array(log_probs).dtype), grad)
    return made * grad.reshape(1, -1, 1)


record(
    "_ctc_loss",
    _ctc_loss,
    "log_probs, targets, input_lengths, target_lengths, blank=0, zero_infinity=False",
    tensors=("log_probs", "targets"),
    node="CtcLossBackward0",
    methods=(),
    outputs=2,
    log_probs=_ctc_back,
)
