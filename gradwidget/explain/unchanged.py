"""Why did this parameter not change?"""

from __future__ import annotations

import re
from typing import Any

from ..events import Op as _Op
from ..events import Scope as _Scope
from ..events import Source as _Source
from . import grad_none
from .answer import Answer
from .gradient import number
from .story import Story


def unchanged(story: Story, tensor: int, about: str) -> Answer:
    name = story.label(tensor)
    ids = (f"t{tensor}",)
    written = [(i, e) for i, e in story.writes.get(story.storage_of(tensor), ()) if e.op is not None]
    steps = [(i, s) for i, s in story.all(_Scope) if s.what == "optimizer"]
    known = [(i, s) for i, s in steps if s.tensors]
    mine = [(i, s) for i, s in known if tensor in s.tensors]
    if not steps and not written:
        return Answer("no-step", about, {}, ids, None, "optimizer.step()")
    if not mine and known:
        return _elsewhere(story, tensor, about, known[-1][1])
    if mine:
        index, scope = mine[-1]
        source = _line_within(story, scope.id, index)
        optimizer = scope.label.removesuffix(".step")
        params = {"optimizer": optimizer, "name": name}
        if not story.place(tensor, index).requires_grad:
            return Answer("frozen", about, params, ids, source, f"{name}.requires_grad_()")
        if _grad_then(story, tensor, index) is None:
            why = grad_none.grad_none(story, tensor, about)
            more = why.ids if why is not None else ()
            line = why.source if why is not None and why.source is not None else source
            fix = why.fix if why is not None else f"loss.backward()\n{source.text if source else 'optimizer.step()'}"
            if why is None or why.key == "set-to-none":
                fix = f"loss.backward()\n{source.text if source else 'optimizer.step()'}"
            params |= {
                "why": why.title("en") if why is not None else "",
                "why_zh": why.title("zh") if why is not None else "",
            }
            return Answer("stepped-without-grad", about, params, tuple(dict.fromkeys((*ids, *more))), line, fix)
        rates = [float(r) for r in re.findall(r"lr=([-+.\deE]+)", scope.args)]
        if rates and not any(rates):
            return Answer("lr-zero", about, params, ids, source, "optimizer.param_groups[0]['lr'] = 0.1")
        last = [e for i, e in story.accumulated.get(tensor, ()) if i < index]
        if last and number(last[-1].norm) == 0:
            return Answer("stepped-by-zero", about, params, ids, source, "")
    if written:
        op = story.ops[written[-1][1].op]
        params = {"times": len(written), "op": op.name}
        return Answer("did-change", about, params, (*ids, f"o{op.id}"), story.line(op.source), "")
    return Answer("no-write", about, {}, ids, None, "")


def _elsewhere(story: Story, tensor: int, about: str, scope: _Scope) -> Answer:
    """An optimizer steps, but it holds other tensors."""
    name = story.label(tensor)
    optimizer = scope.label.removesuffix(".step")
    source = _line_within(story, scope.id, 0)
    twins = []
    for held in scope.tensors:
        if held in story.tensors and (
            story.storage_of(held) == story.storage_of(tensor)
            or held in story.ancestors(tensor)
            or tensor in story.ancestors(held)
            or set(story.named.get(held, ())) & set(story.named.get(tensor, ()))
        ):
            twins.append(held)
    if twins:
        params: dict[str, Any] = {"optimizer": optimizer, "name": name, "twin": story.label(twins[0])}
        fix = f"optimizer.param_groups[0]['params'] = [{name}]"
        ids = (f"t{tensor}", f"t{twins[0]}")
        return Answer("optimizer-holds-another", about, params, ids, story.line_of(tensor) or source, fix)
    fix = f"optimizer.add_param_group({{'params': [{name}]}})"
    params = {
        "optimizer": optimizer,
        "held": [story.label(t) for t in scope.tensors if t in story.tensors],
    }
    return Answer("not-in-optimizer", about, params, (f"t{tensor}",), source, fix)


def _line_within(story: Story, scope: int, index: int) -> _Source | None:
    """The line of an optimizer's step: that of the ops within it."""
    for _, op in story.all(_Op):
        if op.scope == scope:
            return story.line(op.source)
    return None


def _grad_then(story: Story, tensor: int, index: int) -> int | None:
    """Its `.grad` at an event."""
    rows = [*story.accumulated.get(tensor, ()), *story.grads_set.get(tensor, ())]
    before = [row for row in rows if row[0] < index]
    return max(before, key=lambda row: row[0])[1].grad if before else None
