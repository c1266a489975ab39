"""What a change of the program changed."""

import gradwidget
from gradwidget import torch
from gradwidget.trace import Trace
from gradwidget.trace.diff import LONG, Change


def run(change=""):
    with gradwidget.record() as trace:
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x * x
        if change == "detach":
            y = y.detach()
        if change == "no_grad":
            with torch.no_grad():
                z = y.exp()
        else:
            z = y.exp()
        loss = (z * (3.0 if change == "values" else 2.0)).sum()
        if change == "write":
            y.add_(0.0)
            z.mul_(1.0)
        if loss.requires_grad and change != "write":
            loss.backward()
    return trace


def test_a_run_is_as_itself():
    trace = run()
    assert not trace.diff(trace) and not run().diff(run())
    assert str(trace.diff(trace)) == "no difference"


def test_an_op_more_and_what_follows_from_it():
    diff = run().diff(run("detach"))
    (op,) = diff.of("op")
    assert op.label == "detach(…)" and op.before is None and op.after.startswith("y = y.detach()")
    changed = {(c.label, c.fact): (c.before, c.after) for c in diff.of("name")}
    assert changed["loss", "requires_grad"] == (True, False)
    assert changed["loss", "grad_fn"] == ("SumBackward0", "None")
    assert changed["x", "grad"][1] == "None" and changed["x", "grad"][0] > 0
    assert "+ op detach(…): y = y.detach()" in str(diff)
    back = run("detach").diff(run())
    assert back.of("op") == [Change("op", op.label, "", op.after, None)]


def test_a_mode():
    diff = run().diff(run("no_grad"))
    assert {c.fact for c in diff.of("name") if c.label == "z"} >= {"requires_grad", "grad_fn"}


def test_values_and_gradients():
    diff = run().diff(run("values"))
    assert {(c.label, c.fact) for c in diff.of("name")} >= {("loss", "values"), ("x", "grad")}
    assert not [c for c in diff.of("name") if c.label in ("y", "z")]
    assert not run().diff(run("values")).of("problem")


def test_writes_and_problems():
    diff = run().diff(run("write"))
    assert {c.label for c in diff.of("op")} == {"add_(y)", "mul_(z)"}
    assert ("y", "version") in {(c.label, c.fact) for c in diff.of("name")}
    assert [c.label for c in diff.of("problem")] == ["stale-saved"]


def test_long_runs_are_matched_at_both_ends():
    def long(extra):
        with gradwidget.record() as trace:
            x = torch.ones(1)
            for i in range(LONG + 100):
                if extra and i == 2000:
                    x = x.neg()
                x = x + 1
        return trace

    diff = long(False).diff(long(True))
    assert [c.label.partition("(")[0] for c in diff.of("op")] == ["neg"]


def test_a_saved_trace(tmp_path):
    trace = run()
    trace.save(tmp_path / "t.gwtrace")
    assert not Trace.load(tmp_path / "t.gwtrace").diff(trace)
