"""`torch.accelerator`: none."""

from __future__ import annotations

from .absent import absent


def is_available() -> bool:
    return False


def device_count() -> int:
    return 0


def current_accelerator(check_available: bool = False) -> None:
    return None


__getattr__ = absent(__name__, "it computes on the CPU")
