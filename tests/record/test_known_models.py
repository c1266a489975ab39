"""Models that people know, on PyTorch: recorded whole, grouped by module call, opened and explained."""

from __future__ import annotations

import warnings

import pytest

import gradwidget
from gradwidget import events as ev
from tests.record.known_models import SMALL

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("name", SMALL)
def test_a_step_is_told_whole(name):
    torch.manual_seed(0)
    model, step = SMALL[name](torch)
    with gradwidget.watch(title=name) as trace, warnings.catch_warnings():
        warnings.simplefilter("error")
        loss = step()
    state = trace.state()
    told = {n: state.tensors[state.names[f"model.{n}"]] for n, _ in model.named_parameters()}
    (*_, last) = state.backwards.values()
    assert last["error"] is None and state.names["loss"] in last["roots"]
    arrived = {a["tensor"]: a["norm"] for b in state.backwards.values() for a in b["accumulated"]}
    for path, parameter in model.named_parameters():
        assert (told[path]["id"] in arrived) == (parameter.grad is not None), path
        assert state.counters[told[path]["counter"]] == parameter._version, path
        if parameter.grad is not None and told[path]["id"] not in {
            a["tensor"] for b in list(state.backwards.values())[:-1] for a in b["accumulated"]
        }:
            assert arrived[told[path]["id"]] == pytest.approx(parameter.grad.norm().item(), rel=2e-3, abs=1e-6), path
    # every module that ran has a region of its own, named by its path, and its ops lie inside
    labels = {s.label.partition(": ")[0] for s in trace if isinstance(s, ev.Scope) and s.what == "module"}
    assert all(label.startswith(("model", "make", "judge")) for label in labels)
    inside = [op for op in trace if isinstance(op, ev.Op) and op.scope in state.scopes]
    assert len(inside) > len(labels) / 2
    # the graph behind the loss is there as PyTorch has it
    assert behind_told(state, state.tensors[state.names["loss"]]["node"]) == behind(loss.grad_fn)
    assert trace.problems() == []


def behind(root) -> list[str]:
    met, todo, names = set(), [root], []
    while todo:
        node = todo.pop()
        if node is not None and node not in met:
            met.add(node)
            names.append(node.name().removeprefix("torch::autograd::"))
            todo += [n for n, _ in node.next_functions]
    return sorted(names)


def behind_told(state, root) -> list[str]:
    met, todo = set(), [root]
    while todo:
        id_ = todo.pop()
        if id_ not in met:
            met.add(id_)
            todo += [e[0] for e in state.nodes[id_]["edges"] if e is not None]
    return sorted(state.nodes[n]["name"] for n in met)


def test_frozen_weights_get_nothing_and_are_told_so():
    torch.manual_seed(0)
    _model, step = SMALL["LoRA"](torch)
    with gradwidget.watch() as trace:
        step()
    state = trace.state()
    frozen = [t for t in state.tensors.values() if t["role"] == "parameter" and not t["requires_grad"]]
    assert len(frozen) == 6 and all(t["grad"] is None for t in frozen)


def test_a_model_that_raises_ends_at_the_failing_op():
    class Broken(torch.nn.Module):
        def forward(self, x):
            return (x * 2) @ torch.ones(5, 5)

    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), gradwidget.watch() as trace:
        Broken()(torch.ones(2, 3))
    (problem,) = [p for p in trace.problems() if p.key == "error"]
    state = trace.state()
    assert "shapes cannot be multiplied" in problem.text
    assert state.sources[problem.source]["text"] == "return (x * 2) @ torch.ones(5, 5)"
    assert [op.name for op in trace if isinstance(op, ev.Op)][-1] == "ones"
    assert state.open == []
