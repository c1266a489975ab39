"""Functions of matrices: exponentials, powers, pseudo-inverses, products of chains."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import hot
from ...tensor import Tensor, from_array
from ..both import array
from ..registry import public, record
from .matrices import H, checked, factors, op
from .solving import inverse


def _matrix_exp(A: np.ndarray) -> Any:
    """Scaling and squaring with Padé's approximation of degree 13 (Higham 2005), in double precision."""
    checked("linalg.matrix_exp", A)
    if not A.size:
        return A.copy()
    kind = A.dtype
    A = A.astype(np.result_type(kind, np.float64), copy=False)
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
    return R.astype(kind)


def _matrix_exp_back(grad: Any, self: Any) -> Any:
    """The upper right block of exp([[Aᴴ, g], [0, Aᴴ]])."""
    n = self.shape[-1]
    A = H(self)
    if isinstance(grad, Tensor):
        from ..shape import cat

        low = cat([A * 0, A], -1)
        whole: Any = cat([cat([A, grad], -1), low], -2)
        return op("linalg_matrix_exp")(whole)[..., :n, n:]
    whole = np.concatenate([np.concatenate([A, grad], -1), np.concatenate([np.zeros_like(A), A], -1)], -2)
    return _matrix_exp(whole)[..., :n, n:]


record("linalg_matrix_exp", _matrix_exp, "self", methods=(), self=_matrix_exp_back)


@public("matrix_exp")
def matrix_exp(A: Any) -> Tensor:
    """exp of matrices."""
    return op("linalg_matrix_exp")(A)  # type: ignore[no-any-return]


def _pinv(A: np.ndarray, atol: Any, rtol: Any, hermitian: bool) -> Any:
    checked("linalg.pinv", A, square=hermitian)
    if not A.size:
        return np.zeros((*A.shape[:-2], A.shape[-1], A.shape[-2]), A.dtype)
    if hermitian:
        values, V = np.linalg.eigh(A)
        size = np.abs(values)
        kept = size > cut(size, A, atol, rtol)
        inverse = np.where(kept, 1 / np.where(kept, values, 1), 0).astype(A.dtype)
        return (V * inverse[..., None, :]) @ H(V)
    u, s, vh = factors(A, full_matrices=False)
    kept = s > cut(s, A, atol, rtol)
    inverse = np.where(kept, 1 / np.where(kept, s, 1), 0).astype(A.dtype)
    return (H(vh) * inverse[..., None, :]) @ H(u)


def cut(s: np.ndarray, A: np.ndarray, atol: Any, rtol: Any) -> Any:
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
    if hot.AUTOCAST is not None:
        (input,) = hot.AUTOCAST("single", input)
    not_low("linalg.pinv", input)
    return op("linalg_pinv")(input, None, rcond, False)  # type: ignore[no-any-return]


def not_low(name: str, A: Any) -> None:
    if A._a.dtype.char in "eE":
        raise RuntimeError(
            f"{name}({A.dtype.legacy}{{{list(A.shape)}}}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types"
        )


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
        return input.clone().copy_(from_array(eye.copy()))  # type: ignore[no-any-return]
    if n == -1:
        return inverse(input)
    once = n == 1
    if n < 0:
        input, n = inverse(input), -n
    if n == 3:
        return (input @ input) @ input  # type: ignore[no-any-return]
    result: Any = None
    power: Any = input
    while n:
        if n & 1:
            result = power if result is None else result @ power
        n >>= 1
        if n:
            power = power @ power
    return input.clone() if once else result  # type: ignore[no-any-return]


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
    if n == 3 and len(set(options)) == 1:
        split[0][2] = 1  # of two equal costs the first two come first

    def product(i: int, j: int) -> Any:
        return chain[i] if i == j else product(i, split[i][j]).mm(product(split[i][j] + 1, j))

    shape = [] if first.dim() == 1 else [first.size(0)]
    return product(0, n - 1).view(shape if last.dim() == 1 else [*shape, last.size(1)])  # type: ignore[no-any-return]
