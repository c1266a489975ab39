"""What differs between two runs: ops that only one of them ran, and what came out differently where both ran the same.

`compare` asks whether two traces are equal event by event; a diff asks what a change of the program changed. Ops are
matched in order (name, arguments, shapes, line), then tensors by the matched ops and by name.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any, NamedTuple

from .compare import _same

LONG = 3000  # beyond so many ops that differ, the middle is not matched but told as a whole


class Change(NamedTuple):
    """One difference.

    what: "op" (only one run has it), "tensor", "name", "problem"; label: which, as people call it
    fact: of a tensor or name, what differs; before, after: in the first and in the second run, None where it is missing
    """

    what: str
    label: str
    fact: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.what} {self.label}: {self.after}"
        if self.after is None:
            return f"- {self.what} {self.label}: {self.before}"
        return f"~ {self.what} {self.label}, {self.fact}: {self.before} -> {self.after}"


class Diff(tuple[Change, ...]):
    """The differences, in the order of the program; false where there is none.

    >>> diff = trace.diff(Trace.load("before.gwtrace"))
    >>> print(diff)
    ~ name y, requires_grad: True -> False
    """

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "no difference"

    def of(self, what: str) -> list[Change]:
        """The differences of one sort."""
        return [change for change in self if change.what == what]


def diff(a: Any, b: Any, tolerance: float = 1e-4) -> Diff:
    """How trace `b` differs from trace `a`. Numbers may differ by `tolerance`, relatively.

    >>> diff(first, second)[0]
    Change(what='op', label='detach(y)', fact='', before=None, after='z = y.detach()')
    """
    first, second = _Run(a), _Run(b)
    found: list[Change] = []
    x, y = first.ops, second.ops
    for tag, i, j, k, m in _matched([first.signature(op) for op in x], [second.signature(op) for op in y]):
        if tag == "equal":
            for one, other in zip(x[i:j], y[k:m], strict=True):
                found += _outputs(first, one, second, other, tolerance)
        else:
            found += [Change("op", first.call(op), "", first.line(op), None) for op in x[i:j]]
            found += [Change("op", second.call(op), "", None, second.line(op)) for op in y[k:m]]
    found += _names(first, second, tolerance)
    found += _problems(first, second)
    return Diff(dict.fromkeys(found))


def _matched(a: list[Any], b: list[Any]) -> list[tuple[str, int, int, int, int]]:
    """Like SequenceMatcher's opcodes; the beginning and the end that are equal are found first, in linear time."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    p, q = len(a) - end, len(b) - end
    middle: list[tuple[str, int, int, int, int]] = []
    if start < p or start < q:
        if max(p, q) - start > LONG:
            middle = [("replace", start, p, start, q)]
        else:
            codes = SequenceMatcher(None, a[start:p], b[start:q], autojunk=False).get_opcodes()
            middle = [(tag, i + start, j + start, k + start, m + start) for tag, i, j, k, m in codes]
    return [("equal", 0, start, 0, start), *middle, ("equal", p, len(a), q, len(b))]


class _Run:
    """A trace's end, with what is asked of it."""

    def __init__(self, trace: Any) -> None:
        self.state = state = trace.state()
        self.ops = list(state.ops.values())
        self.sharing: dict[int, int] = {}
        for t in state.tensors.values():
            self.sharing[t["storage"]] = self.sharing.get(t["storage"], 0) + 1
        self.grads: dict[int, Any] = {}
        for backward in state.backwards.values():
            for arrived in backward["accumulated"]:
                self.grads[arrived["tensor"]] = arrived["norm"]

    def signature(self, op: Any) -> Any:
        """What makes two ops the same step of a program: not the line's number, which moves."""
        shapes = tuple(tuple(self.state.tensors[t]["shape"]) for t in op["outputs"] if t in self.state.tensors)
        return op["name"], op["args"], shapes, self.text(op)

    def text(self, op: Any) -> str:
        source = self.state.sources.get(op["source"])
        return source["text"] if source is not None else ""

    def line(self, op: Any) -> str:
        source = self.state.sources.get(op["source"])
        return f"{source['text']} (line {source['line']})" if source is not None else op["name"]

    def label(self, tensor: int) -> str:
        t = self.state.tensors.get(tensor)
        names = t["names"] if t is not None else ()
        return names[0] if names else f"t{tensor}"

    def call(self, op: Any) -> str:
        inside = ", ".join([self.label(t) if self.state.tensors[t]["names"] else "…" for t in op["inputs"]])
        return f"{op['name']}({inside})"

    def facts(self, tensor: int) -> dict[str, Any]:
        """What a run says of a tensor, without ids."""
        t = self.state.tensors[tensor]
        node = self.state.nodes.get(t["node"])
        saved = [f"{field}@{version}" for field, _, _, _, version in node["saved"]] if node is not None else []
        return {
            **{fact: t[fact] for fact in ("shape", "stride", "dtype", "leaf", "requires_grad")},
            "storage shared": self.sharing[t["storage"]] > 1,
            "grad_fn": node["name"] if node is not None else "None",
            "saved": ", ".join(saved) or "nothing",
            "version": self.state.counters[t["counter"]],
            "grad": self.grads.get(tensor, "None") if t["grad"] is not None else "None",
            "values": self.cells(t),
        }

    def cells(self, t: Any) -> Any:
        storage = self.state.storages.get(t["storage"])
        cells = storage["cells"] if storage is not None else None
        return tuple(cells) if cells is not None else None


def _outputs(first: _Run, one: Any, second: _Run, other: Any, tolerance: float) -> list[Change]:
    """Of matched ops: the results without a name, which nothing else tells of, and the mode."""
    found = []
    if one["mode"] != other["mode"]:
        found.append(Change("op", first.call(one), "mode", one["mode"], other["mode"]))
    for x, y in zip(one["outputs"], other["outputs"], strict=False):
        if x in first.state.tensors and y in second.state.tensors and not first.state.tensors[x]["names"]:
            found += _facts("tensor", first.call(one), first.facts(x), second.facts(y), tolerance)
    return found


def _facts(what: str, label: str, before: Any, after: Any, tolerance: float) -> list[Change]:
    found = []
    for fact in before:
        u, v = before[fact], after[fact]
        if u is not None and v is not None and not _same(u, v, tolerance):
            found.append(Change(what, label, fact, u, v))
    return found


def _names(first: _Run, second: _Run, tolerance: float) -> list[Change]:
    found = []
    for name, tensor in first.state.names.items():
        other = second.state.names.get(name)
        if other is None:
            found.append(Change("name", name, "", _brief(first.facts(tensor)), None))
        else:
            found += _facts("name", name, first.facts(tensor), second.facts(other), tolerance)
    for name, tensor in second.state.names.items():
        if name not in first.state.names:
            found.append(Change("name", name, "", None, _brief(second.facts(tensor))))
    return found


def _brief(facts: dict[str, Any]) -> str:
    return f"{facts['dtype']} {tuple(facts['shape'])}, grad_fn {facts['grad_fn']}"


def _problems(first: _Run, second: _Run) -> list[Change]:
    x, y = ([(p["key"], p["text"]) for p in run.state.problems] for run in (first, second))
    found = [Change("problem", key, "", text, None) for key, text in x if (key, text) not in y]
    return found + [Change("problem", key, "", None, text) for key, text in y if (key, text) not in x]
