"""The traces of several ranks as one: each rank a lane, and what they did together one op that joins the lanes.

A collective (an all-reduce, a broadcast) is called by every rank in the same order. The k-th of each rank are one op here,
with the tensors of all ranks as inputs and outputs; what a rank did before its k-th stands before it. Everything of a
rank lies in a scope `rank`, and every id is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .. import events as ev
from .compare import _FAMILY
from .store import Trace

COLLECTIVES = frozenset({"all_reduce", "broadcast", "reduce"})


class MergeError(ValueError):
    """Traces that cannot be ranks of one run; the text says why."""


def merge(traces: Sequence[Trace], labels: Sequence[str] = (), title: str = "") -> Trace:
    """One trace of several ranks.

    labels: what the lanes are called; "rank 0", "rank 1", ... by default. Raises MergeError where the traces are of different
    libraries or called different collectives.

    >>> merged = merge([Trace.load("rank0.gwtrace"), Trace.load("rank1.gwtrace")])
    """
    if not traces:
        raise MergeError("nothing to merge")
    sources = {(t.source, t.source_version) for t in traces}
    if len(sources) > 1:
        raise MergeError(f"the traces come from different libraries: {sorted(sources)}")
    labels = [*labels, *[f"rank {i}" for i in range(len(labels), len(traces))]]
    merged = Trace(source=traces[0].source, source_version=traces[0].source_version, title=title or "ranks")
    merged.extend(_merged([list(t) for t in traces], labels))
    return merged


def _merged(ranks: list[list[Any]], labels: Sequence[str]) -> Iterable[Any]:
    pieces = [_pieces(events) for events in ranks]
    named = [[op.name for op in collectives] for _, collectives in pieces]
    for rank, names in enumerate(named):
        if names != named[0]:
            at = next(
                (i for i, (a, b) in enumerate(zip(names, named[0], strict=False)) if a != b),
                min(map(len, (names, named[0]))),
            )
            raise MergeError(
                f"{labels[rank]} and {labels[0]} part at collective {at + 1}: "
                f"{len(names)} against {len(named[0])} in all, {names[at : at + 1]} against {named[0][at : at + 1]}"
            )
    lanes = [_Lane(i, label) for i, label in enumerate(labels)]
    ids = _Ids()
    for lane in lanes:
        lane.scope = ids.new("scope")
        yield ev.Scope(lane.scope, "rank", lane.label, None)
    for k in range(len(named[0]) + 1):
        for lane, (parts, _) in zip(lanes, pieces, strict=True):
            for event in parts[k]:
                yield lane.renamed(event, ids)
        if k < len(named[0]):
            yield _together([lane.renamed(ops[k], ids) for lane, (_, ops) in zip(lanes, pieces, strict=True)])
            for lane, (_, ops) in zip(lanes, pieces, strict=True):
                lane.same_op(ops[k].id, lanes[0], pieces[0][1][k].id)
    for lane in lanes:
        yield ev.Leave(lane.scope)


def _pieces(events: list[Any]) -> tuple[list[list[Any]], list[ev.Op]]:
    """What a rank did between its collectives, and these."""
    parts: list[list[Any]] = [[]]
    collectives = []
    for event in events:
        if isinstance(event, ev.Op) and event.name in COLLECTIVES:
            collectives.append(event)
            parts.append([])
        else:
            parts[-1].append(event)
    return parts, collectives


def _together(ops: list[ev.Op]) -> ev.Op:
    """One op of all ranks; it has the id of the first."""
    inputs = tuple([t for op in ops for t in op.inputs])
    outputs = tuple([t for op in ops for t in op.outputs])
    return ops[0]._replace(inputs=inputs, outputs=outputs, scope=None)


class _Ids:
    """New ids, counted per family over all ranks."""

    def __init__(self) -> None:
        self.last: dict[str, int] = {}

    def new(self, family: str) -> int:
        self.last[family] = self.last.get(family, 0) + 1
        return self.last[family]


class _Lane:
    """One rank: which ids its own have become."""

    def __init__(self, number: int, label: str) -> None:
        self.number = number
        self.label = label
        self.scope = 0
        self.ids: dict[tuple[str, int], int] = {}

    def id(self, family: str, old: int, ids: _Ids) -> int:
        key = (family, old)
        if key not in self.ids:
            self.ids[key] = ids.new(family)
        return self.ids[key]

    def same_op(self, old: int, other: _Lane, others: int) -> None:
        """What this rank says of its op from now on is said of the other's."""
        self.ids["op", old] = other.ids["op", others]

    def renamed(self, event: Any, ids: _Ids) -> Any:
        kind = ev.kind_of(event)
        values = [self.field(kind, f, x, event, ids) for f, x in zip(event._fields, event, strict=True)]
        return type(event)(*values)

    def field(self, kind: str, field: str, x: Any, event: Any, ids: _Ids) -> Any:
        if field == "name" and kind == "name":
            return f"{x} ({self.label})"
        if field in ("scope", "parent") and x is None and kind in ("op", "scope"):
            return self.scope
        family = None
        if field == "id":
            family = event.what if kind == "freed" else kind
        elif field == "edges":
            return tuple(None if e is None else (self.id("node", e[0], ids), e[1]) for e in x)
        elif field == "saved":
            return tuple(
                (
                    name,
                    None if t is None else self.id("tensor", t, ids),
                    self.id("storage", s, ids),
                    self.id("counter", c, ids),
                    v,
                )
                for name, t, s, c, v in x
            )
        elif field in _FAMILY and not (kind == "scope" and field == "label"):
            family = _FAMILY[field]
        if family is None or x is None:
            return x
        if isinstance(x, tuple):
            return tuple(self.id(family, y, ids) for y in x)
        return self.id(family, x, ids)
