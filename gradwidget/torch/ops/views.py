"""Views of one input: other windows on the same memory. A view is declared by its record, never detected."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dtypes, errors, geometry, watch
from ..grad_mode import is_inference_mode_enabled
from ..storage import UNCOUNTED
from ..tensor import Tensor, from_array
from . import both, windows
from . import view_gradients as gradients
from .registry import OPS, function_of, public, record, spelled

# ---- the records

_view = record("view", windows.view, "self, size", view=True, methods=(), self=gradients.as_before)
_reshape_alias = record(
    "reshape", windows.view, "self, size", node="ReshapeAliasBackward0", view=True, methods=(), self=gradients.as_before
)
_transpose = record(
    "transpose",
    windows.transpose,
    "self, dim0, dim1",
    view=True,
    self=lambda grad, dim0, dim1: both.swap(grad, dim0, dim1),
)
_t = record(
    "t",
    windows.t,
    "self",
    node="TBackward0",
    view=True,
    self=lambda grad: grad.t() if isinstance(grad, Tensor) else windows.t(grad),
)
_permute = record("permute", windows.permute, "self, dims", view=True, methods=(), self=gradients.permute_back)
_select = record("select", windows.select, "self, dim, index", view=True, self=gradients.select_back)
_slice = record(
    "slice",
    windows.slice_,
    "self, dim=0, start=None, end=None, step=1",
    view=True,
    methods=(),
    self=gradients.slice_back,
)
_expand = record("expand", windows.expand, "self, size", view=True, methods=(), self=gradients.expand_back)
_squeeze = record(
    "squeeze",
    windows.squeeze,
    "self",
    view=True,
    methods=(),
    self=lambda grad, self_shape: gradients.squeeze_back(grad, self_shape),
)
_squeeze_dim = record(
    "squeeze_dim",
    windows.squeeze_dim,
    "self, dim",
    node="SqueezeBackward1",
    view=True,
    methods=(),
    self=gradients.squeeze_back,
)
_squeeze_dims = record(
    "squeeze_dims",
    windows.squeeze_dim,
    "self, dim",
    node="SqueezeBackward2",
    view=True,
    methods=(),
    self=gradients.squeeze_back,
)
_unsqueeze = record("unsqueeze", windows.unsqueeze, "self, dim", view=True, self=gradients.unsqueeze_back)
_diagonal = record(
    "diagonal", windows.diagonal, "self, offset=0, dim1=0, dim2=1", view=True, self=gradients.diagonal_back
)
_unfold = record("unfold", windows.unfold, "self, dimension, size, step", view=True, self=gradients.unfold_back)
_alias = record("alias", lambda a: a[...], "self", view=True, methods=(), self=lambda grad: grad)


# ---- the forms in which people call them


def sizes(given: tuple[Any, ...], function: str = "", argument: str = "size") -> tuple[int, ...]:
    """`f(2, 3)` and `f((2, 3))` alike."""
    alone = len(given) == 1
    if alone and type(given[0]) is not int and isinstance(given[0], (tuple, list)):
        given, alone = tuple(given[0]), False
    for s in given:
        if type(s) is not int:
            try:
                return tuple([s.__index__() for s in given])
            except AttributeError:
                raise errors.not_sizes(given, alone, function, argument) from None
    return given


def view(self: Tensor, *shape: Any, dtype: Any = None, size: Any = None) -> Tensor:
    """The same elements in the same order under another shape, sharing memory; fails where strides cannot do it."""
    if len(shape) > 1 and type(shape[0]) is int is type(shape[-1]):
        return (_view.function or function_of(_view))(self, shape)  # type: ignore[no-any-return]
    if size is not None:
        shape = (size,)
    if dtype is not None or (len(shape) == 1 and type(shape[0]) is dtypes.dtype):
        return view_dtype(self, dtype or shape[0])
    return (_view.function or function_of(_view))(self, sizes(shape, "view"))  # type: ignore[no-any-return]


def view_dtype(self: Tensor, d: dtypes.dtype) -> Tensor:
    """The same bytes read as another dtype. To autograd this is no view, and has no history."""
    t = from_array(windows.as_dtype(self._a, self.dtype, d))
    t._v = UNCOUNTED if is_inference_mode_enabled() else self._version_counter()
    if watch.listener is not None:
        watch.listener.op("view", t, (self, d), {})
    return t


def reshape(self: Tensor, *size: Any, shape: Any = None) -> Tensor:
    """As `view` where that is possible, else a copy."""
    new_shape = sizes(size if shape is None else (shape,), "reshape", "shape")
    a = self._a
    if a.flags.c_contiguous:
        return (_view.function or function_of(_view))(self, new_shape)  # type: ignore[no-any-return]
    new_shape = geometry.infer(new_shape, a.size)
    if windows.viewed(a, new_shape) is not None:
        return function_of(_reshape_alias)(self, new_shape)  # type: ignore[no-any-return]

    return function_of(OPS["_unsafe_view"])(self.clone(), new_shape)  # type: ignore[attr-defined, no-any-return]


def permute(self: Tensor, *given: Any, dims: Any = None) -> Tensor:
    """The dimensions in another order."""
    return (_permute.function or function_of(_permute))(
        self, sizes(given if dims is None else (dims,), "permute", "dims")
    )  # type: ignore[no-any-return]


def expand(self: Tensor, *given: Any, size: Any = None, implicit: bool = False) -> Tensor:
    """Repeat dimensions of size 1 without copying (stride 0)."""
    return (_expand.function or function_of(_expand))(self, sizes(given if size is None else (size,), "expand"))  # type: ignore[no-any-return]


def squeeze(self: Tensor, dim: Any = None, *, axis: Any = None) -> Tensor:
    """Without its dimensions of size 1, or without those of them that are named."""
    if axis is not None:
        dim = axis
    if dim is None:
        return (_squeeze.function or function_of(_squeeze))(self)  # type: ignore[no-any-return]
    op = _squeeze_dims if isinstance(dim, (tuple, list)) else _squeeze_dim
    return (op.function or function_of(op))(self, dim)  # type: ignore[no-any-return]


@spelled
def narrow(self: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """`length` slices from `start` along `dim`."""
    if isinstance(start, Tensor):
        if start._a.ndim or start._a.dtype.kind not in "iu":
            raise RuntimeError("start must be an 0-dim integral Tensor.")
        start = int(start._a)
    return function_of(_slice)(self, dim, *narrowed(self._a, dim, start, length), 1)  # type: ignore[no-any-return]


def narrowed(a: np.ndarray, dim: int, start: int, length: int) -> tuple[int, int]:
    """From where to where `narrow` cuts."""
    if a.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    n = a.shape[geometry.wrap(dim, a.ndim)]
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start = start + n if start < 0 else start
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return start, start + length


def flatten(self: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions from `start_dim` to `end_dim` as one."""
    shape = self._a.shape
    if start_dim == 0 and end_dim == -1 and len(shape) > 1:
        if self._a.flags.c_contiguous:
            return (_view.function or function_of(_view))(self, (self._a.size,))  # type: ignore[no-any-return]
        return reshape(self, (self._a.size,))
    first, last = geometry.wrap(start_dim, len(shape)), geometry.wrap(end_dim, len(shape))
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshape(self, 1)
    if first == last:
        return self
    return reshape(self, (*shape[:first], geometry.numel(shape[first : last + 1]), *shape[last + 1 :]))


