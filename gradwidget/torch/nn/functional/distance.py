"""How far apart, and how alike."""

from __future__ import annotations

from typing import Any

from ... import geometry
from ...ops.registry import OPS, function_of
from ...tensor import Tensor


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of the difference along the last dimension; `eps` is added to it so that it is never 0."""
    dims = max(x1.dim(), x2.dim())
    d = dims - 1 if x1.dim() != x2.dim() else -1
    return function_of(OPS["norm_along"])(x1 - x2 + eps, p, d, keepdim)  # type: ignore[no-any-return]


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1 · x2 / (|x1| |x2|), each norm at least `eps`."""
    for t in (x1, x2):
        if not (t.is_floating_point() or t.is_complex()):
            raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {_common(x1, x2)}")
    shape = geometry.broadcast(x1._a.shape, x2._a.shape)
    a, b = (t if t._a.shape == shape else t.expand(shape) for t in (x1, x2))
    norms = [t.norm(2, dim, keepdim=True).clamp_min(eps) for t in (a, b)]
    return ((a / norms[0]) * (b / norms[1])).sum(dim)  # type: ignore[no-any-return]


def _common(x1: Any, x2: Any) -> str:
    from ...ops.ask import result_type

    return str(result_type(x1, x2)).removeprefix("torch.").capitalize()


def pdist(input: Any, p: float = 2.0) -> Tensor:
    """The distances between every two rows: (n, m) → (n (n - 1) / 2)."""
    from ...ops.distances import pdist as between_rows

    return between_rows(input, p)  # type: ignore[no-any-return]


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Tensor:
    """x₁ᵀ W x₂ + b for each output. weight: (out, in1, in2)."""
    from ...ops.distances import bilinear as form

    return form(input1, input2, weight, bias)  # type: ignore[no-any-return]
