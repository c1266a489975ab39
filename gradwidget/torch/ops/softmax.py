"""softmax and its logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..dtypes import OF_NUMPY
from ..sums import ones
from ..tensor import Tensor
from .both import exp
from .quiet import quiet
from .registry import function_of, public, record


def _admitted(a: np.ndarray, dim: int, dtype: Any, name: str) -> tuple[np.ndarray, Any]:
    """The values, and `dim` as NumPy takes it."""
    if dtype is not None:
        a = a.astype(dtype.np, copy=False)
    if a.dtype.kind != "f":
        raise NotImplementedError(f"\"{name}_lastdim_kernel_impl\" not implemented for '{OF_NUMPY[a.dtype].legacy}'")
    d = geometry.wrap(dim, max(a.ndim, 1))
    return a, d if a.ndim else None


SHORT, MANY = 512, 256  # rows of fewer elements, arrays of more
LEAST = 0.01


def exponentials(a: np.ndarray, axis: Any, empty_rows: bool = False) -> tuple[np.ndarray, np.ndarray, Any]:
    """exp(a - top), the sums of it along `axis`, and top, with which no exponential overflows.

    Usually top is the greatest of each row. NumPy is slow to find that in many short rows; then the greatest of all is
    tried: as good, unless some row lies far below it. `empty_rows`: where a row is -inf throughout, top is 0 and
    so is the sum (NaN otherwise).
    """
    if axis == a.ndim - 1 and a.size > MANY and a.shape[-1] < SHORT and a.dtype.kind == "f" and a.flags.c_contiguous:
        top = a.max()
        if np.isfinite(top):
            e = np.subtract(a, top)
            np.exp(e, out=e)
            sums = e.dot(ones(a.shape[-1], a.dtype))[..., None]
            if sums.min() > LEAST:
                return e, sums, top
    top = np.maximum.reduce(a, axis, keepdims=True) if a.size else a.dtype.type(0)
    if empty_rows and a.size:
        np.copyto(top, 0, where=np.isneginf(top))
    e = np.subtract(a, top)
    e = np.exp(e, e if a.ndim else None)
    return e, np.add.reduce(e, axis, keepdims=True), top


@quiet
def _softmax(a: np.ndarray, dim: int, dtype: Any) -> Any:
    a, axis = _admitted(a, dim, dtype, "softmax")
    e, sums, _ = exponentials(a, axis)
    return np.divide(e, sums, out=e) if a.ndim else e / sums


@quiet
def _log_softmax(a: np.ndarray, dim: int, dtype: Any) -> Any:
    a, axis = _admitted(a, dim, dtype, "log_softmax")
    e, sums, top = exponentials(a, axis)
    return a - top - np.log(sums) if not a.ndim else np.subtract(np.subtract(a, top, out=e), np.log(sums), out=e)


def _total(x: Any, dim: int) -> Any:
    """The sum along `dim`, which stays as a dimension of size 1."""
    if isinstance(x, Tensor):
        return x.sum(dim, keepdim=True)  # type: ignore[attr-defined]
    if (
        x.size > MANY
        and dim in (-1, x.ndim - 1)
        and x.flags.c_contiguous
        and x.shape[-1] < SHORT
        and x.dtype.kind == "f"
    ):
        return x.dot(ones(x.shape[-1], x.dtype))[..., None]
    return x.sum(dim if x.ndim else None, keepdims=True)


def _softmax_back(grad: Any, result: Any, dim: int) -> Any:
    part = grad * result
    if type(part) is np.ndarray and part.ndim:
        part -= result * _total(part, dim)
        return part
    return part - result * _total(part, dim)


_softmax_op = record("softmax", _softmax, "self, dim, dtype=None", methods=(), self=_softmax_back)
_log_softmax_op = record(
    "log_softmax",
    _log_softmax,
    "self, dim, dtype=None",
    methods=(),
    self=lambda grad, result, dim: grad - exp(result) * _total(grad, dim),
)


def _dimension(name: str, dim: Any, axis: Any) -> Any:
    if dim is None and axis is None:
        raise TypeError(f'{name}() missing 1 required positional arguments: "dim"')
    return axis if dim is None else dim


@public()
def softmax(input: Any, dim: Any = None, dtype: Any = None, *, axis: Any = None, out: Any = None) -> Tensor:
    """exp(x) over its sum along `dim`."""
    x = input if dtype is None or input.dtype is dtype else input.to(dtype)
    d = _dimension("softmax", dim, axis)
    return (_softmax_op.function or function_of(_softmax_op))(x, d, out=out)  # type: ignore[no-any-return]


@public()
def log_softmax(input: Any, dim: Any = None, dtype: Any = None, *, axis: Any = None, out: Any = None) -> Tensor:
    """The logarithm of softmax."""
    x = input if dtype is None or input.dtype is dtype else input.to(dtype)
    d = _dimension("log_softmax", dim, axis)
    return (_log_softmax_op.function or function_of(_log_softmax_op))(x, d, out=out)  # type: ignore[no-any-return]
