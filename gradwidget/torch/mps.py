"""`torch.mps`: no such device."""

from __future__ import annotations

from typing import Any

from .absent import absent


def is_available() -> bool:
    return False


def device_count() -> int:
    return 0


def manual_seed(seed: int) -> None:
    """There is nothing to seed."""


def _without(action: str) -> Any:
    def refused(*args: Any) -> Any:
        raise RuntimeError(f"Cannot execute {action}() without MPS backend.")

    return refused


synchronize = _without("deviceSynchronize")
empty_cache = _without("emptyCache")
current_allocated_memory = _without("getCurrentAllocatedMemory")
__getattr__ = absent(__name__, "it computes on the CPU")
