"""What keeps this memory alive?"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from .answer import Answer
from .story import Story


def alive(story: Story, tensor: int, about: str) -> list[Answer]:
    """Names, views, nodes that saved it, a leaf's `.grad`; and, for a tensor with a history, what its history keeps."""
    storage = story.storage_of(tensor)
    found = []
    grown = growing(story, tensor, about)
    if grown is not None:
        found.append(grown)
    size = story.storages[storage].bytes if storage in story.storages else 0
    if not story.alive("storage", storage):
        return [*found, Answer("memory-gone", about, {"bytes": size}, (f"s{storage}",), None, "")]
    params: dict[str, Any] = {"bytes": size}
    keepers = list(dict.fromkeys([n.id for n in story.holding for saved in n.saved if saved[2] == storage]))
    if keepers:
        node = story.nodes[keepers[0]]
        op = story.ops.get(node.op) if node.op is not None else None
        params |= {"nodes": [story.nodes[n].name for n in keepers]}
        ids = (f"s{storage}", *[f"n{n}" for n in keepers], *([f"o{op.id}"] if op is not None else []))
        source = story.line(op.source) if op is not None else None
        found.append(Answer("kept-for-backward", about, params, ids, source, "with torch.no_grad():\n    ..."))
    others = [t for t in story.on_storage(storage) if story.alive("tensor", t)]
    named = [name for t in others for name in story.named.get(t, ()) if story.bearer(name) == t]
    if named:
        ids = (f"s{storage}", *[f"t{t}" for t in others])
        params = {**params, "names": named}
        found.append(Answer("kept-by-name", about, params, ids, story.line_of(others[0]), f"del {', '.join(named)}"))
    elif not keepers:
        ids = (f"s{storage}", *[f"t{t}" for t in others])
        found.append(Answer("kept-by-program", about, params, ids, story.line_of(tensor), ""))
    return found


def growing(story: Story, tensor: int, about: str) -> Answer | None:
    """A sum that holds the graphs of all of its terms: `total += loss`."""
    if story.place(tensor).node is None:
        return None
    nodes = story.under([tensor])
    lines: Counter[int | None] = Counter()
    chain: dict[int | None, list[int]] = {}
    for id_ in nodes:
        node = story.nodes.get(id_)
        op = story.ops.get(node.op) if node is not None and node.op is not None else None
        line = story.line(op.source) if op is not None else None
        if op is not None and op.name in ("add", "add_") and line is not None and _sums(line.text):
            lines[op.source] += 1
            chain.setdefault(op.source, []).append(id_)
    if not lines:
        return None
    (source_id, times), *_ = lines.most_common(1)
    line = story.line(source_id)
    if times < 2 or line is None:
        return None
    kept = [n for n in nodes if n not in story.released and story.alive("node", n)]
    params = {"times": times, "count": len(nodes), "bytes": sum(story.nodes[n].bytes for n in kept)}
    ids = (f"t{tensor}", *[f"n{n}" for n in sorted(chain[source_id])])
    return Answer("history-grows", about, params, ids, line, _detached(line.text))


def _sums(text: str) -> bool:
    return "+=" in text or "=" in text and "+" in text


def _detached(text: str) -> str:
    found = re.match(r"([\w.]+)\s*\+=\s*([\w.]+)\s*$", text)
    if found:
        return f"{found.group(1)} += {found.group(2)}.item()"
    found = re.match(r"([\w.]+)\s*=\s*\1\s*\+\s*([\w.]+)\s*$", text)
    if found:
        return f"{found.group(1)} = {found.group(1)} + {found.group(2)}.item()"
    return f"{text}.detach()"
