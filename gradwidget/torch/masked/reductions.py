"""Reductions over the elements that a mask lets through.

Each takes `mask`, a boolean tensor that broadcasts to the input (None: all elements count), `dim` (one, several, None for
all), `keepdim` and the result's `dtype`. Where nothing is left the result is the reduction's identity, or NaN.

>>> torch.masked.mean(torch.tensor([1.0, 2.0, 9.0]), mask=torch.tensor([True, True, False]))
tensor(1.5000)
"""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..linalg import vector_norm
from ..ops.creation import ones
from ..tensor import Tensor
from .arguments import _canonical_dim, _combine_input_and_mask, _input_mask

_SMALL = (dtypes.uint8, dtypes.bool_, dtypes.int8, dtypes.int16, dtypes.int32)


def _total(d: Any) -> Any:
    """The dtype of a sum or product: small integers are added up as int64."""
    return dtypes.int64 if d in _SMALL else d


def sum(input: Any, dim: Any = None, *, keepdim: Any = False, dtype: Any = None, mask: Any = None) -> Tensor:
    dtype = _total(input.dtype) if dtype is None else dtype
    dims = _canonical_dim(dim, input.ndim)
    return _combine_input_and_mask("sum", input, mask).sum(dims, bool(keepdim), dtype=dtype)  # type: ignore[no-any-return]


def prod(input: Any, dim: Any = None, *, keepdim: Any = False, dtype: Any = None, mask: Any = None) -> Tensor:
    dtype = _total(input.dtype) if dtype is None else dtype
    result = _combine_input_and_mask("prod", input, mask).to(dtype=dtype)
    for d in reversed(_canonical_dim(dim, input.ndim)):
        result = result.prod(dim=d, keepdim=bool(keepdim))
    return result  # type: ignore[no-any-return]


def amax(input: Any, dim: Any = None, *, keepdim: Any = False, dtype: Any = None, mask: Any = None) -> Tensor:
    filled = _combine_input_and_mask("amax", input, mask)
    return filled.amax(_canonical_dim(dim, input.ndim), bool(keepdim)).to(dtype=dtype or input.dtype)  # type: ignore[no-any-return]


def amin(input: Any, dim: Any = None, *, keepdim: Any = False, dtype: Any = None, mask: Any = None) -> Tensor:
    filled = _combine_input_and_mask("amin", input, mask)
    return filled.amin(_canonical_dim(dim, input.ndim), bool(keepdim)).to(dtype=dtype or input.dtype)  # type: ignore[no-any-return]


def argmax(input: Any, dim: int | None = None, *, keepdim: Any = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """Where the greatest stands, in the input's dtype unless told otherwise."""
    filled = _combine_input_and_mask("argmax", input, mask)
    return filled.argmax(dim, bool(keepdim)).to(dtype=dtype or input.dtype)  # type: ignore[no-any-return]


def argmin(input: Any, dim: int | None = None, *, keepdim: Any = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """Where the least stands, in the input's dtype unless told otherwise."""
    filled = _combine_input_and_mask("argmin", input, mask)
    return filled.argmin(dim, bool(keepdim)).to(dtype=dtype or input.dtype)  # type: ignore[no-any-return]


def mean(input: Any, dim: Any = None, *, keepdim: Any = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """NaN where nothing is left."""
    source = "Input" if dtype is None else "Optional"
    dtype = input.dtype if dtype is None else dtype
    if not (dtype.is_floating_point or dtype.is_complex):
        raise ValueError(
            f"mean(): Could not infer output dtype. {source} dtype must be either a floating point or complex dtype. Got: {dtype}"
        )
    count = _count(input, dim, keepdim, mask)
    return sum(input, dim, keepdim=keepdim, dtype=dtype, mask=mask) / count  # type: ignore[operator, no-any-return]


def _count(input: Any, dim: Any, keepdim: Any, mask: Any) -> Any:
    """How many elements each result is made of."""
    if mask is None:
        return sum(ones(input.shape, dtype=dtypes.int64), dim, keepdim=keepdim)
    inside: Any = _input_mask(input, mask=mask)
    return inside.sum(dim=dim, keepdim=bool(keepdim))


def median(input: Any, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """The lower median along one dimension; NaN where nothing is left, which only floating point can say."""
    dtype = input.dtype if dtype is None else dtype
    d = _canonical_dim(dim, input.ndim)[0]
    whole = not input.is_floating_point()
    filled = _combine_input_and_mask("median", input.to(dtype=dtypes.float32) if whole else input, mask)
    result = filled.nanmedian(d, keepdim)[0]
    if not whole:
        return result  # type: ignore[no-any-return]
    if result.isnan().any():
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return result.to(dtype=dtype)  # type: ignore[no-any-return]


def logsumexp(input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    filled = _combine_input_and_mask("logsumexp", input, mask)
    return filled.logsumexp(_canonical_dim(dim, input.ndim), keepdim=keepdim).to(dtype=dtype or input.dtype)  # type: ignore[no-any-return]


def norm(
    input: Any, ord: Any = 2.0, dim: Any = None, *, keepdim: Any = False, dtype: Any = None, mask: Any = None
) -> Tensor:
    filled = _combine_input_and_mask("norm", input, mask, ord)
    return vector_norm(filled, ord, _canonical_dim(dim, input.ndim), bool(keepdim), dtype=dtype or input.dtype)


def _spread(
    input: Any, dim: Any, unbiased: Any, correction: Any, keepdim: Any, dtype: Any, mask: Any, root: bool
) -> Tensor:
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    if correction is None:
        correction = 1.0 if unbiased is None or unbiased else 0.0
    dtype = input.dtype if dtype is None else dtype
    compute = dtype if dtype.is_floating_point or dtype.is_complex else dtypes.float32
    if not (input.dtype.is_floating_point or input.dtype.is_complex) and dtype is input.dtype:
        dtype = dtypes.float32
    count = _count(input, dim, True, mask)
    total: Any = sum(input, dim, keepdim=True, dtype=dtype, mask=mask)
    off = input.sub(total.div(count))
    squares: Any = sum(off * off.conj(), dim, keepdim=keepdim, dtype=compute, mask=mask)
    if not keepdim:
        count = count.reshape(squares.shape)
    if correction != 0:
        count = count.to(compute.to_real() if compute.is_complex else compute).sub(float(correction))
        count = count.maximum(count.new_zeros([]))
    result = squares.div(count).to(dtype=dtype)
    return result.sqrt() if root else result  # type: ignore[no-any-return]


def var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: Any = None,
    keepdim: Any = False,
    dtype: Any = None,
    mask: Any = None,
) -> Tensor:
    """NaN where nothing is left."""
    return _spread(input, dim, unbiased, correction, keepdim, dtype, mask, False)


def std(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: Any = None,
    keepdim: Any = False,
    dtype: Any = None,
    mask: Any = None,
) -> Tensor:
    """The square root of `var`."""
    return _spread(input, dim, unbiased, correction, keepdim, dtype, mask, True)
