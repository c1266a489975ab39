"""`torch.nn.modules`: where PyTorch keeps its layers. Here it is another name for `torch.nn`."""

from __future__ import annotations

from typing import Any

from . import module


def __getattr__(name: str) -> Any:
    from .. import __dict__ as nn

    if name in nn:
        return nn[name]
    raise AttributeError(f"module 'torch.nn.modules' has no attribute '{name}'")


__all__ = ["module"]
