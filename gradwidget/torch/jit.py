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


__getattr__ = absent(
    __name__,
    "it runs programs as they are written and compiles none",
    "CompilationUnit Future ScriptWarning TracerWarning annotate_args enable_onednn_fusion fork "
    "freeze fuser interface load onednn_fusion_enabled optimize_for_inference "
    "optimized_execution run_frozen_optimizations save script script_if_tracing script_method "
    "set_fusion_strategy strict_fusion trace trace_module wait",
)