@spelled
def unflatten(self: Tensor, dim: int, sizes: Any) -> Tensor:
    """One dimension as several."""
    shape = self._a.shape
    d = geometry.wrap(dim, len(shape))
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        size = geometry.infer(tuple(sizes), shape[d])
    except RuntimeError as error:
        if "invalid for" in str(error):
            raise RuntimeError(
                f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {d} ({shape[d]}) in the input tensor"
            ) from None
        raise RuntimeError(f"unflatten got an unexpected error:\n{error}") from None
    return view(self, (*shape[:d], *size, *shape[d + 1 :]))


def movedim(self: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places, the rest kept in order."""
    n = self._a.ndim
    src = [source] if isinstance(source, int) else list(source)
    dst = [destination] if isinstance(destination, int) else list(destination)
    if len(src) != len(dst):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({src} dims) should contain the same number of dims as destination "
            f"({dst} dims)"
        )
    wrapped = []
    for which, dims in (("source", src), ("destination", dst)):
        places = [geometry.wrap(d, n) for d in dims]
        if len(set(places)) < len(places):
            raise RuntimeError(f"movedim: repeated dim in `{which}` ({dims})")
        wrapped.append(places)
    if not n:
        return function_of(_alias)(self)  # type: ignore[no-any-return]
    order = [i for i in range(n) if i not in wrapped[0]]
    for d, s in sorted(zip(wrapped[1], wrapped[0])):
        order.insert(d, s)
    return permute(self, order)


def _reversed(self: Tensor) -> Tensor:
    """All dimensions in the opposite order."""
    n = self._a.ndim
    if n == 2:
        return (_permute.function or function_of(_permute))(self, (1, 0))  # type: ignore[no-any-return]
    _warn_about_T()
    return permute(self, tuple(range(n - 1, -1, -1)))


_warned: set[str] = set()


def _warn_once(words: str) -> None:
    if words not in _warned:
        _warned.add(words)
        warnings.warn(words, stacklevel=4)


def _warn_about_T() -> None:
    _warn_once(
        "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an error in a future "
        "release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the "
        "dimensions of a tensor."
    )


def _turned(self: Tensor, name: str) -> Tensor:
    """Matrices turned; a tensor without dimensions itself, for now."""
    n = self._a.ndim
    if n == 0:
        why = "This function is the identity in these cases." if name == "Tensor.mT" else "Consider using x.conj()."
        _warn_once(f"{name} is deprecated on 0-D tensors. {why}")
        return self
    if n == 1:
        method = f"tensor.{name.removeprefix('Tensor.')}"
        raise RuntimeError(f"{method} is only supported on matrices or batches of matrices. Got {n}-D tensor.")
    return (_transpose.function or function_of(_transpose))(self, -2, -1)  # type: ignore[no-any-return]


def _conjugated(turned: Tensor) -> Tensor:
    return turned.conj() if turned.is_complex() else turned  # type: ignore[attr-defined, no-any-return]


@public()
def adjoint(self: Tensor) -> Tensor:
    """Matrices turned and conjugated."""
    return _conjugated(_turned(self, "adjoint()"))


def _hermitian(self: Tensor) -> Tensor:
    n = self._a.ndim
    if n != 2 and n != 0:
        more = " For batches of matrices, consider using tensor.mH" if n > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {n}-D tensor.{more}")
    return _conjugated(_turned(self, "Tensor.H"))


@public()
def broadcast_to(self: Tensor, size: Any) -> Tensor:
    """As `expand`."""
    return expand(self, size)


def _swapped(self: Tensor, axis0: int, axis1: int) -> Tensor:
    return function_of(_transpose)(self, axis0, axis1)  # type: ignore[no-any-return]


def _swapped_dims(self: Tensor, dim0: int, dim1: int) -> Tensor:
    return function_of(_transpose)(self, dim0, dim1)  # type: ignore[no-any-return]


for _name, _form in {
    "view": view,
    "reshape": reshape,
    "permute": permute,
    "expand": expand,
    "squeeze": squeeze,
    "narrow": narrow,
    "flatten": flatten,
    "ravel": lambda self: view(self.contiguous(), -1),
    "unflatten": unflatten,
    "movedim": movedim,
    "moveaxis": movedim,
    "view_as": lambda self, other: view(self, other._a.shape),
    "reshape_as": lambda self, other: reshape(self, other._a.shape),
    "expand_as": lambda self, other: expand(self, other._a.shape),
    "swapaxes": _swapped,
    "swapdims": _swapped_dims,
    "T": property(_reversed),
    "mT": property(lambda self: _turned(self, "Tensor.mT")),
    "H": property(_hermitian),
    "mH": property(lambda self: _conjugated(_turned(self, "Tensor.mH"))),
}.items():
    setattr(Tensor, _name, _form)
