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

OP, FLOW, RAN, RELEASED, GRAD = range(5)  # sorts of notes
PLAIN = frozenset([int, float, bool, str, type(None)])
ALPHA = {"alpha": 1}
CELLS = values.CELLS
WHOLE = 4096  # elements: up to here a copy is quicker than a look
HELD = 1 << 26  # bytes of copies that may wait
PENDING = 1_000_000  # notes that may wait; they are smaller than the events that they become


class Argument:
    """Stands in a note where a tensor stood in the call."""


TENSOR = Argument()


def reader(kind: type, tensors: tuple[type, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that reads a node of this class: (tags of its edges, saved inputs as tag and version or None, versions
    of the saved outputs or None). Written out, since a loop over the slots costs as much as the op itself."""
    edges = [f"None if n.{s} is None else n.{s}._tag" for s in kind.edge_slots]  # type: ignore[attr-defined]
    inputs = [f"(n.{s}._tag, n.v_{s}) if type(n.{s}) in T else None" for s in kind.saved_inputs]  # type: ignore[attr-defined]
    outputs = [f"None if n.{s} is None else n.v_{s}" for s in kind.saved_outputs]  # type: ignore[attr-defined]
    parts = ", ".join(f"({''.join(p + ', ' for p in part)})" for part in (edges, inputs, outputs))
    return eval(f"lambda n: ({parts})", {"T": frozenset(tensors)})


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
    readers: dict[str, tuple[type, Callable[[Any], tuple[Any, ...]]]] = {}
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
                seen = None
            else:
                known = readers.get(name)
                if known is None or known[0] is not type(node):
                    kind = type(node)
                    if getattr(kind, "op_name", "") != name:
                        return long_way(name, out, args, kwargs)
                    known = readers[name] = (kind, reader(kind, (Tensor, Parameter)))
                seen = known[1](node)
                node._tag = tag = new_node()
                seen = (tag, ref(node, append), known[0], seen)
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
                to.held += len(data)
            else:
                data = values.sample(a)
            append(
                (OP, name, tag, ref(out, append), ref(a, append), id(a), a.shape, a.strides, a.dtype, data, seen, ins,
                 plain, switches.GRAD or core.mode(), to.scope, source)
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
    """What hears the steps of backward: flows, ran, released."""
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

    def ran(node: Any) -> None:
        try:
            append((RAN, core.backward, node._tag))
            if to.tick is not None:
                core.tick()
        except AttributeError:
            core.told_ran(node)
        except Exception as error:
            core.fail(error)

    def released(node: Any) -> None:
        try:
            append((RELEASED, node._tag))
        except AttributeError:
            core.told_release(node)
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

    return flows, ran, released, accumulates


# ---- later: notes become events


class Reading:
    """Makes events of notes, in order."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.to = core.to
        self.to.make.update({OP: self.op, FLOW: self.flow, RAN: self.ran, RELEASED: self.released, GRAD: self.grad})

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
        (_, name, tag, made, root, address, shape, strides, dtype, data, seen, ins, plain, recorded, scope, source) = (
            note
        )
        to = self.to
        base = to.base
        op = to.new_op()
        id_, storage, counter, told = self.fresh(tag, made, root, address, shape, dtype)
        yield told
        node = None
        nodes: list[Any] = []
        if seen is not None:
            node_tag, node_ref, kind, (edges, inputs, outputs) = seen
            self.ends(edges, op, nodes)
            node = to.new_node()
            to.keep_node(node_tag, node, node_ref)
            saved: list[Any] = []
            kept: dict[int, int] = {}
            for field, found in zip(kind.saved_inputs, inputs, strict=True):
                if found is not None:
                    known = to.tensors[found[0] - base]
                    saved.append((field.rstrip("_"), found[0] - base, known.storage, known.counter, found[1]))
                    kept[known.storage] = max(kept.get(known.storage, 0), known.bytes)
            for field, version in zip(kind.saved_outputs, outputs, strict=True):
                if version is not None:
                    saved.append((field, None, storage, counter, version))
                    kept[storage] = told.bytes
            targets = tuple([None if e is None else (self.target(e), 0) for e in edges])
            text = kind.label or kind.__name__
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
        _, backward, origin, node, output, shape, dtype, data = note
        at = self.to.nodes[origin] if origin else None
        if type(data) is bytes:
            array = np.frombuffer(data, dtype)
            few = values.numbers(array) if array.size <= CELLS else None
            yield ev.Flow(backward, at, self.target(node), output, shape, values.norm(array), few)
        else:
            yield ev.Flow(backward, at, self.target(node), output, shape, values.brief(data), None)

    def ran(self, note: tuple[Any, ...]) -> Iterator[Any]:
        yield ev.Ran(note[1], self.to.nodes[note[2]])

    def released(self, note: tuple[Any, ...]) -> Iterator[Any]:
        yield ev.Release(self.to.nodes[note[1]])

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
