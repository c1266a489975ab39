"""What modules and optimisers tell a listener."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gradwidget import torch
from gradwidget.torch import watch


class Ear:
    """Writes down scopes and writes; every other message is taken and forgotten."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def enter(self, kind: str, label: str, who: Any) -> None:
        self.heard.append(("enter", kind, label))

    def leave(self, kind: str) -> None:
        self.heard.append(("leave", kind))

    def will_write(self, name: str, tensor: Any) -> None:
        self.heard.append(("will write", name, tensor.tolist()))

    def wrote(self, name: str, tensor: Any, args: Any, kwargs: Any, before: int, after: int) -> None:
        self.heard.append(("wrote", name, tensor.tolist(), after - before))

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    before = watch.listen(ear)
    yield ear
    watch.listen(before)


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Identity(), torch.nn.ReLU())
        self.head = torch.nn.Identity()

    def forward(self, x: Any) -> Any:
        return self.head(self.body(x))


def test_modules_say_where_they_are(ear: Ear) -> None:
    Net()(torch.ones(1))
    assert ear.heard == [
        ("enter", "module", "Net"),
        ("enter", "module", "body: Sequential"),
        ("enter", "module", "body.0: Identity"),
        ("leave", "module"),
        ("enter", "module", "body.1: ReLU"),
        ("leave", "module"),
        ("leave", "module"),
        ("enter", "module", "head: Identity"),
        ("leave", "module"),
        ("leave", "module"),
    ]


def test_a_module_that_fails_is_left(ear: Ear) -> None:
    with pytest.raises(NotImplementedError):
        torch.nn.Module()(1)
    Net().body(torch.ones(1))
    assert ear.heard[:4] == [
        ("enter", "module", "Module"),
        ("leave", "module"),
        ("enter", "module", "Sequential"),
        ("enter", "module", "0: Identity"),
    ]


def test_a_step_tells_its_writes(ear: Ear) -> None:
    w = torch.tensor([1.0], requires_grad=True)
    w.grad = torch.tensor([2.0])
    torch.optim.SGD([w], lr=0.5).step()
    assert ear.heard == [
        ("enter", "optimizer", "SGD.step"),
        ("will write", "add_", [1.0]),
        ("wrote", "add_", [0.0], 1),
        ("leave", "optimizer"),
    ]


def test_an_optimiser_of_ones_own_is_heard_too(ear: Ear) -> None:
    class Still(torch.optim.Optimizer):
        def step(self, closure: Any = None) -> None:
            raise ValueError("no")

    optimizer = Still([torch.ones(1, requires_grad=True)], {})
    with pytest.raises(ValueError, match="no"):
        optimizer.step()
    assert ear.heard == [("enter", "optimizer", "Still.step"), ("leave", "optimizer")]
