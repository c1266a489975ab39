"""Products of vectors and matrices that are added to something."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dispatch import reduce_to
from .both import array, conj, constant, swap
from .matrix import fit_for_dot
from .registry import record, sum_of_products


def _plus(base: np.ndarray, product: Any, beta: float, alpha: float) -> Any:
    d = np.result_type(base, product)
    if alpha != 1:
        product = product * d.type(alpha)
    return product if beta == 0 else product + (base if beta == 1 else base * d.type(beta))


def _base(grad: Any, self_shape: tuple[int, ...], beta: float) -> Any:
    return reduce_to(grad if beta == 1 else grad * beta, self_shape)


def _by(x: Any, alpha: float) -> Any:
    return x if alpha == 1 else x * alpha


sum_of_products(record(
    "addmv", lambda x, m, v, beta, alpha: _plus(x, m @ v, beta, alpha), "self, mat, vec, *, beta=1, alpha=1",
    tensors=("self", "mat", "vec"), methods=(), holomorphic=True, self=_base,
    mat=lambda grad, vec, alpha: _by(grad[:, None] * vec, alpha),
    vec=lambda grad, mat, alpha: _by(swap(mat) @ grad, alpha),
), "mat", "vec")  # fmt: skip
sum_of_products(record(
    "addr", lambda x, a, b, beta, alpha: _plus(x, np.outer(a, b), beta, alpha), "self, vec1, vec2, *, beta=1, alpha=1",
    tensors=("self", "vec1", "vec2"), methods=(), holomorphic=True, self=_base,
    vec1=lambda grad, vec2, alpha: _by(grad @ vec2, alpha),
    vec2=lambda grad, vec1, alpha: _by(swap(grad) @ vec1, alpha),
), "vec1", "vec2")  # fmt: skip
sum_of_products(record(
    "baddbmm", lambda x, a, b, beta, alpha: _plus(x, a @ b, beta, alpha), "self, batch1, batch2, *, beta=1, alpha=1",
    tensors=("self", "batch1", "batch2"), methods=(), holomorphic=True, self=_base,
    batch1=lambda grad, batch2, alpha: _by(grad @ swap(batch2), alpha),
    batch2=lambda grad, batch1, alpha: _by(swap(batch1) @ grad, alpha),
), "batch1", "batch2")  # fmt: skip
sum_of_products(record(
    "addbmm", lambda x, a, b, beta, alpha: _plus(x, (a @ b).sum(0, dtype=a.dtype), beta, alpha), "self, batch1, batch2, *, beta=1, alpha=1",
    tensors=("self", "batch1", "batch2"), methods=(), holomorphic=True, self=_base,
    batch1=lambda grad, batch2, alpha: _by(grad @ swap(batch2), alpha),
    batch2=lambda grad, batch1, alpha: _by(swap(batch1) @ grad, alpha),
), "batch1", "batch2")  # fmt: skip


def _vdot(a: np.ndarray, b: np.ndarray) -> Any:
    fit_for_dot(a, b)
    return np.vdot(a, b)


record(
    "vdot", _vdot, "self, other", tensors=("self", "other"),
    self=lambda grad, other: conj(grad) * other, other=lambda grad, self: grad * self,
)  # fmt: skip


def _trace(a: np.ndarray) -> Any:
    if a.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {a.ndim}")
    return np.trace(a).astype(np.int64 if a.dtype.kind in "iub" else a.dtype)


def _trace_back(grad: Any, self_shape: tuple[int, ...]) -> Any:
    return grad * constant(np.eye(*self_shape, dtype=array(grad).dtype), grad)


record("trace", _trace, "self", self=_trace_back)
