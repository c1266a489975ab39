"""`torch.jit`: nothing is compiled here, and a program may ask."""

from __future__ import annotations

from typing import Any

from .absent import absent


def is_scripting() -> bool:
    return False


def is_tracing() -> bool:
    return False


def ignore(fn: Any = None, drop: bool = False, **options: Any) -> Any:
    """The function itself: a mark for the compiler."""
    return fn if callable(fn) else lambda function: function


def export(fn: Any) -> Any:
    """The function itself."""
    return fn


unused = export


class ScriptModule:
    """What `torch.jit.script` makes of a module. Nothing here is one, and a program may ask."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        __getattr__("ScriptModule")


class ScriptFunction(ScriptModule):
    """What `torch.jit.script` makes of a function. Nothing here is one."""


__getattr__ = absent(__name__, "it runs programs as they are written and compiles none")
