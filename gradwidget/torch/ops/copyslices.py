"""History of a base that was written through a view: the gradient of what the write left, and of what it put there."""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from .. import errors, geometry, hot
from ..grad_mode import no_grad
from ..graph import FREED_TEXT, LEAF, Node, next_sequence
from ..storage import pointer, root
from ..tensor import Tensor, from_array
from . import both


class Geometry:
    """Where an array's elements lie in their storage, in bytes."""

    __slots__ = ("item", "offset", "shape", "steps")

    def __init__(self, a: np.ndarray) -> None:
        self.shape: tuple[int, ...] = a.shape
        self.steps: tuple[int, ...] = a.strides
        self.item: int = a.itemsize
        self.offset: int = 0 if a.base is None else pointer(a) - pointer(root(a))

    @property
    def stride(self) -> tuple[int, ...]:
        """The steps in elements."""
        return tuple([s // self.item for s in self.steps])

    def end(self) -> int:
        """Where the last element ends."""
        at = self.offset + self.item
        for s, step in zip(self.shape, self.steps):
            if s == 0:
                return self.offset
            at += (s - 1) * step
        return at

    def on(self, flat: np.ndarray, origin: int = 0) -> np.ndarray:
        """This window on an array in row-major order whose first element is the storage's byte `origin`."""
        if 0 in self.shape:  # may lie beyond the end
            return np.ndarray.__new__(type(flat), self.shape, flat.dtype)
        size, at, steps = flat.itemsize, self.offset - origin, self.steps
        if size != self.item:
            at, steps = at // self.item * size, tuple([s // self.item * size for s in steps])
        return np.ndarray.__new__(type(flat), self.shape, flat.dtype, flat, at, steps)

    def overlaps(self) -> bool:
        """Whether two indices may lead to one element."""
        reached = 0
        for step, size in sorted(zip(self.steps, self.shape)):
            if size > 1:
                if step <= reached:
                    return True
                reached += step * (size - 1)
        return False


class CopySlices(Node):
    """`node` is the history of what was written, as if the view had been a tensor of its own."""

    __slots__ = ("base", "edge", "freed", "node", "replay", "view", "within")
    label = "torch::autograd::CopySlices"

    def __init__(self, base: Tensor, view: Tensor, node: Node) -> None:
        edge = base._node
        self.edge = base if edge is LEAF else edge
        self.base = Geometry(base._a)
        self.view = Geometry(view._a)
        self.within = base._a.base is None  # a base that is all of its storage holds every view of it
        self.replay = view._replay
        self.node = node
        self.freed = False
        node.through_view = ref(view)
        self.seq = next_sequence()
        if hot.MADE is not None:
            hot.MADE(self)

    @property
    def saved_inputs(self) -> tuple[str, ...]:  # type: ignore[override]
        return ()

    def edges(self) -> tuple[Any, ...]:
        return (self.edge, *self.node.edges()[1:])

    def apply(self, grad: np.ndarray) -> tuple[Any, ...]:
        if self.freed:
            raise RuntimeError(FREED_TEXT)
        base, view = self.base, self.view
        grad = np.asanyarray(grad)
        if grad.strides == base.steps and grad.flags.c_contiguous and self.within:
            whole = grad.copy()
            flat = whole
        else:
            flat = np.zeros((max(base.end(), view.end()) - base.offset) // base.item, grad.dtype)
            if type(grad) is not np.ndarray:
                flat = flat.view(type(grad))
            whole = base.on(flat, base.offset)
            whole[...] = grad
        part = view.on(flat, base.offset) if self.replay is None else self._replayed(whole)
        inner = self.node.apply(part.copy())
        if self.edge is None:
            return (None, *inner[1:])
        if 0 in view.steps and geometry.overlaps(view.shape, view.steps):
            raise RuntimeError(errors.OVERLAP)
        part[...] = 0 if inner[0] is None else inner[0]
        return (whole, *inner[1:])

    def _replayed(self, whole: np.ndarray) -> np.ndarray:
        assert self.replay is not None
        with no_grad():
            return self.replay(from_array(whole))._a

    def apply_graph(self, grad: Tensor) -> tuple[Any, ...]:
        if self.freed:
            raise RuntimeError(FREED_TEXT)
        base, view = self.base, self.view
        count = (max(base.end(), view.end()) - base.offset) // base.item
        whole: Any = from_array(base.on(both.zeros((count,), grad._a), base.offset)).copy_(grad)  # type: ignore[attr-defined]
        if self.replay is not None:
            part = self.replay(whole)
        else:
            part = whole.as_strided(view.shape, view.stride, (view.offset - base.offset) // base.item)
        inner = self.node.apply_graph(part.clone())  # type: ignore[attr-defined]
        if self.edge is None:
            return (None, *inner[1:])
        if inner[0] is None:
            part.zero_()  # type: ignore[attr-defined]
        else:
            part.copy_(inner[0])  # type: ignore[attr-defined]
        return (whole, *inner[1:])

    def release(self) -> None:
        self.node.release()
        self.freed = True

    def saved(self) -> Any:
        return self.node.saved()
