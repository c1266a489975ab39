"""Rows of a table by their numbers, in bags: the sum, the mean or the greatest of each bag."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor, from_array
from .both import array, zeros
from .embedding import by_frequency, checked, into_rows
from .registry import OPS, function_of, public, record

SUM, MEAN, MAX = 0, 1, 2


def _bags(indices: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Which bag each index lies in."""
    counts = np.diff(np.append(offsets, indices.size))
    return np.repeat(np.arange(len(offsets)), counts)


def _embedding_bag(
    weight: np.ndarray, indices: np.ndarray, offsets: np.ndarray, scale_grad_by_freq: bool, mode: int, per_sample_weights: Any,
    padding_idx: int,
) -> Any:  # fmt: skip
    """The sum, mean or greatest of the rows in each bag; and for "max", which row that was."""
    checked(indices, len(weight), "embedding_bag")
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
    if mode != MAX:
        out = into_rows(shape, bag, rows)
        if mode == MEAN:
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
    grad: Any, weight_shape: tuple[int, ...], indices: Any, offsets: Any, scale_grad_by_freq: bool, mode: int, per_sample_weights: Any,
    padding_idx: int, result1: Any,
) -> Any:  # fmt: skip
    at, starts = array(indices), array(offsets)
    g = array(grad)
    if mode == MAX:
        which = array(result1)
        bag, column = np.nonzero(which >= 0)
        cells = which[bag, column] * weight_shape[1] + column
        if isinstance(grad, Tensor):
            flat = zeros((weight_shape[0] * weight_shape[1],), grad)
            return flat.index_add(0, from_array(cells), grad[from_array(bag), from_array(column)]).reshape(weight_shape)  # type: ignore[index]
        return into_rows((weight_shape[0] * weight_shape[1], 1), cells, g[bag, column]).reshape(weight_shape)
    bag = _bags(at, starts)
    kept = at != padding_idx if padding_idx >= 0 else np.ones(at.shape, bool)
    share = kept.astype(g.dtype)
    if mode == MEAN:
        share /= np.maximum(np.bincount(bag[kept], minlength=len(starts)), 1)[bag].astype(g.dtype)
    if scale_grad_by_freq:
        share *= by_frequency(at, g)
    if isinstance(grad, Tensor):
        rows: Any = grad[from_array(bag)] * from_array(share[:, None])  # type: ignore[index]
        if per_sample_weights is not None:
            rows = rows * per_sample_weights[:, None]
        return zeros(weight_shape, grad).index_add(0, from_array(at), rows)
    rows = g[bag] * share[:, None]
    if per_sample_weights is not None:
        rows = rows * per_sample_weights[:, None]
    return into_rows(weight_shape, at, rows)


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
    "weight, indices, offsets, scale_grad_by_freq=False, mode=0, per_sample_weights=None, padding_idx=-1",
    tensors=("weight", "indices", "offsets", "per_sample_weights"),
    node="EmbeddingBagBackward0",
    methods=(),
    outputs=2,
    weight=_bag_weight,
    per_sample_weights=_bag_samples,
)


@public(method=False)
def embedding_bag(
    weight: Any,
    indices: Any,
    offsets: Any,
    scale_grad_by_freq: bool = False,
    mode: int = SUM,
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The rows of each bag as one (mode 0: the sum, 1: the mean, 2: the greatest); each index's bag; the bags' sizes; and which
    rows were the greatest. The last three are zeros where the mode does not need them."""
    if sparse:
        raise NotImplementedError(
            "gradwidget has no sparse gradients: use real PyTorch for embeddings with sparse=True"
        )
    if include_last_offset:
        offsets = offsets[:-1]
    padding = -1 if padding_idx is None else padding_idx % weight.size(0)
    out, which = function_of(OPS["_embedding_bag"])(
        weight, indices, offsets, bool(scale_grad_by_freq), mode, per_sample_weights, padding
    )
    starts = array(offsets)
    if mode == SUM:
        blank = np.zeros(len(starts), np.int64)
        return out, *(from_array(blank.copy()) for _ in range(3))  # type: ignore[return-value]
    bag = _bags(array(indices), starts)
    kept = array(indices) != padding
    sizes = np.bincount(bag[kept], minlength=len(starts))
    return out, from_array(bag), from_array(sizes), which if mode == MAX else from_array(sizes.copy())
