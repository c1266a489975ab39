"""What a why-question costs on a long trace: a network of 10,000 ops, forward and backward, all questions, and the hazards.

    python -m benchmarks.questions

`first` asks a trace that nobody has asked yet (its tables are made then), `again` asks it a second time; milliseconds,
of processor time, the slowest of all names and questions; `everything` is `why(x)` without a question, which asks several. `hazards` is what looking for hazards adds to making events of what was noted,
as a ratio. The target is 50 ms for every question.
"""

from __future__ import annotations

import json
import time
from typing import Any

import gradwidget
from gradwidget import torch
from gradwidget.explain import QUESTIONS, ask, ask_trace
from gradwidget.explain.hazards import Hazards

OPS = 10_000


def record(steps: int = 10) -> Any:
    """A recurrent network trained for some steps: about OPS ops in all, among them stale writes and a cut."""
    per = OPS // steps // 4
    with gradwidget.record("questions") as trace:
        w = torch.full((4, 4), 0.1, requires_grad=True)
        b = torch.zeros(4, requires_grad=True)
        optimizer = torch.optim.SGD([w, b], lr=0.01)
        kept = []
        for _ in range(steps):
            optimizer.zero_grad()
            h = torch.ones(4)
            for _ in range(per):
                h = torch.tanh((w @ h) * 0.5 + b)
            loss = (h * h).sum()
            kept.append(h.detach())
            loss.backward()
            optimizer.step()
        total = torch.stack(kept).sum()
    assert total is not None
    return trace


def slowest(trace: Any, fresh: bool, questions: tuple[str | None, ...] = tuple(QUESTIONS)) -> tuple[float, str]:
    worst, which = 0.0, ""
    for name in ("w", "h", "loss", "total", "b"):
        for question in questions:
            if fresh:
                ask._stories.clear()
            begun = time.thread_time()
            ask_trace(trace, name, question)
            took = (time.thread_time() - begun) * 1e3
            if took > worst:
                worst, which = took, f"{name}, {question or 'everything'}"
    return worst, which


def hazards(trace: Any) -> float:
    events = list(trace)
    best = 9.0
    for _ in range(3):
        begun = time.thread_time()
        Hazards()(events)
        best = min(best, time.thread_time() - begun)
    return best


def main() -> None:
    trace = record()
    ops = sum(type(e).__name__ == "Op" for e in trace)
    first, again = slowest(trace, True), slowest(trace, False)
    result = {
        "ops": ops,
        "events": len(trace),
        "first_ms": round(first[0], 1),
        "slowest_first": first[1],
        "again_ms": round(again[0], 1),
        "slowest_again": again[1],
        "everything_first_ms": round(slowest(trace, True, (None,))[0], 1),
        "hazards_us_per_event": round(hazards(trace) / len(trace) * 1e6, 3),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
