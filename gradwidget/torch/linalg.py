"""`torch.linalg`: linear algebra on batches of matrices."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from . import hot as _hot
from .ops.both import array as _array
from .ops.linalg import cholesky as _cholesky
from .ops.linalg import cross as _cross
from .ops.linalg import determinants as _determinants
from .ops.linalg import eigen as _eigen
from .ops.linalg import functions as _functions
from .ops.linalg import lu as _lu
from .ops.linalg import orthogonal as _orthogonal
from .ops.linalg import solving as _solving
from .ops.linalg.elimination import eliminated as _eliminated
from .ops.linalg.matrices import LinAlgError, factors, op
from .ops.registry import spelled as _spelled
from .tensor import Tensor, from_array

_op = op
_families = (_cholesky, _eigen, _lu, _orthogonal)  # which declare the ops that are called by name here


def inv(A: Any) -> Tensor:
    """The inverse."""
    return _solving.inverse(A)


def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """(inverse, info): info says where elimination failed, 0 where it did not."""
    return _named("linalg_inv_ex", "inverse", "info")(*_tried(_solving.inverse, A, check_errors))


def _named(kind: str, *names: str) -> Any:
    from .ops.reduce import _returns

    return _returns(kind, *names)


def _tried(function: Any, A: Any, check: bool) -> tuple[Any, Any]:
    batch = tuple(A.shape[:-2])
    info = from_array(np.zeros(batch, np.int32))
    try:
        return function(A), info
    except LinAlgError:
        if check:
            raise
    lu, _ = _eliminated(_array(A))
    bad = np.diagonal(lu, axis1=-2, axis2=-1) == 0
    first = np.where(bad.any(-1), bad.argmax(-1) + 1, 0).astype(np.int32)
    return from_array(np.full(tuple(A.shape), np.nan, _array(A).dtype)), from_array(first.reshape(batch))


def solve(A: Any, B: Any, *, left: bool = True) -> Tensor:
    """X with A X = B (or X A = B)."""
    return _op("linalg_solve_ex")(A, B, left)  # type: ignore[no-any-return]


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    info = from_array(np.zeros(tuple(A.shape[:-2]), np.int32))
    return _named("linalg_solve_ex", "result", "info")(solve(A, B, left=left), info)


def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """X with A X = B, A being triangular."""
    return _op("linalg_solve_triangular")(A, B, upper, left, unitriangular)  # type: ignore[no-any-return]


det, slogdet = _determinants.det, _determinants.slogdet


def cholesky(A: Any, *, upper: bool = False) -> Tensor:
    """The triangular factor of a positive definite matrix."""
    return _op("linalg_cholesky_ex")(A, upper)  # type: ignore[no-any-return]


def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    info = from_array(np.zeros(tuple(A.shape[:-2]), np.int32))
    try:
        return _named("linalg_cholesky_ex", "L", "info")(cholesky(A, upper=upper), info)
    except LinAlgError as error:
        if check_errors:
            raise
        order = int(str(error).partition("order ")[2].partition(" ")[0])
        blank = from_array(np.full(tuple(A.shape), np.nan, _array(A).dtype))
        return _named("linalg_cholesky_ex", "L", "info")(
            blank, from_array(np.full(tuple(A.shape[:-2]), order, np.int32))
        )


def qr(A: Any, mode: str = "reduced") -> Any:
    """(Q, R)."""
    return _op("linalg_qr")(A, mode)


def eigh(A: Any, UPLO: str = "L") -> Any:
    """(eigenvalues, eigenvectors) of a symmetric matrix, of which one triangle is read."""
    return _op("linalg_eigh")(A, UPLO)


def eigvalsh(A: Any, UPLO: str = "L") -> Tensor:
    return eigh(A, UPLO)[0]  # type: ignore[no-any-return]


def eig(A: Any) -> Any:
    """(eigenvalues, eigenvectors), complex."""
    return _op("linalg_eig")(A)


def eigvals(A: Any) -> Tensor:
    return eig(A)[0]  # type: ignore[no-any-return]


def svd(A: Any, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """(U, S, Vh)."""
    return _op("linalg_svd")(A, full_matrices)


def svdvals(A: Any, *, driver: str | None = None) -> Tensor:
    return svd(A, False)[1]  # type: ignore[no-any-return]


def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """(LU, pivots)."""
    return _op("linalg_lu_factor_ex")(A, pivot)


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    LU, pivots = lu_factor(A, pivot=pivot)
    info = from_array(np.zeros(tuple(A.shape[:-2]), np.int32))
    return _named("linalg_lu_factor_ex", "LU", "pivots", "info")(LU, pivots, info)


def lu(A: Any, *, pivot: bool = True) -> Any:
    """(P, L, U)."""
    L, U, P = _op("linalg_lu")(A, pivot)
    return _named("linalg_lu", "P", "L", "U")(P, L, U)


def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """X with A X = B, of A's LU factors."""
    return _op("linalg_lu_solve")(LU, pivots, B, left, adjoint)  # type: ignore[no-any-return]


