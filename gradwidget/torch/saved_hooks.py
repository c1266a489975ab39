"""Saved-tensor hooks: `pack` is given each tensor that a node saves and answers what to keep instead; `unpack` turns that
back when the node needs it.

NOTE [Packed]  A node whose saved tensor is packed has a `Packed` in that tensor's slot. The fast lanes of backward ask for
a `Tensor` of the right version there, so they pass it on to `dispatch.unpack`, which asks the `Packed`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from . import made
from .grad_mode import no_grad
from .graph import FREED_TEXT, LEAF, RELEASED, Edge
from .tensor import Tensor, from_array

Hook = Callable[[Any], Any]

_IN_PLACE = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be modified by in-place "
    "operations as this can lead to unexpected side-effects. Please open an issue if you need to perform in-place operations on the input "
    "to a pack hook."
)


class _Thread(threading.local):
    disabled: str | None = None

    def __init__(self) -> None:
        self.pairs: list[tuple[Hook, Hook]] = []


here = _Thread()
_open = 0  # pairs pushed on all threads
_lock = threading.Lock()


def push(pack: Hook, unpack: Hook) -> None:
    """From now on, on this thread, what nodes save passes through these."""
    global _open
    if here.disabled is not None:
        raise RuntimeError(here.disabled)
    here.pairs.append((pack, unpack))
    with _lock:
        _open += 1
        made.visit(_pack_all)


def pop() -> None:
    global _open
    here.pairs.pop()
    with _lock:
        _open -= 1
        if not _open:
            made.leave(_pack_all)


def _pack_all(node: Any) -> None:
    if not here.pairs:
        return
    pack, unpack = here.pairs[-1]
    for name in (*node.saved_inputs, *node.saved_outputs):
        if isinstance(_saved(node, name), Tensor):
            put(node, name, pack, unpack)


def _saved(node: Any, name: str) -> Any:
    """What lies in a slot, as the tensor that hooks see: an output has the node as its history."""
    kept = getattr(node, name)
    if name in node.saved_outputs and kept is not None and kept is not RELEASED and not isinstance(kept, Packed):
        t = from_array(kept)
        t._v = getattr(node, "c_" + name)
        nr = node.output_names.index(name) if name in node.output_names else 0
        if kept.dtype.kind in "fcV":
            t._node = node if nr == 0 else Edge(node, nr)
        return t
    return kept


def put(node: Any, name: str, pack: Hook, unpack: Hook, bare: bool = False) -> None:
    """Keep what `pack` answers in place of a saved tensor. bare: it is shown without its history."""
    t = _saved(node, name)
    version = t._saved_version()
    with no_grad():
        kept = pack(t.detach() if bare else t)
    if t._saved_version() != version:
        raise RuntimeError(_IN_PLACE)
    packed = Packed(kept, unpack, t)
    setattr(node, name, packed)
    if name in node.saved_outputs:
        packed.nr = node.output_names.index(name) if name in node.output_names else 0
        packed.edge = None  # it is the node itself, which must not be held from here
        setattr(node, "c_" + name, _NEVER)
        setattr(node, "v_" + name, 0)


class _Never:
    """A counter that is at no version, so that whoever compares goes the long way."""

    version = -1


_NEVER = _Never()


class Packed:
    """What `pack` answered, and how to get the tensor back: its history is the one that was saved."""

    __slots__ = ("edge", "kept", "nr", "requires_grad", "unpack_hook")

    def __init__(self, kept: Any, unpack_hook: Hook, t: Tensor) -> None:
        self.kept, self.unpack_hook = kept, unpack_hook
        self.requires_grad = t.requires_grad
        self.nr: int | None = None  # of an output: which; its history is the node that asks
        edge = t._edge()
        self.edge = t if edge is LEAF else edge

    def tensor(self, node: Any) -> Tensor:
        with no_grad():
            found = self.unpack_hook(self.kept)
        if not isinstance(found, Tensor):
            raise TypeError(
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(found).__name__}"
            )
        if found is self.edge:  # a leaf that was kept as it is
            return found
        t = from_array(found._a)
        t._v = found._v
        if not self.requires_grad:
            t._node = None
        elif self.nr is not None:
            t._node = node if self.nr == 0 else Edge(node, self.nr)
        elif isinstance(self.edge, Tensor):
            t._node = LEAF
            t._stands_for = self.edge
        else:
            t._node = self.edge
        return t


class SavedTensor:
    """What a node saved, as `node._raw_saved_<name>` shows it."""

    __slots__ = ("_name", "_node")

    def __init__(self, node: Any, name: str) -> None:
        self._node, self._name = node, name

    def register_hooks(self, pack_hook: Hook, unpack_hook: Hook) -> None:
        """Pack this one saved tensor. Raises where nothing is saved (any more) or it has hooks already."""
        if not callable(pack_hook) or not callable(unpack_hook):
            raise TypeError(
                "register_hooks(): incompatible function arguments. The following argument types are supported:\n"
                "    1. (self: torch._C._autograd.SavedTensor, arg0: collections.abc.Callable, arg1: collections.abc.Callable) -> None"
            )
        kept = getattr(self._node, self._name)
        if kept is RELEASED:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor after it has been freed. "
                + FREED_TEXT.partition(
                    " a second time (or directly access saved tensors after they have already been freed). "
                )[2].replace("saved tensors after", "saved variables after")
            )
        if kept is None:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        if isinstance(kept, Packed):
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is allowed at a time."
            )
        put(self._node, self._name, pack_hook, unpack_hook, bare=True)

    @property
    def data(self) -> Any:
        """What `pack` answered."""
        kept = getattr(self._node, self._name)
        return kept.kept if isinstance(kept, Packed) else kept

    @property
    def unpack_hook(self) -> Any:
        kept = getattr(self._node, self._name)
        return kept.unpack_hook if isinstance(kept, Packed) else None

    def unpack(self) -> Any:
        return self._node._saved(self._name.rstrip("_"))
