"""Whether two traces tell the same story: equal up to ids.

Ids are renamed in the order in which they first appear in each trace; then event is compared with event.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import events as ev

# which family of ids a field holds; a nested field says it for its parts
_IDS: dict[tuple[str, str], str] = {
    **{(kind, field): family for family, places in {
        "tensor": "tensor.id tensor.base op.inputs op.outputs node.variable write.tensor rewire.tensor reseat.tensor name.tensor "
                  "backward.roots accumulate.tensor accumulate.grad grad.tensor grad.grad thumb.tensor problem.tensors",
        "storage": "storage.id tensor.storage write.storage reseat.storage cells.storage",
        "counter": "tensor.counter write.counter",
        "op": "op.id node.op write.op problem.op",
        "node": "node.id tensor.node rewire.node flow.origin flow.node ran.node accumulate.node backwardend.node release.node problem.nodes",
        "scope": "scope.id scope.parent op.scope leave.scope",
        "source": "source.id op.source backward.source problem.source",
        "backward": "backward.id flow.backward ran.backward accumulate.backward backwardend.backward",
    }.items() for kind, field in (place.split(".") for place in places.split())}
}  # fmt: skip


def canonical(trace: Iterable[Any], ignore: Iterable[str] = ()) -> list[Any]:
    """The events with ids renamed by first appearance, without the kinds in `ignore`."""
    names: dict[tuple[str, int], int] = {}
    counts: dict[str, int] = {}
    left_out = set(ignore)

    def rename(family: str, x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple(rename(family, y) for y in x)
        if x is None:
            return None
        key = (family, x)
        if key not in names:
            counts[family] = names[key] = counts.get(family, 0) + 1
        return names[key]

    out = []
    for event in trace:
        kind = ev.kind_of(event)
        if kind in left_out:
            continue
        fields = {f: rename(_IDS[kind, f], v) if (kind, f) in _IDS else v for f, v in event._asdict().items()}
        if kind == "node":
            fields["edges"] = tuple(None if e is None else (rename("node", e[0]), e[1]) for e in event.edges)
            fields["saved"] = tuple((n, rename("tensor", t), rename("storage", s), rename("counter", c), v) for n, t, s, c, v in event.saved)
        elif kind == "freed":
            fields["id"] = rename(event.what, event.id)
        out.append(type(event)(**fields))
    return out


def compare(a: Iterable[Any], b: Iterable[Any], ignore: Iterable[str] = ("source", "freed"), tolerance: float = 1e-4, most: int = 20) -> list[str]:
    """How two traces differ, in words; an empty list where they do not.

    `ignore` are kinds of events left out; numbers may differ by `tolerance`, relatively; at most `most` differences are told.
    """
    ignore = tuple(ignore)
    first, second = canonical(a, ignore), canonical(b, ignore)
    told = []
    for i, (x, y) in enumerate(zip(first, second)):
        if type(x) is not type(y):
            told.append(f"event {i}: {x} against {y}")
            break  # the two are out of step: what follows would differ too
        for name, u, v in zip(x._fields, x, y):
            if name == "source" and "source" in ignore:
                continue
            if not _same(u, v, tolerance):
                told.append(f"event {i}, {ev.kind_of(x)}.{name}: {u!r} against {v!r}")
        if len(told) >= most:
            return [*told[:most], "..."]
    if len(first) != len(second) and not told:
        longer = first if len(first) > len(second) else second
        told.append(f"{len(first)} events against {len(second)}; the first one more is {longer[min(len(first), len(second))]}")
    return told


def _same(u: Any, v: Any, tolerance: float) -> bool:
    if isinstance(u, tuple) and isinstance(v, tuple):
        return len(u) == len(v) and all(_same(x, y, tolerance) for x, y in zip(u, v))
    if isinstance(u, float) and isinstance(v, (int, float)) or isinstance(v, float) and isinstance(u, (int, float)):
        return abs(u - v) <= tolerance * max(abs(u), abs(v), 1e-6)
    return bool(u == v)
