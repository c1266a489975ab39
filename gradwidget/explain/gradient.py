"""Why is this gradient zero, NaN, huge, doubled, or wrong?"""

from __future__ import annotations

import math
import re
from typing import Any

from .. import events as ev
from .answer import Answer
from .story import Story

HUGE = 1e4  # a norm beyond this, or a node that makes a gradient so many times larger, is told


def gradient(story: Story, tensor: int, about: str) -> list[Answer]:
    """What is to be said of a gradient that is there; one that says so where nothing is out of the ordinary."""
    arrived = since_reset(story, tensor)
    found = []
    if arrived:
        last = arrived[-1]
        wrong = silently_wrong(story, last.backward, about)
        if wrong is not None:
            found.append(wrong)
        norm = number(last.norm)
        if wrong is not None:
            pass  # what else is strange about it follows from that
        elif math.isnan(norm) or math.isinf(norm):
            found.append(_where(story, tensor, last, about, "grad-nan", lambda g: not math.isfinite(g)))
        elif norm == 0:
            found.append(_where(story, tensor, last, about, "grad-zero", lambda g: g == 0))
        elif norm > HUGE:
            found.append(_huge(story, tensor, last, about, norm))
        if len(arrived) > 1:
            found.append(doubled(story, tensor, arrived, about))
    if not found:
        source = story.line(story.backwards[arrived[-1].backward][1].source) if arrived else None
        params = {"norm": number(arrived[-1].norm) if arrived else 0.0}
        found.append(Answer("grad-fine", about, params, (f"t{tensor}",), source, ""))
    return found


def number(value: ev.Number) -> float:
    try:
        return float(value)
    except ValueError:
        return abs(complex(value)) if isinstance(value, str) else math.nan


def since_reset(story: Story, tensor: int) -> list[ev.Accumulate]:
    """The gradients that its `.grad` is the sum of."""
    rows = story.accumulated.get(tensor, [])
    reset = max([i for i, _ in story.grads_set.get(tensor, [])], default=-1)
    grads = {e.grad for _, e in rows}
    for storage in {story.storage_of(g) for g in grads if g in story.tensors}:
        for i, e in story.writes.get(storage, ()):
            op = story.ops.get(e.op) if e.op is not None else None
            if op is not None and op.name in ("zero_", "fill_"):
                reset = max(reset, i)
    kept = [(i, e) for i, e in rows if i > reset]
    starts = [k for k, (_, e) in enumerate(kept) if not e.added]
    return [e for _, e in kept[starts[-1] if starts else 0 :]]


def doubled(story: Story, tensor: int, arrived: list[ev.Accumulate], about: str) -> Answer:
    """The backwards whose gradients were added up."""
    lines = [story.line(story.backwards[e.backward][1].source) for e in arrived if e.backward in story.backwards]
    source = next((s for s in reversed(lines) if s is not None), None)
    steps = [s for s in story.scopes.values() if s.what == "optimizer" and tensor in s.tensors]
    name = story.label(tensor)
    reset = "optimizer.zero_grad()" if steps else f"{name}.grad = None"
    params = {"times": len(arrived), "lines": [s for s in dict.fromkeys(lines) if s is not None]}
    ids = (f"t{tensor}", f"t{arrived[-1].grad}")
    return Answer("accumulated", about, params, ids, source, f"{reset}\n{source.text if source else 'loss.backward()'}")


def silently_wrong(story: Story, backward: int, about: str) -> Answer | None:
    """A saved tensor whose memory was written to through another counter, so that backward did not notice."""
    if backward not in story.backwards:
        return None
    begun = story.backwards[backward][0]
    for e in story.events[begun : story.ends.get(backward, (len(story.events), None))[0]]:
        if type(e) is not ev.Ran or e.backward != backward:
            continue
        node = story.nodes.get(e.node)
        for field, tensor, storage, counter, _ in node.saved if node is not None else ():
            since = story.node_index[e.node]
            for i, write in story.writes.get(storage, ()):
                if since < i < begun and write.counter != counter and node is not None:
                    return unseen(story, node, (field, tensor, storage), write, about)
    return None


