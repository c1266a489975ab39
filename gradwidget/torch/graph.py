"""The autograd graph: nodes, their edges, and what they saved.

NOTE [What holds what]  A tensor holds its node; a node holds its edges (older nodes, or the leaf tensor itself where the
edge ends in one) and what it saved. A saved *input* is the tensor object, as in PyTorch; a saved *output* is its array
and counter, never the tensor, since the tensor holds the node. So a graph is freed by reference counts alone.
An `AccumulateGrad` object is only a face of its leaf, made when somebody asks for one.

NOTE [No __getattr__]  Neither nodes nor tensors have one: in a class that has, Python looks up every slot the long way,
which takes three times as long, and slots are looked at a dozen times for each op. So what they show besides are
properties, made for each class.
"""

from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

next_sequence = itertools.count(1).__next__

FREED_TEXT = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)


class _Released:
    """Stands where a saved tensor was; whoever reaches for the tensor's parts gets the error."""

    @property
    def _v(self) -> Any:
        raise RuntimeError(FREED_TEXT)

    version = _a = _v


RELEASED = _Released()


class _Leaf:
    """In a tensor's `_node`: a leaf that collects a gradient."""

    def __repr__(self) -> str:
        return "LEAF"


class _Stale:
    """In a view's `_node`: its base was written since, so that the history is made anew when asked for; or there never was
    one, since the view requires grad only because its base does (views.regenerate)."""

    def __repr__(self) -> str:
        return "STALE"


backward: Callable[..., None]  # autograd.backward, put here by it, for tensors to call
LEAF = _Leaf()
STALE = _Stale()


class Edge:
    """An edge to another than the first output of a node. (To the first, the node itself serves as the edge.)"""

    __slots__ = ("node", "nr")

    def __init__(self, node: Node, nr: int) -> None:
        self.node = node
        self.nr = nr


class RemovableHandle:
    """What registering a hook answers: `remove()` takes the hook away; as a context manager, at its end."""

    _ids = itertools.count().__next__

    def __init__(self, hooks: OrderedDict[int, Any], on_remove: Callable[[], None] | None = None) -> None:
        self.id = RemovableHandle._ids()
        self.hooks_dict_ref = weakref.ref(hooks)
        self.on_remove = on_remove

    def remove(self) -> None:
        hooks = self.hooks_dict_ref()
        if hooks is not None:
            hooks.pop(self.id, None)
        if self.on_remove is not None:
            self.on_remove()

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: Any) -> None:
        self.remove()


class Hooks(OrderedDict):  # type: ignore[type-arg]
    """Hooks by handle id, in the order of registration. (A subclass, since a plain one takes no weak reference.)"""

    on_a_leaf = False  # whether anybody ever hooked a leaf or its accumulator: then it matters when leaves are filled

    def add(self, hook: Callable[..., Any], on_remove: Callable[[], None] | None = None) -> RemovableHandle:
        handle = RemovableHandle(self, on_remove)
        self[handle.id] = hook
        return handle


