"""QR: an orthogonal factor and a triangular one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Tensor
from ..both import array, conj, constant
from ..reduce import _returns
from ..registry import public, record
from .matrices import H, by_columns, checked, diagonal_matrix, op, tri
from .older import warn_of
from .solving import triangular


def _qr(A: np.ndarray, mode: str) -> Any:
    checked("linalg.qr", A, square=False)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    if mode == "r":
        return np.empty(0, A.dtype), np.linalg.qr(A, "r")
    q, r = np.linalg.qr(A, mode)  # type: ignore[call-overload]
    return by_columns(q), by_columns(r)


def _qr_back(grad: Any, A_shape: tuple[int, ...], result: Any, result1: Any, mode: str) -> Any:
    g_q, g_r = grad
    q, r = result, result1
    m, n = A_shape[-2:]
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if you are going to require gradients."
        )
    if mode == "complete" and m > n:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")

    def back(g_q: Any, g_r: Any, q: Any, r: Any) -> Any:
        total: Any = 0
        if g_r is not None:
            total = g_r @ H(r)
        if g_q is not None:
            total = total - H(q) @ g_q
        total = tri(total, True)
        own = diagonal_matrix(total)
        out = q @ (total + H(total) - 0.5 * (own + conj(own)))
        if g_q is not None:
            out = out + g_q
        return triangular(H(r), out, False, False, False)

    if m >= n:
        return back(g_q, g_r, q, r)
    first, rest = (slice(None, m), slice(m, None))
    g_first = None if g_r is None else g_r[..., :, first]
    g_x = back(
        g_q if g_r is None else (0 if g_q is None else g_q) + _rest_of(q, r, g_r, A_shape, m),
        g_first,
        q,
        r[..., :, first],
    )
    parts = [
        g_x,
        constant(np.zeros((*A_shape[:-1], n - m), array(q).dtype), g_x) if g_r is None else q @ g_r[..., :, rest],
    ]
    if isinstance(g_x, Tensor):
        from ..shape import cat

        return cat(parts, -1)
    return np.concatenate(parts, -1)


def _rest_of(q: Any, r: Any, g_r: Any, shape: tuple[int, ...], m: int) -> Any:
    """What the columns beyond a square say about Q: Y = Q R₂, so ∂Q gains Y gᴴ."""
    y = q @ r[..., :, slice(m, None)]
    return y @ H(g_r[..., :, slice(m, None)])


record("linalg_qr", _qr, "A, mode='reduced'", tensors=("A",), methods=(), outputs=2, differentiable=(0, 1),
       returns=_returns("linalg_qr", "Q", "R"), A=_qr_back)  # fmt: skip


@public("qr")
def qr(input: Any, some: bool = True) -> Any:
    """(Q, R). `linalg.qr` is the newer one."""
    warn_of("qr")
    Q, R = op("linalg_qr")(input, "reduced" if some else "complete")
    return _returns("qr", "Q", "R")(Q, R)
