"""The extension in a shell whose user works with PyTorch itself."""

from __future__ import annotations

import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from gradwidget import events as ev
from gradwidget import ipython

pytest.importorskip("torch")


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    yield made
    ipython.unload(made)
    InteractiveShell.clear_instance()


def run(shell, *cells):
    for cell in cells:
        result = shell.run_cell(cell, store_history=True)
        assert result.error_in_exec is None, result.error_in_exec


def told(shell, kind):
    return [e for e in ipython._extensions[id(shell)].session.trace if isinstance(e, kind)]


@pytest.mark.parametrize("first", [["import torch", "%load_ext gradwidget"], ["%load_ext gradwidget", "import torch"]])
def test_pytorch_is_heard_once_the_user_has_it(shell, first):
    run(shell, *first, "x = torch.ones(2, requires_grad=True)\ny = x * 2\ny.sum().backward()")
    assert [op.name for op in told(shell, ev.Op)] == ["ones", "mul", "sum"]
    assert {e.name for e in told(shell, ev.Name)} == {"x", "y"}
    assert [s.label for s in told(shell, ev.Scope)][-1] == "[3]"
    assert [(s.cell, s.line) for s in told(shell, ev.Source)] == [(3, 1), (3, 2), (3, 3)]
    assert len(told(shell, ev.Accumulate)) == 1
    run(shell, "%gradwidget off", "z = y + 1")
    assert len(told(shell, ev.Op)) == 3


def test_who_works_with_the_core_goes_on_with_it_until_asking(shell, capsys):
    run(
        shell,
        "%load_ext gradwidget",
        "from gradwidget import torch as core\nx = core.ones(2)",
        "import torch\ny = torch.ones(3)",
    )
    assert [op.args for op in told(shell, ev.Op)] == ["(2,)"]
    run(shell, "%gradwidget pytorch", "z = torch.ones(4)")
    assert [op.args for op in told(shell, ev.Op)] == ["4"]
    assert "PyTorch itself" in capsys.readouterr().out


FRESH = """
from IPython.core.interactiveshell import InteractiveShell
from gradwidget import ipython, events as ev
shell = InteractiveShell.instance()
shell.run_cell("%load_ext gradwidget", store_history=True)
shell.run_cell("import torch\\nx = torch.ones(2)\\ny = x + 1", store_history=True)
trace = ipython._extensions[id(shell)].session.trace
print([e.name for e in trace if isinstance(e, ev.Op)], trace.source, [e.label for e in trace if isinstance(e, ev.Scope)])
"""


def test_what_follows_the_import_in_the_same_cell_is_heard(tmp_path):
    out = subprocess.run(
        [sys.executable, "-c", FRESH],
        capture_output=True,
        text=True,
        check=True,
        env={"IPYTHONDIR": str(tmp_path), **__import__("os").environ},
    )
    assert "['ones', 'add'] torch ['[2]']" in out.stdout, out.stdout + out.stderr


WITHOUT = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
sys.meta_path.insert(0, Nothing())
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "torch" else find(name, *a)
import gradwidget
try:
    gradwidget.watch()
except ImportError as error:
    print(error)
from gradwidget import torch
with gradwidget.record() as trace:
    torch.ones(2)
print(len(trace) > 0)
"""


def test_without_pytorch_the_message_says_how_to_get_it():
    out = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert "pip install torch" in out.stdout and out.stdout.endswith("True\n")


def test_an_old_version_is_said_once():
    from gradwidget import watching

    with pytest.warns(RuntimeWarning, match="older than 2.4"):
        watching.check_version("1.13.1")
    watching.check_version("1.13.1")  # a second warning would be an error here
    watching.check_version("2.13.0+cpu")
