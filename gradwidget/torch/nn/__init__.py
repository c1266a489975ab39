"""Modules, layers and losses: `torch.nn`."""

import importlib
from typing import Any

from ..parameter import Buffer, Parameter
from . import modules

_PACKAGES = ("attention", "functional", "init", "parallel", "parameter", "utils")


_ELSEWHERE = {
    "DataParallel": "parallel",
    "UninitializedBuffer": "parameter",
    "UninitializedParameter": "parameter",
}


def __getattr__(name: str) -> Any:
    if name in _ELSEWHERE:
        return getattr(importlib.import_module(f"{__name__}.{_ELSEWHERE[name]}"), name)
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


__all__ = ["Buffer", "Parameter", *_PACKAGES, "modules", *modules.__all__, *_ELSEWHERE]
