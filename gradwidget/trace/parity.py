"""Whether two traces, one of the core and one of PyTorch, tell of the same program.

One call on PyTorch may be several ops of the core (`linear` is `t` and `addmm`), so event is not held against event.
Instead the two are walked together, from what both name: the k-th backward pass with the k-th, the tensors that a
variable refers to, the results of lines that ran one op each. What is met on the same way is the same thing, and must
agree in every fact: shape, dtype, place in the graph, memory, version, gradients.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import events as ev
from .state import State

Pair = tuple[int, int]

# Names for one thing: PyTorch tells how it was asked for, the core what came of it.
SAME = {
    **dict.fromkeys(("reshape", "flatten", "unflatten", "view_as", "reshape_as", "_unsafe_view"), "view"),
    **dict.fromkeys(("narrow", "index"), "slice"),
    **dict.fromkeys(("double", "float", "half", "bfloat16", "long", "int", "bool", "type", "cpu", "type_as"), "to"),
    **dict.fromkeys(("max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices"), "max_pool"),
    **dict.fromkeys(("max_pool1d", "max_pool2d", "max_pool3d"), "max_pool"),
    **dict.fromkeys(("movedim", "moveaxis", "swapaxes", "swapdims", "transpose", "t", "T", "mT"), "permute"),
    **dict.fromkeys(("rand_like", "randn_like", "randint_like"), "rand"),
    **dict.fromkeys(("native_batch_norm", "batch_norm"), "batch_norm"),
    **dict.fromkeys(("native_layer_norm", "layer_norm"), "layer_norm"),
    **dict.fromkeys(("_embedding_bag", "embedding_bag"), "embedding_bag"),
    **dict.fromkeys(("split_with_sizes", "chunk", "tensor_split", "hsplit", "vsplit", "dsplit"), "split"),
}


def named(op: ev.Op) -> str:
    return SAME.get(op.name, op.name)


def alike(some: list[ev.Op], others: list[ev.Op]) -> bool:
    """Whether they are the same ops, by name and grad mode, one by one."""
    return [(named(op), op.mode) for op in some] == [(named(op), op.mode) for op in others]


def parity(a: Iterable[Any], b: Iterable[Any], tolerance: float = 1e-4, most: int = 20) -> list[str]:
    """How two traces of one program differ, in words; an empty list where they do not.

    >>> parity(core_trace, pytorch_trace)
    []
    """
    return _Parity(list(a), list(b), tolerance).told[:most]


REMADE = "AsStridedBackward0"  # the history of a view, which PyTorch makes when somebody asks for it


class _Side:
    """One trace: what is the case at its end, and what happened on the way."""

    def __init__(self, events: list[Any]) -> None:
        self.state = state = State()
        self.twice = 0  # passes with `create_graph` that run
        self.of_gradients: set[int] = set()  # nodes that such a pass made: each library has formulas of its own
        self.gradients: set[int] = set()  # tensors that an engine made: whose memory they share is its own affair
        self.empty: set[int] = set()  # storages that were made without contents
        self.writes: dict[int, list[Pair]] = {}  # by counter
        self.rewired: dict[int, list[str]] = {}  # by tensor
        self.ops: list[ev.Op] = []
        for event in events:
            state.apply(event)
            if isinstance(event, ev.Write):
                self.writes.setdefault(event.counter, []).append((event.before, event.after))
            elif isinstance(event, ev.Rewire) and not event.why.startswith("in-place"):
                self.rewired.setdefault(event.tensor, []).append(event.why)
            elif isinstance(event, ev.Op):
                self.ops.append(event)
                if "empty" in event.name:
                    self.empty.update([state.tensors[t]["storage"] for t in event.outputs if t in state.tensors])
            elif isinstance(event, ev.Backward) and event.create_graph:
                self.twice += 1
            elif isinstance(event, ev.BackwardEnd) and state.backwards[event.backward]["create_graph"]:
                self.twice -= 1
            elif isinstance(event, ev.Node) and (self.twice or event.op is None):
                self.of_gradients.add(event.id)
            elif isinstance(event, ev.Accumulate):
                self.gradients.add(event.grad)
        self.gradients |= {t["grad"] for t in state.tensors.values() if t["grad"] is not None}
        self.regions = [
            s["label"].rpartition(": ")[2] for s in state.scopes.values() if s["what"] in ("module", "optimizer")
        ]

    def line(self, source: int | None) -> tuple[int, str] | None:
        """Which line of the program; what it says, too, for a program in several files."""
        found = self.state.sources.get(source) if source is not None else None
        return None if found is None else (found["line"], found["text"])

    def modules(self, op: ev.Op) -> list[str]:
        """The modules and steps that an op ran in, from the outermost."""
        found: list[str] = []
        scope = op.scope
        while scope is not None:
            entered = self.state.scopes[scope]
            if entered["what"] in ("module", "optimizer"):
                found.append(entered["label"].rpartition(": ")[2])
            scope = entered["parent"]
        return found[::-1]

    def of_program(self, tensor: int) -> bool:
        """Whether the program made a tensor or has a name for it; the engine makes those that hooks are given."""
        known = self.state.tensors[tensor]
        return known["op"] is not None or bool(known["names"]) or bool(known["role"])

    def hidden(self, problem: dict[str, Any]) -> bool:
        """Whether it is of what a CopySlices saved, which PyTorch shows nobody."""
        return problem["key"] != "backward" and any(
            self.state.nodes[n]["name"] == "CopySlices" for n in problem["nodes"] if n in self.state.nodes
        )

    def passes(self) -> list[dict[str, Any]]:
        """The backward passes that came to run a node."""
        return [b for b in self.state.backwards.values() if b["ran"] or b["accumulated"]]

    def runs(self) -> list[tuple[Any, list[ev.Op]]]:
        """The ops, together those that one line ran in a row."""
        found: list[tuple[Any, list[ev.Op]]] = []
        for op in self.ops:
            line = self.line(op.source)
            if found and found[-1][0] == line:
                found[-1][1].append(op)
            else:
                found.append((line, [op]))
        return found


class _Parity:
    def __init__(self, a: list[Any], b: list[Any], tolerance: float) -> None:
        self.told: list[str] = []
        self.tolerance = tolerance
        self.a, self.b = _Side(a), _Side(b)
        self.met: dict[str, tuple[dict[int, int], dict[int, int]]] = {}
        self.todo: list[tuple[str, int, int]] = []
        self.anchors()
        self.walk()
        self.backwards()
        self.regions()

    # ---- what is paired to begin with

    def anchors(self) -> None:
        first, second = self.a.state, self.b.state
        self.same("the names", sorted(first.names), sorted(second.names))
        for name in first.names:
            if name in second.names:
                self.pair("tensor", first.names[name], second.names[name], name)
        self.passes = list(zip(self.a.passes(), self.b.passes(), strict=False))
        self.same("the number of backward passes", len(self.a.passes()), len(self.b.passes()))
        for one, other in self.passes:
            for i, j in zip(one["roots"], other["roots"], strict=False):
                self.pair("tensor", i, j, "a root of backward")
        runs, others = self.a.runs(), self.b.runs()
        lines, other_lines = [line for line, _ in runs], [line for line, _ in others]
        if lines == other_lines:
            for (line, x), (_, y) in zip(runs, others, strict=True):
                if len(x) == len(y) == 1 or alike(x, y):
                    for op, twin in zip(x, y, strict=True):
                        self.ops(line, op, twin)
            return
        # One of the two heard more, inside of what the other told as a whole: what is surely the same
        there = dict(others)
        for line, x in runs:
            if lines.count(line) == other_lines.count(line) == 1 and alike(x, there[line]):
                for op, twin in zip(x, there[line], strict=True):
                    self.ops(line, op, twin)

    def ops(self, line: Any, x: ev.Op, y: ev.Op) -> None:
        self.same(f"the op of {line}", named(x), named(y))
        self.same(f"the grad mode of {line}", x.mode, y.mode)
        inner, outer = self.a.modules(x), self.b.modules(y)
        if inner[: len(outer)] != outer:  # PyTorch tells us that a module is left before its forward hooks run
            self.same(f"the modules around {line}", inner, outer)
        for what in ("inputs", "outputs"):
            first, second = getattr(x, what), getattr(y, what)
            if len(first) == len(second):
                for i, j in zip(first, second, strict=True):
                    if what == "outputs" or self.a.of_program(i) and self.b.of_program(j):
                        self.pair("tensor", i, j, f"one of the {what} of {line}")

    # ---- the walk

    def pair(self, what: str, x: int | None, y: int | None, where: str) -> None:
        """These two are one thing; wherever one of them is met again, so must the other be."""
        if x is None or y is None:
            if x is not y:
                self.told.append(f"{where}: {what} {'none' if x is None else x} against {'none' if y is None else y}")
            return
        forth, back = self.met.setdefault(what, ({}, {}))
        if x not in forth and y not in back:
            forth[x], back[y] = y, x
            self.todo.append((what, x, y))
        elif forth.get(x) != y:
            self.told.append(f"{where}: {what} {x} is {what} {forth.get(x, 'none')} elsewhere, here it is {y}")

    def same(self, where: str, x: Any, y: Any) -> None:
        if x != y:
            self.told.append(f"{where}: {x!r} against {y!r}")

    def walk(self) -> None:
        while self.todo:
            what, x, y = self.todo.pop()
            if what == "tensor":
                self.tensors(self.a.state.tensors[x], self.b.state.tensors[y])
            elif what == "node":
                self.nodes(self.a.state.nodes[x], self.b.state.nodes[y])
            elif what == "counter":
                self.same(f"versions of counter {x}/{y}", self.a.state.counters[x], self.b.state.counters[y])
            elif what == "storage":
                first, second = self.a.state.storages[x], self.b.state.storages[y]
                self.same(f"storage {x}/{y}: device", first["device"], second["device"])
                same = first["bytes"] == second["bytes"]  # else scratch space was left
                if same and first["cells"] and second["cells"] and x not in self.a.empty:
                    self.numbers(f"storage {x}/{y}: cells", first["cells"], second["cells"])

    def tensors(self, x: dict[str, Any], y: dict[str, Any]) -> None:
        where = f"tensor {x['id']}/{y['id']} ({', '.join(x['names']) or 'without a name'})"
        for field in ("shape", "stride", "dtype", "leaf", "requires_grad", "output"):
            if field == "stride" and 0 in x["shape"]:
                continue
            self.same(f"{where}: {field}", x[field], y[field])
        self.same(f"{where}: how it was rewired", self.a.rewired.get(x["id"]), self.b.rewired.get(y["id"]))
        self.same(f"{where}: names", x["names"], y["names"])
        if x["id"] not in self.a.gradients and y["id"] not in self.b.gradients:
            self.same(f"{where}: role", x["role"], y["role"])
            for what in ("storage", "counter"):
                self.pair(what, x[what], y[what], where)
            self.same(f"{where}: offset", x["offset"], y["offset"])
        self.pair("node", x["node"], y["node"], where)
        for what in ("base", "grad"):
            self.pair("tensor", x[what], y[what], f"{where}: {what}")

    def nodes(self, x: dict[str, Any], y: dict[str, Any]) -> None:
        if x["id"] in self.a.of_gradients or y["id"] in self.b.of_gradients:
            return
        where = f"node {x['id']}/{y['id']} ({x['name']})"
        self.same(f"{where}: name", x["name"], y["name"])
        self.same(f"{where}: number of edges", len(x["edges"]), len(y["edges"]))
        for e, f in zip(x["edges"], y["edges"], strict=False):
            if e is None or f is None:
                self.same(f"{where}: edge", e, f)
            else:
                self.same(f"{where}: output that an edge leads to", e[1], f[1])
                self.pair("node", e[0], f[0], where)
        self.pair("tensor", x["variable"], y["variable"], where)
        first, second = self.a.state.ops.get(x["op"]), self.b.state.ops.get(y["op"])
        if first is not None and second is not None and x["name"] != "AccumulateGrad":
            self.same(f"{where}: line", self.a.line(first["source"]), self.b.line(second["source"]))
        if x["name"] != REMADE:
            self.same(f"{where}: released", x["released"], y["released"])
        known = {field: (tensor, version) for field, tensor, _, _, version in y["saved"]}
        for field, tensor, _, _, version in x["saved"]:
            other, found = known.get(field, (None, version))
            if tensor is not None and other is not None:
                self.pair("tensor", tensor, other, f"{where}: saved {field}")
                self.same(f"{where}: version of saved {field}", version, found)

    # ---- backward

    def backwards(self) -> None:
        nodes = self.met.get("node", ({}, {}))[0]
        for x, y in self.passes:
            where = f"backward {x['id']}"
            for field in ("retain_graph", "create_graph", "error"):
                self.same(f"{where}: {field}", x[field], y[field])
            self.same(f"{where}: line", self.a.line(x["source"]), self.b.line(y["source"]))
            self.same(f"{where}: where it failed", nodes.get(x["failed"]), y["failed"])
            if self.a.of_gradients & set(x["ran"]) or self.b.of_gradients & set(y["ran"]):
                self.arrivals(where, x, y)
                continue
            inner = [n for n in x["ran"] if self.a.state.nodes[n]["name"] != "AccumulateGrad"]
            other = [n for n in y["ran"] if self.b.state.nodes[n]["name"] != "AccumulateGrad"]
            ran = [nodes.get(n, 0) for n in inner]
            way = [(nodes.get(f["origin"], 0), nodes.get(f["node"], 0), f["output"]) for f in x["flows"]]
            other_way = [(f["origin"] or 0, f["node"], f["output"]) for f in y["flows"]]
            if any(self.a.state.nodes[n]["name"] == REMADE for n in inner):  # made earlier by one of the two
                for some in (ran, other, way, other_way):
                    some.sort()
            self.same(f"{where}: nodes in the order in which they ran", ran, other)
            self.same(f"{where}: the way of the gradients", way, other_way)
            first: dict[Any, list[dict[str, Any]]] = {}
            for f in x["flows"]:
                first.setdefault((nodes.get(f["origin"]), nodes.get(f["node"]), f["output"]), []).append(f)
            for f in y["flows"]:
                along = first.get((f["origin"], f["node"], f["output"]))
                if not along:
                    self.told.append(f"{where}: no gradient from node {f['origin']} to {f['node']} against {f['norm']}")
                    continue
                self.flow(where, along.pop(0), f)
            for (origin, node, _), left in first.items():
                if left:
                    self.told.append(f"{where}: a gradient from {origin} to {node} against none")
            self.arrivals(where, x, y)

    def flow(self, where: str, x: dict[str, Any], y: dict[str, Any]) -> None:
        where = f"{where}: gradient from {x['origin']} to {x['node']}"
        self.same(where, x["shape"], y["shape"])
        self.numbers(where, (x["norm"], *(x["values"] or ())), (y["norm"], *(y["values"] or ())))

    def arrivals(self, where: str, x: dict[str, Any], y: dict[str, Any]) -> None:
        self.same(f"{where}: hooks", [h["hook"] for h in x["hooked"]], [h["hook"] for h in y["hooked"]])
        self.numbers(f"{where}: hooks", [h["norm"] for h in x["hooked"]], [h["norm"] for h in y["hooked"]])
        tensors = self.met.get("tensor", ({}, {}))[0]
        first = [(tensors.get(e["tensor"], 0), e["added"], e["norm"]) for e in x["accumulated"]]
        second = [(e["tensor"], e["added"], e["norm"]) for e in y["accumulated"]]
        self.same(f"{where}: leaves that got a gradient", [e[:2] for e in first], [e[:2] for e in second])
        self.numbers(f"{where}: norms in leaves", [e[2] for e in first], [e[2] for e in second])

    # ---- the rest

    def regions(self) -> None:
        self.same("modules and steps", self.a.regions, self.b.regions)
        told = [
            [(p["key"], s.line(p["source"])) for p in s.state.problems if not s.hidden(p)] for s in (self.a, self.b)
        ]
        self.same("the problems", *told)
        for x, y in self.met.get("counter", ({}, {}))[0].items():
            if x in self.a.writes and y in self.b.writes:
                self.same(f"writes on counter {x}/{y}", self.a.writes[x], self.b.writes[y])

    def numbers(self, where: str, x: Any, y: Any) -> None:
        if len(x) != len(y):
            self.told.append(f"{where}: {len(x)} numbers against {len(y)}")
            return
        scale = max([abs(v) for v in (*x, *y) if not isinstance(v, str)], default=0)
        for u, v in zip(x, y, strict=True):
            if u != v and (isinstance(u, str) or isinstance(v, str) or abs(u - v) > self.tolerance * max(scale, 1e-2)):
                self.told.append(f"{where}: {u!r} against {v!r}")
                return
