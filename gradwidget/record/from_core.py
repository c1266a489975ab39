"""How the tensor core is heard: it calls these methods as it works (`gradwidget.torch.watch` lists them).

Every method first looks whether the common case applies that `notes` jots down; the rest is told at length here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from threading import get_ident
from typing import Any

import numpy as np

from .. import events as ev
from ..torch import watch
from . import backward_notes, notes, probe, reading, region_notes, values, written_notes
from .provenance import called, kind_of
from .recorder import Recorder
from .steady import Undisturbed, room


def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    """One recorder's failure is never the program's: it stops recording instead."""

    @functools.wraps(method)
    def call(self: Core, *args: Any, **kwargs: Any) -> None:
        try:
            room()
            with Undisturbed(), self.to.lock:
                if self.to.thread != get_ident():
                    self.to.turn()
                method(self, *args, **kwargs)
            tick = self.to.tick
            if tick is not None:
                tick()
        except RecursionError:
            self.to.missed = True
        except Exception as error:
            self.fail(error)

    return call


class Core:
    """Listens to `gradwidget.torch` and tells a recorder.

    >>> core = Core(Recorder(events.extend), torch)
    >>> core.start()
    >>> core.stop()
    """

    def __init__(self, recorder: Recorder, library: Any) -> None:
        self.to = recorder
        self.library = library  # PyTorch's names: Tensor, is_grad_enabled, ...
        self.tensor_types = library.Tensor, getattr(library.nn, "Parameter", library.Tensor)
        self.switches = watch.hot
        recorder.on_stop.append(lambda reason: self.stop())
        recorder.on_forget.append(self.forget)
        self.before: Any = None
        self.on = False
        self.written = 0  # the op of the write just told
        self.failed: Any = None  # the error that ended the last backward
        self.accumulator: Any = None  # the type of AccumulateGrad nodes, once one was met
        self.looked: set[int | None] = set()  # lines with a backward at which modules were looked into for names
        self.line: int | None = None  # where the program is
        self.top: int | None = None  # ... at the top level
        reading.Reading(self)
        self.op = notes.quick_op(self)
        self.hears = written_notes.written_notes(self, self.op)
        enter, leave, grad_set = region_notes.quick_regions(self)
        vars(self).update(
            wrote=notes.quick_write(self), enter=enter, leave=leave, grad_set=grad_set
        )  # before the methods
        self.flows, self.ran, self.accumulates, ends = backward_notes.quick_backward(self)
        vars(self).update(backward_ends=ends)

    @property
    def backward(self) -> int:
        """The pass that runs in this thread."""
        return self.to.backward

    @backward.setter
    def backward(self, id_: int) -> None:
        self.to.backward = id_

    def turn(self) -> int:
        """To the thread that runs; its pass."""
        with self.to.lock:
            self.to.turn()
            return self.to.backward

    def start(self) -> None:
        if not self.on and not self.to.stopped:
            self.before = watch.listen(self)
            self.on = True

    def stop(self) -> None:
        if self.on:
            self.on = False
            if watch.listener is self:
                watch.listen(self.before)
            self.before = None

    def forget(self) -> None:
        self.hears.forget()
        vars(self).clear()

    def fail(self, error: BaseException) -> None:
        self.to.fail(error)

    # ---- ops and writes

    @guarded
    def told_op(self, name: str, out: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        to = self.to
        to.settle()
        source = self.here()
        given = list(probe.tensors_in((*args, *kwargs.values())))
        inputs = tuple(dict.fromkeys([self.seen(t) for t in given]))
        op = to.new_op()
        fresh = []
        outs = list(probe.tensors_in(out if isinstance(out, list | tuple) else (out,)))
        for t in outs:
            if to.id_of(t) is None:
                storages = len(to.storages)
                id_ = to.tensor(t, op, near=given)
                fresh.append((id_, t, len(to.storages) > storages))
        outputs = tuple([to.id_of(t) or 0 for t in outs])
        to.tell_op(
            ev.Op(op, name, inputs, outputs, self.written_out(name, args, kwargs), self.mode(), to.scope, source)
        )
        for id_, t, new in fresh:
            self.contents(id_, t, new)

    def here(self) -> int | None:
        source = self.to.lines.here(2)
        if source != self.line:
            self.moved(source)
        return source

    def moved(self, source: int | None) -> None:
        """The program went on to another line: what the last statement at the top level assigned has its names now."""
        to = self.to
        self.line = source
        for name in to.lines.assigned.get(self.top, ()) if self.top else ():
            for namespace in to.namespaces:
                tensor = namespace.get(name)
                id_ = to.id_of(tensor) if kind_of(tensor) == "tensor" else None
                if id_ is not None:
                    to.call(name, id_)
        if source in to.lines.assigned:
            self.top = source

    def tick(self) -> None:
        tick = self.to.tick
        if tick is not None:
            tick()

    def seen(self, t: Any) -> int:
        """An input: a tensor that is met for the first time is told with what it contains."""
        id_ = self.to.id_of(t)
        if id_ is None:
            self.to.settle()
            id_ = self.to.tensor(t)
            self.to.show(self.to.tensors[id_].storage)
        return id_

    def contents(self, id_: int, t: Any, new: bool) -> None:
        storage = self.to.tensors[id_].storage
        if probe.root(probe.array(t)).size > values.CELLS:
            self.to.picture(id_, probe.array(t))
        elif new:
            self.to.show(storage)

    def will_write(self, name: str, tensor: Any) -> None:
        """Everything is read when it is told, so nothing has to be saved from the write."""

    @guarded
    def wrote(
        self, name: str, tensor: Any, args: tuple[Any, ...], kwargs: dict[str, Any], before: int, after: int
    ) -> None:
        to = self.to
        to.settle()
        source = self.here()
        given = [t for t in probe.tensors_in((*args, *kwargs.values())) if t is not tensor]
        id_ = to.tensor(tensor)  # not shown: it already holds what was written
        inputs = tuple(dict.fromkeys([id_, *[self.seen(t) for t in given]]))
        self.written = op = to.new_op()
        known = to.tensors[id_]
        base = tensor._base
        owner = tensor if base is None else base
        node = owner.grad_fn
        if node is not None:
            to.tensor(owner)
            to.node(node, op)
        to.tell_op(ev.Op(op, name, inputs, (id_,), self.written_out(name, args, kwargs), self.mode(), to.scope, source))
        to.log.append(ev.Write(known.storage, id_, op, known.counter, before, after))
        to.show(known.storage)
        self.followed(tensor, known.storage, op, source)

    def followed(self, tensor: Any, storage: int, op: int, source: int | None) -> None:
        """The other views on memory that was written: their history follows from their base, and is made anew."""
        for other in [self.to.tensors[t].ref() for t in sorted(self.to.storages.get(storage, ()))]:
            if other is not None and other is not tensor and other._base is not None and other.requires_grad:
                self.to.replaced(other, "in-place on view", op, source)

    @guarded
    def rewired(self, tensor: Any, why: str) -> None:
        self.to.settle()
        self.to.replaced(tensor, why, self.written if why.startswith("in-place") else None, self.here())

    @guarded
    def reseated(self, tensor: Any) -> None:
        to = self.to
        to.settle()
        id_ = to.id_of(tensor)
        if id_ is None:
            self.seen(tensor)
            return
        known = to.tensors[id_]
        storages = len(to.storages)
        storage, known.bytes = to.memory(tensor)
        to.storages.get(known.storage, set()).discard(id_)
        to.storages[storage].add(id_)
        known.storage = storage
        shape, offset, stride = to.window(tensor)
        if known.window is not None:
            known.window = offset, shape, stride, probe.array(tensor).dtype
        to.log.append(ev.Reseat(id_, storage, offset, shape, stride, probe.dtype(tensor), self.here()))
        self.contents(id_, tensor, len(to.storages) > storages)

    # ---- backward

    @guarded
    def backward_begins(self, roots: Iterable[Any], grads: Any, retain_graph: bool, create_graph: bool) -> None:
        to = self.to
        source = self.here()
        to.name_tensors(to.look(), unseen=False, modules=source not in self.looked)
        self.looked.add(source)
        ids = tuple([self.seen(t) for t in probe.tensors_in(list(roots))])
        self.backward = to.new_backward()
        to.backwards.append(self.backward)
        to.log.append(ev.Backward(self.backward, ids, bool(retain_graph), bool(create_graph), source))

    @guarded
    def told_flow(self, origin: Any, node: Any, output: int, grad: Any) -> None:
        to = self.to
        to.settle()
        if probe.variable(node) is not None:
            self.accumulator = type(node)
        at = to.node(origin) if origin is not None else None
        to.log.append(self.along(at, to.node(node), output, grad))

    @guarded
    def hooked(self, node: Any, output: int, hooks: list[Any], grad: Any) -> None:
        to = self.to
        to.settle()
        flow = self.along(None, to.node(node), output, grad)
        names = ", ".join([called(hook) for hook in hooks])
        to.log.append(ev.Hook(self.backward, flow.node, output, names, flow.norm, flow.values))

    def along(self, origin: int | None, node: int, output: int, grad: Any) -> ev.Flow:
        array = np.asarray(probe.array(grad) if probe.is_tensor(type(grad)) else grad)
        few = values.numbers(array.view(np.ndarray)) if array.size <= values.CELLS else None
        return ev.Flow(self.backward, origin, node, output, tuple(array.shape), values.norm(array), few)

    @guarded
    def told_ran(self, node: Any, grads: Any, released: bool) -> None:
        to = self.to
        to.settle()
        id_ = to.node(node)
        to.log.append(ev.Ran(self.backward, id_))
        if released:
            to.log.append(ev.Release(id_))
        for edge, grad in zip(to.edges[id_], grads, strict=False):
            if edge is not None and grad is not None:
                target, output = edge
                to.log.append(self.along(id_, target, output, grad))

    @guarded
    def told_accumulate(self, leaf: Any, node: Any, grad: Any, added: bool) -> None:
        to = self.to
        to.settle()
        array = np.asarray(probe.array(grad) if probe.is_tensor(type(grad)) else grad)
        leaf_id, node_id = self.seen(leaf), to.node(node)
        held = leaf._grad
        grad_id = to.id_of(held)
        if grad_id is None:
            grad_id = to.tensor(held, role="grad")
        elif added:
            known = to.tensors[grad_id]
            to.log.append(ev.Write(known.storage, grad_id, None, known.counter, held._version - 1, held._version))
        to.log.append(ev.Accumulate(self.backward, node_id, leaf_id, grad_id, values.norm(array), bool(added)))
        to.show(to.tensors[grad_id].storage)

    @guarded
    def backward_ends(self, error: BaseException | None, node: Any) -> None:
        to = self.to
        if not to.backwards:
            return
        if error is not None:
            to.settle()
        id_ = to.backwards.pop()
        self.backward = to.backwards[-1] if to.backwards else 0
        node_id = to.node(node) if node is not None else None
        to.log.append(ev.BackwardEnd(id_, None if error is None else str(error), node_id))
        if error is not None:
            self.failed = error
            nodes = () if node_id is None else (node_id,)
            source = self.here()
            to.problem("backward", f"{type(error).__name__}: {error}", source, self.stale(node), nodes)
            to.say_why(error)

    def stale(self, node: Any) -> tuple[int, ...]:
        """The living tensors that a node saved and that were written to since."""
        found: list[int] = []
        for _, _, _, cell, version in node.saved() if node is not None else ():
            if cell is not None and cell.version != version:
                living = [(t, known.ref()) for t, known in self.to.tensors.items()]
                found += [t for t, other in living if other is not None and other._v is cell]
        return tuple(dict.fromkeys(found))

    @guarded
    def grad_set(self, tensor: Any) -> None:
        to = self.to
        id_ = self.seen(tensor)
        grad = tensor._grad
        grad_id = None
        if grad is not None:
            grad_id = to.id_of(grad)
            if grad_id is None:
                to.settle()
                grad_id = to.tensor(grad, role="grad")
                to.show(to.tensors[grad_id].storage)
        to.log.append(ev.Grad(id_, grad_id, self.here()))

    # ---- regions

    @guarded
    def enter(self, kind: str, label: str, obj: Any) -> None:
        if kind == "module" and obj is not None:
            self.to.met_module(obj)
            path = self.to.paths.of(obj, self.to.look)
            label = f"{path}: {label.rpartition(': ')[2]}" if path else label
        if kind == "optimizer" and obj is not None:
            held = [t for group in obj.param_groups for t in group["params"]]
            self.to.enter(kind, label, tuple([self.seen(t) for t in held]), probe.options(obj), self.here())
        else:
            self.to.enter(kind, label, source=None if kind == "module" else self.here())

    @guarded
    def leave(self, kind: str) -> None:
        self.to.leave(kind)

    # ---- how a call is written

    def mode(self) -> str:
        """Whether autograd records what runs now."""
        if self.library.is_grad_enabled():
            return "grad"
        return "inference" if self.library.is_inference_mode_enabled() else "no_grad"

    def written_out(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """The arguments that are not tensors, without those at the end that ask for nothing."""
        parts = []
        for value in args:
            kind = type(value)
            parts.append(
                "" if value is notes.TENSOR or probe.is_tensor(kind) or _tensors_only(value) else values.text(value)
            )
        while parts and parts[-1] in ("", "None", "False", "()"):
            parts.pop()
        parts = [p for p in parts if p]
        for key, value in kwargs.items():
            if value is not None and not probe.is_tensor(type(value)) and (key, value) not in PLAIN:
                parts.append(f"{key}={values.text(value)}")
        return ", ".join(parts)


PLAIN = (("alpha", 1), ("beta", 1), ("requires_grad", False), ("keepdim", False), ("correction", 1))


def _tensors_only(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(probe.is_tensor(type(v)) for v in value)
