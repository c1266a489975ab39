"""Trace files: seconds to save and to load 100,000 events, and bytes an event, beside the same events as gzipped lines of
JSON (the first version of the file) and as a pickle.

    python -m benchmarks.trace_files

Three programs: a chain of ops on three numbers; training of a small classifier of moons; training of 784-64-64-10 with
Adam, whose tensors are all too big to be told whole. The targets: <= 1 s each way, <= 20 bytes an event.
"""

from __future__ import annotations

import gzip
import json
import pickle
import time
from collections.abc import Callable
from typing import Any

from gradwidget import torch
from gradwidget.session import Session
from gradwidget.trace import Trace

EVENTS = 100_000
ROUNDS = 3
nn = torch.nn


def chain() -> Callable[[], None]:
    a = torch.tensor([0.9, 0.8, 0.7])

    def run() -> None:
        x = y = torch.tensor([0.1, 1.0, 2.0], requires_grad=True)
        for _ in range(50):
            y = (y * a + x).tanh() - a
        y.sum().backward()

    return run


def training(net: Any, optimizer: Any, batches: list[tuple[Any, Any]], loss: Callable[..., Any]) -> Callable[[], None]:
    def run() -> None:
        for x, target in batches:
            optimizer.zero_grad()
            loss(net(x), target).backward()
            optimizer.step()

    return run


def moons() -> Callable[[], None]:
    x = torch.randn(64, 2)
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    batches = [(x, (x[:, :1] * x[:, 1:] > 0).float())]
    return training(net, optimizer, batches, nn.functional.binary_cross_entropy_with_logits)


def wide() -> Callable[[], None]:
    x, target = torch.randn(1024, 784), torch.randint(0, 10, (1024,))
    net = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    batches = [(x[k : k + 32], target[k : k + 32]) for k in range(0, 1024, 32)]
    return training(net, optimizer, batches, nn.functional.cross_entropy)


def recorded(run: Callable[[], None]) -> Trace:
    session = Session("benchmark")
    session.start()
    while len(session.trace) < EVENTS:
        run()
    session.stop()
    trace = Trace()
    trace.extend(session.trace[:EVENTS])
    return trace


def best(work: Callable[[], Any]) -> tuple[float, Any]:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - begun)
    return min(times), result


def main() -> None:
    torch.manual_seed(0)
    result = {}
    for make in (chain, moons, wide):
        trace = recorded(make())
        saving, data = best(trace.to_bytes)
        loading, again = best(lambda data=data: Trace.from_bytes(data))
        assert list(again) == list(trace)
        lines_saving, lines = best(lambda trace=trace: gzip.compress(trace.lines(), 6))
        header = json.dumps({**trace.header, "version": 1}).encode() + b"\n"
        old = gzip.compress(header + trace.lines(), 6)
        lines_loading, _ = best(lambda old=old: Trace.from_bytes(old))
        pickled = pickle.dumps(trace[:])
        result[make.__name__] = {
            "save_s": round(saving, 2),
            "load_s": round(loading, 2),
            "bytes_per_event": round(len(data) / EVENTS, 1),
            "as lines: save, load, bytes per event": [
                round(lines_saving, 2), round(lines_loading, 2), round(len(lines) / EVENTS, 1),
            ],
            "as a gzipped pickle: bytes per event": round(len(gzip.compress(pickled, 6)) / EVENTS, 1),
        }  # fmt: skip
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
