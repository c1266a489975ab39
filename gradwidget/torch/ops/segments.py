"""Reductions of segments of a dimension: sums, means, extremes and products of stretches of given lengths."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import geometry
from ..dtypes import OF_NUMPY
from ..tensor import Tensor
from . import both
from .quiet import quiet
from .registry import OPS, function_of, public, record

_KINDS = {"sum": (np.add, 0.0), "mean": (np.add, 0.0), "prod": (np.multiply, 1.0),
          "max": (np.maximum, -np.inf), "amax": (np.maximum, -np.inf), "min": (np.minimum, np.inf), "amin": (np.minimum, np.inf)}  # fmt: skip


def _flattened(a: np.ndarray, axis: int) -> np.ndarray:
    """(all dimensions up to the axis, all after it)."""
    return a.reshape(math.prod(a.shape[: axis + 1]), math.prod(a.shape[axis + 1 :]))


def _bounds(offsets: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each segment of the flattened rows begins and ends. offsets: (batch..., segments + 1)."""
    rows = offsets.reshape(-1, offsets.shape[-1]) + length * np.arange(math.prod(offsets.shape[:-1]))[:, None]
    return rows[:, :-1].reshape(-1), rows[:, 1:].reshape(-1)


@quiet
def _segment_reduce(data: np.ndarray, reduce: str, offsets: np.ndarray, axis: int, initial: Any) -> Any:
    if data.dtype.kind != "f":
        raise NotImplementedError(f"\"_segment_reduce_cpu\" not implemented for '{OF_NUMPY[data.dtype].legacy}'")
    ufunc, identity = _KINDS[reduce]
    begin, end = _bounds(offsets, data.shape[axis])
    flat = _flattened(data, axis)
    start = data.dtype.type(identity if initial is None else initial)
    padded = np.concatenate([flat, np.full((1, flat.shape[1]), identity, data.dtype)])
    pairs = np.stack([begin, end], 1).reshape(-1)
    parts = ufunc.reduceat(padded, pairs, axis=0)[::2] if len(pairs) else padded[:0]
    empty = (begin == end)[:, None]
    out = ufunc(np.where(empty, data.dtype.type(identity), parts), start)
    if reduce == "mean":
        count = (end - begin)[:, None]
        out = np.where(empty, out if initial is not None else np.nan, out / np.maximum(count, 1))
    return out.astype(data.dtype).reshape(*offsets.shape[:-1], offsets.shape[-1] - 1, *data.shape[axis + 1 :])


def _back(grad: Any, data: Any, result: Any, reduce: str, offsets: Any, axis: int, initial: Any) -> Any:
    """Each element gets its segment's gradient, times its share."""
    a, r = both.array(data), both.array(result)
    begin, end = _bounds(offsets, a.shape[axis])
    flat, results = _flattened(a, axis), r.reshape(len(begin), -1)
    count = end - begin
    owner = np.zeros(len(flat), np.int64)
    inside = np.zeros(len(flat), bool)
    places = np.repeat(begin - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(count.sum())
    owner[places], inside[places] = np.repeat(np.arange(len(begin)), count), True
    with np.errstate(all="ignore"):
        share = _shares(reduce, flat, results, begin, end, owner, initial) * inside[:, None]
    weight = both.constant(share.astype(a.dtype).reshape(a.shape), grad)
    rows = grad.reshape((len(begin), *results.shape[1:]))
    spread = rows[both.constant(owner, grad)] if isinstance(grad, Tensor) else rows[owner]
    return spread.reshape(a.shape) * weight


def _shares(
    reduce: str,
    flat: np.ndarray,
    results: np.ndarray,
    begin: np.ndarray,
    end: np.ndarray,
    owner: np.ndarray,
    initial: Any,
) -> np.ndarray:
    if reduce == "sum":
        return np.ones_like(flat)
    if reduce == "mean":
        return np.broadcast_to(1 / np.maximum(end - begin, 1)[owner][:, None], flat.shape)
    if reduce == "prod":
        return _others(flat, begin, end, owner) * (1 if initial is None else initial)
    hit = (flat == results[owner]) | np.isnan(flat)
    counts = np.zeros(results.shape)
    np.add.at(counts, owner[: len(flat)], hit)
    return hit / np.maximum(counts, 1)[owner]


def _others(flat: np.ndarray, begin: np.ndarray, end: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """For each element the product of all others of its segment."""
    zero = flat == 0
    zeros = np.zeros((len(begin), flat.shape[1]), np.int64)
    np.add.at(zeros, owner, zero)
    product = np.ones((len(begin), flat.shape[1]), flat.dtype)
    np.multiply.at(product, owner, np.where(zero, 1, flat))
    without = product[owner] / np.where(zero, 1, flat)
    left = zeros[owner] - zero
    return np.where(left > 0, 0, without)


record("_segment_reduce", _segment_reduce, "data, reduce, offsets, axis, initial", tensors=("data",), methods=(),
       node="SegmentReduceBackward0", data=_back)  # fmt: skip


def _reduced(
    data: Any,
    reduce: str,
    *,
    lengths: Any = None,
    indices: Any = None,
    offsets: Any = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: Any = None,
) -> Tensor:
    """Segments along `axis`, by their lengths (batch..., segments) or by where they begin and end, (batch..., segments + 1).

    reduce: "sum", "mean", "max", "min" or "prod". initial: what each reduction begins with.
    """
    axis = geometry.wrap(axis, data.dim())
    if lengths is None and offsets is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    if reduce not in _KINDS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    given = lengths if offsets is None else offsets
    name = "lengths" if offsets is None else "offsets"
    if given.dim() - 1 != axis:
        raise RuntimeError(f"segment_reduce(): Expected axis to be the last dimension of {name} but got {axis}.")
    if given._a.dtype.kind not in "iu":
        kernel = "_segment_reduce_lengths_cpu_kernel1" if offsets is None else "_segment_reduce_offsets_cpu_kernel1"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{given.dtype.legacy}'")
    ends = given._a.astype(np.int64)
    if offsets is None:
        if not unsafe:
            if (ends < 0).any():
                raise RuntimeError("lengths contains negative value!")
            if (ends.sum(-1) != data.size(axis)).any():
                raise RuntimeError(
                    "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when !unsafe."
                )
        ends = np.concatenate([np.zeros((*ends.shape[:-1], 1), np.int64), ends.cumsum(-1)], -1)
    return function_of(OPS["_segment_reduce"])(data, reduce, ends, axis, initial)  # type: ignore[no-any-return]


public("segment_reduce", "_segment_reduce", method=False)(_reduced)
