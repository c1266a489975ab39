"""One value where a mask is True."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..dispatch import fit, held
from ..errors import scalar_type
from ..tensor import Tensor, from_array
from . import both
from .inplace import method
from .registry import function_of, public, record


def _filled(x: np.ndarray, mask: np.ndarray, value: Any) -> np.ndarray:
    if mask.dtype != bool:
        raise RuntimeError(
            f"masked_fill_ only supports boolean masks, but got mask with dtype {scalar_type(from_array(mask))}"
        )
    if not isinstance(value, np.ndarray):
        value = held(value, x.dtype)
    elif value.dtype.kind == "c" and x.dtype.kind != "c":
        held(1j, x.dtype)  # which refuses
    shape = x.shape if mask.shape == x.shape else geometry.broadcast(x.shape, mask.shape)
    if not isinstance(x, np.ndarray):  # a gradient of one number
        x = np.asarray(x)
    out = x.copy("K") if shape == x.shape else np.broadcast_to(x, shape, subok=True).copy("C")
    np.copyto(out, value, where=mask.view(np.ndarray), casting="unsafe")
    return out


def _uncovered(grad: Any, mask: Any, self_shape: tuple[int, ...]) -> Any:
    """What reaches the tensor: nothing where the mask is True."""
    if isinstance(grad, Tensor):
        return fit(grad.masked_fill(mask, 0), (self_shape, grad._a.dtype))  # type: ignore[attr-defined]
    return fit(_filled(grad, mask, 0), (self_shape, grad.dtype))


def _covered(grad: Any, mask: Any, value_dtype: Any) -> Any:
    """What reaches the value: the sum of what the mask lets through."""
    return both.cast(
        both.where(mask, grad, both.constant(np.zeros((), both.array(grad).dtype), grad)).sum(), value_dtype
    )


def _straight(a: np.ndarray, mask: Tensor, value: Any) -> bool:
    where = mask._a
    given = value._a if isinstance(value, Tensor) else value
    if where.dtype != bool or where.ndim > a.ndim:
        return False
    if given is value:
        given = held(value, a.dtype)
    try:
        np.copyto(a, given, where=where.view(np.ndarray), casting="unsafe")
    except ValueError:
        return False
    return True


_with_number = record(
    "masked_fill",
    _filled,
    "self, mask, value",
    tensors=("self", "mask"),
    methods=(),
    overlap="tensor[mask] = scalar",
    straight=_straight,
    self=_uncovered,
)
_with_tensor = record(
    "masked_fill_tensor",
    _filled,
    "self, mask, value",
    node="MaskedFillBackward1",
    tensors=("self", "mask", "value"),
    methods=(),
    overlap="tensor[mask] = scalar",
    straight=_straight,
    self=_uncovered,
    value=_covered,
)
_in_place, _in_place_with_tensor = method(_with_number), method(_with_tensor)


def _scalar(value: Tensor) -> Tensor:
    if value._a.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value._a.ndim} dimension(s)."
        )
    return value


@public()
def masked_fill(self: Tensor, mask: Tensor, value: Any) -> Tensor:
    """A copy with `value` where the mask is True; the mask is broadcast."""
    if isinstance(value, Tensor):
        return function_of(_with_tensor)(self, mask, _scalar(value))  # type: ignore[no-any-return]
    return function_of(_with_number)(self, mask, value)  # type: ignore[no-any-return]


@public(function=False)
def masked_fill_(self: Tensor, mask: Tensor, value: Any) -> Tensor:
    """`value` written where the mask is True."""
    if isinstance(value, Tensor):
        return _in_place_with_tensor(self, mask, _scalar(value))
    return _in_place(self, mask, value)
