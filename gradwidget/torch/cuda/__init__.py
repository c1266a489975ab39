"""`torch.cuda`: no device, until a simulated one is asked for. It computes on the CPU, lives apart, and says so."""

from __future__ import annotations

from typing import Any

from .. import devices, dtypes
from ..devices import simulate

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


def seed() -> None:
    """As `manual_seed`."""


seed_all = seed


def _need() -> None:
    """Raises where there is no device, simulated or not."""
    devices.array_class(devices.device("cuda", 0))


def is_initialized() -> bool:
    return devices.count() > 0


def init() -> None:
    _need()


def set_device(device: Any) -> None:
    """There is never more than one that counts."""
    _need()


def get_device_capability(device: Any = None) -> tuple[int, int]:
    _need()
    return 0, 0


def get_arch_list() -> list[str]:
    return []


def is_bf16_supported(including_emulation: bool = True) -> bool:
    return False


def _no_bytes(device: Any = None) -> int:
    """Simulated devices have no memory of their own."""
    return 0


memory_allocated = max_memory_allocated = memory_reserved = max_memory_reserved = memory_cached = _no_bytes


def memory_stats(device: Any = None) -> Any:
    from collections import OrderedDict

    return OrderedDict()


def reset_peak_memory_stats(device: Any = None) -> None:
    _need()


reset_max_memory_allocated = reset_peak_memory_stats


def ipc_collect() -> None:
    _need()


def get_rng_state_all() -> list[Any]:
    return []


class device:
    """`with torch.cuda.device(0)`: accepted where there is a device or none; there is no current one to change."""

    def __init__(self, device: Any) -> None:
        self.idx = device

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass


class _Absent:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(f"torch.cuda.{type(self).__name__} requires CUDA support, which real PyTorch has")


class Stream(_Absent):
    """Not here: nothing runs behind the program's back."""


class Event(_Absent):
    """Not here: `time.perf_counter` measures."""


def __getattr__(name: str) -> Any:
    import importlib

    if name == "amp":
        return importlib.import_module(f"{__name__}.amp")
    legacy = {f"{d.legacy}Tensor": d for d in dtypes.ALL}
    if name in legacy:

        def make(*args: Any) -> Any:
            from ..ops.creation import legacy_tensor

            return legacy_tensor(*args, dtype=legacy[name]).cuda()

        make.dtype = legacy[name]  # type: ignore[attr-defined]
        return make
    raise AttributeError(
        f"gradwidget.torch.cuda has no '{name}': its device is a simulated one. Real PyTorch has CUDA."
    )
