"""Whether a gradient gets from here to there, and if not, what cuts it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .facts import Facts, look, tensors_of

Place = tuple[int, int]  # a node, and which of its outputs


def assert_flows(loss: Any, to: Any) -> None:
    """A gradient flows from `loss` to each tensor of `to` (a tensor, several, a dict of them, a module).

    Asks the graph, so no backward needs to run, and none that ran is in the way. Raises AssertionError with the tensors
    that are not reached, and for each what cuts it; TypeError where `to` holds no tensor.

    >>> assert_flows(loss, to=model.parameters())
    """
    __tracebackhide__ = True
    targets = tensors_of(to)
    facts = look(loss, *[tensor for _, tensor in targets])
    root, *ids = facts.ids
    reached = places_before(facts, root)
    failed = [
        f"{name or facts.name(id_)}: {why_not(facts, root, id_)}"
        for (name, _), id_ in zip(targets, ids, strict=True)
        if place_of(facts, id_) not in reached
    ]
    if failed:
        begin = f"no gradient flows from {facts.name(root)} to "
        if len(ids) == 1:
            raise AssertionError(begin + failed[0])
        raise AssertionError("\n  ".join([f"{begin}{len(failed)} of {len(ids)} tensors", *failed]))


def assert_no_flow(loss: Any, to: Any) -> None:
    """No gradient flows from `loss` to any tensor of `to`. Raises AssertionError with a path for each that is reached.

    >>> assert_no_flow(loss, to=frozen.parameters())
    """
    __tracebackhide__ = True
    targets = tensors_of(to)
    facts = look(loss, *[tensor for _, tensor in targets])
    root, *ids = facts.ids
    before = places_before(facts, root)
    failed = []
    for (name, _), id_ in zip(targets, ids, strict=True):
        place = place_of(facts, id_)
        if place in before:
            path: list[str] = []
            while place is not None:
                path.append(facts.state.nodes[place[0]]["name"])
                place = before[place]
            failed.append(f"{name or facts.name(id_)}: by {_short(path[::-1])}")
    if failed:
        raise AssertionError("\n  ".join([f"a gradient flows from {facts.name(root)}", *failed]))


def assert_detached(tensor: Any, from_: Any = None) -> None:
    """A tensor has no history: it neither requires grad nor has a grad_fn. With `from_`, only that none leads there.

    >>> assert_detached(target)
    >>> assert_detached(target, from_=encoder)
    """
    __tracebackhide__ = True
    if from_ is not None:
        assert_no_flow(tensor, to=from_)
        return
    facts = look(tensor)
    (id_,) = facts.ids
    told = facts.state.tensors[id_]
    if told["node"] is not None:
        node = facts.state.nodes[told["node"]]
        raise AssertionError(f"{facts.name(id_)} has a history: {node['name']}{facts.where(node['op'])}")
    if told["requires_grad"]:
        raise AssertionError(f"{facts.name(id_)} has no history, but it requires grad: what is made of it has one")


# ---- the graph


def place_of(facts: Facts, id_: int) -> Place | None:
    """Where in the graph a tensor's gradient arrives; None where it takes none."""
    tensor = facts.state.tensors[id_]
    if tensor["node"] is not None:
        return tensor["node"], tensor["output"]
    if not tensor["requires_grad"]:
        return None
    # A leaf that nothing was made of yet has no node; one that stands for it is as good.
    return next(((n["id"], 0) for n in facts.state.nodes.values() if n["variable"] == id_), (-id_, 0))


def places_before(facts: Facts, root: int) -> dict[Place | None, Place | None]:
    """Every place that a gradient from `root` gets to, with the one that it comes from."""
    start = place_of(facts, root)
    before: dict[Place | None, Place | None] = {} if start is None else {start: None}
    todo = list(before)
    while todo:
        place = todo.pop()
        node = facts.state.nodes.get(place[0]) if place is not None else None
        for edge in node["edges"] if node is not None else ():
            to = None if edge is None else (edge[0], edge[1])
            if to is not None and to not in before:
                before[to] = place
                todo.append(to)
    return before


def _short(names: list[str], most: int = 8) -> str:
    shown = names if len(names) <= most else [*names[: most // 2], "…", *names[-most // 2 :]]
    return " → ".join(shown)


# ---- what cuts it


def why_not(facts: Facts, root: int, target: int) -> str:
    """Why no gradient gets from `root` to `target`."""
    state = facts.state
    tensor = state.tensors[target]
    if not tensor["requires_grad"]:
        op = state.ops.get(tensor["op"])
        made = f" (made by `{op['name']}`{facts.where(op['id'])})" if op is not None else ""
        return f"does not require grad{made}"
    if not facts.recorded:
        return "no path in the graph; record the test with `gradtrace` to see where it is cut"
    cuts = list(_cuts(facts, root, target))
    if cuts:
        return "cut by " + "; ".join(dict.fromkeys(cuts))
    return f"{facts.name(root)} was not computed from it, as far as the recording knows"


def _cuts(facts: Facts, root: int, target: int, most: int = 3) -> Iterator[str]:
    """The ops on the way from target to root that take something with the target in its history, and give nothing so."""
    state = facts.state
    makers: dict[Any, list[Any]] = {}
    for op in state.ops.values():
        for out in op["outputs"]:
            makers.setdefault(out, []).append(op)
        for storage, *_ in op["writes"]:
            makers.setdefault(("storage", storage), []).append(op)
    on_the_way: dict[int, Any] = {}
    todo, seen = [root], {root}
    while todo:
        here = todo.pop()
        tensor = state.tensors.get(here)
        storage = ("storage", tensor["storage"]) if tensor is not None else None
        for op in [*makers.get(here, ()), *makers.get(storage, ())]:
            on_the_way[op["id"]] = op
            new = [i for i in op["inputs"] if i not in seen]
            seen.update(new)
            todo += new
    place = place_of(facts, target)
    after = _nodes_after(state, place[0]) if place is not None else set()

    def carries(id_: int) -> bool:
        return id_ == target or id_ in state.tensors and state.tensors[id_]["node"] in after

    found = 0
    for op in sorted(on_the_way.values(), key=lambda op: op["born"]):
        if any(map(carries, op["inputs"])) and not any(map(carries, op["outputs"])):
            later = [o for out in op["outputs"] for o in makers.get(out, ()) if o["name"] == "detach_"]
            op = later[-1] if later else op
            yield f"`{op['name']}`{_how(state, op)}{facts.where(op['id'])}"
            found += 1
            if found == most:
                return


def _nodes_after(state: Any, node: int) -> set[int]:
    """The nodes from which a gradient gets to `node`, itself among them."""
    users: dict[int, list[int]] = {}
    for n in state.nodes.values():
        for edge in n["edges"]:
            if edge is not None:
                users.setdefault(edge[0], []).append(n["id"])
    found, todo = {node}, [node]
    while todo:
        new = [n for n in users.get(todo.pop(), ()) if n not in found]
        found.update(new)
        todo += new
    return found


def _how(state: Any, op: Any) -> str:
    """What of an op keeps the gradient out, where its name does not say it."""
    if op["name"] in ("detach", "detach_", "data"):
        return ""
    if op["mode"] != "grad":
        return f" under {'inference_mode' if op['mode'] == 'inference' else op['mode']}"
    dtypes = {state.tensors[t]["dtype"] for t in op["outputs"] if t in state.tensors}
    whole = [d for d in dtypes if not d.startswith(("float", "complex", "bfloat"))]
    return f", which gives {whole[0]}" if whole else ", which gives nothing that requires grad"
