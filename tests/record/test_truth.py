"""What the events add up to is what is the case: the folded state against the living tensors."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import gradwidget
from gradwidget import torch
from gradwidget.record import values
from gradwidget.record.probe import root


def check(session, tensors: dict[str, torch.Tensor]) -> None:
    """Compare each tensor with what the state says of it."""
    gc.collect()
    recorder = session.recorder
    state = session.trace.state()
    storages: dict[int, np.ndarray] = {}
    for name, t in tensors.items():
        id_ = recorder.id_of(t)
        assert id_ is not None, name
        told = state.tensors[id_]
        assert told["alive"], name
        assert (tuple(told["shape"]), tuple(told["stride"]), told["offset"]) == (
            tuple(t.shape), t.stride(), t.storage_offset()
        ), name  # fmt: skip
        assert told["dtype"] == str(t.dtype).removeprefix("torch."), name
        assert (told["leaf"], told["requires_grad"]) == (t.is_leaf, t.requires_grad), name
        node = state.nodes[told["node"]]["name"] if told["node"] is not None else None
        assert node == (type(t.grad_fn).__name__ if t.grad_fn is not None else None), name
        assert state.counters[told["counter"]] == t._version, name
        memory = root(t._a)
        assert storages.setdefault(told["storage"], memory) is memory, name
        cells = state.storages[told["storage"]]["cells"]
        if memory.size <= values.CELLS:
            assert cells == values.numbers(memory.view(np.ndarray).ravel("K")), name
        grad = t._grad
        assert told["grad"] == (recorder.id_of(grad) if grad is not None else None), name
    assert len(storages) == len({id(root(t._a)) for t in tensors.values()})
    living = {i for i, known in recorder.tensors.items() if known.ref() is not None}
    assert {i for i, told in state.tensors.items() if told["alive"]} == living
    assert {i for i, told in state.storages.items() if told["alive"]} == {
        s for s, r in recorder.roots.values() if r() is not None
    }


def aliasing():
    x = torch.arange(6.0).reshape(2, 3)
    y = x.t()
    z = x[:, ::2]
    w = y.contiguous()
    twin = x.detach()
    data = x.data
    first, second = x.unbind(0)
    wide = x.expand(2, 2, 3)
    z += 1.0
    data[0, 0] = 9.0
    first.mul_(2.0)
    same = x.contiguous()
    return locals()


def histories():
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = a * 2.0
    c = b[1:]
    d = b.exp()
    c.mul_(3.0)
    e = b + 1.0
    f = d.detach()
    d.detach_()
    g = a.clone().requires_grad_()
    h = torch.zeros(3)
    h[1:] = c
    return locals()


def gradients():
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    for _ in range(2):
        (a * b).sum().backward()
    kept = a * 3.0
    kept.retain_grad()
    kept.sum().backward()
    a.grad.zero_()
    with torch.no_grad():
        b -= 0.5 * b.grad
    b.grad = None
    c = torch.tensor(2.0, requires_grad=True)
    (first,) = torch.autograd.grad(c**3, c, create_graph=True)
    first.backward()
    return {k: v for k, v in locals().items() if k != "_"}


def training():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    x, t = torch.randn(5, 3), torch.tensor([0, 1, 0, 1, 1])
    for _ in range(3):
        optimizer.zero_grad()
        loss = torch.nn.CrossEntropyLoss()(model(x), t)
        loss.backward()
        optimizer.step()
    buffers = {f"m{i}": s["momentum_buffer"] for i, s in enumerate(optimizer.state.values())}
    return {"x": x, "t": t, "loss": loss, **buffers, **dict(model.named_parameters())}


def odd_ones():
    empty = torch.zeros(0, 3)
    scalar = torch.tensor(5)
    flags = torch.tensor([True, False])
    big = torch.ones(10, 20)
    row = big[3]
    big.mul_(2.0)
    half = torch.tensor([0.5, 0.25], dtype=torch.float16)
    moved = torch.zeros(2)
    moved.data = half.float()
    return locals()


@pytest.mark.parametrize("program", [aliasing, histories, gradients, training, odd_ones])
def test_the_state_is_what_is_the_case(program):
    recording = gradwidget.record()
    with recording:
        tensors = program()
        recording.session.recorder.name_tensors([tensors])
        check(recording.session, tensors)
