"""The memory under tensors: one flat buffer, and the counter of the writes to it."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import numpy as np

from . import devices, geometry


class Counter:
    """A version counter: shared by a tensor, its views and its detached twins, but not by `.data`.

    Made on first need, so a tensor without one is at version 0.
    """

    version = 0
    views: list[Any] | None = None  # weak references to the views whose history follows from their base (see views.py)


class _NoCounter(Counter):
    """What inference tensors have instead: no version, so autograd cannot save them."""

    @property
    def version(self) -> int:  # type: ignore[override]
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation "
            "tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or use "
            "`torch.no_grad()` instead of `torch.inference_mode()`."
        )


UNCOUNTED = _NoCounter()


def root(a: np.ndarray) -> np.ndarray:
    """The array that owns the memory that `a` shows: two tensors share a storage iff this is the same object."""
    while isinstance(a.base, np.ndarray):
        a = a.base
    return a


def _pointer(a: np.ndarray) -> int:
    return a.__array_interface__["data"][0]


_AT = object.__basicsize__  # where an array keeps the address of its elements: just behind the object's head
_number_at = ctypes.c_size_t.from_address


def pointer(a: np.ndarray) -> int:
    """The address of an array's first element, read where NumPy keeps it: asking NumPy for it takes eight times as long."""
    return _number_at(id(a) + _AT).value


_sample = np.zeros(3)[1:]
if sys.implementation.name != "cpython" or pointer(_sample) != _pointer(_sample):  # pragma: no cover - kept elsewhere
    pointer = _pointer


def offset(a: np.ndarray) -> int:
    """Where `a` begins in its storage, in elements."""
    whole = root(a)
    return 0 if whole is a else (pointer(a) - pointer(whole)) // a.itemsize


def strides(a: np.ndarray) -> tuple[int, ...]:
    """The steps of `a` along its dimensions, in elements."""
    size = a.itemsize
    if a.size == 0 and not any(a.strides):  # made by NumPy, which leaves them out
        return geometry.contiguous(a.shape)
    return tuple([s // size for s in a.strides])


def window(a: np.ndarray, shape: tuple[int, ...], stride: tuple[int, ...], at: int | None = None) -> np.ndarray:
    """Another window on the storage of `a`: strides in elements; `at` in elements from the storage's start, by default
    where `a` begins."""
    size = a.itemsize
    steps = tuple([s * size for s in stride])
    if at is None:
        if a.flags.c_contiguous:
            return np.ndarray.__new__(type(a), shape, a.dtype, a, 0, steps)
        if a.flags.f_contiguous:
            return np.ndarray.__new__(type(a), shape, a.dtype, a.T, 0, steps)
    whole = root(a)
    begin = pointer(a) - pointer(whole) if at is None else at * size
    if not whole.flags.forc:  # memory that NumPy lent us with gaps: its bytes cannot be taken as one buffer
        return np.lib.stride_tricks.as_strided(a, shape, steps)
    flat = whole if whole.flags.c_contiguous else whole.T
    return np.ndarray.__new__(type(a), shape, a.dtype, flat, begin, steps)


class UntypedStorage:
    """What `t.untyped_storage()` answers: the bytes, without shape or dtype."""

    __slots__ = ("_root", "__weakref__")

    def __init__(self, a: np.ndarray) -> None:
        self._root = root(a)

    def nbytes(self) -> int:
        return self._root.nbytes

    size = __len__ = nbytes

    def data_ptr(self) -> int:
        return pointer(self._root)

    @property
    def device(self) -> devices.device:
        return devices.of_array(self._root)

    def tolist(self) -> list[int]:
        return list(self._bytes())

    def _bytes(self) -> bytes:
        return self._root.tobytes("A")

    def __getitem__(self, i: int) -> int:
        return self._bytes()[i]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and self._root is other._root

    def __hash__(self) -> int:
        return id(self._root)

    def __reduce__(self) -> Any:
        return type(self), (self._root,)


class TypedStorage(UntypedStorage):
    """What `t.storage()` answers: the elements of the storage, flat."""

    __slots__ = ("_element",)

    def __init__(self, a: np.ndarray) -> None:
        super().__init__(a)
        self._element = a.dtype  # that of a view in another dtype is not the root's

    def _flat(self) -> np.ndarray:
        return self._root.reshape(-1, order="A").view(self._element)

    def __len__(self) -> int:
        return self._root.nbytes // self._element.itemsize

    size = __len__

    def __getitem__(self, i: Any) -> Any:
        return self._flat()[i].item()

    def __setitem__(self, i: Any, value: Any) -> None:
        self._flat()[i] = value

    def tolist(self) -> list[Any]:
        return self._flat().tolist()

    def untyped(self) -> UntypedStorage:
        return UntypedStorage(self._root)

    def __reduce__(self) -> Any:
        return TypedStorage, (self._flat(),)

    def __repr__(self) -> str:
        from .dtypes import OF_NUMPY

        lines = "".join(f" {x}\n" for x in self.tolist())
        return f"{lines}[torch.storage.TypedStorage(dtype={OF_NUMPY[self._element]}, device={self.device}) of size {len(self)}]"
