"""Ops that mirror views: `*_copy` (the view's values as a copy), `*_scatter` (a copy with the view replaced), `atleast_*d`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dispatch import reduce_to
from ..tensor import Tensor, from_array
from . import both, pieces, view_gradients, view_history, views, windows
from .inplace import into
from .registry import FUNCTIONS, OPS, function_of, public, record

# ---- copies


def _copied(a: np.ndarray) -> np.ndarray:
    return a.copy("C")


def _copy_of(view: Any, name: str, node: str = "") -> None:
    """`<view>_copy`: the record of the view with a kernel that copies."""
    kernel = view.kernel
    record(
        name,
        lambda *args: _copied(kernel(*args)),
        view.signature,
        node=node or view.node_name + "_copy",
        methods=(),
        self=view.formulas["self"],
    )
    if not name.startswith("_"):
        FUNCTIONS[name] = function_of(OPS[name])


for _name in (
    "t",
    "transpose",
    "select",
    "unsqueeze",
    "diagonal",
    "unfold",
    "slice",
    "alias",
    "view_as_real",
    "view_as_complex",
):
    _copy_of(OPS[_name], _name + "_copy")
for _name in ("view", "expand", "permute"):
    _copy_of(OPS[_name], f"_{_name}_copy")
_copy_of(OPS["squeeze"], "_squeeze_copy")
_copy_of(OPS["squeeze_dim"], "_squeeze_dim_copy")
_copy_of(OPS["squeeze_dims"], "_squeeze_dims_copy")


def _of(name: str) -> Any:
    return function_of(OPS[name])


def _put_out(made: Tensor, out: Any) -> Tensor:
    return made if out is None else into(lambda: made, out)


@public(method=False)
def view_copy(self: Tensor, size: Any = None, dtype: Any = None, *, out: Any = None) -> Tensor:
    if dtype is not None or not isinstance(size, (tuple, list)):
        made = views.view_dtype(self, dtype or size)
        return _put_out(from_array(_copied(made._a)), out)
    return _put_out(_of("_view_copy")(self, tuple(size)), out)


@public(method=False)
def expand_copy(self: Tensor, size: Any, *, implicit: bool = False, out: Any = None) -> Tensor:
    return _put_out(_of("_expand_copy")(self, tuple(size)), out)


@public(method=False)
def permute_copy(self: Tensor, dims: Any, *, out: Any = None) -> Tensor:
    return _put_out(_of("_permute_copy")(self, tuple(dims)), out)


@public(method=False)
def squeeze_copy(self: Tensor, dim: Any = None, *, out: Any = None) -> Tensor:
    if dim is None:
        return _put_out(_of("_squeeze_copy")(self), out)
    return _put_out(
        _of("_squeeze_dims_copy" if isinstance(dim, (tuple, list)) else "_squeeze_dim_copy")(self, dim), out
    )


@public(method=False)
def detach_copy(self: Tensor, *, out: Any = None) -> Tensor:
    return _put_out(from_array(_copied(self._a)), out)


def _narrow_copy(a: np.ndarray, dim: int, start: int, length: int) -> np.ndarray:
    if dim >= max(a.ndim, 1):
        raise RuntimeError(
            "Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.  (Could this error message be "
            "improved?  If so, please report an enhancement request to PyTorch.)"
        )
    if length < 0 and a.ndim:
        size = a.shape[dim]
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    first, last = views.narrowed(a, dim, start, length)
    return _copied(windows.slice_(a, dim, first, last, 1))


record(
    "narrow_copy",
    _narrow_copy,
    "self, dim, start, length",
    self=lambda grad, self_shape, dim, start, length: view_gradients.slice_back(
        grad, self_shape, dim, start if start >= 0 else start + self_shape[dim], (start if start >= 0 else start + self_shape[dim]) + length, 1
    ),
)  # fmt: skip


class UnbindBackward0_copy(pieces.UnbindBackward0):
    __slots__ = ()


class SplitBackward0_copy(pieces.SplitBackward0):
    __slots__ = ()


class SplitWithSizesBackward0_copy(pieces.SplitWithSizesBackward0):
    __slots__ = ()


def _separate(found: tuple[Tensor, ...], node_class: Any, out: Any) -> Any:
    """Pieces as copies of their own."""
    copies = []
    for piece in found:
        t = from_array(_copied(piece._a))
        t._node = piece._node
        copies.append(t)
    if copies and copies[0].grad_fn is not None:
        copies[0].grad_fn.__class__ = node_class
    if out is None:
        return tuple(copies)
    for t, o in zip(copies, out):
        into(lambda t=t: t, o)
    return None


@public(method=False)
def unbind_copy(self: Tensor, dim: int = 0, *, out: Any = None) -> Any:
    return _separate(pieces.unbind(self, dim), UnbindBackward0_copy, out)


@public(method=False)
def split_copy(self: Tensor, split_size: int, dim: int = 0, *, out: Any = None) -> Any:
    return _separate(pieces.split(self, split_size, dim), SplitBackward0_copy, out)


@public(method=False)
def split_with_sizes_copy(self: Tensor, split_sizes: Any, dim: int = 0, *, out: Any = None) -> Any:
    return _separate(pieces.split_with_sizes(self, split_sizes, dim), SplitWithSizesBackward0_copy, out)


# ---- a window anywhere


class AsStridedBackward0_copy(view_history.AsStridedBackward0):
    __slots__ = ()


@public(method=False)
def as_strided_copy(
    self: Tensor, size: Any, stride: Any, storage_offset: int | None = None, *, out: Any = None
) -> Tensor:
    window = view_history.as_strided(self, size, stride, storage_offset)
    t = from_array(_copied(window._a))
    t._node = window._node
    if t._node is not None:
        t._node.__class__ = AsStridedBackward0_copy
    return _put_out(t, out)


# ---- scatters


def _replaced(whole: np.ndarray, part: np.ndarray, src: np.ndarray) -> np.ndarray:
    if part.shape != src.shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = {list(part.shape)}"
        )
    part[...] = src
    return whole


def _scatter(name: str, view: Any, signature: str) -> None:
    """A copy of `self` with `src` in the place that a view shows."""
    kernel, params = view.kernel, signature.split(", ")[2:]
    names = [p.partition("=")[0] for p in params]

    def put(self: np.ndarray, src: np.ndarray, *where: Any) -> np.ndarray:
        out = self.copy("K")
        return _replaced(out, kernel(out, *where), src)

    def cleared(grad: Any, *where: Any) -> Any:
        if isinstance(grad, Tensor):
            zeros = from_array(np.zeros(kernel(grad._a, *where).shape, grad._a.dtype))
            return _of(name)(grad, zeros, *where)
        out = grad.copy()
        kernel(out, *where)[...] = 0
        return out

    def taken(grad: Any, *where: Any) -> Any:
        return _of(view.name)(grad, *where) if isinstance(grad, Tensor) else kernel(grad, *where)

    given = ", ".join(names)
    scope = {"cleared": cleared, "taken": taken, "cast": both.cast}
    record(
        name,
        put,
        signature,
        tensors=("self", "src"),
        self=eval(f"lambda grad, {given}: cleared(grad, {given})", scope),
        src=eval(f"lambda grad, {given}, src_dtype: cast(taken(grad, {given}), src_dtype)", scope),
    )


_scatter("select_scatter", OPS["select"], "self, src, dim, index")
_scatter("slice_scatter", OPS["slice"], "self, src, dim=0, start=None, end=None, step=1")
_scatter("diagonal_scatter", OPS["diagonal"], "self, src, offset=0, dim1=0, dim2=1")


def _as_strided_scatter(self: Any, src: Any, size: Any, stride: Any, storage_offset: Any) -> Any:
    out = self.copy("K")
    return _replaced(out, view_history.strided(out, tuple(size), tuple(stride), storage_offset or 0), src)


def _window(grad: Any, size: Any, stride: Any, storage_offset: Any) -> Any:
    if isinstance(grad, Tensor):
        return view_history.as_strided(grad.contiguous(), size, stride, storage_offset or 0)  # type: ignore[attr-defined]
    return view_history.strided(np.ascontiguousarray(grad), tuple(size), tuple(stride), storage_offset or 0)


def _window_alone(grad: Any, size: Any, stride: Any, storage_offset: Any) -> Any:
    """What reaches `self`: the gradient inside the window (not outside of it, as one would think; PyTorch has it so)."""
    part = _window(grad, size, stride, storage_offset)
    zeros = both.zeros(tuple(grad.shape), grad)
    scatter = _of("as_strided_scatter") if isinstance(grad, Tensor) else _as_strided_scatter
    return scatter(zeros, part, size, stride, storage_offset)


record("as_strided_scatter", _as_strided_scatter, "self, src, size, stride, storage_offset=None", tensors=("self", "src"),
       self=_window_alone, src=_window)  # fmt: skip


# ---- at least so many dimensions


def _at_least(n: int) -> Callable[..., Any]:
    def one(t: Tensor) -> Tensor:
        have = t._a.ndim
        if have >= n:
            return t
        if have == 0:
            return views.view(t, (1,) * n)
        if n == 2:
            return _of("unsqueeze")(t, 0)  # type: ignore[no-any-return]
        return _of("unsqueeze")(t if have == 2 else _of("unsqueeze")(t, 0), -1)  # type: ignore[no-any-return]

    def at_least(*tensors: Any) -> Any:
        given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
        for i, t in enumerate(given):
            if not isinstance(t, Tensor):
                raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(t).__name__}")
        if len(tensors) == 1 and given is not tensors[0]:
            return one(tensors[0])
        return tuple([one(t) for t in given])

    at_least.__name__ = at_least.__qualname__ = f"atleast_{n}d"
    at_least.__doc__ = f"Tensors with dimensions of size 1 added until there are {n}."
    return public(method=False)(at_least)


_at_least(1), _at_least(2), _at_least(3)


@public(function=False)
def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """Summed over the dimensions that expanding from `size` would have added or stretched; the tensor itself if there are none."""
    want, have = views.sizes(size), self._a.shape
    lead = len(have) - len(want)
    if lead < 0 or any(n != m and n != 1 for n, m in zip(want, have[lead:])):
        raise RuntimeError(f"size {{{list(want)}}} is not expandable to size {{{list(have)}}}.")
    return reduce_to(self, want) if want else self.sum()  # type: ignore[attr-defined, no-any-return]