def unseen(story: Story, node: ev.Node, saved: tuple[str, int | None, int], write: ev.Write, about: str) -> Answer:
    """The answer that names a write that no version counter told of."""
    from .backward_failed import _result

    field, tensor, storage = saved
    own = tensor if tensor is not None else _result(story, node, storage)
    op = story.ops.get(write.op) if write.op is not None else None
    source = story.line(op.source) if op is not None else None
    name = story.label(own) if own is not None else field
    params = {"name": name, "node": node.name, "through": story.label(write.tensor)}
    ids = [f"t{own}"] if own is not None else []
    ids += [f"o{op.id}"] if op is not None else []
    ids += [f"n{node.id}", f"t{write.tensor}", f"s{storage}"]
    text = source.text if source is not None else ""
    from .backward_failed import out_of_place

    fix = re.sub(r"\.data\b", "", out_of_place(source, name, op)) if ".data" in text else f"{name} = {name}.clone()"
    return Answer("silent-write", about, params, tuple(dict.fromkeys(ids)), source, fix)


# ---- where on its way a gradient became what it is


def _where(story: Story, tensor: int, last: ev.Accumulate, about: str, key: str, bad: Any) -> Answer:
    """The first node that gave such a gradient though it had got none."""
    culprit = origin(story, last.backward, last.node, bad)
    node = story.nodes.get(culprit) if culprit is not None else None
    op = story.ops.get(node.op) if node is not None and node.op is not None else None
    source = story.line(op.source) if op is not None else story.line(story.backwards[last.backward][1].source)
    ids = [f"t{tensor}", *([f"n{node.id}"] if node else []), *([f"o{op.id}"] if op is not None else [])]
    params = {"node": node.name if node is not None else "?", "op": op.name if op is not None else "?"}
    name = story.label(op.inputs[0]) if op is not None and op.inputs else "x"
    if node is None:
        key += "-root"
    return Answer(key, about, params, tuple(ids), source, _remedy(key, op.name if op is not None else "", name))


def origin(story: Story, backward: int, node: int, bad: Any) -> int | None:
    """Walk up from a node to where the gradients that came to it went bad; None: the pass began with such a one."""
    into: dict[int, list[ev.Flow]] = {}
    for f in story.flows.get(backward, ()):
        into.setdefault(f.node, []).append(f)
    here, seen = node, set()
    while here not in seen:
        seen.add(here)
        came = [f for f in into.get(here, ()) if bad(number(f.norm))]
        if not came:
            return here if here != node else None
        from_ = came[0].origin
        if from_ is None:
            return None
        here = from_
    return here


def _huge(story: Story, tensor: int, last: ev.Accumulate, about: str, norm: float) -> Answer:
    """The node that made it grow most."""
    got: dict[int, float] = {}
    gave: dict[int, float] = {}
    for f in story.flows.get(last.backward, ()):
        size = number(f.norm)
        got[f.node] = math.hypot(got.get(f.node, 0.0), size)
        if f.origin is not None:
            gave[f.origin] = max(gave.get(f.origin, 0.0), size)
    above = story.below([story.place(t).node for t in story.backwards[last.backward][1].roots if story.place(t).node])
    growth = {n: gave[n] / got[n] for n in gave if got.get(n) and n in above}
    most = max(growth, key=lambda n: growth[n], default=None)
    node = story.nodes.get(most) if most is not None else None
    op = story.ops.get(node.op) if node is not None and node.op is not None else None
    params = {"norm": norm, "node": node.name if node else "?", "times": growth[most] if most is not None else 1.0}
    ids = [f"t{tensor}", *([f"n{node.id}"] if node else []), *([f"o{op.id}"] if op is not None else [])]
    fix = f"torch.nn.utils.clip_grad_norm_([{story.label(tensor)}], 1.0)"
    return Answer("grad-huge", about, params, tuple(ids), story.line(op.source) if op is not None else None, fix)


def _remedy(key: str, op: str, name: str) -> str:
    if key == "grad-nan":
        if op in (
            "sqrt",
            "log",
            "log2",
            "log10",
            "rsqrt",
            "pow",
            "norm",
            "linalg_vector_norm",
            "reciprocal",
            "div",
            "atan2",
        ):
            function = op if op not in ("norm", "linalg_vector_norm") else "sqrt"
            return (
                f"torch.{function}({name}.clamp(min=1e-12))"
                if op not in ("pow", "div", "atan2")
                else f"{name}.clamp(min=1e-12)"
            )
        return "with torch.autograd.detect_anomaly():\n    loss.backward()"
    if key == "grad-zero" and op in ("relu", "relu_", "clamp", "clamp_", "hardtanh", "threshold"):
        return f"torch.nn.functional.leaky_relu({name})"
    return ""
