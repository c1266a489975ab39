"""Whatever happens to the program, the recording stays consistent: nothing is told of what was not told before, and it
goes on. Threads, Ctrl-C anywhere, deep recursion, errors everywhere, forks."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import threading
import time

import pytest

import gradwidget
from gradwidget import events as ev
from gradwidget import torch
from gradwidget.session import Session
from gradwidget.trace import Trace, state_at

nn = torch.nn


def check(trace: Trace) -> None:
    """Every id was told before it is referred to, none twice; regions and passes that end had begun."""
    told: dict[str, set[int]] = {
        k: set() for k in ("tensor", "storage", "node", "op", "source", "scope", "backward", "counter")
    }

    def new(family: str, id_: int) -> None:
        assert id_ not in told[family], f"{family} {id_} is told twice"
        told[family].add(id_)

    def known(family: str, *ids: int | None) -> None:
        for id_ in ids:
            assert id_ is None or id_ in told[family], f"{family} {id_} was not told: {event}"

    later: set[int] = set()  # the node of a tensor may be told after it, with their op
    for event in trace:
        kind = ev.kind_of(event)
        if kind in ("source", "storage", "tensor", "op", "node", "scope", "backward"):
            new(kind, event.id)
        if isinstance(event, ev.Tensor):
            known("storage", event.storage)
            known("tensor", event.base)
            later.add(event.node or 0)
        elif isinstance(event, ev.Op):
            known("tensor", *event.inputs, *event.outputs)
            known("scope", event.scope)
            known("source", event.source)
        elif isinstance(event, ev.Node):
            known("op", event.op)
            known("node", *[edge[0] for edge in event.edges if edge is not None])
            known("tensor", event.variable, *[saved[1] for saved in event.saved])
            known("storage", *[saved[2] for saved in event.saved])
        elif isinstance(event, ev.Write):
            known("storage", event.storage)
            known("tensor", event.tensor)
        elif isinstance(event, ev.Flow | ev.Ran | ev.Accumulate):
            known("backward", event.backward)
            known("node", event.node, getattr(event, "origin", None))
            known("tensor", getattr(event, "tensor", None), getattr(event, "grad", None))
        elif isinstance(event, ev.BackwardEnd | ev.Release):
            known("node", event.node)
        elif isinstance(event, ev.Rewire | ev.Thumb | ev.Grad | ev.Name):
            known("tensor", event.tensor)
        elif isinstance(event, ev.Leave):
            known("scope", event.scope)
        elif isinstance(event, ev.Freed):
            known(event.what, event.id)
    assert later - {0} <= told["node"]
    state_at(trace)


@pytest.fixture
def session():
    made = Session("robust")
    made.start()
    yield made
    made.close()
    assert made.recorder.stopped == "" and not [p for p in made.trace.problems() if p.key == "recorder"]
    check(made.trace)
    assert list(Trace.from_bytes(made.trace.to_bytes())) == list(made.trace)


def step(net, x):
    """A step of training, in which a bit of everything happens."""
    loss = (net(x) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        x.mul_(1.0)
    for p in net.parameters():
        p.grad = None
    return loss


def model():
    return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))


def test_threads(session):
    """Several at once: each one's ops, regions and passes are told, and belong together."""
    errors = []

    def work(number):
        try:
            net, x = model(), torch.full((2,), number)
            for _ in range(30):
                step(net, x)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(float(i),)) for i in range(4)]
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(old)
    assert not errors
    state = session.trace.state()
    assert len(state.backwards) == 4 * 30
    assert all(b["ended"] and b["error"] is None for b in state.backwards.values())
    assert not state.open
    for backward in state.backwards.values():
        assert len(backward["accumulated"]) == 4  # of the pass's own model
        (root,) = backward["roots"]
        reached, todo = set(), [state.tensors[root]["node"]]
        while todo:
            node = todo.pop()
            reached.add(node)
            todo += [edge[0] for edge in state.nodes[node]["edges"] if edge is not None]
        assert set(backward["ran"]) <= reached
    for op in state.ops.values():
        if op["name"] == "linear":
            assert state.scopes[op["scope"]]["label"].endswith("Linear")


def test_ctrl_c_anywhere(session):
    """Interrupted at hundreds of places that nobody chose, the program goes on, and so does the recording."""
    rng = random.Random(5)
    hits = 0

    def interrupt(number, frame):
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for _ in range(250):
            net, x = model(), torch.ones(2)
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, 3e-3))
                for _ in range(3):
                    step(net, x)
                time.sleep(0.01)
            except KeyboardInterrupt:
                hits += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                torch.set_grad_enabled(True)  # who is interrupted on the way into `no_grad` stays there
            if rng.random() < 0.2:
                len(session.trace)
    except KeyboardInterrupt:
        pass  # between the blocks
    finally:
        signal.signal(signal.SIGALRM, before)
    assert hits > 100
    ops = len(session.trace.state().ops)
    step(model(), torch.ones(2))
    state = session.trace.state()
    assert len(state.ops) > ops
    labels = [scope["label"] for scope in state.scopes.values() if scope["what"] == "module"]
    assert labels[-1].endswith("2: Linear")  # still told by its path


def test_recursion_to_the_limit(session):
    """An op where there is no room for a recorder may be missed; what follows is not."""
    deepest = []

    def down(x):
        y = x * 2.0
        deepest.append(None)
        z = down(y[0:1])
        return y + z

    for _ in range(3):
        with pytest.raises(RecursionError):
            down(torch.ones(2, requires_grad=True))
    assert len(deepest) > 100
    before = len(session.trace.state().ops)
    step(model(), torch.ones(2))
    assert len(session.trace.state().ops) > before + 3


class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        raise ZeroDivisionError("in backward")


class Stumbles(nn.Module):
    def forward(self, x):
        with torch.no_grad():
            raise ZeroDivisionError("in forward")


def test_errors_everywhere(session):
    x = torch.ones(2, requires_grad=True)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            Wrong.apply(x).sum().backward()
        with pytest.raises(ZeroDivisionError):
            nn.Sequential(nn.Tanh(), Stumbles())(x)
        y = x * 2
        y.register_hook(lambda grad: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            y.sum().backward()
        with pytest.raises(RuntimeError):
            x.add_(1)
        with pytest.raises(RuntimeError):
            x.view(7)
    state = session.trace.state()
    assert not state.open
    assert [b["error"] for b in state.backwards.values()] == ["in backward", "division by zero"] * 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forks_while_another_thread_reads(session):
    """A child that is forked while somebody reads the recording can still record."""
    over = threading.Event()

    def read():
        while not over.is_set():
            len(session.trace)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(15):
            x = torch.ones(2, 3, requires_grad=True)
            for _ in range(20):
                x = x.t() * 1.0
            child = os.fork()
            if child == 0:
                signal.alarm(20)  # a deadlock ends the child
                step(model(), torch.ones(2))
                ok = len(session.trace) > 0 and not session.recorder.stopped
                os._exit(0 if ok else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        over.set()
        reader.join()


@pytest.mark.parametrize("works", [True, False])
def test_the_garbage_collector_is_left_as_it_was(works):
    worked = gc.isenabled()
    try:
        (gc.enable if works else gc.disable)()
        with gradwidget.record() as trace:
            x = torch.ones(3, requires_grad=True)
            (x * 2).sum().backward()
        assert len(trace) > 10 and gc.isenabled() == works
    finally:
        (gc.enable if worked else gc.disable)()
