"""What hooks put in the place of gradients, told by the core and of PyTorch alike."""

from __future__ import annotations

import copy
import io
import warnings

import pytest

import gradwidget
from gradwidget import events as ev
from gradwidget import torch as core
from gradwidget.trace import compare

pytorch = pytest.importorskip("torch")


def watched(library):
    return gradwidget.record() if library is core else gradwidget.watch()


def clip(g):
    return g.clamp(-0.5, 0.5)


def look(g):
    return None


def program(torch):
    """A hook of two that changes, one that only looks, one taken away, one on a leaf used twice, one on a result of two."""
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    y = x * 3
    y.register_hook(look)
    y.register_hook(clip)
    y.register_hook(clip).remove()
    z = y.exp()
    z.register_hook(look)
    x.register_hook(lambda g: g * 10)
    a, b = (z * x).unbind()
    b.register_hook(lambda g: g + 1)
    (a + b).backward()
    return x


@pytest.mark.parametrize("torch", [core, pytorch], ids=["core", "pytorch"])
def test_what_a_hook_changed_is_told_with_its_name(torch):
    with watched(torch) as trace:
        x = program(torch)
    hooks = [e for e in trace if isinstance(e, ev.Hook)]
    assert [h.hook.partition(" in line")[0] for h in hooks] == ["lambda", "look, clip", "lambda"]
    nodes = trace.state().nodes
    assert [(nodes[h.node]["name"], h.output) for h in hooks] == [
        ("UnbindBackward0", 1), ("MulBackward0", 0), ("AccumulateGrad", 0),
    ]  # fmt: skip
    assert hooks[0].values == (2.0,)
    assert hooks[2].values == pytest.approx(x.grad.tolist())
    (b,) = trace.state().backwards.values()
    assert [h["hook"] for h in b["hooked"]] == [h.hook for h in hooks]


def test_both_tell_the_same():
    traces = []
    for torch in (core, pytorch):
        with watched(torch) as trace:
            program(torch)
        traces.append(trace)
    assert compare(*traces) == []


def test_hooks_that_only_look_are_no_event():
    for torch in (core, pytorch):
        with watched(torch) as trace:
            x = torch.ones(2, requires_grad=True)
            x.register_hook(look)
            (x * 2).sum().backward()
        assert not [e for e in trace if isinstance(e, ev.Hook)]


def test_watching_hooks_changes_nothing():
    def run():
        x = program(pytorch)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            pytorch.save(x, io.BytesIO())
        y = copy.deepcopy(pytorch.ones(1, requires_grad=True))
        with pytest.raises(RuntimeError) as refused:
            pytorch.ones(1).register_hook(look)
        return x.grad.tolist(), len(said), str(refused.value), y.requires_grad

    plain = run()
    with gradwidget.watch():
        seen = run()
    assert seen == plain


def test_a_gradient_that_a_hook_made_is_told_again_and_again():
    """The leaf takes the hook's result as it is: memory that was only noted."""
    for _ in range(3):
        with gradwidget.watch() as trace:
            x = pytorch.ones(2, requires_grad=True)
            x.register_hook(lambda g: g * 10)
            (x * 3).exp().sum().backward()
        assert not [e for e in trace if isinstance(e, ev.Problem)]
        assert [e.norm for e in trace if isinstance(e, ev.Accumulate)] == pytest.approx(
            [x.grad.norm().item()], rel=1e-4
        )


def test_a_hook_outlives_the_watching():
    with gradwidget.watch():
        x = pytorch.ones(2, requires_grad=True)
        x.register_hook(lambda g: g * 2)
    (x * 3).sum().backward()
    assert x.grad.tolist() == [6.0, 6.0]
