"""Views with autograd: our time as a ratio of PyTorch's eager time, as in `small_ops.py`.

python -m benchmarks.views
python -m benchmarks.views --only written
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.small_ops import ROUNDS, Work, measure, reference


def short(grad: bool, backward: bool = False) -> Callable[[Any], Work]:
    """Seven views, one of the other."""

    def prepare(torch: Any) -> Work:
        x = torch.ones(4, 6, requires_grad=grad)

        def work() -> None:
            y = x.view(6, 4).transpose(0, 1)[1:].unsqueeze(0).squeeze(0).t()[:, 1]
            if backward:
                y.sum().backward()

        return work

    return prepare


def one(make: Callable[[Any], Any], grad: bool) -> Callable[[Any], Work]:
    """One kind of view, a hundred times, and let go."""

    def prepare(torch: Any) -> Work:
        x = torch.ones(4, 6, requires_grad=grad)

        def work() -> None:
            for _ in range(100):
                make(x)

        return work

    return prepare


def deep(grad: bool) -> Callable[[Any], Work]:
    """A chain of 70 views, and backward through all of them."""

    def prepare(torch: Any) -> Work:
        x = torch.ones(4, 6, requires_grad=grad)

        def work() -> None:
            y = x
            for _ in range(10):
                y = y.view(6, 4).transpose(0, 1)[0:4].unsqueeze(0)[0].t().view(4, 6)
            if grad:
                y.sum().backward()

        return work

    return prepare


def written(torch: Any) -> Work:
    """Rows and slices of a tensor with history, written one after another."""
    leaf = torch.ones(8, 4, requires_grad=True)
    y = torch.ones(4, requires_grad=True)

    def work() -> None:
        x = leaf * 2
        for i in range(8):
            x[i] = y
        x[1:3].mul_(2)
        x[:, 1].add_(1)
        x[2:6, 1:3].mul_(x[2:6, 1:3].detach().clone())
        x.sum().backward()

    return work


def held(torch: Any) -> Work:
    """A view held while its base is written, and used again."""
    leaf = torch.ones(8, 4, requires_grad=True)

    def work() -> None:
        x = leaf * 2
        v = x[1:3]
        for _ in range(5):
            x.mul_(2)
            v.add_(1)
        (v.sum() + x.sum()).backward()

    return work


def filled(torch: Any) -> Work:
    """A buffer filled row by row without history: 50 writes."""
    x, y = torch.zeros(10, 4), torch.ones(4)

    def work() -> None:
        for i in range(50):
            x[i % 10] = y

    return work


def pieces(torch: Any) -> Work:
    """unbind, split and chunk of a tensor with history."""
    leaf = torch.ones(6, 4, requires_grad=True)

    def work() -> None:
        x = leaf * 2
        a, b, c = x.split(2)
        d, e = x.chunk(2, 1)
        total = (a * b + c).sum() + (d * e).sum()
        for row in x:
            total = total + row.sum()
        total.backward()

    return work


VIEWS: dict[str, Callable[[Any], Any]] = {
    "view": lambda x: x.view(6, 4),
    "reshape": lambda x: x.reshape(-1),
    "flatten": lambda x: x.flatten(),
    "transpose": lambda x: x.transpose(0, 1),
    "t": lambda x: x.t(),
    "T": lambda x: x.T,
    "permute": lambda x: x.permute(1, 0),
    "[1:]": lambda x: x[1:],
    "[1]": lambda x: x[1],
    "[1:3, 2]": lambda x: x[1:3, 2],
    "[None]": lambda x: x[None],
    "narrow": lambda x: x.narrow(0, 1, 2),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "squeeze": lambda x: x.squeeze(0),
    "expand": lambda x: x.expand(2, 4, 6),
    "diagonal": lambda x: x.diagonal(),
    "as_strided": lambda x: x.as_strided((2, 2), (1, 2)),
    "unbind": lambda x: x.unbind(),
    "detach": lambda x: x.detach(),
}


def works() -> Iterator[tuple[str, Callable[[Any], Work]]]:
    yield "chain of 7 views", short(False)
    yield "chain of 7 views, requires grad", short(True)
    yield "chain of 7 views + backward", short(True, True)
    yield "chain of 70 views", deep(False)
    yield "chain of 70 views + backward", deep(True)
    yield "written with history + backward", written
    yield "held and written + backward", held
    yield "written without history", filled
    yield "pieces + backward", pieces
    for name, make in VIEWS.items():
        yield name, one(make, False)
        yield name + ", requires grad", one(make, True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="measure only what has this in its name")
    chosen = parser.parse_args()
    reference.set_num_threads(1)
    for name, prepare in works():
        if chosen.only in name:
            seconds, ratio = measure(prepare, chosen.rounds)
            print(f"{name:34} {ratio:6.2f} x   (PyTorch {seconds * 1e6:8.2f} µs)", flush=True)


if __name__ == "__main__":
    main()
