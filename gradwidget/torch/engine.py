"""Backward: gradients from the roots to the leaves.

NOTE [Order]  An edge always leads to a node that is older, so among the nodes that have received something the one with
the highest sequence number has received everything: a heap on sequence numbers is the whole scheduler, and interior
nodes run in PyTorch's order. Leaves are the exception, having no number: PyTorch fills each as soon as nothing more can
arrive. That order is seen only by hooks and by a watcher; for them the edges into leaves are counted beforehand
(`_pending`), otherwise the leaves are filled at the end.

On arrays where nobody will differentiate again, on tensors under `create_graph`.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

import numpy as np

from . import grad_mode, graph, hook_answers, leaf_grad, watch
from .graph import Edge, Node
from .ops.quiet import quiet
from .tensor import Tensor, from_array


def run(
    roots: list[tuple[Any, Any, Tensor]],
    keep_graph: bool,
    create_graph: bool,
    inputs: list[Tensor] | None = None,
    accumulate: bool = True,
) -> list[Any]:
    """Send gradients from `roots` (edge, gradient array or tensor, the root tensor) through the graph.

    With `inputs`, only what leads to them runs; their gradients are accumulated (`accumulate`) or returned, None where
    nothing arrived.
    """
    listener = watch.listener
    if listener is not None:
        listener.backward_begins([t for _, _, t in roots], [g for _, g, _ in roots], keep_graph, create_graph)
    mode = grad_mode._thread.enabled
    grad_mode._set(create_graph)
    task = _Task(keep_graph, create_graph, inputs, accumulate, listener)
    try:
        out = quiet(task.run)(roots)
    except BaseException as error:
        if listener is not None:
            listener.backward_ends(error, task.node)
        raise
    finally:
        grad_mode._set(mode)
    if listener is not None:
        listener.backward_ends(None, None)
    return out


class _Task:
    """One backward pass."""

    def __init__(
        self, keep_graph: bool, create_graph: bool, inputs: list[Tensor] | None, accumulate: bool, listener: Any
    ) -> None:
        self.keep_graph = keep_graph
        self.create_graph = create_graph
        self.inputs = inputs
        self.accumulate = accumulate
        self.listener = listener
        self.node: Any = None  # the one that is running
        self.captured: dict[int, Any] = {}  # position in inputs -> gradient
        self.needed: set[Any] | None = None  # with inputs: what leads to them
        self.targets: dict[Any, list[tuple[int, int]]] = {}  # node or leaf -> [(output, position in inputs)]

    def run(self, roots: list[tuple[Any, Any, Tensor]]) -> list[Any]:
        if self.inputs is not None:
            self._find_targets([e for e, _, _ in roots])
        pending = self._pending(roots) if self._leaf_order_matters(roots) else None
        heap: list[tuple[int, int, Node]] = []
        waiting: dict[Any, Any] = {}  # node -> gradient, or list of them where the node has several outputs
        leaves: dict[Tensor, Any] = {}
        for edge, g, _ in roots:
            self._deliver(None, edge, g, heap, waiting, leaves, pending)
        try:
            self._run_nodes(heap, waiting, leaves, pending)
        except BaseException:
            if pending is None:
                self._fill_complete(heap, leaves)
            raise
        self.node = None
        for leaf in list(leaves):
            self._fill(leaf, leaves.pop(leaf))
        return [self.captured.get(i) for i in range(len(self.inputs or ()))]

    def _run_nodes(self, heap: Any, waiting: Any, leaves: Any, pending: Any) -> None:
        listener, keep, graphs = self.listener, self.keep_graph, self.create_graph
        needed = self.needed
        if needed is None and not graphs:
            self._run_plain(heap, waiting, leaves, pending)
        while heap:
            n = heappop(heap)[2]
            g = waiting.pop(n)
            self.node = n
            if n.pre is not None:
                g = self._pre_hooks(n, g)
            if needed is not None:
                if n in self.targets and not self.accumulate:  # else `retain_grad` has kept it
                    self._capture(n, g)
                if n not in needed:
                    continue
            if g is None:  # a hook took it away
                out: Any = (None,) * len(n.edges())
            else:
                out = n.apply_graph(g) if graphs else n.apply(g)
            if n.post is not None:
                out = self._post_hooks(n, g, out)
            edges = n.edges()
            if needed is not None:
                out = [None if m is None or not self._wanted(m) else g for m, g in zip(edges, out)]
            if listener is not None:
                listener.ran(n, out, not keep)
            if not keep:
                n.release()
            for m, g in zip(edges, out):
                if m is None or (needed is not None and not self._wanted(m)):
                    continue
                if g is None:
                    if pending is not None:
                        self._nothing_arrives(m, leaves, pending)
                    continue
                self._deliver(n, m, g, heap, waiting, leaves, pending)
            del out, g

    def _run_plain(self, heap: Any, waiting: Any, leaves: Any, pending: Any) -> None:
        """The same loop for the ordinary pass: arrays only, all of the graph.

        While a node has one successor and nothing else waits, neither the heap nor the waiting room is used.
        """
        keep, listener = self.keep_graph, self.listener
        follow = follow_g = None
        while True:
            if follow is not None:
                n, g = follow, follow_g
            elif heap:
                n = heappop(heap)[2]
                g = waiting.pop(n)
            else:
                return
            self.node = n
            if n.pre is not None:
                g = self._pre_hooks(n, g)
            out = (None,) * len(n.edges()) if g is None else n.apply(g)  # None: a hook took it away
            if n.post is not None:
                out = self._post_hooks(n, g, out)
            if listener is not None:
                listener.ran(n, out, not keep)
            follow = None
            for m, g in zip(n.edges(), out):
                if m is None:
                    continue
                if g is None:
                    if pending is not None:
                        self._nothing_arrives(m, leaves, pending)
                    continue
                if not isinstance(m, Node):
                    if pending is not None or type(m) is Edge:
                        self._deliver(n, m, g, heap, waiting, leaves, pending)
                    else:
                        leaves[m] = leaves[m] + g if m in leaves else g
                elif m.outputs != 1:
                    self._deliver(n, m, g, heap, waiting, leaves, pending)
                elif m in waiting:
                    waiting[m] = waiting[m] + g
                elif follow is None:
                    follow, follow_g = m, g
                elif m is follow:
                    follow_g = follow_g + g
                else:
                    waiting[m] = g
                    heappush(heap, (-m.seq, id(m), m))
            if not keep:
                n.release()
            if follow is not None and heap and -heap[0][0] > follow.seq:
                waiting[follow] = follow_g
                heappush(heap, (-follow.seq, id(follow), follow))
                follow = None
            del out, g

    # ---- where gradients go

    def _deliver(
        self, origin: Node | None, edge: Any, g: Any, heap: Any, waiting: Any, leaves: Any, pending: Any
    ) -> None:
        if self.listener is not None and origin is None:
            self.listener.flows(None, *graph.as_function(edge), g)
        if isinstance(edge, Tensor):
            leaves[edge] = leaves[edge] + g if edge in leaves else g
            if pending is not None:
                pending[edge] -= 1
                if not pending[edge]:
                    self.node = graph.accumulator(edge) if self.listener is not None else None
                    self._fill(edge, leaves.pop(edge))
            return
        node, nr = (edge.node, edge.nr) if type(edge) is Edge else (edge, 0)
        if node not in waiting:
            if node.outputs == 1:
                waiting[node] = g
            else:
                waiting[node] = slots = [None] * node.outputs
                slots[nr] = g
            heappush(heap, (-node.seq, id(node), node))
        elif node.outputs == 1:
            waiting[node] = waiting[node] + g
        else:
            slots = waiting[node]
            slots[nr] = g if slots[nr] is None else slots[nr] + g

    def _wanted(self, edge: Any) -> bool:
        """With inputs: whether a gradient has to go this way."""
        target = _target_of(edge)
        return target in self.targets or target in self.needed  # type: ignore[operator]

    def _nothing_arrives(self, edge: Any, leaves: Any, pending: Any) -> None:
        if isinstance(edge, Tensor):
            pending[edge] -= 1
            if not pending[edge] and edge in leaves:
                self._fill(edge, leaves.pop(edge))

    def _fill_complete(self, heap: Any, leaves: Any) -> None:
        """A node failed: fill the leaves to which nothing more leads, as PyTorch has by then."""
        left = [(n, None, None) for n in (self.node, *(n for _, _, n in heap)) if n is not None]
        short = set(_leaves(left))
        for leaf in [leaf for leaf in leaves if leaf not in short]:
            self._fill(leaf, leaves.pop(leaf))

    def _fill(self, leaf: Tensor, g: Any) -> None:
        """All of a leaf's gradient is here."""
        wrapped = None
        if leaf._hooks:
            wrapped = self._tensor(g)
            for hook in list(leaf._hooks.values()):
                wrapped = hook_answers.one(hook, wrapped, hook(wrapped))
            g = wrapped if self.create_graph else wrapped._a
        if self.inputs is not None:
            if leaf in self.targets:
                for _, i in self.targets[leaf]:
                    if not self.accumulate:
                        self.captured[i] = self._tensor(g)
            if not self.accumulate or leaf not in self.targets:
                return
        ref = leaf.__dict__.get("_accumulator")
        node = ref() if ref is not None else None
        if node is not None and node.pre is not None:
            g = self._pre_hooks(node, g)
            if g is None:
                return
        if leaf._node is not graph.LEAF:
            return  # it ceased to require grad since
        added = leaf._grad is not None
        leaf_grad.accumulate(leaf, g, self.create_graph)
        if self.listener is not None:
            self.listener.accumulates(leaf, graph.accumulator(leaf), g, added)
        if node is not None and node.post is not None:
            wrapped = self._tensor(g)
            for hook in list(node.post.values()):
                hook((), (wrapped,))
        if leaf._post_accumulate:
            for hook in list(leaf._post_accumulate.values()):
                hook(leaf)

    def _tensor(self, g: Any) -> Any:
        return (
            g
            if isinstance(g, Tensor) or g is None
            else from_array(np.asarray(g) if not isinstance(g, np.ndarray) else g)
        )

    # ---- hooks

    def _pre_hooks(self, n: Node, g: Any) -> Any:
        hooks = n.pre
        grads: Any = [self._tensor(x) for x in (g if n.outputs > 1 else [g])]
        for nr, by_output in list(hooks.tensor.items()):
            for hook in list(by_output.values()):
                if grads[nr] is not None:
                    grads[nr] = hook_answers.one(hook, grads[nr], hook(grads[nr]))
        for hook in list(hooks.node.values()):
            grads = hook_answers.several(hook, tuple(grads), hook(tuple(grads)))
        for nr, ref in hooks.retain.items():
            t = ref()
            if t is not None and grads[nr] is not None:
                kept = grads[nr].clone() if self.create_graph else from_array(grads[nr]._a.copy("C"))
                t._grad = (
                    kept
                    if t._grad is None
                    else (t._grad + kept if self.create_graph else from_array(t._grad._a + kept._a))
                )  # type: ignore[operator]
                if self.listener is not None:
                    self.listener.grad_set(t)
        if not self.create_graph:
            grads = [None if x is None else x._a for x in grads]
        return grads if n.outputs > 1 else grads[0]

    def _post_hooks(self, n: Node, g: Any, out: Any) -> Any:
        incoming = tuple(self._tensor(x) for x in (g if n.outputs > 1 else [g]))
        outgoing = tuple(self._tensor(x) for x in out)
        for hook in list((n.post or {}).values()):
            outgoing = hook_answers.several(hook, outgoing, hook(outgoing, incoming))
        return outgoing if self.create_graph else tuple(None if x is None else x._a for x in outgoing)

    # ---- looking ahead

    def _leaf_order_matters(self, roots: Any) -> bool:
        if self.listener is not None:
            return True
        if not graph.Hooks.on_a_leaf:  # saves a walk over the whole graph
            return False
        return any(leaf._hooks or leaf._post_accumulate or "_accumulator" in leaf.__dict__ for leaf in _leaves(roots))

    def _pending(self, roots: Any) -> dict[Tensor, int]:
        """How many edges lead into each leaf."""
        counts: dict[Tensor, int] = {}
        stack = [_target_of(e) for e, _, _ in roots]
        seen: set[Any] = set()
        while stack:
            n = stack.pop()
            if isinstance(n, Tensor):
                counts[n] = counts.get(n, 0) + 1
                continue
            for e in n.edges():
                if e is None:
                    continue
                m = e.node if type(e) is Edge else e
                if m not in seen:
                    if isinstance(m, Node):
                        seen.add(m)
                    stack.append(m)
        return counts

    def _find_targets(self, roots: list[Any]) -> None:
        """Which nodes lead to the inputs."""
        assert self.inputs is not None
        for i, t in enumerate(self.inputs):
            edge = t._edge()
            if isinstance(edge, Edge):
                self.targets.setdefault(edge.node, []).append((edge.nr, i))
            else:
                self.targets.setdefault(t if edge is graph.LEAF else edge, []).append((0, i))
        order: list[Node] = []
        seen: set[Any] = set()
        stack = [_target_of(e) for e in roots]
        while stack:
            n = stack.pop()
            if n in seen or isinstance(n, Tensor):
                continue
            seen.add(n)
            order.append(n)
            stack += [_target_of(e) for e in n.edges() if e is not None]
        needed: set[Any] = set()
        for n in sorted(order, key=lambda n: n.seq):
            for e in n.edges():
                if e is not None and (_target_of(e) in needed or _target_of(e) in self.targets):
                    needed.add(n)
                    break
        self.needed = needed

    def _capture(self, n: Node, g: Any) -> None:
        assert self.inputs is not None
        for nr, i in self.targets[n]:
            value = self._tensor(g[nr] if n.outputs > 1 else g)
            if value is None:
                continue
            self.captured[i] = value


def _target_of(edge: Any) -> Any:
    return edge.node if type(edge) is Edge else edge


def _edges(roots: Any) -> Any:
    """Every edge that a pass could go along."""
    seen: set[Any] = set()
    stack = [e for e, _, _ in roots]
    while stack:
        e = stack.pop()
        yield e
        n = _target_of(e)
        if not isinstance(n, Tensor) and n not in seen:
            seen.add(n)
            stack += [x for x in n.edges() if x is not None]


def _leaves(roots: Any) -> Any:
    return (e for e in _edges(roots) if isinstance(e, Tensor))


def _calibrate() -> None:
    """Measure, once, the references that this way to `leaf_grad.accumulate` holds."""
    leaf = from_array(np.zeros(1))
    leaf._node = graph.LEAF
    leaves = {leaf: np.zeros(1)}
    task = _Task(False, False, None, True, None)
    for key in list(leaves):
        task._fill(key, leaves.pop(key))
    assert leaf_grad._alone is not None


_calibrate()
