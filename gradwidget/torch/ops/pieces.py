"""A tensor cut into views: one node with several outputs, or a slice for each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any
from weakref import ref

import numpy as np

from .. import geometry, hot, watch
from ..grad_mode import is_inference_mode_enabled, is_recording
from ..graph import LEAF, Edge, Node, next_sequence
from ..storage import UNCOUNTED
from ..tensor import Tensor, from_array, new
from . import both
from .operands import no_overload
from .registry import OPS, function_of, public, spelled
from .view_history import became_view

_ALL = slice(None)


class _Pieces(Node):
    """Node of an op that cuts a tensor into pieces; `parts` says for each output where it lies in the input."""

    __slots__ = ("e0", "like", "op_name", "outputs", "parts", "shape")
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
        """The pieces' gradients put together again, with zeros for those that have none."""
        from .shape import cat

        if self.outputs == 1:
            grad = [grad]
        like = next(g for g in grad if g is not None)
        part = self.parts[0]
        return (
            cat(
                [from_array(both.zeros(s, like._a)) if g is None else g for g, s in zip(grad, self._shapes())],
                len(part) - 1,
            ),
        )

    def _shapes(self) -> list[tuple[int, ...]]:
        d = len(self.parts[0]) - 1
        return [(*self.shape[:d], p[d].stop - p[d].start, *self.shape[d + 1 :]) for p in self.parts]


class UnbindBackward0(_Pieces):
    __slots__ = ()

    def apply_graph(self, grad: Any) -> tuple[Any, ...]:
        from .shape import stack

        if self.outputs == 1:
            grad = [grad]
        like = next(g for g in grad if g is not None)
        return (stack([from_array(np.zeros_like(like._a)) if g is None else g for g in grad], len(self.parts[0]) - 2),)


class SplitBackward0(_Pieces):
    __slots__ = ()


class SplitWithSizesBackward0(_Pieces):
    __slots__ = ()


class UnsafeSplitBackward0(_Pieces):
    __slots__ = ()


class UnsafeSplitWithSizesBackward0(_Pieces):
    __slots__ = ()


def cut(
    self: Tensor, node_class: type[_Pieces], name: str, parts: list[Any], args: tuple[Any, ...], apart: bool = False
) -> tuple[Tensor, ...]:
    """The pieces at `parts`, as outputs of one node. apart: they count their writes each for itself and are no views."""
    a = self._a
    node: Any = None
    if self._node is not None and is_recording():
        node = new(node_class)
        edge = self._edge()
        node.e0 = self if edge is LEAF else edge
        node.seq = next_sequence()
        node.shape, node.parts, node.outputs, node.op_name = a.shape, parts, len(parts), name
        if hot.MADE is not None:
            hot.MADE(node)
    counter = self._version_counter()
    apart = apart and not is_inference_mode_enabled()  # where nobody can tell
    plain = not apart and hot.GRAD and counter is not UNCOUNTED
    base = self if self._base is None else self._base
    at = counter.version if plain and node is None else None
    out: list[Tensor] = []
    for i, part in enumerate(parts):
        t = new(Tensor)
        t._a = a[part]
        t._node = None if node is None else node if i == 0 else Edge(node, i)
        t._v = counter
        if plain:
            t._base, t._creation, t._at = base, "multi", at
        elif apart:
            t._v = None if hot.FRESH is None else hot.FRESH()
        else:
            became_view(t, self)
            if t._base is not None and is_recording():
                t._creation = "multi"
        out.append(t)
    if plain:
        counter.views = [*(counter.views or ()), *map(ref, out)]
        if len(counter.views) > 64:
            counter.views = [r for r in counter.views if r() is not None]
    if watch.listener is not None:
        watch.listener.op(name, tuple(out), (self, *args), {})
    return tuple(out)


def unbind(self: Tensor, dim: int = 0, *, axis: Any = None) -> tuple[Tensor, ...]:
    """The slices along a dimension, as views."""
    a, dim = self._a, dim if axis is None else axis
    if a.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    d = geometry.wrap(dim, a.ndim)
    parts: list[Any]
    if d:
        parts = [(*(_ALL,) * d, i, ...) for i in range(a.shape[d])]
    else:
        parts = [(i, ...) for i in range(a.shape[0])]
    return cut(self, UnbindBackward0, "unbind", parts, (dim,))


def _sections(self: Tensor, given: Any, dim: int, name: str = "split") -> tuple[list[Any], bool]:
    """Where the pieces of `split` lie, and whether they were given by their sizes."""
    a = self._a
    if a.ndim == 0:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")
    d = geometry.wrap(dim, a.ndim)
    n = a.shape[d]
    listed = isinstance(given, (list, tuple))
    if listed:
        sizes = list(given)
        if any(s < 0 for s in sizes):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={sizes}"
            )
        if sum(sizes) != n:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), but got "
                f"split_sizes={sizes}"
            )
    else:
        step = int(given)
        if step < 0:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={step}")
        if step == 0 and n:
            raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
        sizes = [min(step, n - i) for i in range(0, n, step)] if n else [0]
    ends = accumulate(sizes, initial=0)
    return [(*(_ALL,) * d, slice(i, j)) for i, j in pairwise(ends)], listed


