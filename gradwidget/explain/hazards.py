"""Hazards, told at the moment when they arise: a problem event right after the event that brought it about.

A consumer of events that hands on what it gets. What it looks at, it keeps only while it lives: nodes that still hold
something for backward, leaves, optimizers.

    stale-saved          a write to what a living node saved: its backward will fail
    stale-optimizer      the same, by an optimizer's step
    silent-write         a write that the saved tensor's counter does not see (`.data`): its backward will be wrong
    freed-graph          an op on a result whose graph was used up by a backward
    forgotten-zero-grad  a gradient added to one that a step has used already
    no-grad-training     an optimizer stepped without a single gradient
    frozen               an optimizer holds a parameter that does not require grad
    missing-parameter    a parameter got gradients, an optimizer stepped, and none holds it
    revived-leaf         backward from a leaf that was computed where nothing was recorded
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .. import events as ev
from . import words
from .answer import Answer
from .story import Story

KEYS = (
    "stale-saved",
    "stale-optimizer",
    "silent-write",
    "freed-graph",
    "forgotten-zero-grad",
    "no-grad-training",
    "frozen",
    "missing-parameter",
    "revived-leaf",
)


class Hazards:
    """Puts problem events among others.

    >>> hazards = Hazards()
    >>> recorder = Recorder(lambda events: trace.extend(hazards(events)))
    >>> trace.extend(hazards.finish())  # what only shows when nothing follows
    """

    def __init__(self) -> None:
        self.broken = False
        self.names: dict[int, str] = {}
        self.makers: dict[int, ev.Op] = {}  # of living tensors
        self.op: ev.Op | None = None  # the last one
        self.wants: dict[int, bool] = {}  # living leaves: whether they require grad
        self.parameters: set[int] = set()
        self.counters: dict[int, dict[int, int]] = {}  # counter: the nodes that saved something of it, at which version
        self.keepers: dict[int, dict[int, int]] = {}  # storage: the nodes that saved it, with which counter
        self.holds: dict[int, ev.Node] = {}  # living nodes
        self.spent: dict[int, int | None] = {}  # living nodes that were released: the line of the backward
        self.node_tensor: dict[int, int] = {}
        self.graded: dict[int, int] = {}  # leaf: its `.grad`
        self.leaf_on: dict[int, set[int]] = {}  # storage: leaves with a gradient
        self.grad_on: dict[int, int] = {}  # storage of a `.grad`: its leaf
        self.storage: dict[int, int] = {}  # of living tensors
        self.used: set[int] = set()  # leaves whose gradient a step has used
        self.doubled: list[int] = []  # ... and got another one added in this backward
        self.fresh = 0  # leaves that got a first one in this backward
        self.mixed: dict[
            int, int | None
        ] = {}  # leaves whose gradient is such a sum, not told yet: line of the backward
        self.backward: ev.Backward | None = None
        self.scopes: list[ev.Scope] = []
        self.filled: set[int] = set()  # leaves that got a gradient within the optimizer's step (a closure)
        self.held: set[int] = set()  # by any optimizer
        self.unheld: dict[int, None] = {}  # parameters that got gradients and are in no optimizer so far
        self.stepped: int | None = None  # the line of the last step
        self.said: set[Any] = set()

    def __call__(self, events: list[Any]) -> list[Any]:
        """The events, with what is to be said of them. A failure here is nobody else's: it says nothing more."""
        if self.broken:
            return events
        out: list[Any] = []
        try:
            for event in events:
                out.append(event)
                listener = HEAR.get(type(event))
                if listener is not None:
                    told = listener(self, event)
                    if told:
                        out.extend(told)
        except Exception:
            self.broken = True
            return events
        return out

    def finish(self) -> list[ev.Problem]:
        """What is to be said when nothing follows for now."""
        return [] if self.broken else list(self._missing())

    def _say(
        self, key: str, params: dict[str, Any], tensors: Any, nodes: Any, op: int | None, source: int | None
    ) -> list[ev.Problem]:
        """Once for each line, or for each tensor where no line is known."""
        mark = (key, source if source is not None else tuple(tensors))
        if mark in self.said:
            return []
        self.said.add(mark)
        text = words.say(key, "title", params, "en")
        return [ev.Problem(key, text, tuple(dict.fromkeys(tensors)), tuple(nodes), op, source)]

    def label(self, tensor: int | None) -> str:
        if tensor is None:
            return "?"
        op = self.makers.get(tensor)
        return self.names.get(tensor) or (f"{op.name}(…)" if op is not None else f"t{tensor}")

    # ---- tensors, names and ops

    def _tensor(self, e: ev.Tensor) -> None:
        self.storage[e.id] = e.storage
        if e.leaf:
            self.wants[e.id] = e.requires_grad
        elif e.node is not None:
            self.node_tensor[e.node] = e.id
        if e.role == "parameter":
            self.parameters.add(e.id)

    def _name(self, e: ev.Name) -> None:
        if e.tensor is not None:
            self.names[e.tensor] = e.name

    def _op(self, e: ev.Op) -> None:
        self.op = e
        for t in e.outputs:
            if t not in e.inputs:
                self.makers[t] = e

    def _rewire(self, e: ev.Rewire) -> None:
        if e.leaf:
            self.wants[e.tensor] = e.requires_grad
        else:
            self.wants.pop(e.tensor, None)
            if e.node is not None:
                self.node_tensor[e.node] = e.tensor

    def _reseat(self, e: ev.Reseat) -> None:
        before = self.storage.get(e.tensor)
        self.storage[e.tensor] = e.storage
        if before is not None and e.tensor in self.leaf_on.get(before, ()):
            self.leaf_on[before].discard(e.tensor)
            self.leaf_on.setdefault(e.storage, set()).add(e.tensor)
            self.used.add(e.tensor)  # `p.data = p.data - lr * p.grad` is a step, too

    # ---- what nodes need

    def _node(self, e: ev.Node) -> list[ev.Problem] | None:
        self.holds[e.id] = e
        for _, _, storage, counter, version in e.saved:
            self.counters.setdefault(counter, {})[e.id] = version
            self.keepers.setdefault(storage, {})[e.id] = counter
        if self.spent:
            for edge in e.edges:
                if edge is not None and edge[0] in self.spent and self._harmful(edge[0]):
                    return self._freed_graph(e, edge[0])
        return None

    def _harmful(self, node: int) -> bool:
        """Whether backward from a spent node meets one that had saved something."""
        todo, seen = [node], {node}
        while todo:
            here = self.holds.get(todo.pop())
            if here is None or here.id not in self.spent:
                continue
            if here.saved:
                return True
            for edge in here.edges:
                if edge is not None and edge[0] not in seen:
                    seen.add(edge[0])
                    todo.append(edge[0])
        return False

    def _freed_graph(self, e: ev.Node, spent: int) -> list[ev.Problem]:
        tensor = self.node_tensor.get(spent)
        op = self.op if self.op is not None and self.op.id == e.op else None
        source = op.source if op is not None else None
        tensors = () if tensor is None else (tensor,)
        params = {"name": self.label(tensor)}
        return self._say("freed-graph", params, tensors, (e.id, spent), e.op, source)

    def _forget(self, node: int) -> None:
        """A node needs nothing any more."""
        told = self.holds.get(node)
        for _, _, storage, counter, _ in told.saved if told is not None else ():
            for table, key in ((self.counters, counter), (self.keepers, storage)):
                kept = table.get(key)
                if kept is not None:
                    kept.pop(node, None)
                    if not kept:
                        del table[key]

    def _release(self, e: ev.Release) -> None:
        self._forget(e.node)
        self.spent[e.node] = self.backward.source if self.backward is not None else None

    def _freed(self, e: ev.Freed) -> None:
        if e.what == "node":
            self._forget(e.id)
            self.holds.pop(e.id, None)
            self.spent.pop(e.id, None)
            self.node_tensor.pop(e.id, None)
        elif e.what == "tensor":
            self.makers.pop(e.id, None)
            self.wants.pop(e.id, None)
            self.graded.pop(e.id, None)
            self._cleared(e.id)
            self.unheld.pop(e.id, None)
            storage = self.storage.pop(e.id, None)
            if storage is not None and storage in self.leaf_on:
                self.leaf_on[storage].discard(e.id)
        elif e.what == "storage":
            self.leaf_on.pop(e.id, None)
            self.grad_on.pop(e.id, None)

    # ---- writes

    def _write(self, e: ev.Write) -> list[ev.Problem] | None:
        found: list[ev.Problem] = []
        op = self.op if self.op is not None and self.op.id == e.op else None
        source = op.source if op is not None else None
        if e.storage in self.leaf_on and e.op is not None:
            leaves = self.leaf_on[e.storage]
            self.used |= leaves
            sums = [t for t in leaves if t in self.mixed] if self.mixed else []
            if sums:
                found += self._forgotten(sums, self.mixed[sums[0]])
        if e.op is not None and e.storage in self.grad_on:
            self._cleared(self.grad_on[e.storage])
        watching = self.counters.get(e.counter)
        stale = [n for n, version in watching.items() if version < e.after] if watching else []
        if stale:
            key = "stale-optimizer" if self._in_optimizer() else "stale-saved"
            found += self._spoilt(key, stale, e, op, source)
        keepers = self.keepers.get(e.storage)
        blind = [n for n, counter in keepers.items() if counter != e.counter] if keepers else []
        if blind and e.op is not None:
            found += self._spoilt("silent-write", blind, e, op, source)
        return found

    def _spoilt(
        self, key: str, nodes: list[int], e: ev.Write, op: ev.Op | None, source: int | None
    ) -> list[ev.Problem]:
        node = self.holds[nodes[0]]
        own = next((t for _, t, storage, _, _ in node.saved if storage == e.storage and t is not None), None)
        if own is None:
            own = self.node_tensor.get(node.id)
        params = {"name": self.label(own if own is not None else e.tensor), "node": node.name}
        tensors = (*(() if own is None else (own,)), e.tensor)
        return self._say(key, params, tensors, nodes[:8], e.op, source)

    def _in_optimizer(self) -> bool:
        return any(scope.what == "optimizer" for scope in self.scopes)

    # ---- backward

    def _backward(self, e: ev.Backward) -> list[ev.Problem] | None:
        self.backward = e
        self.doubled.clear()
        self.fresh = 0
        found = list(self._missing())
        for t in e.roots:
            op = self.makers.get(t)
            if self.wants.get(t) and op is not None and op.inputs:
                params = {"name": self.label(t)}
                found += self._say("revived-leaf", params, (t, *op.inputs), (), op.id, e.source)
        return found

    def _accumulate(self, e: ev.Accumulate) -> None:
        leaf = e.tensor
        self.graded[leaf] = e.grad
        storage = self.storage.get(leaf)
        if storage is not None:
            self.leaf_on.setdefault(storage, set()).add(leaf)
        storage = self.storage.get(e.grad)
        if storage is not None:
            self.grad_on[storage] = leaf
        if e.added and leaf in self.used:
            self.doubled.append(leaf)
        else:
            self.fresh += 1
        self.used.discard(leaf)
        self.filled.add(leaf)
        self.unheld[leaf] = None

    def _backward_end(self, e: ev.BackwardEnd) -> list[ev.Problem] | None:
        leaves, self.doubled = self.doubled, []
        if not leaves or self.backward is None:
            return None
        if self.fresh:  # some were cleared: those of another optimizer may be, before it steps
            self.mixed.update(dict.fromkeys(leaves, self.backward.source))
            return None
        return self._forgotten(leaves, self.backward.source)

    def _forgotten(self, leaves: list[int], source: int | None) -> list[ev.Problem]:
        for t in leaves:
            self.mixed.pop(t, None)
        params = {"names": [self.label(t) for t in leaves]}
        return self._say("forgotten-zero-grad", params, leaves, (), None, source)

    def _cleared(self, leaf: int) -> None:
        self.used.discard(leaf)
        self.mixed.pop(leaf, None)

    def _grad(self, e: ev.Grad) -> None:
        self._cleared(e.tensor)
        if e.grad is None:
            self.graded.pop(e.tensor, None)
        else:
            self.graded[e.tensor] = e.grad

    # ---- optimizers

    def _scope(self, e: ev.Scope) -> list[ev.Problem] | None:
        self.scopes.append(e)
        if e.what != "optimizer":
            return None
        self.filled.clear()
        self.held |= {*e.tensors}
        frozen = [t for t in e.tensors if self.wants.get(t) is False]
        if frozen and ("frozen", tuple(frozen)) not in self.said:
            self.said.add(("frozen", tuple(frozen)))
            text = words.say("frozen", "title", {"name": [self.label(t) for t in frozen]}, "en")
            return [ev.Problem("frozen", text, tuple(frozen), (), None, e.source)]
        return None

    def _leave(self, e: ev.Leave) -> list[ev.Problem] | None:
        left = next((s for s in self.scopes if s.id == e.scope), None)
        if left is None:
            return None
        self.scopes.remove(left)
        if left.what != "optimizer" or not left.tensors:
            return None
        self.stepped = left.source if left.source is not None else -1
        wanted = [t for t in left.tensors if self.wants.get(t, True)]
        if wanted and not any(t in self.graded or t in self.filled for t in wanted):
            params = {"optimizer": left.label.removesuffix(".step")}
            return self._say("no-grad-training", params, wanted[:8], (), None, left.source)
        return None

    def _missing(self) -> Iterable[ev.Problem]:
        """Leaves that got gradients before a step, and that no optimizer holds. Asked when the next pass begins, for
        several optimizers may step one after the other."""
        if self.stepped is None:
            return
        source, self.stepped = (None if self.stepped == -1 else self.stepped), None
        plain = not any(t in self.parameters for t in self.held)
        missing = [
            t for t in self.unheld if t not in self.held and t in self.graded and (plain or t in self.parameters)
        ]
        self.unheld.clear()
        if missing and ("missing-parameter", tuple(missing)) not in self.said:
            self.said.add(("missing-parameter", tuple(missing)))
            text = words.say("missing-parameter", "title", {"names": [self.label(t) for t in missing]}, "en")
            yield ev.Problem("missing-parameter", text, tuple(missing), (), None, source)


