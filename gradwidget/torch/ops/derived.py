"""Parts of other ops under names of their own, as compilers' graphs have them: gradients of softmax, indexing under a mask,
tensors cut into padded chunks."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..tensor import Tensor, from_array
from . import both
from .normalization import normalised_as
from .reduce import _axes
from .registry import OPS, function_of, public, record

# ---- gradients of softmax and its logarithm


def _total(x: Any, dim: int) -> Any:
    return x.sum(dim, keepdim=True) if isinstance(x, Tensor) else x.sum(dim if x.ndim else None, keepdims=True)  # type: ignore[attr-defined]


def _softmax_part(grad: Any, output: Any, dim: int) -> Any:
    return grad * output - output * _total(grad * output, dim)


def _log_softmax_part(grad: Any, output: Any, dim: int) -> Any:
    return grad - both.exp(output) * _total(grad, dim)


record(
    "_softmax_backward_data",
    lambda grad_output, output, dim, input_dtype: _softmax_part(grad_output, output, dim).astype(input_dtype.np),
    "grad_output, output, dim, input_dtype",
    tensors=("grad_output", "output"),
    methods=(),
    node="SoftmaxBackwardDataBackward0",
    grad_output=lambda grad, output, dim: _softmax_part(grad, output, dim),
    output=lambda grad, grad_output, output, dim: (
        grad * grad_output - grad * _total(grad_output * output, dim) - grad_output * _total(grad * output, dim)
    ),
)
record(
    "_log_softmax_backward_data",
    lambda grad_output, output, dim, input_dtype: _log_softmax_part(grad_output, output, dim).astype(input_dtype.np),
    "grad_output, output, dim, input_dtype",
    tensors=("grad_output", "output"),
    methods=(),
    node="LogSoftmaxBackwardDataBackward0",
    grad_output=lambda grad, output, dim: grad - _total(grad * both.exp(output), dim),
    output=lambda grad, grad_output, output, dim: -(both.exp(output) * _total(grad_output, dim)) * grad,
)


def _shown(name: str) -> None:
    def call(*args: Any, **kwargs: Any) -> Any:
        return function_of(OPS[name])(*args, **kwargs)

    call.__name__ = name
    public(name, method=False)(call)


_shown("_softmax_backward_data")
_shown("_log_softmax_backward_data")


# ---- indexing where a mask allows it


def _within(shape: tuple[int, ...], indices: Any) -> tuple[np.ndarray, ...]:
    return tuple(np.clip(i, -n, n - 1) for i, n in zip(indices, shape))


def _masked_index(self: np.ndarray, mask: np.ndarray, indices: Any, fill: Any) -> Any:
    if not self.size:
        return np.zeros(np.broadcast_shapes(mask.shape, *(i.shape for i in indices)), self.dtype)
    found = self[_within(self.shape, indices)]
    return np.where(mask, found, self.dtype.type(fill))


def _masked_put(self: np.ndarray, mask: np.ndarray, indices: Any, values: np.ndarray) -> Any:
    out = self.copy()
    if out.size:
        np.add.at(out, _within(self.shape, indices), np.where(mask, values, values.dtype.type(0)))
    return out


def _put_in_zeros(grad: Any, self_shape: tuple[int, ...], mask: Any, indices: Any) -> Any:
    zeros = both.zeros(self_shape, grad)
    if isinstance(grad, Tensor):
        return function_of(OPS["_unsafe_masked_index_put_accumulate"])(zeros, mask, indices, grad)
    return _masked_put(zeros, both.array(mask), indices, grad)


def _taken(grad: Any, mask: Any, indices: Any) -> Any:
    if isinstance(grad, Tensor):
        return function_of(OPS["_unsafe_masked_index"])(grad, mask, indices, 0)
    return _masked_index(grad, both.array(mask), indices, 0)


record("_unsafe_masked_index", _masked_index, "self, mask, indices, fill", tensors=("self", "mask"), methods=(),
       node="UnsafeMaskedIndexBackward0", self=_put_in_zeros)  # fmt: skip
record("_unsafe_masked_index_put_accumulate", _masked_put, "self, mask, indices, values", tensors=("self", "mask", "values"),
       methods=(), node="UnsafeMaskedIndexPutAccumulateBackward0", self=lambda grad: grad, values=_taken)  # fmt: skip


@public(method=False)
def _unsafe_masked_index(input: Any, mask: Any, indices: Any, fill: Any) -> Tensor:
    """input[indices] where the mask is True, `fill` elsewhere; indices there may lie outside."""
    return function_of(OPS["_unsafe_masked_index"])(input, mask, tuple(i._a for i in indices), fill)  # type: ignore[no-any-return]


@public(method=False)
def _unsafe_masked_index_put_accumulate(input: Any, mask: Any, indices: Any, values: Any) -> Tensor:
    """`values` added at the indices where the mask is True."""
    places = tuple(i._a for i in indices)
    return function_of(OPS["_unsafe_masked_index_put_accumulate"])(input, mask, places, values)  # type: ignore[no-any-return]


# ---- chunks, hashes, statistics


@public(method=False)
def _chunk_cat(tensors: Any, dim: int, num_chunks: int, *, out: Any = None) -> Tensor:
    """Each tensor cut into chunks along `dim`, the last ones padded with zeros; chunk by chunk side by side."""
    if not tensors:
        raise RuntimeError("_chunk_cat expects a non-empty input tensor list")
    if num_chunks < 1:
        raise RuntimeError("_chunk_cat expects positive num_chunks")
    arrays = [t._a for t in tensors]
    if dim < 0 and len({a.ndim for a in arrays}) > 1:
        raise RuntimeError("_chunk_cat expects non-negative dim when input tensors have different ndims")
    d = dim if len({a.ndim for a in arrays}) > 1 else geometry.wrap(dim, arrays[0].ndim)
    if any(d >= a.ndim for a in arrays):
        raise RuntimeError("_chunk_cat expects dim < ndim for all input tensors")
    if not all(a.size for a in arrays):
        raise RuntimeError("_chunk_cat expects non-empty tensor")
    if any(a.shape[:d] != arrays[0].shape[:d] for a in arrays):
        raise RuntimeError("_chunk_cat expects same sizes of 0,...,dim-1 dimensions for all tensors")
    rows = []
    for a in arrays:
        missing = -a.shape[d] % num_chunks
        wide = np.pad(a, [(0, missing if k == d else 0) for k in range(a.ndim)])
        rows.append(
            wide.reshape(*a.shape[:d], num_chunks, -1) if wide.size else wide.reshape(*a.shape[:d], num_chunks, 0)
        )
    result = from_array(np.concatenate(rows, -1))
    if out is None:
        return result
    from .inplace import into

    return into(lambda: result, out)


@public(method=False)
def hash_tensor(input: Any, dim: Any = None, *, keepdim: bool = False, mode: int = 0) -> Tensor:
    """The exclusive or of all elements, as words of 64 bits (of floating point: of their float64 form)."""
    if mode != 0:
        raise ValueError(f"Unknown hash_tensor mode: {mode}")
    a = input._a
    words = a.astype(np.float64).view(np.uint64) if a.dtype.kind in "fV" else a.astype(np.int64).view(np.uint64)
    axes = tuple(range(a.ndim)) if dim is None or dim == () or dim == [] else _axes(dim, a.ndim)
    return from_array(np.asarray(np.bitwise_xor.reduce(words, axis=axes, keepdims=keepdim)))


@public(method=False)
def _native_batch_norm_legit(input: Any, weight: Any, bias: Any, *rest: Any) -> Any:
    """`native_batch_norm`; without running statistics where those are not given."""
    if len(rest) == 3:
        return normalised_as("_native_batch_norm_legit_no_stats", input, weight, bias, None, None, *rest)
    return normalised_as("_native_batch_norm_legit", input, weight, bias, *rest)
