"""What watching PyTorch costs: chains of small ops and training steps of models, watched and not, in one run.

    python -m benchmarks.watching [chain resnet gpt]

`on/off` is the program's own time while it is watched; making events of the notes comes later, when somebody reads the
trace (`(on+read)/off`). `after/off`: once watching has ended.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

from gradwidget.session import Session
from tests.record import known_models

OPS = 200


def chain(backward: bool) -> Callable[[], Any]:
    x = torch.full((3,), 0.5, requires_grad=True)
    a = torch.full((3,), 0.9)

    def run() -> Any:
        y = x
        for _ in range(OPS // 4):
            y = (y * a + x).tanh() - a
        if backward:
            y.sum().backward()
        return y

    return run


def timed(run: Callable[[], Any], times: int) -> float:
    best = float("inf")
    for _ in range(times):
        begun = time.process_time()
        run()
        best = min(best, time.process_time() - begun)
    return best


def measure(run: Callable[[], Any], times: int, rounds: int = 3) -> dict[str, float]:
    run()
    offs, ons, reads, afters, events = [], [], [], [], 0
    for _ in range(rounds):
        offs.append(timed(run, times))
        session = Session(source="torch")
        session.start()
        run()
        ons.append(timed(run, times))
        session.core.stop()
        begun = time.process_time()
        events = len(session.trace) // (times + 1)
        reads.append((time.process_time() - begun) / (times + 1))
        session.close()
        assert not session.recorder.stopped, session.recorder.stopped
        del session
        gc.collect()
        afters.append(timed(run, times))
    off, on = min(offs), min(ons)
    return {
        "off_ms": round(off * 1e3, 3),
        "on/off": round(on / off, 2),
        "(on+read)/off": round((on + min(reads)) / off, 2),
        "after/off": round(min(afters) / off, 2),
        "events": events,
    }


def main(wanted: list[str]) -> None:
    torch.manual_seed(0)
    works: dict[str, Callable[[], tuple[Callable[[], Any], int]]] = {
        "chain, forward": lambda: (chain(False), 30),
        "chain, forward and backward": lambda: (chain(True), 30),
        "ResNet-18, batch 8": lambda: (known_models.resnet(torch, 18, batch=8)[1], 2),
        "GPT of 12 layers": lambda: (known_models.gpt(torch)[1], 3),
    }
    result = {}
    for name, make in works.items():
        if not wanted or any(w.lower() in name.lower() for w in wanted):
            result[name] = measure(*make())
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
