"""Methods of PyTorch's first years that lessons still call."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes, errors
from ..tensor import Tensor
from .creation import finish, legacy_tensor
from .inplace import check
from .registry import OPS, function_of, public


@public(function=False)
def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """A tensor of this one's dtype: `x.new(2, 3)` (values mean nothing) or `x.new([1, 2])`."""
    if len(args) == 1 and isinstance(args[0], Tensor) and args[0].dtype is not self.dtype:
        raise TypeError(f"expected {errors.type_name(self)} (got {errors.type_name(args[0])})")
    return legacy_tensor(*args, dtype=self.dtype, device=device)


def _each(self: Tensor, name: str, tensors: tuple[Tensor, ...], function: Callable[..., Any]) -> Tensor:
    for t in (self, *tensors):
        if t.requires_grad:
            raise RuntimeError(
                f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead."
            )
    check(self, False)
    arrays = [np.broadcast_to(t._a, self._a.shape).ravel().tolist() for t in (self, *tensors)]
    values = [function(*v) for v in zip(*arrays)]
    self._a[...] = np.array(values, self._a.dtype).reshape(self._a.shape)
    return self


@public(function=False)
def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Every element replaced by what a Python function makes of it. Slow, as in PyTorch."""
    return _each(self, "apply_", (), callable)


@public(function=False)
def map_(self: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Every element replaced by what a Python function makes of it and its fellow in another tensor."""
    return _each(self, "map_", (tensor,), callable)


@public(function=False)
def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor:
    """As `map_`, with two other tensors."""
    return _each(self, "map2_", (x, y), callable)


@public(function=False)
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """One value on the main diagonal. wrap: tall matrices get another diagonal below, after an empty row."""
    if self.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    if self.ndim > 2 and len(set(self.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    rows, columns = self.shape[:2]
    step = sum(self.stride())
    self.as_strided((min(self.shape),), (step,), self.storage_offset()).fill_(fill_value)  # type: ignore[attr-defined]
    if wrap and self.ndim == 2 and rows > columns + 1:
        begin = self.stride(0) * (columns + 1)
        left = ((rows * columns) - columns * (columns + 1) + columns) // (columns + 1)
        self.as_strided((left,), (step,), self.storage_offset() + begin).fill_(fill_value)  # type: ignore[attr-defined]
    return self


def _deprecated(name: str) -> None:
    warnings.warn(f"non-inplace {name} is deprecated", UserWarning, stacklevel=3)


@public(function=False)
def resize(self: Tensor, *sizes: Any) -> Tensor:
    """In another shape of as many elements. PyTorch deprecates it: `reshape` does it."""
    _deprecated("resize")
    return self.reshape(*sizes)  # type: ignore[attr-defined,no-any-return]


@public(function=False)
def resize_as(self: Tensor, tensor: Tensor) -> Tensor:
    """In the shape of another tensor. PyTorch deprecates it: `reshape_as` does it."""
    _deprecated("resize_as")
    return self.reshape(tensor.shape)  # type: ignore[attr-defined,no-any-return]


@public()
def is_nonzero(input: Tensor) -> bool:
    """Whether a tensor of one element is not zero."""
    return bool(input)


@public()
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape."""
    return input._a.shape == other._a.shape


@public(function=False)
def share_memory_(self: Tensor) -> Tensor:
    """For other processes: nothing to do where there are none."""
    return self


@public(function=False)
def is_shared(self: Tensor) -> bool:
    return False


@public(function=False)
def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    raise RuntimeError("Cannot access accelerator device when none is available.")


@public(function=False)
def is_pinned(self: Tensor, device: Any = None) -> bool:
    return False


@public(function=False)
def to_dense(self: Tensor, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
    """The tensor itself: only sparse ones change."""
    return self if dtype is None else self.to(dtype)  # type: ignore[attr-defined,no-any-return]


@public(function=False)
def sparse_dim(self: Tensor) -> int:
    return 0


@public(function=False)
def dense_dim(self: Tensor) -> int:
    return self.ndim


@public(function=False)
def as_subclass(self: Tensor, cls: type[Any]) -> Any:
    """The same memory and history in a subclass of Tensor."""
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise RuntimeError("cls must be a type that inherits from Tensor")
    t = function_of(OPS["alias"])(self)
    t.__class__ = cls
    return t


@public()
def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """A copy in which `values` stand at `indices`."""
    from .indexing import normal

    return function_of(OPS["index_put"])(input, tuple(normal(tuple(indices))), values, accumulate)  # type: ignore[no-any-return]


@public(method=False)
def vander(x: Tensor, N: int | None = None, *, increasing: bool = False) -> Tensor:
    """The powers of a vector's elements, a column each, from the highest on (or from 0 on)."""
    from .. import linalg

    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = x.shape[0] if N is None else N
    if n < 0:
        raise RuntimeError("N must be non-negative.")
    powers = linalg.vander(x, N=n) if n > 1 else x.to(_whole(x)).new_ones((x.shape[0], n))  # type: ignore[attr-defined]
    return powers if increasing else powers.flip(1)  # type: ignore[no-any-return]


def _whole(x: Tensor) -> Any:
    return dtypes.int64 if x.dtype.kind < 2 else x.dtype


@public(method=False)
def range(
    start: Any, end: Any, step: Any = 1, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """`arange` with its end. PyTorch deprecates it."""
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with Python's "
        "range builtin. Instead, use torch.arange, which produces values in [start, end).",
        UserWarning,
        stacklevel=2,
    )
    d = dtype or dtypes.get_default_dtype()
    values = start + step * np.arange(int((end - start) / step) + 1)
    return finish(values.astype(d.np), device, requires_grad, "range", (start, end, step))


def _norm_of_old(name: str, instead: str) -> None:
    warnings.warn(
        f"at::{name} is deprecated and it is just left for JIT compatibility. It will be removed in a future PyTorch release. "
        f"Please use `{instead}` instead",
        UserWarning,
        stacklevel=3,
    )


@public(method=False)
def nuclear_norm(input: Tensor, dim: Any = (-2, -1), keepdim: bool = False) -> Tensor:
    """The sum of a matrix's singular values. PyTorch deprecates it."""
    from .. import linalg

    _norm_of_old("nuclear_norm", "linalg.matrix_norm(A, 'nuc', dim, keepdim)")
    return linalg.matrix_norm(input, "nuc", dim, keepdim)


@public(method=False)
def frobenius_norm(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """The root of the sum of squares. PyTorch deprecates it."""
    _norm_of_old("frobenius_norm", "linalg.vector_norm(A, 2., dim, keepdim)")
    return input.norm(2, dim, keepdim)  # type: ignore[attr-defined,no-any-return]


def _only_sparse(name: str) -> None:
    def missing(self: Tensor) -> Any:
        expected = "sparse tensor" if name == "values" else "sparse coordinate tensor"
        raise RuntimeError(f"{name} expected {expected} layout but got Strided")

    public(name, function=False)(missing)


for _name in ("coalesce", "indices", "is_coalesced", "values"):
    _only_sparse(_name)
