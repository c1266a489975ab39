"""Lines, names and paths."""

from __future__ import annotations

import linecache

import pytest

from gradwidget import events as ev
from gradwidget import torch
from gradwidget.record import Core, Recorder
from gradwidget.record.provenance import assignments


def run(source: str, name: str = "lesson.py", cell: int | None = None):
    """Run a program as a script, or a cell, would be; its events and its namespace."""
    namespace = {"torch": torch, "__name__": "__main__"}
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    events: list = []
    recorder = Recorder(events.extend, lambda file: cell if file == name else None)
    recorder.namespaces.append(namespace)
    core = Core(recorder, torch)
    core.start()
    try:
        exec(compile(source, name, "exec"), namespace)
    finally:
        core.stop()
    recorder.name_tensors([namespace])
    recorder.settle()
    return events, namespace


def names(events: list) -> list[tuple[str, int | None]]:
    return [(e.name, e.tensor) for e in events if isinstance(e, ev.Name)]


def test_an_op_knows_the_line_and_function_that_ran_it():
    events, _ = run("def twice(t):\n    return t * 2.0\n\nx = torch.ones(2)\ny = twice(x)  # go\n")
    sources = {e.id: e for e in events if isinstance(e, ev.Source)}
    made, mul = (sources[o.source] for o in events if isinstance(o, ev.Op))
    assert made[1:] == ("lesson.py", None, 4, "x = torch.ones(2)", "")
    assert mul[1:] == ("lesson.py", None, 2, "return t * 2.0", "twice")


def test_a_cell_is_named_by_its_number_and_not_by_a_file():
    events, _ = run("x = torch.ones(2)\n", name="<cell>", cell=7)
    (source,) = [e for e in events if isinstance(e, ev.Source)]
    assert (source.file, source.cell, source.line) == ("", 7, 1)


def test_a_line_is_told_once():
    events, _ = run("x = torch.ones(2)\nfor _ in range(3):\n    x = x * 2.0 + 1.0\n")
    assert [e.line for e in events if isinstance(e, ev.Source)] == [1, 3]


def test_frames_of_the_tensor_library_are_skipped():
    events, _ = run("x = torch.ones(4)\ny = x.unbind()\nx[0] = 3.0\n")
    assert {e.file for e in events if isinstance(e, ev.Source)} == {"lesson.py"}
    assert [e.line for e in events if isinstance(e, ev.Source)] == [1, 2, 3]


def test_names_are_told_between_the_statements_of_a_program():
    events, _ = run("x = torch.ones(2)\nx = x * 2.0\ny = x + 1.0\n")
    assert names(events) == [("x", 1), ("x", 2), ("y", 3)]
    kinds = [type(e).__name__ for e in events]
    assert kinds.index("Name") < kinds.index("Op", kinds.index("Op") + 1)


def test_containers_and_names_that_end():
    events, namespace = run(
        "pair = [torch.ones(1), torch.zeros(1)]\nby = {'a': torch.ones(1)}\nx = torch.ones(1)\ndel x\n"
    )
    assert dict(names(events)) == {"pair[0]": 1, "pair[1]": 2, "by['a']": 3}
    recorder = Recorder(events.extend)
    recorder.name_tensors([{"x": torch.ones(1)}])
    recorder.name_tensors([{}])
    recorder.settle()
    assert names(events)[-2:] == [("x", 1), ("x", None)]
    assert namespace is not None


def test_tensors_from_before_are_met_through_their_names():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    events: list = []
    recorder = Recorder(events.extend)
    recorder.name_tensors([{"x": x, "_hidden": torch.ones(1), "Out": [x]}])
    recorder.settle()
    assert [type(e).__name__ for e in events] == ["Storage", "Tensor", "Cells", "Name"]
    assert events[2].values == (1.0, 2.0)


def test_parameters_are_named_by_their_path_and_modules_by_theirs():
    pytest.importorskip("gradwidget.torch.nn")
    if not hasattr(torch.nn, "Linear"):
        pytest.skip("no modules yet")
    events, _ = run(
        "model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())\ny = model(torch.ones(1, 2))\n"
    )
    roles = {e.id: e.role for e in events if isinstance(e, ev.Tensor)}
    named = dict(names(events))
    assert roles[named["model.0.weight"]] == roles[named["model.0.bias"]] == "parameter"
    labels = [e.label for e in events if isinstance(e, ev.Scope) and e.what == "module"]
    assert labels == ["model: Sequential", "model.0: Linear", "model.1: ReLU"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = y = 1\nfor i in z:\n    x, k = i", {1: ("x", "y"), 3: ("x", "k")}),
        ("def f():\n    x = 1\nx: int = 2\nx += 1", {3: ("x",), 4: ("x",)}),
        ("x = f(\n  1,\n)", {1: ("x",), 2: ("x",), 3: ("x",)}),
        ("%matplotlib inline\nx = 1", {}),
    ],
)
def test_assignments_by_line(source, found):
    assert assignments(source) == found
