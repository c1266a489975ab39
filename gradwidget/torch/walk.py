"""What a backward pass can reach, found before it starts where that matters: leaves, inputs, how many edges lead where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .graph import LEAF, Edge, Node, target_of
from .tensor import TENSORS, Tensor


def edges(roots: Any) -> Iterator[Any]:
    """Every edge that a pass from these roots could go along."""
    seen: set[Any] = set()
    stack = [e for e, _, _ in roots]
    while stack:
        e = stack.pop()
        yield e
        n = target_of(e)
        if not isinstance(n, Tensor) and n not in seen:
            seen.add(n)
            stack += [x for x in n.edges() if x is not None]


def leaves(roots: Any) -> Iterator[Tensor]:
    return (target_of(e) for e in edges(roots) if isinstance(e, Tensor))


def meets_hooked_leaf(roots: Any) -> bool:
    return any(leaf._hooks or leaf._post_accumulate or "_accumulator" in leaf.__dict__ for leaf in leaves(roots))


def pending(roots: Any) -> dict[Tensor, int]:
    """How many edges lead into each leaf."""
    counts: dict[Tensor, int] = {}
    seen: set[Any] = set()
    stack: list[Any] = []
    among: Any = [e for e, _, _ in roots]
    while True:  # written out: a watcher pays for this at every backward
        follow: Any = None  # the next, which is one of these where there is a new one
        for e in among:
            if e is None:
                continue
            if type(e) in TENSORS:
                leaf = e if e._stands_for is None else e._stands_for
                counts[leaf] = counts.get(leaf, 0) + 1
                continue
            if type(e) is Edge:
                e = e.node
            if e not in seen:
                seen.add(e)
                if follow is None:
                    follow = e
                else:
                    stack.append(e)
        if follow is None:
            if not stack:
                return counts
            follow = stack.pop()
        among = follow.edges()


def towards(inputs: list[Tensor], roots: list[Any]) -> tuple[dict[Any, list[tuple[int, int]]], set[Any]]:
    """Where the inputs stand (node or leaf -> [(output, position)]), and which nodes lead to them."""
    targets: dict[Any, list[tuple[int, int]]] = {}
    for i, t in enumerate(inputs):
        edge = t._edge()
        if edge is None:  # a view made without recording: it requires grad, but nothing leads to it
            continue
        if isinstance(edge, Edge):
            targets.setdefault(edge.node, []).append((edge.nr, i))
        else:
            targets.setdefault(t if edge is LEAF else target_of(edge), []).append((0, i))
    order: list[Node] = []
    seen: set[Any] = set()
    stack = [target_of(e) for e in roots]
    while stack:
        n = stack.pop()
        if n in seen or isinstance(n, Tensor):
            continue
        seen.add(n)
        order.append(n)
        stack += [target_of(e) for e in n.edges() if e is not None]
    needed: set[Any] = set()
    for n in sorted(order, key=lambda n: n.seq):
        for e in n.edges():
            if e is not None and (target_of(e) in needed or target_of(e) in targets):
                needed.add(n)
                break
    return targets, needed
