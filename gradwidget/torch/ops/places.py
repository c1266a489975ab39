"""Elements taken from and put to places: repeated, along a dimension, by flat positions, by masks, reduced where they meet."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..dtypes import OF_NUMPY
from ..tensor import Tensor, from_array
from .along import _along, _check_index, _in_range
from .both import array, constant, where, zeros
from .convert import contiguous_format
from .registry import public, record, spelled

# ---- repeated


@public()
@spelled
def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Each element (or slice along `dim`) several times in a row; of one tensor alone, its positions as often as it says."""
    if repeats is None:
        if input.dim() != 1:
            raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
        if input._a.dtype not in (np.int64, np.int32):
            raise RuntimeError("repeats has to be Long or Int tensor")
        if (input._a < 0).any():
            raise RuntimeError("repeats can not be negative")
        return from_array(np.repeat(np.arange(len(input._a)), input._a))
    x, d = (input, dim) if dim is not None else (input.flatten(), 0)
    d = geometry.wrap(d, max(x.dim(), 1))
    if x.dim() == 0:
        x = x.reshape(1)
    if isinstance(repeats, Tensor) and repeats.numel() == 1 and repeats.dim() <= 1:
        repeats = int(repeats.item())
    if isinstance(repeats, int):
        if repeats < 0:
            raise RuntimeError("Repeats must be non-negative")
        shape = list(x.shape)
        wide = x.unsqueeze(d + 1)
        size = [*shape[: d + 1], repeats, *shape[d + 1 :]]
        return wide.expand(size).clone(memory_format=contiguous_format).flatten(d, d + 1)  # type: ignore[no-any-return]
    counts = repeats._a
    if counts.dtype not in (np.int64, np.int32):
        raise RuntimeError("repeats has to be Long or Int tensor")
    if counts.ndim != 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if (counts < 0).any():
        raise RuntimeError("repeats can not be negative")
    if len(counts) != x.shape[d]:
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {len(counts)} and input.size({d}) = {x.shape[d]}"
        )
    total = int(counts.sum())
    if output_size is not None and output_size != total:
        raise RuntimeError("allocated size does not match required size")
    return x.index_select(d, from_array(np.repeat(np.arange(len(counts)), counts)))  # type: ignore[no-any-return]


# ---- along a dimension


@public()
@spelled
def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Tensor:
    """`gather` with an index that is broadcast; without `dim`, over the flattened tensor."""
    if indices._a.dtype != np.int64:
        from ..dtypes import OF_NUMPY

        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {OF_NUMPY[indices._a.dtype].legacy.removeprefix('torch.').removesuffix('Tensor')}"
        )
    size = input.numel() if dim is None else input.size(dim)
    if (indices._a < 0).any():
        indices = from_array(np.where(indices._a < 0, indices._a + size, indices._a))
    if dim is None:
        return input.reshape(-1).gather(0, indices.reshape(-1))  # type: ignore[no-any-return]
    if input.dim() != indices.dim():
        raise RuntimeError(
            f"torch.take_along_dim(): input and indices should have the same number of dimensions, but got {input.dim()} dimensions for input, and {indices.dim()} dimensions for indices"
        )
    d = geometry.wrap(dim, input.dim())
    shapes = [list(t.shape) for t in (input, indices)]
    shapes[0][d], shapes[1][d] = shapes[1][d], shapes[0][d]
    wide_index = list(geometry.broadcast(tuple(shapes[0]), tuple(indices.shape)))
    shapes = [list(t.shape) for t in (input, indices)]
    shapes[1][d] = shapes[0][d]
    wide = list(geometry.broadcast(tuple(shapes[0]), tuple(shapes[1])))
    return input.expand(wide).gather(d, indices.expand(wide_index))  # type: ignore[no-any-return]


# ---- by flat positions


