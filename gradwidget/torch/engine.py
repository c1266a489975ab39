"""Backward: gradients from the roots to the leaves.

NOTE [Order]  An edge always leads to a node that is older, so among the nodes that have received something the one with
the highest sequence number has received everything: a heap on sequence numbers is the whole scheduler, and interior
nodes run in PyTorch's order. Leaves are the exception, having no number: PyTorch fills each as soon as nothing more can
arrive. That order is seen only by hooks and by a watcher; for them the edges into leaves are counted beforehand
(`walk.pending`), otherwise the leaves are filled at the end.

A node to which only None came runs too, as in PyTorch: its hooks see None, and a custom function makes zeros of it.
On arrays where nobody will differentiate again, on tensors under `create_graph`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import numpy as np

from . import anomaly, grad_mode, graph, leaf_grad, node_hooks, walk, watch
from .graph import Edge, Node
from .node_hooks import as_carried, as_tensor
from .ops.quiet import loud_again, quiet_now
from .tensor import TENSORS, Tensor, from_array

Roots = list[tuple[Any, Any, Tensor]]  # edge, gradient (array or tensor), the root tensor


class _Here(threading.local):
    """What runs on this thread."""

    task: Any = None
    depth = 0  # how many backward passes lie within each other


here = _Here()
DEEPEST = 30  # passes within each other on one thread; the next one gets a thread, and with it a stack, of its own


def run(
    roots: Roots,
    keep_graph: bool,
    create_graph: bool,
    inputs: list[Tensor] | None = None,
    accumulate: bool = True,
) -> list[Any]:
    """Send gradients from `roots` through the graph.

    With `inputs`, only what leads to them runs; their gradients are accumulated (`accumulate`) or returned, None where
    nothing arrived.
    """
    if here.depth >= DEEPEST:
        return _on_fresh_thread(lambda: run(roots, keep_graph, create_graph, inputs, accumulate))
    listener = watch.listener
    if listener is not None:
        listener.backward_begins([t for _, _, t in roots], [g for _, g, _ in roots], keep_graph, create_graph)
    task = Task(keep_graph, create_graph, inputs, accumulate, listener)
    mode, outer = grad_mode._thread.enabled, here.task
    grad_mode._set(create_graph)
    here.task = task
    here.depth += 1
    try:
        with_errors = quiet_now()
        try:
            out = task.run(roots)
        finally:
            loud_again(with_errors)
        for callback in task.callbacks:
            callback()
    except BaseException as error:
        if anomaly.enabled and task.node is not None and not task.reported:
            anomaly.report(task.node)
        if listener is not None:
            listener.backward_ends(error, task.node)
        raise
    finally:
        here.depth -= 1
        here.task = outer
        grad_mode._set(mode)
    if listener is not None:
        listener.backward_ends(None, None)
    return out


def _on_fresh_thread(work: Callable[[], Any]) -> Any:
    """Backward within backward within backward ... would run out of stack: go on where the stack is empty."""
    outcome: list[Any] = []
    enabled = grad_mode._thread.enabled

    def go() -> None:
        grad_mode._set(enabled)
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))
        finally:
            grad_mode._set(True)  # the thread ends; nothing of it may count as turned off

    thread = threading.Thread(target=go)
    try:
        thread.start()
    except RuntimeError:  # there are no threads here (a browser): go on as long as the stack lasts
        return work()
    thread.join()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


class Task:
    """One backward pass."""

    node: Any = None  # the one that is running
    reported = False
    callbacks: list[Callable[[], None]] = []
    captured: dict[int, Any] = {}
    targets: dict[Any, list[tuple[int, int]]] = {}
    needed: set[Any] | None = None  # with inputs: what leads to them
    reached: set[Any] | None = None  # see will_run
    pending: dict[Tensor, int] | None = None

    def __init__(
        self, keep_graph: bool, create_graph: bool, inputs: list[Tensor] | None, accumulate: bool, listener: Any
    ) -> None:
        self.keep_graph = keep_graph
        self.create_graph = create_graph
        self.inputs = inputs
        self.accumulate = accumulate
        self.listener = listener
        # where gradients wait
        self.heap: list[tuple[int, Node]] = []
        self.waiting: dict[Any, Any] = {}  # node -> gradient, or list of them where the node has several outputs
        self.leaves: dict[Tensor, Any] = {}

    def run(self, roots: Roots) -> list[Any]:
        self.roots = roots
        if self.inputs is not None:
            self.captured = {}
            self.targets, self.needed = walk.towards(self.inputs, [e for e, _, _ in roots])
        if self.listener is not None or (graph.Hooks.on_a_leaf and walk.meets_hooked_leaf(roots)):
            self.pending = walk.pending(roots)
        plain = self.inputs is None and not self.create_graph and not anomaly.enabled
        self.early = _early_plainly if plain else _early
        for edge, g, _ in roots:
            if self.listener is not None:
                self.listener.flows(None, *graph.as_function(edge), g)
            self._deliver(edge, g)
        try:
            if plain:
                self._run_plain()
            else:
                self._run_all()
        except BaseException:
            if self.pending is None:
                self._fill_complete()
            raise
        self.node = None
        leaves = self.leaves
        if plain:
            while leaves:
                leaf, g = leaves.popitem()
                if leaf._stands_for is not None:
                    leaf = leaf._stands_for
                if leaf._node is not graph.LEAF:
                    _check_no_longer_leaf(leaf)
                elif g is not None:
                    leaf_grad.accumulate(leaf, g, _plainly)
        else:
            for leaf in list(leaves):
                self._fill(leaf, leaves.pop(leaf), _late)
        return [] if self.inputs is None else [self.captured.get(i) for i in range(len(self.inputs))]

    def will_run(self, place: Any) -> bool:
        """Whether this pass comes by a node, or fills a leaf."""
        if self.reached is None:
            reached = {graph.target_of(e) for e in walk.edges(self.roots)}
            if self.needed is not None:
                reached &= {*self.needed, *self.targets}
            self.reached = reached
        return place in self.reached

    # ---- the two loops

    def _run_plain(self) -> None:
        """The ordinary pass: arrays only, all of the graph.

        While a node has one successor and nothing else waits, neither the heap nor the waiting room is used.
        """
        keep, heap, waiting, leaves = self.keep_graph, self.heap, self.waiting, self.leaves
        ran = None if self.listener is None else self.listener.ran
        at_the_end = self.pending is None  # leaves are filled
        follow: Any = None
        follow_g: Any = None
        while True:
            if follow is not None:
                n, g = follow, follow_g
                follow = follow_g = None
            elif heap:
                n = heappop(heap)[1]
                g = waiting.pop(n)
            else:
                return
            self.node = n
            if n.pre is not None:
                g = node_hooks.before(n, g, False)
            out = n.apply(g) if g is not None else self._undefined(n, g)
            if n.post is not None:
                out = node_hooks.after(n, g, out, False)
            if ran is not None:
                ran(n, out, not keep)
            for m, g in zip(n.edges(), out):
                if m is None:
                    continue
                kind = type(m)
                if kind in TENSORS:
                    if at_the_end:
                        have = leaves.get(m)
                        leaves[m] = g if have is None else have if g is None else have + g
                    else:
                        self._deliver(m, g)
                elif g is None or kind is Edge or m.outputs != 1:
                    self._deliver(m, g)
                elif m in waiting:
                    have = waiting[m]
                    waiting[m] = g if have is None else have + g
                elif follow is None:
                    follow, follow_g = m, g
                elif m is follow:
                    follow_g = follow_g + g
                else:
                    waiting[m] = g
                    heappush(heap, (-m.seq, m))
            if not keep:
                n.release()
            if heap and follow is not None and (-heap[0][0] > follow.seq or follow in waiting):
                have = waiting.get(follow)
                if follow not in waiting:
                    heappush(heap, (-follow.seq, follow))
                waiting[follow] = follow_g if have is None else have + follow_g
                follow = follow_g = None
            del out, g

    def _run_all(self) -> None:
        """The same with everything: inputs, a graph of the gradients, anomaly mode."""
        listener, keep, graphs, needed = self.listener, self.keep_graph, self.create_graph, self.needed
        heap, waiting = self.heap, self.waiting
        while heap:
            n = heappop(heap)[1]
            g = waiting.pop(n)
            self.node = n
            if needed is not None and n in self.targets and not self.accumulate:  # else `retain_grad` keeps it
                self._capture(n, g if n in needed or n.pre is None else node_hooks.of_tensors(n, g, graphs))
            if needed is not None and n not in needed:
                if self.accumulate and n.pre is not None:
                    node_hooks.of_tensors(n, g, graphs)
                continue
            if n.pre is not None:
                g = node_hooks.before(n, g, graphs)
            out = self._watched(n, g) if anomaly.enabled else self._applied(n, g)
            if n.post is not None:
                out = node_hooks.after(n, g, out, graphs)
            edges = n.edges()
            if needed is not None:
                out = [h if m is not None and self._wanted(m) else None for m, h in zip(edges, out)]
            if listener is not None:
                listener.ran(n, out, not keep)
            if not keep:
                n.release()
            for m, h in zip(edges, out):
                if m is not None and (needed is None or self._wanted(m)):
                    self._deliver(m, h)
            del out, g

    def _applied(self, n: Node, g: Any) -> Any:
        if g is None or (n.outputs > 1 and all(x is None for x in g)):
            return self._undefined(n, g)
        return n.apply_graph(g) if self.create_graph else n.apply(g)

    def _watched(self, n: Node, g: Any) -> Any:
        """The same in anomaly mode."""
        before, anomaly.running.node = anomaly.running.node, n
        try:
            out = self._applied(n, g)
            if anomaly.check_nan:
                anomaly.refuse_nan(n, out)
        except BaseException:
            self.reported = True
            anomaly.report(n)
            raise
        finally:
            anomaly.running.node = before
        return out

    def _undefined(self, n: Node, g: Any) -> Any:
        """What comes of a node when nothing reached it."""
        if n.takes_none:
            g = [None] * n.outputs if n.outputs > 1 else None
            return n.apply_graph(g) if self.create_graph else n.apply(g)
        return (None,) * len(n.edges())

    # ---- where gradients go

    def _deliver(self, edge: Any, g: Any) -> None:
        if isinstance(edge, Tensor):
            leaves = self.leaves
            if edge._stands_for is not None:
                edge = edge._stands_for
            have = leaves.get(edge)
            leaves[edge] = g if have is None else have if g is None else have + g
            if self.pending is not None:
                self.pending[edge] -= 1
                if not self.pending[edge]:
                    self.node = graph.accumulator(edge) if self.listener is not None else None
                    self._fill(edge, leaves.pop(edge), self.early)
            return
        node, nr = (edge.node, edge.nr) if type(edge) is Edge else (edge, 0)
        waiting = self.waiting
        if node not in waiting:
            waiting[node] = g if node.outputs == 1 else [None] * node.outputs
            heappush(self.heap, (-node.seq, node))
        elif node.outputs == 1:
            have = waiting[node]
            waiting[node] = g if have is None else have if g is None else have + g
        if node.outputs > 1 and g is not None:
            slots = waiting[node]
            slots[nr] = g if slots[nr] is None else slots[nr] + g

    def _wanted(self, edge: Any) -> bool:
        """With inputs: whether a gradient has to go this way."""
        target = graph.target_of(edge)
        return target in self.targets or target in self.needed  # type: ignore[operator]

    def _capture(self, n: Node, g: Any) -> None:
        for nr, i in self.targets[n]:
            value = as_tensor(g if n.outputs == 1 else None if g is None else g[nr])
            if value is not None:
                self.captured[i] = value

    def _fill_complete(self) -> None:
        """A node failed: fill the leaves to which nothing more leads, as PyTorch has by then."""
        left = [(n, None, None) for n in (self.node, *(n for _, n in self.heap)) if isinstance(n, Node)]
        short = set(walk.leaves(left))
        for leaf in [leaf for leaf in self.leaves if leaf not in short]:
            self._fill(leaf, self.leaves.pop(leaf), _late)

    def _fill(self, leaf: Tensor, g: Any, way: leaf_grad.Way) -> None:
        """All of a leaf's gradient is here (None: nothing came)."""
        graphs, listener = self.create_graph, self.listener
        if leaf._hooks:
            way = _shown
            g = as_carried(node_hooks.of_leaf(leaf, as_tensor(g)), graphs)
        if self.inputs is not None:
            if leaf in self.targets and not self.accumulate and g is not None:
                for _, i in self.targets[leaf]:
                    self.captured[i] = as_tensor(g)
            if not self.accumulate or leaf not in self.targets:
                return
        ref = leaf.__dict__.get("_accumulator")
        node = ref() if ref is not None else None
        if node is not None and node.pre is not None:
            way = _shown
            g = node_hooks.before(node, g, graphs)
        if leaf._node is not graph.LEAF:
            _check_no_longer_leaf(leaf)
            return
        if g is not None:
            added = leaf._grad is not None
            if graphs:
                leaf_grad.accumulate_graph(leaf, g)
            else:
                leaf_grad.accumulate(leaf, g, way)
            if listener is not None:
                listener.accumulates(leaf, graph.accumulator(leaf), g, added)
        if leaf._post_accumulate:
            for hook in list(leaf._post_accumulate.values()):
                hook(leaf)
        if node is not None and node.post is not None:
            node_hooks.after(node, g, (), graphs)


