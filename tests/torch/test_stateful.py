"""Random programs, grown step by step on both libraries: after each step everything that can be seen is compared."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import twin
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

reference = pytest.importorskip("torch")
core = pytest.importorskip("gradwidget.torch")

SHAPES = [(3,), (2, 3), (1, 3), ()]
pick = st.integers(0, 10_000)
flag = st.booleans()

UNARY = {
    "exp": lambda t: t.exp(),
    "sin": lambda t: t.sin(),
    "twice": lambda t: t * 2,
    "shifted": lambda t: t + 1,
    "negative": lambda t: -t,
    "relu": lambda t: t.relu(),
    "sigmoid": lambda t: t.sigmoid(),
    "sum": lambda t: t.sum(),
    "mean over rows": lambda t: t.mean(0),
    "clone": lambda t: t.clone(),
    "detach": lambda t: t.detach(),
    "data": lambda t: t.data,
}
VIEWS = {
    "first": lambda t: t[0],
    "rest": lambda t: t[1:],
    "stepped": lambda t: t[..., ::2],
    "turned": lambda t: t.transpose(0, -1),
    "flat": lambda t: t.view(-1),
    "unsqueezed": lambda t: t.unsqueeze(0),
    "unbound": lambda t: t.unbind(0)[0],
    "split": lambda t: t.split(1)[0],
    "expanded": lambda t: t.expand(2, *t.shape),
    "diagonal": lambda t: t.diagonal(),
    "same": lambda t: t.view_as(t),
}
WRITES = {
    "add_": lambda t: t.add_(1),
    "mul_": lambda t: t.mul_(2),
    "exp_": lambda t: t.exp_(),
    "relu_": lambda t: t.relu_(),
    "zero_": lambda t: t.zero_(),
    "fill_": lambda t: t.fill_(3.0),
    "first set": lambda t: t.__setitem__(0, 5.0),
    "last set": lambda t: t.__setitem__((Ellipsis, -1), 7.0),
    "detach_": lambda t: t.detach_(),
    "t_": lambda t: t.t_(),
    "unsqueeze_": lambda t: t.unsqueeze_(0),
}
MARKS = {
    "requires_grad_": lambda t: t.requires_grad_(),
    "no longer": lambda t: t.requires_grad_(False),
    "retain_grad": lambda t: t.retain_grad(),
    "forget": lambda t: setattr(t, "grad", None),
    "hook": lambda t: t.register_hook(lambda g: g * 2) and None,
}
PAIRS = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "sub": lambda a, b: a - b,
    "maximum": lambda a, b: a.maximum(b),
}
PAIR_WRITES = {
    "add_": lambda a, b: a.add_(b),
    "mul_": lambda a, b: a.mul_(b),
    "copy_": lambda a, b: a.copy_(b),
    "first set": lambda a, b: a.__setitem__(0, b),
}


_TWO_COMPLAINTS = ("t_ on", "diagonal of", "split of", "last set", "mul of", "add of", "sub of", "maximum of")


class Programs(RuleBasedStateMachine):
    """Two lists of tensors, one for each library, that the same steps work on."""

    @initialize(shape=st.sampled_from(SHAPES), grad=flag)
    def begin(self, shape: Any, grad: bool) -> None:
        self.ours: list[Any] = []
        self.theirs: list[Any] = []
        self.written: list[str] = []
        self.make(shape, True)
        self.make(shape, grad)

    @rule(shape=st.sampled_from(SHAPES), grad=flag)
    @precondition(lambda self: len(self.ours) < 8)
    def make(self, shape: Any, grad: bool) -> None:
        size = 1
        for n in shape:
            size *= n
        for tensors, torch in ((self.ours, core), (self.theirs, reference)):
            values = torch.arange(1.0, 1.0 + size, dtype=torch.float64).reshape(shape) / 4
            tensors.append(values.clone().requires_grad_(grad))
        self.written.append(f"t{len(self.ours) - 1} = {shape}, requires_grad={grad}")

    def step(self, words: str, no_grad: bool, keep: bool, action: Any) -> None:
        """The same action on both; what it answers is kept where that is a new tensor."""
        self.written.append(words + (" (no_grad)" if no_grad else ""))
        seen = []
        for tensors, torch in ((self.ours, core), (self.theirs, reference)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with torch.set_grad_enabled(not no_grad):
                    answer = twin.attempt(lambda tensors=tensors, torch=torch: action(tensors, torch))
            if isinstance(answer, twin.Raised):
                seen.append((answer.type, answer.words))
            else:
                seen.append(None)
                if keep:
                    tensors.append(answer)
        if None not in seen and seen[0] != seen[1] and (no_grad or any(name in words for name in _TWO_COMPLAINTS)):
            return  # refused by both, for one of two good reasons: which of them comes first is not compared
        assert seen[0] == seen[1], self.told(f"ours {seen[0]}, PyTorch's {seen[1]}")
        self.compare()

    def told(self, words: str) -> str:
        return "\n".join(["", *self.written, words])

    def compare(self) -> None:
        facts = []
        for tensors, torch in ((self.ours, core), (self.theirs, reference)):
            witness = twin.Witness(torch)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                facts.append([witness.facts(t) for t in tensors])
        for seen in (*facts[0], *facts[1]):
            seen["stride"] = [step for step, n in zip(seen["stride"], seen["shape"], strict=True) if n > 1]
        lines = [line for line in twin.differences(facts[0], facts[1]) if ".text" not in line.partition(":")[0]]
        assert not lines, self.told("\n".join(lines))

    def chosen(self, i: int) -> int:
        return i % len(self.ours)

    @rule(i=pick, name=st.sampled_from(sorted(UNARY)), no_grad=flag)
    @precondition(lambda self: len(self.ours) < 8)
    def unary(self, i: int, name: str, no_grad: bool) -> None:
        k = self.chosen(i)
        self.step(f"t{len(self.ours)} = {name} of t{k}", no_grad, True, lambda ts, torch: UNARY[name](ts[k]))

    @rule(i=pick, name=st.sampled_from(sorted(VIEWS)), no_grad=flag)
    @precondition(lambda self: len(self.ours) < 8)
    def view(self, i: int, name: str, no_grad: bool) -> None:
        k = self.chosen(i)
        self.step(f"t{len(self.ours)} = {name} of t{k}", no_grad, True, lambda ts, torch: VIEWS[name](ts[k]))

    @rule(i=pick, name=st.sampled_from(sorted(WRITES)), no_grad=flag)
    def write(self, i: int, name: str, no_grad: bool) -> None:
        k = self.chosen(i)
        self.step(f"{name} on t{k}", no_grad, False, lambda ts, torch: WRITES[name](ts[k]))

    @rule(i=pick, name=st.sampled_from(sorted(MARKS)))
    def mark(self, i: int, name: str) -> None:
        k = self.chosen(i)
        self.step(f"{name} on t{k}", False, False, lambda ts, torch: MARKS[name](ts[k]))

    @rule(i=pick, j=pick, name=st.sampled_from(sorted(PAIRS)), no_grad=flag)
    @precondition(lambda self: len(self.ours) < 8)
    def pair(self, i: int, j: int, name: str, no_grad: bool) -> None:
        a, b = self.chosen(i), self.chosen(j)
        self.step(
            f"t{len(self.ours)} = {name} of t{a}, t{b}", no_grad, True, lambda ts, torch: PAIRS[name](ts[a], ts[b])
        )

    @rule(i=pick, j=pick, name=st.sampled_from(sorted(PAIR_WRITES)), no_grad=flag)
    def pair_write(self, i: int, j: int, name: str, no_grad: bool) -> None:
        a, b = self.chosen(i), self.chosen(j)
        self.step(f"{name} on t{a} of t{b}", no_grad, False, lambda ts, torch: PAIR_WRITES[name](ts[a], ts[b]))

    @rule(i=pick, keep=flag)
    def backward(self, i: int, keep: bool) -> None:
        k = self.chosen(i)
        self.step(
            f"backward from t{k}, {keep=}", False, False, lambda ts, torch: ts[k].sum().backward(retain_graph=keep)
        )

    @rule(i=pick, j=pick)
    def grad(self, i: int, j: int) -> None:
        a, b = self.chosen(i), self.chosen(j)
        self.step(
            f"grad of t{a} by t{b}", False, False,
            lambda ts, torch: torch.autograd.grad(ts[a].sum(), ts[b], retain_graph=True, allow_unused=True),
        )  # fmt: skip


Programs.TestCase.settings = settings(
    max_examples=150, stateful_step_count=16, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TestPrograms = Programs.TestCase
