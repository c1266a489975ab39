"""Sorting, and what comes of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..tensor import Tensor, from_array
from . import both, ties
from .reduce import _returns, _scatter_along
from .registry import OPS, function_of, public, record, spelled


def _argsort(a: np.ndarray, d: int, descending: bool) -> np.ndarray:
    """Stable, in either direction; NaN counts as the largest."""
    if not descending:
        return np.argsort(a, axis=d, kind="stable")
    flipped = np.argsort(np.flip(a, d), axis=d, kind="stable")
    return np.ascontiguousarray(np.flip(a.shape[d] - 1 - flipped, d))


def _sort(a: np.ndarray, dim: int, descending: bool, stable: bool) -> Any:
    if a.ndim == 0:
        return a.copy(), np.zeros((), np.int64)
    d = geometry.wrap(dim, a.ndim)
    where = _argsort(a, d, descending)
    values = np.take_along_axis(a, where, d)
    if not stable and a.shape[d] > 16:  # fewer are sorted without moving equal ones
        before, after = (values[(slice(None),) * d + (s,)] for s in (slice(None, -1), slice(1, None)))
        unclear = ties.same(before, after).any(d)
        if unclear.any():
            where = ties.resettle(a, d, where, unclear, lambda row: ties.in_order(row, descending), ties.MOST_SORTED)
            values = np.take_along_axis(a, where, d)
    return values, where


def _back(grad: Any, self_shape: tuple[int, ...], result1: Any, dim: int) -> Any:
    return _scatter_along(grad, self_shape, result1, dim, True)


_sort_op = record(
    "sort", lambda a, dim, descending: _sort(a, dim, descending, False), "self, dim=-1, descending=False", outputs=2, methods=(),
    returns=_returns("sort"), self=_back,
)  # fmt: skip
_stable_sort = record(
    "sort_stable", _sort, "self, dim=-1, descending=False, stable=False", outputs=2, methods=(), node="SortBackward1",
    returns=_returns("sort"), self=_back,
)  # fmt: skip


@public()
@spelled
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool | None = None, *, out: Any = None) -> Any:
    """(values, indices) in order along `dim`; equal elements keep theirs."""
    if stable is None:
        return function_of(_sort_op)(input, dim, descending, out=out)
    return function_of(_stable_sort)(input, dim, descending, stable, out=out)


@spelled
def argsort(self: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """Where the sorted elements come from."""
    if stable:
        return function_of(_stable_sort)(self.detach(), dim, descending, True).indices  # type: ignore[no-any-return]
    return function_of(_sort_op)(self.detach(), dim, descending).indices  # type: ignore[no-any-return]


def _few(a: np.ndarray, k: int, d: int, largest: bool) -> Any:
    """The k first of a stable sort without sorting the rest: all beyond the k-th value, and of its equals the first."""
    rows = np.ascontiguousarray(np.moveaxis(a, d, -1)).reshape(-1, a.shape[d])
    n = rows.shape[1]
    last = np.partition(rows, n - k if largest else k - 1, axis=1)[:, [n - k if largest else k - 1]]
    beyond, equal = (rows > last if largest else rows < last), rows == last
    wanted = k - np.count_nonzero(beyond, axis=1)
    spare = np.count_nonzero(equal, axis=1) != wanted
    if spare.any():
        equal[spare] &= np.cumsum(equal[spare], axis=1) <= wanted[spare, None]
    where = np.nonzero(beyond | equal)[1].reshape(-1, k)
    values = np.take_along_axis(rows, where, 1)
    order = _argsort(values, 1, largest)
    shape = (*np.moveaxis(a, d, -1).shape[:-1], k)
    found = (np.take_along_axis(x, order, 1).reshape(shape) for x in (values, where))
    return tuple(np.moveaxis(x, -1, d).copy("C") for x in found)


def _topk(a: np.ndarray, k: int, dim: int, largest: bool, sorted: bool) -> Any:
    d = geometry.wrap(dim, a.ndim)
    if k < 0 or k > (a.shape[d] if a.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if not a.ndim or not k:
        return _first(a, k, d, largest)
    values, where = _first(a, k, d, largest)
    unclear = ties.same(a, np.take(values, [k - 1], d)).sum(d) > ties.same(values, np.take(values, [k - 1], d)).sum(d)
    if k > 1:
        before, after = (values[(slice(None),) * d + (s,)] for s in (slice(None, -1), slice(1, None)))
        unclear = unclear | (ties.same(before, after).any(d) if sorted else True)
    if unclear.any():
        where = ties.resettle(a, d, where, unclear, lambda row: ties.top(row, k, largest, sorted))
        values = np.take_along_axis(a, where, d)
    return values, where


def _first(a: np.ndarray, k: int, d: int, largest: bool) -> Any:
    """The k first in order; of equal elements those that come first."""
    if a.ndim and 0 < 4 * k <= a.shape[d] and a.shape[d] >= 64 and not (a.dtype.kind in "fcV" and np.isnan(a).any()):
        return _few(a, k, d, largest)
    values, where = _sort(a, d, largest, True)
    if not a.ndim:
        return values, where
    first = (slice(None),) * d + (slice(k),)
    return np.ascontiguousarray(values[first]), np.ascontiguousarray(where[first])


record("topk", _topk, "self, k, dim=-1, largest=True, sorted=True", outputs=2, returns=_returns("topk"), self=_back)


def _kth(a: np.ndarray, k: int, dim: int, keepdim: bool, ties_as_found: bool = True) -> Any:
    d = geometry.wrap(dim, a.ndim)
    if k < 1 or k > (a.shape[d] if a.ndim else 1):
        raise RuntimeError("kthvalue(): selected number k out of range for dimension " + str(d))
    values, where = _sort(a, dim, False, True)
    if not a.ndim:
        return values, where
    values, where = np.take(values, [k - 1], d), np.take(where, [k - 1], d)
    if ties_as_found:
        unclear = ties.same(a, values).sum(d) > 1
        if unclear.any():
            where = ties.resettle(a, d, where, unclear, lambda row: ties.kth(row, k - 1))
    return (values, where) if keepdim else (values.squeeze(d), where.squeeze(d))


_kth_back: dict[str, Any] = {
    "self": lambda grad, self_shape, result1, dim, keepdim: _scatter_along(grad, self_shape, result1, dim, keepdim)
}
record(
    "kthvalue",
    lambda a, k, dim, keepdim: _kth(a, k, dim, keepdim),
    "self, k, dim=-1, keepdim=False",
    outputs=2,
    returns=_returns("kthvalue"),
    **_kth_back,
)


def _median_dim(a: np.ndarray, dim: int, keepdim: bool) -> Any:
    if not a.ndim:
        return _kth(a, 1, dim, keepdim)
    d = geometry.wrap(dim, a.ndim)
    if not a.shape[d]:
        raise IndexError(f"median(): Expected reduction dim {d} to have non-zero size.")
    values, where = _kth(a, (a.shape[d] + 1) // 2, d, True, False)
    if a.dtype.kind == "f" and np.isnan(a).any():
        none = np.isnan(a)
        first = none.argmax(d, keepdims=True)
        spoilt = none.any(d, keepdims=True)
        values, where = np.where(spoilt, a.dtype.type(np.nan), values), np.where(spoilt, first, where)
    return (values, where) if keepdim else (values.squeeze(d), where.squeeze(d))


record("median_dim", _median_dim, "self, dim, keepdim=False", node="MedianBackward1", outputs=2, returns=_returns("median"),
       methods=(), **_kth_back)  # fmt: skip


def _median(a: np.ndarray) -> Any:
    if not a.size:
        return np.asarray(np.nan if a.dtype.kind == "f" else np.iinfo(a.dtype).min, a.dtype)
    middle = np.partition(a.reshape(-1), [(a.size - 1) // 2, a.size - 1])
    return middle[-1] if a.dtype.kind == "f" and np.isnan(middle[-1]) else middle[(a.size - 1) // 2]


def _median_back(grad: Any, self: Any, result: Any) -> Any:
    hit = both.array(self) == both.array(result)
    first = np.zeros(hit.size, both.array(self).dtype)
    first[np.argmax(hit)] = 1
    return grad * both.constant(first.reshape(hit.shape), grad)


record("median", _median, "self", methods=(), self=_median_back)


@spelled
def median(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle element (the lower one of two), of all or along `dim`."""
    return function_of(OPS["median"])(self) if dim is None else function_of(OPS["median_dim"])(self, dim, keepdim)


def unique(
    self: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The different values, in order, with where each element went and how often each occurs if asked for."""
    values, inverse, counts = np.unique(self._a, return_inverse=True, return_counts=True, axis=dim)
    out = [from_array(values)]
    if return_inverse:
        out.append(from_array(inverse.reshape(self._a.shape if dim is None else -1)))
    if return_counts:
        out.append(from_array(counts))
    return out[0] if len(out) == 1 else tuple(out)


Tensor.argsort, Tensor.median, Tensor.unique = argsort, median, unique  # type: ignore[attr-defined]
