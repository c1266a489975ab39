"""Why is `x.grad` None?"""

from __future__ import annotations

import re

from .. import events as ev
from . import backward_failed, cut
from .answer import Answer
from .story import Story

MOVES = frozenset(
    ["to", "cuda", "cpu", "float", "double", "half", "bfloat16", "type", "mul", "div", "sub", "add", "clone"]
)


def grad_none(story: Story, tensor: int, about: str) -> Answer | None:
    """None where there is a gradient."""
    if story.grad(tensor) is not None:
        return None
    place = story.place(tensor)
    if not place.leaf and not _retains(story, tensor):
        return not_leaf(story, tensor, about)
    if not place.requires_grad:
        return no_request(story, tensor, about)
    cleared = _cleared(story, tensor)
    if cleared is not None:
        source = story.line(cleared.source)
        last = story.accumulated[tensor][-1][1].backward
        begun = story.line(story.backwards[last][1].source) if last in story.backwards else None
        read = f"print({about}.grad)\n{source.text}" if source is not None else ""
        return Answer("set-to-none", about, {"backward": begun}, (f"t{tensor}",), source, read)
    return unreached(story, tensor, about)


def _retains(story: Story, tensor: int) -> bool:
    return any(e.why == "retain_grad" for _, e in story.rewires.get(tensor, ()))


def _cleared(story: Story, tensor: int) -> ev.Grad | None:
    """The event that took the gradient away again."""
    sets = story.grads_set.get(tensor)
    arrived = story.accumulated.get(tensor)
    if sets and arrived and sets[-1][1].grad is None and sets[-1][0] > arrived[-1][0]:
        return sets[-1][1]
    return None


# ---- not a leaf


def not_leaf(story: Story, tensor: int, about: str) -> Answer:
    """Gradients are kept for leaves only."""
    op = story.makers.get(tensor)
    source = story.line_of(tensor)
    node = story.nodes.get(story.place(tensor).node)
    ids = [f"t{tensor}", *([f"o{op.id}"] if op is not None else [])]
    params = {"node": node.name if node is not None else "?", "op": op.name if op is not None else "?"}
    before = _former(story, tensor)
    if before is not None:
        name = story.label(tensor)
        fix = "with torch.no_grad():\n    " + _in_place(source.text if source else "", name)
        return Answer("reassigned", about, {**params, "name": name}, (*ids, f"t{before}"), source, fix)
    moved = _moved(story, tensor, op)
    if moved is not None:
        name = story.label(tensor)
        return Answer("moved-leaf", about, params, (*ids, f"t{moved}"), source, _late_request(source, name))
    leaves = [t for t in story.leaves(story.under([tensor])) if t in story.named]
    named = [story.label(t) for t in leaves]
    fix = f"{story.label(tensor)}.retain_grad()" if tensor in story.named else f"{about}.retain_grad()"
    return Answer("not-leaf", about, {**params, "leaves": named}, (*ids, *[f"t{t}" for t in leaves]), source, fix)


def _former(story: Story, tensor: int) -> int | None:
    """The leaf that bore this tensor's name before, and from which it was computed: `w = w - lr * w.grad`."""
    for name in story.named.get(tensor, ()):
        for i, (_, bearer) in enumerate(story.names[name]):
            if bearer == tensor:
                for _, earlier in reversed(story.names[name][:i]):
                    if earlier is not None and earlier != tensor and cut.wanted(story, earlier):
                        leaf = story.place(earlier).leaf
                        if leaf and earlier in story.ancestors(tensor) and _updates(story, tensor, name):
                            return earlier
    return None


def _updates(story: Story, tensor: int, name: str) -> bool:
    """Whether the line assigns the name from itself."""
    source = story.line_of(tensor)
    if source is None:
        return True
    found = re.match(rf"\s*{re.escape(name)}\s*=(?!=)(.*)", source.text)
    return found is None or re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", found.group(1)) is not None


def _in_place(text: str, name: str) -> str:
    """`w = w - lr * w.grad` as `w -= lr * w.grad`."""
    found = re.match(rf"\s*{re.escape(name)}\s*=\s*{re.escape(name)}\s*([-+*/])\s*(.*)", text)
    return f"{name} {found.group(1)}= {found.group(2)}" if found else f"{name} -= lr * {name}.grad"


def _moved(story: Story, tensor: int, op: ev.Op | None) -> int | None:
    """The leaf without a name of its own that a move to another device or dtype, or a scaling, left behind."""
    if op is None or op.name not in MOVES:
        return None
    wanted = [t for t in op.inputs if cut.wanted(story, t)]
    if len(wanted) != 1 or not story.place(wanted[0]).leaf:
        return None
    leaf, source = wanted[0], story.line(op.source)
    same_line = source is not None and story.line_of(leaf) == source and leaf not in story.named
    moved = op.name in ("to", "cuda", "cpu", "float", "double", "half", "bfloat16", "type")
    return leaf if same_line or moved else None