def split(
    self: Tensor,
    split_size_or_sections: Any = None,
    dim: int = 0,
    *,
    split_size: Any = None,
    axis: Any = None,
) -> tuple[Tensor, ...]:
    """Pieces of a size, the last one maybe smaller, or of the given sizes, as views."""
    if split_size is not None:
        split_size_or_sections = split_size
    dim = dim if axis is None else axis
    parts, listed = _sections(self, split_size_or_sections, dim)
    if listed:
        return cut(self, SplitWithSizesBackward0, "split_with_sizes", parts, (split_size_or_sections, dim))
    return cut(self, SplitBackward0, "split", parts, (split_size_or_sections, dim))


@public()
@spelled
def split_with_sizes(self: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of the given sizes, as views."""
    return split(self, tuple(split_sizes), dim)


def _chunk_size(self: Tensor, chunks: int, dim: int) -> Any:
    if self._a.ndim == 0:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = self._a.shape[geometry.wrap(dim, self._a.ndim)]
    return max(-(-n // chunks), 1) if n else [0] * chunks


def chunk(self: Tensor, chunks: int, dim: int = 0, *, axis: Any = None) -> tuple[Tensor, ...]:
    """About `chunks` pieces of equal size, as views."""
    dim = dim if axis is None else axis
    return split(self, _chunk_size(self, chunks, dim), dim)


@public()
@spelled
def unsafe_split(self: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """As `split`, for those who promise to use the tensor or its pieces, not both: autograd takes the pieces for copies."""
    return cut(self, UnsafeSplitBackward0, "unsafe_split", _sections(self, split_size, dim)[0], (split_size, dim), True)


@public()
def unsafe_split_with_sizes(self: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """As `split_with_sizes`; see `unsafe_split`."""
    parts, _ = _sections(self, tuple(split_sizes), dim)
    return cut(self, UnsafeSplitWithSizesBackward0, "unsafe_split_with_sizes", parts, (split_sizes, dim), True)


@public()
@spelled
def unsafe_chunk(self: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """As `chunk`; see `unsafe_split`."""
    size = _chunk_size(self, chunks, dim)
    return unsafe_split_with_sizes(self, size, dim) if isinstance(size, list) else unsafe_split(self, size, dim)


@public()
@spelled
def tensor_split(
    self: Tensor,
    indices_or_sections: Any = None,
    dim: int = 0,
    *,
    indices: Any = None,
    sections: Any = None,
    tensor_indices_or_sections: Any = None,
) -> tuple[Tensor, ...]:
    """So many pieces, as equal as may be, or pieces between the given places: a slice for each."""
    for given in (indices, sections, tensor_indices_or_sections):
        if given is not None:
            indices_or_sections = given
    a, where = self._a, indices_or_sections
    if a.ndim == 0:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    if isinstance(where, Tensor):
        if where._a.ndim > 1:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor "
                f"with {where._a.ndim} dims"
            )
        if where._a.dtype != np.int64:
            raise RuntimeError(
                f"tensor_split expected tensor_indices_or_sections to have dtype of long, but got {where.dtype.legacy}"
            )
        where = where.tolist()
    d = geometry.wrap(dim, a.ndim)
    n = a.shape[d]
    ends: Sequence[int]
    if isinstance(where, int):
        if where <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {where}")
        small, longer = divmod(n, where)
        ends = [small * i + min(i, longer) for i in range(where + 1)]
        pairs = list(pairwise(ends))
    else:
        ends = [0, *where, n]
        pairs = list(pairwise(ends))
    slice_ = function_of(OPS["slice"])
    return tuple([slice_(self, d, i, j, 1) for i, j in pairs])


def _along(name: str, at_least: int) -> Any:
    def pieces(self: Tensor, indices_or_sections: Any = None, *, indices: Any = None, sections: Any = None) -> Any:
        where = next(x for x in (indices_or_sections, indices, sections) if x is not None)
        if not isinstance(self, Tensor) or isinstance(where, (str, float)):
            raise no_overload(name, self, where)
        n = self._a.ndim
        if n < at_least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {at_least} dimension, but got a tensor with {n} dimensions!"
            )
        d = {"hsplit": 0 if n == 1 else 1, "vsplit": 0, "dsplit": 2}[name]
        if isinstance(where, int) and (where == 0 or self._a.shape[d] % where):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {d}, but the size of the dimension {self._a.shape[d]} is not divisible "
                f"by the split_size {where}!"
            )
        return tensor_split(self, where, d)

    pieces.__name__ = pieces.__qualname__ = name
    pieces.__doc__ = f"`tensor_split` along the dimension of `{name}`, into equal pieces or at the given places."
    return public()(pieces)


_along("hsplit", 1), _along("vsplit", 2), _along("dsplit", 3)
Tensor.unbind, Tensor.split, Tensor.chunk = unbind, split, chunk  # type: ignore[attr-defined]
