"""`torch.xpu`: no such device."""

from __future__ import annotations

from typing import Any

from .absent import absent


def is_available() -> bool:
    return False


def device_count() -> int:
    return 0


def manual_seed(seed: int) -> None:
    """There is nothing to seed."""


manual_seed_all = manual_seed


def empty_cache() -> None:
    """Nothing is cached."""


def synchronize(device: Any = None) -> None:
    raise AssertionError("Torch not compiled with XPU enabled")


__getattr__ = absent(__name__, "it computes on the CPU")
