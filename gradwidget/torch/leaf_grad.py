"""A leaf's `.grad`: made by the first gradient that arrives, added to by the later ones."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from . import geometry
from .storage import Counter
from .tensor import Tensor, from_array


class Way:
    """A way through the engine to `accumulate`. How many references its frames hold on a gradient depends on the Python,
    so the first call along it sets the measure."""

    alone: int | None = None


def accumulate_graph(leaf: Tensor, g: Tensor) -> None:
    """The same under `create_graph`: the gradient keeps its history."""
    old = leaf._grad
    leaf._grad = _copied(g, leaf) if old is None else old + g  # type: ignore[operator]


def accumulate(leaf: Tensor, g: Any, way: Way) -> None:
    """Add a gradient to `leaf.grad`, or make it the gradient where there was none."""
    old = leaf._grad
    a = leaf._a
    if old is None:
        if not isinstance(g, np.ndarray):
            g = np.asarray(g)
        if g.dtype != a.dtype:
            g = g.astype(a.dtype)
        # somebody else may hold the array (another edge, the caller's gradient), or it may be a window: then copy
        if g.base is not None:
            g = _whole(g, a, way)
        dense = g.strides == a.strides or _dense(a)
        if g.base is not None or (g.strides != a.strides if dense else not g.flags.c_contiguous) or _is_held(g, way):
            fresh = np.empty_like(a) if dense else np.empty(a.shape, a.dtype)
            fresh[...] = g
            leaf._grad = t = from_array(fresh)
            if dense:  # PyTorch writes into empty memory laid out as the leaf, and that counts
                t._v = counter = Counter()
                counter.version = 1
            return
        if type(g) is not type(a):
            g = g.view(type(a))
        leaf._grad = from_array(g)
    else:  # in place, as under no_grad: also where the old gradient has a history
        try:
            np.add(old._a, g, out=old._a)
        except ValueError:
            both = geometry.broadcast(old._a.shape, g.shape)
            raise RuntimeError(
                f"output with shape {list(old._a.shape)} doesn't match the broadcast shape {list(both)}"
            ) from None
        old._version_counter().version += 1


def _copied(g: Tensor, leaf: Tensor) -> Tensor:
    """A recorded copy of a gradient that has a history, laid out as the leaf is."""
    if not _dense(leaf._a):
        return g.clone()  # type: ignore[attr-defined, no-any-return]
    return from_array(np.empty_like(leaf._a)).copy_(g)  # type: ignore[attr-defined, no-any-return]


def _whole(g: np.ndarray, a: np.ndarray, way: Way) -> np.ndarray:
    """The array that `g` is a window on, if it is no more than that and nobody else holds either: a product's gradient comes
    transposed twice."""
    whole = g.base
    if (
        type(whole) is np.ndarray
        and whole.base is None
        and whole.shape == a.shape
        and whole.strides == g.strides == a.strides
        and not _is_held(g, way, 1)
        and sys.getrefcount(whole) <= 3
    ):
        return whole
    return g


def _dense(a: np.ndarray) -> bool:
    return a.flags.forc or geometry.is_dense(a.shape, a.strides, a.itemsize)


def _is_held(g: Any, way: Way, frames: int = 0) -> bool:
    """Whether somebody else holds this gradient; `frames` that lie between here and `accumulate` hold it as well."""
    count = sys.getrefcount(g)
    if way.alone is None:
        way.alone = count
    return count > way.alone + frames
