"""Why did backward fail?"""

from __future__ import annotations

import re

from .. import events as ev
from . import cut
from .answer import Answer
from .story import Story


def failed(story: Story, tensor: int | None = None) -> int | None:
    """The last backward that failed, of those that began at a tensor where one is given."""
    found = [b for b, (_, end) in story.ends.items() if end.error is not None]
    if tensor is not None:
        found = [b for b in found if tensor in story.backwards[b][1].roots]
    return found[-1] if found else None


def backward_failed(story: Story, backward: int, about: str = "") -> Answer | None:
    """None where it did not fail."""
    if backward not in story.ends or story.ends[backward][1].error is None:
        return None
    index, begun = story.backwards[backward]
    end_index, end = story.ends[backward]
    error = end.error or ""
    roots = [t for t in begun.roots if t in story.tensors]
    about = about or (story.label(roots[0]) if roots else "")
    if "modified by an inplace operation" in error:
        found = stale(story, backward, end_index, about)
        if found is not None:
            return found
    if "backward through the graph a second time" in error:
        return second(story, backward, index, about)
    if "does not require grad and does not have a grad_fn" in error:
        return no_graph(story, begun, error, about)
    source = story.line(begun.source)
    ids = tuple([f"t{t}" for t in roots])
    name = story.label(roots[0]) if roots else about
    shape = story.tensors[roots[0]].shape if roots else ()
    if "implicitly created only for scalar outputs" in error:
        return Answer("not-scalar", about, {"shape": str(shape), "name": name}, ids, source, f"{name}.sum().backward()")
    if "Mismatch in shape: grad_output" in error:
        given = re.search(r"has a shape of torch\.Size\((\[.*?\])\)", error)
        params = {"shape": str(list(shape)), "given": given.group(1) if given else "?", "name": name}
        return Answer("gradient-shape", about, params, ids, source, f"{name}.backward(torch.ones_like({name}))")
    if "detached in-place" in error:
        return detached(story, end, error, about, source)
    node = story.nodes.get(end.node) if end.node is not None else None
    at = story.ops.get(node.op) if node is not None and node.op is not None else None
    ids = (*([f"n{node.id}"] if node is not None else []), *([f"o{at.id}"] if at is not None else []), *ids)
    line = story.line(at.source) if at is not None else source
    params = {"error": error, "node": node.name if node is not None else "?", "backward": source}
    return Answer("backward-other", about, params, ids, line, "")


# ---- something saved was overwritten


def stale(story: Story, backward: int, before: int, about: str) -> Answer | None:
    """Which saved tensor, by which write, in which line."""
    _, end = story.ends[backward]
    nodes = (
        [end.node] if end.node is not None else sorted(story.under(story.backwards[backward][1].roots), reverse=True)
    )
    for id_ in nodes:
        node = story.nodes.get(id_)
        for field, tensor, storage, counter, version in node.saved if node is not None else ():
            written = story.overwriting(counter, version, before)
            if node is not None and written is not None:
                return overwritten(story, node, (field, tensor, storage, counter, version), written[1], about)
    return _behind(story, nodes[0], before, about) if nodes else None


def _behind(story: Story, node: int, before: int, about: str) -> Answer | None:
    """What a node keeps inside of it (PyTorch's CopySlices does) is not told: the next write after its op, to the memory
    that the op wrote."""
    told = story.nodes.get(node)
    op = story.ops.get(told.op) if told is not None and told.op is not None else None
    if told is None or op is None:
        return None
    for storage in {story.storage_of(t) for t in op.outputs}:
        rows = story.writes.get(storage, [])
        own = [write for _, write in rows if write.op == op.id]
        later = [write for i, write in rows if story.op_index[op.id] < i < before and write.op != op.id]
        if later:
            version = own[-1].after if own else later[0].before
            return overwritten(story, told, ("result", None, storage, later[0].counter, version), later[0], about)
    return None


