"""Solutions of A X = B and inverses."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Tensor
from ..both import array, conj, swap
from ..reduce import _returns
from ..registry import OPS, function_of, public, record
from .elimination import singular
from .matrices import LinAlgError, by_columns, checked, np_batched, op, tri
from .older import warn_of

SINGULAR = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."


def _inv(a: np.ndarray) -> Any:
    checked("linalg.inv", a)
    try:
        return by_columns(np.linalg.inv(a))
    except np.linalg.LinAlgError:
        raise singular("linalg.inv", a, SINGULAR) from None


record("linalg_inv_ex", _inv, "A", tensors=("A",), methods=(), holomorphic=True,
       A=lambda grad, result: -(swap(result) @ grad @ swap(result)))  # fmt: skip


def inverse(A: Any) -> Tensor:
    return op("linalg_inv_ex")(A)  # type: ignore[no-any-return]


@public("inverse")
def _inverse(input: Any) -> Tensor:
    return inverse(input)


def both_inverse(x: Any) -> Any:
    return inverse(x) if isinstance(x, Tensor) else np.linalg.inv(x)


# ---- solutions


def _is_vector(a: np.ndarray, b: np.ndarray) -> bool:
    return b.ndim == 1 or (a.ndim - 1 == b.ndim and b.shape == a.shape[:-1])


def _solve(A: np.ndarray, B: np.ndarray, left: bool) -> Any:
    checked("linalg.solve", A)
    if A.dtype != B.dtype:
        from ...dtypes import OF_NUMPY

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
            error = singular("", A, "")
            where = str(error).removeprefix(": ").removesuffix(": ")
            where = f"{where}: "
        raise LinAlgError(
            f"torch.linalg.solve: {where}The solver failed because the input matrix is singular."
        ) from None
    if vector:
        flat = x[..., 0]
        return by_columns(flat) if flat.ndim > 1 else np.ascontiguousarray(flat)
    return by_columns(x) if left else np.ascontiguousarray(x)


def _solved(A: Any, B: Any, left: bool) -> Any:
    return op("linalg_solve_ex")(A, B, left) if isinstance(A, Tensor) or isinstance(B, Tensor) else _solve(A, B, left)


def _solve_back(grad: Any, A: Any, B_shape: tuple[int, ...], result: Any, left: bool) -> tuple[Any, Any]:
    """(of A, of B)."""
    from ...dispatch import reduce_to

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
    checked("linalg.solve_triangular", A)
    if left:
        return by_columns(_substituted(A, B, upper, unitriangular))
    out = _substituted(A.swapaxes(-1, -2), B.swapaxes(-1, -2), not upper, unitriangular)
    return by_columns(out.swapaxes(-1, -2))


def triangular(A: Any, B: Any, upper: bool, left: bool, unit: bool) -> Any:
    if isinstance(A, Tensor) or isinstance(B, Tensor):
        return op("linalg_solve_triangular")(A, B, upper, left, unit)
    return _solve_triangular(A, B, upper, left, unit)


def _triangular_back(grad: Any, A: Any, B_shape: Any, result: Any, upper: bool, left: bool, unitriangular: bool) -> Any:
    from ...dispatch import reduce_to

    of_b = triangular(swap(A), grad, not upper, left, unitriangular)
    of_a = -(of_b @ swap(result)) if left else -(swap(result) @ of_b)
    off = (1 if upper else -1) if unitriangular else 0
    return reduce_to(tri(of_a, upper, off), tuple(A.shape)), reduce_to(of_b, tuple(B_shape))


record("linalg_solve_triangular", _solve_triangular, "A, B, upper, left=True, unitriangular=False", tensors=("A", "B"),
       methods=(), holomorphic=True, shared=_triangular_back, A=lambda shared: shared[0], B=lambda shared: shared[1])  # fmt: skip


def _older(self: np.ndarray, A: np.ndarray, upper: bool, transpose: bool, unitriangular: bool) -> Any:
    batch = np.broadcast_shapes(self.shape[:-2], A.shape[:-2])
    a = np.broadcast_to(A, (*batch, *A.shape[-2:]))
    turned = a.swapaxes(-1, -2) if transpose else a
    return by_columns(_substituted(turned, self, upper != transpose, unitriangular)), by_columns(a)


def _older_back(
    grad: Any, self_shape: tuple[int, ...], A: Any, result: Any, upper: bool, transpose: bool, unitriangular: bool
) -> tuple[Any, Any]:
    """(of the right side, of A)."""
    from ...dispatch import reduce_to

    of_x, of_copy = grad
    of_b = of_a = None
    if of_x is not None:
        turned = conj(A) if transpose else conj(swap(A))
        of_b = triangular(turned, of_x, upper == transpose, True, unitriangular)
        of_a = -(conj(result) @ swap(of_b)) if transpose else -(of_b @ conj(swap(result)))
        of_a = tri(of_a, upper, (1 if upper else -1) if unitriangular else 0)
    if of_copy is not None:
        of_a = of_copy if of_a is None else of_a + of_copy
    return (
        None if of_b is None else reduce_to(of_b, tuple(self_shape)),
        None if of_a is None else reduce_to(of_a, tuple(A.shape)),
    )


record("_triangular_solve", _older, "self, A, upper=True, transpose=False, unitriangular=False", tensors=("self", "A"), methods=(),
       outputs=2, differentiable=(0, 1), node="TriangularSolveBackward0", shared=_older_back, self=lambda shared: shared[0],
       A=lambda shared: shared[1], returns=_returns("triangular_solve", "solution", "cloned_coefficient"))  # fmt: skip


@public("triangular_solve")
def triangular_solve(b: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False) -> Any:
    """(solution, A) of a triangular system; `linalg.solve_triangular` is the newer one."""
    warn_of("triangular_solve")
    return function_of(OPS["_triangular_solve"])(b, A, upper, transpose, unitriangular)
