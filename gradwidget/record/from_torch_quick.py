"""The quick way to tell an op of PyTorch: what it must not wait for is noted in a plain tuple, and made events later.

See NOTE [What a note may hold] in `notes`, and NOTE [Forms] in `from_torch_shapes`. The quick way is for plain tensors
that were told before, numbers and words as arguments, and one plain tensor as the result, on memory of its own or a
view; nothing may have been written. Everything else goes the long way, which makes events of all notes first.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

import numpy as np
import torch

from .. import events as ev
from . import from_torch_values as contents
from . import values
from .from_torch_objects import Mark
from .from_torch_shapes import OWN, RESULT, Form, form_of
from .notes import HELD, TENSOR, WHOLE

OP, VIEW, SAME = 100, 101, 105  # sorts of notes
CELLS = values.CELLS
Tensor, Parameter = torch.Tensor, torch.nn.Parameter
PLAIN = frozenset([int, float, bool, str, type(None), torch.dtype, torch.device, torch.memory_format, torch.Size])
LISTED = frozenset([torch.float32, torch.float64, torch.int64, torch.bool])  # `tolist()` gives all that there is
getframe = sys._getframe
MISSING: Any = object()


def quick(core: Any, name: str, long_way: Callable[..., Any]) -> Callable[..., Any]:
    """What hears one op; called by the mode, whose caller is the line of the program."""
    to = core.to
    append = to.log.append
    objects, roots = to.objects, to.roots
    lines = to.lines
    places = lines.places
    base = to.base
    new_tensor = to.new_tensor
    forms: dict[Any, Form | None] = {}
    finished = core.mode_heard.finished

    def run(func: Any, args: Any, kwargs: Any) -> Any:
        if core.unusual or not core.on:
            return long_way(func, args, kwargs)
        given: list[Any] = []
        ins: list[int] = []
        flags: list[Any] = []
        plain = False
        for y in args:
            kind = type(y)
            if kind is Tensor or kind is Parameter:
                known = objects.get(id(y))
                if known is None or known[0]() is not y or known[2] < 0 or y._version != known[2]:
                    return long_way(func, args, kwargs)
                given.append(y)
                ins.append(known[1])
                flags.append(y.requires_grad)
            elif kind in PLAIN:
                plain = True
                flags.append(kind)
            elif (kind is tuple or kind is list) and y:
                for item in y:
                    kind = type(item)
                    if kind is Tensor or kind is Parameter:
                        known = objects.get(id(item))
                        if known is None or known[0]() is not item or known[2] < 0 or item._version != known[2]:
                            return long_way(func, args, kwargs)
                        given.append(item)
                        ins.append(known[1])
                        flags.append(item.requires_grad)
                    elif kind in PLAIN:
                        plain = True
                    else:
                        return long_way(func, args, kwargs)
            else:
                return long_way(func, args, kwargs)
        if not given:
            return long_way(func, args, kwargs)
        if kwargs:
            for y in kwargs.values():
                if type(y) not in PLAIN:
                    return long_way(func, args, kwargs)
            flags += kwargs
        out = func(*args, **kwargs)
        try:
            if type(out) is not Tensor:
                return finished(name, out, args, kwargs, given)
            known = objects.get(id(out))
            if known is not None and known[0]() is out:
                if any(y._version != objects[id(y)][2] for y in given):
                    return finished(name, out, args, kwargs, given)
                source = lines.here(3)
                if source != core.line:
                    core.moved(source)
                called = (ins, [written(v) for v in args] if plain else None, kwargs, core.mode(), to.scope, source)
                append((SAME, name, known[1], *called))
                return out
            if len(ins) == 2:
                flags.append(ins[0] == ins[1])
            elif len(ins) > 2:
                flags.append(len(set(ins)) == len(ins))
            over = out._base
            try:
                node = out.grad_fn
            except RuntimeError:  # PyTorch refuses to tell the history of some views
                return finished(name, out, args, kwargs, given)
            signature = (type(node), out.dtype, over is None, *flags)
            form = forms.get(signature, MISSING)
            if form is MISSING:
                form = forms[signature] = form_of(out, given)
                return finished(name, out, args, kwargs, given)
            if form is None:
                return finished(name, out, args, kwargs, given)
            for y in given:
                if y._version != objects[id(y)][2]:
                    return finished(name, out, args, kwargs, given)
            memory = out.untyped_storage()
            address = id(memory)
            known = roots.get(address)
            there = known is not None and known[1]() is memory
            based = None
            if over is not None:
                known = objects.get(id(over))
                if known is None or known[0]() is not over:
                    if there or form.base is None:
                        return finished(name, out, args, kwargs, given)
                    based = over
                elif not there:
                    return finished(name, out, args, kwargs, given)
            elif there:
                return finished(name, out, args, kwargs, given)
            marks = None
            own: tuple[Any, ...] = ()
            if form.nodes:
                marks = marked(to, node, form, given)
                if marks is None:
                    return finished(name, out, args, kwargs, given)
                if form.own:
                    own = owned(to, node, form)
            tag = new_tensor() - base
            frame = getframe(2)
            place = places.get(id(frame.f_code))
            source = None if place is None or place.ours else place.ids.get(frame.f_lasti)
            if source is None:
                source = lines.here(3)
            if source != core.line:
                core.moved(source)
            made, version = ref(out, append), out._version
            called = (
                ins,
                [written(v) for v in args] if plain else None,
                kwargs,
                core.mode() if marks is None else "grad",
                to.scope,
                source,
            )
            if over is None or based is not None:
                kept = ref(memory, append)
                roots[address] = (0, kept)
                if based is not None:
                    under = ref(based, append)
                    id_ = new_tensor() - base
                    based = (id_, under, id(over), over.shape, over.stride(), over.dtype, out.storage_offset())
                    objects[id(over)] = (under, id_, version)
                append((OP, name, tag, made, id(out), out.shape, out.stride(), out.dtype, form, marks, own, *called,
                        version, kept, address, memory.nbytes(), out.device, content(to, out, memory), based))  # fmt: skip
            else:
                append((VIEW, name, tag, made, id(out), out.shape, out.stride(), out.dtype, form, marks, own, *called,
                        known[1], out.storage_offset(), version))  # fmt: skip
            objects[id(out)] = (made, tag, version)
            if to.tick is not None:
                core.tick()
            elif to.held > HELD or len(to.log) > to.pending:
                to.settle()
        except Exception as error:
            core.fail(error)
        return out

    return run


def written(value: Any) -> Any:
    """An argument as a note may hold it: a tensor, or a list with one, leaves only its place."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if (kind is tuple or kind is list) and all(type(item) in PLAIN for item in value):
        return kind(value)
    return TENSOR


