"""Approximate factors of large matrices from a few random directions (Halko, Martinsson & Tropp 2011), and the older `torch.lu`."""

from __future__ import annotations

from typing import Any

from ..registry import public
from .older import warn_of


def _basis(A: Any, q: int, niter: int, M: Any) -> Any:
    """Orthonormal columns that span about what the first q singular vectors of A - M do."""
    from ...linalg import qr
    from ..draws import randn

    def times(matrix: Any, minus: Any, x: Any) -> Any:
        y = matrix.matmul(x)
        return y if minus is None else y - minus.matmul(x)

    Q = qr(times(A, M, randn(A.shape[-1], q, dtype=_floating(A))))[0]
    for _ in range(niter):
        Q = qr(times(A.mH, None if M is None else M.mH, Q))[0]
        Q = qr(times(A, M, Q))[0]
    return Q


def _floating(A: Any) -> Any:
    from ...dtypes import float32

    return A.dtype if A.is_floating_point() or A.is_complex() else float32


@public(method=False)
def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> Any:
    """(U, S, V) with A - M ≈ U diag(S) Vᴴ of rank q."""
    from ...linalg import svd

    q, niter = 6 if q is None else q, 2 if niter is None else niter
    M = None if M is None else M.broadcast_to(A.size())
    wide = A.shape[-2] < A.shape[-1]
    if wide:
        A, M = A.mH, None if M is None else M.mH
    Q = _basis(A, q, niter, M)
    B = Q.mH.matmul(A)
    if M is not None:
        B = B - Q.mH.matmul(M)
    U, S, Vh = svd(B, full_matrices=False)
    U, V = Q.matmul(U), Vh.mH
    return (V, S, U) if wide else (U, S, V)


@public(method=False)
def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> Any:
    """(U, S, V): the columns of V are the principal directions of the rows of A."""
    m, n = A.shape[-2:]
    if q is None:
        q = min(6, m, n)
    elif not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(dim=(-2,), keepdim=True) if center else A, q, niter)


@public(method=False)
def lu(A: Any, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """(LU, pivots), with `get_infos` also what failed; deprecated in favour of `linalg.lu_factor`."""
    from ...linalg import lu_factor, lu_factor_ex
    from ..reduce import _returns

    warn_of("lu")
    found = tuple(lu_factor_ex(A, pivot=pivot)) if get_infos else tuple(lu_factor(A, pivot=pivot))
    if out is not None:
        if len(out) - get_infos != 2:
            raise TypeError(f"expected tuple of {2 + get_infos} elements but got {len(out)}")
        for given, t in zip(out, found):
            given.resize_as_(t).copy_(t)
        return out
    return _returns("_lu_with_info", "LU", "pivots", "info")(*found) if get_infos else found
