"""Nested tuples, lists and dictionaries: taken apart into their leaves and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


class Spec:
    """The structure without the leaves."""

    __slots__ = ("children", "keys", "kind")

    def __init__(self, kind: Any, keys: Any = None, children: tuple[Spec, ...] = ()) -> None:
        self.kind, self.keys, self.children = kind, keys, children

    @property
    def count(self) -> int:
        return 1 if self.kind is None else sum(c.count for c in self.children)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spec) and (self.kind, self.keys, self.children) == (
            other.kind,
            other.keys,
            other.children,
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if self.kind is None:
            return "*"
        inner = ",\n  ".join(repr(c).replace("\n", "\n  ") for c in self.children)
        return f"TreeSpec({self.kind.__name__}, {self.keys}, [{inner}])"


LEAF = Spec(None)


def _parts(tree: Any) -> tuple[Any, Any, list[Any]] | None:
    if isinstance(tree, dict):
        return type(tree), list(tree), list(tree.values())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree), None, list(tree)
    if type(tree) in (tuple, list):
        return type(tree), None, list(tree)
    return None


def flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], Spec]:
    """The leaves in order, and the structure they came from. is_leaf: what is not to be taken apart."""
    parts = None if is_leaf is not None and is_leaf(tree) else _parts(tree)
    if parts is None:
        return [tree], LEAF
    kind, keys, members = parts
    leaves: list[Any] = []
    children = []
    for member in members:
        found, spec = flatten(member, is_leaf)
        leaves += found
        children.append(spec)
    return leaves, Spec(kind, keys, tuple(children))


def unflatten(leaves: Iterable[Any], spec: Spec) -> Any:
    """The structure with these leaves."""
    return _build(iter(leaves), spec)


def _build(leaves: Iterator[Any], spec: Spec) -> Any:
    if spec.kind is None:
        return next(leaves)
    members = [_build(leaves, child) for child in spec.children]
    if spec.keys is not None:
        return spec.kind(zip(spec.keys, members))
    return spec.kind(*members) if hasattr(spec.kind, "_fields") else spec.kind(members)


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same structure with `function` of each leaf."""
    leaves, spec = flatten(tree)
    return unflatten([function(leaf) for leaf in leaves], spec)


def spread(tree: Any, spec: Spec) -> list[Any] | None:
    """One leaf of `tree` for each leaf of `spec`: a leaf that stands where `spec` goes deeper counts for all below it. None
    where the structures do not match."""
    if spec.kind is None:
        return [tree] if _parts(tree) is None else None
    parts = _parts(tree)
    if parts is None:
        return [tree] * spec.count
    if len(parts[2]) != len(spec.children) or parts[0] is not spec.kind or parts[1] != spec.keys:
        return None
    out: list[Any] = []
    for member, child in zip(parts[2], spec.children):
        found = spread(member, child)
        if found is None:
            return None
        out += found
    return out