def marked(to: Any, node: Any, form: Form, given: list[Any]) -> Any:
    """(id, reference to the mark) for each node of a call, put there now; None where they are not as the form says."""
    found = [node]
    if len(form.nodes) > 1:
        if form.dims != tuple([t.dim() for t in given]):
            return None
        for made in form.nodes[1:]:
            at, edge = made.way
            inner = found[at].next_functions[edge][0]
            if type(inner) is not made.kind:
                return None
            found.append(inner)
    told = []
    for one in found:
        mark = Mark(to.new_node())
        one.metadata[to.key] = mark
        told.append((mark.id, ref(mark, to.log.append)))
    return told


def owned(to: Any, node: Any, form: Form) -> tuple[Any, ...]:
    """What the nodes of a call saved on memory of their own: (reference, address, bytes, device, bytes of the tensor) for
    each; no reference where the memory is known already."""
    found = [node]
    for made in form.nodes[1:]:
        at, edge = made.way
        found.append(found[at].next_functions[edge][0])
    told: list[tuple[Any, ...]] = []
    for one, made in zip(found, form.nodes, strict=True):
        for attribute in made.own:
            tensor = getattr(one, attribute).data
            memory = tensor.untyped_storage()
            address = id(memory)
            known = to.roots.get(address)
            size = tensor.numel() * tensor.dtype.itemsize
            if known is not None and known[1]() is memory:
                told.append((None, address, 0, None, size))
            else:
                kept = ref(memory, to.log.append)
                to.roots[address] = (0, kept)
                told.append((kept, address, memory.nbytes(), tensor.device, size))
    return tuple(told)


