"""How calls of an op come out: which nodes it makes, where their edges lead, what they save.

NOTE [Forms]  What autograd makes of a call follows from the function, from which of its inputs require grad, and from
which class its node is of. The first such call is looked at in full; its form is kept (`Form`), and for later calls only
the classes of their nodes are compared. Under autocast, under hooks on what is saved and for tensors of other classes
forms are not used: there every call is looked at in full.
"""

from __future__ import annotations

from typing import Any

from . import probe
from .from_torch_objects import fields, memory, number_like, saved_by

RESULT, OWN = -1, -2  # stand for the result of the op and for memory of a node's own, where inputs are counted from 0
MOST = 12  # nodes of one call


class Made:
    """One of the nodes that a call makes. `edges`: for each None, ("in", input) or ("made", node of the same call, output);
    `saved`: (field, input or RESULT, whether it is the very tensor rather than a view on its memory); of memory of its own
    (field, OWN, attribute)."""

    __slots__ = ("edges", "kind", "name", "own", "saved", "way")

    def __init__(self, node: Any, way: tuple[int, int]) -> None:
        self.kind = type(node)
        self.name = node.name().removeprefix("torch::autograd::")
        self.way = way  # from which of the nodes met before, by which edge
        self.edges: list[Any] = []
        self.saved: list[tuple[str, int, Any]] = []
        self.own: list[str] = []  # the attributes of what it saved on memory of its own


class Form:
    """What a call makes; the node of its result comes first in `nodes`."""

    __slots__ = ("base", "dims", "nodes", "order", "own", "single")

    def __init__(self, dims: tuple[int, ...]) -> None:
        self.nodes: list[Made] = []
        self.order: list[int] = []  # in which they are told: an edge leads to a node that was told before
        self.base: int | None = None  # the node of a base that nobody else sees, if the result is a view of such a one
        self.own = False  # some node saved memory of its own
        self.single = False  # one node, and nothing of the kind
        self.dims = dims  # of the inputs, where there are inner nodes: `matmul` is made of other nodes for each


def form_of(out: Any, inputs: list[Any]) -> Form | None:
    """The form of a call, read off its result; None where it cannot be told from inputs and result alone."""
    form = Form(tuple([t.dim() for t in inputs]))
    root = out.grad_fn
    if root is None:
        return form
    ends: dict[tuple[int, int], int] = {}
    for i, t in enumerate(inputs):
        if t.requires_grad:
            ends.setdefault((id(t), 0) if t.grad_fn is None else (id(t.grad_fn), t.output_nr), i)
    memories: dict[int, int] = {id(memory(out)): RESULT}
    for i, t in enumerate(inputs):
        memories.setdefault(id(memory(t)), i)
    met: dict[int, int] = {id(root): 0}
    held = [root]
    form.nodes.append(Made(root, (0, 0)))
    for at, node in enumerate(held):  # grows as it runs
        made = form.nodes[at]
        for edge, (fn, nr) in enumerate(node.next_functions):
            if fn is None:
                made.edges.append(None)
                continue
            variable = probe.variable(fn)
            end = ends.get((id(fn), nr) if variable is None else (id(variable), 0))
            if end is not None:
                made.edges.append(("in", end))
                continue
            if variable is not None or len(held) >= MOST:
                return None
            if id(fn) not in met:
                met[id(fn)] = len(held)
                held.append(fn)
                form.nodes.append(Made(fn, (at, edge)))
            made.edges.append(("made", met[id(fn)], nr))
        for field, tensor in saved_by(node):
            same = next((i for i, t in enumerate(inputs) if t is tensor), None)
            if same is not None:
                made.saved.append((field, same, True))
                continue
            where = memories.get(id(memory(tensor)))
            if where is not None:
                made.saved.append((field, where, False))
            elif not number_like(tensor):
                attribute = dict(fields(made.kind)).get(field)
                if attribute is None:
                    return None
                made.saved.append((field, OWN, attribute))
                made.own.append(attribute)
                form.own = True
    base = out._base
    if base is not None and base.grad_fn is not None:
        form.base = met.get(id(base.grad_fn))
    done: set[int] = set()
    todo = [0]
    while todo:
        here = todo[-1]
        before = [e[1] for e in form.nodes[here].edges if e is not None and e[0] == "made" and e[1] not in done]
        if before:
            todo += reversed(before)
            continue
        todo.pop()
        if here not in done:
            done.add(here)
            form.order.append(here)
    form.single = len(form.nodes) == 1 and not form.own
    return form