def _put(a: np.ndarray, index: np.ndarray, source: np.ndarray, accumulate: bool) -> Any:
    if index.dtype != np.int64:
        from ..dtypes import OF_NUMPY

        raise RuntimeError(
            f"put_(): Expected a long tensor for index, but got {OF_NUMPY[index.dtype].legacy.removeprefix('torch.').removesuffix('Tensor')}"
        )
    if source.dtype != a.dtype:
        raise RuntimeError("put_(): self and source expected to have the same dtype")
    if index.size != source.size:
        raise RuntimeError(
            f"put_(): Expected source and index to have the same number of elements, but got source.numel() = {source.size}, index.numel() = {index.size}"
        )
    if index.size and (index.min() < -a.size or index.max() >= a.size):
        raise IndexError(
            "out of range: tried to access index out of bounds" if a.size else "put_(): Index out of bounds"
        )
    flat = a.reshape(-1).copy()
    if accumulate:
        np.add.at(flat, index.reshape(-1), source.reshape(-1))
    else:
        flat[index.reshape(-1)] = source.reshape(-1)
    return flat.reshape(a.shape)


record(
    "put",
    _put,
    "self, index, source, accumulate=False",
    tensors=("self", "index", "source"),
    inplace=True,
    holomorphic=True,
    self=lambda grad, index, source, accumulate: grad if accumulate else _emptied(grad, index),
    source=lambda grad, index, source_shape: _taken(grad, index, source_shape),
)


def _emptied(grad: Any, index: Any) -> Any:
    at = array(index)
    if isinstance(grad, Tensor):
        return grad.put(from_array(at), from_array(np.zeros(at.shape, array(grad).dtype)))  # type: ignore[attr-defined]
    return _put(grad, at, np.zeros(at.shape, grad.dtype), False)


def _taken(grad: Any, index: Any, shape: tuple[int, ...]) -> Any:
    if isinstance(grad, Tensor):
        return grad.take(from_array(array(index))).reshape(shape)  # type: ignore[attr-defined]
    return grad.reshape(-1)[array(index).reshape(-1)].reshape(shape)


# ---- by masks


def _masked_scatter(a: np.ndarray, mask: np.ndarray, source: np.ndarray) -> Any:
    if mask.dtype != np.bool_:
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {OF_NUMPY[mask.dtype].legacy}"
        )
    if a.dtype != source.dtype:
        raise RuntimeError("masked_scatter: expected self and source to have same dtypes but got different ones")
    shape = geometry.broadcast(a.shape, mask.shape)
    out, m = np.broadcast_to(a, shape).copy(), np.broadcast_to(mask, shape)
    count = int(m.sum())
    if source.size < count:
        raise RuntimeError(f"Number of elements of source ({source.size}) < number of ones in mask ({count})")
    out[m] = source.reshape(-1)[:count]
    return out


def _mask_source(grad: Any, mask: Any, shape: tuple[int, ...]) -> Any:
    m = np.broadcast_to(array(mask), tuple(grad.shape))
    count = int(np.prod(shape))
    if isinstance(grad, Tensor):
        chosen = grad.masked_select(from_array(m.copy()))  # type: ignore[attr-defined]
        blank = zeros((count,), grad)
        return blank.index_add(0, from_array(np.arange(chosen.numel())), chosen).reshape(shape)
    out = np.zeros(count, grad.dtype)
    chosen = grad[m]
    out[: len(chosen)] = chosen
    return out.reshape(shape)


def _mask_self(grad: Any, mask: Any, shape: tuple[int, ...]) -> Any:
    from ..dispatch import reduce_to

    m = np.broadcast_to(array(mask), tuple(grad.shape))
    kept = grad.masked_fill(from_array(m.copy()), 0) if isinstance(grad, Tensor) else np.where(m, 0, grad)  # type: ignore[attr-defined]
    return reduce_to(kept.astype(grad.dtype, copy=False) if not isinstance(grad, Tensor) else kept, shape)


record(
    "masked_scatter",
    _masked_scatter,
    "self, mask, source",
    tensors=("self", "mask", "source"),
    inplace=True,
    holomorphic=True,
    self=lambda grad, mask, self_shape: _mask_self(grad, mask, tuple(self_shape)),
    source=lambda grad, mask, source_shape: _mask_source(grad, mask, tuple(source_shape)),
)


# ---- reduced where they meet

_UFUNCS = {"sum": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum, "mean": np.add}
_FIRST: dict[str, Any] = {"sum": 0, "mean": 0, "prod": 1}


