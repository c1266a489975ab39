"""A tensor given another window: turned, squeezed or resized in place, or set on other memory.

The version counter ticks as for a write, so that the histories of views are made anew; but what the memory holds is as it
was, and so the history of the base of a view stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import geometry, hot, watch
from ..grad_mode import is_recording
from ..graph import LEAF, Node, next_sequence
from ..storage import UNCOUNTED, UntypedStorage, root, window
from ..tensor import Tensor
from . import view_history, views
from .copyslices import Geometry
from .inplace import check, check_inference, stand_in
from .registry import OPS, function_of, public


def _reseat(t: Tensor, a: np.ndarray, node: Node | None, name: str) -> Tensor:
    """Give `t` its new window, and `node` (or None: history stays) as its history."""
    t._a = a
    counter = t._version_counter()
    if counter is not UNCOUNTED:
        counter.version += 1
        if counter.views:
            view_history.mark_stale(counter)
    if node is not None:
        t._node, t._at = node, None
        if t._base is not None:
            view_history.register(t, counter)
    if watch.listener is not None:
        watch.listener.reseated(t)
        if node is not None:
            watch.listener.rewired(t, "in-place")
    return t


def _check(t: Tensor) -> bool:
    """Whether the change is recorded; refuses what autograd could not follow."""
    recording = t._node is not None and is_recording()
    if recording:
        check(t, True)
    check_inference(t)
    return recording


def _in_place(name: str, op: Any, node_name: str) -> Callable[..., Tensor]:
    """The in-place form of a view. Its node goes by a number of its own, as in PyTorch."""
    kind: Any = None

    def turn(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        nonlocal kind
        recording = _check(self)
        heard, hot.WATCH = hot.WATCH, None
        try:
            made = function_of(op)(stand_in(self, False), *args, **kwargs)
        finally:
            hot.WATCH = heard
        node = made._node if recording else None
        if node is not None:
            if kind is None:
                kind = type(node_name, (type(node),), {"__slots__": ()})
            node.__class__ = kind
        return _reseat(self, made._a, node, name)

    turn.__name__ = turn.__qualname__ = name
    turn.__doc__ = f"`{name[:-1]}`, of this very tensor."
    return turn


_transpose = _in_place("transpose_", OPS["transpose"], "TransposeBackward1")
_turn = _in_place("t_", OPS["t"], "TBackward1")
_squeeze = _in_place("squeeze_", OPS["squeeze"], "SqueezeBackward3")
_squeeze_dim = _in_place("squeeze_", OPS["squeeze_dim"], "SqueezeBackward4")
_squeeze_dims = _in_place("squeeze_", OPS["squeeze_dims"], "SqueezeBackward5")
_unsqueeze = _in_place("unsqueeze_", OPS["unsqueeze"], "UnsqueezeBackward1")


def squeeze_(self: Tensor, dim: Any = None) -> Tensor:
    """`squeeze`, of this very tensor."""
    if dim is None:
        return _squeeze(self)
    return (_squeeze_dims if isinstance(dim, (tuple, list)) else _squeeze_dim)(self, dim)


def t_(self: Tensor) -> Tensor:
    """`t`, of this very tensor."""
    if self._a.ndim > 2:
        raise RuntimeError(f"t_() expects a tensor with <= 2 dimensions, but self is {self._a.ndim}D")
    return _turn(self)


class AsStridedBackward1(view_history.AsStridedBackward0):
    __slots__ = ()


@public()
def as_strided_(self: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """`as_strided`, of this very tensor."""
    recording = _check(self)
    a = _at(self._a, size, stride, storage_offset)
    node = AsStridedBackward1(self, Geometry(a), Geometry(self._a)) if recording else None
    return _reseat(self, a, node, "as_strided_")


def _at(a: np.ndarray, size: Any, stride: Any, storage_offset: int | None) -> np.ndarray:
    return view_history.strided(a, tuple(size), tuple(stride), storage_offset)


# ---- other memory


class NotImplementedNode(Node):
    """The node of what has no derivative: backward through it fails."""

    __slots__ = ("edge_list", "of")
    label = "torch::autograd::NotImplemented"
    takes_none = True

    def edges(self) -> tuple[Any, ...]:
        return self.edge_list

    def apply(self, grad: Any) -> tuple[Any, ...]:
        raise RuntimeError(f"derivative for {self.of} is not implemented")

    apply_graph = apply


NotImplementedNode.__name__ = "NotImplemented"


def _underivable(name: str, *inputs: Tensor) -> Node:
    node = NotImplementedNode()
    edges = [t._edge() for t in inputs]
    node.edge_list = tuple([t if e is LEAF else e for t, e in zip(inputs, edges)])
    node.of = name
    node.seq = next_sequence()
    return node


def set_(
    self: Tensor, source: Any = None, storage_offset: int | None = None, size: Any = None, stride: Any = None
) -> Tensor:
    """Make this tensor a window on the memory of another tensor or of a storage (of none: an empty one)."""
    inputs = [self]
    if isinstance(source, Tensor):
        inputs.append(source)
        if source._a.dtype != self._a.dtype:
            from ..errors import scalar_type

            raise RuntimeError(
                f"Could not set tensor of type {scalar_type(source)} to a tensor of type {scalar_type(self)}"
            )
    elif source is not None and not isinstance(source, UntypedStorage):
        raise TypeError(
            f"set_() received an invalid combination of arguments - got ({type(source).__name__}), but expected a Tensor or a Storage"
        )
    recording = is_recording() and any(t._node is not None for t in inputs)
    if recording:
        check(self, True)
    check_inference(self)
    if source is None:
        a = np.empty(0, self._a.dtype)
    elif isinstance(source, Tensor) and storage_offset is None:
        a = source._a
    else:
        whole = source._root if isinstance(source, UntypedStorage) else root(source._a)
        if whole.dtype != self._a.dtype or whole.ndim != 1:
            whole = whole.reshape(-1, order="A").view(self._a.dtype)
        shape = (whole.size,) if size is None else tuple(size)
        if stride is None:  # the same shape keeps its strides
            stride = self.stride() if size is not None and shape == self._a.shape else geometry.contiguous(shape)
        a = _at(whole, shape, stride, storage_offset or 0)
    return _reseat(self, a, _underivable("set_", *inputs) if recording else None, "set_")


def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Another shape in row-major order, on the same memory while it is large enough; new elements are not set."""
    size = views.sizes(sizes)
    if self._node is not None:
        raise RuntimeError("cannot resize variables that require grad")
    check_inference(self)
    if any(s < 0 for s in size):
        raise RuntimeError("numel: integer multiplication overflow")
    a = self._a
    if size == a.shape:
        return self
    return _reseat(self, _resized(a, size, geometry.contiguous(size)), None, "resize_")


