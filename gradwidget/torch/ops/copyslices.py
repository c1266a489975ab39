"""History of a base that was written through a view: the gradient of what the write left, and of what it put there."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from .. import hot
from ..graph import Node, next_sequence
from ..storage import offset
from ..tensor import Tensor


class Geometry:
    """Where a tensor's elements lie in their storage, in elements."""

    __slots__ = ("shape", "stride", "offset")

    def __init__(self, t: Tensor) -> None:
        self.shape: tuple[int, ...] = t._a.shape
        self.stride: tuple[int, ...] = tuple(t.stride())
        self.offset: int = offset(t._a)

    def extent(self) -> int:
        """How many elements from the first to the last, both included."""
        if 0 in self.shape:
            return 0
        return 1 + sum((s - 1) * step for s, step in zip(self.shape, self.stride))

    def on(self, flat: np.ndarray, origin: int = 0) -> np.ndarray:
        """This window on a flat array whose first element is the storage's element `origin`."""
        size = flat.itemsize
        steps = tuple([s * size for s in self.stride])
        return np.ndarray.__new__(type(flat), self.shape, flat.dtype, flat, (self.offset - origin) * size, steps)


class CopySlices(Node):
    """`node` is the history of what was written, as if the view had been a tensor of its own."""

    __slots__ = ("edge", "node", "base", "view", "like")
    label = "torch::autograd::CopySlices"

    def __init__(self, base: Tensor, view: Tensor, node: Node) -> None:
        edge = base._node
        from ..graph import LEAF, STALE

        if edge is STALE:
            edge = base._edge()
        self.edge = base if edge is LEAF else edge
        self.base = Geometry(base)
        self.view = Geometry(view)
        self.node = node
        node.through_view = weakref.ref(view)
        self.seq = next_sequence()
        if hot.MADE is not None:
            hot.MADE(self)

    @property
    def saved_inputs(self) -> tuple[str, ...]:  # type: ignore[override]
        return ()

    def edges(self) -> tuple[Any, ...]:
        return (self.edge, *self.node.edges()[1:])

    def apply(self, grad: np.ndarray) -> tuple[Any, ...]:
        base, view = self.base, self.view
        flat = np.zeros(max(base.extent(), view.offset - base.offset + view.extent()), grad.dtype)
        if type(grad) is not np.ndarray:
            flat = flat.view(type(grad))
        whole = base.on(flat, base.offset)
        whole[...] = grad
        part = view.on(flat, base.offset)
        inner = self.node.apply(part.copy())
        part[...] = 0 if inner[0] is None else inner[0]
        return (whole if self.edge is not None else None, *inner[1:])

    def apply_graph(self, grad: Tensor) -> tuple[Any, ...]:
        base, view = self.base, self.view
        whole = grad.clone().contiguous()  # type: ignore[attr-defined]
        if tuple(whole.stride()) != base.stride:
            whole = _laid_out_as(whole, base)
        part = whole.as_strided(view.shape, view.stride, view.offset - base.offset)  # type: ignore[attr-defined]
        inner = self.node.apply_graph(part.clone())
        if inner[0] is None:
            part.zero_()
        else:
            part.copy_(inner[0])
        return (whole if self.edge is not None else None, *inner[1:])

    def release(self) -> None:
        self.node.release()

    def saved(self) -> Any:
        return self.node.saved()


def _laid_out_as(t: Tensor, g: Geometry) -> Any:
    """A copy of `t` with the strides of `g`."""
    order = sorted(range(len(g.stride)), key=lambda i: -g.stride[i])
    back = [order.index(i) for i in range(len(order))]
    return t.permute(order).contiguous().permute(back)  # type: ignore[attr-defined]


def scatter_indices(base: Geometry, view: Geometry) -> np.ndarray:
    """For each element of the view, which element of the base it is (counted in row-major order)."""
    owner = np.zeros(max(base.extent(), view.offset - base.offset + view.extent()), np.int64)
    base.on(owner, base.offset)[...] = np.arange(int(np.prod(base.shape))).reshape(base.shape)
    return view.on(owner, base.offset)