def _neutral(reduce: str, d: np.dtype[Any]) -> Any:
    if reduce in _FIRST:
        return d.type(_FIRST[reduce])
    if d.kind == "f":
        return d.type(-np.inf if reduce == "amax" else np.inf)
    if d.kind == "b":
        return d.type(reduce == "amin")
    info = np.iinfo(d)
    return d.type(info.min if reduce == "amax" else info.max)


def _reduced(a: np.ndarray, at: Any, values: np.ndarray, reduce: str, include_self: bool) -> np.ndarray:
    out = a.copy()
    if not include_self:
        out[at] = _neutral(reduce, a.dtype)
    _UFUNCS[reduce].at(out, at, values)
    if reduce == "mean":
        counts = np.full(a.shape, int(include_self), np.int64)
        np.add.at(counts, at, 1)
        counts = np.maximum(counts, 1)
        out = (np.floor_divide(out, counts) if a.dtype.kind in "iu" else out / counts).astype(a.dtype)
    return out


def _scatter_reduce(
    a: np.ndarray, dim: int, index: np.ndarray, src: np.ndarray, reduce: str, include_self: bool
) -> Any:
    if reduce not in _UFUNCS:
        raise RuntimeError("reduce argument must be either sum, prod, mean, amax or amin, got " + str(reduce))
    _check_index("scatter", a, index)
    if a.dtype != src.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if not a.ndim:
        flat = _scatter_reduce(a.reshape(1), 0, index.reshape(-1), src.reshape(-1), reduce, include_self)
        return flat.reshape(())
    d = geometry.wrap(dim, a.ndim)
    _in_range(index, a.shape[d], d)
    if not index.size:
        return a.copy()
    values = src.reshape(-1) if src.ndim == 0 else src
    return _reduced(a, _along(index, d), values[tuple(slice(n) for n in index.shape)], reduce, include_self)


def _reduce_back(
    grad: Any, self: Any, dim: int, index: Any, src: Any, reduce: str, include_self: bool, result: Any
) -> tuple[Any, Any]:
    """The gradients of what was there and of what came."""
    at = array(index)
    shape = tuple(self.shape)
    if not len(shape) or not at.size:
        at = at.reshape(-1) if not len(shape) else at
    d = geometry.wrap(dim, max(len(shape), 1))
    a, s = array(self), array(src)
    flat = not len(shape)
    if flat:
        a, s = a.reshape(1), s.reshape(-1)
    i = constant(at, grad)
    g = grad.reshape(1) if flat else grad
    x = self.reshape(1) if flat else self
    y = src.reshape(-1) if flat else src
    window = tuple(slice(n) for n in at.shape)
    y_used = y[window]

    def gather(t: Any) -> Any:
        if isinstance(t, Tensor):
            return t.gather(d, i)  # type: ignore[attr-defined]
        return t[_along(at, d)]

    def scatter(values: Any) -> Any:
        if isinstance(values, Tensor):
            return zeros(a.shape, values).scatter_add(d, i, values)
        out = np.zeros(a.shape, values.dtype)
        np.add.at(out, _along(at, d), values)
        return out

    hit = np.zeros(a.shape, bool)
    hit[_along(at, d)] = True
    kept = constant((hit & (not include_self)), grad)
    if reduce == "sum":
        of_self, of_src = g, gather(g)
    elif reduce == "mean":
        counts = np.full(a.shape, float(include_self))
        np.add.at(counts, _along(at, d), 1)
        n = constant(np.maximum(counts, 1).astype(array(grad).dtype), grad)
        of_self, of_src = g / n, gather(g / n)
    elif reduce == "prod":
        product = result.reshape(1) if flat else result
        no_zero = not (a == 0).any() and not (s == 0).any()
        if no_zero:
            of_self, of_src = g * product / x, gather(g * product) / y_used
        else:
            of_self, of_src = _prod_back(g, a, d, at, s[window], include_self, grad)
    else:
        r = array(result).reshape(a.shape)
        here = (a == r) & (not hit.any() or include_self | ~hit)
        there = s[window] == r[_along(at, d)]
        ties = here.astype(np.int64) * 1
        np.add.at(ties, _along(at, d), there)
        share = g / constant(np.maximum(ties, 1).astype(array(grad).dtype), grad)
        of_self = share * constant(here.astype(array(grad).dtype), grad)
        of_src = gather(share) * constant(there.astype(array(grad).dtype), grad)
    of_self = where(kept, of_self * 0, of_self) if not include_self else of_self
    if tuple(y.shape) != tuple(at.shape):
        blank = np.zeros(tuple(y.shape), array(grad).dtype)
        if isinstance(of_src, Tensor):
            made = from_array(blank)
            positions = np.arange(blank.size).reshape(blank.shape)[window].reshape(-1)
            of_src = made.reshape(-1).index_add(0, from_array(positions), of_src.reshape(-1)).reshape(blank.shape)  # type: ignore[attr-defined]
        else:
            blank[window] = of_src
            of_src = blank
    return (of_self.reshape(shape), of_src.reshape(tuple(src.shape)))


