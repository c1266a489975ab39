"""The extension in a shell."""

from __future__ import annotations

import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from gradwidget import events as ev
from gradwidget import ipython


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.run_cell("from gradwidget import torch", store_history=True)
    yield made
    ipython.unload(made)
    InteractiveShell.clear_instance()


def extension(shell):
    return ipython._extensions[id(shell)]


def events(shell, *kinds):
    return [e for e in extension(shell).session.trace if isinstance(e, kinds)]


def run(shell, *cells):
    return [shell.run_cell(cell, store_history=True) for cell in cells]


def test_cells_are_recorded_with_their_number_and_names(shell, capsys):
    run(shell, "%load_ext gradwidget", "x = torch.ones(2)\ny = x * 2.0", "z = y + 1.0")
    assert "cannot show the picture" in capsys.readouterr().out
    assert [e.label for e in events(shell, ev.Scope)] == ["[2]", "[3]", "[4]"]
    assert [(s.cell, s.line, s.file) for s in events(shell, ev.Source)] == [(3, 1, ""), (3, 2, ""), (4, 1, "")]
    assert {e.name: e.tensor for e in events(shell, ev.Name)} == {"x": 1, "y": 2, "z": 3}
    assert len(events(shell, ev.Leave)) == 3


def test_a_function_of_an_earlier_cell_keeps_its_cell(shell):
    run(shell, "%load_ext gradwidget", "def f(t):\n    return t * 2.0", "y = f(torch.ones(2))")
    made, mul = events(shell, ev.Source)
    assert (made.cell, mul.cell, mul.function) == (4, 3, "f")


def test_variables_from_before_are_there_at_once(shell):
    run(shell, "x = torch.ones(2)", "%load_ext gradwidget")
    assert [e.name for e in events(shell, ev.Name)] == ["x"]


def test_an_error_of_the_cell_is_told_with_its_line(shell, capsys):
    run(shell, "%load_ext gradwidget", "x = torch.ones(2)\nx.view(3)")
    (problem,) = events(shell, ev.Problem)
    assert problem.key == "error" and "shape '[3]' is invalid" in problem.text
    source = next(s for s in events(shell, ev.Source) if s.id == problem.source)
    assert (source.cell, source.line) == (3, 2)


def test_a_failing_backward_is_told_once(shell, capsys):
    run(
        shell,
        "%load_ext gradwidget",
        "x = torch.ones(2, requires_grad=True)\ny = x.exp()\ny.detach().zero_()\ny.sum().backward()",
    )
    assert [p.key for p in events(shell, ev.Problem)] == ["stale-saved", "backward"]


def test_off_on_clear(shell, capsys):
    run(shell, "%load_ext gradwidget", "%gradwidget off", "x = torch.ones(2)", "%gradwidget on", "y = torch.ones(3)")
    assert [e.args for e in events(shell, ev.Op)] == ["(3,)"]
    run(shell, "%gradwidget clear", "z = y * 2.0")
    assert [e.name for e in events(shell, ev.Op)] == ["mul"]
    assert {e.name for e in events(shell, ev.Name)} == {"y", "z"}


def test_the_magic_explains_itself(shell, capsys):
    run(shell, "%load_ext gradwidget")
    capsys.readouterr()
    run(shell, "%gradwidget dance", "%gradwidget save", "%gradwidget")
    said = capsys.readouterr().out
    assert "has no option 'dance'" in said and "needs the path" in said and "gradwidget: recording" in said


def test_save_and_html_write_files_and_say_what_hinders_them(shell, capsys, tmp_path, built):
    run(
        shell,
        "%load_ext gradwidget",
        "x = torch.ones(2)",
        f"%gradwidget save {tmp_path}/a.gwtrace",
        f"%gradwidget html {tmp_path}/a.html",
    )
    assert (tmp_path / "a.gwtrace").exists() and (tmp_path / "a.html").exists()
    run(shell, f"%gradwidget save {tmp_path}/no/such/folder.gwtrace")
    assert "No such file" in capsys.readouterr().out


def test_torch_becomes_the_core_and_is_given_back(shell, capsys):
    before = sys.modules.get("torch")
    run(
        shell,
        "%load_ext gradwidget",
        "%gradwidget torch",
        "import torch\nimport torch.nn.functional as F\nfrom torch import nn, optim",
    )
    assert shell.user_ns["torch"].__name__ == "gradwidget.torch"
    assert shell.user_ns["nn"] is shell.user_ns["torch"].nn
    assert shell.user_ns["F"].__name__ == "gradwidget.torch.nn.functional"
    run(shell, "%unload_ext gradwidget")
    assert sys.modules.get("torch") is before
    assert not any(name.startswith("torch.") and before is None for name in sys.modules)


def test_unload_restores_everything(shell, capsys):
    from gradwidget.torch import watch

    run(shell, "%load_ext gradwidget", "%unload_ext gradwidget", "x = torch.ones(2)")
    assert watch.listener is None
    assert "gradwidget" not in shell.magics_manager.magics["line"]
    assert not shell.events.callbacks["pre_run_cell"] or all(
        "gradwidget" not in str(getattr(c, "__module__", "")) for c in shell.events.callbacks["pre_run_cell"]
    )


def test_a_failure_of_ours_leaves_the_cell_alone(shell, monkeypatch, recwarn):
    run(shell, "%load_ext gradwidget")

    def broken(*args):
        raise OSError("made for this test")

    monkeypatch.setattr(extension(shell).session, "enter_cell", broken)
    (result,) = run(shell, "a = 1 + 1")
    assert result.success and shell.user_ns["a"] == 2
    assert len([w for w in recwarn if "made for this test" in str(w.message)]) == 1


def test_an_error_that_autograd_explains_is_explained_in_its_cell(shell, capsys):
    run(shell, "%load_ext gradwidget")
    capsys.readouterr()
    run(shell, "w = torch.ones(2, requires_grad=True)\nw.add_(1)")
    out = capsys.readouterr().out
    assert out.count("gradwidget: A write to the leaf w") == 1 and "with torch.no_grad():" in out
    run(shell, "y = w.exp()\ny.detach().zero_()\ny.sum().backward()")
    assert capsys.readouterr().out.count("gradwidget: y was overwritten") == 1
    run(shell, "1 / 0")
    assert "gradwidget" not in capsys.readouterr().out


def test_what_is_asked_of_the_pictures_reaches_them(shell):
    run(shell, "%load_ext gradwidget")
    widget = extension(shell).session.show()
    run(shell, "%gradwidget language zh", "%gradwidget together")
    assert widget.options == {"language": "zh", "in_step": True}
    run(shell, "%gradwidget apart")
    assert widget.options["in_step"] is False
