"""A weight by its direction and its length: g · v / |v| (Salimans & Kingma 2016).

∂g = Σ grad · v / |v|,  ∂v = g / |v| · (grad - v · ∂g / |v|)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor
from .both import array
from .reduce import norm_back, vector_norm
from .registry import OPS, function_of, public, record

# PyTorch's norms of this place have node names of their own
record(
    "_norm_of_all",
    lambda a, p: vector_norm(a, p, None, False),
    "self, p",
    node="NormBackward0",
    methods=(),
    self=lambda grad, self, result, p: norm_back(grad, self, result, p, None, False),
)
record(
    "_norm_along",
    lambda a, p, dim: vector_norm(a, p, dim, False),
    "self, p, dim",
    node="NormBackward1",
    methods=(),
    self=lambda grad, self, result, p, dim: norm_back(grad, self, result, p, dim, False),
)


def _along(v: Any, pow: float, dim: int) -> Any:
    return function_of(OPS["_norm_along"])(v, pow, dim)


@public(method=False)
def norm_except_dim(v: Any, pow: float = 2, dim: int = 0) -> Tensor:
    """The norm over all dimensions but one, which stays; over all of them where `dim` is -1."""
    if dim == -1:
        return function_of(OPS["_norm_of_all"])(v, pow)  # type: ignore[no-any-return]
    sizes = [1] * v.dim()
    sizes[dim] = v.size(dim)
    if dim == 0:
        return _along(v.contiguous().view(v.size(0), -1), pow, 1).view(sizes)  # type: ignore[no-any-return]
    if dim == v.dim() - 1:
        return _along(v.contiguous().view(-1, v.size(-1)), pow, 0).view(sizes)  # type: ignore[no-any-return]
    return norm_except_dim(v.transpose(0, dim), pow, 0).transpose(0, dim)  # type: ignore[attr-defined, no-any-return]


def _total(x: Any, dim: int) -> Any:
    """The sum over all dimensions but one, which stays."""
    others = tuple(d for d in range(len(x.shape)) if d != dim)
    return x.sum(others, True) if isinstance(x, Tensor) else x.sum(others, keepdims=True)  # type: ignore[attr-defined]


def _interface(v: np.ndarray, g: np.ndarray, dim: int) -> Any:
    norms = np.sqrt(_total(v * v, dim))
    return v * (g / norms), norms


def _shared(grad: Any, direction: Any, dim: int, result1: Any) -> Any:
    """|v| and the gradient of g."""
    norms = norm_except_dim(direction, 2, dim) if isinstance(grad, Tensor) else array(result1)
    return norms, _total(grad * direction, dim) / norms


def _to_direction(shared: Any, grad: Any, direction: Any, g: Any) -> Any:
    norms, along = shared
    return (grad - direction * (along / norms)) * (g / norms)


record(
    "_weight_norm_interface",
    _interface,
    "direction, g, dim=0",
    tensors=("direction", "g"),
    node="WeightNormInterfaceBackward0",
    methods=(),
    outputs=2,
    shared=_shared,
    direction=_to_direction,
    g=lambda shared: shared[1],
)


def weight_norm_of(v: Any, g: Any, dim: int = 0) -> Tensor:
    """g · v / |v|; one op where `dim` is the first dimension or the last, as in PyTorch."""
    if dim in (0, v.dim() - 1) and v.dim() > 0:
        return function_of(OPS["_weight_norm_interface"])(v.contiguous(), g.contiguous(), dim)[0]  # type: ignore[no-any-return]
    return v * (g / norm_except_dim(v, 2, dim))  # type: ignore[no-any-return]


public("_weight_norm", method=False)(weight_norm_of)
