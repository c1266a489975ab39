"""Who shares my memory, and since when?"""

from __future__ import annotations

from ..events import Op as _Op
from .answer import Answer
from .story import Story


def sharing(story: Story, tensor: int, about: str) -> list[Answer]:
    """One answer for each tensor on the same memory, the living ones with a name first; one that says so where there is
    none."""
    storage = story.storage_of(tensor)
    others = [t for t in story.on_storage(storage) if t != tensor and story.tensors[t].role != "grad"]
    others.sort(key=lambda t: (t not in story.named, not story.alive("tensor", t), t))
    written = {e.tensor for _, e in story.writes.get(storage, ())}
    kept = [t for t in others if t in story.named]
    kept = kept or [t for t in others if story.alive("tensor", t) or t in written][:1]
    found = [shared(story, tensor, t, about) for t in kept]
    outside = _numpy(story, tensor, about)
    if outside is not None:
        found.insert(0, outside)
    if not found:
        ids = (f"t{tensor}", f"s{storage}")
        found.append(Answer("shares-none", about, {"storage": storage}, ids, story.line_of(tensor), ""))
    return found


def shared(story: Story, tensor: int, other: int, about: str) -> Answer:
    """How two tensors come to have one memory: the answer's line made the younger one."""
    mine, its = story.tensors[tensor], story.tensors[other]
    young, old = (other, tensor) if other > tensor else (tensor, other)
    op = story.makers.get(young)
    name = op.name if op is not None else ""
    storage = story.storage_of(tensor)
    moved = story.reseats.get(young) or story.reseats.get(old)
    source = story.line(moved[-1][1].source) if moved else story.line_of(young)
    text = source.text if source is not None else ""
    if moved:
        key = "shares-data"
    elif mine.base == other or its.base == tensor or (mine.base is not None and mine.base == its.base):
        key = "shares-view"
    elif story.tensors[young].role == "parameter":
        key = "shares-parameter"
    elif mine.counter != its.counter:
        key = "shares-data"
    else:
        key = "shares-state-dict" if "state_dict" in text else "shares-detach"
    writes = [e for _, e in story.writes.get(storage, ()) if e.tensor == other]
    last = story.ops.get(writes[-1].op) if writes and writes[-1].op is not None else None
    params = {
        "other": story.label(other),
        "young": story.label(young),
        "old": story.label(old),
        "op": name,
        "writes": len(writes),
        "written": story.line(last.source) if last is not None else None,
        "alive": story.alive("tensor", other),
    }
    ids = [f"t{tensor}", f"t{other}", f"s{storage}", *([f"o{op.id}"] if op is not None else [])]
    clone = f"{story.label(young)} = {story.label(old)}.detach().clone()"
    return Answer(key, about, params, tuple(ids), source, clone)


def _numpy(story: Story, tensor: int, about: str) -> Answer | None:
    """Memory that a NumPy array has, too."""
    ids: tuple[str, ...]
    for t in story.on_storage(story.storage_of(tensor)):
        op = story.makers.get(t)
        source = story.line(op.source) if op is not None else None
        if op is not None and op.name in ("from_numpy", "numpy", "as_tensor", "asarray"):
            ids = (f"t{tensor}", f"t{t}", f"o{op.id}", f"s{story.storage_of(tensor)}")
            name = story.label(t)
            return Answer("shares-numpy", about, {"name": name}, ids, source, f"{name} = {name}.clone()")
    lines = {id_: source for id_, source in story.sources.items() if ".numpy()" in source.text}
    for _, e in story.all(_Op) if lines else ():
        source = lines.get(e.source) if e.source is not None else None
        if source is not None and e.name == "detach" and _same(story, tensor, e):
            ids = (f"t{tensor}", f"o{e.id}", f"s{story.storage_of(tensor)}")
            code = source.text.replace(".numpy()", ".numpy().copy()")
            return Answer("shares-numpy", about, {"name": story.label(tensor)}, ids, source, code)
    return None


def _same(story: Story, tensor: int, op: _Op) -> bool:
    return any(t in story.tensors and story.storage_of(t) == story.storage_of(tensor) for t in op.outputs)