def pinv(A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """The Moore-Penrose pseudo-inverse."""
    rtol = rcond if rtol is None else rtol
    _functions.not_low("linalg.pinv", A)
    plain = [_array(v) if isinstance(v, Tensor) else v for v in (atol, rtol)]
    return _op("linalg_pinv")(A, *plain, hermitian)  # type: ignore[no-any-return]


def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """(solution, residuals, rank, singular_values) of the least squares problem A X = B."""
    from .ops.linalg import least_squares

    return least_squares.lstsq(A, B, rcond, driver)


# ---- norms


@_spelled
def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """(Σ |x|ᵒ) ** (1 / o) over all elements, or along `dim`."""
    if not (x.is_floating_point() or x.is_complex()) and dtype is None:
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {x.dtype.name.capitalize().replace('Int64', 'Long').replace('Int32', 'Int')}"
        )
    x = x if dtype is None else x.to(dtype)
    dims = dim if dim is None or isinstance(dim, int) else tuple(dim)
    return _op("linalg_vector_norm")(x, float(ord), dims, keepdim)  # type: ignore[no-any-return]


@_spelled
def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Norms of matrices: "fro", "nuc", ±inf, ±1, ±2."""
    if A.dim() < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    A = A if dtype is None else A.to(dtype)
    if len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")
    r, c = (d % A.dim() for d in dim)
    if r == c:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord == "fro":
        return vector_norm(A, 2, (r, c), keepdim)
    if isinstance(ord, str) and ord != "nuc":
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if ord == "nuc" or builtins.abs(ord) == 2:
        s: Any = svdvals(A.movedim((r, c), (-2, -1)))
        out = s.sum(-1, keepdim) if ord == "nuc" else s.amax(-1, keepdim) if ord > 0 else s.amin(-1, keepdim)
        if keepdim:
            out = out.unsqueeze(-1).permute([_place(d, r, c, A.dim()) for d in range(A.dim())])
        return out  # type: ignore[no-any-return]
    if builtins.abs(ord) not in (1, math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if builtins.abs(ord) == math.inf:
        r, c = c, r
    sums = vector_norm(A, 1, (r,), keepdim)
    at = c if keepdim or c < r else c - 1
    return (sums.amax if ord > 0 else sums.amin)(at, keepdim)  # type: ignore[attr-defined, no-any-return]


def _place(d: int, r: int, c: int, n: int) -> int:
    """Where dimension d stands when r and c have been moved to the end."""
    return n - 2 if d == r else n - 1 if d == c else d - (r < d) - (c < d)


@_spelled
def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """A vector's norm, or a matrix's where `ord` or two dimensions ask for one."""
    if not (A.is_floating_point() or A.is_complex()) and dtype is None:
        raise RuntimeError(
            f"linalg.norm: Expected a floating point or complex tensor as input. Got {A.dtype.name.capitalize().replace('Int64', 'Long').replace('Int32', 'Int')}"
        )
    if isinstance(dim, int):
        dim = (dim,)
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if isinstance(ord, str):
        if dim is None and A.dim() != 2:
            raise RuntimeError(
                f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.dim()}D."
                if A.dim() > 2
                else "linalg.matrix_norm: The input tensor A must have at least 2 dimensions."
            )
        return matrix_norm(A, ord, dim or (-2, -1), keepdim, dtype=dtype)
    if dim is None and A.dim() > 2:
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.dim()}D."
        )
    if (dim is None and A.dim() == 2) or (dim is not None and len(dim) == 2):
        return matrix_norm(A, ord, dim or (-2, -1), keepdim, dtype=dtype)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


def cond(A: Any, p: Any = None) -> Tensor:
    """How much solving A X = B magnifies errors: |A| |A⁻¹|."""
    if p is None or p in (2, -2):
        s: Any = svdvals(A)
        if s.size(-1) == 0:
            return s.new_zeros(s.shape[:-1])  # type: ignore[no-any-return]
        most, least = s.narrow(-1, 0, 1), s.narrow(-1, s.size(-1) - 1, 1)
        return (least / most if p == -2 else most / least).squeeze(-1)  # type: ignore[no-any-return]
    if p == "nuc":
        singular: Any = svdvals(A)
        return singular.sum(-1) * singular.reciprocal().sum(-1)  # type: ignore[no-any-return]
    inverse, info = inv_ex(A)
    blank: Any = inverse.masked_fill((info != 0)[..., None, None], math.inf)
    product: Any = matrix_norm(A, p) * matrix_norm(blank, p)  # type: ignore[operator]
    return product.nan_to_num_(math.inf, math.inf, -math.inf)  # type: ignore[no-any-return]


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """How many singular values are not 0."""
    if _hot.AUTOCAST is not None:
        (A,) = _hot.AUTOCAST("single", A)
    a = _array(A)
    if a.dtype.char in "eE":
        raise RuntimeError("This function doesn't handle types other than float and double")
    if not a.size:
        return from_array(np.zeros(a.shape[:-2], np.int64)).fill_(0)  # type: ignore[attr-defined, no-any-return]
    s = np.abs(np.linalg.eigvalsh(a)) if hermitian else factors(a, compute_uv=False)
    given = [_array(v) if isinstance(v, Tensor) else v for v in (tol if atol is None else atol, rtol)]
    if tol is not None:
        given[1] = 0.0
    return from_array(np.asarray((s > _functions.cut(s, a, *given)).sum(-1)))


# ---- products


matrix_power, matrix_exp = _functions.matrix_power, _functions.matrix_exp


def multi_dot(tensors: Any) -> Tensor:
    """A chain of matrices multiplied in the order that takes the fewest steps."""
    return _functions.multi_dot(tensors)


def matmul(input: Any, other: Any) -> Tensor:
    return input @ other  # type: ignore[no-any-return]


@_spelled
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Tensor:
    """Σ conj(x) y along `dim`."""
    if _hot.AUTOCAST is not None:
        x, y = _hot.AUTOCAST("lower", x, y)
    if x.dim() == 1 and y.dim() == 1:
        return x.vdot(y)  # type: ignore[no-any-return]
    return (x.conj() * y if x.is_complex() else x * y).sum(dim)  # type: ignore[no-any-return]


@_spelled
def cross(input: Any, other: Any, *, dim: int = -1) -> Tensor:
    """The cross product along `dim`."""
    return _cross.cross_along(input, other, dim)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    return A.diagonal(offset, dim1, dim2)  # type: ignore[no-any-return]


def vander(x: Any, *, N: int | None = None) -> Tensor:
    """Powers of x from 0 to N - 1 as columns."""
    x = x.unsqueeze(0) if x.dim() == 0 else x
    count = x.size(-1) if N is None else N
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    powers = x.unsqueeze(-1).expand(*x.shape, count - 1).cumprod(-1)
    from .ops.shape import cat

    one = from_array(np.ones((*x.shape, 1), _array(x).dtype))
    return cat([one, powers], -1)


def tensorinv(A: Any, ind: int = 2) -> Tensor:
    """The inverse for `tensordot` over `ind` dimensions."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    first, rest = list(A.shape[:ind]), list(A.shape[ind:])
    if math.prod(first) != math.prod(rest):
        raise RuntimeError(
            f"Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got {math.prod(rest)} != {math.prod(first)}"
        )
    return inv(A.reshape(math.prod(rest), math.prod(first))).reshape(rest + first)  # type: ignore[attr-defined, no-any-return]


