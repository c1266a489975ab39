"""Ids for what real PyTorch makes.

NOTE [Telling objects apart]  Nothing is written onto a tensor, since its `__dict__` is saved and copied with it. A
tensor is found by its address and a weak reference that still leads to it; a storage likewise, whose Python object
PyTorch keeps for as long as the memory. The Python object of an autograd node comes and goes, but `node.metadata`
stays: a mark there is what a node is known by, and when the mark dies the node has died.

NOTE [Version counters]  PyTorch says how often memory was written, not who shares the counter. A tensor shares that of
its base, and of the tensor that it was made from if both lie on one storage; only `.data` begins a new one.
"""

from __future__ import annotations

import itertools
import math
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import get_ident
from typing import Any

import torch

from .. import events as ev
from . import from_torch_values as contents
from . import probe, values
from .recorder import CELLS, FRESH, THUMB, Recorder, Ref, short

quiet = torch._C.DisableTorchFunction  # what we ask of a tensor goes past every mode


class Living(weakref.ref[Any]):
    """A tensor that was told of, for as long as it lives: a reference that knows its id, and its version as last told
    (-1: it must be looked at in full)."""

    __slots__ = ("id", "version")
    id: int
    version: int


def living(tensor: Any, dead: Callable[[Any], Any], id_: int, version: int) -> Living:
    known = Living(tensor, dead)
    known.id, known.version = id_, version
    return known


def marked(node: Any, key: str, id_: int) -> Mark:
    """The mark that a node gets."""
    mark = node.metadata[key] = Mark()
    mark.id = id_
    return mark


class Mark:
    """Stands in a node's metadata for the node."""

    __slots__ = ("__weakref__", "id")
    id: int  # set by whoever makes one: an `__init__` would take longer than all the rest


