"""Why does this require grad, or not?"""

from __future__ import annotations

from . import cut, grad_none
from .answer import Answer
from .story import Story


def requires(story: Story, tensor: int, about: str) -> Answer:
    place = story.place(tensor)
    ids = (f"t{tensor}",)
    if not place.requires_grad:
        return grad_none.no_request(story, tensor, about)
    name = story.label(tensor)
    if place.leaf:
        asked = [e for _, e in story.rewires.get(tensor, ()) if e.requires_grad]
        source = story.line(asked[-1].source) if asked else story.line_of(tensor)
        key = "requires-parameter" if story.tensors[tensor].role == "parameter" else "requires-asked"
        return Answer(key, about, {}, ids, source, f"{name}.requires_grad_(False)")
    leaves = story.leaves(story.under([tensor]))
    named = [story.label(t) for t in leaves]
    op, source = story.makers.get(tensor), story.line_of(tensor)
    inputs = [t for t in (op.inputs if op is not None else ()) if cut.wanted(story, t)]
    params = {"leaves": named, "op": op.name if op is not None else "?", "given": [story.label(t) for t in inputs]}
    more = (*([f"o{op.id}"] if op is not None else []), *[f"t{t}" for t in leaves])
    key = "requires-weights" if any(story.tensors[t].role == "parameter" for t in leaves) else "requires-inputs"
    text = source.text if source is not None else name
    return Answer(key, about, params, (*ids, *more), source, f"with torch.no_grad():\n    {text}")
