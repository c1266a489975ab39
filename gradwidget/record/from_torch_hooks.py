"""Hooks of the user's on tensors of PyTorch: what they put in the place of a gradient.

The engine does not tell what came before a hook changed it. So beside the first hook on a tensor, before it, stands one of
ours, which looks and changes nothing; what goes on in the end is seen when the node has run.
"""

from __future__ import annotations

from typing import Any

import torch

from . import from_torch_flows as flows
from .provenance import called


class Came:
    """The hook that stands before those of the user's."""

    __torch_unserializable__ = True  # PyTorch does not warn that it is lost when the tensor is saved

    def __init__(self, hooks: Hooks, output: int) -> None:
        self.hooks = hooks
        self.output = output
        self.names: list[tuple[str, Any]] = []  # with the handle, which knows whether the hook is still there
        self.grad: Any = None

    def __call__(self, grad: Any) -> None:
        if self.hooks.core.on and self.hooks.core.engine.passes:
            self.grad = grad
            self.hooks.waiting.append(self)


class Hooks:
    def __init__(self, core: Any) -> None:
        self.core = core
        self.waiting: list[Came] = []  # for their node to have run

    def registers(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`tensor.register_hook(hook)`."""
        tensor = args[0]
        with torch._C.DisableTorchFunction():
            ours = self.beside(tensor) if tensor.requires_grad else None
            handle = func(*args, **kwargs)
        if ours is not None:
            ours.names.append((called(args[1] if len(args) > 1 else kwargs.get("hook")), handle))
        return handle

    def beside(self, tensor: Any) -> Came:
        for hook in (tensor._backward_hooks or {}).values():
            if isinstance(hook, Came) and hook.hooks is self:
                return hook
        ours = Came(self, 0 if tensor.is_leaf else tensor.output_nr)
        tensor.register_hook(ours)
        return ours

    def ran(self, backward: int, at: int, given: Any) -> None:
        """A node has run, for gradients that hooks may have changed: `at` as notes have it."""
        to = self.core.to
        for came in self.waiting:
            before, came.grad = came.grad, None
            after = given[came.output] if came.output < len(given) else None
            names = [name for name, handle in came.names if handle.id in (handle.hooks_dict_ref() or ())]
            if names and after is not None and after is not before:
                to.log.append((flows.HOOK, backward, at, came.output, ", ".join(names), *flows.noted(to, after)))
        self.waiting.clear()
