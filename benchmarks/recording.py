"""What recording costs: chains of small ops, forward and backward, and a training step, with and without a recorder, in
one run.

    python -m benchmarks.recording

`on` is the program's own time while it is recorded; making events of the notes comes later, when somebody reads the
trace (`read`). `off_us` and `events` are for an op of a chain, and for a whole step of training.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from gradwidget import torch
from gradwidget.record import Core, Recorder

from .small_ops import moons

OPS = 50 * 4
ROUNDS = 30


def chain(shape: tuple[int, ...]) -> Callable[[], None]:
    x = torch.full(shape, 0.5, requires_grad=True)
    a = torch.full(shape, 0.9)

    def run() -> None:
        y = x
        for _ in range(OPS // 4):
            y = (y * a + x).tanh() - a
        y.sum().backward()

    return run


def best(run: Callable[[], None]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return min(times)


def main() -> None:
    result = {}
    works = {f"chain of {shape}": (chain(shape), OPS) for shape in ((), (3,), (64, 64))}
    works["step of a classifier of moons"] = moons(torch), 1
    for name, (run, count_of_ops) in works.items():
        run()
        offs, ons, reads, count = [], [], [], 0
        for _ in range(3):
            offs.append(best(run))
            events: list[object] = []
            recorder = Recorder(events.extend)
            core = Core(recorder, torch)
            core.start()
            run()
            recorder.settle()
            events.clear()
            ons.append(best(run))
            core.stop()
            begun = time.perf_counter()
            recorder.settle()
            reads.append((time.perf_counter() - begun) / ROUNDS)
            count = len(events) // ROUNDS
            recorder.close()
        off, on, read = min(offs), min(ons), min(reads)
        result[name] = {
            "off_us": round(off / count_of_ops * 1e6, 2),
            "on/off": round(on / off, 2),
            "(on+read)/off": round((on + read) / off, 2),
            "events": round(count / count_of_ops, 1),
        }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
