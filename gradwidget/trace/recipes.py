"""Questions to the graph of a trace (`trace.graph()`), each a few lines of networkx.

g = trace.graph()
reaches(g, "loss", "w")        would backward from the loss fill w?
cut_set(g, "loss", "w")        the fewest nodes without which it would not
memory_by_op(g)                what backward keeps, by the op that keeps it
longest_path(g)                the longest chain of backward steps
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

Key = tuple[str, int]


def find(g: Any, what: str | Key) -> Key:
    """The key of a tensor by name ("w", "model.0.weight"); the latest of those that bear it. A key is handed back.

    Raises KeyError where nothing bears the name.
    """
    if isinstance(what, tuple):
        if what not in g:
            raise KeyError(what)
        return what
    found = [key for key, d in g.nodes(data=True) if d["kind"] == "tensor" and what in d["names"]]
    if not found:
        raise KeyError(f"no tensor is called {what!r}")
    return max(found, key=lambda key: key[1])


def gradients(g: Any) -> Any:
    """Where gradients can go: the edges of kind "grad", as a DiGraph. An acyclic one."""
    return _only(g, lambda a, b, d: d["kind"] == "grad")


def values(g: Any) -> Any:
    """Where values went: tensor -> op -> tensor, as a DiGraph. An op that writes in place leads to no tensor that it got,
    so this is acyclic, too."""
    return _only(g, lambda a, b, d: d["kind"] == "data" and not (a[0] == "op" and g.has_edge(b, a)))


def _only(g: Any, wanted: Callable[[Key, Key, dict[str, Any]], bool]) -> Any:
    import networkx as nx

    out = nx.DiGraph()
    out.add_nodes_from(g.nodes(data=True))
    out.add_edges_from([(a, b) for a, b, d in g.edges(data=True) if wanted(a, b, d)])
    return out


def reaches(g: Any, root: str | Key, leaf: str | Key) -> bool:
    """Whether a gradient that begins at `root` can arrive in `leaf`.

    >>> reaches(trace.graph(), "loss", "w")
    True
    """
    import networkx as nx

    return bool(nx.has_path(gradients(g), find(g, root), find(g, leaf)))


def reached(g: Any, root: str | Key) -> list[Key]:
    """The leaves in which gradients that begin at `root` can arrive, in order of birth."""
    import networkx as nx

    below = nx.descendants(gradients(g), find(g, root))
    return sorted(key for key in below if key[0] == "tensor" and g.nodes[key]["leaf"])


def cut_set(g: Any, root: str | Key, leaf: str | Key) -> set[Key]:
    """The fewest nodes whose loss would keep the gradient of `root` from `leaf`; empty where it does not get there.

    The grad_fn of `root` and the leaf's AccumulateGrad are on every way, so they are not counted.
    """
    import networkx as nx

    flow = gradients(g)
    begin, end = find(g, root), find(g, leaf)
    if not nx.has_path(flow, begin, end):
        return set()
    (first,) = list(flow.successors(begin)) or [begin]
    before = [n for n in flow.predecessors(end) if n[0] == "node"]
    last = before[0] if before else end
    if first == last or flow.has_edge(first, last):
        return {first}
    return set(nx.minimum_node_cut(flow, first, last))


def memory_by_op(g: Any) -> dict[str, int]:
    """Bytes that living nodes keep for backward, by the name of the op's node, the most first. A storage that several
    keep is counted once, for the first of them: their sum is what would be free without the graph."""
    seen: set[Hashable] = set()
    out: dict[str, int] = {}
    for _, d in sorted(g.nodes(data=True), key=lambda node: node[0]):
        if d["kind"] != "node" or d["released"] or not d["alive"]:
            continue
        for _, _, storage, _, _ in d["saved"]:
            if storage not in seen and ("storage", storage) in g:
                seen.add(storage)
                out[d["name"]] = out.get(d["name"], 0) + g.nodes["storage", storage]["bytes"]
    return dict(sorted(out.items(), key=lambda item: -item[1]))


def longest_path(g: Any, root: str | Key | None = None) -> list[Key]:
    """The longest chain of nodes that a backward pass comes by, from `root` or from anywhere.

    >>> [g.nodes[n]["label"] for n in longest_path(g, "loss")]
    ['SumBackward0', 'MulBackward0', 'AccumulateGrad']
    """
    import networkx as nx

    flow = gradients(g)
    flow = flow.subgraph([n for n in flow if n[0] == "node"])
    if root is not None:
        begin = find(g, root)
        steps = list(gradients(g).successors(begin))
        flow = flow.subgraph({*steps, *(n for s in steps for n in nx.descendants(flow, s))})
    return list(nx.dag_longest_path(flow))
