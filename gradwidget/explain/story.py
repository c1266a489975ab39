"""What a trace tells, looked up by id.

A `State` (the fold) says how things stand at one moment. Questions that begin with *why* ask how they came to stand so:
which write, which line, who before whom. A story keeps the events with their places and finds them by id. Each table is
made when it is first asked for, in one pass over the events of its kind (in C, by `map`, where it can be), so that a
question about one tensor of a long trace is answered in milliseconds.

In all tables `index` is the place of an event in the trace.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

import numpy as np

from .. import events as ev

Placed = tuple[int, Any]  # (index, event)
ID = attrgetter("id")
NONE: set[int] = set()
_NUMBERS = {kind: i for i, kind in enumerate(ev.KINDS.values())}


class Table(dict[int, Any]):
    """By id. What a trace never told, since it begins late or is damaged, is looked up as if nothing were known of it;
    `in` and `get` tell whether it was told."""

    def __init__(self, rows: Iterable[tuple[int, Any]], unknown: Callable[[int], Any]) -> None:
        super().__init__(rows)
        self.unknown = unknown

    def __missing__(self, id_: int) -> Any:
        return self.unknown(id_)


class Story:
    """The events of a trace up to `step` (all by default), by id.

    >>> story = Story(trace)
    >>> story.place(3).requires_grad
    True
    """

    def __init__(self, trace: Iterable[Any], step: int | None = None) -> None:
        events = trace[:step] if isinstance(trace, list) else list(trace)[:step]
        self.events = events
        self._kinds = np.frombuffer(bytes(map(_NUMBERS.__getitem__, map(type, events))), np.uint8)
        self._places: dict[type, list[int]] = {}

    def places(self, kind: type) -> list[int]:
        """Where the events of a kind stand."""
        found = self._places.get(kind)
        if found is None:
            found = self._places[kind] = np.flatnonzero(self._kinds == _NUMBERS[kind]).tolist()
        return found

    def all(self, kind: type) -> Iterator[Placed]:
        """The events of a kind, with their places, in order."""
        return zip(self.places(kind), self.each(kind), strict=True)

    def each(self, kind: type) -> Iterator[Any]:
        """The events of a kind, in order."""
        return map(self.events.__getitem__, self.places(kind))

    def _by_id(self, kind: type) -> Iterable[tuple[int, Any]]:
        events = list(self.each(kind))
        return zip(map(ID, events), events, strict=True)

    # ---- things

    @cached_property
    def sources(self) -> dict[int, ev.Source]:
        return dict(self._by_id(ev.Source))

    @cached_property
    def tensors(self) -> dict[int, ev.Tensor]:
        return Table(
            self._by_id(ev.Tensor),
            lambda id_: ev.Tensor(id_, 0, 0, 0, (), (), "?", True, False, None, None, 0, ""),
        )

    @cached_property
    def ops(self) -> dict[int, ev.Op]:
        return Table(self._by_id(ev.Op), lambda id_: ev.Op(id_, "?", (), (), "", "grad", None, None))

    @cached_property
    def op_index(self) -> dict[int, int]:
        return Table(zip(map(ID, self.each(ev.Op)), self.places(ev.Op), strict=True), lambda id_: 0)

    @cached_property
    def nodes(self) -> dict[int, ev.Node]:
        return Table(self._by_id(ev.Node), lambda id_: ev.Node(id_, "?", None, (), (), 0, None))

    @cached_property
    def node_index(self) -> dict[int, int]:
        return Table(zip(map(ID, self.each(ev.Node)), self.places(ev.Node), strict=True), lambda id_: 0)

    @cached_property
    def storages(self) -> dict[int, ev.Storage]:
        return Table(self._by_id(ev.Storage), lambda id_: ev.Storage(id_, 0, "", False))

    @cached_property
    def scopes(self) -> dict[int, ev.Scope]:
        return dict(self._by_id(ev.Scope))

    @cached_property
    def _dead(self) -> dict[str, set[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for what, id_ in self.each(ev.Freed):
            found[what].append(id_)  # a set that grows is slower
        return {what: set(ids) for what, ids in found.items()}

    def dead(self, what: str) -> set[int]:
        """The ids of the tensors, storages or nodes that are no longer alive."""
        return self._dead.get(what, NONE)

    @cached_property
    def released(self) -> dict[int, int]:
        """Node: index at which it last dropped what it had saved."""
        return dict(zip(map(attrgetter("node"), self.each(ev.Release)), self.places(ev.Release), strict=True))

    def alive(self, what: str, id_: int) -> bool:
        return id_ not in self.dead(what)

    @cached_property
    def holding(self) -> list[ev.Node]:
        """The living nodes that still keep what they saved."""
        dead, released = self.dead("node"), self.released
        return [n for n in self.nodes.values() if n.saved and n.id not in dead and n.id not in released]

    # ---- how a tensor stands

    @cached_property
    def rewires(self) -> dict[int, list[Placed]]:
        return _grouped(self.all(ev.Rewire), lambda e: e.tensor)

    @cached_property
    def reseats(self) -> dict[int, list[Placed]]:
        return _grouped(self.all(ev.Reseat), lambda e: e.tensor)

    def place(self, tensor: int, index: int | None = None) -> Any:
        """leaf, requires_grad, node and output of a tensor, now or as they were before an event."""
        found = self.tensors[tensor]
        for i, e in self.rewires.get(tensor, ()):
            if index is not None and i >= index:
                break
            found = e
        return found

    def storage_of(self, tensor: int) -> int:
        moves = self.reseats.get(tensor)
        return moves[-1][1].storage if moves else self.tensors[tensor].storage

    @cached_property
    def _born_on(self) -> tuple[dict[int, int], dict[int, list[int]]]:
        """The last tensor that was made on each storage; the ones before, of the few that have several."""
        storages = list(map(attrgetter("storage"), self.tensors.values()))
        last = dict(zip(storages, self.tensors, strict=True))
        before: dict[int, list[int]] = {}
        for s, t in [(s, t) for s, t in zip(storages, self.tensors, strict=True) if last[s] != t]:
            before.setdefault(s, []).append(t)
        return last, before

    def on_storage(self, storage: int) -> list[int]:
        """The tensors that are windows on a storage, in order of birth."""
        moved = self.reseats
        last, before = self._born_on
        made = [*before.get(storage, ()), last[storage]] if storage in last else []
        found = [t for t in made if t not in moved]
        return sorted([*found, *[t for t in moved if t in self.tensors and self.storage_of(t) == storage]])

    # ---- who made it, who used it

    @cached_property
    def makers(self) -> dict[int, ev.Op]:
        """Tensor: the op that it came out of; not those that wrote to it later."""
        found: dict[int, ev.Op] = {}
        for op in self.each(ev.Op):
            for t in op.outputs:
                if t not in op.inputs and t not in found:
                    found[t] = op
        return found

    @cached_property
    def users(self) -> dict[int, list[ev.Op]]:
        """Tensor: the ops that it went into, in order."""
        found: dict[int, list[ev.Op]] = {}
        for op in self.each(ev.Op):
            for t in op.inputs:
                found.setdefault(t, []).append(op)
        return found

    @cached_property
    def accumulators(self) -> dict[int, int]:
        """Leaf: its AccumulateGrad node."""
        return {e.variable: e.id for _, e in self.all(ev.Node) if e.variable is not None}

    @cached_property
    def node_tensors(self) -> dict[int, list[int]]:
        """Node: the tensors whose grad_fn it is, or once was."""
        found: dict[int, list[int]] = {}
        for t in self.tensors.values():
            if t.node is not None:
                found.setdefault(t.node, []).append(t.id)
        for _, e in self.all(ev.Rewire):
            if e.node is not None:
                found.setdefault(e.node, []).append(e.tensor)
        return found

    # ---- writes and gradients

    @cached_property
    def writes(self) -> dict[int, list[Placed]]:
        """Storage: the writes to it."""
        return _grouped(self.all(ev.Write), lambda e: e.storage)

    @cached_property
    def versions(self) -> dict[int, int]:
        """Counter: where it stands."""
        found: dict[int, int] = {}
        for t in self.tensors.values():
            found[t.counter] = max(found.get(t.counter, 0), t.version)
        for _, e in self.all(ev.Write):
            found[e.counter] = e.after
        return found

    def overwriting(self, counter: int, version: int, before: int | None = None) -> Placed | None:
        """The first write that took a counter past a version (and came before an event)."""
        for i, e in self.all(ev.Write):
            if e.counter == counter and e.after > version and (before is None or i < before):
                return i, e
        return None

    @cached_property
    def accumulated(self) -> dict[int, list[Placed]]:
        """Leaf: the gradients that arrived in it."""
        return _grouped(self.all(ev.Accumulate), lambda e: e.tensor)

    @cached_property
    def grads_set(self) -> dict[int, list[Placed]]:
        """Tensor: the times that its `.grad` was set outside of a backward pass."""
        return _grouped(self.all(ev.Grad), lambda e: e.tensor)

    def grad(self, tensor: int) -> int | None:
        """The tensor that its `.grad` is now."""
        last = max(
            [*self.accumulated.get(tensor, [])[-1:], *self.grads_set.get(tensor, [])[-1:]],
            key=lambda placed: placed[0],
            default=None,
        )
        return None if last is None else last[1].grad

    @cached_property
    def backwards(self) -> dict[int, tuple[int, ev.Backward]]:
        rows = ((e.id, (i, e)) for i, e in self.all(ev.Backward))
        return Table(rows, lambda id_: (len(self.events), ev.Backward(id_, (), False, False, None)))

    @cached_property
    def ends(self) -> dict[int, tuple[int, ev.BackwardEnd]]:
        """Backward: its end."""
        return {e.backward: (i, e) for i, e in self.all(ev.BackwardEnd)}

    @cached_property
    def flows(self) -> dict[int, list[ev.Flow]]:
        """Backward: its flows, in order."""
        found: dict[int, list[ev.Flow]] = {}
        for backward, flows in groupby(self.each(ev.Flow), attrgetter("backward")):
            found.setdefault(backward, []).extend(flows)
        return found

    # ---- names

    @cached_property
    def names(self) -> dict[str, list[tuple[int, int | None]]]:
        """Name: what it referred to from which event on."""
        found: dict[str, list[tuple[int, int | None]]] = {}
        for i, e in self.all(ev.Name):
            found.setdefault(e.name, []).append((i, e.tensor))
        return found

    @cached_property
    def named(self) -> dict[int, list[str]]:
        """Tensor: the names that it ever had, those that still refer to it first."""
        found: dict[int, list[str]] = {}
        for name, history in self.names.items():
            for _, tensor in history:
                if tensor is not None and name not in found.setdefault(tensor, []):
                    found[tensor].append(name)
        for tensor, names in found.items():
            names.sort(key=lambda name: self.names[name][-1][1] != tensor)
        return found

    def bearer(self, name: str, index: int | None = None) -> int | None:
        """The tensor that a name refers to, or referred to last, now or at an event."""
        history = self.names.get(name, [])
        if index is not None:
            earlier = history[: bisect_right(history, index, key=lambda row: row[0])]
            history = earlier or history[:1]
        for _, tensor in reversed(history):
            if tensor is not None:
                return tensor
        return None

    def label(self, tensor: int | None) -> str:
        """What people would call it: a name, or the call that it came out of."""
        if tensor is None or tensor not in self.tensors:
            return "?"
        names = self.named.get(tensor)
        if names:
            return names[0]
        if self.tensors[tensor].role == "grad":
            for leaf, rows in self.accumulated.items():
                if any(e.grad == tensor for _, e in rows):
                    return f"{self.label(leaf)}.grad"
        op = self.makers.get(tensor)
        if op is None:
            return f"t{tensor}"
        inside = ", ".join([(self.named.get(t) or ["…"])[0] for t in op.inputs])
        return f"{op.name}({inside})"

    def line(self, source: int | None) -> ev.Source | None:
        return self.sources.get(source) if source is not None else None

    def line_of(self, tensor: int) -> ev.Source | None:
        """The line that made a tensor."""
        op = self.makers.get(tensor)
        return self.line(op.source) if op is not None else None

    # ---- ways through the graph

    def edges(self, node: int) -> list[int]:
        found = self.nodes.get(node)
        return [] if found is None else [edge[0] for edge in found.edges if edge is not None]

    def under(self, tensors: Iterable[int], index: int | None = None) -> set[int]:
        """The nodes that backward from these tensors would come by, AccumulateGrad nodes included."""
        todo = []
        for t in tensors:
            place = self.place(t, index) if t in self.tensors else None
            if place is not None and place.node is not None:
                todo.append(place.node)
            elif place is not None and place.requires_grad and t in self.accumulators:
                todo.append(self.accumulators[t])
        return self.below(todo)

    def below(self, nodes: Iterable[int]) -> set[int]:
        """These nodes and all that their edges lead to."""
        todo, seen = list(nodes), set(nodes)
        while todo:
            for n in self.edges(todo.pop()):
                if n not in seen:
                    seen.add(n)
                    todo.append(n)
        return seen

    def leaves(self, nodes: Iterable[int]) -> list[int]:
        """The leaves that these nodes fill, in order of birth."""
        return sorted({n.variable for i in nodes if (n := self.nodes.get(i)) is not None and n.variable is not None})

    def ancestors(self, tensor: int) -> set[int]:
        """The tensors from which this one was computed, itself included: by values, whether gradients flow or not."""
        todo, seen = [tensor], {tensor}
        while todo:
            op = self.makers.get(todo.pop())
            for t in op.inputs if op is not None else ():
                if t not in seen:
                    seen.add(t)
                    todo.append(t)
        return seen


def _grouped(placed: Iterable[Placed], key: Any) -> dict[int, list[Placed]]:
    found: dict[int, list[Placed]] = {}
    for i, e in placed:
        found.setdefault(key(e), []).append((i, e))
    return found