def _check_no_longer_leaf(leaf: Tensor) -> None:
    """What was a leaf when the graph was made takes no gradient any more: fine if it just ceased to require grad."""
    if leaf.grad_fn is not None:
        raise RuntimeError("leaf variable has been moved into the graph interior")


_plainly, _early_plainly, _early, _late = (leaf_grad.Way() for _ in range(4))


_shown = leaf_grad.Way()  # to a hook, who may keep it
_shown.alone = 0


class _Fresh(Node):
    """Answers a gradient that nobody else holds."""

    __slots__ = ("leaf",)

    def edges(self) -> tuple[Any, ...]:
        return (self.leaf,)

    def apply(self, grad: Any) -> tuple[Any, ...]:
        return (np.zeros(1),)


def _calibrate() -> None:
    """Go every way to `leaf_grad.accumulate` once, so that each knows the references that its frames hold."""
    for hooked, with_inputs in ((False, False), (True, False), (True, True), (False, True)):
        graph.Hooks.on_a_leaf = hooked
        leaf = from_array(np.zeros(1))
        leaf._node = graph.LEAF
        if hooked:
            leaf._post_accumulate = graph.Hooks()
            leaf._post_accumulate.add(lambda leaf: None)
        made = _Fresh()
        made.seq, made.leaf = graph.next_sequence(), leaf
        Task(False, False, [leaf] if with_inputs else None, True, None).run([(made, np.zeros(1), leaf)])
    graph.Hooks.on_a_leaf = False
    assert None not in [way.alone for way in (_plainly, _early_plainly, _early, _late)]


_calibrate()
