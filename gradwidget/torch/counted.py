"""Writes that are done on a tensor's array and counted: those of optimisers, and of running statistics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import watch
from .grad_mode import unrecorded
from .ops.view_history import mark_stale
from .tensor import Tensor


def count_write(p: Tensor) -> int:
    """Note that a parameter was written; answers its version before."""
    counter = p._v or p._version_counter()
    before = counter.version
    counter.version = before + 1
    if counter.views:
        mark_stale(counter)
    return before


class Write:
    """An in-place write to a parameter, done on its array: counted, and told to who listens.

    >>> with Write("add_", p, (p.grad,), {"alpha": -0.1}) as a:
    ...     a -= 0.1 * p.grad._a
    """

    __slots__ = ("args", "kwargs", "name", "p", "versions")

    def __init__(
        self, name: str, p: Tensor, args: Iterable[Any] = (), kwargs: dict[str, Any] | None = None, versions: int = 1
    ) -> None:
        self.name, self.p, self.args, self.kwargs, self.versions = name, p, tuple(args), kwargs or {}, versions

    def __enter__(self) -> Any:
        if watch.listener is not None:
            watch.listener.will_write(self.name, self.p)
        return self.p._a

    def __exit__(self, *error: Any) -> None:
        before = count_write(self.p) if self.versions else self.p._version
        if watch.listener is not None:
            with unrecorded():
                watch.listener.wrote(self.name, self.p, self.args, self.kwargs, before, before + self.versions)
