"""The cross product."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import geometry
from ...tensor import Tensor
from ..registry import public, record
from .matrices import op


def _cross(a: np.ndarray, b: np.ndarray, dim: int) -> Any:
    a, b = np.broadcast_arrays(a, b)
    return np.ascontiguousarray(np.moveaxis(np.cross(np.moveaxis(a, dim, -1), np.moveaxis(b, dim, -1)), -1, dim))


def _crossed(a: Any, b: Any, dim: int) -> Any:
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return op("linalg_cross")(a, b, dim)
    return _cross(a, b, dim)


def _cross_back(grad: Any, other: Any, shape: Any, dim: int, sign: int) -> Any:
    from ...dispatch import reduce_to

    out = _crossed(other, grad, dim) if sign > 0 else _crossed(grad, other, dim)
    return reduce_to(out, tuple(shape))


record("linalg_cross", _cross, "self, other, dim=-1", tensors=("self", "other"), methods=(), holomorphic=True,
       self=lambda grad, self_shape, other, dim: _cross_back(grad, other, self_shape, dim, 1),
       other=lambda grad, self, other_shape, dim: _cross_back(grad, self, other_shape, dim, -1))  # fmt: skip


def cross_along(input: Any, other: Any, dim: int = -1) -> Tensor:
    if input.dim() != other.dim():
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    d = geometry.wrap(dim, input.dim())
    if input.size(d) != 3 or other.size(d) != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {input.size(d)} and {other.size(d)}"
        )
    return op("linalg_cross")(input, other, d)  # type: ignore[no-any-return]


@public("cross")
def cross(input: Any, other: Any, dim: int | None = None) -> Tensor:
    """The cross product along `dim`, by default the first of size 3."""
    if dim is None:
        import warnings

        warnings.warn(
            "Using torch.cross without specifying the dim arg is deprecated.\n"
            "Please either pass the dim explicitly or simply use torch.linalg.cross.\n"
            "The default value of dim will change to agree with that of linalg.cross in a future release.",
            stacklevel=2,
        )
        wide = geometry.broadcast(tuple(input.shape), tuple(other.shape))
        if 3 not in wide:
            raise RuntimeError("no dimension of size 3 in input")
        dim = wide.index(3)
    return cross_along(input, other, dim)
