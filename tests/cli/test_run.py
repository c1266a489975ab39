"""`gradwidget run`, and what all commands have in common."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gradwidget import __version__
from gradwidget import cli as command
from gradwidget import events as ev
from gradwidget.cli.run import imports
from gradwidget.trace import Trace

ROOT = Path(__file__).parents[2]


def trace_of(page: Path) -> Trace:
    return Trace.from_bytes(base64.b64decode(re.search(r'id="gradwidget-trace">([^<]*)<', page.read_text())[1]))


def test_a_script_runs_as_main_with_its_arguments_and_folder(script, built, tmp_path, capsys):
    (tmp_path / "helper.py").write_text("value = 3.0")
    name = script(
        "import sys, helper\nfrom gradwidget import torch\nassert __name__ == '__main__'\n"
        "print(sys.argv, helper.value)\nx = torch.ones(2) * helper.value\n"
    )
    assert command.main(["run", name, "a", "-o", "out.html", "--", "--epochs", "3"]) == 0
    assert "['lesson.py', 'a', '--epochs', '3'] 3.0" in capsys.readouterr().out
    trace = trace_of(tmp_path / "out.html")
    assert [e.name for e in trace if isinstance(e, ev.Op)] == ["ones", "mul"]
    assert [e.name for e in trace if isinstance(e, ev.Name)] == ["x"]
    assert {e.file for e in trace if isinstance(e, ev.Source)} == {"lesson.py"}
    assert sys.modules["__main__"].__name__ == "__main__" and "helper" in sys.modules
    del sys.modules["helper"]


def test_an_error_of_the_script_is_printed_recorded_and_its_exit_code_kept(script, built, tmp_path, capsys):
    name = script("from gradwidget import torch\nx = torch.ones(2)\nx.view(3)\n")
    assert command.main(["run", name, "-o", "out.html", "--trace", "out.gwtrace"]) == 1
    said = capsys.readouterr().err
    assert 'lesson.py", line 3' in said and "is invalid for input of size 2" in said and "__main__.py" not in said
    (problem,) = trace_of(tmp_path / "out.html").problems()
    assert problem.key == "error"
    assert Trace.load("out.gwtrace").problems() == [problem]


@pytest.mark.parametrize(("leaving", "code"), [("", 0), ("7", 7), ("None", 0), ("'bye'", 1)])
def test_exit_codes_are_the_scripts(script, built, leaving, code):
    assert command.main(["run", script(f"import sys\nsys.exit({leaving})"), "-o", "out.html"]) == code


def test_import_torch_can_give_the_core(script, built, tmp_path):
    before = sys.modules.get("torch")
    name = script(
        "import torch\nimport torch.nn as nn\nassert torch.__name__ == 'gradwidget.torch'\ny = torch.ones(2)\n"
    )
    assert command.main(["run", "--torch", name, "-o", "out.html"]) == 0
    assert sys.modules.get("torch") is before
    assert any(isinstance(e, ev.Op) for e in trace_of(tmp_path / "out.html"))


def test_what_cannot_be_done_is_said_in_a_sentence(script, built, tmp_path, capsys):
    name = script("x = 1")
    for arguments, text in [
        (["run", "nothing.py"], "cannot read nothing.py"),
        (["run", name, "-o", "no/such/out.html"], "there is no such folder"),
        (["info", "nothing.gwtrace"], "cannot read nothing.gwtrace"),
        (["info", name], "is not a trace that can be read"),
    ]:
        assert command.main(arguments) == command.FAILED
        assert text in capsys.readouterr().err
    with pytest.raises(SystemExit) as error:
        command.main(["run", name, "--epochs", "3"])
    assert error.value.code == 2 and "go after --" in capsys.readouterr().err


def test_a_missing_bundle_is_said_before_the_script_runs(script, monkeypatch, tmp_path, capsys):
    from gradwidget.widget import bundle

    monkeypatch.setattr(bundle, "PATH", tmp_path / "nothing.js")
    name = script("open('ran', 'w')")
    assert command.main(["run", name]) == command.FAILED
    assert "is not built" in capsys.readouterr().err and not (tmp_path / "ran").exists()
    assert command.main(["run", name, "--trace", "out.gwtrace"]) == 0


def test_an_unwritable_page_does_not_hide_the_scripts_success(script, built, tmp_path, capsys):
    name = script("x = 1")
    (tmp_path / "out.html").mkdir()
    assert command.main(["run", name, "-o", "out.html"]) == command.FAILED
    assert "cannot write out.html" in capsys.readouterr().err


def test_a_page_shows_what_was_recorded(script, built, tmp_path, capsys):
    name = script("from gradwidget import torch\nx = torch.ones(2)\n")
    command.main(["run", name, "--trace", "a.gwtrace"])
    assert command.main(["info", "a.gwtrace"]) == 0
    said = capsys.readouterr().out
    assert "lesson.py" in said and re.search(r"1\s+op", said)
    assert command.main(["show", "a.gwtrace", "-o", "a.html"]) == 0
    assert list(trace_of(tmp_path / "a.html")) == list(Trace.load("a.gwtrace"))


def test_as_a_process(tmp_path):
    (tmp_path / "s.py").write_text("from gradwidget import torch\nx = torch.ones(2)\nraise SystemExit(3)\n")
    done = subprocess.run(
        [sys.executable, "-m", "gradwidget", "run", str(tmp_path / "s.py"), "--trace", str(tmp_path / "t.gwtrace")],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert len(Trace.load(tmp_path / "t.gwtrace")) > 3
    version = subprocess.run(
        [sys.executable, "-m", "gradwidget", "--version"], cwd=ROOT, capture_output=True, text=True
    )
    assert version.stdout.strip() == f"gradwidget {__version__}"


def test_the_trace_of_a_script_that_is_killed_can_be_read(script, tmp_path):
    name = script(
        "import os, time\nfrom gradwidget import torch\nx = torch.ones(2)\nfor i in range(50):\n    x = x + i\n"
        "time.sleep(1)\nos.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "gradwidget", "run", str(tmp_path / name), "--trace", str(tmp_path / "t.gwtrace")],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == -9
    trace = Trace.load(tmp_path / "t.gwtrace", partial=True)
    assert [e.name for e in trace if isinstance(e, ev.Op)] == ["ones"] + ["add"] * 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_that_a_script_forks_does_not_write_the_page(script, built, tmp_path, capfd):
    name = script(
        "import os\nfrom gradwidget import torch\nx = torch.ones(2)\nchild = os.fork()\n"
        "if child == 0:\n    y = x * 3\nelse:\n    os.waitpid(child, 0)\n    z = x * 4\n"
    )
    here = os.getpid()
    code = command.main(["run", name, "-o", "out.html", "--trace", "t.gwtrace"])
    if os.getpid() != here:
        os._exit(code)
    assert code == 0
    for trace in (trace_of(tmp_path / "out.html"), Trace.load("t.gwtrace")):
        assert [(e.name, e.args) for e in trace if isinstance(e, ev.Op)][1:] == [("mul", "4")]
    assert capfd.readouterr().err.count("wrote out.html") == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import torch.nn as nn", {"torch"}),
        ("def f():\n    from torch import nn", {"torch"}),
        ("from gradwidget import torch", {"gradwidget.torch"}),
        ("import gradwidget.torch.nn", {"gradwidget.torch"}),
        ("import torchvision, gradwidget", set()),
        ("import beside", {"torch"}),
        ("from inside import deep", {"torch"}),
        ("import (", set()),
    ],
)
def test_which_library_a_script_uses(script, tmp_path, text, found):
    (tmp_path / "beside.py").write_text("import torch, beside, lesson")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "__init__.py").write_text("import beside")
    assert imports(tmp_path / script(text)) == found


def test_pytorch_itself_is_heard(script, built):
    pytest.importorskip("torch")
    name = script("import torch\nw = torch.ones(2, requires_grad=True)\n(w * 3).sum().backward()\n")
    assert command.main(["run", name, "--trace", "t.gwtrace"]) == 0
    trace = Trace.load("t.gwtrace")
    assert trace.source == "torch" and trace.state().names["w"]
    assert [e.name for e in trace if isinstance(e, ev.Op)][-2:] == ["mul", "sum"]
    assert command.main(["run", name, "--trace", "core.gwtrace", "--source", "core"]) == 0
    assert not [e for e in Trace.load("core.gwtrace") if isinstance(e, ev.Op)]
