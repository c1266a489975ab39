"""History of a base that was written through a view: the gradient of what the write left, and of what it put there."""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from .. import hot
from ..grad_mode import no_grad
from ..graph import LEAF, Node, next_sequence
from ..storage import offset, strides
from ..tensor import Tensor, from_array
from . import both


class Geometry:
    """Where a tensor's elements lie in their storage, in elements."""

    __slots__ = ("offset", "shape", "stride")

    def __init__(self, t: Tensor) -> None:
        a = t._a
        self.shape: tuple[int, ...] = a.shape
        self.stride: tuple[int, ...] = strides(a)
        self.offset: int = 0 if a.base is None else offset(a)

    @classmethod
    def of(cls, a: np.ndarray) -> Geometry:
        return cls(from_array(a))

    def end(self) -> int:
        """The element after the last."""
        at = self.offset + 1
        for s, step in zip(self.shape, self.stride):
            if s == 0:
                return self.offset
            at += (s - 1) * step
        return at

    def on(self, flat: np.ndarray, origin: int = 0) -> np.ndarray:
        """This window on a flat array whose first element is the storage's element `origin`."""
        size = flat.itemsize
        steps = tuple([s * size for s in self.stride])
        return np.ndarray.__new__(type(flat), self.shape, flat.dtype, flat, (self.offset - origin) * size, steps)

    def overlaps(self) -> bool:
        """Whether two indices may lead to one element."""
        reached = 0
        for step, size in sorted(zip(self.stride, self.shape)):
            if size > 1:
                if step <= reached:
                    return True
                reached += step * (size - 1)
        return False


class CopySlices(Node):
    """`node` is the history of what was written, as if the view had been a tensor of its own."""

    __slots__ = ("base", "edge", "node", "replay", "view")
    label = "torch::autograd::CopySlices"

    def __init__(self, base: Tensor, view: Tensor, node: Node) -> None:
        edge = base._edge()
        self.edge = base if edge is LEAF else edge
        self.base = Geometry(base)
        self.view = Geometry(view)
        self.replay = view._replay
        self.node = node
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
        base, view = self.base, self.view
        origin = base.offset
        flat = np.zeros(max(base.end(), view.end()) - origin, grad.dtype)
        if type(grad) is not np.ndarray:
            flat = flat.view(type(grad))
        whole = base.on(flat, origin)
        whole[...] = grad
        part = view.on(flat, origin) if self.replay is None else self._replayed(whole)
        inner = self.node.apply(part.copy())
        if self.edge is None:
            return (None, *inner[1:])
        part[...] = 0 if inner[0] is None else inner[0]
        return (whole, *inner[1:])

    def _replayed(self, whole: np.ndarray) -> np.ndarray:
        assert self.replay is not None
        with no_grad():
            return self.replay(from_array(whole))._a

    def apply_graph(self, grad: Tensor) -> tuple[Any, ...]:
        base, view = self.base, self.view
        whole: Any = from_array(base.on(both.zeros((base.end() - base.offset,), grad._a), base.offset)).copy_(grad)  # type: ignore[attr-defined]
        if self.replay is not None:
            part = self.replay(whole)
        else:
            part = whole.as_strided(view.shape, view.stride, view.offset - base.offset)
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

    def saved(self) -> Any:
        return self.node.saved()
