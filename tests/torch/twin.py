"""The same program on two libraries.

A program is a generator function of one argument, `torch`; it yields what is to be compared. Each value is written down
as plain facts at the moment it is yielded (a later write must not change what was seen), and the two lists of facts are
compared one by one. `check(program)` fails with the line of the program and the facts that differ.

    def adds(torch):
        x = torch.ones(3, requires_grad=True)
        yield x + 1
        yield attempt(lambda: x.add_(1))
"""

from __future__ import annotations

import inspect
import linecache
import math
import re
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

Facts = dict[str, Any]
Program = Callable[[Any], Iterator[Any]]

TOLERANCE = {"float16": 2e-3, "float32": 2e-6, "complex64": 2e-6, "float64": 1e-13, "complex128": 1e-13}


class Raised:
    """An error as an observation: its type and words."""

    def __init__(self, error: BaseException, words: bool) -> None:
        self.type = type(error).__name__
        self.words = str(error) if words else "(not compared)"


def attempt(action: Callable[[], Any], words: bool = True) -> Any:
    """What `action` returns, or the error that it raises. words: whether the error's text is compared too."""
    try:
        return action()
    except Exception as error:
        return Raised(error, words)


class Arrived:
    """Gradients as an observation: values and type, but not whose memory they are in and how often it was written
    (how an engine adds up what arrives is its own affair)."""

    def __init__(self, gradients: Any) -> None:
        self.gradients = gradients


class Witness:
    """Writes down what one library shows. Storages and graph nodes are numbered in the order of being seen."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.storages: dict[int, int] = {}
        self.held: list[Any] = []  # so that no address is given out twice

    def facts(self, value: Any) -> Any:
        if isinstance(value, Raised):
            return {"raised": value.type, "words": value.words}
        if isinstance(value, Arrived):
            many = isinstance(value.gradients, (tuple, list))
            return [self.gradient(g) for g in (value.gradients if many else [value.gradients])]
        if isinstance(value, self.torch.Tensor):
            return self.tensor(value)
        if isinstance(value, np.ndarray):
            return {"ndarray": value.copy(), "dtype": value.dtype.name}
        if isinstance(value, dict):
            return {"dict": {str(k): self.facts(v) for k, v in value.items()}}
        if type(value).__name__ == "Size":
            return {"text": repr(value), "items": list(value)}
        if isinstance(value, (tuple, list)):
            return {type(value).__name__: [self.facts(v) for v in value]}
        if hasattr(value, "next_functions"):
            return {"graph": graph(value)}
        if value is None or isinstance(value, (bool, int, float, complex, str)):
            return value
        return {"text": repr(value)}

    def gradient(self, g: Any) -> Facts | None:
        if g is None:
            return None
        return {
            "dtype": str(g.dtype),
            "values": values_of(g),
            "contiguous": g.is_contiguous(),
            "leaf": g.is_leaf,
            "requires_grad": g.requires_grad,
        }

    def tensor(self, t: Any) -> Facts:
        node, leaf = attempt(lambda: t.grad_fn), attempt(lambda: t.is_leaf)  # a forbidden history raises when looked at
        seen: Facts = {
            "class": type(t).__name__,
            "dtype": str(t.dtype),
            "shape": tuple(t.shape),
            "values": values_of(t),
            "stride": tuple(t.stride()),
            "offset": t.storage_offset(),
            "storage": self.storage(t),
            "contiguous": t.is_contiguous(),
            "version": t._version,
            "leaf": self.facts(leaf),
            "requires_grad": self.facts(attempt(lambda: t.requires_grad)),
            "output_nr": None if isinstance(leaf, Raised) else t.output_nr,
            "graph": self.facts(node) if isinstance(node, Raised) else graph(node),
            "based": t._base is not None,
            "text": self.facts(attempt(lambda: repr(t))),
        }
        if leaf is True or (leaf is False and t.retains_grad):
            seen["grad"] = self.gradient(t.grad)
        return seen

    def storage(self, t: Any) -> int | None:
        storage = t.untyped_storage()
        if storage.nbytes() == 0:
            return None
        self.held.append(storage)
        return self.storages.setdefault(storage.data_ptr(), len(self.storages))


def values_of(t: Any) -> np.ndarray:
    """A copy of a tensor's values; those of bfloat16, which NumPy does not know, in float32."""
    t = t.detach().cpu()
    return (t.float() if str(t.dtype) == "torch.bfloat16" else t).numpy().copy()


