"""Programs drawn at random: a pool of tensors, and ops, views, writes and cuts on them in any order.

Whatever a drawn step does on PyTorch, an error included, it must do on the core.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from twin import attempt

UNARY = ["neg", "exp", "tanh", "sigmoid", "relu", "sin", "cos", "abs", "square", "clone", "contiguous"]
BINARY = ["add", "sub", "mul", "maximum"]
IN_PLACE = ["neg_", "tanh_", "sigmoid_", "relu_", "zero_", "sin_", "square_"]
WRITES = ["add_", "mul_", "sub_", "copy_"]


class Dice(random.Random):
    """Draws, and remembers what it drew: the description of a step."""

    said: list[Any]

    def choice(self, options: Any) -> Any:
        at = super().randrange(len(options))
        self.said.append(options[at] if isinstance(options[at], (str, int, float)) else f"({at})")
        return options[at]


Step = Callable[[Any, list, Dice], Any]


def pick(pool: list, rng: Any) -> Any:
    at = rng.randrange(len(pool))
    rng.said.append(f"#{at}")
    return pool[at]


def unary(torch: Any, pool: list, rng: Dice) -> Any:
    return getattr(pick(pool, rng), rng.choice(UNARY))()


def binary(torch: Any, pool: list, rng: Dice) -> Any:
    a, b = pick(pool, rng), pick(pool, rng)
    return getattr(a, rng.choice(BINARY))(b)


def with_number(torch: Any, pool: list, rng: Dice) -> Any:
    a, n = pick(pool, rng), rng.choice([0.5, 2, -1, 3.0])
    return rng.choice([lambda: a + n, lambda: n - a, lambda: a * n, lambda: a / 2, lambda: a**2, lambda: n + a])()


def reduced(torch: Any, pool: list, rng: Dice) -> Any:
    a = pick(pool, rng)
    how = rng.choice(["sum", "mean", "amax"])
    if a.dim() and rng.random() < 0.6:
        return getattr(a, how)(rng.randrange(a.dim()), keepdim=rng.random() < 0.5)
    return getattr(a, "max" if how == "amax" else how)()


def view(torch: Any, pool: list, rng: Dice) -> Any:
    a = pick(pool, rng)
    d = rng.randrange(-1, 2)
    ways = [
        lambda: a.t(),
        lambda: a.view(-1),
        lambda: a.reshape(-1),
        lambda: a.unsqueeze(d),
        lambda: a.squeeze(),
        lambda: a.expand(2, *a.shape),
        lambda: a[0],
        lambda: a[..., 1:],
        lambda: a[::2],
        lambda: a.transpose(0, -1),
        lambda: a.diagonal(),
        lambda: a.narrow(0, 0, 1),
        lambda: a.flatten(),
        lambda: a.view(a.shape),
        lambda: a.view_as(a),
    ]
    return rng.choice(ways)()


def several(torch: Any, pool: list, rng: Dice) -> Any:
    a = pick(pool, rng)
    return rng.choice([lambda: a.unbind(), lambda: a.split(1), lambda: a.chunk(2)])()[0]


def cut(torch: Any, pool: list, rng: Dice) -> Any:
    a = pick(pool, rng)
    return rng.choice([a.detach, a.detach, lambda: a.data, a.detach_, lambda: a.requires_grad_()])()


def in_place(torch: Any, pool: list, rng: Dice) -> Any:
    return getattr(pick(pool, rng), rng.choice(IN_PLACE))()


def write(torch: Any, pool: list, rng: Dice) -> Any:
    a, b, n = pick(pool, rng), pick(pool, rng), rng.random()
    how = rng.choice(WRITES)
    return getattr(a, how)(b if n < 0.6 else 0.5) if how != "copy_" else a.copy_(b)


def assign(torch: Any, pool: list, rng: Dice) -> Any:
    a, b = pick(pool, rng), pick(pool, rng)
    index = rng.choice([0, slice(1, None), Ellipsis, slice(None, None, 2), [0], (Ellipsis, 0)])
    a[index] = rng.choice([0.25, b])
    return a


def gather(torch: Any, pool: list, rng: Dice) -> Any:
    a = pick(pool, rng)
    return rng.choice([lambda: a[[0, 0]], lambda: a[a > 0], lambda: torch.where(a > 0, a, 0.5 * a)])()


def product(torch: Any, pool: list, rng: Dice) -> Any:
    return pick(pool, rng) @ pick(pool, rng)


def join(torch: Any, pool: list, rng: Dice) -> Any:
    a, b = pick(pool, rng), pick(pool, rng)
    return rng.choice([torch.cat, torch.stack])([a, b])


def silent(torch: Any, pool: list, rng: Dice) -> Any:
    with torch.no_grad():
        return rng.choice([unary, view, in_place, write, assign])(torch, pool, rng)


STEPS: list[Step] = [
    unary,
    binary,
    binary,
    with_number,
    reduced,
    view,
    view,
    view,
    several,
    cut,
    in_place,
    write,
    write,
]
STEPS += [assign, gather, product, join, silent]


def drawn(seed: int, length: int = 14) -> Callable[[Any], Iterator[Any]]:
    """The program that belongs to a seed."""

    def program(torch: Any) -> Iterator[Any]:
        rng = Dice(seed)
        rng.said = []
        pool = [
            (torch.arange(6.0).reshape(2, 3) / 4 - 0.5).requires_grad_(),
            torch.tensor([0.5, -1.5, 0.25]).requires_grad_(rng.random() < 0.5),
            torch.linspace(-1, 1, 4).reshape(2, 2)
            * (1.0 if rng.random() < 0.5 else torch.tensor(1.0, requires_grad=True)),
        ]
        for _ in range(length):
            step = rng.choice(STEPS)
            rng.said = [step.__name__]
            out = attempt(lambda step=step: step(torch, pool, rng), words=True)
            yield " ".join(map(str, rng.said)), out
            if isinstance(out, torch.Tensor) and out.numel() < 100:
                pool.append(out)
        yield pool
        total = torch.zeros(())
        for t in pool:
            part = attempt(lambda t=t: t.sum())
            if isinstance(part, torch.Tensor) and part.requires_grad:
                total = total + part
        done = attempt(lambda: total.backward())
        yield done
        if done is None:  # after an error it depends on the order of the leaves which of them are filled
            yield [t for t in pool if attempt(lambda t=t: t.is_leaf) is True]

    program.__name__ = f"drawn_{seed}"
    program.__doc__ = f"The program of seed {seed}."
    return program