def overwritten(
    story: Story, node: ev.Node, saved: tuple[str, int | None, int, int, int], write: ev.Write, about: str
) -> Answer:
    """The answer that names a saved tensor and the write that spoilt it."""
    field, tensor, storage, _, version = saved
    own = tensor if tensor is not None else _result(story, node, storage)
    op = story.ops.get(write.op) if write.op is not None else None
    source = story.line(op.source) if op is not None else None
    maker = story.ops.get(node.op) if node.op is not None else None
    scope = story.scopes.get(op.scope) if op is not None and op.scope is not None else None
    while scope is not None and scope.what != "optimizer":
        scope = story.scopes.get(scope.parent) if scope.parent is not None else None
    name = story.label(own) if own is not None else field
    params = {
        "name": name,
        "node": node.name,
        "field": field,
        "version": version,
        "now": write.after,
        "through": story.label(write.tensor),
        "saver": story.line(maker.source) if maker is not None else None,
        "op": op.name if op is not None else "?",
        "optimizer": scope.label.removesuffix(".step") if scope is not None else "",
    }
    ids = [f"t{own}"] if own is not None else []
    ids += [f"o{op.id}"] if op is not None else []
    ids += [f"n{node.id}", f"t{write.tensor}", f"s{storage}"]
    key = "stale-optimizer" if scope is not None else "stale-saved"
    fix = _all_first(story, source) if scope is not None else out_of_place(source, story.label(write.tensor), op)
    return Answer(key, about, params, tuple(dict.fromkeys(ids)), source, fix)


def _result(story: Story, node: ev.Node, storage: int) -> int | None:
    """The tensor on that memory which a node's op gave: what it saved as its result."""
    op = story.ops.get(node.op) if node.op is not None else None
    found = [t for t in (op.outputs if op is not None else ()) if story.tensors[t].storage == storage]
    return found[0] if found else None


def _all_first(story: Story, source: ev.Source | None) -> str:
    """Both backwards, then the step."""
    lines = [story.line(b.source) for _, b in story.backwards.values()]
    begun = [s.text for s in lines if s is not None]
    texts = list(dict.fromkeys(begun[-2:]))
    if len(texts) == 2 and source is not None:
        first = (
            texts[0] if "retain_graph" in texts[0] else texts[0].replace(".backward()", ".backward(retain_graph=True)")
        )
        return "\n".join([first, texts[1], source.text])
    return f"loss.backward()\n{source.text if source is not None else 'optimizer.step()'}"


_SIGNS = {"add_": "+", "sub_": "-", "mul_": "*", "div_": "/", "pow_": "**", "iadd": "+"}


def out_of_place(source: ev.Source | None, name: str, op: ev.Op | None) -> str:
    """A line that writes in place, written so that it makes something new."""
    text = source.text if source is not None else ""
    augmented = re.match(r"([\w.]+)\s*(\+|-|\*\*|\*|/|//|%|@|&|\||\^)=\s*(.*)", text)
    if augmented:
        return f"{augmented.group(1)} = {augmented.group(1)} {augmented.group(2)} {augmented.group(3)}"
    call = re.search(r"([\w.\[\]]+?)(\.data)?\.(\w+)_\((.*)\)\s*$", text)
    if call and op is not None and op.name == call.group(3) + "_":
        if call.group(3) in ("zero", "fill", "copy"):
            return f"{call.group(1)} = {call.group(1)}.clone()\n{text}"
        return f"{call.group(1)} = {call.group(1)}.{call.group(3)}({call.group(4)})"
    item = re.match(r"([\w.]+)\[.*\]\s*[-+*/]?=", text)
    if item:
        return f"{item.group(1)} = {item.group(1)}.clone()\n{text}"
    inplace = re.sub(r",\s*inplace\s*=\s*True|inplace\s*=\s*True,?\s*", "", text)
    if inplace != text:
        return inplace
    return f"{name} = {name}.clone()" + (f"\n{text}" if text else "")


# ---- a graph that is used up


