"""Copies that join, repeat and rearrange."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np

from .. import dtypes, geometry, hot, watch
from ..grad_mode import is_recording
from ..graph import LEAF, Node, next_sequence
from ..tensor import Tensor, new
from . import both
from .layout import as_images, is_channels_last
from .registry import record


class Joined(Node):
    """Node of an op with a list of tensors; `parts` says where each lies in the result (None: nowhere)."""

    __slots__ = ("edge_list", "parts", "kinds", "op_name")

    def edges(self) -> tuple[Any, ...]:
        return self.edge_list

    def apply(self, grad: Any) -> tuple[Any, ...]:
        return tuple(
            [
                None if e is None else both.cast(grad.reshape(-1)[:0] if p is None else grad[p], d)
                for e, p, d in zip(self.edge_list, self.parts, self.kinds)
            ]
        )

    apply_graph = apply


class CatBackward0(Joined):
    __slots__ = ()


class StackBackward0(Joined):
    __slots__ = ()


def _join(
    name: str, node_class: type[Joined], tensors: Any, arrays: list[np.ndarray], axis: int, parts: list[Any], dim: int
) -> Tensor:
    from ..dispatch import admit

    d = arrays[0].dtype
    if any(a.dtype != d for a in arrays):
        kind = dtypes.OF_NUMPY[d]
        for a in arrays[1:]:
            kind = dtypes.promote_types(kind, dtypes.OF_NUMPY[a.dtype])
        d = kind.np
    r = np.concatenate(arrays, axis, dtype=d)
    if type(r) is not np.ndarray or any(type(a) is not np.ndarray for a in arrays):
        r = admit(r, *arrays)
    if not r.flags.c_contiguous:  # all parts had their dimensions in another order
        r = as_images(r, r) if name == "cat" and all(is_channels_last(a) for a in arrays) else r.copy("C")
    return joined(name, node_class, tensors, r, parts, {"dim": dim})


def joined(
    name: str,
    node_class: type[Joined],
    tensors: Any,
    r: np.ndarray,
    parts: list[Any],
    options: dict[str, Any] | None = None,
) -> Tensor:
    """The tensor on `r`, in which the tensors lie at `parts`, with its node."""
    t = new(Tensor)
    t._a = r
    t._v = None if hot.FRESH is None else hot.FRESH()
    t._node = None
    edges = [x._edge() for x in tensors]
    if any(x._node is not None for x in tensors) and is_recording() and r.dtype.kind in "fcV":
        node = new(node_class)
        node.edge_list = tuple([x if e is LEAF else e for x, e in zip(tensors, edges)])
        node.seq = next_sequence()
        if hot.MADE is not None:
            hot.MADE(node)
        node.parts, node.kinds, node.op_name = parts, [x._a.dtype for x in tensors], name
        t._node = node
    if watch.listener is not None:
        watch.listener.op(name, t, (*tensors,), options or {})
    return t


def _list_of_tensors(name: str, tensors: Any) -> list[Tensor]:
    if isinstance(tensors, Tensor) or not hasattr(tensors, "__iter__"):
        raise TypeError(
            f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type(tensors).__name__}"
        )
    out = list(tensors)
    for i, t in enumerate(out):
        if not isinstance(t, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(t).__name__}")
    return out


def cat(tensors: Any, dim: int = 0, *, out: Any = None, axis: int | None = None) -> Tensor:
    """Tensors joined along a dimension that they have."""
    given = _list_of_tensors("cat", tensors)
    if hot.AUTOCAST is not None:
        given = list(hot.AUTOCAST("widest", *given))
    dim = dim if axis is None else axis
    if not given:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, t in enumerate(given):
        if t._a.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    first = next((t for t in given if t._a.shape != (0,)), given[0])
    d = geometry.wrap(dim, first._a.ndim)
    for i, t in enumerate(given):
        if t._a.shape == (0,):
            continue
        if t._a.ndim != first._a.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first._a.ndim} and {t._a.ndim}")
        for k, (a, b) in enumerate(zip(first._a.shape, t._a.shape)):
            if a != b and k != d:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {d}. Expected size {a} but got size {b} for tensor number {i} in the list."
                )
    arrays = [
        t._a
        if t._a.shape != (0,) or first._a.ndim == 1
        else t._a.reshape([0 if k == d else s for k, s in enumerate(first._a.shape)])
        for t in given
    ]
    ends = np.cumsum([0, *[a.shape[d] for a in arrays]]).tolist()
    parts: list[Any] = [(slice(None),) * d + (slice(i, j),) for i, j in pairwise(ends)]
    if first._a.ndim != 1:
        parts = [p if t._a.shape != (0,) else None for p, t in zip(parts, given)]
    made = _join("cat", CatBackward0, given, arrays, d, parts, dim)
    if out is not None:
        from .inplace import into

        return into(lambda: made, out)
    return made


def stack(tensors: Any, dim: int = 0, *, axis: Any = None, out: Any = None) -> Tensor:
    """Tensors of one shape joined along a new dimension."""
    given = _list_of_tensors("stack", tensors)
    if hot.AUTOCAST is not None:
        given = list(hot.AUTOCAST("widest", *given))
    dim = dim if axis is None else axis
    if not given:
        raise RuntimeError("stack expects a non-empty TensorList")
    for i, t in enumerate(given):
        if t._a.shape != given[0]._a.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(given[0]._a.shape)} at entry 0 and {list(t._a.shape)} at entry {i}"
            )
    d = geometry.wrap(dim, given[0]._a.ndim + 1)
    parts = [(slice(None),) * d + (i,) for i in range(len(given))]
    made = _join("stack", StackBackward0, given, [np.expand_dims(t._a, d) for t in given], d, parts, dim)
    if out is not None:
        from .inplace import into

        return into(lambda: made, out)
    return made


_warned_of_indexing = False


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Coordinates of a grid: the i-th answer varies along the i-th dimension ("ij") or with the first two swapped ("xy")."""
    global _warned_of_indexing
    if indexing is None:
        indexing = "ij"
        if not _warned_of_indexing:  # once, as PyTorch does
            _warned_of_indexing = True
            warnings.warn(
                "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.",
                stacklevel=2,
            )
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    given = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    for t in given:
        if t._a.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {t!r}")
    given = [t if t._a.ndim else t.reshape(1) for t in given]
    swapped = indexing == "xy" and len(given) > 1
    if swapped:
        given[0], given[1] = given[1], given[0]
    shape = tuple(t._a.size for t in given)
    out = [t.view(*[-1 if k == i else 1 for k in range(len(given))]).expand(*shape) for i, t in enumerate(given)]
    if swapped:
        out[0], out[1] = out[1], out[0]
    return tuple(out)


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Every tensor expanded to the shape that they have in common."""
    given = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    shape = geometry.broadcast(*[t._a.shape for t in given])
    return tuple(t if t._a.shape == shape else t.expand(shape) for t in given)


def hstack(tensors: Any) -> Tensor:
    if not tensors:
        raise RuntimeError("hstack expects a non-empty TensorList")
    given = [t.reshape(1) if t.ndim == 0 else t for t in tensors]
    return cat(given, 0 if given[0].ndim == 1 else 1)


def vstack(tensors: Any) -> Tensor:
    if not tensors:
        raise RuntimeError("vstack expects a non-empty TensorList")
    return cat([t.reshape(1, -1) if t.ndim < 2 else t for t in tensors], 0)


def _repeat(a: np.ndarray, sizes: tuple[int, ...]) -> Any:
    if len(sizes) < a.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    return np.tile(a, sizes)


def _repeat_back(grad: Any, self_shape: tuple[int, ...], sizes: tuple[int, ...]) -> Any:
    lead = len(sizes) - len(self_shape)
    shape: list[int] = []
    dims = []
    for i, r in enumerate(sizes):
        if i >= lead:
            dims.append(len(shape))
            shape += [r, self_shape[i - lead]]
        else:
            dims.append(len(shape))
            shape.append(r)
    return grad.reshape(tuple(shape)).sum(tuple(dims)) if dims else grad


_repeat_op = record("repeat", _repeat, "self, sizes", methods=(), self=_repeat_back)


def repeat(self: Tensor, *sizes: Any, repeats: Any = None) -> Tensor:
    """Copies of the tensor side by side."""
    from .registry import function_of
    from .views import sizes as as_sizes

    return function_of(_repeat_op)(self, as_sizes(sizes if repeats is None else (repeats,), "repeat", "repeats"))


def tile(self: Tensor, *given: Any, dims: Any = None) -> Tensor:
    """As `repeat`, with 1 for dimensions that are not named."""
    from .views import sizes as as_sizes

    times = as_sizes(given if dims is None else (dims,))
    return repeat(self, (1,) * (self.ndim - len(times)) + times)


def _flip(a: np.ndarray, dims: tuple[int, ...]) -> Any:
    return np.flip(a, geometry.wrap_all(dims, a.ndim)).copy("C") if a.ndim and dims else a.copy()


_flip_op = record(
    "flip",
    _flip,
    "self, dims",
    methods=(),
    self=lambda grad, dims: grad.flip(dims) if isinstance(grad, Tensor) else _flip(grad, dims),
)


def flip(self: Tensor, *given: Any, dims: Any = None) -> Tensor:
    from .registry import function_of
    from .views import sizes as as_sizes

    return function_of(_flip_op)(self, as_sizes(given if dims is None else (dims,) if isinstance(dims, int) else dims))


def _roll(a: np.ndarray, shifts: Any, dims: Any) -> Any:
    steps = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    given = () if dims is None else (dims,) if isinstance(dims, int) else tuple(dims)
    if not steps:
        raise RuntimeError("`shifts` required")
    if len(steps) != len(given) and not (len(steps) == 1 and not given):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(steps)}, dims:{len(given)}")
    if not given:
        return np.roll(a, steps[0])
    if not a.ndim:
        raise IndexError(f"Dimension specified as {given[0]} but tensor has no dimensions")
    return np.roll(a, steps, tuple(geometry.wrap(d, a.ndim) for d in given))


def _negated(shifts: Any) -> Any:
    return tuple(-s for s in shifts) if isinstance(shifts, (tuple, list)) else -shifts


record(
    "roll",
    _roll,
    "self, shifts, dims=None",
    self=lambda grad, shifts, dims: (
        grad.roll(_negated(shifts), dims) if isinstance(grad, Tensor) else _roll(grad, _negated(shifts), dims)
    ),
)


def _triangle(name: str, function: Any) -> None:
    def back(grad: Any, diagonal: int) -> Any:
        return getattr(grad, name)(diagonal) if isinstance(grad, Tensor) else function(grad, diagonal)

    def kernel(a: np.ndarray, diagonal: int) -> Any:
        if a.ndim < 2:
            raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
        return np.ascontiguousarray(function(a, diagonal))

    record(
        name,
        kernel,
        "self, diagonal=0",
        inplace=True,
        self=back,
    )


_triangle("tril", np.tril)
_triangle("triu", np.triu)

Tensor.repeat, Tensor.tile, Tensor.flip = repeat, tile, flip  # type: ignore[attr-defined]
