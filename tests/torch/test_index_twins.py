"""Random indices, for reading and for writing, on both libraries: results, gradients, and errors with their words."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import twin

reference = pytest.importorskip("torch")
core = pytest.importorskip("gradwidget.torch")

Maker = Callable[[Any], Any]  # of an index, for either library


def an_index(rng: random.Random, n: int) -> Maker:
    """One index for a dimension of size n, of any kind; now and then one that does not fit."""
    at = rng.randrange(-n - 1, n + 1) if rng.random() < 0.1 else rng.randrange(-n, n) if n else 0
    many = [rng.randrange(-n, n) if n else 0 for _ in range(rng.choice([0, 1, 2, 3]))]
    pairs = [[rng.randrange(-n, n) if n else 0 for _ in range(2)] for _ in range(rng.choice([1, 2]))]
    mask = [rng.random() < 0.5 for _ in range(n if rng.random() < 0.9 else n + 1)]
    start, stop = (rng.choice([None, rng.randrange(-4, 5)]) for _ in range(2))
    step = rng.choice([None, 1, 2, 3])
    wrong_step = rng.choice([-1, 0])
    small = rng.choice(["int32", "int8", "int16"])
    kinds: list[Maker] = [
        *[lambda torch: at] * 3,
        lambda torch: np.int64(at),
        lambda torch: torch.tensor(at),
        *[lambda torch: slice(start, stop, step)] * 3,
        lambda torch: slice(torch.tensor(0), torch.tensor(2)),
        lambda torch: None,
        lambda torch: Ellipsis,
        lambda torch: True,
        lambda torch: False,
        lambda torch: torch.tensor(True),
        lambda torch: list(many),
        lambda torch: tuple(many),
        lambda torch: range(min(n, 2)),
        lambda torch: np.array(many, dtype=np.int64),
        lambda torch: np.array([many, many], dtype=np.int64),
        *[lambda torch: torch.tensor(many, dtype=torch.int64)] * 2,
        lambda torch: torch.tensor(pairs, dtype=torch.int64),
        lambda torch: torch.tensor(many, dtype=getattr(torch, small)),
        *[lambda torch: torch.tensor(mask, dtype=torch.bool)] * 2,
        lambda torch: torch.tensor(mask, dtype=torch.uint8),
        lambda torch: list(mask),
    ]
    if rng.random() < 0.03:
        kinds = [lambda torch: 1.5, lambda torch: "a", lambda torch: slice(None, None, wrong_step)]
    return rng.choice(kinds)


def program(seed: int) -> twin.Program:
    """Read or write at a random index of a random tensor."""
    rng = random.Random(seed)
    shape = tuple(rng.choice([1, 2, 3, 4]) for _ in range(rng.choice([1, 2, 2, 3, 3, 4])))
    if rng.random() < 0.08:
        shape = rng.choice([(), (0,), (2, 0), (0, 3)])
    makers: list[Maker] = []
    d = 0
    for _ in range(rng.choice([1, 1, 2, 2, 3]) if shape else 1):
        maker = an_index(rng, shape[d] if d < len(shape) else 2)
        makers.append(maker)
        d += not isinstance(maker(reference), bool | type(None) | type(Ellipsis))
    alone = len(makers) == 1 and rng.random() < 0.8
    turned, grad, writing = rng.random() < 0.25, rng.random() < 0.5, rng.random() < 0.4
    kind = rng.choice(["number", "scalar", "row", "same", "full", "wrong"])

    def run(torch: Any) -> Any:
        x = torch.arange(int(np.prod(shape)), dtype=torch.float64).reshape(shape)
        if turned and len(shape) > 1:
            x = x.transpose(0, -1).contiguous().transpose(0, -1)
        leaf = x.detach().requires_grad_(grad)
        x = leaf * 1
        index = makers[0](torch) if alone else tuple([make(torch) for make in makers])
        if not writing:
            y = quietly(lambda: x[index])
            yield strideless(y)
            if getattr(y, "requires_grad", False):
                quietly(lambda: (y * y).sum().backward())
        else:
            value = a_value(torch, x, index, kind, grad)
            answer = quietly(lambda: x.__setitem__(index, value))
            yield answer, strideless(x)
            if answer is None and grad:
                quietly(lambda: (x * x).sum().backward())
                yield twin.Arrived(getattr(value, "grad", None))
        yield twin.Arrived(leaf.grad)

    return run


def quietly(action: Any) -> Any:
    """The outcome without its warnings: how often they are repeated is not compared."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return twin.attempt(action)


def a_value(torch: Any, x: Any, index: Any, kind: str, grad: bool) -> Any:
    if kind == "number":
        return 7.5
    if kind == "scalar":
        return torch.tensor(3.25, dtype=torch.float64)
    found = quietly(lambda: tuple(x.detach()[index].shape))
    shape = (2,) if isinstance(found, twin.Raised) else found
    shape = {"row": shape[-1:], "full": (1, *shape), "wrong": (*shape, 5)}.get(kind, shape)
    return (torch.arange(int(np.prod(shape)), dtype=torch.float64) + 100).reshape(shape).requires_grad_(grad)


def strideless(y: Any) -> Any:
    """Results that are empty, or have dimensions of one element, are compared as copies: their strides mean nothing."""
    if isinstance(y, twin.Raised) or (0 not in y.shape and 1 not in y.shape):
        return y
    return twin.Arrived(y.detach().clone()), y.requires_grad, y.grad_fn, y._version


@pytest.mark.parametrize("hundred", range(12))
def test_random_indices(hundred: int) -> None:
    for seed in range(100 * hundred, 100 * hundred + 100):
        twin.check(program(seed), core, reference)
