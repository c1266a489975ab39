"""Hazards before they bite: the problem event stands at the moment when it arises, and what is in order is not told."""

import pytest

from gradwidget import events as ev
from gradwidget.explain import ask_trace
from gradwidget.explain.hazards import HEAR, KEYS, Hazards

PROGRAMS = {
    "stale-saved": ("y", 3, """
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x.exp()
        y.mul_(2)
    """),
    "stale-optimizer": ("w", 5, """
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        kept = (w * w * w).sum()
        w.sum().backward()
        optimizer.step()
    """),
    "silent-write": ("y", 3, """
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x.exp()
        y.data.add_(1)
    """),
    "freed-graph": ("y", 4, """
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x * x
        y.sum().backward()
        z = y.sum() + 1
    """),
    "forgotten-zero-grad": ("w", 4, """
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        for _ in range(3):
            (w * w).sum().backward()
            optimizer.step()
    """),
    "no-grad-training": ("w", 5, """
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        with torch.no_grad():
            loss = (w * w).sum()
        optimizer.step()
    """),
    "frozen": ("b", 5, """
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        b = torch.zeros(2)
        optimizer = torch.optim.SGD([w, b], lr=0.1)
        (w * w + b).sum().backward()
        optimizer.step()
    """),
    "missing-parameter": ("b", 5, """
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        b = torch.zeros(2, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        (w * w + b).sum().backward()
        optimizer.step()
    """),
    "revived-leaf": ("loss", 5, """
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        with torch.no_grad():
            loss = (w * w).sum()
        loss.requires_grad_()
        loss.backward()
    """),
}  # fmt: skip


def test_every_hazard_is_tested():
    assert set(PROGRAMS) == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_hazard_is_told_with_tensor_and_line(run, key):
    name, line, program = PROGRAMS[key]
    done = run(program)
    assert done.error is None
    (problem,) = done.trace.problems()
    assert problem.key == key and problem.text
    assert f"t{problem.tensors[0]}" == done.id(name)
    sources = {e.id: e for e in done.trace if isinstance(e, ev.Source)}
    assert sources[problem.source].line == line
    answer = ask_trace(done.trace)[0]
    assert answer.key == key and done.id(name) in answer.ids and answer.fix
    assert name in answer.text("en") and name in answer.text("zh") or key in ("no-grad-training",)


@pytest.mark.parametrize("key", ["stale-saved", "silent-write"])
def test_the_problem_follows_its_write_at_once(run, key):
    done = run(PROGRAMS[key][2])
    events = list(done.trace)
    at = next(i for i, e in enumerate(events) if isinstance(e, ev.Problem))
    assert isinstance(events[at - 1], ev.Write) and events[at].op == events[at - 1].op


