"""Packages whose names are imported when somebody uses them, so that `from gradwidget import torch` stays light."""

from __future__ import annotations

import importlib
from collections.abc import Callable
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
