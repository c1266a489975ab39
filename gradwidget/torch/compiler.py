"""`torch.compiler`: nothing is compiled here, and a program may ask."""

from __future__ import annotations

from typing import Any

from .absent import absent


def is_compiling() -> bool:
    return False


is_dynamo_compiling = is_exporting = is_compiling


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself."""
    return (lambda function: function) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """The function itself."""
    return fn


assume_constant_result = allow_in_graph


def reset() -> None:
    """Nothing to forget."""


def list_backends(exclude_tags: Any = ()) -> list[str]:
    return []


__getattr__ = absent(__name__, "it runs programs as they are written and compiles none")
