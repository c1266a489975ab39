"""The state as a networkx graph, for questions that other tools answer."""

from __future__ import annotations

from typing import Any


def graph(state: Any) -> Any:
    """A `networkx.MultiDiGraph` of a state. Node keys are ("tensor", id), ("op", id), ("node", id) and ("storage", id).

    Every node has `kind` (the first of the key) and `label`, and the fields of its entry in the state:
      tensor: shape, stride, offset, dtype, leaf, requires_grad, alive, names, role, version
      op: name, args, mode, line (source text or None)
      node: name, released, alive, bytes, saved
      storage: bytes, device, alive

    Every edge has `kind` (also its key, with a number):
      data    tensor -> op -> tensor, as values flow; `position` among the inputs or outputs
      grad    node -> node, as gradients flow; `output` says for which output of the second. Also node -> tensor for the leaf
              that an AccumulateGrad fills, and tensor -> node to a tensor's grad_fn
      view    tensor -> tensor: the second is a view of the first
      detach  tensor -> tensor: the second is the first without history (`detach()` or `.data`)
      saved   node -> tensor (or storage): what the node keeps for backward; `field`, `version` as it was then, and `stale`
              if it was written to since
      memory  tensor -> storage

    >>> g = trace.graph()
    >>> [g.nodes[n]["label"] for n in g if g.nodes[n]["kind"] == "op"]
    """
    import networkx as nx

    g = nx.MultiDiGraph()
    edges: list[tuple[Any, Any, str, dict[str, Any]]] = []
    between: dict[tuple[Any, Any], int] = {}  # how many edges there are

    def edge(a: Any, b: Any, kind: str, **more: Any) -> None:
        count = between.get((a, b), 0)
        between[a, b] = count + 1
        edges.append((a, b, f"{kind}{count}", {"kind": kind, **more}))

    for i, s in state.storages.items():
        g.add_node(("storage", i), kind="storage", label=f"#{i}", **{k: s[k] for k in ("bytes", "device", "alive")})
    for i, t in state.tensors.items():
        keep = {k: t[k] for k in ("shape", "stride", "offset", "dtype", "leaf", "requires_grad", "alive", "role")}
        keep |= {"names": list(t["names"]), "version": state.counters[t["counter"]]}
        g.add_node(("tensor", i), kind="tensor", label=t["names"][0] if t["names"] else f"t{i}", **keep)
        edge(("tensor", i), ("storage", t["storage"]), "memory")
    for i, n in state.nodes.items():
        keep = {k: n[k] for k in ("name", "released", "alive", "bytes", "saved")}
        g.add_node(("node", i), kind="node", label=n["name"], **keep)
    for i, t in state.tensors.items():
        if t["base"] in state.tensors:
            edge(("tensor", t["base"]), ("tensor", i), "view")
        if t["node"] in state.nodes:
            edge(("tensor", i), ("node", t["node"]), "grad", output=t["output"])
    for i, n in state.nodes.items():
        for end in n["edges"]:
            if end is not None:
                edge(("node", i), ("node", end[0]), "grad", output=end[1])
        if n["variable"] in state.tensors:
            edge(("node", i), ("tensor", n["variable"]), "grad", output=0)
        for field, tensor, storage, counter, version in () if n["released"] else n["saved"]:
            stale = state.counters.get(counter, 0) > version
            to = ("tensor", tensor) if tensor in state.tensors else ("storage", storage)
            edge(("node", i), to, "saved", field=field, version=version, stale=stale)
    for i, op in state.ops.items():
        line = state.sources[op["source"]]["text"] if op["source"] in state.sources else None
        g.add_node(("op", i), kind="op", label=op["name"], name=op["name"], args=op["args"], mode=op["mode"], line=line)
        for position, t in enumerate(op["inputs"]):
            edge(("tensor", t), ("op", i), "data", position=position)
        for position, t in enumerate(op["outputs"]):
            edge(("op", i), ("tensor", t), "data", position=position)
        if op["name"] in ("detach", "data") and op["inputs"] and op["outputs"]:
            edge(("tensor", op["inputs"][0]), ("tensor", op["outputs"][0]), "detach")
    g.add_edges_from(edges)
    return g
