"""The quick way: what an op must not wait for is noted in a plain tuple, and made events later.

NOTE [What a note may hold]  Ids, numbers, bytes and weak references; never a tensor, a node or an array. A small
storage is copied as bytes (28 ns), a big one is sampled at once. So nothing is kept alive, and a later write changes no
note.

NOTE [When the quick way applies]  A fresh tensor on memory of its own, made by an op of the registry from tensors that
were told before, with arguments that are plain numbers or words. Everything unusual shows as an AttributeError or as a
failed test, and goes the long way (`from_core`), which first makes events of all notes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from .. import events as ev
from . import values

if TYPE_CHECKING:
    from .from_core import Core

OP, FLOW, RAN, GRAD = range(4)  # sorts of notes
PLAIN = frozenset([int, float, bool, str, type(None)])
ALPHA = {"alpha": 1}
CELLS = values.CELLS
WHOLE = 4096  # elements: up to here a copy is quicker than a look
HELD = 1 << 26  # bytes of copies that may wait
PENDING = 1_000_000  # notes that may wait; they are smaller than the events that they become


class Argument:
    """Stands in a note where a tensor stood in the call."""


TENSOR = Argument()


def reader(kind: Any, tensors: tuple[type, ...] | None) -> Callable[[Any], tuple[Any, ...]]:
    """A function that reads a node of this class: the tags of its edges, then tag and version of each saved input (None, 0
    where there is none), then the versions of the saved outputs. Written out, since a loop over the slots costs as much
    as the op itself. `tensors`: look whether what stands in an input's place is one; None: it is known to be."""
    parts = [f"None if (e := n.{slot}) is None else e._tag" for slot in kind.edge_slots]
    for slot in kind.saved_inputs:
        no = "(s := n.{0}) is None" if tensors is None else "type(s := n.{0}) not in T"
        parts += [f"None if {no.format(slot)} else s._tag", f"0 if s is None else n.v_{slot}"]
    parts += [f"None if n.{slot} is None else n.v_{slot}" for slot in kind.saved_outputs]
    return eval(f"lambda n: ({''.join(p + ', ' for p in parts)})", {"T": frozenset(tensors or ())})


