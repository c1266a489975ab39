"""Watching PyTorch changes nothing: values bit for bit, histories, errors, lifetimes; and what PyTorch has beside plain
programs goes on working."""

from __future__ import annotations

import copy
import gc
import io
import threading
import warnings
import weakref

import pytest

import gradwidget
from gradwidget import events as ev
from tests.record.known_models import SMALL

torch = pytest.importorskip("torch")


def everything(name):
    """All numbers that two steps of a model leave behind."""
    torch.manual_seed(0)
    model, step = SMALL[name](torch)
    losses = [step(), step()]
    left = {n: p.grad for n, p in model.named_parameters()} | dict(model.state_dict())
    return losses, left, [n.name() for n in walk(losses[-1].grad_fn)]


def walk(root):
    met, todo = [], [root]
    while todo:
        node = todo.pop(0)
        if node is not None and node not in met:
            met.append(node)
            todo += [n for n, _ in node.next_functions]
    return met


@pytest.mark.parametrize("name", SMALL)
def test_the_numbers_are_the_same_bit_for_bit(name):
    losses, left, nodes = everything(name)
    with gradwidget.watch():
        losses_watched, left_watched, nodes_watched = everything(name)
    assert nodes == nodes_watched
    assert all(torch.equal(a, b) for a, b in zip(losses, losses_watched, strict=True))
    assert left.keys() == left_watched.keys()
    for path, value in left.items():
        other = left_watched[path]
        assert (value is None and other is None) or torch.equal(value, other), path


def test_a_fast_path_of_pytorch_is_taken_all_the_same():
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    x = torch.randn(2, 3, 8)
    with torch.inference_mode():
        plain = layer(x)
        with gradwidget.watch():
            watched = layer(x)
    assert torch.equal(plain, watched)


def test_tensors_die_when_they_would():
    def program(deaths):
        x = torch.ones(3, requires_grad=True)
        y = x.exp()  # saved as a result
        z = y * y  # saved as an input
        weakref.finalize(y, deaths.append, "y")
        weakref.finalize(z, deaths.append, "z")
        weakref.finalize(y.untyped_storage(), deaths.append, "storage of y")
        s = z.sum()
        del y
        deaths.append("y let go")
        del z
        deaths.append("z let go")
        s.backward()
        deaths.append("backward done")
        del s
        deaths.append("end")

    plain: list[str] = []
    program(plain)
    watched: list[str] = []
    gc.disable()  # nothing may wait for it
    try:
        with gradwidget.watch():
            program(watched)
    finally:
        gc.enable()
    assert watched == plain


def test_errors_are_the_same():
    def errors():
        x = torch.ones(2, requires_grad=True)
        for action in (
            lambda: x.view(3),
            lambda: x.add_(1),
            lambda: torch.nn.functional.relu("no"),
            lambda: (x * 2).backward(),
            lambda: torch.autograd.grad(x.sum(), torch.ones(1, requires_grad=True)),
            lambda: torch.ones(2) @ torch.ones(3),
            lambda: torch.nn.Linear(2, 2)(torch.ones(3)),
            lambda: x.unbind()[0].mul_(2),
        ):
            with pytest.raises((RuntimeError, TypeError)) as error:
                action()
            yield type(error.value), str(error.value)

    plain = list(errors())
    with gradwidget.watch():
        assert list(errors()) == plain


def test_copies_and_files_are_the_same():
    def saved():
        x = torch.arange(3.0)
        y = x.clone().requires_grad_()
        file = io.BytesIO()
        torch.save({"x": x, "y": copy.deepcopy(y)}, file)
        return file.getvalue(), vars(x), vars(y)

    plain = saved()
    with gradwidget.watch():
        watched = saved()
    assert watched == plain
    assert torch.load(io.BytesIO(watched[0]))["x"].tolist() == [0.0, 1.0, 2.0]


