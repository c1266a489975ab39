"""`torch.cpu`: the one device that there is."""

from __future__ import annotations

from typing import Any

from ..amp import autocast_mode as _autocast_mode


def is_available() -> bool:
    return True


def device_count() -> int:
    return 1


def current_device() -> str:
    return "cpu"


def synchronize(device: Any = None) -> None:
    """Nothing runs behind the program's back."""


def set_device(device: Any) -> None:
    """There is one."""


def is_initialized() -> bool:
    return True


autocast = _autocast_mode.autocast
