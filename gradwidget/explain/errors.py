"""What does this error mean? Those that PyTorch raises where autograd's rules are broken, by their text.

A backward that fails is told by the trace itself (`backward_failed`); of an error elsewhere the trace has the text, the
line, and the tensors that the line named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .. import events as ev
from . import cut
from .answer import Answer
from .backward_failed import out_of_place
from .story import Story


class Case(NamedTuple):
    """An error: how its text reads, which of the line's tensors it is about, and code that mends the line."""

    key: str
    text: str  # a regular expression
    about: Callable[[Story, int], bool]
    fix: Callable[[str, str], str]  # the line and the tensor's name


def _leaf(story: Story, t: int) -> bool:
    place = story.place(t)
    return bool(place.leaf and place.requires_grad)


def _of_leaf(story: Story, t: int) -> bool:
    base = story.tensors[t].base
    return base is not None and _leaf(story, base)


def _view(story: Story, t: int) -> bool:
    return story.tensors[t].base is not None


def _inner(story: Story, t: int) -> bool:
    return not story.place(t).leaf


def _plain(story: Story, t: int) -> bool:
    return not story.place(t).requires_grad


def _wanted(story: Story, t: int) -> bool:
    return cut.wanted(story, t)


def _inference(story: Story, t: int) -> bool:
    op = story.makers.get(t)
    return op is not None and op.mode == "inference"


def _uneven(story: Story, t: int) -> bool:
    told = story.tensors[t]
    step = 1
    for length, stride in zip(reversed(told.shape), reversed(told.stride), strict=True):
        if length > 1 and stride != step:
            return True
        step *= length
    return False


def _overlapping(story: Story, t: int) -> bool:
    told = story.tensors[t]
    return any(n > 1 and s == 0 for n, s in zip(told.shape, told.stride, strict=True))


def _multi(story: Story, t: int) -> bool:
    op = story.makers.get(t)
    return op is not None and len(op.outputs) > 1


def _under_no_grad(line: str, name: str) -> str:
    return f"with torch.no_grad():\n    {line}"


def _swap(old: str, new: str) -> Callable[[str, str], str]:
    return lambda line, name: line.replace(old, new, 1) if old in line else f"{name}{new}"


def _detached(line: str, name: str) -> str:
    return re.sub(rf"(?<![\w.]){re.escape(name)}(?!\w)", f"{name}.detach().clone()", line, count=1)


def _cloned(line: str, name: str) -> str:
    return f"{name} = {name}.clone()\n{line}"


def _new(line: str, name: str) -> str:
    call = re.match(r"([\w.]+)\.(\w+)_\((.*)\)\s*$", line) or re.match(r"([\w.]+)\s*[-+*/]+=()(.*)$", line)
    return (
        out_of_place(ev.Source(0, "", None, 0, line, ""), name, None)
        if not call or not call.group(2)
        else (f"{call.group(1)} = {call.group(1)}.{call.group(2)}({call.group(3)})")
    )


CASES = (
    Case("leaf-view-in-place", r"a view of a leaf Variable that requires grad is being used in an in-place", _of_leaf, _under_no_grad),
    Case("leaf-in-place", r"a leaf Variable that requires grad is being used in an in-place", _leaf, _under_no_grad),
    Case("detach-view", r"Can't detach views in-place", _view, lambda line, name: f"{name} = {name}.detach()"),
    Case("no-grad-view", r"created in (no_grad|inference) mode and is being modified inplace", _view, _new),
    Case("multi-view", r"is a view and is being modified inplace.*returns multiple views", _multi, _new),
    Case("custom-view", r"is a view and is being modified inplace", _view, _new),
    Case("view-strides", r"view size is not compatible with input tensor's size and stride", _uneven, _swap(".view(", ".reshape(")),
    Case("inference-saved", r"Inference tensors cannot be saved for backward", _inference, lambda line, name: f"{name} = {name}.clone()\n{line}"),
    Case("inference-write", r"Inplace update to inference tensor outside InferenceMode", _inference, _cloned),
    Case("numpy-of-grad", r"Can't call numpy\(\) on Tensor that requires grad", _wanted, _swap(".numpy()", ".detach().numpy()")),
    Case("overlap", r"more than one element of the written-to tensor refers to a single memory location", _overlapping, _cloned),
    Case("deepcopy", r"support the deepcopy protocol", _inner, _detached),
    Case("retain-grad", r"can't retain_grad on Tensor that has requires_grad=False", _plain, lambda line, name: f"{name}.requires_grad_()\n{line}"),
    Case("optimize-non-leaf", r"can't optimize a non-leaf Tensor", _inner, lambda line, name: f"{name} = {name}.detach().requires_grad_()\n{line}"),
    Case("flag-of-non-leaf", r"you can only change requires_grad flags of leaf variables", _inner, lambda line, name: f"{name} = {name}.detach()"),
    Case("integer-leaf", r"[Oo]nly Tensors of floating point (and complex )?dtype can require gradients", _plain, lambda line, name: f"{name} = {name}.float().requires_grad_()"),
)  # fmt: skip


def of_error(
    story: Story, text: str, tensors: Sequence[int], source: ev.Source | None, about: str = ""
) -> Answer | None:
    """The answer to an error's text; None where it is none that autograd's rules explain.

    tensors: what the failing line named, in its order."""
    for case in CASES:
        if re.search(case.text, text, re.DOTALL):
            there = [t for t in tensors if t in story.tensors]
            there += [o for t in there for o in _around(story, t) if o not in there]
            fitting = [t for t in there if case.about(story, t)]
            chosen = fitting[0] if fitting else there[0] if there else None
            name = _receiver(source) or (story.label(chosen) if chosen is not None else about) or "x"
            line = source.text if source is not None else ""
            base = story.tensors[chosen].base if chosen is not None else None
            op = story.makers.get(chosen) if chosen is not None else None
            params = {
                "name": name,
                "op": op.name if op is not None else "?",
                "base": story.label(base) if base is not None else name,
                "made": story.line_of(chosen) if chosen is not None else None,
            }
            ids = [f"t{chosen}"] if chosen is not None else []
            ids += [f"t{base}"] if base is not None else []
            ids += [f"o{op.id}"] if op is not None else []
            fix = case.fix(line, story.label(chosen) if chosen in story.named else name)
            return Answer(case.key, about or name, params, tuple(ids), source, fix, "error")
    return None


def _around(story: Story, tensor: int) -> list[int]:
    """Tensors without a name that a line may be about: views of those that it names, the latest first."""
    shared = story.on_storage(story.storage_of(tensor))
    return [t for t in reversed(shared) if t != tensor and story.tensors[t].role != "grad"]


def _receiver(source: ev.Source | None) -> str:
    """What a line calls a method of or writes to: `row` in `row.mul_(2)`."""
    if source is None:
        return ""
    found = re.match(
        r"(?:[\w.]+\s*=\s*)?([A-Za-z_]\w*(?:\.\w+)*?)(?:\[.*?\])?(?:\.\w+\(|\s*[-+*/@]?=(?!=))", source.text
    )
    return found.group(1) if found and found.group(1) not in ("torch", "copy", "np") else ""


def named_by(story: Story, source: ev.Source | None, index: int | None = None) -> list[int]:
    """The tensors that a line names, as the names stood at an event."""
    found = []
    for name in cut.names_in(source.text) if source is not None else ():
        tensor = story.bearer(name, index)
        if tensor is not None and tensor not in found:
            found.append(tensor)
    return found