def test_a_compiled_region_runs_and_is_one_op():
    def inner(x, w):
        return torch.tanh(x @ w) * 2 + 1

    x, w = torch.randn(3, 3), torch.randn(3, 3, requires_grad=True)
    plain = inner(x, w)
    compiled = torch.compile(inner, backend="aot_eager")
    with gradwidget.watch() as trace, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = compiled(x, w)
        z = y.sum()
        z.backward()
    assert torch.allclose(y, plain)
    assert [op.name for op in trace if isinstance(op, ev.Op)] == ["inner", "sum"]
    assert [n.name for n in trace if isinstance(n, ev.Node)][:2] == ["AccumulateGrad", "CompiledFunctionBackward"]
    assert trace.state().backwards[1]["error"] is None and w.grad is not None
    again = torch.compile(torch.nn.Linear(3, 3), backend="eager")
    with gradwidget.watch() as trace:
        again(x)
    assert "Linear" in [op.name for op in trace if isinstance(op, ev.Op)]


def test_autocast_shows_the_casts():
    layer, x = torch.nn.Linear(4, 4), torch.randn(2, 4)
    plain = layer(x).detach()
    with gradwidget.watch() as trace:
        layer(x)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = layer(x)
        y.float().sum().backward()
    assert y.dtype == torch.bfloat16 and torch.allclose(y.float(), plain, atol=0.1)
    names = [n.name for n in trace if isinstance(n, ev.Node)]
    assert names.count("AddmmBackward0") == 2 and "ToCopyBackward0" in names


def test_functorch_goes_on():
    f = torch.func.grad(lambda x: (x.sin() ** 2).sum())
    x = torch.randn(3)
    plain = f(x), torch.vmap(lambda a: a * 2)(x), torch.func.jacrev(torch.tanh)(x)
    with gradwidget.watch() as trace:
        watched = f(x), torch.vmap(lambda a: a * 2)(x), torch.func.jacrev(torch.tanh)(x)
        torch.func.grad(lambda x: (x * torch.ones(3) + torch.ones(3)).sum())(x)
        after = x + 1
    assert all(torch.equal(a, b) for a, b in zip(plain, watched, strict=True))
    assert [op.name for op in trace if isinstance(op, ev.Op)][-1] == "add" and after.numel() == 3


def test_threads_go_on():
    results: list[object] = []

    def work():
        x = torch.ones(3, requires_grad=True)
        (x * 2).sum().backward()
        results.append(x.grad.tolist())

    with gradwidget.watch() as trace:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for t in threads:
            t.start()
        work()
        for t in threads:
            t.join()
    assert results == [[2.0, 2.0, 2.0]] * 5
    assert not [p for p in trace.problems() if p.key == "recorder"]


def test_other_modes_and_subclasses_have_their_say():
    class Logged(torch.Tensor):
        heard: list[str] = []

        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            cls.heard.append(func.__name__)
            return super().__torch_function__(func, types, args, kwargs or {})

    def program():
        Logged.heard = []
        x = torch.ones(2).as_subclass(Logged)
        y = torch.nn.functional.relu(x + 1)
        with torch.device("meta"):
            z = torch.ones(2)
        return type(y), list(Logged.heard), z.device

    plain = program()
    with gradwidget.watch():
        watched = program()
    assert plain == watched
    mode = torch.device("meta")
    session = gradwidget.watch()
    session.__enter__()
    mode.__enter__()
    session.__exit__(None, None, None)  # not in the order of entering
    assert torch.ones(1).device.type == "meta"
    mode.__exit__(None, None, None)
    assert torch._C._len_torch_function_stack() == 0


def test_hooks_that_stay_on_nodes_do_nothing_after_watching():
    x = torch.ones(2, requires_grad=True)
    with gradwidget.watch() as trace:
        y = (x * x).sum()
        y.backward(retain_graph=True)
    before = len(trace)
    y.backward()
    assert len(trace) == before and x.grad.tolist() == [4.0, 4.0]
    with gradwidget.watch() as second:
        z = (x * x).sum()
        z.backward()
    assert sum(isinstance(e, ev.Ran) for e in second) == 2
