"""Copies, and changes of dtype and device. What changes nothing hands the tensor itself through."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import devices, dtypes, watch
from ..tensor import Tensor
from . import both
from .quiet import quiet
from .registry import OPS, function_of, record


class memory_format:
    """How dimensions are laid out: in their order, as they were, or with the channels last in images of `last_of` dimensions."""

    def __init__(self, name: str, last_of: int | None = None) -> None:
        self.name, self.last_of = name, last_of

    def __repr__(self) -> str:
        return "torch." + self.name

    def check(self, a: np.ndarray) -> None:
        if a.ndim != self.last_of:
            raise RuntimeError(f"required rank {self.last_of} tensor to use {self.name} format")

    def holds(self, a: np.ndarray) -> bool:
        """Whether an array lies in this format."""
        return a.ndim == self.last_of and bool(np.moveaxis(a, 1, -1).flags.c_contiguous)


contiguous_format, preserve_format = memory_format("contiguous_format"), memory_format("preserve_format")
channels_last, channels_last_3d = memory_format("channels_last", 4), memory_format("channels_last_3d", 5)


def laid_out(a: np.ndarray, memory_format: Any) -> Any:
    """A copy in a memory format. None: dense in the order that it has."""
    if memory_format is not None and memory_format.last_of is not None:
        memory_format.check(a)
        return np.moveaxis(np.moveaxis(a, 1, -1).copy("C"), -1, 1)
    # an expanded tensor has no dense order to keep
    return a.copy("C" if memory_format is contiguous_format or (0 in a.strides and a.size > 1) else "K")


_clone = laid_out


record("clone", _clone, "self, *, memory_format=None", self=lambda grad: grad)


def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """This tensor where its elements already lie in row-major order, else a copy where they do."""
    if memory_format is None or memory_format.last_of is None:
        there = self._a.flags.c_contiguous
        if memory_format is preserve_format and not there:
            raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
        memory_format = contiguous_format
    else:
        memory_format.check(self._a)
        there = memory_format.holds(self._a)
    if there:
        if watch.listener is not None:
            watch.listener.op("contiguous", self, (self,), {})
        return self
    return function_of(OPS["clone"])(self, memory_format=memory_format)


@quiet
def _cast(a: np.ndarray, d: np.dtype[Any]) -> np.ndarray:
    """To a dtype that may not hold every number."""
    return a.astype(d, "K")


def _to_copy(a: np.ndarray, dtype: Any, device: Any, was_on: Any, memory_format: Any = None) -> Any:
    d = a.dtype if dtype is None else dtype.np
    out = a.astype(d, "K", copy=True) if d.kind == a.dtype.kind and d.itemsize >= a.itemsize else _cast(a, d)
    if memory_format is not None and memory_format is not preserve_format:
        out = laid_out(out, memory_format)
    if device is None:
        return out
    where = devices.array_class(device)
    return out.view(np.ndarray) if where is np.ndarray else out.view(where)


def _home(grad: Any, d: Any, was_on: Any) -> Any:
    """A gradient back in the dtype and on the device that its tensor came from."""
    if isinstance(grad, Tensor):
        return both.cast(grad, d).to(was_on)  # type: ignore[attr-defined]
    return both.cast(grad, d).copy("K").view(devices.array_class(was_on))


_to_op = record("_to_copy", _to_copy, "self, dtype=None, device=None, was_on=None, memory_format=None", node="ToCopyBackward0", methods=(), moves=True,
                self=lambda grad, self_dtype, was_on: _home(grad, self_dtype, was_on))  # fmt: skip


def to(
    self: Tensor,
    *args: Any,
    dtype: Any = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = None,
    **other: Any,
) -> Tensor:
    """In another dtype or on another device; the tensor itself where neither changes (and `copy` is False)."""
    flags = [x for x in args if isinstance(x, bool)]  # non_blocking, copy
    copy = copy or len(flags) > 1 and flags[1]
    for x in args:
        if isinstance(x, dtypes.dtype):
            dtype = x
        elif isinstance(x, (str, devices.device)) or (isinstance(x, int) and not isinstance(x, bool)):
            device = x
        elif isinstance(x, Tensor):
            dtype, device = x.dtype, x.device
        elif isinstance(x, bool) or x is None:
            pass
        elif x in (float, int, bool, complex):
            dtype = x
        else:
            raise TypeError(f"to() received an invalid combination of arguments - got ({type(x).__name__})")
    where = None
    if device is not None:
        where = devices.device(device)
        if where.type == "cuda" and where.index is None:
            where = devices.device("cuda", 0)
        devices.array_class(where)
        if where == self.device:
            where = None
    if dtype is not None:
        dtype = None if dtype is self.dtype else dtypes.meant(dtype, "to")
        dtype = None if dtype is self.dtype else dtype
    if memory_format is not None and (memory_format.last_of is None or self.is_contiguous(memory_format)):
        changes = dtype is not None or where is not None or copy
        last = any(format.holds(self._a) for format in (channels_last, channels_last_3d))
        if memory_format is not contiguous_format or self.is_contiguous() or not (changes or last):
            memory_format = None  # strides alone are no reason for a copy, but channels that come last are
    if dtype is None and where is None and not copy and memory_format is None:
        if watch.listener is not None:
            watch.listener.op("to", self, (self, *args), {})
        return self
    if self.is_complex() and dtype is not None and dtype.kind < 3:
        import warnings

        warnings.warn("Casting complex values to real discards the imaginary part", stacklevel=2)
    return function_of(_to_op)(self, dtype, where, self.device, memory_format)


def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """On the CPU: the tensor itself if it is there already, so this shares memory."""
    return to(self, "cpu")


def cuda(self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
    """On a CUDA device: a simulated one (`torch.cuda.simulate`), or PyTorch's error that there is none."""
    return to(self, devices.device("cuda", 0) if device is None else device)


def type_(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The legacy type's name, or the tensor in another dtype."""
    from ..errors import type_name

    if dtype is None:
        return type_name(self)
    if isinstance(dtype, str):
        legacy = dtype.removeprefix("torch.").removesuffix("Tensor")
        found = [d for d in dtypes.ALL if d.legacy == legacy]
        if not found:
            raise ValueError(f"invalid type: '{dtype}'")
        dtype = found[0]
    return to(self, getattr(dtype, "dtype", dtype))


for _name, _d in {
    "bfloat16": dtypes.bfloat16, "float": dtypes.float32, "double": dtypes.float64, "half": dtypes.float16, "int": dtypes.int32, "long": dtypes.int64, "short": dtypes.int16,
    "char": dtypes.int8, "byte": dtypes.uint8, "bool": dtypes.bool_, "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
}.items():  # fmt: skip
    setattr(Tensor, _name, lambda self, memory_format=None, _d=_d: to(self, _d, memory_format=memory_format))
Tensor.to, Tensor.cpu, Tensor.cuda, Tensor.contiguous, Tensor.type = to, cpu, cuda, contiguous, type_  # type: ignore[attr-defined]
Tensor.type_as = lambda self, other: to(self, other.dtype, other.device)  # type: ignore[attr-defined]
