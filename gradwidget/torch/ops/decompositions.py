"""Linear algebra: inverses, solutions, determinants and factorisations of batches of matrices, by NumPy's LAPACK.

Derivatives: Giles, "An extended collection of matrix derivative results" (2008); of eigenvectors and singular vectors also
Walter & Lehmann (2010) and Wan & Zhang (2019) for complex ones; of Cholesky Murray (2016).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import geometry
from ..tensor import Tensor, from_array
from .both import array, conj, constant, swap
from .reduce import _returns
from .registry import OPS, function_of, public, record


class LinAlgError(RuntimeError):
    """A matrix that cannot be factorised or inverted."""


LinAlgError.__name__ = LinAlgError.__qualname__ = "_LinAlgError"
LinAlgError.__module__ = "torch._C"


def _op(name: str) -> Any:
    return function_of(OPS[name])


def by_columns(x: np.ndarray) -> np.ndarray:
    """Laid out as LAPACK writes matrices: column after column."""
    out = np.empty((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype).swapaxes(-1, -2)
    out[...] = x
    return out if type(x) is np.ndarray else out.view(type(x))


def H(x: Any) -> Any:
    """The conjugate transpose."""
    return conj(swap(x))


def _checked(name: str, a: np.ndarray, square: bool = True) -> None:
    if a.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if square and a.shape[-1] != a.shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {a.shape[-2]} by {a.shape[-1]} matrices"
        )
    if a.dtype.kind not in "fc":
        from ..dtypes import OF_NUMPY

        kind = OF_NUMPY[a.dtype].legacy.removeprefix("torch.").removesuffix("Tensor")
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {kind}")


# ---- elimination with pivots, vectorised over the batch


def _size(x: np.ndarray) -> Any:
    """How large LAPACK takes a number to be when it looks for pivots."""
    return np.abs(x.real) + np.abs(x.imag) if x.dtype.kind == "c" else np.abs(x)


def eliminated(a: np.ndarray, pivot: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """L and U in one matrix, and the rows that were swapped (from 1), as LAPACK's getrf gives them."""
    m, n = a.shape[-2:]
    flat = np.array(a.reshape(math.prod(a.shape[:-2]), m, n))
    k = min(m, n)
    swaps = np.tile(np.arange(1, k + 1, dtype=np.int32), (len(flat), 1))
    each = np.arange(len(flat))
    for j in range(k):
        if pivot:
            best = j + np.argmax(_size(flat[:, j:, j]), 1)
            swaps[:, j] = best + 1
            rows = flat[each, best].copy()
            flat[each, best] = flat[:, j]
            flat[:, j] = rows
        head = flat[:, j, j]
        safe = np.where(head == 0, 1, head)
        flat[:, j + 1 :, j] = np.where((head == 0)[:, None], flat[:, j + 1 :, j], flat[:, j + 1 :, j] / safe[:, None])
        flat[:, j + 1 :, j + 1 :] -= flat[:, j + 1 :, j, None] * flat[:, j, None, j + 1 :]
    return flat.reshape(a.shape), swaps.reshape(*a.shape[:-2], k)


def _order_of(swaps: np.ndarray, m: int) -> np.ndarray:
    """Swaps of rows as one permutation: row i of P A is row order[i] of A."""
    flat = swaps.reshape(math.prod(swaps.shape[:-1]), swaps.shape[-1])
    order = np.tile(np.arange(m), (len(flat), 1))
    each = np.arange(len(flat))
    for j in range(flat.shape[1]):
        other = flat[:, j] - 1
        kept = order[each, other].copy()
        order[each, other] = order[:, j]
        order[:, j] = kept
    return order.reshape(*swaps.shape[:-1], m)


def _singular(name: str, a: np.ndarray, said: str) -> LinAlgError:
    """Which matrix of the batch is singular, and where elimination finds it."""
    lu, _ = eliminated(a)
    d = np.diagonal(lu, axis1=-2, axis2=-1).reshape(math.prod(a.shape[:-2]), -1)
    bad = np.argwhere(d == 0)
    batch, k = bad[0] if len(bad) else (0, a.shape[-1] - 1)
    where = f"(Batch element {batch}): " if a.ndim > 2 else ""
    return LinAlgError(f"{name}: {where}{said.format(k + 1)}")


SINGULAR = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."


