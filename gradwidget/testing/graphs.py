"""Whether two programs, two runs or two libraries make the same graph."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..session import Session
from ..trace import Trace, compare

# What is no part of the graph: numbers, names, and when something died.
NOT_THE_GRAPH = (
    "source", "freed", "cells", "thumb", "name", "scope", "leave", "problem",
    "op.scope", "flow.norm", "flow.values", "accumulate.norm",
)  # fmt: skip

update = False  # write golden files instead of comparing with them; the plugin's --gradwidget-update sets it

Graph = Any  # a Trace, the fixture `gradtrace`, the path of a trace file, or a function that takes `torch`


def assert_same_graph(first: Graph, second: Graph = None, ignore: Iterable[str] = NOT_THE_GRAPH) -> None:
    """Two recordings make the same graph: ops, nodes, edges, sharing, versions and gradients' ways, equal up to ids.

    Each may be a trace, a trace file (a *golden* one: written where pytest runs with --gradwidget-update), or a function of
    `torch`, which is called and recorded. Without `second`, the function runs on PyTorch itself: its *twin*.
    ignore: kinds of events and fields that may differ. Raises AssertionError with the first differences; FileNotFoundError
    where a golden file is missing.

    >>> assert_same_graph(gradtrace, "golden/attention.gwtrace")
    >>> assert_same_graph(lambda torch: torch.ones(2, requires_grad=True).exp().sum())
    """
    __tracebackhide__ = True
    made = _trace(first)
    if second is None:
        if not callable(first):
            raise TypeError("a twin is made of a function that takes `torch`; else hand over what to compare with")
        import torch

        second = _record(first, torch)
    elif isinstance(second, str | os.PathLike):
        path = Path(second)
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.save(path)
            return
        if not path.exists():
            raise FileNotFoundError(f"there is no golden trace {path}; write it with pytest --gradwidget-update")
    told = compare(made, _trace(second), ignore=ignore)
    if told:
        raise AssertionError("\n  ".join(["the graphs differ", *told]))


def _trace(graph: Graph) -> Trace:
    if isinstance(graph, str | os.PathLike):
        return Trace.load(graph)
    if callable(graph):
        from .. import torch

        return _record(graph, torch)
    trace: Any = getattr(graph, "trace", graph)
    return trace


def _record(program: Callable[[Any], Any], library: Any) -> Trace:
    """Run a program on a library and record it."""
    session = Session.on_library(library)
    session.start()
    try:
        program(library)
    finally:
        session.close()
    return session.trace