def _late_request(source: ev.Source | None, name: str) -> str:
    """The line with the request for gradients after the move."""
    text = source.text if source is not None else ""
    without = re.sub(r",\s*requires_grad\s*=\s*True", "", text)
    without = re.sub(r"\.requires_grad_\(\)", "", without)
    if without != text and re.match(rf"\s*{re.escape(name)}\s*=", without):
        found = re.match(r"(\s*[\w.]+\s*=\s*)(.*)", without)
        assert found is not None
        value = found.group(2)
        simple = re.fullmatch(r"[\w.]+(\(.*\))+(\.[\w.]+\(.*\))*", value) and not re.search(r"\)\s*[-+*/]", value)
        return f"{found.group(1)}{value if simple else f'({value})'}.requires_grad_()"
    return f"{name} = {name}.detach().requires_grad_()"


# ---- a leaf that nobody asked to have a gradient


def no_request(story: Story, tensor: int, about: str) -> Answer:
    off = cut.of_tensor(story, tensor)
    if off is not None:
        return cut.answer(story, off, about)
    cuts = cut.above(story, tensor)
    if cuts:
        return cut.answer(story, cuts[0], about)
    op, source = story.makers.get(tensor), story.line_of(tensor)
    ids = (f"t{tensor}", *([f"o{op.id}"] if op is not None else []))
    name = story.label(tensor)
    dtype = story.tensors[tensor].dtype
    if "int" in dtype or dtype == "bool":
        return Answer("integer-leaf", about, {"dtype": dtype}, ids, source, f"{name} = {name}.float().requires_grad_()")
    if op is not None and op.inputs:
        roots = [t for t in story.ancestors(tensor) if t not in story.makers or not story.makers[t].inputs]
        named = [t for t in sorted(roots) if t in story.named]
        given = [story.label(t) for t in named]
        fix = "\n".join([f"{g}.requires_grad_()" for g in given[:3]])
        return Answer("nothing-requires", about, {"given": given}, (*ids, *[f"t{t}" for t in named]), source, fix)
    return Answer("never-requested", about, {}, ids, source, f"{name}.requires_grad_()")


# ---- a leaf that wants one and got none


def unreached(story: Story, tensor: int, about: str) -> Answer:
    ids: tuple[str, ...] = (f"t{tensor}",)
    if not story.backwards:
        loss = _likely_loss(story, tensor)
        lost = _lost(story, tensor) if loss is None else None
        if lost is not None:
            return cut.answer(story, lost, about, ids)
        fix = f"{loss}.backward()" if loss else "loss.backward()"
        return Answer("no-backward", about, {}, ids, None, fix)
    last = max(story.backwards)
    index, begun = story.backwards[last]
    source = story.line(begun.source)
    roots = tuple([t for t in begun.roots if t in story.tensors])
    named = [story.label(t) for t in roots]
    params = {"roots": named, "backward": source}
    ids = (*ids, *[f"t{t}" for t in roots])
    ended = story.ends.get(last)
    if ended is not None and ended[1].error is not None:
        why = backward_failed.backward_failed(story, last, about)
        if why is not None:
            return why
    accumulator = story.accumulators.get(tensor)
    nodes = story.under(roots, index)
    if accumulator in nodes:
        reached = any(f.node == accumulator for f in story.flows.get(last, ()))
        key = "kept-elsewhere" if reached or _is_grad_call(source) else "nothing-arrived"
        return Answer(key, about, params, ids, source, f"{named[0] if named else 'loss'}.backward()")
    severed = cut.between(story, tensor, roots)
    if severed is not None:
        found = cut.answer(story, severed, about, ids)
        if any(story.place(t).leaf for t in roots) and severed.key.startswith("cut"):
            return found._replace(params={**found.params, "roots": named})
        return found
    twin = _other_bearer(story, tensor)
    if twin is not None:
        name = story.named[tensor][0]
        made = story.line_of(tensor)
        fix = f"optimizer = torch.optim.SGD([{name}], lr=0.1)"
        return Answer("other-tensor", about, {"name": name}, (f"t{tensor}", f"t{twin}"), made, fix)
    if tensor not in story.users:
        return Answer("unused", about, params, ids, source, f"y = f({story.label(tensor)})")
    used = story.users[tensor]
    if min(story.op_index[op.id] for op in used) > index:
        return Answer("used-later", about, params, ids, source, f"{_likely_loss(story, tensor) or 'loss'}.backward()")
    loss = _likely_loss(story, tensor)
    return Answer("not-in-graph", about, {**params, "loss": loss}, ids, source, f"{loss or 'loss'}.backward()")


def _is_grad_call(source: ev.Source | None) -> bool:
    return source is not None and "grad(" in source.text and ".backward(" not in source.text


def _likely_loss(story: Story, tensor: int) -> str | None:
    """What was computed from it last and has a name, the scalars first."""
    down = [t for t in cut._descendants(story, tensor) if t in story.named and t != tensor and cut.wanted(story, t)]
    down.sort(key=lambda t: (story.tensors[t].shape == (), t))
    return story.label(down[-1]) if down else None


def _lost(story: Story, tensor: int) -> cut.Cut | None:
    """The cut on the way to what was computed from it last, where no result with a name has a history."""
    down = cut._descendants(story, tensor)
    named = [t for t in down if t in story.named and t != tensor]
    cuts = cut.above(story, max(named)) if named else []
    return next((c for c in cuts if down & {*c.given}), None)


def _other_bearer(story: Story, tensor: int) -> int | None:
    """The tensor that had its name before, and got the gradient."""
    for name in story.named.get(tensor, ()):
        for _, bearer in reversed(story.names[name]):
            if bearer is not None and bearer != tensor and bearer in story.accumulated:
                return bearer
    return None
