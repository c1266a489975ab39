"""The storage types of old: `torch.FloatStorage(3)`, `torch.ByteStorage.from_buffer(data)`."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .storage import TypedStorage, UntypedStorage


class _StorageType(type):
    dtype: dtypes.dtype

    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, TypedStorage) and thing._element == cls.dtype.np

    def __call__(cls, content: Any = 0) -> TypedStorage:
        """Of a size, whose values mean nothing yet, or of these values."""
        if isinstance(content, UntypedStorage):
            return TypedStorage(content._root.reshape(-1, order="A").view(cls.dtype.np))
        if isinstance(content, int):
            return TypedStorage(np.empty(content, cls.dtype.np))
        return TypedStorage(np.array(content, cls.dtype.np))

    def from_buffer(cls, buffer: Any, byte_order: str = "native", count: int = -1, offset: int = 0) -> TypedStorage:
        """A copy of the bytes of a buffer, as numbers."""
        if byte_order not in ("native", "little", "big"):
            raise ValueError(f"invalid byte_order '{byte_order}' (expected 'big', 'little', or 'native')")
        kind = cls.dtype.np.newbyteorder({"native": "=", "little": "<", "big": ">"}[byte_order])
        return TypedStorage(np.frombuffer(buffer, kind, count, offset).astype(cls.dtype.np))


def __getattr__(name: str) -> Any:
    for d in dtypes.ALL:
        if name == f"{d.legacy}Storage":
            made = _StorageType(name, (), {"dtype": d, "__module__": "torch", "__doc__": f"Storages of dtype {d}."})
            globals()[name] = made
            return made
    raise AttributeError(f"module 'torch' has no attribute '{name}'")
