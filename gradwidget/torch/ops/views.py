"""Views: other windows on the same memory. A view is declared by its record, never detected.

NOTE [History of a view]  A view has a node of its own like any op's result. When the memory was written since, through
the base or another view, that node no longer tells the truth; the write marks it STALE, and `regenerate` makes the
view's history anew from its base's, as one AsStridedBackward0.
"""

from __future__ import annotations

import weakref
from itertools import pairwise
from typing import Any

import numpy as np

from .. import dtypes, geometry, hot, watch
from ..grad_mode import is_inference_mode_enabled, is_recording
from ..graph import LEAF, STALE, Edge, Node, next_sequence
from ..storage import pointer, root, window
from ..tensor import Tensor, from_array, new
from . import both
from .copyslices import Geometry, scatter_indices
from .registry import function_of, record


def _made_by(node_class: type[Node], output: int) -> str:
    """What errors about a view call it."""
    return f"Output {output} of {node_class.__name__.rstrip('0123456789').removesuffix('Backward')}"


def became_view(t: Tensor, source: Tensor) -> None:
    """Note that `t` is a differentiable view made of `source`."""
    base = source._base
    own = t.__dict__
    own["_base"] = source if base is None else base
    if source._creation is not None:
        own["_creation"] = source._creation
        if source._creation == "multi":
            own["_made_by"] = _made_by(type(t._node), 0) if isinstance(t._node, Node) else source.__dict__["_made_by"]
    if not hot.GRAD and not is_recording():
        own.setdefault("_creation", "inference" if is_inference_mode_enabled() else "no_grad")
        if own["_base"]._node is not None:
            t._node, own["_borrows"] = STALE, source._version
    counter = t._v
    assert counter is not None
    if counter.views is None:
        counter.views = [weakref.ref(t)]
        return
    views = counter.views
    if len(views) > 32 and not len(views) & (len(views) - 1):  # at each power of two: forget the dead
        views[:] = [v for v in views if v() is not None]
    views.append(weakref.ref(t))


_NO_GRAD_VIEW = (
    "A view was created in no_grad mode and its base or another view of its base has been modified inplace with grad mode enabled. Given "
    "that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace "
    "either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be "
    "tracked)."
)


WRITTEN = -1  # in `_borrows`: the memory was written since the view was made, so that its history must be made

_MULTI_VIEW = (
    "is a view and its base or another view of its base has been modified inplace. This view is the output of a function that returns "
    "multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by "
    "an out-of-place one."
)


def lend_requires_grad(base: Tensor) -> None:
    """A leaf began or ceased to require grad: so do the views of it that have no history of their own."""
    assert base._v is not None
    for ref in base._v.views or ():
        v = ref()
        if v is not None and v._base is base and (v._node is None or v._borrows is not None):
            v._node = None if base._node is None else STALE
            own = v.__dict__
            own["_borrows"] = None if base._node is None else WRITTEN if "_written" in own else v._version


def regenerate(t: Tensor) -> None:
    """Give a stale view its history: a window on what its base is now."""
    base = t._base
    assert base is not None
    if t._borrows is not None:
        if t._borrows == t._version:
            return
        del t.__dict__["_borrows"]
    if t._creation == "no_grad":
        raise RuntimeError(_NO_GRAD_VIEW)
    if t._creation == "inference":
        raise RuntimeError(
            _NO_GRAD_VIEW.replace("no_grad mode", "inference mode")
            .replace("with grad mode enabled", "in normal mode")
            .replace("no_grad block", "inference_mode block")
        )
    if t._creation == "multi":
        raise RuntimeError(f"{t.__dict__['_made_by']} {_MULTI_VIEW}")
    if base._edge() is None and "_had_history" not in t.__dict__:  # one that had keeps a node that leads nowhere
        t._node = None
        return
    t._node = AsStridedBackward0(base, Geometry(t))
    if t.retains_grad:
        t._retain_at_node()
    t._version_counter().views = (t._version_counter().views or []) + [weakref.ref(t)]


