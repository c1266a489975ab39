"""Notes become events: what `notes` and `backward_notes` jotted down, told at length."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import events as ev
from ..events import Number
from . import values
from .notes import CELLS, FLOW, GRAD, MADE, OP, RAN, RAN_ONE, RAN_SAME, RAN_TWO, TENSOR, VIEW, WRITE
from .recorder import FRESH
from .written_notes import Layout, layouts

if TYPE_CHECKING:
    from .from_core import Core


MANY = 20  # arrays from which on it is worth to make numbers of all at once
FLOAT32 = np.dtype(np.float32)


class Reading:
    """Makes events of notes, in order."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.to = core.to
        self.to.learn, self.to.ahead = self.learn, self.ahead
        self.known: dict[bytes, tuple[Number, ...]] = {}  # by bytes: the float32 numbers that they are
        self.to.make.update({OP: self.op, VIEW: self.view, WRITE: self.write, MADE: self.made})
        self.to.make.update({FLOW: self.flow, RAN: self.ran, GRAD: self.grad})
        self.to.make.update({RAN_ONE: self.ran_one, RAN_SAME: self.ran_same, RAN_TWO: self.ran_two})
        self.to.spread.update({OP: 19, VIEW: 23, RAN_ONE: 6, RAN_SAME: 6, RAN_TWO: 9})

    def fresh(self, tag: int, made: Any, root: Any, address: int, shape: Any, dtype: Any) -> tuple[Any, ...]:
        """Ids for a tensor on memory of its own, and the event of its storage."""
        to = self.to
        id_ = tag - to.base
        storage = to.new_storage()
        nbytes = dtype.itemsize
        for length in shape:
            nbytes *= length
        to.refs[id(root)] = ("storage", storage, root, address)
        to.roots[address] = (storage, root)
        to.storages[storage] = set()
        counter = to.new_counter()
        to.keep(id_, made, storage, counter, (), nbytes)
        return id_, storage, counter, ev.Storage(storage, nbytes, "cpu", False)

    def learn(self, sort: int) -> Any:
        """What makes events of an op's notes that were written out."""
        layout = layouts[sort]
        self.to.spread[sort] = layout.items
        made = self.to.make[sort] = functools.partial(self.written, layout)
        return made

    def written(self, layout: Layout, note: tuple[Any, ...]) -> list[Any]:
        """The note of an op that was written out."""
        _, tag, made, shape, strides, dtype, data, scope, source, root, recorded, first, *rest = note
        (name, given, named), kind, _ = layout
        further = 2 * len(given) - 2
        tags, plain = [first, *rest[:further:2]], [TENSOR, *rest[1:further:2]]
        of_node = rest[further + len(named) :]
        ins = tuple([t for t in tags if t is not None])
        return self.on_its_own(
            name,
            tag,
            made,
            shape,
            strides,
            dtype,
            data,
            (-tag, of_node[0], kind, of_node[1:], ins) if kind is not None else (None, None, None, None, ins),
            plain if len(ins) < len(plain) else None,
            dict(zip(named, rest[further:], strict=False)),
            recorded,
            scope,
            source,
            root,
            id(root()),  # where it is gone, nobody will look for it there
        )

    def op(self, note: tuple[Any, ...]) -> list[Any]:
        _, name, tag, made, shape, strides, dtype, data, *of_node = note[:13]
        return self.on_its_own(name, tag, made, shape, strides, dtype, data, of_node, *note[13:])

    def on_its_own(
        self,
        name: str,
        tag: int,
        made: Any,
        shape: Any,
        strides: Any,
        dtype: Any,
        data: Any,
        of_node: Any,
        plain: Any,
        named: Any,
        recorded: Any,
        scope: Any,
        source: Any,
        root: Any,
        address: int,
    ) -> list[Any]:
        """A tensor that an op made on memory of its own."""
        op = self.to.new_op()
        id_, storage, counter, told = self.fresh(tag, made, root, address, shape, dtype)
        node, nodes = self.grown(of_node, op, storage, counter, told.bytes)
        steps = _steps(shape, strides, dtype)
        self.stand(id_, node, (0, shape, steps, dtype))
        leaf = node is None
        return [
            told,
            ev.Tensor(id_, storage, counter, 0, shape, steps, name_of(dtype), leaf, not leaf, None, node, 0, ""),
            self.called(op, name, of_node[-1], id_, plain, named, recorded, scope, source),
            *nodes,
            *self.contents(id_, storage, shape, strides, dtype, data),
        ]

    def made(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """A tensor that was made of no other."""
        _, name, tag, made, shape, strides, dtype, data, wanted, plain, recorded, scope, source, root, address = note
        to = self.to
        op = to.new_op()
        id_, storage, counter, told = self.fresh(tag, made, root, address, shape, dtype)
        yield told
        steps = _steps(shape, strides, dtype)
        self.stand(id_, None, (0, shape, steps, dtype))
        to.tensors[id_].place = (True, wanted, None, 0)
        yield ev.Tensor(id_, storage, counter, 0, shape, steps, name_of(dtype), True, wanted, None, None, 0, "")
        args = plain if type(plain) is str else self.core.written_out(name, plain, {})
        to.last_op = op
        yield ev.Op(op, name, (), (id_,), args, "grad" if recorded is True else recorded, scope, source)
        yield from self.contents(id_, storage, shape, strides, dtype, data)

    def view(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """A tensor on the memory of another."""
        _, name, tag, made, shape, strides, dtype, data, *of_node = note[:13]
        plain, named, recorded, scope, source, _, offset, of, over, shared, version = note[13:]
        to = self.to
        op = to.new_op()
        id_, known = tag - to.base, to.tensors[of - to.base]
        counter = known.counter if shared else to.new_counter()
        to.keep(id_, made, known.storage, counter, (), math.prod(shape) * dtype.itemsize)
        node, nodes = self.grown(of_node, op, known.storage, counter, 0)
        steps = _steps(shape, strides, dtype)
        self.stand(id_, node, (offset, shape, steps, dtype))
        base, leaf = over - to.base if over else None, node is None
        yield ev.Tensor(
            id_,
            known.storage,
            counter,
            offset,
            shape,
            steps,
            name_of(dtype),
            leaf,
            not leaf,
            base,
            node,
            0,
            "",
            version,
        )
        yield self.called(op, name, of_node[-1], id_, plain, named, recorded, scope, source)
        yield from nodes
        if type(data) is bytes:
            data = values.sample(np.frombuffer(data, dtype).reshape(shape))
        if data is not None:
            yield ev.Thumb(id_, *values.picture_of(data))

    def write(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """A write that has no history, with all that the memory contains after it."""
        _, name, tag, (ins, plain), named, data, dtype, recorded, scope, source, before, after = note
        to = self.to
        op = to.new_op()
        id_ = tag - to.base
        known = to.tensors[id_]
        yield self.called(op, name, (tag, *ins), id_, plain, named, recorded, scope, source)
        yield ev.Write(known.storage, id_, op, known.counter, before, after)
        whole = np.frombuffer(data, dtype)
        if whole.size <= CELLS:
            yield ev.Cells(known.storage, self.numbers(data, whole))
            return
        for other in sorted(to.storages[known.storage])[-FRESH:]:
            window = to.tensors[other].window
            if window is not None:
                offset, shape, steps, kind = window
                apart = [s * kind.itemsize for s in steps]
                seen = values.sample(np.ndarray(shape, kind, data, offset * kind.itemsize, apart))
                if seen is not None:
                    yield ev.Thumb(other, *values.picture_of(seen))

    def grown(self, of_node: Any, op: int, storage: int, counter: int, nbytes: int) -> tuple[int | None, list[Any]]:
        """The id of the node that an op made, if it made one, and the events of it and of what it leads to."""
        mark, node_ref, kind, seen, _ = of_node
        if seen is None:
            return None, []
        to = self.to
        nodes: list[Any] = []
        edges = seen[: len(kind.edge_slots)]
        found = iter(seen[len(edges) :])
        self.ends(edges, op, nodes)
        node = to.new_node()
        to.keep_node(mark, node, node_ref)
        saved: list[Any] = []
        kept: dict[int, int] = {}
        for field in kind.saved_inputs:
            held, version = next(found), next(found)
            if held is not None:
                known = to.tensors[held - to.base]
                saved.append((field.rstrip("_"), held - to.base, known.storage, known.counter, version))
                kept[known.storage] = max(kept.get(known.storage, 0), known.bytes)
        for field, version in zip(kind.saved_outputs, found, strict=True):
            if version is not None:
                saved.append((field, None, storage, counter, version))
                kept[storage] = nbytes
        targets = tuple([None if e is None else (self.target(e), 0) for e in edges])
        to.edges[node] = targets
        text = kind.label or kind.__name__
        nodes.append(ev.Node(node, text, op, targets, tuple(saved), sum(kept.values()), None))
        return node, nodes

    def stand(self, id_: int, node: int | None, window: tuple[Any, ...]) -> None:
        known = self.to.tensors[id_]
        known.place, known.window = (node is None, node is not None, node, 0), window

    def called(
        self, op: int, name: str, ins: Any, out: int, plain: Any, named: Any, recorded: Any, scope: Any, source: Any
    ) -> ev.Op:
        base = self.to.base
        given = tuple(dict.fromkeys([i - base for i in ins]))
        args = self.core.written_out(name, plain or (), named) if plain or named else ""
        self.to.last_op = op
        return ev.Op(op, name, given, (out,), args, "grad" if recorded is True else recorded, scope, source)

    def ahead(self, chunk: list[Any]) -> None:
        """Bytes in the log are what arrays contain, and most of those are float32."""
        some = [item for item in chunk if type(item) is bytes]
        self.known = values.numbers_of(some) if len(some) >= MANY else {}

    def numbers(self, data: bytes, array: np.ndarray) -> tuple[Number, ...]:
        known = self.known.get(data) if array.dtype is FLOAT32 else None
        return values.numbers(array) if known is None else known

    def contents(self, id_: int, storage: int, shape: Any, strides: Any, dtype: Any, data: Any) -> list[Any]:
        if type(data) is bytes:
            array = np.frombuffer(data, dtype).reshape(shape)
            if array.size <= CELLS:
                if array.strides != strides and array.size > 1:  # the elements as they lie in memory
                    array = array.transpose(sorted(range(len(shape)), key=lambda d: -strides[d]))
                    return [ev.Cells(storage, values.numbers(array))]
                return [ev.Cells(storage, self.numbers(data, array))]
            data = values.sample(array)
        return [] if data is None else [ev.Thumb(id_, *values.picture_of(data))]

    def ends(self, tags: Any, op: int, told: list[Any]) -> None:
        """The AccumulateGrad nodes of leaves that an edge leads to for the first time."""
        to = self.to
        for tag in tags:
            if tag is not None and tag > 0 and tag - to.base not in to.accumulators:
                leaf = tag - to.base
                node = to.accumulators[leaf] = to.new_node()
                told.append(ev.Node(node, "AccumulateGrad", op, (), (), 0, leaf))

    def target(self, tag: int) -> int:
        return self.to.nodes[tag] if tag < 0 else self.to.accumulators[tag - self.to.base]

    def flow(self, note: tuple[Any, ...]) -> Iterator[Any]:
        _, backward, origin, target, output, shape, dtype, data = note
        at = self.to.nodes[origin] if origin else None
        yield self.along(backward, at, self.target(target), output, shape, dtype, data)

    def along(
        self, backward: int, origin: int | None, node: int, output: int, shape: Any, dtype: Any, data: Any
    ) -> Any:
        if type(data) is not bytes:
            return ev.Flow(backward, origin, node, output, shape, values.brief(data), None)
        array = np.frombuffer(data, dtype)
        few = self.numbers(data, array) if array.size <= CELLS else None
        return ev.Flow(backward, origin, node, output, shape, values.brief(values.norm_here(array)), few)

    def ran_one(self, note: tuple[Any, ...]) -> list[Any]:
        return self.ran((*note[:4], (note[4:],)))

    def ran_same(self, note: tuple[Any, ...]) -> list[Any]:
        return self.ran((*note[:4], (note[4:], note[4:])))

    def ran_two(self, note: tuple[Any, ...]) -> list[Any]:
        return self.ran((*note[:4], (note[4:7], note[7:])))

    def ran(self, note: tuple[Any, ...]) -> list[Any]:
        _, backward, tag, released, flows = note
        node = self.to.nodes[tag]
        told: list[Any] = [ev.Ran(backward, node), ev.Release(node)] if released else [ev.Ran(backward, node)]
        for edge, flow in zip(self.to.edges[node], flows, strict=False):
            if edge is not None and flow is not None:
                told.append(self.along(backward, node, *edge, *flow))
        return told

    def grad(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """A gradient that arrived in a leaf."""
        _, backward, leaf, norm, added, tag, fresh, version, shape, strides, dtype, data = note
        to = self.to
        id_ = tag - to.base
        if fresh is not None:
            made, root, address = fresh
            id_, storage, counter, told = self.fresh(tag, made, root, address, shape, dtype)
            yield told
            self.stand(id_, None, (0, shape, _steps(shape, strides, dtype), dtype))
            yield ev.Tensor(
                id_,
                storage,
                counter,
                0,
                shape,
                _steps(shape, strides, dtype),
                name_of(dtype),
                True,
                False,
                None,
                None,
                0,
                "grad",
            )
        known = to.tensors[id_]
        if version:
            yield ev.Write(known.storage, id_, None, known.counter, version - 1, version)
        if norm is None:  # the gradient is all that arrived
            norm = values.norm_of(np.frombuffer(data, dtype))
        yield ev.Accumulate(backward, self.target(leaf), leaf - to.base, id_, values.brief(norm), added)
        yield from self.contents(id_, known.storage, shape, strides, dtype, data)


_names: dict[np.dtype, str] = {}


def name_of(dtype: np.dtype) -> str:
    """`dtype.name`, which NumPy works out anew each time."""
    found = _names.get(dtype)
    if found is None:
        found = _names[dtype] = dtype.name
    return found


def _steps(shape: Any, strides: Any, dtype: Any) -> tuple[int, ...]:
    """Strides in elements."""
    return _contiguous(shape) if 0 in shape else tuple([s // dtype.itemsize for s in strides])


def _contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    steps, step = [], 1
    for length in reversed(shape):
        steps.append(step)
        step *= max(length, 1)
    return tuple(reversed(steps))
