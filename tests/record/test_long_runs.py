"""Long runs on PyTorch: which steps are kept, and where a NaN was born."""

from __future__ import annotations

import threading

import pytest

import gradwidget
from gradwidget import events as ev
from gradwidget.record.retention import Keep, Retention
from gradwidget.trace import Trace

torch = pytest.importorskip("torch")


def train(steps, model, optimizer, at=lambda i, loss: loss):
    for i in range(steps):
        optimizer.zero_grad()
        loss = at(i, model(torch.ones(2, 3)).pow(2).mean())
        loss.backward()
        optimizer.step()


def setup():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    return model, torch.optim.Adam(model.parameters())


def steps_in(trace) -> int:
    return sum(isinstance(e, ev.Scope) and e.what == "optimizer" for e in trace)


def test_the_trace_does_not_grow_with_the_run():
    sizes = []
    for count in (60, 240):
        model, optimizer = setup()
        with gradwidget.watch(model, keep=Keep(first=2, last=3, around=0)) as trace:
            train(count, model, optimizer)
        assert steps_in(trace) == 5
        sizes.append(len(trace))
        assert not [p for p in trace.problems() if p.key == "recorder"]
    assert sizes[1] <= sizes[0] * 1.05


def test_what_is_kept_reads_as_if_the_rest_had_happened_unseen():
    model, optimizer = setup()
    with gradwidget.watch(model, keep=Keep(first=1, last=2, every=10, around=0)) as trace:
        train(35, model, optimizer)
    assert steps_in(trace) == 1 + 3 + 2  # 0; 10, 20, 30; 33, 34
    state = trace.state()
    for name, parameter in model.named_parameters():
        told = state.tensors[state.names[f"model.{name}"]]
        assert told["alive"] and state.counters[told["counter"]] == parameter._version
        storage = state.storages[told["storage"]]
        assert storage["cells"] == pytest.approx(parameter.detach().flatten().tolist(), rel=1e-5)
    # nothing speaks of what was never told
    known = {"tensor": set(), "storage": set(), "node": set()}
    for e in trace:
        if isinstance(e, (ev.Storage, ev.Tensor, ev.Node)):
            known[type(e).__name__.lower()].add(e.id)
        elif isinstance(e, ev.Op):
            assert {*e.inputs, *e.outputs} <= known["tensor"]
        elif isinstance(e, (ev.Write, ev.Cells)):
            assert e.storage in known["storage"]
        elif isinstance(e, ev.Flow):
            assert e.node in known["node"]
        if isinstance(e, ev.Node):
            assert {edge[0] for edge in e.edges if edge is not None} <= known["node"]
    assert Trace.from_bytes(trace.to_bytes())[:] == trace[:]


def test_steps_around_a_problem_are_kept():
    model, optimizer = setup()
    with gradwidget.watch(model, keep=Keep(first=0, last=0, around=1), nan="tell") as trace:
        train(30, model, optimizer, at=lambda i, loss: loss * float("inf") if i == 17 else loss)
    (problem,) = [p for p in trace.problems() if p.key == "not-finite"]
    state = trace.state()
    assert state.ops[problem.op]["name"] == "mul" and "1 infinite number" in problem.text
    assert 2 <= steps_in(trace) <= 4


def test_a_nan_stops_where_it_was_born():
    x = torch.tensor([1.0, -1.0], requires_grad=True)
    with (
        pytest.raises(ArithmeticError, match="`log` made 1 NaN in a tensor of shape"),
        gradwidget.watch(nan="stop") as trace,
    ):
        y = (x * 2).log()
        (y * 3).sum().backward()
    problem = next(p for p in trace.problems() if p.key == "not-finite")
    state = trace.state()
    assert state.ops[problem.op]["name"] == "log" and problem.tensors == state.ops[problem.op]["outputs"]
    assert state.sources[problem.source]["text"] == "y = (x * 2).log()"
    assert [op.name for op in trace if isinstance(op, ev.Op)] == ["mul", "log"]


def test_a_nan_of_backward_names_its_node():
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    with pytest.raises(ArithmeticError, match="backward of a node"), gradwidget.watch(nan="stop") as trace:
        x.sqrt().sum().backward()
    problem = next(p for p in trace.problems() if p.key == "not-finite")
    assert [trace.state().nodes[n]["name"] for n in problem.nodes] == ["SqrtBackward0"]
    assert x.grad is None


def test_bad_wishes_are_refused():
    with pytest.raises(ValueError, match="counted from 0"):
        Retention(Keep(first=-1), lambda events: None)
    with pytest.raises(ValueError, match='"tell" or "stop"'):
        gradwidget.watch(nan="maybe")
    with pytest.raises(TypeError, match=r"torch.nn.Module, not list"):
        gradwidget.watch([])


def roomy(run):
    """In a thread with a big stack. PyTorch (2.13) frees a graph call within call once Python has looked at its nodes, so
    that one of tens of thousands of nodes in a row overflows the usual stack, watched or not."""
    failed = []

    def body():
        try:
            run()
        except BaseException as error:
            failed.append(error)

    before = threading.stack_size(1 << 29)
    try:
        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    if failed:
        raise failed[0]


@pytest.mark.slow
def test_fifty_thousand_nodes(tmp_path):
    roomy(lambda: fifty_thousand_nodes(tmp_path))


def fifty_thousand_nodes(tmp_path):
    x, a = torch.full((3,), 0.5, requires_grad=True), torch.full((3,), 0.9)
    with gradwidget.watch() as trace:
        y = x
        for _ in range(12_500):
            y = (y * a + x).tanh() - a
        loss = y.sum()
        loss.backward()
    assert sum(isinstance(e, ev.Node) for e in trace) == 50_002
    assert sum(isinstance(e, ev.Ran) for e in trace) == 50_001
    trace.save(tmp_path / "long.gwtrace")
    again = Trace.load(tmp_path / "long.gwtrace")
    assert again[:] == trace[:]
    assert [n["name"] for n in again.state().nodes.values()][-1] == "SumBackward0"
    assert again.graph().number_of_nodes() > 150_000
    assert "50002 nodes" in str(gradwidget.why(loss))
