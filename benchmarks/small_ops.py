"""Small ops with autograd: our time as a ratio of PyTorch's eager time, measured in turns in one process, one thread.

    python benchmarks/small_ops.py            # a table
    python benchmarks/small_ops.py --json     # the same as JSON

The ratio of each round is taken on its own (machines drift) and the median of the rounds is reported.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # read when the libraries are loaded

import torch as reference  # noqa: E402

from gradwidget import torch as core  # noqa: E402

ROUNDS = 25
ROUND_SECONDS = 0.02
CHAIN = 25  # times four ops
SHAPES: list[tuple[int, ...]] = [(), (3,), (64, 64)]

Work = Callable[[], Any]


def chain(torch: Any, shape: tuple[int, ...], backward: bool) -> Work:
    """mul, add, tanh, sub, over and over."""
    torch.manual_seed(0)
    x = torch.rand(shape).requires_grad_()
    w = torch.rand(shape).requires_grad_()

    def work() -> None:
        y = x
        for _ in range(CHAIN):
            y = (y * w + x).tanh() - w
        if backward:
            y.sum().backward()

    return work


def moons(torch: Any) -> Work:
    """A step of the classifier of every first lesson: two inputs, two hidden layers of 16, a hundred points."""
    torch.manual_seed(0)
    nn = torch.nn
    net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    x = torch.randn(100, 2)
    y = (x[:, :1] * x[:, 1:] > 0).float()
    loss = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

    def work() -> None:
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    return work


def digits(torch: Any) -> Work:
    """A step of a wider network with Adam, where the products of matrices take most of the time."""
    torch.manual_seed(0)
    nn = torch.nn
    net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))
    x, y = torch.randn(64, 784), torch.randint(0, 10, (64,))
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters())

    def work() -> None:
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    return work


def images(torch: Any) -> Work:
    """A step of a small convolutional network on 28 x 28 images."""
    torch.manual_seed(0)
    nn = torch.nn
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(784, 10),
    )
    x, y = torch.randn(16, 1, 28, 28), torch.randint(0, 10, (16,))
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

    def work() -> None:
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    return work


def works() -> Iterator[tuple[str, int, Callable[[Any], Work]]]:
    """Name, ops in one run (1 for a step), and how to prepare it for a library."""
    for shape in SHAPES:
        for backward in (False, True):
            name = f"{shape}, forward{' + backward' if backward else ''}"
            yield name, 4 * CHAIN, lambda torch, s=shape, b=backward: chain(torch, s, b)
    yield "moons, step", 1, moons
    yield "784-512-10 with Adam, step", 1, digits
    yield "28 x 28 images, step", 1, images


def timed(work: Work, times: int) -> float:
    begin = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begin) / times


def measure(prepare: Callable[[Any], Work], rounds: int) -> tuple[float, float]:
    """PyTorch's seconds for one run, and ours as a multiple of that."""
    ours, theirs = prepare(core), prepare(reference)
    for work in (ours, theirs):
        timed(work, 3)
    times = max(1, round(ROUND_SECONDS / timed(theirs, 3)))
    seconds, ratios = [], []
    for at in range(rounds):
        gc.collect()
        if at % 2:
            b, a = timed(theirs, times), timed(ours, times)
        else:
            a, b = timed(ours, times), timed(theirs, times)
        seconds.append(b)
        ratios.append(a / b)
    return statistics.median(seconds), statistics.median(ratios)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="measure only what has this in its name")
    chosen = parser.parse_args()
    reference.set_num_threads(1)
    found = {}
    for name, ops, prepare in works():
        if chosen.only in name:
            seconds, ratio = measure(prepare, chosen.rounds)
            found[name] = {"pytorch_us": round(seconds / ops * 1e6, 2), "ratio": round(ratio, 3)}
            if not chosen.json:
                unit = "µs an op" if ops > 1 else "µs"
                print(f"{name:32} {ratio:6.2f} x   (PyTorch {seconds / ops * 1e6:8.2f} {unit})", flush=True)
    if chosen.json:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