class TorchRecorder(Recorder):
    """A recorder whose tensors are PyTorch's own. `values`: on which devices it looks into tensors."""

    def __init__(self, *args: Any, devices: tuple[str, ...] = ("cpu",)) -> None:
        super().__init__(*args)
        self.lines.hidden = (*self.lines.hidden, "torch")
        self.devices = devices
        self.cpu = "cpu" in devices
        self.pending *= 10  # one note is many items here
        self.key = f"gradwidget {self.base}"
        self.objects: dict[int, Living] = {}  # tensors by address
        self.versions: dict[int, int] = {}  # of each counter, as last told
        self.beneath: dict[int, int] = {}  # the counter of memory that no tensor told of lies on, by storage
        self.saved: dict[int, tuple[Any, ...]] = {}  # by each living node
        self.hooked: set[int] = set()  # the living nodes that tell when they run
        self.foretold: dict[int, int] = {}  # nodes that views will have when they are asked for them
        self.look_again: Callable[[], None] | None = None  # finds out what was written unheard
        self.own_counter = False  # the op that runs gives its result a counter of its own

    def died(self, ref: Ref[Any]) -> list[Any]:
        what, id_, _, address = self.refs.get(id(ref), ("", 0, None, 0))
        if what == "tensor" and self.objects.get(address) is ref:
            del self.objects[address]
        if what == "node":
            self.saved.pop(id_, None)
            self.hooked.discard(id_)
        elif what == "storage":
            self.beneath.pop(id_, None)
        return super().died(ref)

    def name_tensors(self, namespaces: Iterable[Mapping[str, Any]], unseen: bool = True, modules: bool = True) -> None:
        with quiet():
            if unseen and self.look_again is not None:
                self.look_again()
            super().name_tensors(namespaces, unseen, modules)

    def told(self, tensor: Any) -> int:
        with quiet():
            return super().told(tensor)

    def turn(self) -> int | None:
        """Threads that PyTorch made itself go on with the pass that runs."""
        self.thread = get_ident()
        return self.scope

    def hears(self, tensor: Any) -> bool:
        return isinstance(tensor, torch.Tensor)

    def content(self, tensor: Any) -> bytes | None:
        with quiet():
            return contents.window(tensor).tobytes() if contents.readable(tensor) else None

    # ---- tensors

    def id_of(self, tensor: Any) -> int | None:
        known = self.objects.get(id(tensor))
        return known.id if known is not None and known() is tensor else None

    def tensor(self, tensor: Any, op: int | None = None, role: str = "", near: Iterable[Any] = ()) -> int:
        known = self.id_of(tensor)
        if known is not None:
            return known
        base = tensor._base
        base_id = self.tensor(base) if base is not None else None
        storage = self.storage(tensor)
        leaf, requires_grad, node, output = self.place(tensor)
        node_id = self.node(node, op) if node is not None else None
        version = version_of(tensor)
        counter = self.tensors[base_id].counter if base_id is not None else self.counter(tensor, storage, near)
        self.versions[counter] = max(version, self.versions.get(counter, 0))
        id_ = self.new_tensor() - self.base
        shape, offset, stride = window(tensor)
        told = ev.Tensor(
            id_, storage, counter, offset, shape, stride, probe.dtype(tensor), leaf, requires_grad,
            base_id, node_id, output, role or self.role(tensor), version,
        )  # fmt: skip
        odd = tensor.is_inference() or base is not None and leaf and requires_grad  # a view made under no_grad
        ref = self.objects[id(tensor)] = living(tensor, self.log.append, id_, -1 if odd else version)
        self.keep(id_, ref, storage, counter, told[7:9] + told[10:12], math.prod(shape) * tensor.dtype.itemsize)
        self.refs[id(ref)] = ("tensor", id_, ref, id(tensor))
        self.log.append(told)
        return id_

    def window(self, tensor: Any) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
        return window(tensor)

    def memory(self, tensor: Any) -> tuple[int, int]:
        return self.storage(tensor), nbytes(tensor)

    def storage(self, tensor: Any) -> int:
        root = memory(tensor)
        known = self.roots.get(id(root))
        if known is not None and known[1]() is root:
            return known[0]
        id_ = self.new_storage()
        self.keep_root(id_, root)
        size = root.nbytes() if root is not tensor else 0
        self.log.append(ev.Storage(id_, size, str(tensor.device), False))
        return id_

    def noted(self, tensor: Any) -> bool:
        """Whether its memory was only noted, and is yet to be told."""
        known = self.roots.get(id(memory(tensor)))
        return known is not None and known[0] == 0

    def counter(self, tensor: Any, storage: int, near: Iterable[Any] = ()) -> int:
        if not self.own_counter:
            version = version_of(tensor)
            for other in itertools.chain(near, [self.tensors[t].ref() for t in sorted(self.storages[storage])]):
                id_ = self.id_of(other)
                if id_ is not None and self.tensors[id_].storage == storage and version_of(other) == version:
                    return self.tensors[id_].counter
            if storage in self.beneath:
                return self.beneath[storage]
        return self.new_counter()

    def counted(self, tensor: Any) -> None:
        """Its version was told."""
        known = self.objects.get(id(tensor))
        if known is not None and known.version >= 0:
            known.version = version_of(tensor)

    def counter_of(self, tensor: Any) -> int:
        """The id of the counter of a tensor that was told; 0 for one that was not."""
        known = self.tensors.get(self.id_of(tensor) or 0)
        return 0 if known is None else known.counter

    # ---- nodes

    def node_id(self, node: Any) -> int | None:
        mark = node.metadata.get(self.key)
        if mark is not None and mark.id:
            return mark.id
        variable = probe.variable(node)
        leaf = self.id_of(variable) if variable is not None else None
        return self.accumulators.get(leaf) if leaf is not None else None

    def tell_node(self, node: Any, op: int | None) -> None:
        variable = probe.variable(node)
        leaf = self.tensor(variable) if variable is not None else None
        saved = []
        kept: dict[int, int] = {}
        for field, tensor in saved_by(node) if leaf is None else ():
            id_ = self.id_of(tensor)
            if id_ is not None:
                storage, counter = self.tensors[id_].storage, self.tensors[id_].counter
            elif number_like(tensor) and id(memory(tensor)) not in self.roots:
                continue
            else:  # the op's own copy, or its result
                storage = self.storage(tensor)
                counter = self.counter_on(storage)
            saved.append((field, id_, storage, counter, version_of(tensor)))
            kept[storage] = max(kept.get(storage, 0), nbytes(tensor))
        edges = tuple([None if n is None else (self.node_id(n) or 0, nr) for n, nr in node.next_functions])
        id_ = self.new_node()
        if leaf is None:
            self.keep_node(id_, id_, Ref(marked(node, self.key, id_), self.log.append))
        else:
            self.accumulators[leaf] = id_
        self.edges[id_] = edges
        if saved:
            self.saved[id_] = tuple(saved)
        told = ev.Node(id_, short(node.name()), op, edges, tuple(saved), sum(kept.values()), leaf)
        (self.log if op is None or op <= self.last_op else self.aside).append(told)

    def counter_on(self, storage: int) -> int:
        """The counter of memory that a result lies on."""
        living = self.storages.get(storage)
        if living:
            return self.tensors[min(living)].counter
        if storage not in self.beneath:
            self.beneath[storage] = self.new_counter()
        return self.beneath[storage]

    def foretell(self, tensor: int, base: int, op: int | None, source: int | None) -> None:
        """A view whose base was written to has a new history, which PyTorch makes when it is next asked for it."""
        known = self.tensors[tensor]
        before = self.foretold.pop(tensor, None)
        if before is not None:
            self.log.append(ev.Freed("node", before))
        id_ = self.foretold[tensor] = self.new_node()
        known.place = (False, True, id_, 0)
        self.edges[id_] = ((base, 0),)
        self.log.append(ev.Node(id_, "AsStridedBackward0", op, ((base, 0),), (), 0, None))
        self.log.append(ev.Rewire(tensor, "in-place on view", *known.place, source))

    def replaced(self, tensor: Any, why: str, op: int | None = None, source: int | None = None) -> None:
        id_ = self.foretold.pop(self.id_of(tensor) or 0, None)
        if id_ is not None:
            node = self.place(tensor)[2]
            if node is not None and self.node_id(node) is None and node.name() == "AsStridedBackward0":
                self.keep_node(id_, id_, Ref(marked(node, self.key, id_), self.log.append))
        super().replaced(tensor, why, op, source)

    # ---- values

    def show(self, storage: int) -> None:
        living = [(t, self.tensors[t].ref()) for t in sorted(self.storages.get(storage, ()))]
        tensors = [(t, tensor) for t, tensor in living if tensor is not None]
        if not tensors or not self.looks_into(tensors[0][1]):
            return
        first = tensors[0][1]
        if contents.cells(first) <= values.CELLS:
            self.log.append((CELLS, storage, contents.whole(first).copy()))
            return
        for id_, tensor in tensors[-FRESH:]:
            self.picture(id_, tensor)

    def picture(self, id_: int, tensor: Any) -> None:
        sample = values.sample(contents.window(tensor))
        if sample is not None:
            self.log.append((THUMB, id_, sample))

    def looks_into(self, tensor: Any) -> bool:
        return tensor.device.type in self.devices and contents.readable(tensor)