def content(to: Any, out: Any, memory: Any) -> Any:
    """What a fresh tensor holds, as far as it is shown: numbers, bytes or a sample; None where nobody looks."""
    if out.device.type not in to.devices:
        return None
    size = out.numel()
    dtype = out.dtype
    if size <= CELLS:
        if dtype in LISTED and memory.nbytes() == size * dtype.itemsize and out.is_contiguous():
            return out.tolist()
        if memory.nbytes() <= CELLS * dtype.itemsize:
            return contents.whole(out).copy()
    array = contents.window(out)
    if size > WHOLE:
        return values.sample(array)
    to.held += array.nbytes
    return array.copy()


class Reading:
    """Makes events of notes, in order."""

    def __init__(self, core: Any) -> None:
        self.core = core
        self.to = core.to
        self.to.make.update({OP: self.op, VIEW: self.view, SAME: self.same})

    def op(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """A tensor on fresh memory; `based`: it is a view of one that nobody else sees."""
        _, name, tag, made, at, shape, stride, dtype, form, marks, own, *called = note[:17]
        version, kept, address, nbytes, device, data, based = note[17:]
        to = self.to
        op, counter = to.new_op(), to.new_counter()
        storage = self.fresh(kept, address)
        yield ev.Storage(storage, nbytes, str(device), False)
        owned = []
        for ref_own, where, size, on, taken in own:
            if ref_own is not None:
                id_ = self.fresh(ref_own, where)
                yield ev.Storage(id_, size, str(on), False)
            id_ = to.roots[where][0]
            owned.append((id_, to.counter_on(id_), taken))
        over, offset = None, 0
        if based is not None:
            over, under, place, base_shape, base_stride, base_dtype, offset = based
            self.remember(over, under, place, storage, counter, math.prod(base_shape) * base_dtype.itemsize, version)
            base_node = marks[form.base][0] if marks is not None else None
            to.tensors[over].place = (base_node is None, base_node is not None, base_node, 0)
            yield ev.Tensor(
                over, storage, counter, 0, tuple(base_shape), base_stride, str(base_dtype)[6:], base_node is None,
                base_node is not None, None, base_node, 0, "", version,
            )  # fmt: skip
        shape = tuple(shape)
        self.remember(tag, made, at, storage, counter, math.prod(shape) * dtype.itemsize, version)
        nodes = self.nodes(tag, op, form, marks, called[0], iter(owned))
        node = to.tensors[tag].place[2]
        leaf = node is None
        yield ev.Tensor(
            tag, storage, counter, offset, shape, stride, str(dtype)[6:], leaf, not leaf, over, node, 0, "", version
        )  # fmt: skip
        yield self.called(op, name, tag, *called)
        yield from nodes
        if data is None:
            return
        if type(data) is tuple:
            yield ev.Thumb(tag, *values.picture_of(data))
            return
        array = data if isinstance(data, np.ndarray) else np.array(data, dtype=NUMPY[dtype])
        if nbytes <= CELLS * dtype.itemsize:
            yield ev.Cells(storage, values.numbers(array))
        else:
            sample = values.sample(array)
            if sample is not None:
                yield ev.Thumb(tag, *values.picture_of(sample))

    def view(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """A tensor on the memory of another."""
        _, name, tag, made, at, shape, stride, dtype, form, marks, own, *called = note[:17]
        over, offset, version = note[17:]
        to = self.to
        base = to.tensors[over]
        op, shape = to.new_op(), tuple(shape)
        owned = []
        for ref_own, where, size, on, taken in own:
            if ref_own is not None:
                yield ev.Storage(self.fresh(ref_own, where), size, str(on), False)
            id_ = to.roots[where][0]
            owned.append((id_, to.counter_on(id_), taken))
        self.remember(tag, made, at, base.storage, base.counter, math.prod(shape) * dtype.itemsize, version)
        nodes = self.nodes(tag, op, form, marks, called[0], iter(owned))
        node = to.tensors[tag].place[2]
        leaf = node is None
        yield ev.Tensor(
            tag, base.storage, base.counter, offset, shape, stride, str(dtype)[6:], leaf, not leaf, over, node, 0, "",
            version,
        )  # fmt: skip
        yield self.called(op, name, tag, *called)
        yield from nodes

    def same(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """A call that gave a tensor back as it was."""
        _, name, tag, *called = note
        yield self.called(self.to.new_op(), name, tag, *called)

    def fresh(self, kept: Any, address: int) -> int:
        """The id of memory that was not there before."""
        to = self.to
        storage = to.new_storage()
        to.refs[id(kept)] = ("storage", storage, kept, address)
        to.roots[address] = (storage, kept)
        to.storages[storage] = set()
        return storage

    def remember(self, tag: int, made: Any, at: int, storage: int, counter: int, nbytes: int, version: int) -> None:
        to = self.to
        to.keep(tag, made, storage, counter, (True, False, None, 0), nbytes)
        to.refs[id(made)] = ("tensor", tag, made, at)
        to.versions[counter] = version

    def nodes(self, tag: int, op: int, form: Form, marks: Any, ins: list[int], owned: Iterator[Any]) -> list[Any]:
        """The events of the nodes that were made with a tensor."""
        if marks is None:
            return []
        to = self.to
        result = to.tensors[tag]
        told: list[Any] = []
        given = [to.tensors[i] for i in ins]
        own = {(i, attribute): next(owned) for i, one in enumerate(form.nodes) for attribute in one.own}
        for i in form.order:
            one = form.nodes[i]
            id_, ref_mark = marks[i]
            edges = tuple([None if e is None else self.end(e, ins, given, marks, op, told) for e in one.edges])
            saved: list[tuple[Any, ...]] = []
            kept: dict[int, int] = {}
            for field, j, same in one.saved:
                if j == OWN:
                    storage, counter, nbytes = own[i, same]
                    saved.append((field, None, storage, counter, 0))
                else:
                    known = result if j == RESULT else given[j]
                    storage, nbytes = known.storage, known.bytes
                    whose = ins[j] if j != RESULT and same else None
                    saved.append((field, whose, storage, known.counter, to.versions.get(known.counter, 0)))
                kept[storage] = max(kept.get(storage, 0), nbytes)
            to.keep_node(id_, id_, ref_mark)
            to.edges[id_] = edges
            if saved:
                to.saved[id_] = tuple(saved)
            told.append(ev.Node(id_, one.name, op, edges, tuple(saved), sum(kept.values()), None))
        result.place = (False, True, marks[0][0], 0)
        return told

    def end(self, edge: Any, ins: list[int], given: list[Any], marks: Any, op: int, told: list[Any]) -> tuple[int, int]:
        """Where an edge leads; the AccumulateGrad of a leaf is told when it is first led to."""
        if edge[0] == "made":
            return marks[edge[1]][0], edge[2]
        to = self.to
        _, _, node, output = given[edge[1]].place
        if node is not None:
            return node, output
        leaf = ins[edge[1]]
        known = to.accumulators.get(leaf)
        if known is None:
            known = to.accumulators[leaf] = to.new_node()
            to.edges[known] = ()
            told.append(ev.Node(known, "AccumulateGrad", op, (), (), 0, leaf))
        return known, 0

    def called(
        self, op: int, name: str, tag: int, ins: Any, plain: Any, kwargs: Any, mode: str, scope: Any, source: Any
    ) -> ev.Op:
        args = ""
        if plain is not None or kwargs:
            args = self.core.written_out(name, plain or (), kwargs)
        self.to.last_op = op
        return ev.Op(op, name, tuple(dict.fromkeys(ins)), (tag,), args, mode, scope, source)


NUMPY: dict[Any, Any] = {
    torch.float32: np.dtype("f4"), torch.float64: np.dtype("f8"), torch.int64: np.dtype("i8"), torch.bool: np.dtype("?")
}  # fmt: skip