IN_ORDER = {
    "a training loop": """
        model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            loss = model(torch.ones(4, 2)).pow(2).mean()
            loss.backward()
            optimizer.step()
    """,
    "gradients accumulated on purpose": """
        w = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        for _ in range(2):
            optimizer.zero_grad()
            for _ in range(3):
                (w * w).sum().backward()
            optimizer.step()
    """,
    "zeroed in place, after the step": """
        w = torch.ones(2, requires_grad=True)
        for _ in range(3):
            (w * w).sum().backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
                w.grad.zero_()
    """,
    "two optimizers, one after the other": """
        a = torch.ones(2, requires_grad=True)
        b = torch.ones(2, requires_grad=True)
        first = torch.optim.SGD([a], lr=0.1)
        second = torch.optim.SGD([b], lr=0.1)
        for _ in range(2):
            first.zero_grad()
            second.zero_grad()
            (a * b).sum().backward()
            first.step()
            second.step()
    """,
    "a closure": """
        w = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.LBFGS([w], max_iter=2)
        def closure():
            optimizer.zero_grad()
            loss = (w * w).sum()
            loss.backward()
            return loss
        optimizer.step(closure)
    """,
    "a write that nothing needed undone": """
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.add_(1)
        y.sum().backward()
    """,
    "a state that is detached": """
        w = torch.tensor([0.5], requires_grad=True)
        h = torch.zeros(1)
        for _ in range(3):
            h = torch.tanh(h.detach() * w + 1)
            h.sum().backward()
            w.grad = None
    """,
    "an attack on the input": """
        model = torch.nn.Linear(2, 1)
        x = torch.ones(1, 2, requires_grad=True)
        for _ in range(2):
            model(x).sum().backward()
            with torch.no_grad():
                x = x + 0.1 * x.grad.sign()
            x.requires_grad_()
            model.zero_grad()
        model(x).sum().backward()
    """,
    "retain_graph": """
        x = torch.ones(2, requires_grad=True)
        y = (x * x).sum()
        y.backward(retain_graph=True)
        z = y * 2
        z.backward()
    """,
    "batch norm twice": """
        bn = torch.nn.BatchNorm1d(2)
        out = bn(torch.tensor([[1.0, 2.0], [3.0, 5.0]])).sum() + bn(torch.tensor([[1.0, 4.0], [2.0, 5.0]])).sum()
        out.backward()
    """,
    "weights averaged": """
        model = torch.nn.Linear(2, 1)
        twin = torch.nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(2):
            optimizer.zero_grad()
            model(torch.ones(1, 2)).sum().backward()
            optimizer.step()
            with torch.no_grad():
                for a, b in zip(twin.parameters(), model.parameters()):
                    a.mul_(0.9).add_(b, alpha=0.1)
    """,
}  # fmt: skip


@pytest.mark.parametrize("program", IN_ORDER)
def test_what_is_in_order_is_not_told(run, program):
    done = run(IN_ORDER[program])
    assert done.error is None
    assert done.trace.problems() == []


def test_an_adversarial_pair_is_in_order(run):
    done = run("""
        generator, critic = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
        of_generator = torch.optim.SGD(generator.parameters(), lr=0.1)
        of_critic = torch.optim.SGD(critic.parameters(), lr=0.1)
        for _ in range(2):
            fake = generator(torch.ones(3, 2))
            of_critic.zero_grad()
            (critic(fake.detach()).mean() - critic(torch.ones(3, 2)).mean()).backward()
            of_critic.step()
            of_generator.zero_grad()
            (-critic(fake).mean()).backward()
            of_generator.step()
    """)
    assert done.error is None and done.trace.problems() == []


def test_a_line_is_told_once(run):
    done = run("""
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        for _ in range(4):
            y = x.exp()
            y.mul_(2)
    """)
    assert [p.key for p in done.trace.problems()] == ["stale-saved"]


def test_a_failure_of_the_hazards_is_nobody_elses(monkeypatch):
    hazards = Hazards()
    monkeypatch.setitem(HEAR, ev.Write, lambda hazards, e: 1 / 0)
    events = [ev.Storage(1, 4, "cpu", False), ev.Write(1, 1, None, 1, 0, 1)]
    assert hazards(events) == events and hazards.broken
    assert hazards(events) == events and hazards.finish() == []


def test_a_gradient_of_a_second_optimizer_that_is_stepped_uncleared(run):
    done = run("""
        a = torch.ones(2, requires_grad=True)
        b = torch.ones(2, requires_grad=True)
        first = torch.optim.SGD([a], lr=0.1)
        second = torch.optim.SGD([b], lr=0.1)
        for _ in range(2):
            first.zero_grad()
            (a * b).sum().backward()
            first.step()
            second.step()
    """)
    (problem,) = done.trace.problems()
    assert problem.key == "forgotten-zero-grad" and [f"t{t}" for t in problem.tensors] == [done.id("b")]


@pytest.mark.parametrize("write", ["y.relu_()", "y.exp_()", "y[0] = 1.0", "torch.nn.functional.relu(y, inplace=True)"])
def test_a_write_that_autograd_sees_is_none_that_it_does_not(run, write):
    done = run(f"""
        x = torch.tensor([1.0, -2.0], requires_grad=True)
        y = x * 3
        {write}
        y.sum().backward()
    """)
    assert done.error is None and done.trace.problems() == []
