"""Graphs are freed by reference counts alone, long ones without recursion, and training leaks nothing."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gradwidget import torch


@pytest.fixture(autouse=True)
def no_cycle_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def views() -> Any:
    x = torch.ones(4, requires_grad=True) * 2
    v = x[1:]
    v.mul_(3)
    x[0] = 5.0
    return (x.view(2, 2).t() * v.sum()).sum()


def saved_outputs() -> Any:
    return torch.ones(3, requires_grad=True).exp().tanh().sigmoid().softmax(0).sum()


def retained() -> Any:
    y = torch.ones(3, requires_grad=True) * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    return y.exp().sum()


def custom() -> Any:
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.exp()
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[1]

    return Exp.apply(torch.ones(3, requires_grad=True)).sum()


def packed() -> Any:
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().clone(), lambda t: t):
        return (torch.ones(3, requires_grad=True) * 2).exp().square().sum()


def checkpointed() -> Any:
    from gradwidget.torch.utils.checkpoint import checkpoint

    return checkpoint(lambda a: a.exp() * a, torch.ones(3, requires_grad=True), use_reentrant=False).sum()


def module_with_hooks() -> Any:
    net = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    net[1].register_full_backward_hook(lambda module, ins, outs: None)
    return net(torch.ones(2, 3)).sum()


def pieces() -> Any:
    a, b = (torch.ones(4, requires_grad=True) * 2).chunk(2)
    return torch.cat([a * b, torch.stack([a, b]).sum(0)]).max()


PROGRAMS = [views, saved_outputs, retained, custom, packed, checkpointed, module_with_hooks, pieces]


def nodes(root: Any) -> list[Any]:
    found, seen = [root], {id(root)}
    for n in found:
        for m, _ in n.next_functions:
            if m is not None and id(m) not in seen:
                seen.add(id(m))
                found.append(m)
    return found


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
@pytest.mark.parametrize("backward", ["none", "once", "kept"])
def test_a_graph_dies_with_its_last_tensor(program: Callable[[], Any], backward: str) -> None:
    program()  # what is made once only
    loss = program()
    watched = [weakref.ref(n) for n in nodes(loss.grad_fn)]
    watched.append(weakref.ref(loss))
    assert len(watched) > 2
    if backward != "none":
        loss.backward(retain_graph=backward == "kept")
    del loss
    assert [ref() for ref in watched if ref() is not None] == []


def test_second_derivatives_die_too() -> None:
    x = torch.ones(3, requires_grad=True)
    (g,) = torch.autograd.grad((x.exp() * x).sum(), x, create_graph=True)
    watched = [weakref.ref(n) for n in nodes(g.grad_fn) if n.name() != "torch::autograd::AccumulateGrad"]
    g.sum().backward()
    del g
    assert [ref() for ref in watched if ref() is not None] == []


def test_a_chain_of_a_million_ops() -> None:
    x = torch.ones((), requires_grad=True)
    y = x
    for _ in range(1_000_000):
        y = y * 1.0
    y.backward()
    assert x.grad.item() == 1
    y = x
    for _ in range(300_000):
        y = y * 1.0
    done = []

    def free() -> None:  # where there is little stack, and no backward has taken the graph apart
        nonlocal y
        y = None
        done.append(True)

    threading.stack_size(1 << 18)
    try:
        thread = threading.Thread(target=free)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(0)
    assert done


def resident() -> int:
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_ten_thousand_steps_leak_nothing() -> None:
    net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.Adam(net.parameters())
    x, target = torch.randn(16, 2), torch.randn(16, 1)

    def steps(n: int) -> None:
        for _ in range(n):
            optimizer.zero_grad()
            out = net(x)
            part = out[:8]
            ((part - target[:8]) ** 2).mean().backward()
            optimizer.step()

    steps(1000)
    before = resident()
    steps(10_000)
    assert resident() - before < 2_000_000
