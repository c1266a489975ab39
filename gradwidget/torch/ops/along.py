"""Elements by their index along one dimension: gather and scatter, index_select, index_add, index_fill."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import geometry
from ..dispatch import held
from ..dtypes import OF_NUMPY
from ..tensor import Tensor, from_array
from . import both, view_gradients
from .inplace import method
from .registry import OPS, function_of, public, record


def _gather(a: np.ndarray, dim: int, index: np.ndarray, sparse_grad: bool) -> Any:
    if not index.size:
        return np.empty(index.shape, a.dtype)
    _check_index("gather", a, index)
    if a.ndim == 0:
        return a.copy().reshape(index.shape)
    d = geometry.wrap(dim, a.ndim)
    for k in range(a.ndim):
        if k != d and index.shape[k] > a.shape[k]:
            raise RuntimeError(
                f"Size does not match at dimension {k} expected index {list(index.shape)} to be no larger than self {list(a.shape)} apart from dimension {d}"
            )
    _in_range(index, a.shape[d], d)
    return np.take_along_axis(
        a[tuple(slice(None) if k == d else slice(n) for k, n in enumerate(index.shape))], index, d
    )


def _check_index(name: str, a: np.ndarray, index: np.ndarray) -> None:
    if index.dtype not in (np.int64, np.int32) and index.size:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if a.ndim != index.ndim and a.ndim and index.ndim:
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as {'input' if name == 'gather' else 'self'} tensor"
        )


def _in_range(index: np.ndarray, size: int, d: int) -> None:
    bad = index[(index < 0) | (index >= size)]
    if bad.size:
        raise RuntimeError(f"index {int(bad.flat[0])} is out of bounds for dimension {d} with size {size}")


def _along(index: np.ndarray, d: int) -> tuple[Any, ...]:
    """Full coordinates of what `gather` and `scatter` address."""
    grids = np.ogrid[tuple(slice(n) for n in index.shape)]
    return tuple(index if k == d else g for k, g in enumerate(grids))


def _fits_scatter(a: np.ndarray, d: int, index: np.ndarray, src: Any) -> None:
    """Refuse an index that reaches beyond the tensor, apart from dimension d, or beyond what is scattered."""
    whole = isinstance(src, np.ndarray) and src.ndim > 0
    if whole and src.dtype != a.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if whole and src.ndim != index.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    shape, room = index.shape, a.shape
    beyond = any(n > m for k, (n, m) in enumerate(zip(shape, room)) if k != d)
    if beyond or whole and any(n > m for n, m in zip(shape, src.shape)):
        raise RuntimeError(
            f"Expected index {list(shape)} to be no larger than self {list(room)} apart from dimension {d}"
            + (f" and to be no larger size than src {list(src.shape)}" if whole else "")
        )


def _scatter(a: np.ndarray, dim: int, index: np.ndarray, src: Any, add: bool) -> Any:
    _check_index("scatter", a, index)
    if not a.ndim or not index.ndim:  # of one element, whichever side says so
        source = src.reshape(-1) if isinstance(src, np.ndarray) else src
        return _scatter(a.reshape(-1), 0, index.reshape(-1), source, add).reshape(a.shape)
    d = geometry.wrap(dim, a.ndim)
    if not isinstance(src, np.ndarray):
        src = held(src, a.dtype)
    _fits_scatter(a, d, index, src)
    _in_range(index, a.shape[d], d)
    out = a.copy("K")
    values = src[tuple(slice(n) for n in index.shape)] if isinstance(src, np.ndarray) and src.ndim else src
    if add:
        np.add.at(out, _along(index, d), values)
    else:
        out[_along(index, d)] = values
    return out


def _gather_back(grad: Any, self_shape: tuple[int, ...], dim: int, index: Any) -> Any:
    i = both.array(index)
    if not self_shape:
        return grad.reshape(())
    if not i.size:
        return both.zeros(self_shape, grad)
    if isinstance(grad, Tensor):
        return function_of(OPS["scatter_add"])(from_array(both.zeros(self_shape, grad._a)), dim, from_array(i), grad)
    return _scatter(both.zeros(self_shape, grad), dim, i, grad, True)


def _gathered(grad: Any, dim: int, index: Any, src_shape: tuple[int, ...]) -> Any:
    i = both.array(index)
    got = (
        function_of(OPS["gather"])(grad, dim, from_array(i))
        if isinstance(grad, Tensor)
        else _gather(grad, dim, i, False)
    )
    return (
        got if tuple(got.shape) == src_shape else view_gradients.put(got, src_shape, tuple(slice(n) for n in i.shape))
    )


def _cleared(grad: Any, dim: int, index: Any) -> Any:
    i = both.array(index)
    if isinstance(grad, Tensor):
        return function_of(OPS["scatter_value"])(grad, dim, from_array(i), 0)
    return _scatter(grad, dim, i, 0, False)


record("gather", _gather, "self, dim, index, *, sparse_grad=False", tensors=("self", "index"), self=_gather_back)
record("scatter_src", lambda a, dim, index, src: _scatter(a, dim, index, src, False), "self, dim, index, src", node="ScatterBackward0", tensors=("self", "index", "src"), methods=(),
       self=_cleared, src=_gathered)  # fmt: skip
record(
    "scatter_value",
    lambda a, dim, index, value: _scatter(a, dim, index, value, False),
    "self, dim, index, value",
    node="ScatterBackward1",
    tensors=("self", "index"),
    methods=(),
    self=_cleared,
)
record("scatter_add", lambda a, dim, index, src: _scatter(a, dim, index, src, True), "self, dim, index, src", tensors=("self", "index", "src"), inplace=True,
       self=lambda grad: grad, src=_gathered)  # fmt: skip


_warned_of_reduce = False


def _reduced(self: Tensor, dim: int, index: Tensor, given: Any, reduce: str, in_place: bool) -> Tensor:
    """`scatter` that adds or multiplies. It has no derivative, as in PyTorch."""
    global _warned_of_reduce
    if reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    if isinstance(given, Tensor) and not _warned_of_reduce:
        _warned_of_reduce = True
        warnings.warn(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future PyTorch release. Use "
            "torch.scatter_reduce instead for more reduction options.",
            stacklevel=3,
        )
    src = given if isinstance(given, Tensor) else self.new_full((), given)  # type: ignore[attr-defined]
    out = function_of(OPS["scatter_reduced"])(self, dim, index, src, reduce)
    return self.copy_(out.detach()) if in_place else out  # type: ignore[attr-defined, no-any-return]


def _scatter_reduced(a: np.ndarray, dim: int, index: np.ndarray, src: np.ndarray, reduce: str) -> Any:
    _check_index("scatter", a, index)
    out = a.copy("K")
    whole = out if out.ndim else out.reshape(1)
    d = geometry.wrap(dim, out.ndim)
    i = index if out.ndim else index.reshape(-1)
    _in_range(i, whole.shape[d], d)
    values = src[tuple(slice(n) for n in i.shape)] if src.ndim and out.ndim else src
    (np.add if reduce == "add" else np.multiply).at(whole, _along(i, d), values)
    return out


def _no_derivative(grad: Any) -> Any:
    raise RuntimeError("derivative for aten::scatter is not implemented")


record("scatter_reduced", _scatter_reduced, "self, dim, index, src, reduce", tensors=("self", "index", "src"), methods=(),
       node="NotImplemented", label="torch::autograd::NotImplemented", self=_no_derivative, src=_no_derivative)  # fmt: skip


def _scatter_forms(in_place: bool) -> Any:
    src_op, value_op = OPS["scatter_src"], OPS["scatter_value"]
    with_src = method(src_op) if in_place else None
    with_value = method(value_op) if in_place else None

    def scatter(
        self: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: Any = None
    ) -> Tensor:
        given = src if src is not None else value
        if reduce is not None:
            return _reduced(self, dim, index, given, reduce, in_place)
        if isinstance(given, Tensor):
            return (with_src or function_of(src_op))(self, dim, index, given)
        return (with_value or function_of(value_op))(self, dim, index, given)

    return scatter


def _index_select(a: np.ndarray, dim: int, index: np.ndarray) -> Any:
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index.dtype.kind not in "iu":
        raise RuntimeError("index_select(): Expected dtype int32/int64 for index")
    d = geometry.wrap(dim, a.ndim)
    if index.size and (index.max() >= (a.shape[d] if a.ndim else 1) or index.min() < 0):
        raise IndexError("index out of range in self")
    if not a.ndim:
        return np.take(a, np.zeros((), np.int64)) if index.size == 1 else a.copy()
    return np.take(a, np.atleast_1d(index), d)


def _check_index_add(a: np.ndarray, d: int, index: np.ndarray, source: np.ndarray) -> None:
    """Refuse indices and a source that do not fit."""
    name, kinds = "index_add_()", OF_NUMPY
    if index.ndim > 1:
        raise IndexError(
            f"{name}: Index is supposed to be a vector, but got dim: {index.ndim} with type: {kinds[index.dtype].legacy} and size: "
            f"{list(index.shape)}"
        )
    if index.dtype not in (np.int32, np.int64):
        raise RuntimeError(f"{name}: Expected dtype int32/int64 for index but got: {kinds[index.dtype].legacy}")
    if a.dtype != source.dtype:
        raise RuntimeError(
            f"{name}: self ({kinds[a.dtype].legacy}) and source ({kinds[source.dtype].legacy}) must have the same scalar type"
        )
    count = source.shape[d] if source.ndim > d else 1
    if index.size != count:
        raise RuntimeError(
            f"{name}: Number of indices ({index.size}) should be equal to source.size(dim): ({count}), for dim: {d}"
        )
    if a.ndim != source.ndim or a.shape[:d] + a.shape[d + 1 :] != source.shape[:d] + source.shape[d + 1 :]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(a.shape)} source.shape = {list(source.shape)}"
        )
    size = a.shape[d] if a.ndim else 1
    for i in index.reshape(-1)[(index.reshape(-1) < 0) | (index.reshape(-1) >= size)][:1]:
        raise RuntimeError(f"index {i} is out of bounds for dimension {d} with size {size}")


def _index_add(a: np.ndarray, dim: int, index: np.ndarray, source: np.ndarray, alpha: float) -> Any:
    d = geometry.wrap(dim, a.ndim)
    out = a.copy("K")
    whole = out if a.ndim else out.reshape(1)
    np.add.at(whole, (slice(None),) * d + (np.atleast_1d(index),), source if alpha == 1 else source * alpha)
    return out


def _checked_index_add(a: np.ndarray, dim: int, index: np.ndarray, source: np.ndarray, alpha: float) -> Any:
    _check_index_add(a, geometry.wrap(dim, a.ndim), index, source)
    return _index_add(a, dim, index, source, alpha)


def _index_select_back(grad: Any, self_shape: tuple[int, ...], dim: int, index: Any) -> Any:
    i = both.array(index)
    if isinstance(grad, Tensor):
        return function_of(OPS["index_add"])(from_array(both.zeros(self_shape, grad._a)), dim, from_array(i), grad)
    return _index_add(both.zeros(self_shape, grad), dim, i, grad if grad.ndim else grad.reshape(1), 1)


def _selected(grad: Any, dim: int, index: Any, alpha: float) -> Any:
    i = both.array(index)
    got = (
        function_of(OPS["index_select"])(grad, dim, from_array(i))
        if isinstance(grad, Tensor)
        else _index_select(grad, dim, i)
    )
    return got if alpha == 1 else got * alpha


record("index_select", _index_select, "self, dim, index", tensors=("self", "index"), self=_index_select_back)
record(
    "index_add",
    _checked_index_add,
    "self, dim, index, source, *, alpha=1",
    tensors=("self", "index", "source"),
    inplace=True,
    self=lambda grad: grad,
    source=_selected,
)


def _index_fill(a: np.ndarray, dim: int, index: np.ndarray, value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        if isinstance(value, complex) and a.dtype.kind != "c":
            raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
        value = held(value, a.dtype)
    out = a.copy("K")
    whole = out if a.ndim else out.reshape(1)
    whole[(slice(None),) * geometry.wrap(dim, a.ndim) + (index,)] = value
    return out


def _fill_straight(a: np.ndarray, dim: int, index: Tensor, value: Any) -> bool:
    if not a.ndim or isinstance(value, (Tensor, complex)) or a.dtype.kind != "f" or not isinstance(index, Tensor):
        return False
    try:
        a[(slice(None),) * geometry.wrap(dim, a.ndim) + (index._a,)] = value
    except (IndexError, ValueError, OverflowError):
        return False
    return True


record("index_fill", _index_fill, "self, dim, index, value", tensors=("self", "index"), methods=(), overlap="tensor[mask] = scalar", straight=_fill_straight,
       self=lambda grad, dim, index: grad.index_fill(dim, index, 0) if isinstance(grad, Tensor) else _index_fill(grad, dim, both.array(index), 0))  # fmt: skip


def _index_fill_kept(grad: Any, dim: int, index: Any) -> Any:
    if isinstance(grad, Tensor):
        return grad.index_fill(dim, index, 0)  # type: ignore[attr-defined]
    return _index_fill(grad, dim, both.array(index), 0)


_fill_number = OPS["index_fill"]
_fill_tensor = record(
    "index_fill_tensor",
    lambda a, dim, index, value: _index_fill(a, dim, index, value.astype(a.dtype)),
    "self, dim, index, value",
    tensors=("self", "index", "value"),
    node="IndexFillBackward1",
    methods=(),
    self=_index_fill_kept,
    value=lambda grad, dim, index: _selected(grad, dim, both.constant(np.unique(both.array(index)), grad), 1).sum(),
)
_fill_number_, _fill_tensor_ = method(_fill_number), method(_fill_tensor)


def _value(value: Any) -> bool:
    """Whether it is a tensor, which must have no dimensions."""
    if isinstance(value, Tensor) and value.dim():
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.dim()} dimension(s)."
        )
    return isinstance(value, Tensor)


@public()
def index_fill(self: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """A copy with `value` at the given places along `dim`."""
    return function_of(_fill_tensor if _value(value) else _fill_number)(self, dim, index, value)  # type: ignore[no-any-return]


@public(function=False)
def index_fill_(self: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    return (_fill_tensor_ if _value(value) else _fill_number_)(self, dim, index, value)


Tensor.scatter, Tensor.scatter_ = _scatter_forms(False), _scatter_forms(True)  # type: ignore[attr-defined]