def tensorsolve(A: Any, B: Any, dims: Any = None) -> Tensor:
    """X with tensordot(A, X, X.dim()) = B."""
    if dims is not None:
        A = A.movedim(list(dims), list(range(A.dim() - len(dims), A.dim())))
    shape = list(A.shape[B.dim() :])
    if math.prod(shape) != B.numel():
        raise RuntimeError(
            f"Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got {math.prod(shape)} != {B.numel()}"
        )
    return solve(A.reshape(B.numel(), math.prod(shape)), B.reshape(-1)).reshape(shape)  # type: ignore[attr-defined, no-any-return]


def householder_product(A: Any, tau: Any) -> Tensor:
    """The product of reflections I - τ v vᴴ, whose v stand below the diagonal."""
    from .ops.linalg import reflections

    return reflections.orgqr(A, tau)  # type: ignore[no-any-return]


def ldl_factor(A: Any, *, hermitian: bool = False) -> Any:
    """(LD, pivots) of a symmetric or Hermitian matrix, of which the lower triangle is read."""
    from .ops.linalg import ldl

    return ldl.factor(A, hermitian)


def ldl_factor_ex(A: Any, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    """(LD, pivots, info): info says which block is singular, 0 where none is."""
    from .ops.linalg import ldl

    return ldl.factor_ex(A, hermitian, check_errors)


def ldl_solve(LD: Any, pivots: Any, B: Any, *, hermitian: bool = False) -> Tensor:
    """X with A X = B, of A's LDL factors."""
    from .ops.linalg import ldl

    return ldl.solve(LD, pivots, B, hermitian)