class AsStridedBackward0(Node):
    """Spreads a window's gradient over the whole; where elements lie under several indices, their gradients add up."""

    __slots__ = ("e0", "base", "view")
    edge_slots = ("e0",)
    op_name = "as_strided"

    def __init__(self, base: Tensor, view: Geometry) -> None:
        edge = base._edge()
        self.e0 = base if edge is LEAF else edge
        self.base = Geometry(base)
        self.view = view
        self.seq = next_sequence()
        if hot.MADE is not None:
            hot.MADE(self)

    def apply(self, grad: np.ndarray) -> tuple[Any, ...]:
        flat = np.zeros(geometry.numel(self.base.shape), grad.dtype)
        where = scatter_indices(self.base, self.view)
        if geometry.overlaps(self.view.shape, self.view.stride) or where.size > flat.size or _repeats(where):
            np.add.at(flat, where, grad)
        else:
            flat[where] = grad
        out = flat.reshape(self.base.shape)
        return (out if type(grad) is np.ndarray else out.view(type(grad)),)

    def apply_graph(self, grad: Tensor) -> tuple[Any, ...]:
        where = from_array(scatter_indices(self.base, self.view).reshape(-1))
        flat = from_array(np.zeros(geometry.numel(self.base.shape), grad._a.dtype))
        return (flat.index_add(0, where, grad.reshape(-1)).reshape(self.base.shape),)  # type: ignore[attr-defined]


def _repeats(where: np.ndarray) -> bool:
    return where.size > 0 and np.unique(where).size < where.size


def as_strided(self: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A window with this shape and these strides (in elements) on the tensor's storage."""
    size, stride = tuple(size), tuple(stride)
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    at = self.storage_offset() if storage_offset is None else storage_offset
    storage = self.untyped_storage()
    need = 0 if 0 in size else (at + 1 + sum((s - 1) * t for s, t in zip(size, stride))) * self._a.itemsize
    if need > storage.nbytes():
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {at}, and itemsize {self._a.itemsize} requiring "
            f"a storage size of {need} are out of bounds for storage of size {storage.nbytes()}"
        )
    t = new(Tensor)
    t._a = window(self._a, size, stride, at)
    t._v = self._version_counter()
    t._node = None
    if self._edge() is not None and is_recording():
        t._node = AsStridedBackward0(self, Geometry(t))
    became_view(t, self)
    if watch.listener is not None:
        watch.listener.op("as_strided", t, (self, size, stride, storage_offset), {})
    return t


Tensor.as_strided = as_strided  # type: ignore[attr-defined]


# ---- one input, one output: the records


def _k_view(a: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    if a.flags.c_contiguous:
        return a.reshape(geometry.infer(size, a.size))
    new_shape = geometry.infer(size, a.size)
    stride = tuple([s // a.itemsize for s in a.strides])
    steps = geometry.view(a.shape, stride, new_shape)
    if steps is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous "
            "subspaces). Use .reshape(...) instead."
        )
    return window(a, new_shape, steps)


def _k_transpose(a: np.ndarray, dim0: int, dim1: int) -> np.ndarray:
    d0, d1 = geometry.wrap(dim0, a.ndim), geometry.wrap(dim1, a.ndim)
    return a.swapaxes(d0, d1) if a.ndim else a[...]


def _k_t(a: np.ndarray) -> np.ndarray:
    if a.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {a.ndim}D")
    return a.T if a.ndim == 2 else a[...]


def _k_permute(a: np.ndarray, dims: tuple[int, ...]) -> np.ndarray:
    if len(dims) != a.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of "
            f"dimensions i.e. input.dim() = {a.ndim} is not equal to len(dims) = {len(dims)}"
        )
    order = [geometry.wrap(d, a.ndim) for d in dims]
    if len(set(order)) < len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return a.transpose(order) if order else a[...]


def _k_select(a: np.ndarray, dim: int, index: int) -> np.ndarray:
    if a.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d = geometry.wrap(dim, a.ndim)
    n = a.shape[d]
    if not -n <= index < n:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(a.shape)} at dimension {d}")
    return a[(slice(None),) * d + (index, Ellipsis)]


