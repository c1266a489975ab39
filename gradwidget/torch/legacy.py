"""The tensor types of old: `torch.FloatTensor([1, 2])`, `isinstance(t, torch.LongTensor)`."""

from __future__ import annotations

from typing import Any

from . import dtypes
from .tensor import Tensor


class _LegacyType(type):
    dtype: dtypes.dtype

    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, Tensor) and thing.is_cpu and thing.dtype is cls.dtype

    def __call__(cls, *args: Any, **kwargs: Any) -> Tensor:
        from .ops.creation import legacy_tensor

        return legacy_tensor(*args, dtype=cls.dtype, **kwargs)


def _make(d: dtypes.dtype) -> Any:
    return _LegacyType(
        d.legacy + "Tensor", (), {"dtype": d, "__module__": "torch", "__doc__": f"Tensors of dtype {d}, on the CPU."}
    )


TYPES = {d.legacy + "Tensor": _make(d) for d in dtypes.ALL if d.legacy[:4] not in ("UInt", "Comp")}
