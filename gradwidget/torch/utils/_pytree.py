"""`torch.utils._pytree`: nested containers and their leaves, under the names that programs borrow from PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..pytree import LEAF, Spec, flatten, unflatten

PyTree, TreeSpec = Any, Spec


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], Spec]:
    """The leaves in order, and the structure they came from."""
    return flatten(tree, is_leaf)


def tree_unflatten(leaves: Any, treespec: Spec) -> Any:
    """The structure with other leaves."""
    return unflatten(list(leaves), treespec)


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The leaves in order."""
    return flatten(tree, is_leaf)[0]


def tree_structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> Spec:
    """The structure without the leaves."""
    return flatten(tree, is_leaf)[1]


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """The same structure, with what `func` makes of each leaf (and of its fellows in further trees)."""
    leaves, spec = flatten(tree, is_leaf)
    return unflatten([func(*group) for group in zip(leaves, *(flatten(r)[0] for r in rests), strict=True)], spec)


def tree_map_only(kinds: Any, func: Callable[[Any], Any], tree: Any) -> Any:
    """As `tree_map`, where a leaf is of one of these types."""
    return tree_map(lambda x: func(x) if isinstance(x, kinds) else x, tree)


def tree_all(predicate: Callable[[Any], bool], tree: Any) -> bool:
    """Whether all leaves are so."""
    return all(map(predicate, flatten(tree)[0]))


def tree_any(predicate: Callable[[Any], bool], tree: Any) -> bool:
    """Whether a leaf is so."""
    return any(map(predicate, flatten(tree)[0]))


__all__ = [
    "LEAF", "PyTree", "TreeSpec", "tree_all", "tree_any", "tree_flatten", "tree_leaves", "tree_map", "tree_map_only",
    "tree_structure", "tree_unflatten",
]  # fmt: skip
