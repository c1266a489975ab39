"""`gradwidget.why(...)`: what people type, and what they see in a terminal, in a notebook and in a traceback."""

import subprocess
import sys
import textwrap

import pytest

import gradwidget
from gradwidget import torch


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("GRADWIDGET_LANGUAGE", "en")


def test_it_prints_where_nobody_echoes(capsys):
    with gradwidget.record():
        x = torch.ones(2, requires_grad=True)
        y = (x * x).detach()
    answer = gradwidget.why(y, "requires_grad")
    printed = capsys.readouterr().out
    assert printed == str(answer) + "\n"
    assert printed.startswith("detach() cut y from its history\n")
    assert "y = (x * x).detach()" in printed and answer.key == "cut-detach" and answer.line == answer.source.line


def test_it_takes_a_name_a_path_a_tensor_an_exception_or_nothing():
    with gradwidget.record():
        model = torch.nn.Linear(2, 1)
        x = torch.ones(2, requires_grad=True)
        y = x.exp()
        loss = model(y).sum()
        y.zero_()
        try:
            loss.backward()
        except RuntimeError as error:
            caught = error
    for asked in ("x.grad", "x", "model.weight.grad", y, loss, model.weight, caught, None):
        answer = gradwidget.why(asked, show=False)
        assert answer.key == "stale-saved" and answer.fix == "y = y.clone()\ny.zero_()", asked
    assert {a.question for a in gradwidget.why("y", "memory", show=False)} == {"memory"}


def test_the_language_is_asked_for_or_the_users(monkeypatch, capsys):
    with gradwidget.record():
        x = torch.ones(2)
    gradwidget.why("x.grad", language="zh")
    assert "没有要求 x 的梯度" in capsys.readouterr().out
    monkeypatch.setenv("GRADWIDGET_LANGUAGE", "zh")
    assert str(gradwidget.why(x, "grad", show=False)).startswith("没有要求 x 的梯度")


def test_the_latest_recording_that_knows_answers():
    with gradwidget.record() as first:
        a = torch.ones(2)
    with gradwidget.record() as second:
        b = torch.ones(2, requires_grad=True)
    assert gradwidget.why(a, "grad", show=False).key == gradwidget.why("a.grad", show=False).key == "never-requested"
    assert gradwidget.why(b, "grad", show=False).key == "no-backward"
    with pytest.raises(LookupError, match="knows no tensor 'b'"):
        gradwidget.why("b", trace=first)
    assert gradwidget.why("b.grad", trace=second, show=False).key == "no-backward"
    with pytest.raises(LookupError, match="in no recording"):
        gradwidget.why(torch.ones(2))
    with pytest.raises(TypeError, match="not list"):
        gradwidget.why([a])
    with pytest.raises(ValueError, match="no question is called"):
        gradwidget.why(b, "taste")


def test_a_saved_trace_answers(tmp_path):
    with gradwidget.record() as trace:
        x = torch.ones(2, requires_grad=True)
        with torch.no_grad():
            y = x * 2
    trace.save(tmp_path / "t.gwtrace")
    answer = gradwidget.why("y.requires_grad", trace=tmp_path / "t.gwtrace", show=False)
    assert answer.key == "cut-no-grad" and y is not None


def test_while_recording():
    with gradwidget.record():
        x = torch.ones(2, requires_grad=True)
        x.sum().backward()
        assert gradwidget.why(x, show=False).key == "grad-fine"
        x.sum().backward()
        assert gradwidget.why(x, show=False).key == "accumulated"


def test_nothing_wrong(capsys):
    with gradwidget.record() as trace:
        torch.ones(2)
    assert tuple(gradwidget.why(trace=trace)) == ()
    assert capsys.readouterr().out == "Nothing went wrong in this recording.\n"


def test_html_is_escaped():
    with gradwidget.record() as trace:
        x = torch.ones(2)
        y = x.clone()
    from gradwidget import events as ev

    hostile = "<img src=x onerror=alert(1)>"
    trace.extend([ev.Name(hostile, 1), ev.Source(99, hostile, None, 1, hostile, hostile)])
    html = gradwidget.why(hostile, "grad", trace=trace, show=False)._repr_html_()
    assert "<img" not in html and "&lt;img" in html
    assert y is not None


SCRIPT = """
import gradwidget
from gradwidget import torch

def train(x):
    hidden = x.exp()
    loss = hidden.sum()
    hidden.add_(1)
    loss.backward()

with gradwidget.record():
    train(torch.ones(2, requires_grad=True))
"""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tracebacks show notes since Python 3.11")
def test_a_traceback_shows_the_explanation(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert done.returncode == 1
    told = done.stderr[done.stderr.index("gradwidget: ") :]
    assert told.startswith("gradwidget: hidden was overwritten, and ExpBackward0 still needs it")
    assert "script.py, line 8: hidden.add_(1)" in told and "hidden = hidden.add(1)" in told
    assert done.stderr.count("gradwidget: ") == 1


def test_an_explanation_that_fails_leaves_the_error_as_it_was(monkeypatch):
    from gradwidget.explain import ask

    monkeypatch.setattr(ask, "of_exception", lambda *a: 1 / 0)
    with gradwidget.record() as trace, pytest.raises(RuntimeError, match="does not require grad"):
        torch.ones(2).sum().backward()
    assert [p.key for p in trace.problems()] == ["backward"]


def run_cells(*cells):
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell()
    with capture_output() as out:
        for cell in cells:
            shell.run_cell(textwrap.dedent(cell), store_history=True)
    return out


def test_in_ipython_it_is_shown_once():
    out = run_cells(
        "import gradwidget; from gradwidget import torch",
        "with gradwidget.record():\n    x = torch.ones(2)",
        "gradwidget.why('x.grad')",
    )
    assert out.stdout.count("Nobody asked for gradients of x") == 1
    out = run_cells(
        "import gradwidget; from gradwidget import torch",
        "with gradwidget.record():\n    x = torch.ones(2)",
        "a = gradwidget.why('x.grad', show=False)",
        "a",
    )
    assert out.stdout.count("Nobody asked for gradients of x") == 1
