"""Parts of PyTorch that are not here, for programs that only look whether they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def absent(package: str, why: str) -> Callable[[str], Any]:
    """A module's `__getattr__`: says of every name what is missing, and that real PyTorch has it.

    >>> __getattr__ = absent(__name__, "it does not compile programs")
    """
    said = "torch" + package.partition(".torch")[2]

    def missing(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module '{said}' has no attribute '{name}'")
        raise AttributeError(f"gradwidget.torch has no {said}.{name}: {why}. Real PyTorch has it.")

    return missing