class Node:
    """One step of backward. Subclasses, one per kind of op, are made by `ops.generate`.

    `apply(grad)` turns the gradient of the output (a list of them where there are several outputs) into a tuple of
    gradients, one per edge, on arrays; `apply_graph` does the same on tensors, so that it is recorded itself.
    """

    __slots__ = ("seq", "_tag", "__weakref__", "__dict__")

    outputs = 1
    takes_none = False  # whether it runs where nothing but None came (custom functions make zeros of it)
    edge_slots: tuple[str, ...] = ()
    saved_inputs: tuple[str, ...] = ()  # slots that hold a tensor, with its version in v_<name>
    saved_outputs: tuple[str, ...] = ()  # slots that hold an array, with c_<name> and v_<name>
    saved_plain: tuple[str, ...] = ()
    saved_lists: tuple[str, ...] = ()  # slots that hold tensors, with their versions in v_<name>
    label = ""
    pre: Any = None  # PreHooks: what runs on the incoming gradients
    post: Hooks | None = None
    op_name = ""
    through_view: Any = None  # of what was written into a view: weak reference to that view, whose history is another
    output_names: tuple[str, ...] = ("result",)

    def edges(self) -> tuple[Any, ...]:
        return tuple([getattr(self, slot) for slot in self.edge_slots])

    def apply(self, grad: Any) -> tuple[Any, ...]:
        raise NotImplementedError

    def apply_graph(self, grad: Any) -> tuple[Any, ...]:
        raise NotImplementedError

    def release(self) -> None:
        """Drop the saved tensors; a later backward through here fails."""
        for name in self.saved_inputs:
            setattr(self, name, RELEASED)
        for name in self.saved_outputs:
            setattr(self, name, RELEASED)
            setattr(self, "c_" + name, RELEASED)

    # ---- as people look at it

    def name(self) -> str:
        return self.label or type(self).__name__

    def _note_hook(self) -> None:
        if isinstance(self, AccumulateGrad):
            Hooks.on_a_leaf = True

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        return tuple([as_function(e) for e in self.edges()])

    @property
    def metadata(self) -> dict[str, Any]:
        return self.__dict__.setdefault("_metadata", {})

    def _sequence_nr(self) -> int:
        return self.seq

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_inputs, grad_outputs)` after this node ran; it may answer replacements for grad_inputs."""
        self._note_hook()
        if self.post is None:
            self.post = Hooks()
        return self.post.add(hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_outputs)` before this node runs; it may answer replacements."""
        self._note_hook()
        return self.pre_hooks().node.add(hook)

    def pre_hooks(self) -> PreHooks:
        if self.pre is None:
            self.pre = PreHooks()
        return self.pre

    def saved(self) -> Iterator[tuple[str, Any, Any, Any, int]]:
        """What is saved: (field, tensor or None, array, counter, version)."""
        for name in self.saved_inputs:
            t = getattr(self, name, None)
            if hasattr(t, "_version_counter"):  # neither released, nor None, nor a number in a tensor's place
                yield name.rstrip("_"), t, t._a, t._version_counter(), getattr(self, "v_" + name)
        for name in self.saved_outputs:
            a = getattr(self, name, None)
            if a is not None and a is not RELEASED:
                yield name, None, a, getattr(self, "c_" + name), getattr(self, "v_" + name)
        for name in self.saved_lists:
            tensors = getattr(self, name, None)
            for t, version in zip(tensors, getattr(self, "v_" + name)) if isinstance(tensors, tuple) else ():
                if hasattr(t, "_version_counter"):
                    yield name, t, t._a, t._version_counter(), version

    @classmethod
    def show_saved(cls) -> None:
        """Make attributes of what nodes of this class save: `_saved_<name>`, and `_raw_saved_<name>` of tensors."""
        for slot in (*cls.saved_inputs, *cls.saved_outputs, *cls.saved_plain, *cls.saved_lists):
            name = "self" if slot == "self_" else slot
            setattr(cls, "_saved_" + name, property(lambda node, name=name: node._saved(name)))  # type: ignore[misc]
            if slot in cls.saved_inputs or slot in cls.saved_outputs:
                setattr(cls, "_raw_saved_" + name, property(lambda node, name=name: node._raw_saved(name)))  # type: ignore[misc]

    def _saved(self, name: str) -> Any:
        from .tensor import Tensor, from_array

        slot = name + "_" if name == "self" else name
        if slot in self.saved_inputs or name in self.saved_outputs:
            value = getattr(self, slot)
            if value is RELEASED:
                raise RuntimeError(FREED_TEXT)
            if hasattr(value, "unpack_hook"):
                return value.tensor(self)
            return value if value is None or isinstance(value, Tensor) else self.output_tensor(value, from_array)
        if slot in self.saved_plain or slot in self.saved_lists:
            if getattr(self, slot) is RELEASED:
                raise RuntimeError(FREED_TEXT)
            return getattr(self, slot)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '_saved_{name}'")

    def _raw_saved(self, name: str) -> Any:
        from .saved_hooks import SavedTensor

        slot = name + "_" if name == "self" else name
        if slot in self.saved_inputs or name in self.saved_outputs:
            return SavedTensor(self, slot if slot in self.saved_inputs else name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '_raw_saved_{name}'")

    def output_tensor(self, array: Any, from_array: Any) -> Any:
        """A saved output as a tensor with this node as its history."""
        t = from_array(array)
        t._node = self
        return t


class PreHooks:
    """What runs on the gradients that reach a node, before it: tensor hooks, node pre-hooks, then retain_grad."""

    __slots__ = ("tensor", "node", "retain")

    def __init__(self) -> None:
        self.tensor: dict[int, Hooks] = {}  # by output
        self.node = Hooks()
        self.retain: dict[int, Any] = {}  # by output: weak reference to the tensor that keeps its grad


class AccumulateGrad(Node):
    """The end of the line: adds what arrives to a leaf's `.grad`."""

    __slots__ = ("variable",)
    label = "torch::autograd::AccumulateGrad"
    seq = (1 << 64) - 1  # type: ignore[assignment]  # runs as soon as it is ready

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def edges(self) -> tuple[Any, ...]:
        return ()


class GradientEdge(NamedTuple):
    """A place where a gradient arrives: a node, and which of its outputs."""

    node: Node
    output_nr: int
    ownership_token: Any = None

    def _edge(self) -> Any:
        """The same as the engine knows it."""
        if isinstance(self.node, AccumulateGrad):
            return self.node.variable
        return Edge(self.node, self.output_nr) if self.output_nr else self.node


def target_of(edge: Any) -> Any:
    """The node, or the leaf, that an edge leads to."""
    if type(edge) is Edge:
        return edge.node
    return edge if isinstance(edge, Node) or edge._stands_for is None else edge._stands_for


def accumulator(leaf: Any) -> AccumulateGrad:
    """The one AccumulateGrad of a leaf, for as long as somebody holds it."""
    ref = leaf.__dict__.get("_accumulator")
    node = ref() if ref is not None else None
    if node is None:
        node = AccumulateGrad(leaf)
        leaf.__dict__["_accumulator"] = weakref.ref(node)
    return node


def as_function(edge: Any) -> tuple[Node | None, int]:
    """An edge as `next_functions` shows it."""
    if edge is None:
        return None, 0
    if isinstance(edge, Node):
        return edge, 0
    if isinstance(edge, Edge):
        return edge.node, edge.nr
    return accumulator(edge), 0
