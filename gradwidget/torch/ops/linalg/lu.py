"""Factors L and U with rows swapped, and solutions by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dtypes import OF_NUMPY
from ...tensor import Tensor, from_array
from ..both import array, constant
from ..composed import gradients_through
from ..reduce import _returns
from ..registry import public, record
from .elimination import eliminated, order_of
from .matrices import H, by_columns, checked, joined, op, tri, zeros
from .older import warn_of
from .solving import triangular


def _pivoting(name: str, pivot: bool) -> None:
    if not pivot:
        raise RuntimeError(f"{name}: LU without pivoting is not implemented on the CPU")


def _lu_factor(A: np.ndarray, pivot: bool) -> Any:
    checked("linalg.lu_factor", A, square=False)
    _pivoting("linalg.lu_factor", pivot)
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
        low = triangular(H(U1), g_l[..., k:, :], False, False, False)  # of A2 = L2 U1
        inner = inner - tri(H(L[..., k:, :]) @ g_l[..., k:, :], True)
    if n > k and g_u is not None:
        inner = inner - tri(g_u[..., :, k:] @ H(U[..., :, k:]), False, -1)
    core = triangular(H(L1), triangular(H(U1), inner, False, False, False), True, True, True)
    parts = core
    if m > k:
        parts = joined([core, low if g_l is not None else zeros(core, m - k, k)], -2)
    if n > k:
        side = triangular(H(L1), g_u[..., :, k:], True, True, True) if g_u is not None else zeros(core, k, n - k)
        parts = joined([core, side], -1)
    back = np.argsort(order, -1)
    if isinstance(parts, Tensor):
        return parts.take_along_dim(from_array(back[..., None]), -2)  # type: ignore[attr-defined]
    return np.take_along_axis(parts, back[..., None], -2)


def _lu_factor_back(grad: Any, result: Any, result1: Any) -> Any:
    L, U = _unpacked(result)
    m, n = result.shape[-2:]
    k = min(m, n)
    order = order_of(array(result1), m)
    return _lu_back(tri(grad[..., :, :k], False, -1), tri(grad[..., :k, :], True), order, L, U)


record("linalg_lu_factor_ex", _lu_factor, "A, pivot=True", tensors=("A",), methods=(), outputs=2,
       returns=_returns("linalg_lu_factor", "LU", "pivots"), A=_lu_factor_back)  # fmt: skip


def _lu(A: np.ndarray, pivot: bool) -> Any:
    checked("linalg.lu", A, square=False)
    _pivoting("linalg.lu_factor", pivot)
    lu, swaps = eliminated(A, pivot)
    L, U = _unpacked(lu)
    m = A.shape[-2]
    P = np.zeros((*A.shape[:-2], m, m), A.dtype)
    np.put_along_axis(P, order_of(swaps, m)[..., None, :], 1, -2)
    return L, U, (P if pivot else np.empty(0, A.dtype))


def _lu_three_back(grad: Any, A_shape: tuple[int, ...], result: Any, result1: Any, result2: Any) -> Any:
    P = array(result2)
    m = A_shape[-2]
    order = np.argmax(P != 0, -2) if P.ndim >= 2 else np.broadcast_to(np.arange(m), (*A_shape[:-2], m))
    g_l = None if grad[0] is None else tri(grad[0], False, -1)
    return _lu_back(g_l, grad[1], order, result, result1)


record("linalg_lu", _lu, "A, pivot=True", tensors=("A",), methods=(), outputs=3, differentiable=(0, 1), A=_lu_three_back)  # fmt: skip


# ---- solutions by the factors


def _rows(x: Any, order: np.ndarray) -> Any:
    """The rows of matrices in another order."""
    batch = np.broadcast_shapes(order.shape[:-1], tuple(x.shape[:-2]))
    at = np.ascontiguousarray(np.broadcast_to(order, (*batch, order.shape[-1]))[..., None])
    if isinstance(x, Tensor):
        return x.expand(*batch, *x.shape[-2:]).take_along_dim(from_array(at), -2)  # type: ignore[attr-defined]
    return np.take_along_axis(np.broadcast_to(x, (*batch, *x.shape[-2:])), at, -2)


def _by_factors(LU: Any, order: np.ndarray, B: Any, left: bool, adjoint: bool) -> Any:
    """X with A X = B, Aᴴ X = B, X A = B or X Aᴴ = B. On arrays and on tensors."""
    if not left:  # as of the conjugate transposes
        return H(_by_factors(LU, order, H(B), True, not adjoint))
    L, U = _unpacked(LU)
    if adjoint:
        first = triangular(H(L), triangular(H(U), B, False, True, False), True, True, True)
        return _rows(first, np.argsort(order, -1))
    return triangular(U, triangular(L, _rows(B, order), False, True, True), True, True, False)


def _lu_solve(LU: np.ndarray, pivots: np.ndarray, B: np.ndarray, left: bool, adjoint: bool) -> Any:
    checked("torch.linalg.lu_solve", LU)
    if LU.dtype != B.dtype:
        raise RuntimeError(
            f"linalg.lu_solve: Expected LU and B to have the same dtype, but found LU of type {OF_NUMPY[LU.dtype].legacy} and B of "
            f"type {OF_NUMPY[B.dtype].legacy} instead"
        )
    if pivots.dtype != np.int32:
        raise RuntimeError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
    if B.shape[-2 if left else -1] != LU.shape[-1]:
        raise RuntimeError(
            f"linalg.lu_solve: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} ({LU.shape[-2]}x"
            f"{LU.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        )
    if LU.shape[:-1] != pivots.shape:
        raise RuntimeError(
            "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix"
            if LU.shape[-1] != pivots.shape[-1]
            else "linalg.lu_solve: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(pivots.shape)} instead"
        )
    x = _by_factors(LU, order_of(pivots, LU.shape[-1]), B, left, adjoint)
    return by_columns(x) if left else np.ascontiguousarray(x)


def _lu_solve_back(grad: Any, LU: Any, pivots: Any, B: Any, left: bool, adjoint: bool) -> list[Any]:
    order = order_of(array(pivots), LU.shape[-1])
    return gradients_through(lambda lu, b: _by_factors(lu, order, b, left, adjoint), grad, LU, B)


record("linalg_lu_solve", _lu_solve, "LU, pivots, B, left=True, adjoint=False", tensors=("LU", "pivots", "B"), methods=(),
       shared=_lu_solve_back, LU=lambda shared: shared[0], B=lambda shared: shared[1])  # fmt: skip


@public("lu_solve")
def lu_solve(b: Any, LU_data: Any, LU_pivots: Any) -> Tensor:
    """X with A X = B, of A's LU factors."""
    warn_of("lu_solve")
    return op("linalg_lu_solve")(LU_data, LU_pivots, b)  # type: ignore[no-any-return]


