"""`t[...]` and `t[...] = value`. Plain indices (numbers, slices, None, dots) are views made at once; the rest goes through
`indexing.basic`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import errors, watch
from ..grad_mode import is_recording
from ..storage import UNCOUNTED
from ..tensor import Tensor
from . import inplace
from .indexing import basic, index_put_method, normal
from .inplace import check, check_partial_overlap
from .registry import OPS, function_of


def _of_nothing(index: int) -> Exception:
    """The error for a number as the index of a tensor without dimensions."""
    if index:
        return IndexError(f"index {index} is out of bounds for dimension 0 with size 0")
    return IndexError(
        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
    )


_select, _slice, _unsqueeze, _alias = (OPS[name] for name in ("select", "slice", "unsqueeze", "alias"))


def getitem(self: Tensor, index: Any) -> Tensor:
    """The elements at an index: a view, unless the index holds tensors or lists."""
    if type(index) is slice:
        start, stop = index.start, index.stop
        if (
            index.step is None
            and (start is None or type(start) is int)
            and (stop is None or type(stop) is int)
            and self._a.ndim
        ):
            return (_slice.function or function_of(_slice))(self, 0, start, stop, 1)
    elif index is None:
        return (_unsqueeze.function or function_of(_unsqueeze))(self, 0)
    if self._a.ndim == 0 and isinstance(index, (int, slice, np.integer)) and not isinstance(index, bool):
        if isinstance(index, slice):
            raise IndexError("slice() cannot be applied to a 0-dim tensor.")
        raise _of_nothing(int(index))
    picked = _plainly(self, index)
    if picked is not None:
        return function_of(_alias)(self) if picked is self else picked
    picked, left = basic(self, normal(index), isinstance(index, slice))
    if left:
        return function_of(OPS["index"])(picked, tuple(left))
    return function_of(_alias)(self) if picked is self else picked


def _plainly(t: Tensor, index: Any) -> Tensor | None:
    """The view at an index of numbers, slices without steps, None and Ellipsis; None where there is more to it, or where
    something is wrong with it."""
    kind = type(index)
    try:
        if kind is int:
            return (_select.function or function_of(_select))(t, 0, index) if t._a.ndim else None
        if kind is not tuple or not index:
            return None
        taken = dots = 0
        for i in index:
            kind = type(i)
            if kind is int:
                taken += 1
            elif kind is slice:
                if i.step is not None and i.step != 1 or not _plain_ends(i):
                    return None
                taken += 1
            elif i is Ellipsis:
                dots += 1
            elif i is not None:
                return None
        if taken > t._a.ndim or dots > 1:
            return None
        made, d = t, 0
        for i in index:
            if type(i) is int:
                made = (_select.function or function_of(_select))(made, d, i)
            elif i is None:
                made = (_unsqueeze.function or function_of(_unsqueeze))(made, d)
                d += 1
            elif i is Ellipsis:
                d += t._a.ndim - taken
            else:
                start, stop = i.start, i.stop
                if (start is not None and start != 0) or (stop is not None and stop < made._a.shape[d]):
                    made = (_slice.function or function_of(_slice))(made, d, start, stop, 1)
                d += 1
    except IndexError:
        return None
    return made


def _plain_ends(i: slice) -> bool:
    return (i.start is None or type(i.start) is int) and (i.stop is None or type(i.stop) is int)


def _without_leading_ones(value: Tensor, always: bool = False) -> Tensor:
    """The value as a view without its first dimensions of size 1; a view even if there are none, if `always`."""
    shape = value._a.shape
    kept = next((d for d, n in enumerate(shape) if n != 1), len(shape))
    return value.view(shape[kept:]) if kept or always else value  # type: ignore[attr-defined, no-any-return]


def _at_once(t: Tensor, index: Any, value: Any) -> bool:
    """Write without making a view, where nobody can tell: nothing is recorded, nobody listens, and neither is a window on
    memory that the other may have."""
    a = t._a
    if t._node is not None or a.base is not None or t._v is UNCOUNTED or watch.listener is not None:
        return False
    if inplace.before_write is not None or a.ndim == 0:
        return False
    kind = type(index)
    if kind is tuple:
        for i in index:
            if type(i) is not int and (type(i) is not slice or i.step is not None or not _plain_ends(i)):
                return False
    elif kind is not int:
        return False
    try:
        where = (*index, ...) if kind is tuple else (index, ...)
        part = a[where]
    except IndexError:
        return False
    if isinstance(value, Tensor):
        b = value._a
        if value._node is not None or b.base is not None or b is a or type(b) is not type(a):
            return False
        if (b.shape != part.shape and b.ndim) or (b.dtype.kind == "c" and a.dtype.kind != "c"):
            return False
        np.copyto(part, b, casting="unsafe")
    elif type(value) is float and a.dtype.kind == "f":
        part.fill(value)
    else:
        return False
    inplace.count(t)
    return True


def _as_value(t: Tensor, value: Any) -> Tensor:
    """A Python number that is written into `t`, as a tensor like it."""
    from .creation import tensor

    if not isinstance(value, (bool, int, float, complex, np.generic)):
        kind = type(value)
        name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
        raise TypeError(f"can't assign a {name} to a {errors.type_name(t)}")
    if isinstance(value, (complex, np.complexfloating)) and not t.is_complex():
        into = {"float32": "float", "float64": "double", "int64": "int64_t", "int32": "int"}.get(
            t.dtype.name, t.dtype.name
        )
        raise RuntimeError(f"value cannot be converted to type {into} without overflow")
    return tensor(value, dtype=t.dtype)


def setitem(self: Tensor, index: Any, value: Any) -> None:
    """Write into the elements at an index."""
    if _at_once(self, index, value):
        return
    if isinstance(index, bool):
        if not index:
            return  # no elements, whatever the value's shape
        index = None
    if isinstance(index, (int, np.integer)) and self._a.ndim == 0:
        raise _of_nothing(int(index))
    if self._a.ndim == 0 and isinstance(index, slice):
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    left: list[Any] = []
    kind = type(index)
    picked = _plainly(self, index) if kind is int or kind is tuple else None
    if picked is None:
        picked, left = basic(self, normal(index), False)
    if not isinstance(value, Tensor):
        if not left and type(value) in (int, float, bool) and picked._node is None and 0 not in picked._a.strides:
            picked.fill_(value)  # type: ignore[attr-defined]
            return
        value = _as_value(self, value)
    picked._passing = picked is not self
    if left:
        value = _without_leading_ones(value)
        if is_recording() and (picked._node is not None or value._node is not None):
            check(picked, True)
        if (
            sum(i is not None for i in left) == 1 and value._a.size == 1 and "_was_uint8" in left[-1].__dict__
        ):  # PyTorch fills by the mask then
            raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype unsigned char")
        check_partial_overlap(picked, value, wholly=True)
        by_mask = left[-1]._a.dtype == bool and sum(i is not None for i in left) == 1
        if by_mask and value._a.size == 1 and value.dtype is not picked.dtype:  # a mask that is filled takes any number
            value = value.to(picked.dtype)  # type: ignore[attr-defined]
        index_put_method(picked, tuple(left), value)
    elif value._a.shape == picked._a.shape:
        picked.copy_(value)  # type: ignore[attr-defined]
    elif not value._a.ndim:
        picked.fill_(value)  # type: ignore[attr-defined]
    else:
        value = _without_leading_ones(value, always=True)
        want = picked._a.shape
        picked.copy_(value if value._a.shape == want else value.expand(want))  # type: ignore[attr-defined]


Tensor.__getitem__, Tensor.__setitem__ = getitem, setitem  # type: ignore[attr-defined, method-assign]