def memory(tensor: Any) -> Any:
    """What owns a tensor's memory: its storage, or itself where it has none of its own."""
    try:
        return tensor.untyped_storage()
    except (NotImplementedError, RuntimeError, ValueError):  # sparse, wrapped, lazy
        return tensor


def number_like(tensor: Any) -> bool:
    """Whether it looks like the tensor that PyTorch makes of a Python number in a call (`x * 2` saves such a one)."""
    return tensor.dim() == 0 and tensor.dtype in (torch.float64, torch.int64, torch.bool, torch.complex128)


def window(tensor: Any) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
    """Shape, offset and strides, as far as there are any."""
    shape: tuple[int, ...] = ()
    try:
        shape = tuple(map(int, tensor.shape))
        if tensor.layout is torch.strided:
            return shape, int(tensor.storage_offset()), tuple(map(int, tensor.stride()))
    except (NotImplementedError, RuntimeError, ValueError):  # lazy, or a size that is not known
        pass
    return shape, 0, ()


def nbytes(tensor: Any) -> int:
    return math.prod(window(tensor)[0]) * tensor.dtype.itemsize


version_of = probe.version


def saved_by(node: Any) -> Iterator[tuple[str, Any]]:
    """The tensors that a node saved, by field, as it holds them: nothing is unpacked, no hook of the user's runs."""
    try:
        many = getattr(node, "_raw_saved_tensors", None)
        if many is not None:
            found = [(f"t{i}", saved) for i, saved in enumerate(many)]
        else:
            found = [(field, getattr(node, attribute)) for field, attribute in fields(type(node))]
    except RuntimeError:  # let go already
        return
    for field, saved in found:
        for i, one in enumerate(saved if isinstance(saved, list | tuple) else (saved,)):
            try:
                tensor = one.data
            except (RuntimeError, AttributeError):
                continue
            if isinstance(tensor, torch.Tensor):
                yield (f"{field}[{i}]" if isinstance(saved, list | tuple) else field), tensor


_known_fields: dict[type, list[tuple[str, str]]] = {}


def fields(kind: type) -> list[tuple[str, str]]:
    """(name, attribute) of what nodes of a class save."""
    found = _known_fields.get(kind)
    if found is None:
        names = [name for name in dir(kind) if name.startswith("_raw_saved_")]
        found = _known_fields[kind] = [(name.removeprefix("_raw_saved_").rstrip("_"), name) for name in names]
    return found
