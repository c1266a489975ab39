"""Notes become events: what `from_torch_quick` jotted down of ops, told at length."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from .. import events as ev
from . import values
from .from_torch_quick import CELLS, OP, SAME, VIEW, VIEWS
from .from_torch_shapes import OWN, RESULT, Form


class Reading:
    """Makes events of notes, in order."""

    def __init__(self, core: Any) -> None:
        self.core = core
        self.to = core.to
        self.to.make.update({OP: self.op, VIEW: self.view, SAME: self.same, VIEWS: self.views})
        self.to.spread.update({OP: 18, VIEW: 16})

    def op(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """A tensor on fresh memory; `based`: it is a view of one that nobody else sees."""
        _, site, tag, made, at, marks, mark, own, ins, *called = note[:14]
        version, kept, address, data, unusual = note[14:]
        form, shape, dtype = site.form, site.shape, site.dtype
        nbytes, device, based = unusual or (site.nbytes, "cpu", None)
        marks = ((marks, mark),) if mark is not None else marks
        to = self.to
        op, counter = to.new_op(), to.new_counter()
        storage = self.fresh(kept, address)
        yield ev.Storage(storage, nbytes, str(device), False)
        owned = []
        for ref_own, where, size, on, taken in own or ():
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
        self.remember(tag, made, at, storage, counter, site.nbytes, version)
        nodes = self.nodes(tag, op, form, marks, ins, iter(owned))
        node = to.tensors[tag].place[2]
        leaf = node is None
        yield ev.Tensor(
            tag, storage, counter, offset, shape, site.stride, str(dtype)[6:], leaf, not leaf, over, node, 0, "", version
        )  # fmt: skip
        yield self.called(op, site.name, tag, ins, *called)
        yield from nodes
        if data is None:
            return
        if type(data) is tuple and not site.listed:
            yield ev.Thumb(tag, *values.picture_of(data))
            return
        if type(data) is bytes:
            array = np.frombuffer(data, dtype=NUMPY[dtype])
        else:
            array = data if isinstance(data, np.ndarray) else np.array(data, dtype=NUMPY[dtype])
        if nbytes <= CELLS * dtype.itemsize:
            yield ev.Cells(storage, values.numbers(array))
        else:
            sample = values.sample(array)
            if sample is not None:
                yield ev.Thumb(tag, *values.picture_of(sample))

    def view(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """A tensor on the memory of another."""
        _, site, tag, made, at, marks, mark, own, ins, *called = note[:14]
        version, over, offset = note[14:]
        marks = ((marks, mark),) if mark is not None else marks
        to = self.to
        base = to.tensors[over]
        op = to.new_op()
        owned = []
        for ref_own, where, size, on, taken in own or ():
            if ref_own is not None:
                yield ev.Storage(self.fresh(ref_own, where), size, str(on), False)
            id_ = to.roots[where][0]
            owned.append((id_, to.counter_on(id_), taken))
        self.remember(tag, made, at, base.storage, base.counter, site.nbytes, version)
        nodes = self.nodes(tag, op, site.form, marks, ins, iter(owned))
        node = to.tensors[tag].place[2]
        leaf = node is None
        yield ev.Tensor(
            tag, base.storage, base.counter, offset, site.shape, site.stride, str(site.dtype)[6:], leaf, not leaf, over,
            node, 0, "", version,
        )  # fmt: skip
        yield self.called(op, site.name, tag, ins, *called)
        yield from nodes

    def views(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """Several tensors on the memory of another, outputs of one node."""
        _, name, told, form, marks, dtype, over, version, *called = note
        to = self.to
        base = to.tensors[over]
        op = to.new_op()
        nodes: list[Any] = []
        for number, (tag, made, at, shape, stride, offset) in enumerate(told):
            shape = tuple(shape)
            nbytes = math.prod(shape) * dtype.itemsize
            self.remember(tag, made, at, base.storage, base.counter, nbytes, version)
            if not number:
                nodes = self.nodes(tag, op, form, marks, called[0], iter(()))
            node = None if marks is None else marks[0][0]
            leaf = node is None
            to.tensors[tag].place = (leaf, not leaf, node, 0 if leaf else number)
            yield ev.Tensor(
                tag, base.storage, base.counter, offset, shape, stride, str(dtype)[6:], leaf, not leaf, over, node,
                0 if leaf else number, "", version,
            )  # fmt: skip
        yield self.called(op, name, tuple([t[0] for t in told]), *called)
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
        self, op: int, name: str, tags: Any, ins: Any, plain: Any, kwargs: Any, mode: str, scope: Any, source: Any
    ) -> ev.Op:
        args = ""
        if plain is not None or kwargs:
            args = self.core.written_out(name, plain or (), kwargs)
        self.to.last_op = op
        return ev.Op(
            op, name, tuple(dict.fromkeys(ins)), tags if isinstance(tags, tuple) else (tags,), args, mode, scope, source
        )


NUMPY: dict[Any, Any] = {
    torch.float32: np.dtype("f4"), torch.float64: np.dtype("f8"), torch.int64: np.dtype("i8"), torch.bool: np.dtype("?")
}  # fmt: skip
