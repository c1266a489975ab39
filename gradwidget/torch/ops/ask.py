"""Questions about tensors: are they equal, close, and what dtype would come of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, errors
from ..dispatch import promoted
from ..tensor import Tensor, from_array


def equal(self: Tensor, other: Tensor) -> bool:
    """Whether shape and every element agree."""
    return self._a.shape == other._a.shape and bool(np.array_equal(self._a, other._a))


def isclose(self: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Element by element: |self - other| <= atol + rtol |other|."""
    for i, (name, t) in enumerate((("input", self), ("other", other)), 1):
        if not isinstance(t, Tensor):
            raise errors.not_a_tensor("isclose", name, i, t)
    if self.dtype is not other.dtype:
        raise RuntimeError(f"{self.dtype.legacy} did not match {other.dtype.legacy}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")
    return from_array(np.asarray(np.isclose(self._a, other._a, rtol, atol, equal_nan)))


def allclose(self: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close."""
    return bool(isclose(self, other, rtol, atol, equal_nan)._a.all())


def result_type(a: Any, b: Any) -> dtypes.dtype:
    """The dtype that an operation of these two has."""
    return promoted(a, b)


def can_cast(from_: dtypes.dtype, to: dtypes.dtype) -> bool:
    """Whether a result of one dtype may be written into the other."""
    return not (from_.kind > to.kind and (from_.kind >= 2 or to.kind == 0))


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each number from 0 occurs, or the sum of its weights."""
    a, w = input._a, None if weights is None else weights._a
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if a.ndim == 1 and not a.size:
        return from_array(np.zeros(minlength, np.int64))
    if a.dtype.kind not in "iu":
        raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{input.dtype.legacy}'")
    if a.ndim != 1 or a.min() < 0:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if w is not None and w.shape != a.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    counts = np.bincount(a, w, minlength)
    return from_array(counts.astype(w.dtype) if w is not None and w.dtype == np.float32 else counts)


def is_tensor(obj: Any) -> bool:
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    return input._a.size


Tensor.equal, Tensor.isclose, Tensor.allclose, Tensor.bincount = equal, isclose, allclose, bincount  # type: ignore[attr-defined]
