"""What did `detach_()`, an in-place write or `requires_grad_()` do to a tensor's place in the graph?"""

from __future__ import annotations

from .answer import Answer
from .story import Story

KEYS = {
    "detach_": "rewired-detach_",
    "requires_grad_": "rewired-requires-grad",
    "in-place": "rewired-in-place",
    "in-place on view": "rewired-view",
    "data=": "rewired-data",
    "retain_grad": "rewired-retain-grad",
}


def rewired(story: Story, tensor: int, about: str) -> list[Answer]:
    """One answer for each time, the latest first; one that says so where it never was."""
    found = []
    for i, e in reversed(story.rewires.get(tensor, [])):
        before = story.place(tensor, i)
        old, new = story.nodes.get(before.node), story.nodes.get(e.node)
        op = next(
            (o for o in reversed(list(story.ops.values())) if story.op_index[o.id] < i and tensor in o.outputs), None
        )
        source = story.line(e.source) or (story.line(op.source) if op is not None else None)
        base = story.tensors[tensor].base
        size = story.storages[story.storage_of(base if base is not None else tensor)].bytes
        params = {
            "before": old.name if old is not None else "None",
            "after": new.name if new is not None else "None",
            "leaf": e.leaf,
            "requires_grad": e.requires_grad,
            "base": story.label(base) if base is not None else story.label(tensor),
            "bytes": size,
        }
        ids = [f"t{tensor}", *[f"n{n.id}" for n in (new, old) if n is not None]]
        ids += [f"t{base}"] if base is not None else []
        key = KEYS.get(e.why, "rewired-other")
        if key == "rewired-in-place" and new is not None and new.name == "CopySlices":
            key = "rewired-view"
        found.append(Answer(key, about, params, tuple(ids), source, _fix(key, story.label(tensor), params["base"])))
    if not found:
        found.append(Answer("rewired-never", about, {}, (f"t{tensor}",), story.line_of(tensor), ""))
    return found


def _fix(key: str, name: str, base: str) -> str:
    if key == "rewired-detach_":
        return f"{name}_cut = {name}.detach()"
    if key == "rewired-view":
        return f"{base} = torch.where(mask, value, {base})"
    return ""
