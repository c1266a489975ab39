"""What would break if I wrote here?"""

from __future__ import annotations

from . import cut
from .answer import Answer
from .story import Story


def writing(story: Story, tensor: int, about: str) -> list[Answer]:
    """What an in-place write through a tensor would do: be refused, spoil a backward loudly or silently, change others."""
    t = story.tensors[tensor]
    storage = story.storage_of(tensor)
    name = story.label(tensor)
    found: list[Answer] = []
    place = story.place(tensor)
    ids: tuple[str, ...]
    owner = tensor if t.base is None else t.base
    if place.requires_grad and place.leaf or (owner != tensor and _wanted_leaf(story, owner)):
        fix = f"with torch.no_grad():\n    {name}.add_(1)"
        found.append(Answer("write-refused", about, {}, (f"t{tensor}",), story.line_of(tensor), fix))
    loud, silent = savers(story, storage, t.counter)
    for key, nodes in (("write-breaks", loud), ("write-silent", silent)):
        if nodes:
            node = story.nodes[nodes[0]]
            op = story.ops.get(node.op) if node.op is not None else None
            ids = (f"t{tensor}", *[f"n{n}" for n in nodes], *([f"o{op.id}"] if op is not None else []))
            params = {"nodes": [story.nodes[n].name for n in nodes], "count": len(nodes)}
            source = story.line(op.source) if op is not None else None
            found.append(Answer(key, about, params, ids, source, f"{name} = {name}.detach().clone()"))
    others = [o for o in story.on_storage(storage) if o != tensor and o in story.named and story.alive("tensor", o)]
    if others:
        ids = (f"t{tensor}", *[f"t{o}" for o in others])
        params = {"others": [story.label(o) for o in others]}
        source = story.line_of(max(tensor, others[0]))
        found.append(Answer("write-changes", about, params, ids, source, f"{name} = {name}.clone()"))
    if not found:
        found.append(Answer("write-free", about, {}, (f"t{tensor}", f"s{storage}"), None, ""))
    return found


def _wanted_leaf(story: Story, tensor: int) -> bool:
    return bool(story.place(tensor).leaf) and cut.wanted(story, tensor)


def savers(story: Story, storage: int, counter: int) -> tuple[list[int], list[int]]:
    """The living nodes that still need this memory as it is: those that will notice a write that ticks this counter,
    and those that will not."""
    loud: list[int] = []
    silent: list[int] = []
    for node in story.holding:
        for _, _, at, watched, _ in node.saved:
            if at == storage or watched == counter:
                (loud if watched == counter else silent).append(node.id)
                break
    return loud, silent
