"""Eigenvalues and singular values, with their vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Tensor, from_array
from ..both import array, conj
from ..reduce import _returns
from ..registry import public, record
from .matrices import H, as_matrix, by_columns, checked, diagonal_matrix, factors, gaps, no_diagonal, op
from .solving import both_inverse


def _eigh(A: np.ndarray, UPLO: str) -> Any:
    checked("linalg.eigh", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    values, vectors = np.linalg.eigh(A, UPLO)  # type: ignore[arg-type]
    return values, by_columns(vectors)


def _eigh_back(grad: Any, result: Any, result1: Any) -> Any:
    of_values, of_vectors = grad
    V = result1
    if of_vectors is None:
        return (V * of_values[..., None, :]) @ H(V)
    inner = no_diagonal(H(V) @ of_vectors / gaps(result))
    if of_values is not None:
        inner = inner + as_matrix(of_values)
    out = V @ inner @ H(V)
    return 0.5 * (out + H(out))  # only one triangle is read


record("linalg_eigh", _eigh, "A, UPLO='L'", tensors=("A",), methods=(), outputs=2, differentiable=(0, 1),
       node="LinalgEighBackward0", returns=_returns("linalg_eigh", "eigenvalues", "eigenvectors"), A=_eigh_back)  # fmt: skip


def _eig(A: np.ndarray) -> Any:
    checked("linalg.eig", A)
    values, vectors = np.linalg.eig(A)
    kind = np.result_type(A.dtype, np.complex64)
    return values.astype(kind), by_columns(vectors.astype(kind))


def _eig_back(grad: Any, A_dtype: Any, result: Any, result1: Any) -> Any:
    of_values, of_vectors = grad
    V = result1
    if of_vectors is None:
        inner = of_values[..., None] * H(V)
    else:
        along = H(V) @ of_vectors
        own = (diagonal_matrix(along)).real
        own = own.to(V.dtype) if isinstance(own, Tensor) else own.astype(V.dtype)
        inner = along - (H(V) @ V) @ own
        inner = no_diagonal(inner / conj(gaps(result)))
        if of_values is not None:
            inner = inner + as_matrix(of_values)
        inner = inner @ H(V)
    out = both_inverse(H(V)) @ inner
    return out.real if A_dtype.kind == "f" else out


record("linalg_eig", _eig, "A", tensors=("A",), methods=(), outputs=2, differentiable=(0, 1),
       returns=_returns("linalg_eig", "eigenvalues", "eigenvectors"), A=_eig_back)  # fmt: skip


def _svd(A: np.ndarray, full_matrices: bool) -> Any:
    checked("linalg.svd", A, square=False)
    u, s, vh = factors(A, full_matrices=full_matrices)
    return by_columns(u), s, by_columns(vh)


def _svd_back(grad: Any, result: Any, result1: Any, result2: Any) -> Any:
    g_u, g_s, g_vh = grad
    s = result1
    k = s.shape[-1]
    U, Vh = result[..., :, :k], result2[..., :k, :]
    if g_u is None and g_vh is None:
        return (U * g_s[..., None, :]) @ Vh
    g_u = None if g_u is None else g_u[..., :, :k]
    g_vh = None if g_vh is None else g_vh[..., :k, :]
    squares = s * s
    E = gaps(squares)
    real = array(U).dtype.kind != "c"
    total: Any = 0

    def skew(x: Any) -> Any:
        return x - H(x)

    if g_u is not None:
        total = total + (skew(H(U) @ g_u) / E) * s[..., None, :]
    if g_vh is not None:
        total = total + s[..., :, None] * (skew(Vh @ H(g_vh)) / E)
    total = no_diagonal(total)
    if g_s is not None:
        total = total + as_matrix(g_s)
    if not real and g_u is not None:
        diagonal = diagonal_matrix(H(U) @ g_u)
        total = total + 1j * diagonal.imag / s[..., None, :]
    out: Any = U @ total @ Vh
    m, n = U.shape[-2], Vh.shape[-1]
    if g_u is not None and m > k:
        part = g_u / s[..., None, :]
        out = out + (part - U @ (H(U) @ part)) @ Vh
    if g_vh is not None and n > k:
        part = g_vh / s[..., :, None]
        out = out + U @ (part - (part @ H(Vh)) @ Vh)
    return out


record("linalg_svd", _svd, "A, full_matrices=True", tensors=("A",), methods=(), outputs=3, differentiable=(0, 1, 2),
       returns=_returns("linalg_svd", "U", "S", "Vh"), A=_svd_back)  # fmt: skip


@public("svd")
def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """(U, S, V), with V not transposed. `linalg.svd` is the newer one."""
    if not compute_uv:
        S = op("linalg_svd")(input, False)[1]
        m, n = input.shape[-2:]
        blank = [from_array(np.zeros((*input.shape[:-2], k, k), array(input).dtype)) for k in (m, n)]
        return _returns("svd", "U", "S", "V")(blank[0], S, blank[1])
    U, S, Vh = op("linalg_svd")(input, not some)
    return _returns("svd", "U", "S", "V")(U, S, Vh.mH)