def _prod_back(g: Any, a: np.ndarray, d: int, at: np.ndarray, s: np.ndarray, include_self: bool, like: Any) -> Any:
    """Where there are zeros: each gradient is the product of the others."""
    place = _along(at, d)
    start = a.copy() if include_self else np.ones_like(a)
    zeros_in = np.zeros(a.shape, np.int64)
    if include_self:
        zeros_in += a == 0
        start[a == 0] = 1
    np.add.at(zeros_in, place, s == 0)
    np.multiply.at(start, place, np.where(s == 0, 1, s))
    ga = array(g)
    own = np.where(a == 0, zeros_in == 1, zeros_in == 0)
    of_self = ga * np.where(own, start / np.where(a == 0, 1, a), 0)
    others = zeros_in[place] - (s == 0)
    of_src = ga[place] * np.where(others == 0, start[place] / np.where(s == 0, 1, s), 0)
    return constant(of_self.astype(a.dtype), like), constant(of_src.astype(a.dtype), like)


record(
    "scatter_reduce",
    _scatter_reduce,
    "self, dim, index, src, reduce, *, include_self=True",
    tensors=("self", "index", "src"),
    inplace=True,
    shared=_reduce_back,
    self=lambda shared: shared[0],
    src=lambda shared: shared[1],
)


def _index_reduce(
    a: np.ndarray, dim: int, index: np.ndarray, source: np.ndarray, reduce: str, include_self: bool
) -> Any:
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(
            "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got " + str(reduce)
        )
    if index.ndim > 1:
        raise IndexError(f"index_reduce_(): Index is supposed to be a vector, but got dim: {index.ndim} with type: {index.dtype.name.capitalize()} and size: {list(index.shape)}")  # fmt: skip
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError("index_reduce(): Expected dtype int32/int64 for index")
    if a.dtype != source.dtype:
        raise RuntimeError("index_reduce(): self and source expected to have the same dtype")
    d = geometry.wrap(dim, max(a.ndim, 1))
    whole = a if a.ndim else a.reshape(1)
    values = source if source.ndim else source.reshape(1)
    if index.size and (index.min() < 0 or index.max() >= whole.shape[d]):
        raise IndexError("index out of range in self")
    at = (slice(None),) * d + (index.reshape(-1),)
    return _reduced(whole, at, values, reduce, include_self).reshape(a.shape)


def _index_reduce_back(
    grad: Any, self: Any, dim: int, index: Any, source: Any, reduce: str, include_self: bool, result: Any
) -> Any:
    shape = tuple(source.shape)
    d = geometry.wrap(dim, max(len(shape), 1))
    at = array(index).reshape(-1)
    spread = np.broadcast_to(at.reshape(-1, *(1,) * (max(len(shape), 1) - d - 1)), shape or (1,)).copy()
    wide = spread.reshape(shape) if shape else spread.reshape(())
    return _reduce_back(grad, self, dim, wide, source, reduce, include_self, result)


record(
    "index_reduce",
    _index_reduce,
    "self, dim, index, source, reduce, *, include_self=True",
    tensors=("self", "index", "source"),
    inplace=True,
    shared=_index_reduce_back,
    self=lambda shared: shared[0],
    source=lambda shared: shared[1],
)
