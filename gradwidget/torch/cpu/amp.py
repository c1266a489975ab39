"""`torch.cpu.amp`, which is now `torch.amp`."""

from __future__ import annotations

import warnings
from typing import Any

from .. import amp


class autocast(amp.autocast):
    """`torch.amp.autocast("cpu")`."""

    __module__ = "torch.cpu.amp.autocast_mode"

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        warnings.warn(
            "`torch.cpu.amp.autocast(args...)` is deprecated. Please use `torch.amp.autocast('cpu', args...)` instead.",
            category=FutureWarning,
            stacklevel=2,
        )
        super().__init__("cpu", dtype, enabled, cache_enabled)


__all__ = ["autocast"]
