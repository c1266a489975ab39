"""The context in which PyTorch computes in half precision."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from .. import devices, dtypes
from ..naming import Named


class autocast(Named):
    """Does nothing with `enabled=False`, and for a CUDA that is not there, as in PyTorch. Raises NotImplementedError where
    PyTorch would compute in half precision.

    >>> with torch.autocast("cpu", enabled=False):
    ...     y = net(x)
    """

    __module__ = "torch.amp.autocast_mode"

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if device_type != "cuda":
            devices.device(device_type)
        self.device = device_type
        self.fast_dtype = dtype
        if enabled and device_type == "cuda":
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
            enabled = False
        if enabled and dtype not in (None, dtypes.float16) and getattr(dtype, "name", "") != "bfloat16":
            warnings.warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\nCPU Autocast only supports dtypes "
                "of torch.bfloat16, torch.float16 currently.",
                stacklevel=2,
            )
            enabled = False
        if enabled:
            raise NotImplementedError(
                "gradwidget.torch has no mixed precision: every operation computes in the dtype that it is given. Use "
                "autocast(..., enabled=False), or real PyTorch."
            )
        self._enabled = False

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def cast(*args: Any, **kwargs: Any) -> Any:
            return func(*args, **kwargs)

        return cast


def is_autocast_available(device_type: str) -> bool:
    """False: see `autocast`."""
    return False
