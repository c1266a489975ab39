"""Ops that exist only in place: `copy_`, `fill_`, `zero_`, and random fills."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import geometry
from ..dispatch import fit, held
from ..dtypes import OF_NUMPY
from ..tensor import Tensor
from . import both
from .inplace import method
from .registry import function_of, public, record
from .result_layout import drawn_in_order


def _copy(self: np.ndarray, src: np.ndarray) -> Any:
    if src.ndim > self.ndim or any(s != 1 and s != t for s, t in zip(reversed(src.shape), reversed(self.shape))):
        geometry.broadcast(self.shape, src.shape)
        raise RuntimeError(
            f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(np.broadcast_shapes(self.shape, src.shape))}"
        )
    out = np.empty_like(self)
    np.copyto(out, src.view(np.ndarray), casting="unsafe")
    return out


def _copy_straight(a: np.ndarray, src: Any) -> bool:
    b = src._a
    if a.shape != b.shape and b.ndim > a.ndim:
        return False
    try:
        np.copyto(a, b, casting="unsafe")
    except ValueError:
        return False
    return True


_copy_op = record(
    "copy", _copy, "self, src", node="CopyBackwards", label="torch::autograd::CopyBackwards", tensors=("self", "src"), methods=(), straight=_copy_straight,
    self=lambda grad: grad * 0, src=lambda grad, src_shape, src_dtype: fit(grad, (src_shape, src_dtype)),
)  # fmt: skip
_copy_method = method(_copy_op)
_copy_itself = method(_copy_op, overlap=True)  # nothing moves, so nothing is written twice


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """`src`, broadcast and cast, written over this tensor."""
    if not isinstance(src, Tensor):
        from .creation import tensor

        src = tensor(src, dtype=self.dtype)
    return _copy_itself(self, src) if src is self else _copy_method(self, src)


def _fill(self: np.ndarray, value: Any) -> Any:
    out = np.empty_like(self)
    out.fill(held(value, self.dtype))
    return out


def _fill_straight(a: np.ndarray, value: Any) -> bool:
    a.fill(held(value, a.dtype))
    return True


def _fill_tensor_straight(a: np.ndarray, value: Tensor) -> bool:
    np.copyto(a, value._a, casting="unsafe")
    return True


def _zero_straight(a: np.ndarray) -> bool:
    a.fill(0)
    return True


_fill_method = method(
    record(
        "fill",
        _fill,
        "self, value",
        node="FillBackward2",
        methods=(),
        overlap=True,
        straight=_fill_straight,
        self=lambda grad: grad * 0,
    )
)
_fill_tensor = method(
    record(
        "fill_tensor",
        lambda self, value: np.full_like(self, value, subok=True),
        "self, value",
        node="FillBackward3",
        tensors=("self", "value"),
        methods=(),
        straight=_fill_tensor_straight,
        self=lambda grad: grad * 0,
        value=lambda grad, value_dtype: both.cast(grad.sum(), value_dtype),
    )
)


def _one_value(value: Tensor) -> None:
    if value.ndim:
        raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")


def fill_(self: Tensor, value: Any) -> Tensor:
    """One value everywhere."""
    if isinstance(value, Tensor):
        _one_value(value)
        return _fill_tensor(self, value)
    return _fill_method(self, value)


fill_.__name__ = "fill_"
_filled = record("_filled", _fill, "self, value", node="FillBackward0", methods=(), self=lambda grad: grad * 0)
_filled_tensor = record(
    "_filled_tensor",
    lambda self, value: np.full_like(self, value, subok=True),
    "self, value",
    node="FillBackward1",
    tensors=("self", "value"),
    methods=(),
    self=lambda grad: grad * 0,
    value=lambda grad, value_dtype: both.cast(grad.sum(), value_dtype),
)


@public(method=False)
def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor like this one with one value everywhere."""
    if isinstance(value, Tensor):
        _one_value(value)
        return function_of(_filled_tensor)(input, value)  # type: ignore[no-any-return]
    return function_of(_filled)(input, value)  # type: ignore[no-any-return]


_zero = method(
    record(
        "zero",
        lambda self: np.zeros_like(self, subok=True),
        "self",
        methods=(),
        overlap=True,
        straight=_zero_straight,
        self=lambda grad: grad * 0,
    )
)


def _random_fill(name: str, signature: str, draw: Any) -> None:
    """An in-place random fill: what it covers passes no gradient on."""
    in_place = method(record(name, draw, f"self, {signature}", methods=(), self=lambda grad: grad * 0))
    setattr(Tensor, name + "_", in_place)


def _generator(given: Any) -> Any:
    from .. import random

    return given if given is not None else random.default_generator


def _like(self: np.ndarray, values: np.ndarray) -> np.ndarray:
    values = drawn_in_order(values, self).astype(self.dtype, copy=False)
    return values if type(self) is np.ndarray else values.view(type(self))


def _continuous(self: np.ndarray, kernel: str) -> None:
    if self.dtype.kind not in "fcV":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{OF_NUMPY[self.dtype].legacy}'")


def _normal(self: np.ndarray, mean: float, std: float, generator: Any) -> Any:
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    _continuous(self, "normal_kernel_cpu")
    if self.dtype.kind == "c":  # part by part, each with this mean
        from .draws import drawn

        part = std * math.sqrt(0.5)
        parts = drawn(
            lambda where, name: _generator(generator).normal(where, name, mean, part), self.shape, OF_NUMPY[self.dtype]
        )
        return _like(self, parts)
    return _like(self, _generator(generator).normal(self.shape, self.dtype.name, mean, std, self.flags.c_contiguous))


def _uniform(self: np.ndarray, low: float, high: float, generator: Any) -> Any:
    _continuous(self, "check_uniform_bounds")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    if self.dtype.kind == "c":
        from .draws import drawn

        return _like(self, drawn(lambda where, name: _generator(generator).uniform(where, name, low, high), self.shape, OF_NUMPY[self.dtype]))  # fmt: skip
    return _like(self, _generator(generator).uniform(self.shape, self.dtype.name, low, high))


_random_fill("normal", "mean=0, std=1, *, generator=None", _normal)
_random_fill("uniform", "low=0, high=1, *, generator=None", _uniform)

Tensor.copy_, Tensor.fill_, Tensor.zero_ = copy_, fill_, _zero  # type: ignore[attr-defined]
