"""`torch.ops.aten`: the ops under the names that PyTorch's own graphs use, each with its overloads as attributes.

>>> torch.ops.aten.add.Tensor(x, y)
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

import numpy as np

from ..tensor import Tensor, from_array
from . import both
from .normalization import normalised_as
from .registry import LATE, OPS, function_of, import_family, record


class OpOverloadPacket:
    """An op: called, it chooses the overload by its arguments, and so does each of its overloads."""

    def __init__(self, name: str, function: Any) -> None:
        self.__name__, self._function = name, function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __getattr__(self, overload: str) -> Any:
        if overload.startswith("_"):
            raise AttributeError(f"'OpOverloadPacket' object has no attribute '{overload}'")
        return self

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='aten.{self.__name__}')>"


def _pooled_back(grad_output: np.ndarray, input: np.ndarray, *rest: Any) -> Any:
    *_, indices = rest
    lead = input.shape[:-2]
    flat = both.zeros((*lead, input.shape[-2] * input.shape[-1]), input).reshape(-1, input.shape[-2] * input.shape[-1])
    rows = np.arange(len(flat))[:, None]
    np.add.at(flat, (rows, indices.reshape(len(flat), -1)), grad_output.reshape(len(flat), -1))
    return flat.reshape(input.shape)


def _pooled(grad: Any, grad_output: Any, indices: Any) -> Any:
    """What a pooling with these indices takes of a tensor."""
    at = both.array(indices)
    rows = grad.reshape((*grad.shape[:-2], grad.shape[-2] * grad.shape[-1]))
    flat = at.reshape(*at.shape[:-2], -1)
    if isinstance(grad, Tensor):
        return rows.gather(-1, from_array(flat)).reshape(at.shape)
    return np.take_along_axis(rows, flat, -1).reshape(at.shape)


def _dropped_back(grad_output: np.ndarray, mask: np.ndarray, scale: float) -> Any:
    kept = grad_output * mask
    kept = kept if kept.dtype.kind in "fcV" else kept.astype(np.float32)
    return kept * kept.dtype.type(scale)


record(
    "max_pool2d_with_indices_backward",
    _pooled_back,
    "grad_output, input, kernel_size, stride, padding, dilation, ceil_mode, indices",
    tensors=("grad_output", "input", "indices"),
    node="MaxPool2DWithIndicesBackwardBackward0",
    methods=(),
    grad_output=_pooled,
    input=lambda grad, input_shape: both.zeros(tuple(input_shape), grad),
)
record(
    "native_dropout_backward",
    _dropped_back,
    "grad_output, mask, scale",
    tensors=("grad_output", "mask"),
    node="NativeDropoutBackwardBackward0",
    methods=(),
    grad_output=lambda grad, mask, scale: both.scale(grad * both.mask(mask, grad), scale),
    mask=lambda grad, mask_shape: both.zeros(tuple(mask_shape), grad),
)


def _batch_norm_with_update(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, momentum: float, eps: float
) -> Any:
    """Batch normalisation in training; (y, mean, 1 / standard deviation, nothing)."""
    made = normalised_as("_batch_norm_with_update", input, weight, bias, running_mean, running_var, True, momentum, eps)
    return (*made, from_array(np.zeros(0, np.uint8)))


def _upsample_bilinear2d_aa(
    input: Any,
    output_size: Any,
    align_corners: bool,
    scale_factors: Any = None,
    scales_h: Any = None,
    scales_w: Any = None,
) -> Any:
    """Bilinear resampling with antialiasing."""
    from .resample import _NATIVE

    if scales_h is not None and scales_w is not None:
        scale_factors = (scales_h, scales_w)
    return _NATIVE["bilinear-aa", 2](input, output_size, bool(align_corners), scale_factors)


_OWN = {"_batch_norm_with_update": _batch_norm_with_update, "_upsample_bilinear2d_aa": _upsample_bilinear2d_aa}
_PACKAGES = ("linalg", "special", "fft")


def _found(name: str) -> Any:
    if name in _OWN:
        return _OWN[name]
    if name in LATE:
        import_family(LATE[name])
    if name == "_safe_softmax":
        import_family("attention")
    torch = importlib.import_module(__package__.rpartition(".")[0])
    places = [torch, torch.nn.functional, Tensor]
    for package in _PACKAGES:
        if name.startswith(package + "_"):
            places.insert(0, getattr(torch, package))
    for place in places:
        short = name.partition("_")[2] if place in places[:-3] else name
        found = getattr(place, short, None)
        if callable(found) and not isinstance(found, type):
            return found
    return function_of(OPS[name]) if name in OPS else None


@functools.cache
def packet(name: str) -> OpOverloadPacket | None:
    found = _found(name)
    return None if found is None else OpOverloadPacket(name, found)


def __getattr__(name: str) -> Any:
    if name.startswith("__") or (found := packet(name)) is None:
        raise AttributeError(f"'_OpNamespace' 'aten' object has no attribute '{name}'")
    return found
