"""What the recorder says of programs on real PyTorch."""

from __future__ import annotations

import gc
from typing import Any

import pytest

import gradwidget
from gradwidget import events as ev
from gradwidget import torch as core

torch = pytest.importorskip("torch")


def of(trace: Any, *kinds: type) -> list[Any]:
    return [e for e in trace if isinstance(e, kinds)]


def test_an_op_is_told_with_its_node_its_line_and_its_contents():
    with gradwidget.watch(title="product") as trace:
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x * 2.0
    assert (trace.source, trace.source_version) == ("torch", torch.__version__)
    op = of(trace, ev.Op)[-1]
    state = trace.state()
    assert (op.name, op.args, op.mode) == ("mul", "2.0", "grad")
    assert op.inputs == (state.names["x"],) and op.outputs == (state.names["y"],)
    assert state.sources[op.source]["text"] == "y = x * 2.0"
    accumulate, node = of(trace, ev.Node)
    assert (accumulate.name, accumulate.variable) == ("AccumulateGrad", state.names["x"])
    assert (node.name, node.edges, node.op) == ("MulBackward0", ((accumulate.id, 0), None), op.id)
    assert of(trace, ev.Cells)[-1].values == (2.0, 4.0)
    assert y.tolist() == [2.0, 4.0]


def test_bfloat16_is_told_as_the_core_tells_it():
    def program(torch):
        x = torch.tensor([0.1, -1.3, 3.0], dtype=torch.bfloat16, requires_grad=True)
        turned = (torch.arange(600).view(20, 30).bfloat16() * 0.3).t()
        ((x * 1.5).tanh() * x).sum().backward()
        return x, turned

    with gradwidget.watch() as watched:
        program(torch)
    with gradwidget.record() as recorded:
        program(core)
    facts = [
        [(t.dtype, tuple(t.shape), t.stride) for t in of(trace, ev.Tensor)]
        + [c.values for c in of(trace, ev.Cells)]
        + [(t.values, t.low, t.high, t.mean) for t in of(trace, ev.Thumb)]
        + [(f.norm, f.values) for f in of(trace, ev.Flow)]
        for trace in (watched, recorded)
    ]
    assert facts[0] == facts[1]
    assert (0.1, -1.3, 3.0) in facts[0]


def test_a_function_made_of_functions_is_heard_inside():
    with gradwidget.watch() as trace:
        x = torch.ones(2, 2, requires_grad=True)
        y = 1 - torch.nn.functional.relu(x)
    assert [op.name for op in of(trace, ev.Op)] == ["ones", "relu", "rsub"]
    assert [n.name for n in of(trace, ev.Node)] == ["AccumulateGrad", "ReluBackward0", "RsubBackward1"]
    assert y.grad_fn.name() == "RsubBackward1"


def test_views_detached_twins_and_data():
    with gradwidget.watch() as trace:
        x = torch.ones(3, requires_grad=True)
        y = x * 1.0
        row, twin, data = y[1:], y.detach(), y.data
        row.mul_(5.0)
        data.add_(1.0)
    state = trace.state()
    told = {name: state.tensors[id_] for name, id_ in state.names.items()}
    assert len({told[n]["storage"] for n in ("y", "row", "twin", "data")}) == 1
    assert told["y"]["counter"] == told["row"]["counter"] == told["twin"]["counter"] != told["data"]["counter"]
    assert state.counters[told["y"]["counter"]] == y._version == twin._version == row._version == 1
    assert state.counters[told["data"]["counter"]] == data._version == 1
    assert state.nodes[told["y"]["node"]]["name"] == "CopySlices"
    assert state.nodes[told["row"]["node"]]["name"] == "AsStridedBackward0"
    assert [(w.before, w.after) for w in of(trace, ev.Write)] == [(0, 1), (0, 1)]


