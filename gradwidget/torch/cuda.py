"""`torch.cuda`: no device, until a simulated one is asked for. It computes on the CPU, lives apart, and says so."""

from __future__ import annotations

from typing import Any

from . import devices
from .devices import simulate

__all__ = [
    "current_device",
    "device_count",
    "empty_cache",
    "get_device_name",
    "is_available",
    "manual_seed",
    "manual_seed_all",
    "simulate",
    "synchronize",
]


def is_available() -> bool:
    return devices.count() > 0


def device_count() -> int:
    return devices.count()


def current_device() -> int:
    devices.array_class(devices.device("cuda", 0))
    return 0


def get_device_name(device: Any = None) -> str:
    devices.array_class(devices.device("cuda", 0) if device is None else devices.device(device))
    return "gradwidget simulated device (computes on the CPU)"


def empty_cache() -> None:
    """Nothing is cached."""


def synchronize(device: Any = None) -> None:
    """Nothing runs behind the program's back."""


def manual_seed(seed: int) -> None:
    """The simulated device draws from the CPU's generator, which this leaves alone."""


manual_seed_all = manual_seed
