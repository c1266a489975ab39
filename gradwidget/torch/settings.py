"""What a program may set once for all: devices and dtypes of new tensors, threads, precision, determinism.

NumPy decides how many threads it takes and in what precision it multiplies, and all results are the same in every run;
so the rest is remembered for those who ask, and changes nothing."""

from __future__ import annotations

import os
import warnings
from typing import Any

from . import devices, dtypes
from .errors import type_name
from .storage import UntypedStorage
from .tensor import Tensor

_state: dict[str, Any] = {
    "threads": os.cpu_count() or 1,
    "interop": os.cpu_count() or 1,
    "precision": "highest",
    "deterministic": False,
    "warn_only": False,
    "warn_always": False,
}


# ---- devices and dtypes of new tensors


def set_default_device(device: Any) -> None:
    """Where new tensors are made from now on; None: on the CPU again. (`with torch.device(...)` sets it for a while.)"""
    devices.set_default(None if device is None else devices.device(device))


def get_default_device() -> devices.device:
    """Where new tensors are made."""
    where = devices.default()
    return devices.CPU if where is None else where


def set_default_tensor_type(t: Any) -> None:
    """`set_default_dtype` by a legacy type: `torch.DoubleTensor`, or its name."""
    warnings.warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.",
        stacklevel=2,
    )
    if isinstance(t, str):
        name = t.removeprefix("torch.")
        if name.startswith("cuda."):
            raise TypeError(f"type {t} not available. Torch not compiled with CUDA enabled.")
        from .legacy import TYPES

        if name not in TYPES:
            raise AttributeError(f"module 'torch' has no attribute '{name}'")
        t = TYPES[name]
    kind = getattr(t, "dtype", t)
    if not isinstance(kind, dtypes.dtype):
        raise TypeError("invalid type object")
    if not kind.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    dtypes.set_default_dtype(kind)


# ---- threads


def _count(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise RuntimeError(f"{name} expects an int, but got {type(value).__name__}")
    if value <= 0:
        raise RuntimeError(f"{name} expects a positive integer")
    return value


def set_num_threads(int: Any) -> None:
    """Remembered for `get_num_threads`; how many NumPy takes is decided when it is imported (OMP_NUM_THREADS)."""
    _state["threads"] = _count(int, "set_num_threads")


def get_num_threads() -> int:
    return _state["threads"]


def set_num_interop_threads(int: Any) -> None:
    _state["interop"] = _count(int, "set_num_interop_threads")


def get_num_interop_threads() -> int:
    return _state["interop"]


# ---- precision and determinism


def set_float32_matmul_precision(precision: str) -> None:
    """Remembered; products are always computed in full here."""
    if precision not in ("highest", "high", "medium"):
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the current `setFloat32MatmulPrecision` call has no "
            "effect.",
            stacklevel=2,
        )
        return
    _state["precision"] = precision


def get_float32_matmul_precision() -> str:
    return _state["precision"]


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Remembered; there are no others here."""
    if not isinstance(mode, bool):
        raise TypeError(
            f"_set_deterministic_algorithms(): argument 'mode' (position 1) must be bool, not {type(mode).__name__}"
        )
    _state["deterministic"], _state["warn_only"] = mode, warn_only


def are_deterministic_algorithms_enabled() -> bool:
    return _state["deterministic"]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    return _state["warn_only"]


def set_deterministic_debug_mode(debug_mode: Any) -> None:
    """0 or "default", 1 or "warn", 2 or "error"."""
    names = {"default": 0, "warn": 1, "error": 2}
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if isinstance(debug_mode, str):
        if debug_mode not in names:
            raise RuntimeError(
                f"invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got {debug_mode}"
            )
        debug_mode = names[debug_mode]
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    _state["deterministic"], _state["warn_only"] = debug_mode > 0, debug_mode == 1


def get_deterministic_debug_mode() -> int:
    return 0 if not _state["deterministic"] else 1 if _state["warn_only"] else 2


def set_flush_denormal(mode: bool) -> bool:
    """False: not supported here, denormal numbers stay what they are."""
    return False


def set_warn_always(b: bool) -> None:
    """Remembered; Python's own filters say how often a warning is shown."""
    _state["warn_always"] = bool(b)


def is_warn_always_enabled() -> bool:
    return _state["warn_always"]


# ---- questions


def is_storage(obj: Any) -> bool:
    """Whether this is a storage."""
    return isinstance(obj, UntypedStorage)


def typename(obj: Any) -> str:
    """The name of a type, as error messages have it.

    >>> torch.typename(torch.ones(1))
    'torch.FloatTensor'
    """
    if isinstance(obj, Tensor):
        return type_name(obj)
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(kind, "__module__", "") or ""
    return kind.__qualname__ if module in ("", "builtins") else f"{module}.{kind.__qualname__}"


def compile(model: Any = None, **options: Any) -> Any:
    """Not here: operations run one by one, so that each can be seen."""
    raise NotImplementedError(
        "gradwidget.torch does not compile: it runs every operation by itself, so that it can be shown. Leave torch.compile "
        "out (the results are the same), or use real PyTorch."
    )


def get_device_module(device: Any = None) -> Any:
    """`torch.cpu` or `torch.cuda`."""
    import importlib

    where = get_default_device() if device is None else devices.device(device)
    return importlib.import_module(f"{__package__}.{where.type}")
