"""What a view and its base owe each other: whose history follows from whose, and when it must be made anew.

NOTE [History of a view]  A view has a node of its own like any op's result. When the memory was written since, through
the base or another view, that node no longer tells the truth; the write marks it STALE, and `regenerate` makes the
view's history anew from its base's, as one AsStridedBackward0 (or by replaying a view that strides cannot express).
A view without a node (`_at` is set: the version that it was made at) requires grad as soon as its base does. As long as
nothing was written since, it has no history even so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np

from .. import hot, tensor, watch
from ..grad_mode import enable_grad, is_inference_mode_enabled, is_recording
from ..graph import LEAF, STALE, Edge, Node, next_sequence
from ..storage import UNCOUNTED, Counter, offset, root, window
from ..tensor import Tensor, from_array, new
from . import both
from .copyslices import CopySlices, Geometry


def became_view(t: Tensor, source: Tensor) -> None:
    """Note that `t` is a differentiable view made of `source`. (Generated view functions do the ordinary case inline.)"""
    counter = t._v
    if counter is UNCOUNTED:  # inference tensors know nothing of views
        return
    assert counter is not None
    base = source._base
    t._base = source if base is None else base
    if source._creation is not None:
        t._creation = source._creation
        if source._replay is not None:
            place = Geometry(t._a)
            t._replay = _chained(source, lambda x: as_strided(x, place.shape, place.stride, place.offset // place.item))
    if not hot.GRAD and not is_recording():
        t._creation = "inference" if is_inference_mode_enabled() else "no_grad"
    if t._node is None:
        t._at = counter.version
        if t._base._node is not None:
            t._node = STALE
    register(t, counter)


def register(t: Tensor, counter: Counter) -> None:
    """Let writes to the memory find this view."""
    views = counter.views
    if views is None:
        counter.views = [ref(t)]
        return
    views.append(ref(t))
    if not len(views) & 31:
        thin(views)


def thin(views: list[Any]) -> None:
    """Forget the dead, each time that the list has doubled."""
    n = len(views)
    if not n & (n - 1):
        views[:] = [v for v in views if v() is not None]


def lend_requires_grad(base: Tensor) -> None:
    """A leaf began or ceased to require grad: so do the views of it that have no history of their own."""
    assert base._v is not None
    for v in [r() for r in base._v.views or ()]:
        if v is not None and v._base is base and v._at is not None and v._node is not LEAF:
            v._node = None if base._node is None else STALE


def mark_stale(counter: Counter) -> None:
    """After a write: views of a base with history find their place in it anew."""
    keep = []
    for r in counter.views or ():
        v = r()
        if v is None:
            continue
        if v._at is not None:
            keep.append(r)
            if v._base._node is not None:
                v._node = STALE
        elif v._node is not STALE:
            if v._creation is not None:
                v.__dict__["_made_by"] = made_by(v)
            if type(v._node) is Edge:
                v.__dict__["_nr"] = v._node.nr
            v._node = STALE
    counter.views = keep


def made_by(t: Tensor) -> str | None:
    """What errors about a view call it; None where it has no history of its own."""
    kept = t.__dict__.get("_made_by")
    node = t._node
    if kept is not None or not isinstance(node, (Node, Edge)):
        return kept
    nr = 0
    if isinstance(node, Edge):
        node, nr = node.node, node.nr
    return f"Output {nr} of {node.name().rstrip('0123456789').removesuffix('Backward')}"


_AMBIGUOUS = (
    "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the "
    "inplace either both inside the {0} block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be "
    "tracked)."
)
_WHY = {
    "no_grad": _AMBIGUOUS.format("no_grad"),
    "inference": _AMBIGUOUS.format("inference_mode"),
    "multi": "This view is the output of a function that returns multiple views. Such functions do not allow the output views to "
    "be modified inplace. You should replace the inplace operation by an out-of-place one.",
    "custom": "This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to "
    "handle view+inplace would override the custom backward associated with the custom Function, leading to incorrect gradients. "
    "This behavior is forbidden. You can fix this by cloning the output of the custom Function.",
}


def refusal(t: Tensor, indirect: bool) -> RuntimeError:
    """Why history cannot follow a write to this view, or (indirect) to what it is a view of."""
    why = t._creation
    assert why is not None
    written = "its base or another view of its base has been" if indirect else "is being"
    maker = made_by(t)
    if maker is None or why in ("no_grad", "inference"):
        said = "A view was created in" if maker is None else f"{maker} is a view of a view which was created in"
        said += " inference mode" if why == "inference" else " no_grad mode"
        said += f" and {written} modified inplace " + (
            "in normal mode." if why == "inference" else "with grad mode enabled."
        )
    else:
        said = f"{maker} is a view and {written} modified inplace."
    return RuntimeError(f"{said} {_WHY[why]}")


def replays(t: Tensor, source: Tensor, make: Callable[[Tensor], Tensor]) -> None:
    """Note how to make `t` of its base, where strides cannot express it."""
    if t._base is None:
        return
    if t._creation is None:
        t._creation = "replays"
    t._replay = _chained(source, make)


def _chained(source: Tensor, make: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    if source._base is None:
        return make
    first, place = source._replay, Geometry(source._a)
    if first is None:
        return lambda base: make(as_strided(base, place.shape, place.stride, place.offset // place.item))
    return lambda base: make(first(base))


def written(t: Tensor, by: CopySlices) -> None:
    """After a write to this view, of which the base has taken the history: the view's own."""
    base = t._base
    assert base is not None
    if t._replay is not None:
        regenerate(t)
        return
    t._node, t._at = AsStridedBackward0(base, by.view, by.base), None
    t.__dict__.pop("_hooked", None)
    assert t._v is not None
    register(t, t._v)