def quick_op(core: Core) -> Callable[[str, Any, tuple[Any, ...], dict[str, Any]], None]:
    """What hears every op. Everything that it uses is a local: this is the innermost loop of recording."""
    to = core.to
    log = to.log
    append = log.append
    low, high = to.base, to.top
    long_way = core.told_op
    lines = to.lines
    places = lines.places
    getframe = sys._getframe
    new_tensor, new_node = to.new_tensor, to.new_node_tag
    Tensor, Parameter = core.tensor_types
    ndarray = np.ndarray
    readers: dict[str, tuple[type, Callable[[Any], tuple[Any, ...]], Callable[[Any], tuple[Any, ...]]]] = {}
    switches = core.switches

    def op(name: str, out: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            a = out._a
            if a.base is not None or type(a) is not ndarray or type(out) is not Tensor or not args:
                return long_way(name, out, args, kwargs)
            if kwargs and kwargs != ALPHA and not all(v is None for v in kwargs.values()):
                return long_way(name, out, args, kwargs)
            x = args[0]
            i = x._tag
            if x._a is a or not low < i < high:
                return long_way(name, out, args, kwargs)
            plain: Any = None
            kind: Any
            count = len(args)
            if count == 1:
                ins: tuple[int, ...] = (i,)
            elif count == 2:
                y = args[1]
                kind = type(y)
                if kind is Tensor or kind is Parameter:
                    j = y._tag
                    if y._a is a or not low < j < high:
                        return long_way(name, out, args, kwargs)
                    ins = (i, j)
                elif kind in PLAIN:
                    ins, plain = (i,), (TENSOR, y)
                else:
                    return long_way(name, out, args, kwargs)
            else:
                tags, plain = [], []
                for y in args:
                    kind = type(y)
                    if kind is Tensor or kind is Parameter:
                        j = y._tag
                        if y._a is a or not low < j < high:
                            return long_way(name, out, args, kwargs)
                        tags.append(j)
                        plain.append(TENSOR)
                    elif kind in PLAIN:
                        plain.append(y)
                    else:
                        return long_way(name, out, args, kwargs)
                ins = tuple(tags)
            node = out._node
            if node is None:
                mark = made = kind = seen = None
            else:
                known = readers.get(name)
                kind = type(node)
                if known is None or known[0] is not kind:
                    if getattr(kind, "op_name", "") != name:
                        return long_way(name, out, args, kwargs)
                    known = readers[name] = (kind, reader(kind, None), reader(kind, (Tensor, Parameter)))
                seen = known[1 if plain is None else 2](node)
                node._tag = mark = new_node()
                made = ref(node, append)
            out._tag = tag = new_tensor()
            frame = getframe(2)
            place = places.get(id(frame.f_code))
            source = None if place is None or place.ours else place.ids.get(frame.f_lasti)
            if source is None:
                source = lines.here(3)
            if source != core.line:
                core.moved(source)
            size = a.size
            if size <= CELLS:
                data: Any = a.tobytes()
            elif size <= WHOLE:
                data = a.tobytes()
                to.held += a.nbytes
            else:
                data = values.sample(a)
            append(
                (OP, name, tag, ref(out, append), ref(a, append), id(a), a.shape, a.strides, a.dtype, data,
                 mark, made, kind, seen, ins, plain, switches.GRAD or core.mode(), to.scope, source)
            )  # fmt: skip
            if to.tick is not None:
                core.tick()
            elif to.held > HELD or len(log) > PENDING:
                to.settle()
        except AttributeError:  # something was never told
            long_way(name, out, args, kwargs)
        except Exception as error:
            core.fail(error)

    return op


def quick_backward(core: Core) -> tuple[Callable[..., None], ...]:
    """What hears the steps of backward: flows, ran, accumulates."""
    to = core.to
    append = to.log.append
    low, high = to.base, to.top
    ndarray = np.ndarray
    norm = values.norm_of
    Tensor, _ = core.tensor_types

    def flows(origin: Any, node: Any, output: int, grad: Any) -> None:
        try:
            if type(grad) is Tensor:
                return core.told_flow(origin, node, output, grad)
            size = grad.size
            if size <= CELLS:
                data: Any = grad.tobytes()
            elif size <= WHOLE:
                data = grad.tobytes()
                to.held += len(data)
            else:
                data = norm(grad)
            source = 0 if origin is None else origin._tag
            # An AccumulateGrad object may be made anew for each look; its leaf stays.
            target = node.variable._tag if type(node) is core.accumulator else node._tag
            append((FLOW, core.backward, source, target, output, grad.shape, grad.dtype, data))
        except AttributeError:
            core.told_flow(origin, node, output, grad)
        except Exception as error:
            core.fail(error)

    def ran(node: Any, grads: Any, released: bool) -> None:
        try:
            told: list[Any] = []
            before = None
            for grad in grads:
                if grad is None:
                    told.append(None)
                    continue
                if grad is not before:  # `add` hands one array to both of its inputs
                    if type(grad) is Tensor:
                        return core.told_ran(node, grads, released)
                    before = grad
                    size = grad.size
                    if size <= CELLS:
                        flow = grad.shape, grad.dtype, grad.tobytes()
                    elif size <= WHOLE:
                        flow = grad.shape, grad.dtype, grad.tobytes()
                        to.held += grad.nbytes
                    else:
                        flow = grad.shape, grad.dtype, norm(grad)
                told.append(flow)
            append((RAN, core.backward, node._tag, released, told))
            if to.tick is not None:
                core.tick()
        except AttributeError:
            core.told_ran(node, grads, released)
        except Exception as error:
            core.fail(error)

    def accumulates(leaf: Any, node: Any, grad: Any, added: bool) -> None:
        try:
            held = leaf._grad
            a = held._a
            tag = getattr(held, "_tag", 0)
            known = low < tag < high
            if not low < leaf._tag < high or type(grad) is Tensor or type(a) is not ndarray:
                return core.told_accumulate(leaf, node, grad, added)
            if known:
                fresh, version = None, held._version if added else 0
            elif a.base is None and held._node is None and type(held) is Tensor:
                held._tag = tag = to.new_tensor()
                fresh, version = (ref(held, append), ref(a, append), id(a)), 0
            else:
                return core.told_accumulate(leaf, node, grad, added)
            data = a.tobytes() if a.size <= CELLS else values.sample(a)
            append(
                (
                    GRAD,
                    core.backward,
                    leaf._tag,
                    norm(grad),
                    added,
                    tag,
                    fresh,
                    version,
                    a.shape,
                    a.strides,
                    a.dtype,
                    data,
                )
            )
        except AttributeError:
            core.told_accumulate(leaf, node, grad, added)
        except Exception as error:
            core.fail(error)

    return flows, ran, accumulates


# ---- later: notes become events


class Reading:
    """Makes events of notes, in order."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.to = core.to
        self.to.make.update({OP: self.op, FLOW: self.flow, RAN: self.ran, GRAD: self.grad})

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

    def op(self, note: tuple[Any, ...]) -> Iterator[Any]:
        _, name, tag, made, root, address, shape, strides, dtype, data, *of_node = note
        mark, node_ref, kind, seen, ins, plain, recorded, scope, source = of_node
        to = self.to
        base = to.base
        op = to.new_op()
        id_, storage, counter, told = self.fresh(tag, made, root, address, shape, dtype)
        yield told
        node = None
        nodes: list[Any] = []
        if seen is not None:
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
                    known = to.tensors[held - base]
                    saved.append((field.rstrip("_"), held - base, known.storage, known.counter, version))
                    kept[known.storage] = max(kept.get(known.storage, 0), known.bytes)
            for field, version in zip(kind.saved_outputs, found, strict=True):
                if version is not None:
                    saved.append((field, None, storage, counter, version))
                    kept[storage] = told.bytes
            targets = tuple([None if e is None else (self.target(e), 0) for e in edges])
            text = kind.label or kind.__name__
            to.edges[node] = targets
            nodes.append(ev.Node(node, text, op, targets, tuple(saved), sum(kept.values()), None))
        place = to.tensors[id_].place = (node is None, node is not None, node, 0)
        steps = _steps(shape, strides, dtype)
        yield ev.Tensor(id_, storage, counter, 0, shape, steps, name_of(dtype), place[0], place[1], None, node, 0, "")
        given = tuple(dict.fromkeys([i - base for i in ins]))
        args = "" if plain is None else self.core.written_out(name, plain, {})
        yield ev.Op(op, name, given, (id_,), args, "grad" if recorded is True else recorded, scope, source)
        to.last_op = op
        yield from nodes
        yield from self.contents(id_, storage, shape, strides, dtype, data)

    def contents(self, id_: int, storage: int, shape: Any, strides: Any, dtype: Any, data: Any) -> Iterator[Any]:
        if type(data) is bytes:
            array = np.frombuffer(data, dtype).reshape(shape)
            if array.size <= CELLS:
                if array.strides != strides and array.size > 1:  # the elements as they lie in memory
                    array = array.transpose(sorted(range(len(shape)), key=lambda d: -strides[d]))
                yield ev.Cells(storage, values.numbers(array))
                return
            data = values.sample(array)
        if data is not None:
            yield ev.Thumb(id_, *values.picture_of(data))

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
        few = values.numbers(array) if array.size <= CELLS else None
        return ev.Flow(backward, origin, node, output, shape, values.norm(array), few)

    def ran(self, note: tuple[Any, ...]) -> Iterator[Any]:
        _, backward, tag, released, flows = note
        node = self.to.nodes[tag]
        yield ev.Ran(backward, node)
        if released:
            yield ev.Release(node)
        for edge, flow in zip(self.to.edges[node], flows, strict=False):
            if edge is not None and flow is not None:
                yield self.along(backward, node, *edge, *flow)

    def grad(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """A gradient that arrived in a leaf."""
        _, backward, leaf, norm, added, tag, fresh, version, shape, strides, dtype, data = note
        to = self.to
        id_ = tag - to.base
        if fresh is not None:
            made, root, address = fresh
            id_, storage, counter, told = self.fresh(tag, made, root, address, shape, dtype)
            yield told
            to.tensors[id_].place = (True, False, None, 0)
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
