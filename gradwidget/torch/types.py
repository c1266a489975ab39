"""`torch.types`: names for annotations."""

from __future__ import annotations

import os
from typing import IO, Any

from .devices import device
from .dtypes import dtype
from .storage import TypedStorage as Storage
from .tensor import Size, Tensor

Number = int | float | bool
Device = device | str | int | None
FileLike = str | os.PathLike[str] | IO[bytes]
_int, _float, _bool = int, float, bool
_dtype, _device = dtype, device
_size = Size | list[int] | tuple[int, ...]
_TensorOrTensors = Tensor | tuple[Tensor, ...]
_symint = Any

__all__ = ["Device", "FileLike", "Number", "Size", "Storage", "Tensor"]
