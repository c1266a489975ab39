"""Training on several machines: the all-reduce of gradients under DistributedDataParallel, and the collectives that a
program calls itself, each told as an op that writes.

NOTE [DistributedDataParallel]  Its gradients are reduced in C++ while backward runs, which no mode hears. What arrives in a
leaf is the rank's own gradient (`Accumulate`); when the pass is over `.grad` holds the mean over all ranks. That change is
told then, parameter by parameter in the model's order, which is the same on each rank.
"""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import torch

from .. import events as ev
from . import probe
from .from_torch_objects import quiet

COLLECTIVES = ("all_reduce", "broadcast", "reduce")  # those that write into their argument


class Ranks:
    def __init__(self, core: Any) -> None:
        self.core = core
        self.models: list[weakref.ref[Any]] = []  # of DistributedDataParallel

    def open(self, replace: Any) -> None:
        """Hear the collectives that a program calls itself."""
        if "torch.distributed" in sys.modules and torch.distributed.is_available():
            for name in COLLECTIVES:
                replace(torch.distributed, name, self.heard(name, getattr(torch.distributed, name)))

    def heard(self, name: str, function: Any) -> Any:
        core = self.core

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not core.on or not core.mode_heard.listens():
                return function(*args, **kwargs)
            with quiet():
                inputs = [*probe.tensors_in(args), *probe.tensors_in(kwargs.values())]
                core.before_op(inputs)
                versions = [probe.version(t) for t in inputs]
            out = function(*args, **kwargs)
            for t, version in zip(inputs[:1], versions, strict=False):
                with quiet():
                    core.collective(name, t, version, f"{torch.distributed.get_world_size()} ranks")
            return out

        return call

    def met(self, module: Any) -> None:
        """A module is called: is it one whose gradients are reduced?"""
        if type(module).__name__ == "DistributedDataParallel" and all(ref() is not module for ref in self.models):
            self.models = [ref for ref in self.models if ref() is not None]
            self.models.append(weakref.ref(module))

    def reduced(self) -> Iterator[tuple[Any, str]]:
        """The leaves whose gradients were reduced in a backward pass that has ended."""
        for ref in self.models:
            model = ref()
            if model is not None and model.require_backward_grad_sync:
                count = torch.distributed.get_world_size(model.process_group)
                for parameter in model.parameters():
                    if parameter.requires_grad and parameter.grad is not None:
                        yield parameter, f"mean of {count} ranks"

    def after_pass(self, leaves: set[int]) -> None:
        """A pass has ended that brought gradients to these leaves (their ids)."""
        if not self.models:
            return
        core, to = self.core, self.core.to
        with quiet():
            for parameter, args in self.reduced():
                if to.id_of(parameter) in leaves:
                    grad = parameter.grad
                    known = to.tensors.get(to.id_of(grad) or 0)
                    before = grad._version if known is None else to.versions.get(known.counter, grad._version)
                    core.collective("all_reduce", grad, before, args)


def tell(core: Any, name: str, tensor: Any, before: int, args: str) -> None:
    """One collective: an op that wrote into a tensor."""
    to = core.to
    to.settle()
    source = core.here()
    id_ = to.tensor(tensor)
    known = to.tensors[id_]
    op = to.new_op()
    after = max(probe.version(tensor), before + 1)  # what the C++ of a collective writes is not always counted
    to.tell_op(ev.Op(op, name, (id_,), (id_,), args, core.mode(), to.scope, source))
    to.log.append(ev.Write(known.storage, id_, op, known.counter, before, after))
    to.versions[known.counter] = probe.version(tensor)
    to.counted(tensor)
    to.show(known.storage)
