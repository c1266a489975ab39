"""`import torch` gives the tensor core: for notebooks and scripts that are written for PyTorch."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

_NAME, _CORE = "torch", f"{__package__}.torch"


class _Loader(importlib.abc.Loader):
    def __init__(self, name: str) -> None:
        self.name = name
        self.spec: Any = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.name)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # it ran already, and it keeps its own name


class Alias(importlib.abc.MetaPathFinder):
    """Finds `torch` and `torch.x` in the core while it is installed.

    >>> alias = Alias()
    >>> alias.install()
    >>> import torch  # this is gradwidget.torch
    >>> alias.remove()
    """

    def __init__(self) -> None:
        self.replaced: dict[str, ModuleType] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _NAME and not fullname.startswith(_NAME + "."):
            return None
        core = _CORE + fullname[len(_NAME) :]
        try:
            found = core in sys.modules or importlib.util.find_spec(core) is not None
        except ModuleNotFoundError:
            found = False
        return importlib.util.spec_from_loader(fullname, _Loader(core)) if found else None

    @property
    def installed(self) -> bool:
        return self in sys.meta_path

    def install(self) -> None:
        """From now on `import torch` gives the core. A PyTorch that is loaded already is put aside until `remove`."""
        if not self.installed:
            self.replaced = _take()
            sys.meta_path.insert(0, self)

    def remove(self) -> None:
        if self.installed:
            sys.meta_path.remove(self)
            _take()
            sys.modules.update(self.replaced)
            self.replaced = {}


_alias = Alias()


def install_as_torch() -> Alias:
    """From now on `import torch` gives `gradwidget.torch`, for material written for PyTorch; `.remove()` ends it.

    Names that were imported from a PyTorch before stay what they are: call this first.

    >>> import gradwidget
    >>> alias = gradwidget.install_as_torch()
    >>> from torch import nn
    >>> alias.remove()
    """
    _alias.install()
    return _alias


def _take() -> dict[str, ModuleType]:
    """Take every module named torch or torch.x out of `sys.modules`."""
    names = [n for n in sys.modules if n == _NAME or n.startswith(_NAME + ".")]
    return {name: sys.modules.pop(name) for name in names}