def regenerate(t: Tensor) -> None:
    """Give a stale view its history: a window on what its base is now."""
    base = t._base
    assert base is not None
    counter = t._version_counter()
    if t._at is not None:
        if base._node is None:
            t._node = None
            return
        if t._at == counter.version:  # it only borrows its base's requires_grad
            return
    if t._creation is not None and t._creation != "replays":
        raise refusal(t, True)
    if t._replay is None:
        t._node = AsStridedBackward0(base, Geometry(t._a), Geometry(base._a))
    else:
        with enable_grad():
            t._node = t._replay(base)._node
    t._at = None
    t.__dict__.pop("_hooked", None)
    if t.retains_grad:
        t._retain_at_node()
    register(t, counter)


class AsStridedBackward0(Node):
    """Spreads a window's gradient over the whole; where elements lie under several indices, their gradients add up."""

    __slots__ = ("base", "e0", "view")
    edge_slots = ("e0",)
    op_name = "as_strided"

    def __init__(self, base: Tensor, view: Geometry, whole: Geometry) -> None:
        edge = base._node
        if edge is STALE:
            edge = base._edge()
        self.e0 = base if edge is LEAF else edge
        self.base = whole
        self.view = view
        self.seq = next_sequence()
        if hot.MADE is not None:
            hot.MADE(self)

    def edges(self) -> tuple[Any, ...]:
        return (self.e0,)

    def apply(self, grad: np.ndarray) -> tuple[Any, ...]:
        base, view = self.base, self.view
        grad = np.asanyarray(grad)
        origin, length = self._stretch()
        flat = np.zeros(length, grad.dtype)
        if type(grad) is not np.ndarray:
            flat = flat.view(type(grad))
        if view.overlaps():
            np.add.at(flat, view.on(np.arange(length), origin), grad)
        else:
            view.on(flat, origin)[...] = grad
        shares = self._shares()
        return (base.on(flat if shares is None else flat / shares, origin),)

    def apply_graph(self, grad: Tensor) -> tuple[Any, ...]:
        base, view = self.base, self.view
        if not grad._a.size:
            return (from_array(both.zeros(base.shape, grad._a)),)
        origin, length = self._stretch()
        flat = from_array(both.zeros((length,), grad._a))
        if view.overlaps():
            where = from_array(view.on(np.arange(length), origin).reshape(-1))
            flat = flat.index_add(0, where, grad.reshape(-1))  # type: ignore[attr-defined]
        else:
            as_strided(flat, view.shape, view.stride, (view.offset - origin) // view.item).copy_(grad)  # type: ignore[attr-defined]
        shares = self._shares()
        if shares is not None:
            flat = flat / from_array(shares.astype(grad._a.dtype))
        return (as_strided(flat, base.shape, base.stride, (base.offset - origin) // base.item),)

    def _stretch(self) -> tuple[int, int]:
        """Where the memory under base and view begins, in bytes, and how long it is, in elements."""
        base, view = self.base, self.view
        origin = min(base.offset, view.offset)
        return origin, (max(base.end(), view.end()) - origin) // base.item

    def _shares(self) -> np.ndarray | None:
        """Of a base that overlaps itself: among how many of its indices each element is shared."""
        if not self.base.overlaps():
            return None
        origin, length = self._stretch()
        counts = np.bincount(self.base.on(np.arange(length), origin).reshape(-1), minlength=length)
        return np.maximum(counts, 1)


def as_strided(self: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A window with this shape and these strides (in elements) on the tensor's storage."""
    t = new(Tensor)
    t._a = strided(self._a, tuple(size), tuple(stride), storage_offset)
    t._v = self._version_counter()
    t._node = None
    if self._node is not None and is_recording():
        t._node = AsStridedBackward0(self, Geometry(t._a), Geometry(self._a))
    became_view(t, self)
    if watch.listener is not None:
        watch.listener.op("as_strided", t, (self, size, stride, storage_offset), {})
    return t


def strided(
    a: np.ndarray, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int | None = None
) -> np.ndarray:
    """The window, if it is one and lies within the storage."""
    if storage_offset is None and a.base is None and a.flags.c_contiguous and stride and min(stride) >= 0:
        item = a.itemsize
        try:
            return np.ndarray.__new__(type(a), size, a.dtype, a, 0, tuple([s * item for s in stride]))
        except (ValueError, TypeError):
            pass
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    for s in stride:
        if s < 0:
            raise RuntimeError(
                f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}"
            )
    whole = root(a)
    if storage_offset is None:
        storage_offset = 0 if whole is a else offset(a)
    elif storage_offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {storage_offset}")
    need = 0
    if 0 not in size:
        need = storage_offset + 1
        for s, step in zip(size, stride):
            need += (s - 1) * step
    if need * a.itemsize > whole.nbytes:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {storage_offset}, and itemsize {a.itemsize} requiring "
            f"a storage size of {need * a.itemsize} are out of bounds for storage of size {whole.nbytes}"
        )
    try:
        return window(a, size, stride, storage_offset)
    except ValueError:
        if 0 not in size:
            raise
        return np.ndarray.__new__(type(a), size, a.dtype)  # an empty window may lie beyond the end


Tensor.as_strided = as_strided  # type: ignore[attr-defined]
tensor.regenerate = regenerate
hot.__dict__.update(
    became_view=became_view,
    replays=replays,
    thin=thin,
    ref=ref,
    Edge=Edge,
    STALE=STALE,
    Counter=Counter,
    UNCOUNTED=UNCOUNTED,
)
