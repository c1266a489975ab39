"""Whether anything went wrong, or will."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..session import current


def assert_no_hazards(trace: Any = None, ignore: Iterable[str] = ()) -> None:
    """A recording has no problem in it: no write that backward will trip over, no error, no failure of the recorder.

    trace: by default that of the recording that runs; ignore: keys of problems that are meant.
    Raises AssertionError with each problem and its line; RuntimeError where nothing is recorded.

    >>> def test_step(gradtrace):
    ...     train(model)
    ...     assert_no_hazards()
    """
    __tracebackhide__ = True
    if trace is None:
        running = current()
        if running is None:
            raise RuntimeError("nothing is recorded: ask for the fixture `gradtrace`, or hand over a trace")
        running.settle()
        trace = running.trace
    meant = set(ignore)
    found = [problem for problem in trace.problems() if problem.key not in meant]
    if found:
        sources = trace.state().sources
        lines = []
        for problem in found:
            source = sources.get(problem.source)
            where = f" in {source['file']}:{source['line']}, `{source['text']}`" if source is not None else ""
            text = problem.text.splitlines()[0] if problem.text else ""
            lines.append(f"{problem.key}{where}: {text}")
        count = f"{len(found)} problems were" if len(found) > 1 else "a problem was"
        raise AssertionError("\n  ".join([f"{count} recorded", *lines]))
