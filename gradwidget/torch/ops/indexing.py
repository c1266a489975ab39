"""`t[...]` and `t[...] = value`: basic indices are views, tensors and lists as indices make copies."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import geometry, watch
from ..dispatch import fit
from ..sums import into_rows
from ..tensor import Tensor, from_array
from . import both
from .inplace import method
from .registry import OPS, function_of, record


def normal(index: Any) -> tuple[Any, ...]:
    """An index as a tuple of int, slice, None, Ellipsis, and tensors for the rest."""
    if not isinstance(index, tuple):
        if isinstance(index, str) or (isinstance(index, list) and _is_sequence_of_indices(index)):
            warnings.warn(
                "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use x[tuple(seq)] "
                "instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], which will result either in "
                "an error or a different result",
                stacklevel=3,
            )
            index = tuple(index) if isinstance(index, list) else (index,)
        else:
            index = (index,)
    out: list[Any] = []
    for i in index:
        if i is None or i is Ellipsis or isinstance(i, (slice, bool, Tensor)):
            out.append(i)
        elif isinstance(i, (int, np.integer)):
            out.append(int(i))
        elif isinstance(i, (list, tuple, range, np.ndarray)):
            a = np.asarray(i if isinstance(i, np.ndarray) else [int(x) if isinstance(x, Tensor) else x for x in i])
            if a.dtype.kind in "US":
                out.append(_Refused("a string"))
            elif isinstance(i, np.ndarray):
                out.append(from_array(a.astype(np.int64) if a.dtype.kind in "iu" or a.size == 0 else a))
            else:
                out.append(from_array(a if a.dtype == bool else a.astype(np.int64)))
        elif hasattr(i, "__index__"):
            out.append(i.__index__())
        else:
            out.append(_Refused(i))
    return tuple(out)


class _Refused:
    """An index of a kind that cannot be one; told when it is reached, after what is wrong with the whole."""

    def __init__(self, index: Any) -> None:
        self.index = index

    def error(self) -> Exception:
        if isinstance(self.index, str):
            return TypeError("new(): invalid data type 'str'")
        return IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
            f"{type(self.index).__name__})"
        )


def _is_sequence_of_indices(index: list[Any]) -> bool:
    """Short lists that hold slices, None, dots, sequences or tensors count as tuples, as they always have."""
    return len(index) < 32 and any(
        isinstance(i, (slice, type(None), type(Ellipsis), list, tuple, Tensor)) for i in index
    )


def _consumes(i: Any) -> int:
    if i is None or i is Ellipsis or isinstance(i, bool):
        return 0
    return i._a.ndim if isinstance(i, Tensor) and i._a.dtype in (np.bool_, np.uint8) else 1


def basic(t: Tensor, index: tuple[Any, ...], whole_slice: bool) -> tuple[Tensor, list[Any]]:
    """Apply everything but tensors, as views; what is left are the tensors at their dimensions (None between)."""
    if sum(map(_consumes, index)) > t._a.ndim:
        raise IndexError(f"too many indices for tensor of dimension {t._a.ndim}")
    left: list[Any] = []
    d = 0  # of the result so far
    masks: list[tuple[Tensor, int]] = []
    for n, i in enumerate(index):
        if isinstance(i, bool):
            t = t.unsqueeze(d)  # type: ignore[attr-defined]
            left += [None] * (d - len(left)) + [from_array(np.array([i]))]
            d += 1
        elif i is None:
            t = t.unsqueeze(d)  # type: ignore[attr-defined]
            d += 1
        elif i is Ellipsis:
            skipped = t._a.ndim - d - sum(map(_consumes, index[n + 1 :]))
            d += skipped
        elif isinstance(i, slice):
            step = 1 if i.step is None else i.step.__index__()
            if step == 0:
                raise ValueError("slice step cannot be zero")
            if step < 0:
                raise ValueError("step must be greater than zero")
            start, stop = _bound(i.start), _bound(i.stop)
            size = t._a.shape[d]
            if whole_slice or step != 1 or start not in (None, 0) or (stop is not None and stop < size):
                t = function_of(OPS["slice"])(t, d, start, stop, step)
            d += 1
        elif isinstance(i, int) or (isinstance(i, Tensor) and i._a.ndim == 0 and i._a.dtype.kind == "i"):
            k = i if isinstance(i, int) else int(i._a.item())
            size = t._a.shape[d]
            if not -size <= k < size:
                raise IndexError(f"index {k} is out of bounds for dimension {n} with size {size}")
            t = function_of(OPS["select"])(t, d, k)
        elif isinstance(i, _Refused):
            raise i.error()
        else:
            if i._a.dtype == np.uint8:
                if i._a.ndim:
                    warnings.warn(
                        "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
                        stacklevel=4,
                    )
                i = from_array(i._a.astype(bool))
                i.__dict__["_was_uint8"] = True
            left += [None] * (d - len(left)) + [i]
            if i._a.dtype == bool:
                masks.append((i, d))
                if i._a.ndim == 0:
                    t = t.unsqueeze(d)  # type: ignore[attr-defined]
                    left[-1] = from_array(i._a.reshape(1))
                    d += 1
                d += i._a.ndim
            else:
                d += 1
    for i in left:
        if i is not None and i._a.dtype not in _INDEX_TYPES:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    for mask, d in masks:
        for k, n in enumerate(mask._a.shape):
            if n != t._a.shape[d + k]:
                raise IndexError(
                    f"The shape of the mask {list(mask._a.shape)} at index {k} does not match the shape of the indexed tensor "
                    f"{list(t._a.shape)} at index {d + k}"
                )
    return t, left


_INDEX_TYPES = (np.dtype(np.int64), np.dtype(np.int32), np.dtype(bool))


def _bound(x: Any) -> int | None:
    if x is None:
        return None
    if not hasattr(x, "__index__"):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    return x.__index__()  # type: ignore[no-any-return]


def _expanded(indices: Any) -> tuple[Any, ...]:
    """Tensor indices for NumPy: None is a whole dimension, a mask its coordinates."""
    out: list[Any] = []
    for i in indices:
        if i is None:
            out.append(slice(None))
        elif i._a.dtype == bool:
            out += list(np.nonzero(i._a))
        else:
            out.append(np.asarray(i._a))
    return tuple(out)


def _index(a: np.ndarray, indices: tuple[Any, ...]) -> Any:
    where = _expanded(indices)
    try:
        plain = len(where) == 1 and type(where[0]) is np.ndarray is type(a) and a.flags.c_contiguous
        out = a.take(where[0], 0) if plain else a[where]
    except IndexError as error:
        raise _index_error(a, where, error) from None
    return out if type(out) is not np.ndarray or out.base is None else out.copy()


def _index_error(a: np.ndarray, where: tuple[Any, ...], error: Exception) -> Exception:
    shapes = [i.shape for i in where if isinstance(i, np.ndarray)]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            + ", ".join(str(list(s)) for s in shapes)
        )
    if any(isinstance(i, np.ndarray) and i.size and not a.shape[d] for d, i in enumerate(where)):
        return IndexError("index is out of bounds for dimension with size 0")
    number = 0  # among the tensors that index
    for d, i in enumerate(where):
        if isinstance(i, np.ndarray):
            bad = i[(i >= a.shape[d]) | (i < -a.shape[d])]
            if bad.size:
                at = int(bad.flat[0])
                return IndexError(f"index {at} is out of bounds for dimension {number} with size {a.shape[d]}")
            number += 1
    return error


def _index_back(grad: Any, self_shape: tuple[int, ...], indices: tuple[Any, ...]) -> Any:
    if isinstance(grad, Tensor):
        zero = from_array(both.zeros(self_shape, grad._a))
        return function_of(OPS["index_put"])(zero, indices, grad, True)
    where = _expanded(indices)
    if len(where) == 1 and type(where[0]) is np.ndarray is type(grad) and grad.size:
        rows = where[0].reshape(-1)
        if np.minimum.reduce(rows) < 0:
            rows = np.where(rows < 0, rows + self_shape[0], rows)
        return into_rows(self_shape, rows, grad)
    out = both.zeros(self_shape, grad)
    np.add.at(out, where, grad)
    return out


def _index_put(a: np.ndarray, indices: tuple[Any, ...], values: np.ndarray, accumulate: bool) -> Any:
    if a.dtype != values.dtype:
        from ..dtypes import OF_NUMPY

        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {OF_NUMPY[a.dtype].legacy} for the destination and {OF_NUMPY[values.dtype].legacy} for the source."
        )
    out = a.copy("K")
    where = _expanded(indices)
    try:
        if accumulate:
            np.add.at(out, where, values)
        else:
            out[where] = values
    except IndexError as error:
        raise _index_error(a, where, error) from None
    except ValueError:
        try:
            out[where]
        except IndexError as error:
            raise _index_error(a, where, error) from None
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing result of shape {list(out[where].shape)}"
        ) from None
    return out


def _index_put_back(grad: Any, indices: tuple[Any, ...], accumulate: bool) -> Any:
    if accumulate:
        return grad
    if isinstance(grad, Tensor):
        return function_of(OPS["index_put"])(grad, indices, from_array(np.zeros((), grad._a.dtype)), False)
    out = grad.copy()
    out[_expanded(indices)] = 0
    return out


def _taken(grad: Any, indices: tuple[Any, ...], values_shape: tuple[int, ...], values_dtype: Any) -> Any:
    taken = function_of(_index_op)(grad, indices) if isinstance(grad, Tensor) else _index(grad, indices)
    return fit(taken, (values_shape, values_dtype))


_index_op = record("index", _index, "self, indices", methods=(), self=_index_back)


def _put_straight(a: np.ndarray, indices: tuple[Any, ...], values: Tensor, accumulate: bool = False) -> bool:
    if a.dtype != values._a.dtype:
        return False
    where = _expanded(indices)
    try:
        if accumulate:
            np.add.at(a, where, values._a)
        else:
            a[where] = values._a
    except (IndexError, ValueError):
        return False
    return True


_index_put_op = record(
    "index_put",
    _index_put,
    "self, indices, values, accumulate=False",
    tensors=("self", "values"),
    methods=(),
    overlap="tensor[indices] = tensor",
    straight=_put_straight,
    self=_index_put_back,
    values=_taken,
)
index_put_method = method(_index_put_op)


def index_put_(self: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    return index_put_method(self, tuple(normal(tuple(indices))), values, accumulate)


def _chosen(shape: tuple[int, ...], mask: np.ndarray) -> np.ndarray:
    """The mask on the shape that it and the tensor broadcast to."""
    return np.broadcast_to(mask.view(np.ndarray), geometry.broadcast(mask.shape, shape))


def _masked_select(a: np.ndarray, mask: np.ndarray) -> Any:
    if mask.dtype != bool:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    where = _chosen(a.shape, mask)
    return np.broadcast_to(a, where.shape, subok=True)[where]


def _masked_select_back(grad: Any, self_shape: tuple[int, ...], self_dtype: Any, mask: Any) -> Any:
    where = np.atleast_1d(_chosen(self_shape, both.array(mask)))
    return fit(_index_back(grad, where.shape, (from_array(where),)), (self_shape, self_dtype))


# the elements where the mask is True, in one dimension
record("masked_select", _masked_select, "self, mask", tensors=("self", "mask"), self=_masked_select_back)


def nonzero(self: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of what is not zero: rows of a (n, dims) tensor, or one tensor per dimension."""
    where = np.nonzero(self._a) if self._a.ndim else (np.zeros(int(self._a.item() != 0), np.int64),)
    if as_tuple:
        return tuple(from_array(np.ascontiguousarray(w)) for w in where)
    t = from_array(np.stack(where, 0).T if self._a.ndim else np.zeros((len(where[0]), 0), np.int64))
    if watch.listener is not None:
        watch.listener.op("nonzero", t, (self,), {})
    return t


Tensor.index_put_, Tensor.nonzero = index_put_, nonzero  # type: ignore[attr-defined]
