"""Who wants to see each node that is made: saved-tensor hooks and anomaly mode. Nobody, as a rule; then `hot.MADE` is None
and an op looks at that alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import hot

Visitor = Callable[[Any], None]
_visitors: list[Visitor] = []


def visit(visitor: Visitor) -> None:
    """From now on call `visitor(node)` for each node made, on the thread that makes it."""
    if visitor not in _visitors:
        _visitors.append(visitor)
    _settle()


def leave(visitor: Visitor) -> None:
    if visitor in _visitors:
        _visitors.remove(visitor)
    _settle()


def _settle() -> None:
    hot.MADE = None if not _visitors else _visitors[0] if len(_visitors) == 1 else _all


def _all(node: Any) -> None:
    for visitor in list(_visitors):
        visitor(node)
