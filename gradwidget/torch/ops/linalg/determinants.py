"""Determinants and their logarithms."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Tensor
from ..both import array, conj, constant, swap
from ..reduce import _returns
from ..registry import public, record
from .matrices import H, checked, factors, op
from .solving import both_inverse


def _det(A: np.ndarray) -> Any:
    checked("linalg.det", A)
    return np.asarray(np.linalg.det(A))


def _cofactors(A: np.ndarray) -> np.ndarray:
    """det(A) A⁻ᵀ, also of singular matrices: by singular values."""
    u, s, vh = factors(A)
    n = s.shape[-1]
    others = np.stack([np.prod(np.delete(s, k, -1), -1) for k in range(n)], -1) if n else s
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return np.asarray(sign)[..., None, None] * (u.conj() * others[..., None, :]) @ vh.conj()


def _det_back(grad: Any, A: Any, result: Any) -> Any:
    g = grad[..., None, None]
    if isinstance(grad, Tensor):
        return g * result[..., None, None] * swap(both_inverse(A))
    return g * _cofactors(np.asarray(A)).astype(array(A).dtype)


record("linalg_det", _det, "A", tensors=("A",), methods=(), holomorphic=True, A=_det_back)


@public()
def det(input: Any) -> Tensor:
    """The determinant."""
    return op("linalg_det")(input)  # type: ignore[no-any-return]


def _slogdet(A: np.ndarray) -> Any:
    checked("linalg.slogdet", A)
    sign, logs = np.linalg.slogdet(A)
    return np.asarray(sign), np.asarray(logs)


def _slogdet_back(grad: Any, A: Any, result: Any) -> Any:
    of_sign, of_log = grad
    total: Any = 0
    back = H(both_inverse(A))
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
    return op("linalg_slogdet")(input)


@public()
def logdet(input: Any) -> Tensor:
    """The logarithm of the determinant; NaN where that is negative."""
    from ..both import where

    sign, logs = slogdet(input)
    if input.is_complex():
        return sign.log() + logs  # type: ignore[no-any-return]
    nan = np.array(np.nan, array(logs).dtype)
    return where(constant(array(sign) == -1, sign), constant(nan, logs), logs)  # type: ignore[no-any-return]
