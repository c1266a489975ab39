"""How real PyTorch is heard: through its modes and hooks, while a `Torch` is on. PyTorch is imported here only, and in
the files `from_torch_*` beside this one; whoever wants to hear it imports this module."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from .. import events as ev
from . import from_torch_flows, region_notes, values
from . import from_torch_values as contents
from .finite import Finite
from .from_core import Core, guarded
from .from_torch_backward import Engine
from .from_torch_objects import TorchRecorder, quiet, version_of
from .from_torch_ops import Hearing
from .from_torch_ranks import Ranks, tell
from .from_torch_reading import Reading
from .from_torch_regions import Regions


def hushed(method: Callable[..., Any]) -> Callable[..., Any]:
    """What is asked of tensors in here goes past every mode, and past the `__torch_function__` of their own class."""

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        with quiet():
            return method(*args, **kwargs)

    return call


class Torch(Core):
    """Listens to PyTorch and tells a recorder what the tensor core would tell of the same program.

    >>> source = Torch(TorchRecorder(events.extend))
    >>> source.start()
    >>> source.stop()
    """

    def __init__(self, recorder: TorchRecorder, nan: str = "") -> None:
        self.to: Any = recorder
        self.library = torch
        recorder.on_stop.append(lambda reason: self.stop())
        self.on = False
        self.written = 0
        self.failed: Any = None
        self.looked: set[int | None] = set()
        self.backward = 0
        self.line: int | None = None
        self.top: int | None = None
        self.unusual = 0  # regions in which calls come out in other forms: autocast, hooks on what is saved
        self.finite = Finite(self, nan == "stop") if nan else None
        self.mode_heard = Hearing(self)
        self.engine = Engine(self)
        from_torch_flows.Reading(self)
        Reading(self)
        self.ranks = Ranks(self)
        self.regions = Regions(self)
        recorder.look_again = self.look_again
        enter, leave, _ = region_notes.quick_regions(self)
        vars(self).update(enter=enter, leave=leave)  # before the methods

    def start(self) -> None:
        if not self.on and not self.to.stopped:
            self.on = True
            self.regions.open()
            self.mode_heard.__enter__()

    def stop(self) -> None:
        if self.on:
            self.on = False
            self.mode_heard.take_out()
            self.regions.close()

    # ---- what differs from the core

    def seen(self, t: Any) -> int:
        """An input. What happened to a tensor unheard (in C++, in another thread) is found out here."""
        to = self.to
        id_ = to.id_of(t)
        if id_ is None:
            return super().seen(t)
        if id_ not in to.tensors:
            to.settle()
        known = to.tensors[id_]
        version = version_of(t)
        to.counted(t)
        before = to.versions.get(known.counter, version)
        if version > before:
            to.versions[known.counter] = version
            to.log.append(ev.Write(known.storage, id_, None, known.counter, before, version))
            to.show(known.storage)
        if t._base is not None and t.requires_grad:
            to.replaced(t, "in-place on view")
        return id_

    def look_again(self) -> None:
        """What was written unheard since (in C++, in a hook) is told, at the latest when somebody asks for names."""
        with self.to.lock:
            for known in list(self.to.objects.values()):
                tensor = known()
                if tensor is not None and known.version >= 0 and tensor._version != known.version:
                    self.seen(tensor)

    told_op, wrote, rewired, reseated, grad_set, enter = map(
        hushed, (Core.told_op, Core.wrote, Core.rewired, Core.reseated, Core.grad_set, Core.enter)
    )

    def contents(self, id_: int, t: Any, new: bool) -> None:
        to = self.to
        if not to.looks_into(t):
            return
        if contents.cells(t) > values.CELLS:
            to.picture(id_, t)
        elif new:
            to.show(to.tensors[id_].storage)

    def followed(self, tensor: Any, storage: int, op: int, source: int | None) -> None:
        """PyTorch makes the new history of another view when it is asked for. Asking early would change its place in the
        order of backward, so what will be made is told and the view is left alone."""
        to = self.to
        base = tensor._base if tensor._base is not None else tensor
        node = to.place(base)[2]
        if node is None:
            return
        for id_ in sorted(to.storages.get(storage, ())):
            known = to.tensors[id_]
            other = known.ref()
            if other is not None and other is not tensor and other._base is base and known.place[1]:
                to.foretell(id_, to.node(node, op), op, source)

    def stale(self, node: Any) -> tuple[int, ...]:
        """The living tensors that a node (its id) saved and that were written to since."""
        found: list[int] = []
        for _, _, _, counter, version in self.to.saved.get(node, ()):
            for id_, known in self.to.tensors.items():
                other = known.ref() if known.counter == counter else None
                if other is not None and version_of(other) != version:
                    found.append(id_)
        return tuple(dict.fromkeys(found))

    @guarded
    def backward_begins(self, roots: Any, grads: Any, retain_graph: bool, create_graph: bool) -> None:
        to = self.to
        source = self.here()
        to.name_tensors(to.look(), unseen=False, modules=source not in self.looked)
        self.looked.add(source)
        ids = []
        for t in roots:
            if isinstance(t, torch.Tensor):
                known: Any = to.objects.get(id(t))
                same = known is not None and known() is t and known.version == version_of(t)
                ids.append(known.id if same else self.seen(t))
        self.backward = to.new_backward()
        to.backwards.append(self.backward)
        to.log.append(ev.Backward(self.backward, tuple(ids), bool(retain_graph), bool(create_graph), source))

    @guarded
    def backward_failed(self, error: BaseException, node: int | None) -> None:
        to = self.to
        if not to.backwards:
            return
        id_ = to.backwards.pop()
        self.backward = to.backwards[-1] if to.backwards else 0
        to.log.append(ev.BackwardEnd(id_, str(error), node))
        self.failed = error
        nodes = () if node is None else (node,)
        to.problem("backward", f"{type(error).__name__}: {error}", self.here(), self.stale(node), nodes)
        to.say_why(error)

    @hushed
    @guarded
    def before_op(self, inputs: list[Any]) -> None:
        for t in inputs:
            self.seen(t)

    def after_write(
        self, name: str, out: Any, outputs: list[Any], args: Any, kwargs: Any, written: list[tuple[Any, int, int]]
    ) -> None:
        """An op that wrote: in place where the written tensor is its result, on the side where it also made others."""
        (target, before, after), *others = written
        for t, _, version in written:  # what `seen` finds there is no write that nobody heard
            known = self.to.tensors.get(self.to.id_of(t) or 0)
            if known is not None:
                self.to.versions[known.counter] = version
        if all(self.to.id_of(t) is not None for t in outputs):
            self.to.settle()
            self.wrote(name, target, self.without(args, target), kwargs, before, after)
            if target.requires_grad and self.to.place(target)[2] is not None:
                base = target._base
                self.rewired(target if base is None else base, "in-place" if base is None else "in-place on view")
                if base is not None:
                    self.rewired(target, "in-place on view")
        else:
            self.told_op(name, out, args, kwargs)
            others = written
        for t in (*outputs, *[t for t, _, _ in written]):
            self.to.counted(t)
        for t, before, after in others:
            self.wrote_also(self.written if others is not written else self.to.last_op, t, before, after)

    def without(self, args: Any, target: Any) -> Any:
        return args[1:] if args and args[0] is target else args

    @guarded
    def collective(self, name: str, tensor: Any, before: int, args: str) -> None:
        tell(self, name, tensor, before, args)

    @hushed
    @guarded
    def wrote_also(self, op: int, tensor: Any, before: int, after: int) -> None:
        """A write on the side: running statistics, an `out=`."""
        to = self.to
        id_ = to.tensor(tensor)
        known = to.tensors[id_]
        to.versions[known.counter] = after
        to.log.append(ev.Write(known.storage, id_, op, known.counter, before, after))
        to.show(known.storage)
