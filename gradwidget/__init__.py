"""gradwidget: see what autograd does, while it does it.

In a notebook, `%load_ext gradwidget` and ordinary tensor code is all there is to it. In a program:

>>> import gradwidget
>>> from gradwidget import torch
>>> with gradwidget.record() as trace:
...     x = torch.ones(3, requires_grad=True)
...     (x * 2).sum().backward()
>>> trace.save("lesson.gwtrace")

Everything is imported when it is first asked for, so that `import gradwidget` itself costs next to nothing.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Keep",
    "Trace",
    "__version__",
    "install_as_torch",
    "load",
    "load_ipython_extension",
    "predict",
    "record",
    "show",
    "to_html",
    "torch",
    "unload_ipython_extension",
    "watch",
    "why",
]

if TYPE_CHECKING:
    from . import torch as torch
    from .alias import install_as_torch as install_as_torch
    from .asking import why as why
    from .ipython import predict as predict
    from .record import Keep as Keep
    from .session import record as record
    from .trace import Trace as Trace
    from .watching import watch as watch
    from .widget.html import to_html as to_html
    from .widget.show import show as show

    load = Trace.load

_HOME = {
    "Keep": ".record",
    "why": ".asking",
    "Trace": ".trace",
    "install_as_torch": ".alias",
    "predict": ".ipython",
    "show": ".widget.show",
    "to_html": ".widget.html",
    "watch": ".watching",
}


def __getattr__(name: str) -> Any:
    if name == "torch":
        return importlib.import_module(".torch", __name__)
    if name == "load":
        return importlib.import_module(".trace", __name__).Trace.load
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Package(ModuleType):
    """`gradwidget.record` is the function, whether or not the subpackage of that name was imported."""

    @property
    def record(self) -> Any:
        return importlib.import_module(".session", __name__).record

    @record.setter
    def record(self, module: Any) -> None:
        """The import system puts the subpackage here; `sys.modules` is where imports find it."""


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext gradwidget` calls."""
    from .ipython import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """What `%unload_ext gradwidget` calls."""
    from .ipython import unload

    unload(shell)
