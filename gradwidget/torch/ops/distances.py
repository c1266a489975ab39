"""Distances between rows, and bilinear forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import geometry, hot
from ..dtypes import OF_NUMPY
from ..tensor import Tensor
from .both import array, sign
from .quiet import quiet
from .reduce import norm_back, vector_norm
from .registry import OPS, function_of, public, record


def _norms(d: np.ndarray, p: float) -> np.ndarray:
    """The p-norm along the last dimension."""
    size = np.abs(d)
    if p == 0:
        return (size != 0).sum(-1).astype(d.dtype)
    if p == 1:
        return size.sum(-1)
    if p == 2:
        return np.sqrt(np.einsum("...i,...i->...", d, d))
    if p == math.inf:
        return size.max(-1) if d.shape[-1] else np.zeros(d.shape[:-1], d.dtype)
    return (size**p).sum(-1) ** (1 / p)


def _norm_slope(d: Any, norm: Any, p: float) -> Any:
    """The gradient of the p-norm along the last dimension with respect to what it is taken of; 0 where the norm is 0."""
    if p == 0:
        return d * 0
    if p == 1:
        return sign(d)
    norm = norm[..., None]
    zero = array(norm) == 0
    if isinstance(d, Tensor):
        safe = norm.masked_fill(_tensor(zero), 1.0)
        if p == 2:
            slope = d / safe
        elif p == math.inf:
            slope = sign(d) * (d.abs() == norm).to(d.dtype)  # type: ignore[attr-defined]
        else:
            slope = sign(d) * (d.abs() / safe) ** (p - 1)  # type: ignore[attr-defined]
        return slope.masked_fill(_tensor(zero), 0.0)
    safe = np.where(zero, 1, norm)
    if p == 2:
        slope = d / safe
    elif p == math.inf:
        slope = np.sign(d) * (np.abs(d) == norm)
    else:
        slope = np.sign(d) * (np.abs(d) / safe) ** (p - 1)
    return np.where(zero, 0, slope).astype(d.dtype, copy=False)


def _tensor(a: Any) -> Tensor:
    from ..tensor import from_array

    return from_array(np.asarray(a))


# ---- between the rows of two tensors


def _cdist(x1: np.ndarray, x2: np.ndarray, p: float) -> Any:
    out = np.zeros((*x1.shape[:-1], x2.shape[-2]), x1.dtype)
    step = max(1, _AT_ONCE // max(1, x1.size // max(1, x1.shape[-2]) * x2.shape[-2]))
    for i in range(0, x1.shape[-2] if x1.shape[-1] else 0, step):
        out[..., i : i + step, :] = _norms(x1[..., i : i + step, None, :] - x2[..., None, :, :], p)
    return out


_AT_ONCE = 1 << 20  # so many differences are in memory at a time


def _euclidean(x1: np.ndarray, x2: np.ndarray) -> Any:
    """By one product of matrices: |a - b|² = |a|² - 2ab + |b|²."""
    a, b = (np.square(x).sum(-1, keepdims=True) for x in (x1, x2))
    left = np.concatenate([x1 * -2, a, np.ones_like(a)], -1)
    right = np.concatenate([x2, np.ones_like(b), b], -1)
    return np.sqrt(np.maximum(left @ right.swapaxes(-1, -2), 0))


@quiet
def _euclidean_back(grad: Any, one: Any, other: Any, result: Any, rows: int) -> Any:
    share = grad / result
    zero = array(result) == 0
    share = share.masked_fill(_tensor(zero), 0.0) if isinstance(share, Tensor) else np.where(zero, 0, share)
    if rows < 0:
        share = share.swapaxes(-1, -2)
    return one * share.sum(-1)[..., None] - share @ other


record(
    "_euclidean_dist",
    _euclidean,
    "x1, x2",
    tensors=("x1", "x2"),
    node="EuclideanDistBackward0",
    methods=(),
    x1=lambda grad, x1, x2, result: _euclidean_back(grad, x1, x2, result, 1),
    x2=lambda grad, x1, x2, result: _euclidean_back(grad, x2, x1, result, -1),
)


def _cdist_back(grad: Any, x1: Any, x2: Any, result: Any, p: float, axis: int) -> Any:
    d = x1[..., :, None, :] - x2[..., None, :, :]
    out = grad[..., None] * _norm_slope(d, result, p)
    return out.sum(axis)


record(
    "_cdist",
    _cdist,
    "x1, x2, p",
    tensors=("x1", "x2"),
    node="CdistBackward0",
    methods=(),
    x1=lambda grad, x1, x2, result, p: _cdist_back(grad, x1, x2, result, p, -2),
    x2=lambda grad, x1, x2, result, p: -_cdist_back(grad, x1, x2, result, p, -3),
)


@public(method=False)
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """The distance between every row of one and every row of the other: (..., n, k), (..., m, k) → (..., n, m)."""
    if hot.AUTOCAST is not None:
        x1, x2 = hot.AUTOCAST("single", x1, x2)
    for name, t in (("X1", x1), ("X2", x2)):
        if t.dim() < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {t.dim()}D")
    if x1.size(-1) != x2.size(-1):
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.size(-1)} X2: {x2.size(-1)}")
    for name, t in (("X1", x1), ("X2", x2)):
        if t.dtype.kind != 2:
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {t.dtype.legacy}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    batch = geometry.broadcast(x1._a.shape[:-2], x2._a.shape[:-2])
    a, b = (t if t._a.shape[:-2] == batch else t.expand(*batch, *t.shape[-2:]) for t in (x1, x2))
    modes = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")
    if compute_mode not in modes:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    many = max(x1.size(-2), x2.size(-2)) > 25
    if p == 2 and x1.numel() and x2.numel() and compute_mode in modes[: 2 if many else 0] + modes[1:2]:
        if batch:
            a, b = (
                t.expand(*batch, *t.shape[-2:]).contiguous().view(-1, *t.shape[-2:])  # type: ignore[attr-defined]
                for t in (x1, x2)
            )
        found = function_of(OPS["_euclidean_dist"])(a, b)
        return found.view((*batch, *found.shape[-2:]))  # type: ignore[no-any-return]
    return function_of(OPS["_cdist"])(a, b, float(p))  # type: ignore[no-any-return]


# ---- between the rows of one


def _pdist(x: np.ndarray, p: float) -> Any:
    i, j = np.triu_indices(len(x), 1)
    return _norms(x[i] - x[j], p)


def _pdist_back(grad: Any, self: Any, result: Any, p: float) -> Any:
    i, j = np.triu_indices(self.shape[0], 1)
    if isinstance(grad, Tensor):
        a, b = _tensor(i), _tensor(j)
        out = grad[:, None] * _norm_slope(self[a] - self[b], result, p)  # type: ignore[index]
        return (self * 0).index_add(0, a, out).index_add(0, b, -out)
    out = grad[:, None] * _norm_slope(self[i] - self[j], result, p)
    made = np.zeros_like(self)
    np.add.at(made, i, out)
    np.subtract.at(made, j, out)
    return made


record("_pdist", _pdist, "self, p", node="PdistBackward0", methods=(), self=_pdist_back)


@public(method=False)
def pdist(input: Any, p: float = 2.0) -> Tensor:
    """The distances between every two rows: (n, m) → (n (n - 1) / 2)."""
    if input.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.dim()}D")
    if not input.is_floating_point():
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return function_of(OPS["_pdist"])(input.contiguous(), float(p))  # type: ignore[no-any-return]


# ---- between two tensors as a whole


def _dist(a: np.ndarray, b: np.ndarray, p: float) -> Any:
    if a.dtype.kind not in "fcV":
        have = OF_NUMPY[a.dtype].legacy
        raise RuntimeError(f"norm(): input dtype should be either floating point or complex. Got {have} instead.")
    return vector_norm(a - b, p, None, False)


def _dist_back(grad: Any, self: Any, other: Any, result: Any, p: float) -> Any:
    from ..dispatch import reduce_to

    back = norm_back(grad, self - other, result, p, None, False)
    return None if back is None else reduce_to(back, tuple(self.shape))


record(
    "dist",
    _dist,
    "self, other, p=2",
    tensors=("self", "other"),
    promote="common",
    self=_dist_back,
    other=lambda grad, self, other, result, p: _dist_back(grad, other, self, result, p),
)


# ---- bilinear forms


def _bilinear(x1: np.ndarray, x2: np.ndarray, weight: np.ndarray) -> Any:
    return np.einsum("bi,oij,bj->bo", x1, weight, x2, optimize=True)


def _left(grad: Any, x: Any, weight: Any) -> Any:
    """Σ_o,j g[b, o] W[o, i, j] x[b, j]."""
    if isinstance(grad, Tensor):
        return (grad[:, :, None, None] * weight[None] * x[:, None, None, :]).sum((1, 3))  # type: ignore[index]
    return np.einsum("bo,oij,bj->bi", grad, weight, x, optimize=True)


def _form_weight(grad: Any, x1: Any, x2: Any) -> Any:
    if isinstance(grad, Tensor):
        return (grad[:, :, None, None] * x1[:, None, :, None] * x2[:, None, None, :]).sum(0)  # type: ignore[index]
    return np.einsum("bo,bi,bj->oij", grad, x1, x2, optimize=True)


record(
    "_trilinear",
    _bilinear,
    "i1, i2, weight",
    tensors=("i1", "i2", "weight"),
    node="TrilinearBackward0",
    methods=(),
    i1=lambda grad, i2, weight: _left(grad, i2, weight),
    i2=lambda grad, i1, weight: _left(grad, i1, _swapped(weight)),
    weight=lambda grad, i1, i2: _form_weight(grad, i1, i2),
)


def _swapped(weight: Any) -> Any:
    return weight.transpose(1, 2) if isinstance(weight, Tensor) else weight.swapaxes(1, 2)


@public(method=False)
def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Tensor:
    """x₁ᵀ W x₂ + b for each output. weight: (out, in1, in2)."""
    if input1.dim() != input2.dim():
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.dim()} and {input2.dim()}")
    for d in range(input1.dim() - 1):
        if input1.size(d) != input2.size(d):
            raise RuntimeError(
                f"bilinear(): input batch dimensions do not match at dim {d}: got {input1.size(d)} and {input2.size(d)}"
            )
    for k, t in ((1, input1), (2, input2)):
        if t.size(-1) != weight.size(k):
            raise RuntimeError(
                f"bilinear(): input{k} size does not match weight size: got {t.size(-1)} but expected {weight.size(k)}"
            )
    if bias is not None and bias.size(0) != weight.size(0):
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.size(0)} but expected {weight.size(0)}"
        )
    rows = (t.reshape(-1, t.size(-1)) for t in (input1, input2))
    out = function_of(OPS["_trilinear"])(*rows, weight).reshape(*input1.shape[:-1], weight.size(0))
    return out if bias is None else out + bias  # type: ignore[no-any-return]