def graph(node: Any, limit: int = 200) -> list[tuple[str, list[Any]]] | None:
    """The graph behind a node as a list of (name, edges), breadth first; an edge is (position in the list, input)."""
    if node is None:
        return None
    found, order, edges = {id(node): 0}, [node], []
    for at in order:
        out: list[Any] = []
        for child, nr in at.next_functions:
            if child is not None and id(child) not in found and len(order) < limit:
                found[id(child)] = len(order)
                order.append(child)
            out.append(None if child is None else (found.get(id(child)), nr))
        edges.append(out)
    return [(n.name(), e) for n, e in zip(order, edges, strict=True)]


def run(program: Program, torch: Any) -> list[tuple[int, Any]]:
    """Run a program on one library: (line, facts) for each thing that it yields, then the warnings."""
    torch.manual_seed(0)
    witness, seen = Witness(torch), []
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        running = program(torch)
        for value in running:
            line = running.gi_frame.f_lineno  # type: ignore[attr-defined]
            seen.append((line, witness.facts(value)))
    told = [f"{w.category.__name__}: {_plain(str(w.message))}" for w in heard if "torch.jit" not in str(w.message)]
    return [*seen, (0, {"warnings": told})]


def _plain(words: str) -> str:
    return re.sub(r" ?\(Triggered internally at .*", "", words, flags=re.DOTALL)


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """What differs between two facts, one line each."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        if rounded_otherwise(ours, theirs):
            ours, theirs = ({**facts, "text": without_digits(facts["text"])} for facts in (ours, theirs))
        for key in ours:
            yield from differences(ours[key], theirs[key], f"{path}.{key}" if path else key)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(a, b, f"{path}[{i}]")
    elif isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray):
        if not same_values(ours, theirs):
            yield f"{path}: ours {ours.tolist()}, PyTorch's {theirs.tolist()}"
    elif isinstance(ours, float) and isinstance(theirs, float):
        if not (math.isclose(ours, theirs, rel_tol=2e-6, abs_tol=1e-12) or (ours != ours and theirs != theirs)):
            yield f"{path}: ours {ours!r}, PyTorch's {theirs!r}"
    elif type(ours) is not type(theirs) or ours != theirs:
        yield f"{path}:\n      ours      {ours!r}\n      PyTorch's {theirs!r}"


def rounded_otherwise(ours: Facts, theirs: Facts) -> bool:
    """Whether the values are as good as equal but not to the last bit, so that printed digits may differ too."""
    if "text" not in ours or not isinstance(ours.get("values"), np.ndarray):
        return False
    return same_values(ours["values"], theirs["values"]) and not np.array_equal(
        ours["values"], theirs["values"], equal_nan=ours["values"].dtype.kind in "fc"
    )


def without_digits(text: str) -> str:
    return re.sub(r" *-?\d+\.\d*(e[-+]\d+)?", "#", text) if isinstance(text, str) else text


def same_values(ours: np.ndarray, theirs: np.ndarray) -> bool:
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return False
    tolerance = TOLERANCE.get(ours.dtype.name)
    if tolerance is None:
        return bool(np.array_equal(ours, theirs))
    return bool(np.allclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True))


def compare(program: Program, ours: Any, theirs: Any) -> list[str]:
    """Run on both and tell every difference, with the program's line above it."""
    expected = run(program, theirs)
    try:
        found = run(program, ours)
    except Exception as error:
        at = _line_in(program, error)
        return [f"{_source(program, at)}\n    ours raised {type(error).__name__}: {error}"]
    if len(found) != len(expected):
        return [f"ours yielded {len(found) - 1} times, PyTorch {len(expected) - 1} times"]
    told = []
    for (line, a), (other, b) in zip(found, expected, strict=True):
        lines = [*differences(line, other, "line"), *differences(a, b)]
        if lines:
            told.append(_source(program, line) + "".join(f"\n    {text}" for text in lines))
    return told


def check(program: Program, ours: Any, theirs: Any) -> None:
    """Fail with all differences between the two libraries."""
    told = compare(program, ours, theirs)
    assert not told, f"{program.__name__}: {program.__doc__ or ''}\n" + "\n".join(told)


def programs(module: ModuleType) -> list[Program]:
    """The programs of a module, in the order in which they are written."""
    own = [
        f
        for f in vars(module).values()
        if inspect.isgeneratorfunction(f) and f.__module__ == module.__name__ and f.__code__.co_argcount == 1
    ]
    return sorted(own, key=lambda f: f.__code__.co_firstlineno)


def _line_in(program: Program, error: BaseException) -> int:
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is program.__code__:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _source(program: Program, line: int) -> str:
    if not line:
        return "  at the end"
    return f"  line {line}: {linecache.getline(program.__code__.co_filename, line).strip()}"
