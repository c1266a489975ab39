"""`torch.cuda.amp`, which is now `torch.amp`."""

from __future__ import annotations

import warnings
from typing import Any

from .. import amp


def _deprecated(name: str) -> None:
    warnings.warn(
        f"`torch.cuda.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}('cuda', args...)` instead.",
        category=FutureWarning,
        stacklevel=3,
    )


class autocast(amp.autocast):
    """`torch.amp.autocast("cuda")`."""

    __module__ = "torch.cuda.amp.autocast_mode"

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        _deprecated("autocast")
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """`torch.amp.GradScaler("cuda")`."""

    __module__ = "torch.cuda.amp.grad_scaler"

    def __init__(self, *args: Any, **options: Any) -> None:
        _deprecated("GradScaler")
        super().__init__("cuda", *args, **options)


__all__ = ["GradScaler", "autocast"]
