"""Packages whose names are imported when somebody uses them, so that `from gradwidget import torch` stays light."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def names_of(namespace: dict[str, Any], files: dict[str, str]) -> tuple[Callable[[str], Any], list[str]]:
    """A package's `__getattr__` and `__all__`: `files` says which names (separated by blanks) each of its files holds.

    >>> __getattr__, __all__ = names_of(globals(), {"sgd": "SGD", "adam": "Adam AdamW"})
    """
    package = namespace["__name__"]
    where = {name: file for file, names in files.items() for name in names.split()}
    said = "torch" + package.partition(".torch")[2]

    def find(name: str) -> Any:
        if name in where:
            namespace[name] = getattr(importlib.import_module(f"{package}.{where[name]}"), name)
            return namespace[name]
        if not name.startswith("__"):
            try:
                return importlib.import_module(f"{package}.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"{package}.{name}":
                    raise
        raise AttributeError(f"module '{said}' has no attribute '{name}'")

    return find, sorted(where)


def modules_of(namespace: dict[str, Any], homes: dict[str, str]) -> None:
    """Modules that PyTorch has, for programs that import from them: `homes` says which names of this package each of them shows.

    >>> modules_of(globals(), {"normal": "Normal", "studentT": "StudentT"})
    """
    package = namespace["__name__"]
    for home, names in homes.items():
        made = ModuleType(f"{package}.{home}", f"`{'torch' + package.partition('.torch')[2]}.{home}`.")
        made.__spec__ = importlib.machinery.ModuleSpec(made.__name__, None)
        made.__getattr__ = _shows(package, home, names.split())  # type: ignore[method-assign]
        made.__all__ = names.split()  # type: ignore[attr-defined]
        namespace[home] = sys.modules[made.__name__] = made


def _shows(package: str, home: str, names: list[str]) -> Callable[[str], Any]:
    def find(name: str) -> Any:
        if name in names:
            return getattr(sys.modules[package], name)
        raise AttributeError(f"module 'torch{package.partition('.torch')[2]}.{home}' has no attribute '{name}'")

    return find
