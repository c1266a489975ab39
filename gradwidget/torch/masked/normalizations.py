"""Functions along a dimension that see only what a mask lets through; the result has the input's shape.

>>> torch.masked.softmax(torch.tensor([0.0, 0.0, 9.0]), 0, mask=torch.tensor([True, True, False]))
tensor([0.5000, 0.5000, 0.0000])
"""

from __future__ import annotations

from typing import Any

from ..nn import functional as F
from ..tensor import Tensor
from .arguments import _canonical_dim, _combine_input_and_mask
from .reductions import norm


def cumsum(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    dtype, d = dtype or input.dtype, _canonical_dim(dim, input.ndim)[0]
    return _combine_input_and_mask("sum", input, mask).cumsum(d, dtype=dtype).to(dtype=dtype)  # type: ignore[no-any-return]


def cumprod(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    dtype, d = dtype or input.dtype, _canonical_dim(dim, input.ndim)[0]
    return _combine_input_and_mask("prod", input, mask).cumprod(d, dtype=dtype).to(dtype=dtype)  # type: ignore[no-any-return]


def softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """0 where the mask is False, NaN in rows of which nothing is left."""
    d = _canonical_dim(dim, input.ndim)[0]
    return F.softmax(_combine_input_and_mask("amax", input, mask), d, dtype=dtype or input.dtype)


def log_softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    d = _canonical_dim(dim, input.ndim)[0]
    return F.log_softmax(_combine_input_and_mask("amax", input, mask), d, dtype=dtype or input.dtype)


def softmin(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    d = _canonical_dim(dim, input.ndim)[0]
    return F.softmin(_combine_input_and_mask("amin", input, mask), d, dtype=dtype or input.dtype)


def normalize(input: Any, ord: Any, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Any = None) -> Tensor:
    """Divided by its norm along `dim`, 0 where the mask is False."""
    filled = _combine_input_and_mask("sum", input, mask)
    length: Any = norm(input, ord, dim, keepdim=True, dtype=dtype or input.dtype, mask=mask)
    return filled.div(length.maximum(length.new_full([], eps)))  # type: ignore[no-any-return]


def logaddexp(input: Any, other: Any, *, dtype: Any = None, input_mask: Any = None, other_mask: Any = None) -> Tensor:
    """log(exp(input) + exp(other)), where each may have a mask of its own."""
    a = _combine_input_and_mask("logaddexp", input, input_mask)
    b = _combine_input_and_mask("logaddexp", other, other_mask)
    return a.logaddexp(b).to(dtype=dtype or input.dtype)  # type: ignore[no-any-return]
