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
    holders = sys.getrefcount(g)
    old = leaf._grad
    a = leaf._a
    if old is None:
        if way.alone is None:
            way.alone = holders
        held = holders > way.alone  # by another edge, or by the caller
        if type(g) is np.ndarray is type(a) and g.dtype is a.dtype and g.strides == a.strides and not held:
            whole = g.base
            if whole is None:
                leaf._grad = from_array(g)
                return
            # A window on all of an array that nobody else holds: a product's gradient comes transposed twice.
            alike = type(whole) is np.ndarray and whole.strides == a.strides and whole.shape == a.shape
            if alike and whole.base is None and sys.getrefcount(whole) <= 3:
                leaf._grad = from_array(whole)
                return
        _first(leaf, g, held)
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


def _first(leaf: Tensor, g: Any, held: bool) -> None:
    """The same for a gradient that has to be copied, or may have to: somebody holds it, it is a window, it lies otherwise."""
    a = leaf._a
    if not isinstance(g, np.ndarray):
        g = np.asarray(g)
    if g.dtype != a.dtype:
        g, held = g.astype(a.dtype), False
    dense = g.strides == a.strides or _dense(a)
    if held or g.base is not None or (g.strides != a.strides if dense else not g.flags.c_contiguous):
        fresh = np.empty_like(a) if dense else np.empty(a.shape, a.dtype)
        fresh[...] = g
        leaf._grad = t = from_array(fresh)
        if dense:  # PyTorch writes into empty memory laid out as the leaf, and that counts
            t._v = counter = Counter()
            counter.version = 1
        return
    leaf._grad = from_array(g if type(g) is type(a) else g.view(type(a)))


def _dense(a: np.ndarray) -> bool:
    return a.flags.forc or geometry.is_dense(a.shape, a.strides, a.itemsize)