def _lu_unpack(LU_data: np.ndarray, LU_pivots: np.ndarray, unpack_data: bool, unpack_pivots: bool) -> Any:
    L = U = P = np.empty(0, LU_data.dtype)
    if unpack_pivots and LU_pivots.dtype != np.int32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this function is intended to "
            "be used with the output produced by torch.linalg.lu_factor"
        )
    if unpack_data:
        L, U = _unpacked(LU_data)
    if unpack_pivots:
        m = LU_data.shape[-2]
        P = np.zeros((*LU_data.shape[:-2], m, m), LU_data.dtype)
        np.put_along_axis(P, order_of(LU_pivots, m)[..., None, :], 1, -2)
    return L, U, P


def _unpack_back(grad: Any, LU_data_shape: tuple[int, ...]) -> Any:
    """Of L what is below the diagonal, of U the rest, side by side where they are not square."""
    of_l, of_u, *_ = grad
    m, n = LU_data_shape[-2:]
    k = min(m, n)
    total: Any = None
    if of_l is not None:
        total = tri(of_l, False, -1)
        total = total if n == k else joined([total, zeros(total, m, n - k)], -1)
    if of_u is not None:
        upper = tri(of_u, True)
        upper = upper if m == k else joined([upper, zeros(upper, m - k, n)], -2)
        total = upper if total is None else total + upper
    return total


record("lu_unpack", _lu_unpack, "LU_data, LU_pivots, unpack_data=True, unpack_pivots=True", tensors=("LU_data", "LU_pivots"),
       methods=(), outputs=3, differentiable=(0, 1), LU_data=_unpack_back)  # fmt: skip


@public("lu_unpack")
def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """(P, L, U) of what `lu_factor` gives."""
    L, U, P = op("lu_unpack")(LU_data, LU_pivots, unpack_data, unpack_pivots)
    return _returns("lu_unpack", "P", "L", "U")(P, L, U)
