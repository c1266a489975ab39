"""What all files of this package use: checks, triangles, layouts, the error of a matrix that is singular."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Tensor
from ..both import array, conj, constant, swap
from ..registry import OPS, function_of


class LinAlgError(RuntimeError):
    """A matrix that cannot be factorised or inverted."""


LinAlgError.__name__ = LinAlgError.__qualname__ = "_LinAlgError"
LinAlgError.__module__ = "torch._C"


def op(name: str) -> Any:
    return function_of(OPS[name])


def by_columns(x: np.ndarray) -> np.ndarray:
    """Laid out as LAPACK writes matrices: column after column."""
    out = np.empty((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype).swapaxes(-1, -2)
    out[...] = x
    return out if type(x) is np.ndarray else out.view(type(x))


def H(x: Any) -> Any:
    """The conjugate transpose."""
    return conj(swap(x))


def checked(name: str, a: np.ndarray, square: bool = True) -> None:
    if a.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if square and a.shape[-1] != a.shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {a.shape[-2]} by {a.shape[-1]} matrices"
        )
    if a.dtype.kind not in "fcV":
        from ...dtypes import OF_NUMPY

        kind = OF_NUMPY[a.dtype].legacy.removeprefix("torch.").removesuffix("Tensor")
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {kind}")


def factors(A: np.ndarray, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """u, s and vh of a matrix (or s alone), or PyTorch's refusal of what is not finite."""
    try:
        return np.linalg.svd(A, full_matrices, compute_uv)
    except np.linalg.LinAlgError:
        why = "because the input matrix contained non-finite values"
        raise LinAlgError(f"linalg.svd: The algorithm failed to converge {why}.") from None


def np_batched(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both with one batch shape, so that a vector is never mistaken for a matrix."""
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return np.broadcast_to(a, (*batch, *a.shape[-2:])), np.broadcast_to(b, (*batch, *b.shape[-2:]))


def tri(x: Any, upper: bool, k: int = 0) -> Any:
    """The triangle on and above (below) a diagonal."""
    if isinstance(x, Tensor):
        return x.triu(k) if upper else x.tril(k)  # type: ignore[attr-defined]
    return np.triu(x, k) if upper else np.tril(x, k)


def diagonal_matrix(x: Any) -> Any:
    """x with nothing but its diagonal."""
    eye = np.eye(x.shape[-1], dtype=array(x).dtype)
    return x * constant(eye, x)


def gaps(values: Any) -> Any:
    """λⱼ - λᵢ, with 1 on the diagonal."""
    eye = constant(np.eye(values.shape[-1], dtype=array(values).dtype), values)
    return values[..., None, :] - values[..., :, None] + eye


def no_diagonal(x: Any) -> Any:
    return x - diagonal_matrix(x)


def as_matrix(v: Any) -> Any:
    """A vector on a diagonal."""
    eye = np.eye(v.shape[-1], dtype=array(v).dtype)
    return v[..., None] * constant(eye, v)


def zeros(like: Any, m: int, n: int) -> Any:
    return constant(np.zeros((*like.shape[:-2], m, n), array(like).dtype), like)


def joined(parts: list[Any], axis: int) -> Any:
    if isinstance(parts[0], Tensor):
        from ..shape import cat

        return cat(parts, axis)
    return np.concatenate(parts, axis)