def _resized(a: np.ndarray, size: tuple[int, ...], stride: tuple[int, ...]) -> np.ndarray:
    from ..storage import offset

    at, count = offset(a), geometry.numel(size)
    whole = root(a)
    if (at + count) * a.itemsize > whole.nbytes:
        if whole.nbytes:
            flat = np.zeros(at + count, a.dtype)
            old = whole.reshape(-1, order="A").view(a.dtype)
            flat[: old.size] = old
        else:
            flat = np.empty(at + count, a.dtype)
        whole = flat if type(a) is np.ndarray else flat.view(type(a))
    elif whole.dtype != a.dtype:
        whole = whole.reshape(-1, order="A").view(a.dtype)
    return window(whole, size, stride, at)


def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """`resize_` to another tensor's shape."""
    if not isinstance(the_template, Tensor):
        raise TypeError(
            f"resize_as_(): argument 'the_template' (position 1) must be Tensor, not {type(the_template).__name__}"
        )
    return resize_(self, the_template._a.shape)


def _swapped(self: Tensor, axis0: int, axis1: int) -> Tensor:
    return _transpose(self, axis0, axis1)


def _swapped_dims(self: Tensor, dim0: int, dim1: int) -> Tensor:
    return _transpose(self, dim0, dim1)


public("resize_as_", method=False)(resize_as_)
public("detach_", method=False)(Tensor.detach_)
public("is_inference", method=False)(Tensor.is_inference)

for _name, _form in {
    "transpose_": _transpose,
    "swapaxes_": _swapped,
    "swapdims_": _swapped_dims,
    "t_": t_,
    "squeeze_": squeeze_,
    "unsqueeze_": _unsqueeze,
    "set_": set_,
    "resize_": resize_,
    "resize_as_": resize_as_,
}.items():
    setattr(Tensor, _name, _form)