def test_a_training_step_is_told_with_modules_flows_gradients_and_the_step():
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with gradwidget.watch() as trace:
        loss = model(torch.ones(4, 2)).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scopes = {s.id: s for s in of(trace, ev.Scope)}
    assert [s.label for s in scopes.values() if s.what == "module"] == [
        "model: Sequential", "model.0: Linear", "model.1: ReLU", "model.2: Linear"
    ]  # fmt: skip
    linear = next(op for op in of(trace, ev.Op) if op.name == "linear")
    assert scopes[linear.scope].label == "model.0: Linear"
    state = trace.state()
    (backward,) = state.backwards.values()
    assert backward["roots"] == (state.names["loss"],) and backward["error"] is None
    for name, parameter in model.named_parameters():
        tensor = state.tensors[state.names[f"model.{name}"]]
        assert tensor["role"] == "parameter"
        (arrived,) = [a for a in backward["accumulated"] if a["tensor"] == tensor["id"]]
        assert arrived["norm"] == pytest.approx(parameter.grad.norm().item(), rel=1e-4, abs=1e-9)
        assert state.tensors[tensor["grad"]]["role"] == "grad"
        assert state.counters[tensor["counter"]] == parameter._version
    (step,) = [s for s in scopes.values() if s.what == "optimizer"]
    written = [op for op in of(trace, ev.Op) if op.scope == step.id]
    assert [op.name for op in written] == ["add_"] * 4 and {op.mode for op in written} == {"no_grad"}


def test_a_failing_backward_names_its_node():
    with gradwidget.watch() as trace:
        x = torch.ones(2, requires_grad=True)
        y = x.exp()
        loss = (y * 2).sum()
        y.detach().zero_()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()
    hazard, problem = trace.problems()
    assert hazard.key == "stale-saved" and hazard.nodes == problem.nodes  # told at the write, and when it bit
    names = {n.id: n.name for n in of(trace, ev.Node)}
    assert problem.key == "backward" and [names[n] for n in problem.nodes] == ["ExpBackward0"]
    assert trace.state().names["y"] in problem.tensors


def test_deaths_are_told_and_nothing_is_kept_alive():
    with gradwidget.watch() as trace:
        x = torch.ones(1000, requires_grad=True)
        y = x.exp()
        del y
        gc.collect()
        z = x * 1.0
    freed = of(trace, ev.Freed)
    assert {f.what for f in freed} == {"tensor", "storage", "node"}
    state = trace.state()
    exp = next(n for n in state.nodes.values() if n["name"] == "ExpBackward0")
    assert not exp["alive"] and not state.storages[exp["saved"][0][2]]["alive"]
    assert state.tensors[state.names["z"]]["alive"] and z.numel() == 1000


def test_a_custom_function_is_one_op():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 2

    with gradwidget.watch() as trace:
        x = torch.ones(2, requires_grad=True)
        Double.apply(x).sum().backward()
    assert [op.name for op in of(trace, ev.Op)][:3] == ["ones", "Double", "sum"]
    node = next(n for n in of(trace, ev.Node) if n.name == "DoubleBackward")
    assert [s[:2] for s in node.saved] == [("t0", trace.state().names["x"])]
    assert x.grad.tolist() == [2.0, 2.0]


def test_when_watching_ends_pytorch_is_as_it_was():
    before = (
        torch.no_grad.__enter__,
        torch.autograd.Function.__dict__["apply"],
        torch.nn.modules.module._global_forward_hooks,
    )
    with gradwidget.watch():
        torch.ones(2)
    assert torch._C._len_torch_function_stack() == 0
    after = (
        torch.no_grad.__enter__,
        torch.autograd.Function.__dict__["apply"],
        torch.nn.modules.module._global_forward_hooks,
    )
    assert before == after and not after[2]


def test_on_a_device_that_is_not_looked_into_shapes_and_norms_are_told():
    with gradwidget.watch(devices=()) as trace:
        x = torch.tensor([3.0, 4.0], requires_grad=True)
        (x * x).sum().backward()
    assert of(trace, ev.Cells, ev.Thumb) == []
    assert [f.norm for f in of(trace, ev.Flow)] == pytest.approx([1.0, 2**0.5, 5.0, 5.0], rel=1e-4)
    assert {f.values for f in of(trace, ev.Flow)} == {None}
    assert [a.norm for a in of(trace, ev.Accumulate)] == pytest.approx([10.0])


def test_a_write_that_nobody_heard_is_told_by_the_end():
    x = torch.ones(2)
    with gradwidget.watch() as trace:
        y = x * 2
        with torch._C.DisableTorchFunction():
            y.add_(1)
    state = trace.state()
    (told,) = [t for t in state.tensors.values() if "y" in t["names"]]
    assert state.counters[told["counter"]] == y._version == 1
    assert state.storages[told["storage"]]["cells"] == (3.0, 3.0)


def test_a_write_is_told_once():
    x = torch.zeros(3, 4)
    with gradwidget.watch() as trace:
        x[:, 1:3] += 2
    writes = [e for e in trace if isinstance(e, ev.Write)]
    assert [(e.before, e.after) for e in writes] == [(0, 1), (1, 2)]
    assert None not in [e.op for e in writes]
