"""A leaf's `.grad`: made by the first gradient that arrives, added to by the later ones."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .tensor import Tensor, from_array


def accumulate(leaf: Tensor, g: Any, create_graph: bool) -> None:
    """Add a gradient to `leaf.grad`, or make it the gradient where there was none."""
    old = leaf._grad
    if create_graph:
        g = g if isinstance(g, Tensor) else from_array(g)
        leaf._grad = _copied(g, leaf) if old is None else old + g  # type: ignore[operator]
        return
    if isinstance(g, Tensor):
        g = g._a
    a = leaf._a
    if old is None:
        if not isinstance(g, np.ndarray):
            g = np.asarray(g)
        if g.dtype != a.dtype:
            g = g.astype(a.dtype)
        # somebody else may hold the array (another edge, the caller's gradient), or it may be a window: then copy
        if g.base is not None or g.strides != a.strides or _is_held(g):
            fresh = np.empty_like(a) if _dense(a) else np.empty(a.shape, a.dtype)
            fresh[...] = g
            g = fresh
        if type(g) is not type(a):
            g = g.view(type(a))
        leaf._grad = from_array(g)
    else:  # in place, as under no_grad: also where the old gradient has a history
        np.add(old._a, g, out=old._a)
        old._version_counter().version += 1


def _copied(g: Tensor, leaf: Tensor) -> Tensor:
    """A recorded copy of a gradient that has a history, laid out as the leaf is."""
    if not _dense(leaf._a):
        return g.clone()  # type: ignore[attr-defined, no-any-return]
    return from_array(np.empty_like(leaf._a)).copy_(g)  # type: ignore[attr-defined, no-any-return]


def _dense(a: np.ndarray) -> bool:
    return a.flags.forc or 0 not in a.strides


_alone: int | None = None  # references that the engine's own frames hold on a gradient that nobody else has


def _is_held(g: Any) -> bool:
    """Whether somebody else holds this gradient. How many references the frames on the way hold depends on the Python, so
    the first call, made below along that very way, sets the measure."""
    global _alone
    count = sys.getrefcount(g)
    if _alone is None:
        _alone = count
    return count > _alone
