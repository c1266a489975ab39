"""Modules, layers and losses: `torch.nn`."""

import importlib
from typing import Any

from ..parameter import Parameter
from . import modules

_PACKAGES = ("functional", "init", "parameter", "utils")


def __getattr__(name: str) -> Any:
    if name in modules.__all__:
        globals()[name] = getattr(modules, name)
        return globals()[name]
    if not name.startswith("__"):
        try:
            return importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
    raise AttributeError(f"module 'torch.nn' has no attribute '{name}'")


__all__ = ["Parameter", *_PACKAGES, "modules", *modules.__all__]
