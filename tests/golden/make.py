"""Golden traces: what was recorded of some programs, and the states that it must fold to, in Python and in TypeScript.

    python -m tests.golden.make

writes them again. `*.trace.jsonl` is a trace as lines; `*.states.json` holds states of it, one a line; `*.gwtrace` is the
same trace as a file of blocks. Look at what changed before you keep it: a difference is a change of the contract, the
recorder or the fold.
"""

from __future__ import annotations

import json
import linecache
from pathlib import Path
from typing import Any

from gradwidget import events as ev
from gradwidget import torch
from gradwidget.session import Session
from gradwidget.trace import Trace, state_at, to_json

HERE = Path(__file__).parent
STATES = 12  # of each trace, evenly spread

# Chosen for the events that they cause.
PROGRAMS = {
    "detach": """
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * x
z = y.detach()
z.mul_(10)
(y + z).sum().backward()
""",
    "detach_": """
x = torch.ones(2, requires_grad=True)
y = x.exp()
y.detach_()
w = (y * 3).requires_grad_()
w.sum().backward()
""",
    "stale": """
x = torch.tensor([0.5, 1.5], requires_grad=True)
y = x.exp()
z = y * 2
y.add_(1)
try:
    z.sum().backward()
except RuntimeError:
    pass
""",
    "view_write": """
x = torch.ones(2, 3, requires_grad=True)
y = x * 1
row = y[0]
turned = y.t()
row.mul_(5)
turned.sum().backward()
del row
""",
    "data": """
w = torch.tensor([1.0, 2.0], requires_grad=True)
alias = w.data
alias.add_(1)
w.data = torch.zeros(3)
""",
    "no_grad": """
w = torch.tensor([3.0], requires_grad=True)
(w * w).backward()
with torch.no_grad():
    w -= 0.1 * w.grad
w.grad = None
""",
    "accumulate": """
w = torch.tensor([1.0, -1.0], requires_grad=True)
loss = (w * w).sum()
loss.backward(retain_graph=True)
loss.backward()
w.grad.zero_()
try:
    loss.backward()
except RuntimeError:
    pass
""",
    "hooks": """
def clip(g):
    return g.clamp(-1, 1)


x = torch.tensor([3.0, -4.0], requires_grad=True)
y = x.cuda() * 2
y.register_hook(clip)
(y * y).sum().backward()
""",
    "big": """
image = torch.arange(400.0).reshape(20, 20)
image += 0.5
half = image[::2, 1:]
""",
}


def record(name: str) -> Trace:
    """Run one of the programs and record it."""
    text = PROGRAMS[name].lstrip()
    file = f"{name}.py"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    variables = {"torch": torch}
    session = Session(name)
    session.namespaces.append(variables)
    torch.cuda.simulate()
    session.start()
    try:
        exec(compile(text, file, "exec"), variables)
        session.names(session.namespaces)
    finally:
        session.stop()
        torch.cuda.simulate(0)
    return session.trace


