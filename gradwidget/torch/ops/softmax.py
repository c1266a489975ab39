"""softmax and its logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..tensor import Tensor
from .both import exp
from .registry import record


def _shifted(a: np.ndarray, dim: int, dtype: Any) -> tuple[np.ndarray, Any]:
    """The values minus their greatest along `dim`, so that no exponential overflows, and `dim` as NumPy takes it."""
    if dtype is not None:
        a = a.astype(dtype.np, copy=False)
    if a.dtype.kind not in "fc":
        name = "Bool" if a.dtype == bool else {1: "Char", 2: "Short", 4: "Int", 8: "Long"}[a.dtype.itemsize]
        raise NotImplementedError(f"\"softmax_lastdim_kernel_impl\" not implemented for '{name}'")
    d = geometry.wrap(dim, max(a.ndim, 1))
    axis = d if a.ndim else None
    return a - (a.max(axis, keepdims=True) if a.size else 0), axis


def _once_rounded(kernel: Any) -> Any:
    """float16 is computed in float32 and rounded at the end, as in PyTorch."""

    def rounded(a: np.ndarray, dim: int, dtype: Any) -> Any:
        if a.dtype == np.float16 and (dtype is None or dtype.np == np.float16):
            return kernel(a.astype(np.float32), dim, None).astype(np.float16)
        return kernel(a, dim, dtype)

    return rounded


@_once_rounded
def _softmax(a: np.ndarray, dim: int, dtype: Any) -> Any:
    shifted, axis = _shifted(a, dim, dtype)
    out = np.exp(shifted)
    return out / out.sum(axis, keepdims=True)


@_once_rounded
def _log_softmax(a: np.ndarray, dim: int, dtype: Any) -> Any:
    shifted, axis = _shifted(a, dim, dtype)
    return shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))


def _total(x: Any, dim: int) -> Any:
    """The sum along `dim`, which stays as a dimension of size 1."""
    if isinstance(x, Tensor):
        return x.sum(dim, keepdim=True)  # type: ignore[attr-defined]
    return x.sum(dim if x.ndim else None, keepdims=True)


def _softmax_back(grad: Any, result: Any, dim: int) -> Any:
    part = grad * result
    return part - result * _total(part, dim)


record("softmax", _softmax, "self, dim, dtype=None", self=_softmax_back)
record(
    "log_softmax",
    _log_softmax,
    "self, dim, dtype=None",
    self=lambda grad, result, dim: grad - exp(result) * _total(grad, dim),
)