def _k_slice(
    a: np.ndarray, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> np.ndarray:
    if a.ndim == 0:
        raise RuntimeError("slice() cannot be applied to a 0-dim tensor.")
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    d = geometry.wrap(dim, a.ndim)
    out = a[(slice(None),) * d + (slice(start, end, step),)]
    if out.size == 0:  # NumPy forgets where an empty window begins
        first = min(max((start or 0) + (a.shape[d] if (start or 0) < 0 else 0), 0), a.shape[d])
        at = np.ndarray.__new__(
            type(a), out.shape, a.dtype, root(a), pointer(a) - pointer(root(a)) + first * a.strides[d], a.strides
        )
        return at if root(a).flags.c_contiguous else out
    if step > 1 and out.size and out.strides[d] != a.strides[d] * step:  # NumPy forgets the step of a single element
        stride = [s // a.itemsize for s in out.strides]
        stride[d] = a.strides[d] // a.itemsize * step
        out = window(out, out.shape, tuple(stride))
    return out


def _k_expand(a: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    shape, stride = geometry.expand(a.shape, tuple([s // a.itemsize for s in a.strides]), size)
    return window(a, shape, stride)


def _k_squeeze(a: np.ndarray) -> np.ndarray:
    return a.squeeze() if 1 in a.shape else a[...]


def _k_squeeze_dim(a: np.ndarray, dim: Any) -> np.ndarray:
    dims = tuple(d for d in geometry.wrap_all(dim, a.ndim) if a.ndim and a.shape[d] == 1)
    return a.squeeze(dims) if dims else a[...]


def _k_unsqueeze(a: np.ndarray, dim: int) -> np.ndarray:
    d = geometry.wrap(dim, a.ndim + 1)
    stride = [s // a.itemsize for s in a.strides]
    stride.insert(d, a.shape[d] * stride[d] if d < a.ndim else 1)
    return window(a, (*a.shape[:d], 1, *a.shape[d:]), tuple(stride))


def _k_diagonal(a: np.ndarray, offset: int = 0, dim1: int = 0, dim2: int = 1) -> np.ndarray:
    d1, d2 = geometry.wrap(dim1, a.ndim), geometry.wrap(dim2, a.ndim)
    if d1 == d2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    first = a[(slice(None),) * d1 + (slice(max(-offset, 0), None),)]
    both_ = first[(slice(None),) * d2 + (slice(max(offset, 0), None),)]
    n = max(min(both_.shape[d1], both_.shape[d2]), 0)
    keep = [i for i in range(a.ndim) if i not in (d1, d2)]
    stride = [s // a.itemsize for s in a.strides]
    return window(both_, (*[a.shape[i] for i in keep], n), (*[stride[i] for i in keep], stride[d1] + stride[d2]))


def _k_unfold(a: np.ndarray, dimension: int, size: int, step: int) -> np.ndarray:
    d = geometry.wrap(dimension, a.ndim)
    if size > (a.shape[d] if a.ndim else 1):
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {a.shape[d]} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    stride = [s // a.itemsize for s in a.strides]
    shape = list(a.shape)
    shape[d] = (a.shape[d] - size) // step + 1
    inner = stride[d]
    stride[d] = inner * step
    return window(a, (*shape, size), (*stride, inner))


def _k_alias(a: np.ndarray) -> np.ndarray:
    return a


def _slice_back(grad: Any, self_shape: tuple[int, ...], dim: int, start: Any, end: Any, step: int) -> Any:
    d = geometry.wrap(dim, len(self_shape))
    return _put(grad, self_shape, (slice(None),) * d + (slice(start, end, step),))


def _select_back(grad: Any, self_shape: tuple[int, ...], dim: int, index: int) -> Any:
    return _put(grad, self_shape, (slice(None),) * geometry.wrap(dim, len(self_shape)) + (index,))


def _put(grad: Any, shape: tuple[int, ...], index: Any) -> Any:
    """Zeros with `grad` at `index`."""
    if isinstance(grad, Tensor):
        out = from_array(both.zeros(shape, grad._a))
        out[index] = grad  # type: ignore[index]
        return out
    out = both.zeros(shape, grad)
    out[index] = grad
    return out


def _diagonal_back(grad: Any, self_shape: tuple[int, ...], offset: int, dim1: int, dim2: int) -> Any:
    out = both.zeros(self_shape, grad)
    if isinstance(grad, Tensor):
        function_of(_diagonal)(out, offset, dim1, dim2).copy_(grad)
    else:
        _k_diagonal(out, offset, dim1, dim2)[...] = grad
    return out


def _unfold_back(grad: Any, self_shape: tuple[int, ...], dimension: int, size: int, step: int) -> Any:
    d = geometry.wrap(dimension, len(self_shape))
    count = (self_shape[d] - size) // step + 1
    where = (np.arange(count)[:, None] * step + np.arange(size)).reshape(-1)
    if isinstance(grad, Tensor):
        moved = grad.movedim(-1, d + 1).reshape(*self_shape[:d], count * size, *self_shape[d + 1 :])  # type: ignore[attr-defined]
        return from_array(both.zeros(self_shape, grad._a)).index_add(d, from_array(where), moved)  # type: ignore[attr-defined]
    moved = np.moveaxis(grad, -1, d + 1).reshape(*self_shape[:d], count * size, *self_shape[d + 1 :])
    out = both.zeros(self_shape, grad)
    np.add.at(out, (slice(None),) * d + (where,), moved)
    return out


def _squeeze_dims_back(grad: Any, self_shape: tuple[int, ...]) -> Any:
    return both.reshape(grad, self_shape)


def _unsqueeze_back(grad: Any, dim: int) -> Any:
    if isinstance(grad, Tensor):
        return grad.squeeze(dim)  # type: ignore[attr-defined]
    return grad.squeeze(geometry.wrap(dim, grad.ndim))


def _permute_back(grad: Any, dims: tuple[int, ...]) -> Any:
    order = [geometry.wrap(d, len(dims)) for d in dims]
    return both.permute(grad, tuple(sorted(range(len(order)), key=order.__getitem__)))


def _expand_back(grad: Any, self_shape: tuple[int, ...]) -> Any:
    from ..dispatch import reduce_to

    return reduce_to(grad, self_shape)


_view = record(
    "view", _k_view, "self, size", view=True, methods=(), self=lambda grad, self_shape: both.reshape(grad, self_shape)
)
_reshape_alias = record(
    "reshape", _k_view, "self, size", node="ReshapeAliasBackward0", view=True, methods=(), self=lambda grad, self_shape: both.reshape(grad, self_shape)
)  # fmt: skip
_transpose = record(
    "transpose", _k_transpose, "self, dim0, dim1", view=True, self=lambda grad, dim0, dim1: both.swap(grad, dim0, dim1)
)
_t = record(
    "t",
    _k_t,
    "self",
    node="TBackward0",
    view=True,
    self=lambda grad: both.swap(grad, 0, 1) if len(grad.shape) == 2 else grad,
)
_permute = record("permute", _k_permute, "self, dims", view=True, methods=(), self=_permute_back)
_select = record("select", _k_select, "self, dim, index", view=True, self=_select_back)
_slice = record("slice", _k_slice, "self, dim=0, start=None, end=None, step=1", view=True, methods=(), self=_slice_back)
_expand = record("expand", _k_expand, "self, size", view=True, methods=(), self=_expand_back)
_squeeze = record(
    "squeeze", _k_squeeze, "self", node="SqueezeBackward0", view=True, methods=(), self=_squeeze_dims_back
)
_squeeze_dim = record(
    "squeeze_dim", _k_squeeze_dim, "self, dim", node="SqueezeBackward1", view=True, methods=(), self=_squeeze_dims_back
)
_unsqueeze = record("unsqueeze", _k_unsqueeze, "self, dim", view=True, self=_unsqueeze_back)
_diagonal = record("diagonal", _k_diagonal, "self, offset=0, dim1=0, dim2=1", view=True, self=_diagonal_back)
_unfold = record("unfold", _k_unfold, "self, dimension, size, step", view=True, self=_unfold_back)
_real = record(
    "real",
    lambda a: a.real if a.dtype.kind == "c" else a,
    "self",
    view=True,
    methods=(),
    self=lambda grad: both.to_complex(grad, 1),
)
_imag = record("imag", lambda a: a.imag, "self", view=True, methods=(), self=lambda grad: both.to_complex(grad, 1j))
_alias = record("alias", _k_alias, "self", view=True, methods=(), self=lambda grad: grad)


# ---- several outputs


class _Pieces(Node):
    """Node of an op that cuts a tensor into views; `parts` says for each output where it lies in the input."""

    __slots__ = ("e0", "shape", "parts", "like", "outputs", "op_name")
    edge_slots = ("e0",)

    def apply(self, grad: Any) -> tuple[Any, ...]:
        if self.outputs == 1:  # a single piece: its gradient comes bare
            grad = [grad]
        out = both.zeros(self.shape, next(g for g in grad if g is not None))
        for g, part in zip(grad, self.parts):
            if g is not None:
                out[part] = g
        return (out,)

    def apply_graph(self, grad: Any) -> tuple[Any, ...]:
        return self.apply(grad)


class UnbindBackward0(_Pieces):
    __slots__ = ()


class SplitBackward0(_Pieces):
    __slots__ = ()


class SplitWithSizesBackward0(_Pieces):
    __slots__ = ()


def _cut(
    self: Tensor,
    node_class: type[_Pieces],
    name: str,
    arrays: list[np.ndarray],
    parts: list[Any],
    args: tuple[Any, ...],
) -> tuple[Tensor, ...]:
    out = []
    edge = self._edge()
    node = None
    if self._node is not None and is_recording():
        node = new(node_class)
        node.e0 = self if edge is LEAF else edge
        node.seq = next_sequence()
        node.shape, node.parts, node.outputs, node.op_name = self._a.shape, parts, len(parts), name
        if hot.MADE is not None:
            hot.MADE(node)
    for i, a in enumerate(arrays):
        t = new(Tensor)
        t._a = a
        t._v = self._version_counter()
        t._node = None if node is None else node if i == 0 else Edge(node, i)
        became_view(t, self)
        own = t.__dict__
        own["_creation"] = "multi"
        own["_made_by"] = _made_by(node_class, i)
        out.append(t)
    if watch.listener is not None:
        watch.listener.op(name, tuple(out), (self, *args), {})
    return tuple(out)


def unbind(self: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along a dimension, as views."""
    a = self._a
    if a.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    d = geometry.wrap(dim, a.ndim)
    parts = [(slice(None),) * d + (i,) for i in range(a.shape[d])]
    slices = [a[tuple(index)] for index in ([*p, Ellipsis] for p in parts)]
    return _cut(self, UnbindBackward0, "unbind", slices, parts, (dim,))


def split(self: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of a size, the last one maybe smaller, or of the given sizes, as views."""
    a = self._a
    if a.ndim == 0:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    d = geometry.wrap(dim, a.ndim)
    n = a.shape[d]
    if isinstance(split_size_or_sections, (list, tuple)):
        sizes = list(split_size_or_sections)
        if sum(sizes) != n:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), but got "
                f"split_sizes={sizes}"
            )
        node: type[_Pieces] = SplitWithSizesBackward0
    else:
        step = int(split_size_or_sections)
        if step < 0 or (step == 0 and n):
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={step}")
        sizes = [min(step, n - i) for i in range(0, n, step)] if n else [0]
        node = SplitBackward0
    ends = np.cumsum([0, *sizes]).tolist()
    parts = [(slice(None),) * d + (slice(i, j),) for i, j in pairwise(ends)]
    name = "split" if node is SplitBackward0 else "split_with_sizes"
    return _cut(self, node, name, [a[p] for p in parts], parts, (split_size_or_sections, dim))


def chunk(self: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """About `chunks` pieces of equal size, as views."""
    if self._a.ndim == 0:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = self._a.shape[geometry.wrap(dim, self._a.ndim)]
    return split(self, max(-(-n // chunks), 1) if n else [0] * chunks, dim)


# ---- the forms in which people call them


def sizes(given: tuple[Any, ...]) -> tuple[int, ...]:
    """`f(2, 3)` and `f((2, 3))` alike."""
    if len(given) == 1 and isinstance(given[0], (tuple, list)):
        given = tuple(given[0])
    return tuple([s.__index__() if not isinstance(s, int) else s for s in given])


def view(self: Tensor, *shape: Any) -> Tensor:
    """The same elements in the same order under another shape, sharing memory; fails where strides cannot do it."""
    if len(shape) == 1 and isinstance(shape[0], dtypes.dtype):
        return view_dtype(self, shape[0])
    return function_of(_view)(self, sizes(shape))


def view_dtype(self: Tensor, d: dtypes.dtype) -> Tensor:
    """The same bytes read as another dtype."""
    if d.itemsize != self._a.itemsize and (self._a.ndim == 0 or self._a.strides[-1] != self._a.itemsize):
        raise RuntimeError(
            "self.stride(-1) must be 1 to view "
            + f"{self.dtype.legacy} as {d.legacy} (different element sizes), but got {self.stride(-1) if self._a.ndim else 0}"
        )
    t = from_array(self._a.view(d.np))
    t._v = self._version_counter()
    t.__dict__["_base"] = self._base or self
    if watch.listener is not None:
        watch.listener.op("view", t, (self, d), {})
    return t


def reshape(self: Tensor, *shape: Any) -> Tensor:
    """As `view` where that is possible, else a copy."""
    size = geometry.infer(sizes(shape), self._a.size)
    a = self._a
    if a.flags.c_contiguous or geometry.view(a.shape, tuple(s // a.itemsize for s in a.strides), size) is not None:
        return function_of(_view if a.flags.c_contiguous else _reshape_alias)(self, size)
    from .registry import OPS

    return function_of(OPS["_unsafe_view"])(self.clone(), size)  # type: ignore[attr-defined]


def permute(self: Tensor, *dims: Any) -> Tensor:
    return function_of(_permute)(self, sizes(dims))


def expand(self: Tensor, *size: Any) -> Tensor:
    """Repeat dimensions of size 1 without copying (stride 0)."""
    return function_of(_expand)(self, sizes(size))


def squeeze(self: Tensor, dim: Any = None) -> Tensor:
    return function_of(_squeeze)(self) if dim is None else function_of(_squeeze_dim)(self, dim)


def narrow(self: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """`length` slices from `start` along `dim`."""
    start = int(start)
    if self._a.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    n = self._a.shape[geometry.wrap(dim, self._a.ndim)]
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start = start + n if start < 0 else start
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return function_of(_slice)(self, dim, start, start + length, 1)


def flatten(self: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions from `start_dim` to `end_dim` as one."""
    shape = self._a.shape
    first, last = geometry.wrap(start_dim, len(shape)), geometry.wrap(end_dim, len(shape))
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshape(self, 1)
    return (
        self
        if first == last
        else reshape(self, (*shape[:first], geometry.numel(shape[first : last + 1]), *shape[last + 1 :]))
    )


def unflatten(self: Tensor, dim: int, sizes_: Any) -> Tensor:
    d = geometry.wrap(dim, self._a.ndim)
    size = geometry.infer(tuple(sizes_), self._a.shape[d])
    return view(self, (*self._a.shape[:d], *size, *self._a.shape[d + 1 :]))


def movedim(self: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places, the rest kept in order."""
    n = self._a.ndim
    src = geometry.wrap_all((source,) if isinstance(source, int) else source, n)
    dst = geometry.wrap_all((destination,) if isinstance(destination, int) else destination, n)
    order = [i for i in range(n) if i not in src]
    for d, s in sorted(zip(dst, src)):
        order.insert(d, s)
    return permute(self, order)


def _transpose_all(self: Tensor) -> Tensor:
    return permute(self, tuple(range(self._a.ndim - 1, -1, -1)))


def _matrix_transpose(self: Tensor) -> Tensor:
    if self._a.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {self._a.ndim}-D tensor."
        )
    return function_of(_transpose)(self, -2, -1)


def _imaginary(self: Tensor) -> Tensor:
    if not self.is_complex():
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return function_of(_imag)(self)


for _name, _function in {
    "view": view,
    "reshape": reshape,
    "permute": permute,
    "expand": expand,
    "squeeze": squeeze,
    "narrow": narrow,
    "flatten": flatten,
    "ravel": lambda self: reshape(self, -1),
    "unflatten": unflatten,
    "movedim": movedim,
    "moveaxis": movedim,
    "unbind": unbind,
    "split": split,
    "split_with_sizes": split,
    "chunk": chunk,
    "view_as": lambda self, other: view(self, other._a.shape),
    "reshape_as": lambda self, other: reshape(self, other._a.shape),
    "expand_as": lambda self, other: expand(self, other._a.shape),
    "swapaxes": lambda self, axis0, axis1: function_of(_transpose)(self, axis0, axis1),
    "swapdims": lambda self, dim0, dim1: function_of(_transpose)(self, dim0, dim1),
    "real": property(lambda self: function_of(_real)(self) if self.is_complex() else self),
    "imag": property(lambda self: _imaginary(self)),
    "T": property(_transpose_all),
    "mT": property(_matrix_transpose),
}.items():
    setattr(Tensor, _name, _function)

hot.__dict__.update(became_view=became_view, Edge=Edge, STALE=STALE)
