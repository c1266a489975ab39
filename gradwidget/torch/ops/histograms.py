"""Histograms of several dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import OF_NUMPY
from ..tensor import Tensor, from_array
from .reduce import _returns
from .registry import public


def _ends(a: np.ndarray, range: Any) -> list[tuple[float, float]]:
    """Where each dimension begins and ends: as given, or as the data do."""
    n = a.shape[1]
    if range is None:
        found = [(float(c.min()), float(c.max())) if len(c) else (0.0, 1.0) for c in a.T]
    else:
        if len(range) != 2 * n:
            raise RuntimeError(
                f"torch.histogramdd: for a {n}-dimensional histogram range should have {2 * n} elements, but got {len(range)}"
            )
        found = [(float(range[2 * i]), float(range[2 * i + 1])) for i, _ in enumerate(a.T)]
    for i, (low, high) in enumerate(found):
        if not (math.isfinite(low) and math.isfinite(high)):
            raise RuntimeError(f"torch.histogramdd: dimension {i}'s range [{low:g}, {high:g}] is not finite")
        if low > high:
            raise RuntimeError(
                f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension {i}"
            )
    return [(low, high) if low < high else (low - 0.5, high + 0.5) for low, high in found]


def _edges(a: np.ndarray, bins: Any, range: Any) -> list[Tensor]:
    from .creation import linspace

    n = a.shape[1]
    if isinstance(bins, int):
        bins = [bins] * n
    if bins and isinstance(bins[0], Tensor):
        if len(bins) != n:
            raise RuntimeError(
                f"torch.histogramdd: expected {n} sequences of bin edges for a {n}-dimensional histogram but got {len(bins)}"
            )
        return list(bins)
    if len(bins) != n:
        raise RuntimeError("histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    for i, count in enumerate(bins):
        if count <= 0:
            raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {count} for dimension {i}")
    dtype = OF_NUMPY[a.dtype]
    return [linspace(low, high, count + 1, dtype=dtype) for (low, high), count in zip(_ends(a, range), bins)]


@public(method=False)
def histogramdd(input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """(hist, bin_edges) of points, the rows of the last dimension. bins: how many along each dimension, or the edges.

    Each bin holds its left edge, the last one its right edge too. weight: what each point counts. density: the integral is 1.
    """
    if input.dim() < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    if weight is not None and tuple(weight.shape) != tuple(input.shape[:-1]):
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost "
            f"dimension, but got input with shape {list(input.shape)} and weight with shape {list(weight.shape)}"
        )
    if input._a.dtype.kind != "f":
        raise NotImplementedError(f"\"histogramdd\" not implemented for '{input.dtype.legacy}'")
    a = input._a.reshape(math.prod(input.shape[:-1]), input.shape[-1])
    edges = _edges(a, bins, range)
    shape = [e.numel() - 1 for e in edges]
    inside = np.ones(len(a), bool)
    at = np.zeros(len(a), np.int64)
    for column, edge, count in zip(a.T, edges, shape):
        e = edge._a
        place = np.searchsorted(e, column, "right") - 1
        place[column == e[-1]] = count - 1
        inside &= (place >= 0) & (place < count) & ~np.isnan(column)
        at = at * count + place
    weights = None if weight is None else weight._a.reshape(-1)[inside]
    hist = np.bincount(at[inside], weights, math.prod(shape)).astype(a.dtype).reshape(shape)
    if density:
        hist /= hist.sum()
        for i, edge in enumerate(edges):
            hist /= np.diff(edge._a).reshape([-1 if k == i else 1 for k in np.arange(len(shape))])
    return _returns("histogramdd", "hist", "bin_edges")(from_array(hist), tuple(edges))