def _inv(a: np.ndarray) -> Any:
    _checked("linalg.inv", a)
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        raise _singular("linalg.inv", a, SINGULAR) from None


record("linalg_inv_ex", _inv, "A", tensors=("A",), methods=(), holomorphic=True,
       A=lambda grad, result: -(swap(result) @ grad @ swap(result)))  # fmt: skip


def inverse(A: Any) -> Tensor:
    return _op("linalg_inv_ex")(A)  # type: ignore[no-any-return]


public("inverse")(inverse)


def _both_inverse(x: Any) -> Any:
    return inverse(x) if isinstance(x, Tensor) else np.linalg.inv(x)


# ---- solutions


def _is_vector(a: np.ndarray, b: np.ndarray) -> bool:
    return b.ndim == 1 or (a.ndim - 1 == b.ndim and b.shape == a.shape[:-1])


def _solve(A: np.ndarray, B: np.ndarray, left: bool) -> Any:
    _checked("linalg.solve", A)
    if A.dtype != B.dtype:
        from ..dtypes import OF_NUMPY

        x, y = (OF_NUMPY[t.dtype].legacy.removeprefix("torch.").removesuffix("Tensor") for t in (A, B))
        raise RuntimeError(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {x} and B of type {y} instead"
        )
    vector = _is_vector(A, B)
    b = B[..., None] if vector else B
    size = b.shape[-2] if left else b.shape[-1]
    if size != A.shape[-1]:
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} ({A.shape[-2]}x{A.shape[-1]} and {b.shape[-2]}x{b.shape[-1]})"
        )
    try:
        if left or vector:
            x = np.linalg.solve(*np_batched(A, b))
        else:
            x = np.linalg.solve(*np_batched(A.swapaxes(-1, -2), b.swapaxes(-1, -2))).swapaxes(-1, -2)
    except np.linalg.LinAlgError:
        where = ""
        if A.ndim > 2:
            error = _singular("", A, "")
            where = str(error).removeprefix(": ").removesuffix(": ")
            where = f"{where}: "
        raise LinAlgError(
            f"torch.linalg.solve: {where}The solver failed because the input matrix is singular."
        ) from None
    return np.ascontiguousarray(x[..., 0] if vector else x)


