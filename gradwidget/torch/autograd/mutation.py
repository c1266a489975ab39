"""Writing to tensors that were saved for backward, allowed: what they held is cloned just before the write."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator
from typing import Any

from .. import saved_hooks
from ..grad_mode import no_grad
from ..ops import inplace
from ..storage import root
from ..tensor import Tensor

_enabled = False


class _Handle:
    """Stands in a node for a tensor that it saved."""


class _Saved:
    """The saved tensors of one context: as they are, or cloned where they were written since."""

    def __init__(self) -> None:
        self.original: weakref.WeakKeyDictionary[_Handle, Tensor] = weakref.WeakKeyDictionary()
        self.cloned: weakref.WeakKeyDictionary[_Handle, Tensor] = weakref.WeakKeyDictionary()

    def clear(self) -> None:
        self.original.clear()
        self.cloned.clear()

    def pack(self, t: Tensor) -> _Handle:
        for handle, kept in self.original.items():
            if kept is t and kept._version == t._version:
                return handle
        handle = _Handle()
        self.original[handle] = t
        return handle

    def unpack(self, handle: _Handle) -> Tensor:
        if not _enabled:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was originally recorded."
            )
        return self.cloned[handle] if handle in self.cloned else self.original[handle]

    def before_write(self, t: Tensor) -> None:
        memory = root(t._a)
        for handle, kept in list(self.original.items()):
            if root(kept._a) is memory:
                with no_grad():
                    self.cloned[handle] = kept.clone()  # type: ignore[attr-defined]
                del self.original[handle]


@contextlib.contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[Any]:
    """A context in which saved tensors may be written to: backward sees what they held when they were saved.

    >>> with torch.autograd.graph.allow_mutation_on_saved_tensors():
    ...     b = a.clone()
    ...     out = (b ** 2).sum()
    ...     b.sin_()
    ...     out.backward()
    """
    global _enabled
    if _enabled:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    saved = _Saved()
    saved_hooks.push(saved.pack, saved.unpack)
    _enabled, inplace.before_write = True, saved.before_write
    try:
        yield saved
    finally:
        saved.clear()
        _enabled, inplace.before_write = False, None
        saved_hooks.pop()
