"""Turns what a tensor library does into events: ids, first sights, deaths, and the order of it all.

NOTE [The log]  Whoever listens writes to one list, `log`, in program order. It holds three sorts of things: events that
are ready; weak references, put there by Python itself when what they referred to died; and *notes*, plain tuples that a
listener jots down where an op must not be slowed and that become events later (`settle`). A note holds ids and numbers,
never a tensor, a node or an array, so recording keeps nothing alive and a death is told where it happened.

NOTE [Garbage]  Python's collector looks at every list, and at every tuple that leads to anything but numbers and words,
again and again; with many notes waiting that took longer than all the rest. So notes that hold references lie in the
log item by item (`spread`), and what else a note holds are plain tuples of numbers.

NOTE [Tags]  A tensor or node carries a number in its slot `_tag`: positive for tensors, negative for nodes, with that
of the recorder in the high bits, so that a later recorder does not mistake an older one's for its own. The low bits of
a tensor's are its id; nodes get theirs when they are told, for what an AccumulateGrad stands for is met only then.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import warnings
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from .. import events as ev
from . import probe, values
from .provenance import Lines, Paths, tensors_named, users_frame, variables
from .steady import Uncollected, Undisturbed, open_for_children, room

Ref = weakref.ref
BITS = 32  # of an id
OWN_NODES = 1 << 31  # tags of nodes from here on; below, one has the number of its tensor (written_notes)
PENDING = 1_000_000  # notes that may wait to become events; they are smaller than those

_numbers = itertools.count(1).__next__


class Known:
    """What the recorder remembers of a living tensor."""

    __slots__ = ("bytes", "counter", "place", "ref", "storage", "window")

    def __init__(self, ref: Ref[Any], storage: int, counter: int, place: tuple[Any, ...], nbytes: int) -> None:
        self.ref = ref
        self.storage = storage
        self.counter = counter
        self.place = place  # leaf, requires_grad, node id, output
        self.bytes = nbytes
        self.window: tuple[Any, ...] | None = None  # offset, shape, strides in elements, NumPy's dtype


class Recorder:
    """Writes events, in program order, by `extend(list)`. It knows no consumer.

    >>> trace = []
    >>> recorder = Recorder(trace.extend)
    >>> recorder.name_tensors([{"x": x}])
    >>> recorder.settle()
    """

    def __init__(self, extend: Callable[[list[Any]], Any], cell_of: Callable[[str], int | None] | None = None) -> None:
        self.extend = extend
        self.log: list[Any] = []
        self.held = 0  # bytes copied into notes
        self.pending = PENDING
        self.end: int | None = None  # how much of the log counts, once recording is over for good
        self.lock = threading.RLock()
        self.base = _numbers() << BITS
        self.top = self.base + (1 << BITS)
        self.tick: Callable[[], Any] | None = None  # called after each thing told: the clock of live views
        self.explain: Callable[[BaseException], Any] | None = None  # told of a backward's error before it goes on
        self.on_stop: list[Callable[[str], Any]] = []
        self.on_forget: list[Callable[[], Any]] = []
        self.stopped = ""  # why, if recording failed
        self.lines = Lines(self.log.append, cell_of)
        self.paths = Paths()
        self.namespaces: list[Mapping[str, Any]] = []  # where the user's variables are, if the session knows
        # How each sort of note becomes events
        self.make: dict[int, Callable[[tuple[Any, ...]], Iterable[Any]]] = {
            CELLS: self.tell_cells,
            THUMB: self.tell_thumb,
        }

        self.ahead: Callable[[list[Any]], Any] = len  # looks through what will be made events
        self.learn: Callable[[int], Any] = self.make.__getitem__  # ... of a sort that is not among these yet
        self.spread: dict[int, int] = {}  # sorts of notes that lie in the log item by item: how many follow the first

        self.new_tensor = itertools.count(self.base + 1).__next__  # tags
        self.new_node_tag = itertools.count(-self.base - OWN_NODES, -1).__next__
        self.new_node, self.new_op, self.new_storage, self.new_counter, self.new_scope, self.new_backward = [
            itertools.count(1).__next__ for _ in range(6)
        ]
        self.refs: dict[int, tuple[str, int, Ref[Any], int]] = {}  # of the living, by the address of the reference
        self.tensors: dict[int, Known] = {}
        self.storages: dict[int, set[int]] = {}  # the living tensors on each
        self.roots: dict[int, tuple[int, Ref[Any]]] = {}  # by address
        self.nodes: dict[int, int] = {}  # tag: id
        self.edges: dict[int, tuple[Any, ...]] = {}  # of each living node
        self.accumulators: dict[int, int] = {}  # leaf: its AccumulateGrad node
        self.aside: list[Any] = []  # nodes whose op is yet to be told
        self.last_op = 0
        self.names: dict[str, int] = {}
        self.buffers: dict[int, Ref[Any]] = {}  # of modules that were called, by address
        self.holders: dict[str, int] = {}  # variables that hold a module, with its address
        self.missed = self.told_of_missed = False  # ops, for want of room
        self.scopes: list[tuple[str, int]] = []  # these four are those of the thread that runs
        self.scope: int | None = None
        self.backwards: list[int] = []
        self.backward = 0
        self.thread = threading.get_ident()
        self.of_thread = {self.thread: (self.scopes, self.backwards)}
        open_for_children(self)

    # ---- notes become events

    def settle(self) -> None:
        """Make events of what is in the log and hand them on. Whoever reads the trace calls this first."""
        if self.log and self.end != 0:
            room()
            with Undisturbed(), self.lock, np.errstate(all="ignore"), Uncollected():
                while self.log and self.end != 0:
                    self.settle_some()

    def settle_some(self) -> None:
        chunk = self.log[: self.end]
        del self.log[: len(chunk)]
        self.held = 0
        if self.end is not None:
            self.end = 0
        ready: list[Any] = []
        try:
            self.ahead(chunk)
            rest = iter(chunk)
            for item in rest:
                kind = type(item)
                if kind is tuple:
                    ready += self.make[item[0]](item)
                elif kind is int:
                    make = self.make.get(item) or self.learn(item)
                    ready += make((item, *itertools.islice(rest, self.spread[item])))
                elif issubclass(kind, Ref):
                    ready += self.died(item)
                else:
                    ready.append(item)
            if self.missed and not self.told_of_missed:
                self.told_of_missed = True
                text = "The program recursed to Python's limit: some ops there were not recorded."
                ready.append(ev.Problem("missed", text, (), (), None, None))
            self.ahead([])
            self.extend(ready)
        except Exception as error:
            self.fail(error)

    def close(self) -> None:
        """What happens from now on is no part of the trace, not even the deaths of what was recorded."""
        self.end = len(self.log)

    def forget(self) -> None:
        """Nobody will ask for anything: let go of all that leads back to the recorder, so that it is gone, too."""
        for forget in self.on_forget:
            forget()
        self.log.clear()
        lock = self.lock
        vars(self).clear()
        self.lock = lock  # a fork asks for it, where somebody still holds the recorder

    def died(self, ref: Ref[Any]) -> list[Any]:
        what, id_, _, address = self.refs.pop(id(ref), ("", 0, None, 0))
        if not what:
            return []
        told = [ev.Freed(what, id_)]
        if what == "tensor":
            known = self.tensors.pop(id_)
            self.storages.get(known.storage, set()).discard(id_)
            accumulator = self.accumulators.pop(id_, None)
            if accumulator is not None:
                told.append(ev.Freed("node", accumulator))
        elif what == "node":
            self.nodes.pop(address, None)
            self.edges.pop(id_, None)
        elif what == "storage":
            self.storages.pop(id_, None)
            if address in self.roots and self.roots[address][0] == id_:  # else something new lives there
                del self.roots[address]
        return told

    # ---- first sights

    def id_of(self, tensor: Any) -> int | None:
        """The id of a tensor that was told; None for one that was not."""
        tag = getattr(tensor, "_tag", 0)
        return tag - self.base if self.base < tag < self.top else None

    def told(self, tensor: Any) -> int:
        """The id of a tensor, for somebody who asks from outside; told first, with the graph that it hangs on."""
        with self.lock:
            self.settle()
            return self.tensor(tensor)

    def hears(self, tensor: Any) -> bool:
        """Whether a tensor is of the library that is heard: a program may use both."""
        return hasattr(tensor, "_a")

    def content(self, tensor: Any) -> bytes | None:
        """What a tensor holds; None where nobody can look into it."""
        return probe.array(tensor).tobytes()

    def tensor(self, tensor: Any, op: int | None = None, role: str = "", near: Iterable[Any] = ()) -> int:
        """Its id; told first, with its storage, base and node, where it is new. `near` may share its counter."""
        known = self.id_of(tensor)
        if known is not None:
            return known
        base = tensor._base
        base_id = self.tensor(base) if base is not None else None
        array = probe.array(tensor)
        storage = self.storage(array)
        leaf, requires_grad, node, output = self.place(tensor)
        node_id = self.node(node, op) if node is not None else None
        counter = self.counter(tensor, storage, near)
        tag = self.new_tensor()
        id_ = tag - self.base
        tensor._tag = tag
        shape, stride, offset = tuple(tensor.shape), tuple(tensor.stride()), tensor.storage_offset()
        told = ev.Tensor(
            id_, storage, counter, offset, shape, stride, probe.dtype(tensor), leaf, requires_grad, base_id, node_id,
            output, role or self.role(tensor), probe.version(tensor),
        )  # fmt: skip
        ref = Ref(tensor, self.log.append)
        self.keep(id_, ref, storage, counter, told[7:9] + told[10:12], array.nbytes)
        self.tensors[id_].window = offset, shape, stride, array.dtype
        self.log.append(told)
        return id_

    def role(self, tensor: Any) -> str:
        known = self.buffers.get(id(tensor))
        return "buffer" if known is not None and known() is tensor else probe.role(tensor)

    def met_module(self, module: Any) -> None:
        """A module is called: its buffers, and those of the modules below, are known by their role from now on."""
        for buffer in module.buffers() if hasattr(module, "buffers") else ():
            self.buffers[id(buffer)] = Ref(buffer)

    def keep(self, id_: int, ref: Ref[Any], storage: int, counter: int, place: tuple[Any, ...], nbytes: int) -> None:
        self.refs[id(ref)] = ("tensor", id_, ref, 0)
        self.tensors[id_] = Known(ref, storage, counter, place, nbytes)
        self.storages.setdefault(storage, set()).add(id_)

    def window(self, tensor: Any) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
        """Its shape, offset and strides."""
        return tuple(tensor.shape), tensor.storage_offset(), tuple(tensor.stride())

    def memory(self, tensor: Any) -> tuple[int, int]:
        """The id of a tensor's storage, and how many bytes its elements take."""
        array = probe.array(tensor)
        return self.storage(array), array.nbytes

    def storage(self, array: np.ndarray) -> int:
        """The id of the memory under an array."""
        root = probe.root(array)
        known = self.roots.get(id(root))
        if known is not None and known[1]() is root:
            return known[0]
        id_ = self.new_storage()
        device, simulated = probe.device(array)
        self.keep_root(id_, root)
        self.log.append(ev.Storage(id_, root.nbytes, device, simulated))
        return id_

    def keep_root(self, id_: int, root: np.ndarray) -> None:
        ref = Ref(root, self.log.append)
        self.refs[id(ref)] = ("storage", id_, ref, id(root))
        self.roots[id(root)] = (id_, ref)
        self.storages[id_] = set()

    def counter(self, tensor: Any, storage: int, near: Iterable[Any] = ()) -> int:
        """The id of its version counter. A tensor that has none yet gets an id for the one it would have."""
        cell = tensor._v
        if cell is None or not probe.counted(tensor):
            return self.new_counter()
        known = getattr(cell, "_tag", 0)
        if self.base < known < self.top:
            return known - self.base
        id_ = None
        for other in itertools.chain(near, [self.tensors[t].ref() for t in self.storages[storage]]):
            if other is not None and other is not tensor and other._v is cell:
                other_id = self.id_of(other)
                if other_id is not None:
                    id_ = self.tensors[other_id].counter
                    break
        id_ = id_ or self.new_counter()
        cell._tag = self.base + id_
        return id_

    def node_id(self, node: Any) -> int | None:
        """The id of a node that was told; None for one that was not."""
        known = self.nodes.get(getattr(node, "_tag", 0))
        if known is None:
            variable = probe.variable(node)
            leaf = self.id_of(variable) if variable is not None else None
            known = self.accumulators.get(leaf) if leaf is not None else None
        return known

    def node(self, node: Any, op: int | None = None) -> int:
        """Its id; told first, with every node that it leads to, where it is new."""
        todo = [node]
        while todo:
            here = todo[-1]
            if self.node_id(here) is not None:
                todo.pop()
                continue
            before = [n for n, _ in here.next_functions if n is not None and self.node_id(n) is None]
            if before:
                todo += reversed(before)
                continue
            todo.pop()
            self.tell_node(here, op)
        found = self.node_id(node)
        assert found is not None
        return found

    def tell_node(self, node: Any, op: int | None) -> None:
        variable = probe.variable(node)
        leaf = self.tensor(variable) if variable is not None else None
        saved = []
        kept: dict[int, int] = {}
        for field, tensor, array, cell, version in node.saved() if leaf is None else ():
            tensor_id = self.id_of(tensor) if tensor is not None else None  # one never told is the op's own copy
            if tensor_id is None and not isinstance(array, np.ndarray):
                continue  # a hook put it away
            if tensor_id is not None:
                storage, counter = self.tensors[tensor_id].storage, self.tensors[tensor_id].counter
            else:
                storage = self.storage(array)
                counter = self.counter_behind(cell, storage)
            saved.append((field, tensor_id, storage, counter, version))
            kept[storage] = max(kept.get(storage, 0), array.nbytes)
        edges = tuple([None if n is None else (self.node_id(n) or 0, nr) for n, nr in node.next_functions])
        id_ = self.new_node()
        if leaf is None:
            node._tag = tag = self.new_node_tag()
            self.keep_node(tag, id_, Ref(node, self.log.append))
        else:  # an AccumulateGrad object may come and go; what it stands for lives as long as its leaf
            self.accumulators[leaf] = id_
        self.edges[id_] = edges
        told = ev.Node(id_, short(node.name()), op, edges, tuple(saved), sum(kept.values()), leaf)
        (self.log if op is None or op <= self.last_op else self.aside).append(told)

    def counter_behind(self, cell: Any, storage: int) -> int:
        """The id of the counter of something saved: that of the tensors told before which have the same one."""
        known = getattr(cell, "_tag", 0)
        if self.base < known < self.top:
            return known - self.base
        living = [(self.tensors[t], self.tensors[t].ref()) for t in self.storages.get(storage, ())]
        own = [told.counter for told, tensor in living if tensor is not None and tensor._v is cell]
        counter = own[0] if own else self.new_counter()
        cell._tag = self.base + counter
        return counter

    def tell_op(self, op: ev.Op) -> None:
        """An op, and after it the nodes that it made."""
        self.log += [op, *self.aside]
        self.last_op = op.id
        self.aside.clear()

    def keep_node(self, tag: int, id_: int, ref: Ref[Any]) -> None:
        self.nodes[tag] = id_
        self.refs[id(ref)] = ("node", id_, ref, tag)

    # ---- values

    def show(self, storage: int) -> None:
        """Tell what a storage contains now: every element, or a picture of each of the living tensors on it."""
        tensors = [(t, self.tensors[t].ref()) for t in sorted(self.storages.get(storage, ()))]
        tensors = [(t, tensor) for t, tensor in tensors if tensor is not None]
        if not tensors:
            return
        root = probe.root(probe.array(tensors[0][1]))
        if root.size <= values.CELLS:
            flat = root.view(np.ndarray).ravel("K")
            self.log.append((CELLS, storage, flat.view(probe.array(tensors[0][1]).dtype).copy()))
            return
        for id_, tensor in tensors[-FRESH:]:
            self.picture(id_, probe.array(tensor))

    def picture(self, id_: int, array: np.ndarray) -> None:
        sample = values.sample(array.view(np.ndarray))
        if sample is not None:
            self.log.append((THUMB, id_, sample))

    def tell_cells(self, note: tuple[Any, ...]) -> Iterable[Any]:
        return (ev.Cells(note[1], values.numbers(note[2])),)

    def tell_thumb(self, note: tuple[Any, ...]) -> Iterable[Any]:
        return (ev.Thumb(note[1], *values.picture_of(note[2])),)

    # ---- changes of place

    def place(self, tensor: Any) -> tuple[bool, bool, Any, int]:
        """`probe.place`, also of a view whose history may not be asked for, since its base was written to."""
        try:
            return probe.place(tensor)
        except RuntimeError:
            return False, True, None, 0

    def replaced(self, tensor: Any, why: str, op: int | None = None, source: int | None = None) -> None:
        """Tell how a tensor stands in the graph now, if that is not how it stood."""
        id_ = self.tensor(tensor, op)
        leaf, requires_grad, node, output = self.place(tensor)
        place = (leaf, requires_grad, self.node(node, op) if node is not None else None, output)
        known = self.tensors[id_]
        if known.place != place or why == "retain_grad":
            known.place = place
            self.log.append(ev.Rewire(id_, why, *place, source))

    # ---- names

    def name_tensors(self, namespaces: Iterable[Mapping[str, Any]], unseen: bool = True, modules: bool = True) -> None:
        """Look through the user's variables and tell which names changed hands. With `unseen`, tensors that nothing
        was told of yet are told now. Without `modules`, modules that were looked into before are passed over."""
        with self.lock:
            if unseen:
                self.settle()
            some = [variable for namespace in namespaces for variable in variables(namespace)]
            holders = {name: id(value) for name, value, what in some if what == "module"}
            modules, self.holders = modules or holders != self.holders, holders
            found: dict[str, int] = {}
            for name, tensor, role in tensors_named(some, modules):
                if not self.hears(tensor):
                    continue
                id_ = self.id_of(tensor)
                if id_ is None and unseen and not getattr(tensor, "_tag", 0):
                    id_ = self.tensor(tensor, role=role)
                    self.show(self.tensors[id_].storage)
                if id_ is not None:
                    found.setdefault(name, id_)
            if found == self.names:
                return
            for name in [n for n in self.names if n not in found and (modules or "." not in n)]:
                self.call(name, None)
            for name, id_ in found.items():
                self.call(name, id_)

    def call(self, name: str, id_: int | None) -> None:
        if self.names.get(name) != id_:
            if id_ is None:
                del self.names[name]
            else:
                self.names[name] = id_
            self.log.append(ev.Name(name, id_))

    def look(self) -> list[Mapping[str, Any]]:
        """Where the user's variables are: as the session said, or else in the running function and its module."""
        if self.namespaces:
            return list(self.namespaces)
        frame = users_frame(2, self.lines.hidden)
        if frame is None:
            return []
        return [frame.f_locals] if frame.f_locals is frame.f_globals else [frame.f_locals, frame.f_globals]

    # ---- regions

    def turn(self) -> int | None:
        """To the thread that runs: its regions, its passes. The scope that it is in."""
        ident = threading.get_ident()
        with self.lock:
            if self.thread != ident:
                self.thread = 0  # whoever looks without the lock sees that it is not its turn
                self.scopes, self.backwards = self.of_thread.setdefault(ident, ([], []))
                self.scope = self.scopes[-1][1] if self.scopes else None
                self.backward = self.backwards[-1] if self.backwards else 0
                self.thread = ident
            return self.scope

    def enter(
        self, kind: str, label: str, tensors: tuple[int, ...] = (), args: str = "", source: int | None = None
    ) -> int:
        with self.lock:
            self.turn()
            id_ = self.new_scope()
            self.log.append(ev.Scope(id_, kind, label, self.scope, tensors, args, source))
            self.scopes.append((kind, id_))
            self.scope = id_
            return id_

    def leave(self, kind: str) -> None:
        """Leave the innermost region of this kind, and whatever was left open inside of it."""
        with self.lock:
            self.turn()
            if not any(k == kind for k, _ in self.scopes):
                return
            while True:
                found, id_ = self.scopes.pop()
                self.log.append(ev.Leave(id_))
                if found == kind:
                    break
            self.scope = self.scopes[-1][1] if self.scopes else None

    # ---- what goes wrong

    def problem(
        self,
        key: str,
        text: str,
        source: int | None = None,
        tensors: Any = (),
        nodes: Any = (),
        op: int | None = None,
    ) -> None:
        self.log.append(ev.Problem(key, text, tuple(tensors), tuple(nodes), op, source))

    def say_why(self, error: BaseException) -> None:
        """A backward of the program failed: whoever can explain it is asked to, and whatever becomes of that is no
        concern of the program or the recording."""
        if self.explain is not None:
            with contextlib.suppress(Exception):
                self.explain(error)

    def fail(self, error: BaseException) -> None:
        """The recorder itself failed: say so once, in the trace and to the user, and hear nothing more."""
        if self.stopped:
            return
        self.stopped = f"{type(error).__name__}: {error}"
        for told in self.on_stop:
            with contextlib.suppress(Exception):
                told(self.stopped)
        # What could not be made an event is lost; the reason is not.
        with contextlib.suppress(Exception):
            self.settle()
        with contextlib.suppress(Exception):
            self.extend([ev.Problem("recorder", f"Recording stopped. {self.stopped}", (), (), None, None)])
        with contextlib.suppress(Warning):  # where warnings are errors, they are not to be the program's
            warnings.warn(
                f"gradwidget stopped recording: {self.stopped}. Your program goes on.", RuntimeWarning, stacklevel=4
            )


CELLS, THUMB = 50, 51  # sorts of notes: what a storage or a tensor holds
FRESH = 8  # pictures of one storage that are renewed at a write


def short(name: str) -> str:
    return name.removeprefix("torch::autograd::")
