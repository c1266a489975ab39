"""Where gradients stop: the op at which a tensor's history ends though its inputs had one, and what kind of cut it is.

A cut is an op that got a tensor which required grad and gave one that does not. Values that left the tensors altogether
(`.item()`, NumPy, `torch.tensor([p])`) come back by an op without inputs: its line says which tensors they came from.
"""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from .. import events as ev
from .answer import Answer
from .story import Story

WRAPS = frozenset(["tensor", "Tensor", "as_tensor", "asarray", "from_numpy", "FloatTensor", "scalar_tensor", "full"])
FLAT = frozenset(
    ["argmax", "argmin", "argsort", "eq", "ne", "lt", "le", "gt", "ge", "bucketize", "searchsorted", "isnan"]
)
_ITEM = re.compile(r"\.(item|tolist)\s*\(|\b(float|int|bool)\s*\(")
_NUMPY = re.compile(r"\.numpy\s*\(|\b(np|numpy)\.|from_numpy")


def wanted(story: Story, tensor: int, index: int | None = None) -> bool:
    """Whether a tensor required grad, at an event."""
    return tensor in story.tensors and bool(story.place(tensor, index).requires_grad)


def mentioned(story: Story, op: ev.Op) -> list[int]:
    """The tensors that the line of an op names and that required grad then: where wrapped values came from."""
    source = story.line(op.source)
    if source is None:
        return []
    index = story.op_index[op.id]
    own = set(op.outputs)
    found = []
    for name in names_in(source.text):
        tensor = story.bearer(name, index)
        if tensor is not None and tensor not in own and wanted(story, tensor, index) and tensor not in found:
            found.append(tensor)
    # what the same line computed on the way: torch.tensor(loss_of(x).item())
    for other in story.ops.values():
        if other.source == op.source and story.op_index[other.id] < index:
            found += [t for t in other.outputs if t not in own and t not in found and wanted(story, t, index)]
    return found


def names_in(text: str) -> list[str]:
    """The variables and dotted paths that a line reads, longest first."""
    for attempt in (text, text.rstrip(":") + ": pass", text.rstrip().rstrip("([{,")):
        try:
            tree = ast.parse(attempt.strip())
            break
        except SyntaxError:
            continue
    else:
        return list(dict.fromkeys(re.findall(r"[A-Za-z_][\w.]*", text)))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Name) and isinstance(node.ctx, ast.Load):
            found.append(ast.unparse(node))
    return list(dict.fromkeys(sorted(found, key=len, reverse=True)))


class Cut(NamedTuple):
    """One place where a gradient's way ends."""

    key: str
    made: int  # the tensor that has no history
    given: tuple[int, ...]  # those that had one
    op: int | None
    source: ev.Source | None
    name: str = ""  # of the op


def of_op(story: Story, op: ev.Op) -> Cut | None:
    """The cut that an op is; None where it is none."""
    index = story.op_index[op.id]
    if not op.outputs:
        return None
    source = story.line(op.source)
    text = source.text if source is not None else ""
    made = op.outputs[0]
    given = tuple([t for t in op.inputs if wanted(story, t, index)])
    if op.name in WRAPS and (given or not op.inputs):
        came = given or tuple(mentioned(story, op))
        if not came:
            return None
        key = "cut-numpy" if _NUMPY.search(text) else "cut-item" if _ITEM.search(text) else "cut-rewrap"
        return Cut(key, made, came, op.id, source, op.name)
    if op.name == "CheckpointFunction" and not given and not any(wanted(story, t, index) for t in op.outputs):
        return Cut("cut-checkpoint", made, (), op.id, source, op.name)
    if not given or any(wanted(story, t, index) for t in op.outputs):
        return None
    return Cut(_key(story, op, text), made, given, op.id, source, op.name)


def _key(story: Story, op: ev.Op, text: str) -> str:
    if op.name == "detach":
        return "cut-state-dict" if "state_dict" in text else "cut-detach"
    if op.name == "data":
        return "cut-data"
    if op.mode != "grad" and "checkpoint(" in text:
        return "cut-checkpoint"
    if op.mode == "inference":
        return "cut-inference"
    if op.mode == "no_grad":
        return "cut-no-grad"
    dtypes = {story.tensors[t].dtype for t in op.outputs if t in story.tensors}
    if op.name in FLAT or all("int" in d or d == "bool" for d in dtypes):
        return "cut-integer"
    return "cut-other"


def of_tensor(story: Story, tensor: int, index: int | None = None) -> Cut | None:
    """Where a tensor was taken out of the graph itself: by `detach_()` or `requires_grad_(False)`."""
    for i, e in reversed(story.rewires.get(tensor, [])):
        if index is not None and i >= index:
            continue
        if not e.requires_grad and wanted(story, tensor, i):
            op = next((o.id for o in story.users.get(tensor, ()) if o.name == "detach_" and tensor in o.outputs), None)
            key = "cut-detach_" if e.why == "detach_" else "turned-off"
            return Cut(key, tensor, (tensor,), op if key == "cut-detach_" else None, story.line(e.source))
        break
    return None


def above(story: Story, tensor: int) -> list[Cut]:
    """The cuts through which the values of a tensor without history came, the nearest first."""
    return [cut for cut in _upwards(story, (tensor,)) if cut is not None]


