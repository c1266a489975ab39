"""Rows of a table by their numbers, alone and in bags."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor, from_array
from .both import array, zeros
from .registry import OPS, function_of, public, record


def _checked(indices: np.ndarray, rows: int, name: str = "embedding") -> None:
    if indices.dtype not in (np.int64, np.int32):
        from ..dtypes import OF_NUMPY

        raise RuntimeError(
            f"Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got {OF_NUMPY[indices.dtype].legacy} instead (while checking arguments for {name})"
        )
    if indices.size and (indices.min() < 0 or indices.max() >= rows):
        raise IndexError("index out of range in self")


def _embedding(
    weight: np.ndarray, indices: np.ndarray, padding_idx: int, scale_grad_by_freq: bool, sparse: bool
) -> Any:
    _checked(indices, len(weight))
    return weight[indices]


def _into_rows(shape: tuple[int, ...], at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A table of zeros with each value added to its row. Rows that occur often are summed first: `add.at` is slow."""
    out = np.zeros(shape, values.dtype)
    if at.size * 4 >= shape[0] and shape[0] <= 4096 and at.size <= 65536:
        marks = np.zeros((shape[0], at.size), values.dtype)
        marks[at, np.arange(at.size)] = 1
        return (marks @ values.reshape(at.size, -1)).reshape(shape)
    order = np.argsort(at, kind="stable")
    rows, begins = np.unique(at[order], return_index=True)
    if rows.size:
        out[rows] = np.add.reduceat(values[order], begins, 0)
    return out


def _column(a: np.ndarray, like: np.ndarray) -> np.ndarray:
    """A number for each row, to be multiplied with rows like these."""
    return a.astype(like.dtype).reshape(-1, *(1,) * (like.ndim - 1))


def _embedding_back(
    grad: Any, weight_shape: tuple[int, ...], indices: Any, padding_idx: int, scale_grad_by_freq: bool
) -> Any:
    at = array(indices).reshape(-1)
    kept = at != padding_idx if padding_idx >= 0 else None
    share = 1 / np.bincount(at, minlength=weight_shape[0])[at] if scale_grad_by_freq and at.size else None
    if isinstance(grad, Tensor):
        rows: Any = grad.reshape(at.size, *weight_shape[1:])  # type: ignore[attr-defined]
        if share is not None:
            rows = rows * from_array(_column(share, array(grad)))
        if kept is not None:
            rows = rows * from_array(_column(kept, array(grad)))
        return zeros(weight_shape, grad).index_add(0, from_array(at), rows)
    rows = grad.reshape(at.size, *weight_shape[1:])
    if share is not None:
        rows = rows * _column(share, rows)
    if kept is not None:
        at, rows = at[kept], rows[kept]
    return _into_rows(weight_shape, at, rows)


record(
    "embedding",
    _embedding,
    "weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False",
    tensors=("weight", "indices"),
    methods=(),
    weight=_embedding_back,
)


# ---- bags


def _bags(indices: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Which bag each index lies in."""
    counts = np.diff(np.append(offsets, indices.size))
    return np.repeat(np.arange(len(offsets)), counts)


def _embedding_bag(
    weight: np.ndarray, indices: np.ndarray, offsets: np.ndarray, mode: int, per_sample_weights: Any, padding_idx: int
) -> Any:
    """The sum, mean or greatest of the rows in each bag; and for "max", which row that was."""
    _checked(indices, len(weight), "embedding_bag")
    bag = _bags(indices, offsets)
    at = indices
    if padding_idx >= 0:
        kept = at != padding_idx
        bag, at = bag[kept], at[kept]
        if per_sample_weights is not None:
            per_sample_weights = per_sample_weights[kept]
    rows = weight[at]
    if per_sample_weights is not None:
        rows = rows * per_sample_weights[:, None]
    shape = (len(offsets), weight.shape[1])
    which = np.full(shape, -1, np.int64)
    if mode != 2:
        out = _into_rows(shape, bag, rows)
        if mode == 1:
            out /= np.maximum(np.bincount(bag, minlength=len(offsets)), 1)[:, None].astype(out.dtype)
        return out, which
    out = np.full(shape, -np.inf, weight.dtype)
    np.maximum.at(out, bag, rows)
    first = rows == out[bag]
    for k in range(len(at) - 1, -1, -1):  # the first of several equal ones counts
        which[bag[k], first[k]] = at[k]
    out[np.bincount(bag, minlength=len(offsets)) == 0] = 0
    return out, which


def _bag_weight(
    grad: Any, weight_shape: tuple[int, ...], indices: Any, offsets: Any, mode: int, per_sample_weights: Any, padding_idx: int, result1: Any
) -> Any:  # fmt: skip
    at, starts = array(indices), array(offsets)
    g = array(grad)
    if mode == 2:
        which = array(result1)
        out = np.zeros(weight_shape, g.dtype)
        bag, column = np.nonzero(which >= 0)
        np.add.at(out, (which[bag, column], column), g[bag, column])
        return from_array(out) if isinstance(grad, Tensor) else out
    bag = _bags(at, starts)
    kept = at != padding_idx if padding_idx >= 0 else np.ones(at.shape, bool)
    share = kept.astype(g.dtype)
    if mode == 1:
        share /= np.maximum(np.bincount(bag[kept], minlength=len(starts)), 1)[bag].astype(g.dtype)
    if isinstance(grad, Tensor):
        rows: Any = grad[from_array(bag)] * from_array(share[:, None])  # type: ignore[index]
        if per_sample_weights is not None:
            rows = rows * per_sample_weights[:, None]
        return zeros(weight_shape, grad).index_add(0, from_array(at), rows)
    rows = g[bag] * share[:, None]
    if per_sample_weights is not None:
        rows = rows * per_sample_weights[:, None]
    return _into_rows(weight_shape, at, rows)


def _bag_samples(grad: Any, weight: Any, indices: Any, offsets: Any, padding_idx: int) -> Any:
    at, bag = array(indices), _bags(array(indices), array(offsets))
    kept = (at != padding_idx) if padding_idx >= 0 else np.ones(at.shape, bool)
    if isinstance(grad, Tensor):
        products = grad[from_array(bag)] * weight[from_array(at)]  # type: ignore[index]
        return products.sum(1) * from_array(kept.astype(array(grad).dtype))
    return np.einsum("ij,ij->i", grad[bag], weight[at]) * kept


record(
    "_embedding_bag",
    _embedding_bag,
    "weight, indices, offsets, mode=0, per_sample_weights=None, padding_idx=-1",
    tensors=("weight", "indices", "offsets", "per_sample_weights"),
    node="EmbeddingBagBackward0",
    methods=(),
    outputs=2,
    weight=_bag_weight,
    per_sample_weights=_bag_samples,
)


@public(method=False)
def embedding_bag(
    weight: Any, indices: Any, offsets: Any, mode: int = 0, per_sample_weights: Any = None, padding_idx: int = -1
) -> Tensor:
    """The rows of each bag as one. mode: 0 the sum, 1 the mean, 2 the greatest."""
    run = function_of(OPS["_embedding_bag"])
    return run(weight, indices, offsets, mode, per_sample_weights, padding_idx)[0]  # type: ignore[no-any-return]