def second(story: Story, backward: int, index: int, about: str) -> Answer:
    """Which earlier backward used the graph up, and whether a state was carried over from it."""
    _, begun = story.backwards[backward]
    _, end = story.ends[backward]
    source = story.line(begun.source)
    nodes = story.under(begun.roots, index)
    ran = {e.node: e.backward for i, e in story.all(ev.Ran) if i < index}
    spent = [n for n in ([end.node] if end.node is not None else []) if n in ran] or [
        n for n in sorted(nodes, reverse=True) if n in ran and story.nodes[n].saved and n in story.released
    ]
    earlier = ran[spent[0]] if spent else None
    first = story.line(story.backwards[earlier][1].source) if earlier in story.backwards else None
    roots = [t for t in begun.roots if t in story.tensors]
    params = {"first": first, "second": source, "node": story.nodes[spent[0]].name if spent else "?"}
    ids = [*[f"t{t}" for t in roots], *[f"n{n}" for n in spent[:1]]]
    carried = _carried(story, nodes, ran)
    root_nodes = {story.place(t, index).node for t in roots}
    if carried is not None and not any(n in ran for n in root_nodes):
        tensor, op = carried
        line = story.line(op.source)
        name = story.label(tensor)
        params |= {"name": name, "line_used": line}
        fix = f"{name} = {name}.detach()" if tensor in story.named else "state = state.detach()"
        return Answer("carried-state", about, params, (f"t{tensor}", f"o{op.id}", *ids), line, fix)
    text = first.text if first is not None else f"{about or 'loss'}.backward()"
    again = re.sub(r"\.backward\(\s*\)", ".backward(retain_graph=True)", text)
    again = again if again != text else text.replace(".backward(", ".backward(retain_graph=True, ")
    return Answer("second-backward", about, params, tuple(ids), source, again)


def _carried(story: Story, nodes: set[int], ran: dict[int, int]) -> tuple[int, ev.Op] | None:
    """The tensor of the spent part of a graph that the new part was built on, and the op that did."""
    for id_ in sorted(nodes):
        node = story.nodes[id_]
        if id_ in ran or node.op is None:
            continue
        for target in story.edges(id_):
            if target in ran and story.nodes[target].variable is None:
                op = story.ops[node.op]
                at = set(story.node_tensors.get(target, ()))
                tensor = next((t for t in op.inputs if t in at), None)
                if tensor is not None:
                    return tensor, op
    return None


# ---- nothing to go back through


def no_graph(story: Story, begun: ev.Backward, error: str, about: str) -> Answer:
    """Which cut took the history of the root away."""
    from .grad_none import no_request

    found = re.match(r"element (\d+) of tensors", error)
    which = int(found.group(1)) if found else 0
    roots = [t for t in begun.roots if t in story.tensors]
    if not roots:
        return Answer("backward-other", about, {"error": error, "node": "?"}, (), story.line(begun.source), "")
    tensor = roots[min(which, len(roots) - 1)]
    answer = no_request(story, tensor, about or story.label(tensor))
    extra = (f"t{tensor}",)
    return answer._replace(ids=tuple(dict.fromkeys((*answer.ids, *extra))))


def detached(story: Story, end: ev.BackwardEnd, error: str, about: str, source: ev.Source | None) -> Answer:
    node = story.nodes.get(end.node) if end.node is not None else None
    saved = [t for _, t, *_ in node.saved if t is not None] if node is not None else []
    if node is not None and node.op in story.ops:
        saved += story.ops[node.op].outputs
    off = next((c for t in saved if (c := cut.of_tensor(story, t)) is not None), None)
    name = story.label(off.made) if off is not None else "?"
    ids = (*([f"t{off.made}"] if off is not None else []), *([f"n{node.id}"] if node is not None else []))
    params = {"name": name, "node": node.name if node is not None else "?"}
    fix = f"{name} = {name}.detach()"
    return Answer("saved-detached", about, params, ids, off.source if off is not None else source, fix)
