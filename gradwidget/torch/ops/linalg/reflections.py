"""Householder reflections I - τ v vᴴ: QR factors in LAPACK's packed form, their product, and its product with matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Tensor
from .. import both
from ..composed import gradients_through
from ..reduce import _returns
from ..registry import OPS, function_of, public, record
from .matrices import by_columns


def _geqrf(self: np.ndarray) -> Any:
    if self.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    if not self.size:
        return by_columns(self.copy()), np.zeros((*self.shape[:-2], min(self.shape[-2:])), self.dtype)
    packed, tau = np.linalg.qr(self, mode="raw")
    return by_columns(packed.swapaxes(-1, -2).astype(self.dtype, copy=False)), tau.astype(self.dtype, copy=False)


def _no_derivative(grad: Any) -> Any:
    raise NotImplementedError("the derivative for 'geqrf' is not implemented.")


record(
    "geqrf",
    _geqrf,
    "self",
    outputs=2,
    differentiable=(0, 1),
    returns=_returns("geqrf", "a", "tau"),
    self=_no_derivative,
)


def _reflected(a: Any, tau: Any, c: Any, left: bool, transpose: bool) -> Any:
    """Q C, Qᴴ C, C Q or C Qᴴ, one reflection after the other. On arrays and on tensors."""
    count, m = tau.shape[-1], a.shape[-2]
    places = np.arange(m)
    steps = range(count) if left == transpose else range(count - 1, -1, -1)
    for k in steps:
        below = both.constant((places > k).astype(both.array(a).dtype), a)
        unit = both.constant((places == k).astype(both.array(a).dtype), a)
        v = (a[..., :, k] * below + unit)[..., :, None]
        t = tau[..., k][..., None, None]
        t = both.conj(t) if transpose else t
        vh = both.conj(both.swap(v))
        c = c - t * (v @ (vh @ c)) if left else c - t * ((c @ v) @ vh)
    return c


def _eye(a: Any) -> Any:
    """What the product of all reflections is applied to."""
    shape, d = tuple(a.shape), both.array(a).dtype
    eye = np.broadcast_to(np.eye(*shape[-2:], dtype=d), shape).copy()
    return both.constant(eye, a)


def _product(a: Any, tau: Any) -> Any:
    return _reflected(a, tau, _eye(a), True, False)


def _householder(input: np.ndarray, tau: np.ndarray) -> Any:
    name = "torch.linalg.householder_product"
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if input.shape[-2] < input.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if input.shape[-1] < tau.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if input.ndim - tau.ndim != 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to {tau.ndim} and input.ndim is "
            f"equal to {input.ndim}"
        )
    if input.dtype != tau.dtype:
        raise RuntimeError(f"{name}: tau dtype {_said(tau)} does not match input dtype {_said(input)}")
    return by_columns(_product(input, tau))


def _said(a: np.ndarray) -> str:
    from ...dtypes import OF_NUMPY

    return OF_NUMPY[a.dtype].legacy


record(
    "linalg_householder_product",
    _householder,
    "input, tau",
    tensors=("input", "tau"),
    methods=(),
    shared=lambda grad, input, tau: gradients_through(_product, grad, input, tau),
    input=lambda shared: shared[0],
    tau=lambda shared: shared[1],
)


@public(method=False)
def orgqr(input: Any, input2: Any) -> Tensor:
    """Q of the packed form that `geqrf` answers."""
    return function_of(OPS["linalg_householder_product"])(input, input2)  # type: ignore[no-any-return]


Tensor.orgqr = lambda self, input2: orgqr(self, input2)  # type: ignore[attr-defined]


def _ormqr(self: np.ndarray, input2: np.ndarray, input3: np.ndarray, left: bool, transpose: bool) -> Any:
    for name, a in (("input", self), ("other", input3)):
        if a.ndim < 2:
            raise RuntimeError(f"torch.ormqr: {name} must have at least 2 dimensions.")
    side = -2 if left else -1
    if input3.shape[side] < input2.shape[-1]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be greater than or equal to tau.shape[-1]")
    if input3.shape[side] != self.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]")
    if input2.shape[-1] > self.shape[-1]:
        raise RuntimeError("torch.ormqr: tau.shape[-1] must be equal to min(other.shape[-2], input.shape[-1])")
    for name, a, lack in (("tau", input2, 1), ("other", input3, 0)):
        if self.ndim - a.ndim != lack:
            said = "one dimension less than" if lack else "the same number of dimensions as"
            raise RuntimeError(
                f"torch.ormqr: Expected {name} to have {said} input, but got {name}.ndim equal to {a.ndim} and input.ndim is equal to {self.ndim}"
            )
    for name, a in (("tau", input2), ("other", input3)):
        if a.dtype != self.dtype:
            raise RuntimeError(
                f"torch.ormqr: Expected input and {name} to have the same dtype, but input has dtype{_said(self)} and {name} has dtype {_said(a)}"
            )
    return by_columns(_reflected(self, input2, input3, left, transpose))


def _again(a: Any, tau: Any, c: Any, left: bool, transpose: bool) -> Any:
    if isinstance(c, Tensor):
        return function_of(OPS["ormqr"])(a, tau, c, left, transpose)
    return _ormqr(a, tau, c, left, transpose)


record(
    "ormqr",
    _ormqr,
    "self, input2, input3, left=True, transpose=False",
    tensors=("self", "input2", "input3"),
    shared=lambda grad, self, input2, input3, left, transpose: gradients_through(
        lambda a, tau, c: _reflected(a, tau, c, left, transpose), grad, self, input2, input3
    ),
    self=lambda shared: shared[0],
    input2=lambda shared: shared[1],
    input3=lambda grad, self, input2, left, transpose: _again(self, input2, grad, left, not transpose),
)