HEAR: dict[type, Callable[[Hazards, Any], Iterable[ev.Problem] | None]] = {
    ev.Tensor: Hazards._tensor,
    ev.Op: Hazards._op,
    ev.Node: Hazards._node,
    ev.Write: Hazards._write,
    ev.Rewire: Hazards._rewire,
    ev.Reseat: Hazards._reseat,
    ev.Name: Hazards._name,
    ev.Scope: Hazards._scope,
    ev.Leave: Hazards._leave,
    ev.Backward: Hazards._backward,
    ev.BackwardEnd: Hazards._backward_end,
    ev.Accumulate: Hazards._accumulate,
    ev.Grad: Hazards._grad,
    ev.Release: Hazards._release,
    ev.Freed: Hazards._freed,
}


# ---- the answer to a hazard


def explain(story: Story, e: ev.Problem) -> Answer | None:
    """The answer to a problem that `Hazards` told; None for one that others did."""
    from . import backward_failed, gradient

    source = story.line(e.source)
    tensors = [t for t in e.tensors if t in story.tensors]
    names = [story.label(t) for t in tensors]
    name = names[0] if names else "?"
    ids = (*[f"t{t}" for t in tensors], *([f"o{e.op}"] if e.op is not None else []), *[f"n{n}" for n in e.nodes])
    line = source.text if source is not None else ""
    if e.key in ("stale-saved", "stale-optimizer", "silent-write"):
        node = story.nodes.get(e.nodes[0]) if e.nodes else None
        write = next((w for _, w in story.all(ev.Write) if w.op == e.op and w.op is not None), None)
        if node is None or write is None:
            return None
        for saved in node.saved:
            if e.key == "silent-write" and saved[2] == write.storage:
                return gradient.unseen(story, node, saved[:3], write, name)
            if e.key != "silent-write" and saved[3] == write.counter:
                return backward_failed.overwritten(story, node, saved, write, name)
        return None
    if e.key == "freed-graph":
        released = story.released.get(e.nodes[-1]) if e.nodes else None
        passes = [b for _, (i, b) in story.backwards.items() if released is not None and i < released]
        first = story.line(passes[-1].source) if passes else None
        fix = f"{name} = {name}.detach()"
        return Answer("freed-graph", name, {"name": name, "first": first}, ids, source, fix, "backward")
    if e.key == "forgotten-zero-grad":
        fix = f"optimizer.zero_grad()\n{line}"
        return Answer("forgotten-zero-grad", name, {"names": names}, ids, source, fix, "grad")
    scope = next((s for _, s in story.all(ev.Scope) if s.what == "optimizer" and s.source == e.source), None)
    optimizer = scope.label.removesuffix(".step") if scope is not None else "optimizer"
    if e.key == "no-grad-training":
        fix = f"loss.backward()\n{line or 'optimizer.step()'}"
        return Answer("no-grad-training", name, {"optimizer": optimizer}, ids, source, fix, "unchanged")
    if e.key == "frozen":
        fix = "\n".join([f"{n}.requires_grad_()" for n in names[:3]])
        return Answer("frozen", name, {"name": names, "optimizer": optimizer}, ids, source, fix, "unchanged")
    if e.key == "missing-parameter":
        fix = f"optimizer.add_param_group({{'params': [{', '.join(names)}]}})"
        return Answer("missing-parameter", name, {"names": names}, ids, source, fix, "unchanged")
    if e.key == "revived-leaf":
        op = story.ops.get(e.op) if e.op is not None else None
        made = story.line(op.source) if op is not None else None
        fix = made.text if made is not None else ""
        return Answer("revived-leaf", name, {"name": name, "given": names[1:]}, ids, made or source, fix, "grad")
    return None
