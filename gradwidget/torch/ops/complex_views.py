"""Real and imaginary parts as views, complex numbers as pairs and back, and the conjugate.

PyTorch conjugates lazily: `x.conj()` is a view with a mark. Here it is a copy, with the same values and gradients.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor
from . import both, windows
from .registry import OPS, function_of, public, record


def _pairs(grad: Any) -> Any:
    return function_of(_as_real)(grad) if isinstance(grad, Tensor) else windows.as_real(grad)


def _numbers(grad: Any) -> Any:
    if isinstance(grad, Tensor):
        return function_of(_as_complex)(grad.contiguous())  # type: ignore[attr-defined]
    return windows.as_complex(np.ascontiguousarray(grad))


_as_real = record("view_as_real", windows.as_real, "self", view=True, replays=True, self=_numbers)
_as_complex = record("view_as_complex", windows.as_complex, "self", view=True, replays=True, methods=(), self=_pairs)
_conj = record("conj", np.conj, "self", node="ConjBackward0", methods=(), self=lambda grad: both.conj(grad))


def _part(self: Tensor, which: int) -> Tensor:
    return function_of(OPS["select"])(function_of(_as_real)(self), self._a.ndim, which)  # type: ignore[no-any-return]


@public(method=False)
def real(self: Tensor) -> Tensor:
    """The real parts, as a view; a real tensor itself."""
    return _part(self, 0) if self.is_complex() else self


@public(method=False)
def imag(self: Tensor) -> Tensor:
    """The imaginary parts, as a view."""
    if not self.is_complex():
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _part(self, 1)


@public()
def conj(self: Tensor) -> Tensor:
    """The complex conjugate; a real tensor itself."""
    return function_of(_conj)(self) if self.is_complex() else self  # type: ignore[no-any-return]


@public()
def resolve_conj(self: Tensor) -> Tensor:
    """This tensor: its conjugates are worked out already."""
    return self


@public()
def resolve_neg(self: Tensor) -> Tensor:
    """This tensor: its signs are worked out already."""
    return self


@public()
def is_conj(self: Tensor) -> bool:
    """Whether a conjugate is still to be worked out: never, here."""
    return False


@public()
def is_neg(self: Tensor) -> bool:
    """Whether a sign is still to be worked out: never, here."""
    return False


@public(method=False)
def view_as_complex(self: Tensor) -> Tensor:
    """Pairs along the last dimension as complex numbers, as a view."""
    return function_of(_as_complex)(self)  # type: ignore[no-any-return]


Tensor.real = property(real, lambda self, value: real(self).copy_(value))  # type: ignore[attr-defined]
Tensor.imag = property(imag, lambda self, value: imag(self).copy_(value))  # type: ignore[attr-defined]