def every_kind() -> Trace:
    """Written by hand: every kind of event, and what a well-behaved source would not tell."""
    trace = Trace(source="core", source_version="0", title="every kind of event")
    trace.extend(
        [
            ev.Scope(1, "cell", "[1]", None),
            ev.Source(1, "", 1, 1, "w = torch.tensor([1., 2.], requires_grad=True)  # 权重", ""),
            ev.Storage(1, 8, "cpu", False),
            ev.Tensor(1, 1, 1, 0, (2,), (1,), "float32", True, True, None, None, 0, "parameter", 3),
            ev.Cells(1, (1.0, "nan")),
            ev.Name("w", 1),
            ev.Name("weight", 1),
            ev.Scope(2, "module", "net: Linear", 1),
            ev.Storage(2, 8, "cuda:0", True),
            ev.Tensor(2, 2, 2, 0, (2,), (1,), "float32", False, True, None, 2, 0, ""),
            ev.Op(1, "mul", (1,), (2,), "2", "grad", 2, 1),
            ev.Node(1, "AccumulateGrad", 1, (), (), 0, 1),
            ev.Node(2, "MulBackward0", 1, ((1, 0), None), (("self", 1, 1, 1, 3), ("other", None, 2, 2, 0)), 16, None),
            ev.Cells(2, (2.0, "-inf")),
            ev.Leave(2),
            ev.Op(2, "select", (2,), (3,), "0, 1", "grad", 1, None),
            ev.Tensor(3, 2, 2, 1, (), (), "float32", False, True, 2, 3, 0, ""),
            ev.Node(3, "SelectBackward0", 2, ((2, 0),), (), 0, None),
            ev.Op(3, "add_", (3,), (3,), "1", "grad", 1, None),
            ev.Write(2, 3, 3, 2, 0, 1),
            ev.Rewire(2, "in-place on view", False, True, 4, 0),
            ev.Node(4, "CopySlices", 3, ((2, 0),), (), 0, None),
            ev.Op(4, "detach_", (3,), (3,), "", "grad", 1, None),
            ev.Rewire(3, "detach_", True, False, None, 0),
            ev.Storage(3, 4000, "cpu", False),
            ev.Reseat(3, 3, 5, (10, 10), (10, 1), "float64"),
            ev.Thumb(3, 1, 3, (0.0, 0.5, "inf"), 0.0, 0.5, "nan"),
            ev.Backward(1, (2,), True, False, 1),
            ev.Flow(1, None, 4, 0, (2,), 1.41421, (1.0, 1.0)),
            ev.Ran(1, 4),
            ev.Flow(1, 4, 2, 0, (2,), "inf", None),
            ev.Hook(1, 2, 0, "clip", 0.5, (0.3, 0.4)),
            ev.Ran(1, 2),
            ev.Storage(4, 8, "cpu", False),
            ev.Tensor(4, 4, 4, 0, (2,), (1,), "float32", True, False, None, None, 0, "grad"),
            ev.Accumulate(1, 1, 1, 4, 2.0, False),
            ev.Release(2),
            ev.BackwardEnd(1, None, None),
            ev.Backward(2, (2,), False, False, None),
            ev.Flow(2, None, 4, 0, (2,), 1.41421, None),
            ev.BackwardEnd(2, "Trying to backward through the graph a second time", 2),
            ev.Problem("backward", "RuntimeError: Trying to backward ...", (2,), (2,), None, 1),
            ev.Grad(1, None),
            ev.Name("w", 3),
            ev.Name("weight", None),
            ev.Freed("tensor", 2),
            ev.Freed("storage", 2),
            ev.Freed("node", 4),
            ev.Leave(1),
            # of things that were never told of, or are over
            ev.Name("ghost", 99),
            ev.Name("never", None),
            ev.Write(99, 99, 99, 99, 0, 1),
            ev.Rewire(99, "detach_", True, False, None, 0),
            ev.Ran(99, 1),
            ev.Hook(99, 1, 0, "never", 1.0, None),
            ev.Ran(2, 3),
            ev.Freed("tensor", 99),
            ev.Freed("soul", 1),
            ev.Leave(99),
            ev.Leave(1),
        ]
    )
    return trace


def numbers() -> Trace:
    """Written by hand: every sort of number that a file packs in a way of its own."""
    trace = Trace(source="core", source_version="0", title="every sort of number")
    vectors: list[tuple[Any, ...]] = [
        (0.1, -0.2, 3.25),
        (1.0, 2.0, 0.0),
        (-0.0, 1.0),
        (0.123, -0.004, 0.5),
        (1234.5, 0.25),
        (32767.0, -32767.0),
        (32768.0,),
        (0.33333334, 1.1754944e-38, 3.4028235e38, 1e-45),
        (0.1234567890123, 1e300, 5e-324),
        (0.33333334, "nan", "inf", "-inf"),
        (1e-20, 2e-20),
        (1e22, 1e23),
        (1, -2, 3),
        (2147483647, -2147483647),
        (2147483648, 9007199254740991),
        (1, 2.5),
        ("1+2j", 3.0),
        (),
        (0, 1),
        (0.0, 1.0),
    ]
    for i in range(700):  # more than the first block holds
        trace.append(ev.Cells(i % 7 + 1, vectors[i % len(vectors)] if i < 60 else (float(i),) * (i % 3)))
        trace.append(
            ev.Flow(1, None if i % 5 else i, i * i % 11, 0, (i % 4, 2), i / 8, vectors[i % 20] if i % 3 else None)
        )
        trace.append(ev.Accumulate(1, 1, -i, i, "nan" if i % 50 == 3 else 0.5 * i, i % 2 == 0))
    return trace


WRITTEN = {"every_kind": every_kind, "numbers": numbers}


def made(name: str) -> Trace:
    return record(name) if name in PROGRAMS else WRITTEN[name]()


def states(trace: Trace) -> list[dict[str, Any]]:
    """Some of a trace's states, the first and the last among them."""
    steps = sorted({round(i * len(trace) / (STATES - 1)) for i in range(STATES)})
    return [to_json(state_at(trace, step)) for step in steps]


def text_of(trace: Trace) -> str:
    return json.dumps(trace.header) + "\n" + trace.lines().decode()


def main() -> None:
    for name in [*WRITTEN, *PROGRAMS]:
        trace = made(name)
        if name in WRITTEN:
            (HERE / f"{name}.gwtrace").write_bytes(trace.to_bytes())
        (HERE / f"{name}.trace.jsonl").write_text(text_of(trace), encoding="utf-8", newline="\n")
        rows = ",\n".join(json.dumps(state) for state in states(trace))
        (HERE / f"{name}.states.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
