"""The graph of a trace as a file that other programs read: GraphML (yEd, Gephi, igraph), DOT (Graphviz), JSON (node-link).

Keys become strings ("tensor:3"); in GraphML, whose attributes are plain, what is a list or None is written as JSON.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

SHAPES = {"tensor": "box", "op": "ellipse", "node": "hexagon", "storage": "cylinder"}


def write(g: Any, path: str | os.PathLike[str]) -> Path:
    """Write a graph in the format that the file's name ends in: .graphml, .dot (or .gv) or .json.

    Raises ValueError for another one.

    >>> write(trace.graph(), "lesson.graphml")
    PosixPath('lesson.graphml')
    """
    path = Path(path)
    formats = {".graphml": to_graphml, ".dot": to_dot, ".gv": to_dot, ".json": to_json}
    if path.suffix not in formats:
        raise ValueError(f"{path.name}: a graph is written as {', '.join(formats)}")
    path.write_text(formats[path.suffix](g), encoding="utf-8")
    return path


def to_graphml(g: Any) -> str:
    """GraphML; attributes are those of `trace.graph()`."""
    import networkx as nx

    plain = nx.MultiDiGraph()
    for key, d in g.nodes(data=True):
        plain.add_node(name(key), **{k: _plain(v) for k, v in d.items()})
    for i, (a, b, d) in enumerate(g.edges(data=True)):
        plain.add_edge(name(a), name(b), key=f"e{i}", **{k: _plain(v) for k, v in d.items()})
    return "\n".join(nx.generate_graphml(plain)) + "\n"


def to_json(g: Any) -> str:
    """Node-link JSON, as `networkx.node_link_graph(..., edges="links")` and D3 read it."""
    nodes = [{"id": name(key), **d} for key, d in g.nodes(data=True)]
    links = [{"source": name(a), "target": name(b), "key": key, **d} for a, b, key, d in g.edges(keys=True, data=True)]
    return json.dumps({"directed": True, "multigraph": True, "graph": {}, "nodes": nodes, "links": links}) + "\n"


def to_dot(g: Any) -> str:
    """DOT: a shape for each kind, the edges labelled by what they are; memory and versions are left to the other formats."""
    lines = ["digraph trace {", "  rankdir=LR;", '  node [fontname="Helvetica"];']
    for key, d in g.nodes(data=True):
        if key[0] != "storage":
            style = ', style="dashed"' if key[0] == "tensor" and not d["requires_grad"] else ""
            lines.append(f"  {_quoted(name(key))} [label={_quoted(d['label'])}, shape={SHAPES[key[0]]}{style}];")
    for a, b, d in g.edges(data=True):
        if "storage" not in (a[0], b[0]):
            label = d["field"] if d["kind"] == "saved" else d["kind"]
            red = ', color="red"' if d.get("stale") else ""
            lines.append(f"  {_quoted(name(a))} -> {_quoted(name(b))} [label={_quoted(label)}{red}];")
    return "\n".join([*lines, "}"]) + "\n"


def name(key: tuple[str, int]) -> str:
    return f"{key[0]}:{key[1]}"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(c for c in value if c.isprintable() or c in "\t\n")  # XML has no word for control characters
    return value if isinstance(value, (bool, int, float)) else json.dumps(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
