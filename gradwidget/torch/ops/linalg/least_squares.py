"""The least squares solution of A X = B."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dtypes import OF_NUMPY
from ..composed import gradients_through
from ..reduce import _returns
from ..registry import OPS, function_of, record
from .functions import cut
from .matrices import H, by_columns, factors


def _lstsq(self: np.ndarray, b: np.ndarray, rcond: Any, driver: str) -> Any:
    m, n = self.shape[-2:]
    real = self.real.dtype
    vector = b.ndim == self.ndim - 1
    B = b[..., None] if vector else b
    batch = np.broadcast_shapes(self.shape[:-2], B.shape[:-2])
    rank = np.full(self.shape[:-2], min(m, n), np.int64)
    singular = np.empty(0, real)
    if self.size:
        u, s, vh = factors(self, full_matrices=False)
        most = max(m, n) * np.finfo(real).eps if rcond is None else rcond
        kept = s > (cut(s, self, None, most) if driver != "gels" else 0)
        back = np.where(kept, 1 / np.where(kept, s, 1), 0)
        X = H(vh) @ (back[..., None] * (H(u) @ B))
        if driver != "gels":
            rank = np.asarray(kept.sum(-1))
        if driver in ("gelsd", "gelss"):
            singular = s
    else:
        X = np.zeros((*batch, n, B.shape[-1]), self.dtype)
    gaps = np.empty(0, real)
    if m > n and driver != "gelsy" and (rank == n).all():
        off = B - self @ X
        gaps = (off.real**2 + off.imag**2).sum(-2)
    X = np.ascontiguousarray(X[..., 0]) if vector else _in_room_of(max(m, n), X.astype(self.dtype, copy=False))
    return X, gaps.astype(real), rank if driver != "gels" else np.empty(0, np.int64), singular.astype(real)


def _in_room_of(rows: int, x: np.ndarray) -> np.ndarray:
    """By columns, in the memory that LAPACK had for as many rows."""
    room = by_columns(np.zeros((*x.shape[:-2], rows, x.shape[-1]), x.dtype))
    room[..., : x.shape[-2], :] = x
    return room[..., : x.shape[-2], :]


def _solution(A: Any, B: Any) -> Any:
    """By the pseudo-inverse. On tensors."""
    pinv = function_of(OPS["linalg_pinv"])(A)
    return (pinv @ B.unsqueeze(-1)).squeeze(-1) if B.dim() == A.dim() - 1 else pinv @ B


def _gaps(A: Any, B: Any) -> Any:
    x = _solution(A, B)
    off = (A @ x.unsqueeze(-1)).squeeze(-1) - B if B.dim() == A.dim() - 1 else A @ x - B
    return off.abs().pow(2).sum(-1 if B.dim() == A.dim() - 1 else -2)


def _back(grad: Any, self: Any, b: Any, result1: Any) -> list[Any]:
    of_x, of_gaps = grad[0], grad[1]
    total: list[Any] = [None, None]
    for function, g in ((_solution, of_x), (_gaps, of_gaps)):
        if g is None or (function is _gaps and not len(result1.shape) or not all(g.shape)):
            continue
        found = gradients_through(function, g, self, b)
        total = [f if t is None else t + f for t, f in zip(total, found)]
    return total


record("linalg_lstsq", _lstsq, "self, b, rcond=None, driver='gelsy'", tensors=("self", "b"), methods=(), outputs=4,
       differentiable=(0, 1), shared=_back, self=lambda shared: shared[0], b=lambda shared: shared[1])  # fmt: skip


def lstsq(A: Any, B: Any, rcond: Any, driver: str | None) -> Any:
    name = "torch.linalg.lstsq"
    if A.dim() < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if B.dim() < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    gap = A.dim() - B.dim()
    if not 0 <= gap <= 1:
        raise RuntimeError(
            f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1"
        )
    if A.dtype is not B.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype {A.dtype.legacy} and other's dtype {B.dtype.legacy}"
        )
    if A.size(-2) != B.size(-1 if gap else -2):
        raise RuntimeError(f"{name}: input.size(-2) should match other.size(-{1 if gap else 2})")
    if A._a.dtype.kind not in "fcV":
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {OF_NUMPY[A._a.dtype].legacy}"
        )
    if driver is not None and driver not in ("gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    rcond = rcond._a.item() if hasattr(rcond, "_a") else rcond
    found = function_of(OPS["linalg_lstsq"])(A, B, rcond, driver or "gelsy")
    return _returns("linalg_lstsq", "solution", "residuals", "rank", "singular_values")(*found)