def np_batched(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both with one batch shape, so that a vector is never mistaken for a matrix."""
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return np.broadcast_to(a, (*batch, *a.shape[-2:])), np.broadcast_to(b, (*batch, *b.shape[-2:]))


def _solved(A: Any, B: Any, left: bool) -> Any:
    return _op("linalg_solve_ex")(A, B, left) if isinstance(A, Tensor) or isinstance(B, Tensor) else _solve(A, B, left)


def _solve_back(grad: Any, A: Any, B_shape: tuple[int, ...], result: Any, left: bool) -> tuple[Any, Any]:
    """(of A, of B)."""
    from ..dispatch import reduce_to

    vector = _is_vector(array(A), np.empty(B_shape, np.int8))
    g = grad[..., None] if vector else grad
    x = result[..., None] if vector else result
    of_b = _solved(swap(A), g, left or vector)
    of_a = -(of_b @ swap(x)) if left or vector else -(swap(x) @ of_b)
    of_b = of_b[..., 0] if vector else of_b
    return reduce_to(of_a, tuple(A.shape)), reduce_to(of_b, tuple(B_shape))


record("linalg_solve_ex", _solve, "A, B, left=True", tensors=("A", "B"), methods=(), holomorphic=True, shared=_solve_back,
       A=lambda shared: shared[0], B=lambda shared: shared[1])  # fmt: skip


def _substituted(a: np.ndarray, b: np.ndarray, upper: bool, unit: bool) -> np.ndarray:
    """Solve a triangular system, row by row."""
    n = a.shape[-1]
    a, b = np_batched(a, b)
    x = np.array(b)
    for j in range(n - 1, -1, -1) if upper else range(n):
        done = slice(j + 1, n) if upper else slice(0, j)
        x[..., j, :] -= np.einsum("...k,...ki->...i", a[..., j, done], x[..., done, :])
        if not unit:
            with np.errstate(all="ignore"):
                x[..., j, :] /= a[..., j, j, None]
    return x


def _solve_triangular(A: np.ndarray, B: np.ndarray, upper: bool, left: bool, unitriangular: bool) -> Any:
    _checked("linalg.solve_triangular", A)
    if left:
        return _substituted(A, B, upper, unitriangular)
    out = _substituted(A.swapaxes(-1, -2), B.swapaxes(-1, -2), not upper, unitriangular)
    return np.ascontiguousarray(out.swapaxes(-1, -2))


def _triangular(A: Any, B: Any, upper: bool, left: bool, unit: bool) -> Any:
    if isinstance(A, Tensor) or isinstance(B, Tensor):
        return _op("linalg_solve_triangular")(A, B, upper, left, unit)
    return _solve_triangular(A, B, upper, left, unit)


def tri(x: Any, upper: bool, k: int = 0) -> Any:
    """The triangle on and above (below) a diagonal."""
    if isinstance(x, Tensor):
        return x.triu(k) if upper else x.tril(k)  # type: ignore[attr-defined]
    return np.triu(x, k) if upper else np.tril(x, k)


def _triangular_back(grad: Any, A: Any, B_shape: Any, result: Any, upper: bool, left: bool, unitriangular: bool) -> Any:
    from ..dispatch import reduce_to

    of_b = _triangular(swap(A), grad, not upper, left, unitriangular)
    of_a = -(of_b @ swap(result)) if left else -(swap(result) @ of_b)
    off = (1 if upper else -1) if unitriangular else 0
    return reduce_to(tri(of_a, upper, off), tuple(A.shape)), reduce_to(of_b, tuple(B_shape))


record("linalg_solve_triangular", _solve_triangular, "A, B, upper, left=True, unitriangular=False", tensors=("A", "B"),
       methods=(), holomorphic=True, shared=_triangular_back, A=lambda shared: shared[0], B=lambda shared: shared[1])  # fmt: skip


# ---- determinants


def _det(A: np.ndarray) -> Any:
    _checked("linalg.det", A)
    return np.asarray(np.linalg.det(A))


def _cofactors(A: np.ndarray) -> np.ndarray:
    """det(A) A⁻ᵀ, also of singular matrices: by singular values."""
    u, s, vh = np.linalg.svd(A)
    n = s.shape[-1]
    others = np.stack([np.prod(np.delete(s, k, -1), -1) for k in range(n)], -1) if n else s
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return np.asarray(sign)[..., None, None] * (u * others[..., None, :]) @ vh


def _det_back(grad: Any, A: Any, result: Any) -> Any:
    g = grad[..., None, None]
    if isinstance(grad, Tensor):
        return g * result[..., None, None] * swap(_both_inverse(A))
    return g * _cofactors(np.asarray(A)).astype(array(A).dtype)


record("linalg_det", _det, "A", tensors=("A",), methods=(), holomorphic=True, A=_det_back)


@public()
def det(input: Any) -> Tensor:
    """The determinant."""
    return _op("linalg_det")(input)  # type: ignore[no-any-return]


def _slogdet(A: np.ndarray) -> Any:
    _checked("linalg.slogdet", A)
    sign, logs = np.linalg.slogdet(A)
    return np.asarray(sign), np.asarray(logs)


def _slogdet_back(grad: Any, A: Any, result: Any) -> Any:
    of_sign, of_log = grad
    total: Any = 0
    back = H(_both_inverse(A))
    if of_log is not None:
        total = of_log[..., None, None] * back
    if of_sign is not None and array(A).dtype.kind == "c":
        turned = conj(result) * of_sign
        imaginary = turned.imag
        total = total + (imaginary * 1j)[..., None, None] * back
    return total if not isinstance(total, int) else constant(np.zeros(tuple(A.shape), array(A).dtype), A)


record("linalg_slogdet", _slogdet, "A", tensors=("A",), methods=(), outputs=2, differentiable=(0, 1),
       returns=_returns("linalg_slogdet", "sign", "logabsdet"), A=_slogdet_back)  # fmt: skip


@public()
def slogdet(input: Any) -> Any:
    """(sign, logabsdet): the determinant's sign and the logarithm of its size."""
    return _op("linalg_slogdet")(input)


@public()
def logdet(input: Any) -> Tensor:
    """The logarithm of the determinant; NaN where that is negative."""
    from .both import where

    sign, logs = slogdet(input)
    return where(constant(array(sign) == -1, sign), logs * 0 + float("nan"), logs)  # type: ignore[no-any-return]


# ---- factorisations


def _cholesky(A: np.ndarray, upper: bool) -> Any:
    _checked("linalg.cholesky", A)
    try:
        L = np.linalg.cholesky(A if not upper else H(A))
    except np.linalg.LinAlgError:
        flat = A.reshape(math.prod(A.shape[:-2]), *A.shape[-2:])
        for b, one in enumerate(flat):
            for k in range(1, len(one) + 1):
                try:
                    np.linalg.cholesky(one[:k, :k])
                except np.linalg.LinAlgError:
                    where = f"(Batch element {b}): " if A.ndim > 2 else ""
                    raise LinAlgError(
                        f"linalg.cholesky: {where}The factorization could not be completed because the input is not positive-definite (the leading minor of order {k} is not positive-definite)."
                    ) from None
        raise
    return by_columns(H(L)) if upper else by_columns(L)


def _cholesky_back(grad: Any, result: Any, upper: bool) -> Any:
    g, L = (H(grad), H(result)) if upper else (grad, result)
    phi = tri(H(L) @ g, False)
    phi = phi - 0.5 * _diagonal_matrix(phi)
    back = _both_inverse(L)
    s = H(back) @ phi @ back
    return 0.5 * (s + H(s))


def _diagonal_matrix(x: Any) -> Any:
    """x with nothing but its diagonal."""
    eye = np.eye(x.shape[-1], dtype=array(x).dtype)
    return x * constant(eye, x)


record("linalg_cholesky_ex", _cholesky, "A, upper=False", tensors=("A",), methods=(), A=_cholesky_back)


@public()
def cholesky(input: Any, upper: bool = False) -> Tensor:
    """The triangular factor: L Lᴴ, or Uᴴ U."""
    return _op("linalg_cholesky_ex")(input, upper)  # type: ignore[no-any-return]


def _qr(A: np.ndarray, mode: str) -> Any:
    _checked("linalg.qr", A, square=False)
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
        own = _diagonal_matrix(total)
        out = q @ (total + H(total) - 0.5 * (own + conj(own)))
        if g_q is not None:
            out = out + g_q
        return _triangular(H(r), out, False, False, False)

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
        from .shape import cat

        return cat(parts, -1)
    return np.concatenate(parts, -1)


def _rest_of(q: Any, r: Any, g_r: Any, shape: tuple[int, ...], m: int) -> Any:
    """What the columns beyond a square say about Q: Y = Q R₂, so ∂Q gains Y gᴴ."""
    y = q @ r[..., :, slice(m, None)]
    return y @ H(g_r[..., :, slice(m, None)])


record("linalg_qr", _qr, "A, mode='reduced'", tensors=("A",), methods=(), outputs=2, differentiable=(0, 1),
       returns=_returns("linalg_qr", "Q", "R"), A=_qr_back)  # fmt: skip


def _eigh(A: np.ndarray, UPLO: str) -> Any:
    _checked("linalg.eigh", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    values, vectors = np.linalg.eigh(A, UPLO)  # type: ignore[arg-type]
    return values, by_columns(vectors)


def _gaps(values: Any) -> Any:
    """λⱼ - λᵢ, with 1 on the diagonal."""
    eye = constant(np.eye(values.shape[-1], dtype=array(values).dtype), values)
    return values[..., None, :] - values[..., :, None] + eye


def _no_diagonal(x: Any) -> Any:
    return x - _diagonal_matrix(x)


def _as_matrix(v: Any) -> Any:
    """A vector on a diagonal."""
    eye = np.eye(v.shape[-1], dtype=array(v).dtype)
    return v[..., None] * constant(eye, v)


def _eigh_back(grad: Any, result: Any, result1: Any) -> Any:
    of_values, of_vectors = grad
    V = result1
    if of_vectors is None:
        return (V * of_values[..., None, :]) @ H(V)
    inner = _no_diagonal(H(V) @ of_vectors / _gaps(result))
    if of_values is not None:
        inner = inner + _as_matrix(of_values)
    out = V @ inner @ H(V)
    return 0.5 * (out + H(out))  # only one triangle is read


record("linalg_eigh", _eigh, "A, UPLO='L'", tensors=("A",), methods=(), outputs=2, differentiable=(0, 1),
       node="LinalgEighBackward0", returns=_returns("linalg_eigh", "eigenvalues", "eigenvectors"), A=_eigh_back)  # fmt: skip


def _eig(A: np.ndarray) -> Any:
    _checked("linalg.eig", A)
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
        own = (_diagonal_matrix(along)).real
        own = own.to(V.dtype) if isinstance(own, Tensor) else own.astype(V.dtype)
        inner = along - (H(V) @ V) @ own
        inner = _no_diagonal(inner / conj(_gaps(result)))
        if of_values is not None:
            inner = inner + _as_matrix(of_values)
        inner = inner @ H(V)
    out = _both_inverse(H(V)) @ inner
    return out.real if A_dtype.kind == "f" else out


record("linalg_eig", _eig, "A", tensors=("A",), methods=(), outputs=2, differentiable=(0, 1),
       returns=_returns("linalg_eig", "eigenvalues", "eigenvectors"), A=_eig_back)  # fmt: skip


def _svd(A: np.ndarray, full_matrices: bool) -> Any:
    _checked("linalg.svd", A, square=False)
    u, s, vh = np.linalg.svd(A, full_matrices=full_matrices)
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
    E = _gaps(squares)
    real = array(U).dtype.kind != "c"
    total: Any = 0

    def skew(x: Any) -> Any:
        return x - H(x)

    if g_u is not None:
        total = total + (skew(H(U) @ g_u) / E) * s[..., None, :]
    if g_vh is not None:
        total = total + s[..., :, None] * (skew(Vh @ H(g_vh)) / E)
    total = _no_diagonal(total)
    if g_s is not None:
        total = total + _as_matrix(g_s)
    if not real and g_u is not None:
        diagonal = _diagonal_matrix(H(U) @ g_u)
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


# ---- LU


def _lu_factor(A: np.ndarray, pivot: bool) -> Any:
    _checked("linalg.lu_factor", A, square=False)
    LU, pivots = eliminated(A, pivot)
    return by_columns(LU), pivots


def _unpacked(lu: Any) -> tuple[Any, Any]:
    m, n = lu.shape[-2:]
    k = min(m, n)
    eye = constant(np.eye(m, k, dtype=array(lu).dtype), lu)
    return tri(lu[..., :, :k], False, -1) + eye, tri(lu[..., :k, :], True)


def _lu_back(g_l: Any, g_u: Any, order: np.ndarray, L: Any, U: Any) -> Any:
    """From ∂L and ∂U to ∂A, through P A = L U (square, tall or wide)."""
    m, n = L.shape[-2], U.shape[-1]
    k = min(m, n)
    L1, U1 = L[..., :k, :], U[..., :, :k]
    inner: Any = 0
    if g_l is not None:
        inner = inner + tri(H(L1) @ g_l[..., :k, :], False, -1)
    if g_u is not None:
        inner = inner + tri(g_u[..., :, :k] @ H(U1), True)
    if m > k and g_l is not None:
        low = _triangular(H(U1), g_l[..., k:, :], False, False, False)  # of A2 = L2 U1
        inner = inner - tri(H(L[..., k:, :]) @ g_l[..., k:, :], True)
    if n > k and g_u is not None:
        inner = inner - tri(g_u[..., :, k:] @ H(U[..., :, k:]), False, -1)
    core = _triangular(H(L1), _triangular(H(U1), inner, False, False, False), True, True, True)
    parts = core
    if m > k:
        parts = _joined([core, low if g_l is not None else _zeros(core, m - k, k)], -2)
    if n > k:
        side = _triangular(H(L1), g_u[..., :, k:], True, True, True) if g_u is not None else _zeros(core, k, n - k)
        parts = _joined([core, side], -1)
    back = np.argsort(order, -1)
    if isinstance(parts, Tensor):
        return parts.take_along_dim(from_array(back[..., None]), -2)  # type: ignore[attr-defined]
    return np.take_along_axis(parts, back[..., None], -2)


def _zeros(like: Any, m: int, n: int) -> Any:
    return constant(np.zeros((*like.shape[:-2], m, n), array(like).dtype), like)


def _joined(parts: list[Any], axis: int) -> Any:
    if isinstance(parts[0], Tensor):
        from .shape import cat

        return cat(parts, axis)
    return np.concatenate(parts, axis)


def _lu_factor_back(grad: Any, result: Any, result1: Any) -> Any:
    L, U = _unpacked(result)
    m, n = result.shape[-2:]
    k = min(m, n)
    order = _order_of(array(result1), m)
    return _lu_back(tri(grad[..., :, :k], False, -1), tri(grad[..., :k, :], True), order, L, U)


record("linalg_lu_factor_ex", _lu_factor, "A, pivot=True", tensors=("A",), methods=(), outputs=2,
       returns=_returns("linalg_lu_factor", "LU", "pivots"), A=_lu_factor_back)  # fmt: skip


def _lu(A: np.ndarray, pivot: bool) -> Any:
    _checked("linalg.lu", A, square=False)
    lu, swaps = eliminated(A, pivot)
    L, U = _unpacked(lu)
    m = A.shape[-2]
    P = np.zeros((*A.shape[:-2], m, m), A.dtype)
    np.put_along_axis(P, _order_of(swaps, m)[..., None, :], 1, -2)
    return (P if pivot else np.empty(0, A.dtype)), L, U


def _lu_three_back(grad: Any, A_shape: tuple[int, ...], result: Any, result1: Any, result2: Any) -> Any:
    P = array(result)
    m = A_shape[-2]
    order = np.argmax(P != 0, -2) if P.ndim >= 2 else np.broadcast_to(np.arange(m), (*A_shape[:-2], m))
    g_l = None if grad[1] is None else tri(grad[1], False, -1)
    return _lu_back(g_l, grad[2], order, result1, result2)


record("linalg_lu", _lu, "A, pivot=True", tensors=("A",), methods=(), outputs=3, differentiable=(1, 2),
       returns=_returns("linalg_lu", "P", "L", "U"), A=_lu_three_back)  # fmt: skip


# ---- exponentials and pseudo-inverses


def _matrix_exp(A: np.ndarray) -> Any:
    """Scaling and squaring with Padé's approximation of degree 13 (Higham 2005)."""
    _checked("linalg.matrix_exp", A)
    if not A.size:
        return A.copy()
    norm = np.abs(A).sum(-2).max(-1)
    s = np.maximum(np.ceil(np.log2(np.maximum(norm, 1e-300) / 5.371920351148152)), 0).astype(int)
    X = A / (2.0**s)[..., None, None]
    b = [64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0, 10559470521600.0,
         670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0]  # fmt: skip
    eye = np.eye(A.shape[-1], dtype=A.dtype)
    X2 = X @ X
    X4 = X2 @ X2
    X6 = X4 @ X2
    U = X @ (X6 @ (b[13] * X6 + b[11] * X4 + b[9] * X2) + b[7] * X6 + b[5] * X4 + b[3] * X2 + b[1] * eye)
    V = X6 @ (b[12] * X6 + b[10] * X4 + b[8] * X2) + b[6] * X6 + b[4] * X4 + b[2] * X2 + b[0] * eye
    R = np.linalg.solve(V - U, V + U)
    for k in range(int(s.max(initial=0))):
        R = np.where((k < s)[..., None, None], R @ R, R)
    return R.astype(A.dtype)


def _matrix_exp_back(grad: Any, self: Any) -> Any:
    """The upper right block of exp([[Aᴴ, g], [0, Aᴴ]])."""
    n = self.shape[-1]
    A = H(self)
    if isinstance(grad, Tensor):
        from .shape import cat

        low = cat([A * 0, A], -1)
        whole: Any = cat([cat([A, grad], -1), low], -2)
        return _op("linalg_matrix_exp")(whole)[..., :n, n:]
    whole = np.concatenate([np.concatenate([A, grad], -1), np.concatenate([np.zeros_like(A), A], -1)], -2)
    return _matrix_exp(whole)[..., :n, n:]


record("linalg_matrix_exp", _matrix_exp, "self", methods=(), self=_matrix_exp_back)


@public("matrix_exp")
def matrix_exp(A: Any) -> Tensor:
    """exp of matrices."""
    return _op("linalg_matrix_exp")(A)  # type: ignore[no-any-return]


def _pinv(A: np.ndarray, atol: Any, rtol: Any, hermitian: bool) -> Any:
    _checked("linalg.pinv", A, square=hermitian)
    if not A.size:
        return np.zeros((*A.shape[:-2], A.shape[-1], A.shape[-2]), A.dtype)
    if hermitian:
        values, V = np.linalg.eigh(A)
        size = np.abs(values)
        cut = _cut(size, A, atol, rtol)
        inverse = np.where(size > cut, 1 / np.where(size > cut, values, 1), 0).astype(A.dtype)
        return (V * inverse[..., None, :]) @ H(V)
    u, s, vh = np.linalg.svd(A, full_matrices=False)
    cut = _cut(s, A, atol, rtol)
    inverse = np.where(s > cut, 1 / np.where(s > cut, s, 1), 0).astype(A.dtype)
    return (H(vh) * inverse[..., None, :]) @ H(u)


def _cut(s: np.ndarray, A: np.ndarray, atol: Any, rtol: Any) -> Any:
    """Singular values up to here count as 0."""
    top = s.max(-1, keepdims=True)
    if rtol is None:
        rtol = 0.0 if atol is not None and np.any(np.asarray(atol) > 0) else max(A.shape[-2:]) * np.finfo(A.dtype).eps
    low = np.asarray(0.0 if atol is None else atol)
    ratio = np.asarray(rtol)
    return np.maximum(low[..., None] if low.ndim else low, (ratio[..., None] if ratio.ndim else ratio) * top)


def _pinv_back(grad: Any, self: Any, result: Any) -> Any:
    """Golub & Pereyra (1973), with the products in the order that is cheaper."""
    m, n = self.shape[-2:]
    P, Ph, g = result, H(result), H(grad)
    if m <= n:
        K = g @ P
        outer = K @ Ph
        return outer - H(P @ K) - (self @ P) @ outer + (Ph @ P) @ (g - K @ self)
    K = P @ g
    outer = Ph @ K
    return outer - H(K @ P) + (g - self @ K) @ P @ Ph - (outer @ P) @ self


record("linalg_pinv", _pinv, "self, atol=None, rtol=None, hermitian=False", methods=(), self=_pinv_back)


@public("pinverse")
def pinverse(input: Any, rcond: float = 1e-15) -> Tensor:
    """The Moore-Penrose pseudo-inverse; singular values below rcond times the greatest count as 0."""
    return _op("linalg_pinv")(input, None, rcond, False)  # type: ignore[no-any-return]


# ---- under older names


@public("svd")
def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """(U, S, V), with V not transposed. `linalg.svd` is the newer one."""
    if not compute_uv:
        S = _op("linalg_svd")(input, False)[1]
        m, n = input.shape[-2:]
        blank = [from_array(np.zeros((*input.shape[:-2], k, k), array(input).dtype)) for k in (m, n)]
        return _returns("svd", "U", "S", "V")(blank[0], S, blank[1])
    U, S, Vh = _op("linalg_svd")(input, not some)
    return _returns("svd", "U", "S", "V")(U, S, Vh.mH)


@public("qr")
def qr(input: Any, some: bool = True) -> Any:
    """(Q, R). `linalg.qr` is the newer one."""
    Q, R = _op("linalg_qr")(input, "reduced" if some else "complete")
    return _returns("qr", "Q", "R")(Q, R)


@public("cholesky_solve")
def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Tensor:
    """X with A X = B, of the factor of A."""
    if upper:
        first = _triangular(L.mH, B, False, True, False)
        return _triangular(L, first, True, True, False)  # type: ignore[no-any-return]
    first = _triangular(L, B, False, True, False)
    return _triangular(L.mH, first, True, True, False)  # type: ignore[no-any-return]


@public("cholesky_inverse")
def cholesky_inverse(L: Any, upper: bool = False) -> Tensor:
    """The inverse of A, of its factor."""
    return inverse(L.mH @ L if upper else L @ L.mH)


@public("triangular_solve")
def triangular_solve(b: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False) -> Any:
    """(solution, A) of a triangular system."""
    left = A.mT if transpose else A
    x = _triangular(left, b, upper != transpose, True, unitriangular)
    return _returns("triangular_solve", "solution", "cloned_coefficient")(x, A.clone())


@public("lu_solve")
def lu_solve(b: Any, LU_data: Any, LU_pivots: Any) -> Tensor:
    """X with A X = B, of A's LU factors."""
    order = _order_of(array(LU_pivots), LU_data.shape[-1])
    batch = np.broadcast_shapes(order.shape[:-1], tuple(b.shape[:-2]))
    at = np.broadcast_to(order, (*batch, order.shape[-1]))[..., None]
    moved = b.take_along_dim(from_array(at.copy()), -2)
    L, U = _unpacked(LU_data)
    return _triangular(U, _triangular(L, moved, False, True, True), True, True, False)  # type: ignore[no-any-return]


@public("lu_unpack")
def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """(P, L, U) of what `lu_factor` gives."""
    blank = from_array(np.empty(0, array(LU_data).dtype))
    L, U = _unpacked(LU_data) if unpack_data else (blank, blank)
    m = LU_data.shape[-2]
    P: Any = blank
    if unpack_pivots:
        made = np.zeros((*LU_data.shape[:-2], m, m), array(LU_data).dtype)
        np.put_along_axis(made, _order_of(array(LU_pivots), m)[..., None, :], 1, -2)
        P = from_array(made)
    return _returns("lu_unpack", "P", "L", "U")(P, L, U)


@public("matrix_power")
def matrix_power(input: Any, n: int) -> Tensor:
    """A @ A @ ... n times; negative n of the inverse."""
    if not isinstance(n, int):
        raise TypeError(f"matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}")
    if input.dim() < 2 or input.size(-1) != input.size(-2):
        if input.dim() < 2:
            raise RuntimeError("linalg.matrix_power: The input tensor A must have at least 2 dimensions.")
        raise RuntimeError(
            f"linalg.matrix_power: A must be batches of square matrices, but they are {input.size(-2)} by {input.size(-1)} matrices"
        )
    if n == 0:
        eye = np.broadcast_to(np.eye(input.size(-1), dtype=array(input).dtype), tuple(input.shape))
        return from_array(eye.copy())
    if n < 0:
        input, n = inverse(input), -n
    result: Any = None
    power: Any = input
    while n:
        if n & 1:
            result = power if result is None else result @ power
        n >>= 1
        if n:
            power = power @ power
    return result if result is not input else input.clone()  # type: ignore[no-any-return]


def multi_dot(tensors: Any) -> Tensor:
    """A chain of matrices multiplied in the order that takes the fewest steps (Cormen et al., section 15.2)."""
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    first, last = tensors[0], tensors[-1]
    chain = list(tensors)
    if first.dim() == 1:
        chain[0] = first.unsqueeze(0)
    if last.dim() == 1:
        chain[-1] = last.unsqueeze(-1)
    for k, t in enumerate(chain):
        if t.dim() != 2:
            end = "the first and last tensors to be 1D or 2D" if k in (0, len(chain) - 1) else f"tensor {k} to be 2D"
            raise RuntimeError(f"multi_dot(): expected {end} but got {t.dim()}D")
    sizes = [chain[0].size(0), *(t.size(1) for t in chain)]
    n = len(chain)
    cost = [[0] * n for _ in range(n)]
    split = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            options = [cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)]
            cost[i][j] = min(options)
            split[i][j] = i + options.index(cost[i][j])

    def product(i: int, j: int) -> Any:
        return chain[i] if i == j else product(i, split[i][j]).mm(product(split[i][j] + 1, j))

    out = product(0, n - 1)
    if first.dim() == 1:
        out = out.squeeze(0)
    return out.squeeze(-1) if last.dim() == 1 else out  # type: ignore[no-any-return]


# ---- the cross product


def _cross(a: np.ndarray, b: np.ndarray, dim: int) -> Any:
    a, b = np.broadcast_arrays(a, b)
    return np.ascontiguousarray(np.moveaxis(np.cross(np.moveaxis(a, dim, -1), np.moveaxis(b, dim, -1)), -1, dim))


def _crossed(a: Any, b: Any, dim: int) -> Any:
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return _op("linalg_cross")(a, b, dim)
    return _cross(a, b, dim)


def _cross_back(grad: Any, other: Any, shape: Any, dim: int, sign: int) -> Any:
    from ..dispatch import reduce_to

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
    return _op("linalg_cross")(input, other, d)  # type: ignore[no-any-return]


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
        wide = np.broadcast_shapes(tuple(input.shape), tuple(other.shape))
        if 3 not in wide:
            raise RuntimeError("no dimension of size 3 in input")
        dim = wide.index(3)
    return cross_along(input, other, dim)
