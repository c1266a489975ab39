"""Elements flipped, laid on diagonals, taken and put by flat index: composed of other ops, as in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..tensor import Tensor, from_array
from . import (
    both,
    view_copies,  # noqa: F401  (diagonal_copy)
)
from .registry import FUNCTIONS, OPS, function_of, public, record, spelled


@public()
def fliplr(input: Tensor) -> Tensor:
    """Columns in reverse order."""
    if input.dim() < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return input.flip(1)  # type: ignore[attr-defined, no-any-return]


@public()
def flipud(input: Tensor) -> Tensor:
    """Rows in reverse order."""
    if input.dim() < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return input.flip(0)  # type: ignore[attr-defined, no-any-return]


def _rot90(a: np.ndarray, k: int, dims: Any) -> Any:
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if a.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {a.ndim}")
    if dims[0] % a.ndim == dims[1] % a.ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    return np.rot90(a, k, dims).copy("K")


record(
    "rot90", _rot90, "self, k=1, dims=(0, 1)",
    self=lambda grad, k, dims: grad.rot90(-k, dims) if isinstance(grad, Tensor) else _rot90(grad, -k, dims),
)  # fmt: skip


def _diag_embed(a: np.ndarray, offset: int, dim1: int, dim2: int) -> Any:
    n = a.ndim + 1
    d1, d2 = geometry.wrap(dim1, n), geometry.wrap(dim2, n)
    if d1 == d2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = a.shape[-1] + abs(offset)
    out = np.zeros((*a.shape[:-1], size, size), a.dtype)
    k = np.arange(a.shape[-1])
    out[..., k + max(-offset, 0), k + max(offset, 0)] = a
    return np.ascontiguousarray(np.moveaxis(out, (-2, -1), (d1, d2)))


def _diag_embed_back(grad: Any, offset: int, dim1: int, dim2: int) -> Any:
    if isinstance(grad, Tensor):
        return grad.diagonal(offset, dim1, dim2)  # type: ignore[attr-defined]
    return np.diagonal(grad, offset, dim1, dim2)


record("diag_embed", _diag_embed, "self, offset=0, dim1=-2, dim2=-1", self=_diag_embed_back)


@public()
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, or a matrix with this diagonal."""
    if input.dim() == 1:
        return function_of(OPS["diag_embed"])(input, diagonal)  # type: ignore[no-any-return]
    if input.dim() == 2:
        return FUNCTIONS["diagonal_copy"](input, diagonal)  # type: ignore[no-any-return]
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.dim()}D")


@public()
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """A matrix with these elements on its diagonal."""
    return function_of(OPS["diag_embed"])(input.contiguous().view(-1), offset)  # type: ignore[attr-defined, no-any-return]


@public()
@spelled
def diff(input: Tensor, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """Differences between neighbours, taken n times."""
    from .shape import cat

    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    if input.dim() == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    parts = [p for p in (prepend, input, append) if p is not None]
    out = cat(parts, dim) if len(parts) > 1 else input
    d = geometry.wrap(dim, out.dim())
    if n == 0:
        return out.detach().clone().copy_(out)  # type: ignore[attr-defined, no-any-return]
    for _ in range(min(n, out.shape[d])):
        size = out.shape[d] - 1
        after, before = out.narrow(d, 1, size), out.narrow(d, 0, size)  # type: ignore[attr-defined]
        out = after.logical_xor(before) if out._a.dtype == bool else after - before
    return out


# ---- by flat index


def _take(a: np.ndarray, index: np.ndarray) -> Any:
    if index.dtype != np.int64:
        raise RuntimeError("take(): Expected a long tensor for index, but got " + str(index.dtype))
    if index.size and (index.max() >= a.size or index.min() < -a.size):
        raise IndexError("out of range: tried to access index out of range in take()")
    return a.reshape(-1)[index]


def _take_back(grad: Any, self_shape: tuple[int, ...], index: Any) -> Any:
    i = both.array(index).reshape(-1)
    if isinstance(grad, Tensor):
        n = geometry.numel(self_shape)
        blank = from_array(both.zeros((n,), grad._a))
        return blank.index_add(0, from_array(i % max(n, 1)), grad.reshape(-1)).reshape(self_shape)  # type: ignore[attr-defined]
    out = both.zeros(self_shape, grad)
    np.add.at(out.reshape(-1), i, grad.reshape(-1))
    return out


record("take", _take, "self, index", tensors=("self", "index"), self=_take_back)


def _index_copy(a: np.ndarray, dim: int, index: np.ndarray, source: np.ndarray) -> Any:
    if a.dtype != source.dtype:
        raise RuntimeError("index_copy_(): self and source expected to have the same dtype")
    out = a.copy("K")
    whole, given = (out, source) if a.ndim else (out.reshape(1), source.reshape(1))
    whole[(slice(None),) * geometry.wrap(dim, a.ndim) + (np.atleast_1d(index),)] = given
    return out


def _kept(grad: Any, dim: int, index: Any) -> Any:
    return (
        function_of(OPS["index_fill"])(grad, dim, index, 0)
        if isinstance(grad, Tensor)
        else OPS["index_fill"].kernel(grad, dim, both.array(index), 0)
    )


def _of_source(grad: Any, dim: int, index: Any, source_shape: tuple[int, ...]) -> Any:
    if isinstance(grad, Tensor):
        return grad.index_select(dim, index).reshape(source_shape)  # type: ignore[attr-defined]
    return OPS["index_select"].kernel(grad, dim, both.array(index)).reshape(source_shape)


record(
    "index_copy", _index_copy, "self, dim, index, source", tensors=("self", "index", "source"), inplace=True,
    self=_kept, source=_of_source,
)  # fmt: skip
