"""Where values belong among sorted ones, how many fall into each bin, which occur in a set."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import OF_NUMPY, promote_types
from ..tensor import Tensor, from_array
from .creation import evenly
from .reduce import _returns
from .registry import public, spelled


@public()
def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Tensor:
    """Where values would be inserted into sorted rows so that these stay sorted; `right`: after equal ones."""
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if right and side == "left":
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    rows = sorted_sequence._a
    if sorter is not None:
        if sorter._a.dtype != np.int64:
            raise RuntimeError(
                "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype "
                + sorter.dtype.name.capitalize()
            )
        rows = np.take_along_axis(rows, sorter._a, -1)
    number = not isinstance(input, Tensor)
    values = np.asarray(input) if number else input._a
    if rows.ndim == 0:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim(0) and input value's dim(0) numel(1)"
        )
    if rows.ndim != 1 and number:
        raise RuntimeError(
            f"torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim({rows.ndim}) and input value's dim(0) numel(1)"
        )
    if rows.ndim != 1 and rows.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must "
            f"match, but we got boundaries tensor {list(rows.shape)} and input value tensor {list(values.shape)}"
        )
    if not number and rows.dtype != values.dtype:
        d = promote_types(OF_NUMPY[rows.dtype], OF_NUMPY[values.dtype]).np
        rows, values = rows.astype(d, copy=False), values.astype(d, copy=False)
    how: Any = "right" if right or side == "right" else "left"
    if rows.ndim == 1:
        found = np.searchsorted(rows, values, how)
    else:
        flat, wanted = rows.reshape(-1, rows.shape[-1]), values.reshape(-1, values.shape[-1])
        found = (
            np.stack([np.searchsorted(r, v, how) for r, v in zip(flat, wanted)]) if len(flat) else np.zeros(0, np.int64)
        )
        found = found.reshape(values.shape)
    return from_array(np.asarray(found, np.int32 if out_int32 else np.int64))


@public(method=False)
def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """Which bucket between sorted boundaries each value falls into."""
    if boundaries.dim() != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.dim()})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


@public(method=False)
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Which elements occur among the others."""
    a, b = (t._a if isinstance(t, Tensor) else np.asarray(t) for t in (elements, test_elements))
    return from_array(np.asarray(np.isin(a, b, assume_unique=False, invert=invert)))


# ---- bins


@public()
def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements fall into each of `bins` equal parts of [min, max] (of the data, where both are 0)."""
    a = input._a
    if a.dtype.kind not in "fV":
        raise NotImplementedError(
            f"\"histogram_cpu\" not implemented for '{OF_NUMPY[a.dtype].legacy.removeprefix('torch.').removesuffix('Tensor')}'"
        )
    if bins <= 0:
        raise RuntimeError("bins must be > 0")
    low, high = float(min), float(max)
    if low > high:
        raise RuntimeError("torch.histc: max must be larger than min")
    if low == high and a.size:
        low, high = float(a.min()), float(a.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"range of [{low}, {high}] is not finite")
    if low == high:
        low, high = low - 1, high + 1
    return from_array(_counts(a.reshape(-1), bins, low, high).astype(a.dtype))


def _counts(a: np.ndarray, bins: int, low: float, high: float, weight: Any = None) -> np.ndarray:
    inside = (a >= low) & (a <= high)
    at = ((a[inside].astype(np.float64) - low) / (high - low) * bins).astype(np.int64)
    return np.bincount(np.minimum(at, bins - 1), None if weight is None else weight[inside], bins)


@public()
def histogram(input: Any, bins: Any = 100, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """(hist, bin_edges): counts, or weights, between edges; the last bin holds its right edge."""
    a = input._a.reshape(-1)
    if a.dtype.kind == "V":
        raise NotImplementedError("\"histogramdd\" not implemented for 'BFloat16'")
    if a.dtype.kind != "f":
        raise RuntimeError(f"torch.histogramdd: expected all tensors to be floating, got {OF_NUMPY[a.dtype].legacy}")
    w = None if weight is None else weight._a.reshape(-1)
    if isinstance(bins, Tensor):
        edges = bins._a
        counts = np.histogram(a, edges, weights=w)[0]
    else:
        if range is None:
            low, high = (float(a.min()), float(a.max())) if a.size else (0.0, 1.0)
        else:
            low, high = (float(v) for v in range)
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = evenly(low, high, bins + 1, a.dtype)
        counts = _counts(a, bins, low, high, w)
    hist = counts.astype(a.dtype)
    if density:
        hist = hist / (hist.sum() * np.diff(edges))
    return _returns("histogram", "hist", "bin_edges")(
        from_array(hist.astype(a.dtype)), from_array(np.ascontiguousarray(edges))
    )


@public()
@spelled
def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """Runs of equal elements (or slices along `dim`) as one; where each element went, and how long each run is."""
    a = input._a
    if dim is None:
        flat = a.reshape(-1)
        new = np.ones(flat.shape, bool)
        new[1:] = flat[1:] != flat[:-1]
        values, shape = flat[new], a.shape
    else:
        d = dim % max(a.ndim, 1)
        rows = np.moveaxis(a, d, 0).reshape(a.shape[d], -1)
        new = np.ones(len(rows), bool)
        new[1:] = (rows[1:] != rows[:-1]).any(1)
        values, shape = np.compress(new, a, d), (a.shape[d],)
    out = [from_array(np.ascontiguousarray(values))]
    if return_inverse:
        out.append(from_array((np.cumsum(new) - 1).reshape(shape)))
    if return_counts:
        begins = np.flatnonzero(new)
        out.append(from_array(np.diff(np.append(begins, len(new)))))
    return out[0] if len(out) == 1 else tuple(out)
