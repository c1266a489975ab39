"""Cholesky's triangular factors, and solutions by them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...tensor import Tensor
from ..registry import public, record
from .matrices import H, LinAlgError, by_columns, checked, op, tri
from .older import warn_of
from .solving import triangular


def _cholesky(A: np.ndarray, upper: bool) -> Any:
    checked("linalg.cholesky", A)
    try:
        L = np.linalg.cholesky(A if not upper else H(A))
        if np.isnan(L).any():
            raise np.linalg.LinAlgError  # LAPACK leaves it at that
    except np.linalg.LinAlgError:
        flat = A.reshape(math.prod(A.shape[:-2]), *A.shape[-2:])
        for b, one in enumerate(flat):
            for k in range(1, len(one) + 1):
                try:
                    if np.isnan(np.linalg.cholesky(one[:k, :k])).any():
                        raise np.linalg.LinAlgError
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
    phi = 0.5 * (phi + H(tri(phi, False, -1)))
    return triangular(L, triangular(H(L), phi, True, True, False), False, False, False)


for _name in ("cholesky", "linalg_cholesky_ex"):
    record(_name, _cholesky, "A, upper=False", tensors=("A",), methods=(), A=_cholesky_back)


@public()
def cholesky(input: Any, upper: bool = False) -> Tensor:
    """The triangular factor: L Lᴴ, or Uᴴ U."""
    warn_of("cholesky")
    return op("cholesky")(input, upper)  # type: ignore[no-any-return]


# ---- solutions and inverses by the factor


def _solved(self: np.ndarray, input2: np.ndarray, upper: bool) -> np.ndarray:
    L = H(input2) if upper else input2
    return triangular(H(L), triangular(L, self, False, True, False), True, True, False)  # type: ignore[no-any-return]


def _cholesky_solve(self: np.ndarray, input2: np.ndarray, upper: bool) -> Any:
    for name, a in (("b", self), ("u", input2)):
        if a.ndim < 2:
            raise RuntimeError(f"{name} should have at least 2 dimensions, but has {a.ndim} dimensions instead")
    if input2.shape[-1] != input2.shape[-2]:
        raise RuntimeError(
            f"A must be batches of square matrices, but they are {input2.shape[-2]} by {input2.shape[-1]} matrices"
        )
    if input2.shape[-1] != self.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {input2.shape[-1]} by {input2.shape[-1]} but each b "
            f"matrix is {self.shape[-2]} by {self.shape[-1]}"
        )
    return by_columns(_solved(self, input2, upper))


def _solve_back(grad: Any, self_shape: tuple[int, ...], input2: Any, result: Any, upper: bool) -> tuple[Any, Any]:
    """(of the right side, of the factor)."""
    from ...dispatch import reduce_to

    of_b = op("cholesky_solve")(grad, input2, upper) if isinstance(grad, Tensor) else _solved(grad, input2, upper)
    outer = of_b @ H(result)
    outer = outer + H(outer)
    of_l = -(input2 @ outer) if upper else -(outer @ input2)
    return reduce_to(of_b, tuple(self_shape)), reduce_to(of_l, tuple(input2.shape))


record("cholesky_solve", _cholesky_solve, "self, input2, upper=False", tensors=("self", "input2"), shared=_solve_back,
       self=lambda shared: shared[0], input2=lambda shared: shared[1])  # fmt: skip


def _cholesky_inverse(self: np.ndarray, upper: bool) -> Any:
    checked("cholesky_inverse", self)
    return by_columns(_solved(np.broadcast_to(np.eye(self.shape[-1], dtype=self.dtype), self.shape), self, upper))


def _inverse_back(grad: Any, self: Any, result: Any, upper: bool) -> Any:
    both = result @ (grad + H(grad)) @ result
    return -(self @ both) if upper else -(both @ self)


record("cholesky_inverse", _cholesky_inverse, "self, upper=False", self=_inverse_back)
