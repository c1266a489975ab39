"""Rows of a table by their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..counted import Write
from ..sums import into_rows
from ..tensor import Tensor
from . import both
from .both import array
from .registry import OPS, function_of, public, record


def checked(indices: np.ndarray, rows: int, name: str = "embedding") -> None:
    """Refuse numbers that are no integers, or no rows."""
    if indices.dtype not in (np.int64, np.int32):
        from ..dtypes import OF_NUMPY

        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{OF_NUMPY[indices.dtype].legacy}Tensor instead (while checking arguments for {name})"
        )
    if indices.size and (indices.min() < 0 or indices.max() >= rows):
        raise IndexError("index out of range in self")


def by_frequency(at: np.ndarray, like: np.ndarray) -> np.ndarray:
    """For each index, 1 / how often it occurs."""
    return (1 / np.bincount(at)[at]).astype(like.dtype) if at.size else np.ones(0, like.dtype)


def _embedding(
    weight: np.ndarray, indices: np.ndarray, padding_idx: int, scale_grad_by_freq: bool, sparse: bool
) -> Any:
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    checked(indices, len(weight))
    return weight.take(indices, 0)


def _dense(grad: np.ndarray, indices: np.ndarray, num_weights: int, padding_idx: int, scale_grad_by_freq: bool) -> Any:
    """The gradient of the table: what came for each index, in its row."""
    at = indices.reshape(-1)
    rows = grad.reshape(at.size, grad.shape[-1])
    if scale_grad_by_freq:
        rows = rows * by_frequency(at, rows)[:, None]
    if padding_idx >= 0:
        kept = at != padding_idx
        at, rows = at[kept], rows[kept]
    return into_rows((num_weights, grad.shape[-1]), at, rows)


def _dense_back(grad: Any, indices: Any, padding_idx: int) -> Any:
    kept = array(indices) != padding_idx
    rows = function_of(OPS["embedding"])(grad, indices) if isinstance(grad, Tensor) else grad[indices]
    return rows if padding_idx < 0 else rows * both.mask(kept[..., None], rows)


record(
    "embedding_dense_backward",
    _dense,
    "grad_output, indices, num_weights, padding_idx, scale_grad_by_freq",
    tensors=("grad_output", "indices"),
    node="EmbeddingDenseBackwardBackward0",
    methods=(),
    grad_output=_dense_back,
)


def _embedding_back(
    grad: Any, weight_shape: tuple[int, ...], indices: Any, padding_idx: int, scale_grad_by_freq: bool
) -> Any:
    backward = function_of(OPS["embedding_dense_backward"]) if isinstance(grad, Tensor) else _dense
    return backward(grad, indices, weight_shape[0], padding_idx, scale_grad_by_freq)


record(
    "embedding",
    _embedding,
    "weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False",
    tensors=("weight", "indices"),
    methods=(),
    weight=_embedding_back,
)


@public(method=False)
def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """Shorten, in the table itself, the rows that are looked up and are longer than `max_norm`."""
    rows = np.unique(indices._a)
    with Write("embedding_renorm_", input, (indices, max_norm, norm_type)) as a:
        used = a[rows]
        norms = np.linalg.norm(used, norm_type, 1, keepdims=True)
        long = norms > max_norm
        a[rows] = np.where(long, used * (max_norm / (norms + 1e-7)).astype(a.dtype), used)
    return input
