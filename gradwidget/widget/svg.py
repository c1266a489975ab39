"""A still picture of a trace's state, for viewers where no widget runs: cards and arrows, in columns by depth."""

from __future__ import annotations

from html import escape
from typing import Any

MOST = 60  # tensors in the picture; of more, the latest
WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 150, 48, 74, 16, 16
LEGEND = 22
STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#24292f}.small{font-size:9px;fill:#57606a}.op{font-size:10px}"
    ".card{fill:#fff;stroke:#8c959f}.leaf{stroke:#1a7f37;stroke-width:2}.cut{stroke-dasharray:4 3}.gone{opacity:.45}"
    ".edge{fill:none;stroke:#8c959f}.pill{fill:#eaeef2;stroke:#d0d7de}.bad{fill:#cf222e}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.card{fill:#161b22}.pill{fill:#30363d}}"
)


def draw(state: Any) -> str:
    """The SVG of a state (`trace.state()`): tensors as cards, ops as pills, arrows from left to right.

    A green outline is a leaf that requires grad, a dashed one takes no gradient; the bar on the left is the storage,
    the same colour for the same memory; what is no longer alive is faint.

    >>> draw(trace.state())[:4]
    '<svg'
    """
    tensors = sorted(state.tensors.values(), key=lambda t: t["born"])
    left_out = max(0, len(tensors) - MOST)
    shown = {t["id"]: t for t in tensors[left_out:] if t["role"] != "grad"}
    columns = _columns(shown, state)
    places: dict[int, tuple[int, int]] = {}
    for x, column in enumerate(columns):
        for y, id_ in enumerate(column):
            places[id_] = MARGIN + x * (WIDTH + GAP_X), MARGIN + LEGEND + y * (HEIGHT + GAP_Y)
    width = max(360, 2 * MARGIN + len(columns) * (WIDTH + GAP_X) - GAP_X)
    height = 2 * MARGIN + LEGEND + max(1, max(map(len, columns), default=1)) * (HEIGHT + GAP_Y)
    parts = [_edges(op, places) for op in state.ops.values()]
    parts += [_card(t, places[t["id"]], state) for t in shown.values()]
    problems = state.problems
    title = f"{len(tensors)} tensors, {len(state.ops)} ops" + (
        f"; the first {left_out} are left out" if left_out else ""
    )
    if problems:
        first = (problems[-1]["text"] or problems[-1]["key"]).splitlines()[0]
        parts.append(f'<text class="bad" x="{MARGIN}" y="{height - 6}">{escape(first[:110])}</text>')
        height += 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(title)}"><style>{STYLE}</style>'
        f'<text class="small" x="{MARGIN}" y="{MARGIN + 4}">{escape(title)}</text>{"".join(parts)}</svg>'
    )


def _columns(shown: dict[int, Any], state: Any) -> list[list[int]]:
    """The tensors by how many ops it took to make them, in the order of their making."""
    depth: dict[int, int] = {}
    for id_, t in shown.items():
        op = state.ops.get(t["op"]) if t["op"] is not None else None
        before = [depth[i] for i in op["inputs"] if i in depth and i != id_] if op is not None else []
        depth[id_] = max(before, default=-1) + 1
    columns: list[list[int]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for id_, d in depth.items():
        columns[d].append(id_)
    return columns


def _edges(op: Any, places: dict[int, tuple[int, int]]) -> str:
    """One op: its pill before each result, and an arrow from each input."""
    parts = []
    for out in op["outputs"]:
        if out not in places or out in op["inputs"] or not op["inputs"]:
            continue
        x, y = places[out]
        middle = y + HEIGHT / 2
        name = op["name"]
        long = 6 * len(name) + 12
        pill = x - 8 - long
        for i in op["inputs"]:
            if i in places:
                a, b = places[i][0] + WIDTH, places[i][1] + HEIGHT / 2
                bend = (a + pill) / 2
                parts.append(f'<path class="edge" d="M{a},{b} C{bend},{b} {bend},{middle} {pill},{middle}"/>')
        parts.append(
            f'<rect class="pill" x="{pill}" y="{middle - 9}" width="{long}" height="18" rx="9"/>'
            f'<text class="op" x="{pill + 6}" y="{middle + 4}">{escape(name)}</text>'
            f'<path class="edge" d="M{x - 8},{middle} h8"/>'
        )
    return "".join(parts)


def _card(t: Any, place: tuple[int, int], state: Any) -> str:
    x, y = place
    outline = "card leaf" if t["leaf"] and t["requires_grad"] else "card" if t["requires_grad"] else "card cut"
    storage = state.storages.get(t["storage"])
    title = ", ".join(t["names"]) or "·"
    facts = f"{tuple(t['shape'])} {t['dtype']}"
    alive = "" if t["alive"] else "gone"
    hue = t["storage"] * 137 % 360
    return (
        f'<g class="{alive}">'
        f'<rect class="{outline}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>'
        f'<rect x="{x}" y="{y + 4}" width="4" height="{HEIGHT - 8}" fill="hsl({hue} 60% 50%)"/>'
        f'<text x="{x + 11}" y="{y + 16}">{escape(_cut(title, 22))}</text>'
        f'<text class="small" x="{x + 11}" y="{y + 29}">{escape(_cut(facts, 28))}</text>'
        f'<text class="small" x="{x + 11}" y="{y + 41}">{escape(_values(t, storage))}</text></g>'
    )


def _values(t: Any, storage: Any) -> str:
    """A few of its numbers, where the storage's are known and the tensor is all of it."""
    cells = storage["cells"] if storage is not None else None
    if cells is not None and t["offset"] == 0 and len(cells) == _size(t["shape"]):
        return _cut(", ".join(f"{v:.4g}" if isinstance(v, float) else str(v) for v in cells[:8]), 28)
    thumb = t["thumb"]
    return f"{thumb['low']} … {thumb['high']}" if thumb is not None else ""


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
