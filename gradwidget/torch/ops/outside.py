"""Tensors on memory that somebody else holds: buffers, arrays, DLPack capsules."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dtypes
from ..tensor import Tensor, from_array
from .creation import as_tensor, from_numpy, tensor
from .registry import public


@public(method=False)
def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A tensor of one dimension on the memory of a Python buffer (bytearray, array.array, mmap)."""
    view = memoryview(buffer)
    size, element = view.nbytes, dtype.np.itemsize
    if not size or not count:
        raise ValueError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({size} bytes) minus 1"
        )
    if count < 0 and (size - offset) % element:
        raise ValueError(
            f"buffer length ({size - offset} bytes) after offset ({offset} bytes) must be a multiple of element size ({element})"
        )
    count = (size - offset) // element if count < 0 else count
    if offset + count * element > size:
        raise ValueError(
            f"requested buffer length ({count} * {element} bytes) after offset ({offset} bytes) must not be greater than "
            f"actual buffer length ({size} bytes)"
        )
    if view.readonly:
        warnings.warn(
            "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can write to the "
            "underlying (supposedly non-writable) buffer using the tensor. You may want to copy the buffer to protect its data or "
            "make it writable before converting it to a tensor. This type of warning will be suppressed for the rest of this program.",
            UserWarning,
            stacklevel=2,
        )
    a = np.frombuffer(buffer, dtype.np, count, offset)
    t = from_array(a if a.flags.writeable else a.copy())
    return t.requires_grad_() if requires_grad else t


@public(method=False)
def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor on the memory of anything that speaks DLPack: an ndarray, a tensor, a capsule of `to_dlpack`."""
    if isinstance(ext_tensor, _Capsule):
        return ext_tensor.tensor.detach()
    if isinstance(ext_tensor, Tensor):
        t = ext_tensor.detach()
        return t.clone() if copy else t  # type: ignore[attr-defined,no-any-return]
    return from_numpy(np.from_dlpack(ext_tensor))


class _Capsule:
    """What `to_dlpack` hands over."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


@public(method=False)
def to_dlpack(tensor: Tensor) -> Any:
    """The tensor's memory, for `from_dlpack`."""
    if tensor.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    return _Capsule(tensor)


@public(method=False)
def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Tensor:
    """A tensor of numbers, sequences, arrays, buffers or tensors; on the same memory where that can be and `copy` is not True."""
    if isinstance(obj, Tensor):
        return _of_tensor(obj, dtype, device, copy, requires_grad)
    known = isinstance(obj, np.ndarray) and obj.ndim
    if not known and not isinstance(obj, (np.generic, np.ndarray)):
        try:
            size = memoryview(obj).nbytes
        except TypeError:
            size = -1
        if size >= 0:
            t = frombuffer(obj, dtype=dtype or dtypes.get_default_dtype())
            return _marked(t.clone() if copy else t, requires_grad)  # type: ignore[attr-defined]
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
    t = tensor(obj, dtype=dtype, device=device) if copy or not known else as_tensor(obj, dtype, device)
    return _marked(t, requires_grad)


def _of_tensor(t: Tensor, dtype: Any, device: Any, copy: bool | None, requires_grad: bool | None) -> Tensor:
    if copy is False and dtype not in (None, t.dtype):
        raise ValueError(f"can't alias tensor with dtype '{t.dtype.legacy}' into dtype '{dtype.legacy}'.")
    made = t.to(device or t.device, dtype or t.dtype)  # type: ignore[attr-defined]
    if copy and made is t:
        made = t.clone()  # type: ignore[attr-defined]
    if requires_grad is None and t.requires_grad:
        global _told
        if not _told:
            _told = True
            warnings.warn(_SILENT, UserWarning, stacklevel=3)
        return made  # type: ignore[no-any-return]
    return _marked(made, requires_grad)


_told = False  # once in a program
_SILENT = (
    "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass requires_grad=False "
    "explicitly to get the old behavior and silence this warning."
)


def _marked(t: Tensor, requires_grad: bool | None) -> Tensor:
    """Part of no history, unless it is to require gradients."""
    if requires_grad:
        return t if t.requires_grad else t.requires_grad_()
    if t.requires_grad:
        return t.requires_grad_(False) if t.is_leaf else t.detach()
    return t
