"""The fold: what is the case after so many events.

It copies fields and judges nothing. `js/src/model/state.ts` is the same fold; golden traces hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import events as ev

Fields = dict[str, Any]


class State:
    """Everything that exists, or existed, by id; see `apply` for what each kind of event does to it.

    `tensors`, `storages`, `nodes`, ... map ids to dictionaries with the fields of the event that made them and what came
    later: `alive`; a storage's `cells` and the index of its last write (`written`); a tensor's `names`, `grad`, `thumb`
    and the `op` that made it; an op's `nodes` and `writes`; a node's `released`. `born` is the index of the event.
    """

    def __init__(self) -> None:
        self.step = 0
        self.sources: dict[int, Fields] = {}
        self.storages: dict[int, Fields] = {}
        self.counters: dict[int, int] = {}
        self.tensors: dict[int, Fields] = {}
        self.ops: dict[int, Fields] = {}
        self.nodes: dict[int, Fields] = {}
        self.names: dict[str, int] = {}
        self.scopes: dict[int, Fields] = {}
        self.open: list[int] = []
        self.backwards: dict[int, Fields] = {}
        self.problems: list[Fields] = []

    def apply(self, event: Any) -> None:
        """Take in the next event."""
        _APPLY[type(event)](self, event, self.step)
        self.step += 1


def state_at(trace: Any, step: int | None = None) -> State:
    """The state after `step` events of a trace, after all of them by default."""
    state = State()
    for event in trace[: len(trace) if step is None else max(step, 0)]:
        state.apply(event)
    return state


def to_json(state: State) -> Fields:
    """The state as plain JSON; keys are strings, in the order of ids."""

    def table(entries: dict[Any, Any]) -> Fields:
        return {str(k): _plain(entries[k]) for k in sorted(entries)}

    return {
        "step": state.step,
        "sources": table(state.sources),
        "storages": table(state.storages),
        "counters": table(state.counters),
        "tensors": table(state.tensors),
        "ops": table(state.ops),
        "nodes": table(state.nodes),
        "names": table(state.names),
        "scopes": table(state.scopes),
        "open": list(state.open),
        "backwards": table(state.backwards),
        "problems": _plain(state.problems),
    }


def _plain(x: Any) -> Any:
    if isinstance(x, dict):
        return {k: _plain(v) for k, v in x.items()}
    return [_plain(v) for v in x] if isinstance(x, (list, tuple)) else x


# ---- one function per kind


def _source(s: State, e: ev.Source, i: int) -> None:
    s.sources[e.id] = e._asdict()


def _storage(s: State, e: ev.Storage, i: int) -> None:
    s.storages[e.id] = {**e._asdict(), "alive": True, "cells": None, "written": None, "born": i}


def _tensor(s: State, e: ev.Tensor, i: int) -> None:
    s.tensors[e.id] = {**e._asdict(), "alive": True, "names": [], "grad": None, "thumb": None, "op": None, "born": i}
    s.counters[e.counter] = max(s.counters.get(e.counter, 0), e.version)


def _op(s: State, e: ev.Op, i: int) -> None:
    s.ops[e.id] = {**e._asdict(), "nodes": [], "writes": [], "born": i}
    for t in e.outputs:
        if t not in e.inputs and t in s.tensors and s.tensors[t]["op"] is None:
            s.tensors[t]["op"] = e.id


def _node(s: State, e: ev.Node, i: int) -> None:
    s.nodes[e.id] = {**e._asdict(), "alive": True, "released": False, "born": i}
    if e.op in s.ops:
        s.ops[e.op]["nodes"].append(e.id)


def _write(s: State, e: ev.Write, i: int) -> None:
    s.counters[e.counter] = e.after
    if e.storage in s.storages:
        s.storages[e.storage]["written"] = i
    if e.op in s.ops:
        s.ops[e.op]["writes"].append([e.storage, e.counter, e.before, e.after])


def _rewire(s: State, e: ev.Rewire, i: int) -> None:
    if e.tensor in s.tensors:
        s.tensors[e.tensor].update(leaf=e.leaf, requires_grad=e.requires_grad, node=e.node, output=e.output)


def _reseat(s: State, e: ev.Reseat, i: int) -> None:
    if e.tensor in s.tensors:
        s.tensors[e.tensor].update(storage=e.storage, offset=e.offset, shape=e.shape, stride=e.stride, dtype=e.dtype)


def _name(s: State, e: ev.Name, i: int) -> None:
    before = s.names.pop(e.name, None)
    if before in s.tensors and e.name in s.tensors[before]["names"]:
        s.tensors[before]["names"].remove(e.name)
    if e.tensor is not None:
        s.names[e.name] = e.tensor
        if e.tensor in s.tensors:
            s.tensors[e.tensor]["names"].append(e.name)


def _scope(s: State, e: ev.Scope, i: int) -> None:
    s.scopes[e.id] = {**e._asdict(), "born": i, "left": None}
    s.open.append(e.id)


def _leave(s: State, e: ev.Leave, i: int) -> None:
    if e.scope in s.scopes:
        s.scopes[e.scope]["left"] = i
    if e.scope in s.open:
        s.open.remove(e.scope)


def _backward(s: State, e: ev.Backward, i: int) -> None:
    more: Fields = {
        "flows": [],
        "ran": [],
        "accumulated": [],
        "hooked": [],
        "ended": None,
        "error": None,
        "failed": None,
        "born": i,
    }
    s.backwards[e.id] = {**e._asdict(), **more}


def _flow(s: State, e: ev.Flow, i: int) -> None:
    if e.backward in s.backwards:
        s.backwards[e.backward]["flows"].append({**e._asdict(), "index": i})


def _hook(s: State, e: ev.Hook, i: int) -> None:
    if e.backward in s.backwards:
        s.backwards[e.backward]["hooked"].append({**e._asdict(), "index": i})


def _ran(s: State, e: ev.Ran, i: int) -> None:
    if e.backward in s.backwards:
        s.backwards[e.backward]["ran"].append(e.node)


def _accumulate(s: State, e: ev.Accumulate, i: int) -> None:
    if e.backward in s.backwards:
        s.backwards[e.backward]["accumulated"].append({**e._asdict(), "index": i})
    if e.tensor in s.tensors:
        s.tensors[e.tensor]["grad"] = e.grad


def _backward_end(s: State, e: ev.BackwardEnd, i: int) -> None:
    if e.backward in s.backwards:
        s.backwards[e.backward].update(ended=i, error=e.error, failed=e.node)


def _grad(s: State, e: ev.Grad, i: int) -> None:
    if e.tensor in s.tensors:
        s.tensors[e.tensor]["grad"] = e.grad


def _release(s: State, e: ev.Release, i: int) -> None:
    if e.node in s.nodes:
        s.nodes[e.node]["released"] = True


def _cells(s: State, e: ev.Cells, i: int) -> None:
    if e.storage in s.storages:
        s.storages[e.storage]["cells"] = e.values


def _thumb(s: State, e: ev.Thumb, i: int) -> None:
    if e.tensor in s.tensors:
        s.tensors[e.tensor]["thumb"] = e._asdict()


def _problem(s: State, e: ev.Problem, i: int) -> None:
    s.problems.append({**e._asdict(), "index": i})


def _freed(s: State, e: ev.Freed, i: int) -> None:
    table = {"tensor": s.tensors, "storage": s.storages, "node": s.nodes}.get(e.what, {})
    if e.id in table:
        table[e.id]["alive"] = False


_APPLY: dict[type, Callable[[State, Any, int], None]] = {
    ev.Source: _source,
    ev.Storage: _storage,
    ev.Tensor: _tensor,
    ev.Op: _op,
    ev.Node: _node,
    ev.Write: _write,
    ev.Rewire: _rewire,
    ev.Reseat: _reseat,
    ev.Name: _name,
    ev.Scope: _scope,
    ev.Leave: _leave,
    ev.Backward: _backward,
    ev.Flow: _flow,
    ev.Hook: _hook,
    ev.Ran: _ran,
    ev.Accumulate: _accumulate,
    ev.BackwardEnd: _backward_end,
    ev.Grad: _grad,
    ev.Release: _release,
    ev.Cells: _cells,
    ev.Thumb: _thumb,
    ev.Problem: _problem,
    ev.Freed: _freed,
}
