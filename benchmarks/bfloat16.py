"""bfloat16: our time as a ratio of PyTorch's, measured as in `small_ops`.

python benchmarks/bfloat16.py
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # read when the libraries are loaded

from .small_ops import CHAIN, Work, measure, reference  # noqa: E402


def chain(torch: Any, shape: tuple[int, ...], backward: bool) -> Work:
    """mul, add, tanh, sub, over and over."""
    torch.manual_seed(0)
    x, w = (torch.rand(shape).bfloat16().requires_grad_() for _ in range(2))

    def work() -> None:
        y = x
        for _ in range(CHAIN):
            y = (y * w + x).tanh() - w
        if backward:
            y.sum().backward()

    return work


def digits(torch: Any, autocast: bool) -> Work:
    """A step with Adam: everything in bfloat16, or parameters in float32 and the products in bfloat16."""
    torch.manual_seed(0)
    nn = torch.nn
    net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))
    x, y = torch.randn(64, 784), torch.randint(0, 10, (64,))
    if not autocast:
        net, x = net.bfloat16(), x.bfloat16()
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters())

    def work() -> None:
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            value = loss(net(x), y)
        value.backward()
        optimizer.step()

    return work


def works() -> Iterator[tuple[str, int, Any]]:
    for shape in ((3,), (64, 64)):
        for backward in (False, True):
            name = f"{shape}, forward{' + backward' if backward else ''}"
            yield name, 4 * CHAIN, lambda torch, s=shape, b=backward: chain(torch, s, b)
    yield "784-512-10, step in bfloat16", 1, lambda torch: digits(torch, False)
    yield "784-512-10, step with autocast", 1, lambda torch: digits(torch, True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    reference.set_num_threads(1)
    for name, ops, prepare in works():
        seconds, ratio = measure(prepare, rounds)
        print(f"{name:32} {ratio:6.2f} x   (PyTorch {seconds / ops * 1e6:8.2f} µs{' an op' * (ops > 1)})", flush=True)


if __name__ == "__main__":
    main()