def between(story: Story, leaf: int, roots: tuple[int, ...]) -> Cut | None:
    """The cut on the way of values from a leaf to the roots of a backward, the nearest to the roots; None where no
    value of the leaf went there."""
    down = _descendants(story, leaf)
    inside = None
    for cut in _upwards(story, roots, leaf):
        if down & {*cut.given}:
            return cut
        if cut.key == "cut-checkpoint" and leaf not in story.users:
            inside = inside or cut._replace(given=(leaf,))  # what a checkpoint computes with, only backward would tell
    return inside


def _upwards(story: Story, start: tuple[int, ...], leaf: int | None = None) -> Iterator[Cut]:
    """The cuts met on the way up from some tensors, each way as far as its first one. With `leaf`, ways on which
    gradients flow are gone, too, and it counts as cut where an op took it before it required grad."""
    todo, seen = deque(start), set(start)
    while todo:
        t = todo.popleft()
        op = story.makers.get(t)
        own = of_tensor(story, t)
        if own is not None:
            yield own
            continue
        if op is None:
            continue
        cut = of_op(story, op)
        if cut is not None:
            yield cut
            continue
        index = story.op_index[op.id]
        for before in op.inputs:
            if before == leaf and not wanted(story, leaf, index) and wanted(story, leaf):
                yield Cut("requested-late", t, (leaf,), op.id, story.line(op.source), op.name)
            elif before not in seen and (leaf is not None or not wanted(story, before, index)):
                seen.add(before)
                todo.append(before)


def _descendants(story: Story, tensor: int) -> set[int]:
    """The tensors that were computed from this one, itself included."""
    todo, seen = [tensor], {tensor}
    while todo:
        for op in story.users.get(todo.pop(), ()):
            for t in op.outputs:
                if t not in seen:
                    seen.add(t)
                    todo.append(t)
    return seen


def answer(story: Story, cut: Cut, about: str, more: tuple[str, ...] = ()) -> Answer:
    """The answer that names a cut."""
    given = [story.label(t) for t in cut.given]
    made = story.label(cut.made)
    ids = [f"t{cut.made}", *([f"o{cut.op}"] if cut.op is not None else []), *[f"t{t}" for t in cut.given], *more]
    params: dict[str, Any] = {"made": made, "given": given, "op": cut.name, "dtype": story.tensors[cut.made].dtype}
    code = fix(cut.key, cut.source, given[0] if given else "?", made, cut.name)
    return Answer(cut.key, about, params, tuple(dict.fromkeys(ids)), cut.source, code)


def fix(key: str, source: ev.Source | None, given: str, made: str, op: str) -> str:
    """Code for the line of the cut: the line without what cuts, where that can be said."""
    text = source.text if source is not None else ""
    if key == "cut-detach":
        return _without(text, r"\.detach\(\)") or f"{made} = {given}"
    if key == "cut-data":
        return _without(text, r"\.data\b") or f"{made} = {given}"
    if key == "cut-detach_":
        return f"{given}_now = {given}.detach()"
    if key == "turned-off":
        return f"{given}.requires_grad_()"
    if key == "requested-late":
        return f"{given}.requires_grad_()\n{text}"
    if key in ("cut-no-grad", "cut-inference"):
        return f"with torch.enable_grad():\n    {text or made}" if key == "cut-no-grad" else text
    if key == "cut-item":
        plain = re.sub(r"\.(item|tolist)\(\)", "", text)
        unwrapped = re.sub(
            r"torch\.(?:tensor|Tensor|as_tensor)\((?:\[)?\s*(?:float\()?([\w.]+)\)?\s*(?:\])?(?:,[^()]*)?\)",
            r"\1",
            plain,
        )
        return unwrapped if unwrapped != text else f"{made} = {given}"
    if key == "cut-rewrap":
        several = re.search(r"torch\.(?:tensor|Tensor|as_tensor)\(\[([^\[\]]*,[^\[\]]*)\]", text)
        if several:
            return f"{made} = torch.stack([{several.group(1).strip()}])"
        return f"{made} = {given}"
    if key == "cut-numpy":
        return f"{made} = torch.{_numpy_call(text)}({given})"
    if key == "cut-integer":
        return f"{made} = {given}.softmax(-1)" if op in ("argmax", "argmin") else f"{made} = {given}"
    if key == "cut-checkpoint":
        return (
            text.replace("use_reentrant=True", "use_reentrant=False")
            if "use_reentrant=True" in text
            else (re.sub(r"(checkpoint\(.*)\)", r"\1, use_reentrant=False)", text))
        )
    if key == "cut-state-dict":
        return f"{given}"
    return f"{made} = {given}"


def _numpy_call(text: str) -> str:
    found = re.search(r"\bnp\.(\w+)\(", text)
    return found.group(1) if found and found.group(1) not in ("array", "asarray") else "clone"


def _without(text: str, pattern: str) -> str:
    shorter = re.sub(pattern, "", text)
    inside = re.fullmatch(r"(\s*[\w.]+\s*=\s*)\(([^()]*)\)", shorter)
    if inside is not None:
        shorter = inside.group(1) + inside.group(2)
    return shorter if shorter != text else ""
