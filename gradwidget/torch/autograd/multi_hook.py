"""One hook for the gradients of several tensors."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from .. import engine
from ..graph import LEAF, RemovableHandle
from ..tensor import Tensor


class _Handles(RemovableHandle):
    """Removes the hook from all of them."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[..., None], *, mode: str = "all"
) -> RemovableHandle:
    """Call `fn` when the gradients of these tensors are known.

    mode "all": once in each backward, with a list of the gradients (None for a tensor that this backward does not reach),
    when the last of them is known. "any": once, with the first gradient that is known.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    for t in tensors:
        if not t.requires_grad:
            raise AssertionError("Expected gradient function to be set")
    known: weakref.WeakKeyDictionary[Any, _Arrived] = weakref.WeakKeyDictionary()

    def arrived(i: int, grad: Tensor) -> None:
        task = engine.here.task
        seen = known.get(task)
        if seen is None:
            places = [t if t._edge() is LEAF else t.grad_fn for t in tensors]
            seen = known[task] = _Arrived(len(tensors), sum(task.will_run(place) for place in places))
        first = not seen.count
        seen.count += 1
        seen.grads[i] = grad
        if (mode == "any" and first) or (mode == "all" and seen.count == seen.expected):
            fn(grad if mode == "any" else seen.grads)

    return _Handles([t.register_hook(functools.partial(arrived, i)) for i, t in enumerate(tensors)])


class _Arrived:
    """What one backward pass has brought so far."""

    def __init__(self, tensors: int, expected: int) -> None:
        self.grads: list[Any] = [None] * tensors
        self.count = 0
        self.expected = expected
