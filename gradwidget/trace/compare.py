"""Whether two traces tell the same story: equal up to ids.

Ids are renamed in the order in which they first appear in each trace; then event is compared with event.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import events as ev

# Of which family the ids are that a field holds. `id` holds that of its own kind.
_FAMILY = {
    **dict.fromkeys(("tensor", "tensors", "base", "inputs", "outputs", "variable", "roots", "grad"), "tensor"),
    **dict.fromkeys(("node", "nodes", "origin"), "node"),
    **dict.fromkeys(("scope", "parent"), "scope"),
    **{family: family for family in ("storage", "counter", "op", "source", "backward")},
}


def canonical(trace: Iterable[Any], ignore: Iterable[str] = ()) -> list[Any]:
    """The events with ids renamed by first appearance, without the kinds in `ignore` and with None for fields in it."""
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

    def renamed(kind: str, field: str, x: Any, event: Any) -> Any:
        if f"{kind}.{field}" in left_out or field in left_out & {"source"}:
            return None
        if field == "id":
            return rename(event.what if kind == "freed" else kind, x)
        if field == "edges":
            return tuple(None if e is None else (rename("node", e[0]), e[1]) for e in x)
        if field == "saved":
            ids = ("tensor", "storage", "counter")
            return tuple((name, *map(rename, ids, places), version) for name, *places, version in x)
        return rename(_FAMILY[field], x) if field in _FAMILY else x

    out = []
    for event in trace:
        kind = ev.kind_of(event)
        if kind not in left_out:
            out.append(type(event)(*[renamed(kind, f, x, event) for f, x in zip(event._fields, event, strict=True)]))
    return out


def compare(
    a: Iterable[Any],
    b: Iterable[Any],
    ignore: Iterable[str] = ("source", "freed"),
    tolerance: float = 1e-4,
    most: int = 20,
) -> list[str]:
    """How two traces differ, in words; an empty list where they do not.

    `ignore` are kinds of events ("thumb") and fields ("op.args") left out; numbers may differ by `tolerance`,
    relatively; at most `most` differences are told, and none after the two are out of step. A trace of the core and one of
    PyTorch are compared as `parity` does, since one call of PyTorch's may be several ops of the core.

    >>> compare(trace, Trace.load("before.gwtrace"), ignore=("source", "freed", "name"))
    ["event 4, tensor.shape: (3,) against (2,)"]
    """
    if {getattr(a, "source", ""), getattr(b, "source", "")} == {"core", "torch"}:
        from .parity import parity

        return parity(a, b, tolerance, most)
    ignore = tuple(ignore)
    first, second = canonical(a, ignore), canonical(b, ignore)
    told = []
    for i, (x, y) in enumerate(zip(first, second, strict=False)):
        if type(x) is not type(y):
            told.append(f"event {i}: {x} against {y}")
            break  # the two are out of step: what follows would differ too
        for name, u, v in zip(x._fields, x, y, strict=True):
            if not (_same_picture(u, v) if name == "values" and type(x) is ev.Thumb else _same(u, v, tolerance)):
                told.append(f"event {i}, {ev.kind_of(x)}.{name}: {u!r} against {v!r}")
        if len(told) >= most:
            return [*told[:most], "..."]
    if len(first) != len(second) and not told:
        longer = first if len(first) > len(second) else second
        told.append(
            f"{len(first)} events against {len(second)}; the first one more is {longer[min(len(first), len(second))]}"
        )
    return told


def _same_picture(u: tuple[Any, ...], v: tuple[Any, ...]) -> bool:
    """The numbers of a picture are rounded to a thousandth of the largest; two that are close may be rounded apart."""
    step = 0.003 * max([abs(x) for x in u if not isinstance(x, str)], default=0)
    return len(u) == len(v) and all(
        x == y if isinstance(x, str) or isinstance(y, str) else abs(x - y) <= step for x, y in zip(u, v, strict=True)
    )


def _same(u: Any, v: Any, tolerance: float) -> bool:
    if isinstance(u, tuple) and isinstance(v, tuple):
        return len(u) == len(v) and all(_same(x, y, tolerance) for x, y in zip(u, v, strict=True))
    if isinstance(u, float) and isinstance(v, (int, float)) or isinstance(v, float) and isinstance(u, (int, float)):
        return abs(u - v) <= tolerance * max(abs(u), abs(v), 1e-6)
    return bool(u == v)
