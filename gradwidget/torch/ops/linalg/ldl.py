"""Symmetric factorisations P L D Lᵀ Pᵀ with blocks of one and two (Bunch & Kaufman 1977), and solutions by them.

Which rows are swapped, and what LD and the pivots hold, follows LAPACK's sytrf and hetrf of lower triangles.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...tensor import Tensor, from_array
from ..reduce import _returns
from ..registry import OPS, function_of, record
from .matrices import by_columns, checked

_ALPHA = (1 + math.sqrt(17)) / 8  # the share of the greatest element that a pivot must have


def _size(x: Any) -> Any:
    return np.abs(x.real) + np.abs(x.imag) if np.iscomplexobj(x) else np.abs(x)


def _pivot(a: np.ndarray, k: int) -> tuple[int, int]:
    """Which row comes to the diagonal, and how large the block is there."""
    n = len(a)
    own = _size(a[k, k])
    if k + 1 == n:
        return k, 1
    below = _size(a[k + 1 :, k])
    best = int(np.argmax(below)) + k + 1
    column = below[best - k - 1]
    if max(own, column) == 0 or own >= _ALPHA * column:
        return k, 1
    row = _size(a[best, k:best]).max()
    if best + 1 < n:
        row = max(row, _size(a[best + 1 :, best]).max())
    if own >= _ALPHA * column * (column / row):
        return k, 1
    return (best, 1) if _size(a[best, best]) >= _ALPHA * row else (best, 2)


def _swap_below(a: np.ndarray, i: int, j: int, hermitian: bool) -> None:
    """Rows and columns i < j of a symmetric matrix exchanged, from column i on; its lower triangle is kept."""
    a[j + 1 :, [i, j]] = a[j + 1 :, [j, i]]
    across, down = a[j, i + 1 : j].copy(), a[i + 1 : j, i].copy()
    a[i + 1 : j, i], a[j, i + 1 : j] = (across.conj(), down.conj()) if hermitian else (across, down)
    if hermitian:
        a[j, i] = a[j, i].conj()
    a[i, i], a[j, j] = a[j, j], a[i, i]


def _factored(matrix: np.ndarray, hermitian: bool) -> tuple[np.ndarray, np.ndarray, int]:
    a = np.tril(matrix)
    n, k, info = len(a), 0, 0
    hermitian = hermitian and np.iscomplexobj(a)
    if hermitian:
        np.fill_diagonal(a, a.diagonal().real)
    pivots = np.zeros(n, np.int32)
    while k < n:
        other, step = _pivot(a, k)
        last = k + step - 1
        if other != last:
            _swap_below(a, last, other, hermitian)
            if step == 2:
                a[[last, other], k] = a[[other, last], k]
        pivots[k : k + step] = other + 1 if step == 1 else -(other + 1)
        rest = a[k + step :, k : k + step].copy()
        if step == 1 and a[k, k] == 0:
            info = info or k + 1
        elif len(rest):
            block = a[k : k + step, k : k + step].copy()
            if step == 2:
                block[0, 1] = block[1, 0].conj() if hermitian else block[1, 0]
            scaled = np.linalg.solve(block.T, rest.T).T
            a[k + step :, k + step :] -= np.tril(scaled @ (rest.conj() if hermitian else rest).T)
            a[k + step :, k : k + step] = scaled
        k += step
    return a, pivots, info


def _ldl(A: np.ndarray, hermitian: bool) -> Any:
    checked("torch.linalg.ldl_factor_ex", A)
    flat = A.reshape(math.prod(A.shape[:-2]), *A.shape[-2:])
    done = [_factored(one, hermitian) for one in flat]
    LD = np.array([d[0] for d in done], A.dtype).reshape(A.shape)
    pivots = np.array([d[1] for d in done], np.int32).reshape(A.shape[:-1])
    info = np.array([d[2] for d in done], np.int32).reshape(A.shape[:-2])
    return by_columns(LD), pivots, info


def _refuse(name: str) -> Any:
    def back(grad: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return back


record("linalg_ldl_factor_ex", _ldl, "A, hermitian=False", tensors=("A",), methods=(), outputs=3, node="NotImplemented",
       A=_refuse("linalg_ldl_factor_ex"))  # fmt: skip


def factor_ex(A: Any, hermitian: bool, check_errors: bool) -> Any:
    LD, pivots, info = function_of(OPS["linalg_ldl_factor_ex"])(A, hermitian)
    if check_errors:
        _complain("torch.linalg.ldl_factor_ex", info)
    return _returns("linalg_ldl_factor_ex", "LD", "pivots", "info")(LD, pivots, info)


def factor(A: Any, hermitian: bool) -> Any:
    LD, pivots, info = function_of(OPS["linalg_ldl_factor_ex"])(A, hermitian)
    _complain("torch.linalg.ldl_factor", info)
    return _returns("linalg_ldl_factor", "LD", "pivots")(LD, pivots)


def _complain(name: str, info: Any) -> None:
    for at, k in enumerate(info._a.reshape(-1)):
        if k > 0:
            where = f"(Batch element {at}): " if info.dim() else ""
            raise RuntimeError(
                f"{name}: {where}The factorization was completed, but the {k}-th diagonal block is singular and so cannot be divided by."
            )


def _solved(LD: np.ndarray, pivots: np.ndarray, b: np.ndarray, hermitian: bool) -> np.ndarray:
    x, n, k = b.copy(), len(LD), 0
    hermitian = hermitian and np.iscomplexobj(LD)
    turned = (lambda v: v.conj()) if hermitian else (lambda v: v)
    while k < n:
        step = 1 if pivots[k] > 0 else 2
        i, j = k + step - 1, abs(int(pivots[k])) - 1
        x[[i, j]] = x[[j, i]]
        x[k + step :] -= LD[k + step :, k : k + step] @ x[k : k + step]
        block = LD[k : k + step, k : k + step].copy()
        if step == 2:
            block[0, 1] = turned(block[1, 0])
        x[k : k + step] = np.linalg.solve(block, x[k : k + step])
        k += step
    while k > 0:
        step = 1 if pivots[k - 1] > 0 else 2
        k -= step
        x[k : k + step] -= turned(LD[k + step :, k : k + step]).T @ x[k + step :]
        i, j = k + step - 1, abs(int(pivots[k])) - 1
        x[[i, j]] = x[[j, i]]
    return x


def _solve(LD: np.ndarray, pivots: np.ndarray, B: np.ndarray, hermitian: bool) -> Any:
    batch = np.broadcast_shapes(LD.shape[:-2], B.shape[:-2])
    L = np.broadcast_to(LD, (*batch, *LD.shape[-2:])).reshape(math.prod(batch), *LD.shape[-2:])
    p = np.broadcast_to(pivots, (*batch, pivots.shape[-1])).reshape(math.prod(batch), pivots.shape[-1])
    b = np.broadcast_to(B, (*batch, *B.shape[-2:])).reshape(math.prod(batch), *B.shape[-2:])
    out = [_solved(*given, hermitian) for given in zip(L, p, b)]
    return by_columns(np.array(out, B.dtype).reshape(*batch, *B.shape[-2:]))


record("linalg_ldl_solve", _solve, "LD, pivots, B, hermitian=False", tensors=("LD", "pivots", "B"), methods=(), node="NotImplemented",
       LD=_refuse("linalg_ldl_solve"), B=_refuse("linalg_ldl_solve"))  # fmt: skip


def solve(LD: Any, pivots: Any, B: Any, hermitian: bool) -> Tensor:
    name = "torch.linalg.ldl_solve"
    for said, t in (("LD", LD), ("B", B)):
        if t.dim() < 2:
            raise RuntimeError(f"{name}: The input tensor {said} must have at least 2 dimensions.")
    if LD.size(-1) != LD.size(-2):
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {LD.size(-2)} by {LD.size(-1)} matrices"
        )
    if LD.size(-2) != B.size(-2):
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {LD.size(-1)} by {LD.size(-1)} but each b matrix is {B.size(-2)} by {B.size(-1)}"
        )
    if tuple(LD.shape[:-1]) != tuple(pivots.shape):
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape {list(pivots.shape)} instead"
        )
    if pivots._a.dtype.kind not in "iu":
        raise RuntimeError(f"{name}: Expected pivots to be integers. Got {pivots.dtype.legacy}")
    if LD.dtype is not B.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {B.dtype.legacy} and A of type {LD.dtype.legacy} instead."
        )
    return function_of(OPS["linalg_ldl_solve"])(LD, pivots if pivots._a.dtype == np.int32 else from_array(pivots._a.astype(np.int32)), B, hermitian)  # type: ignore[no-any-return]  # fmt: skip
