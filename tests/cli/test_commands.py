"""`show`, `why`, `diff` and `info`."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import gradwidget
from gradwidget import cli, torch
from gradwidget import events as ev
from gradwidget.cli.files import FAILED, PARTIAL
from gradwidget.cli.progress import Progress
from gradwidget.trace import Trace

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def lesson():
    """The path of a trace in which a gradient is None, and a backward failed."""
    with pytest.raises(RuntimeError), gradwidget.record("a lesson", to="lesson.gwtrace"):
        w = torch.ones(2, requires_grad=True)
        lost = torch.ones(2, requires_grad=True)
        y = (w * 2).exp()
        hidden = lost.detach() * 2
        y.add_(1)
        (y * hidden).sum().backward()
    return "lesson.gwtrace"


def cut(path, to):
    Path(to).write_bytes(Path(path).read_bytes()[:-9])
    return to


def test_why(lesson, run):
    with gradwidget.record() as trace:
        lost = torch.ones(2, requires_grad=True)
        hidden = lost.detach() * torch.ones(2, requires_grad=True)
        hidden.sum().backward()
    trace.save("cut.gwtrace")
    code, said, _ = run("why", "cut.gwtrace", "lost.grad")
    assert code == 0 and "lost" in said and "detach" in said and "test_commands.py" in said
    code, said, _ = run("why", "cut.gwtrace", "lost.grad", "--json", "--language", "zh")
    (answer,) = json.loads(said)
    assert answer["question"] == "grad" and answer["ids"] and answer["source"]["text"].startswith("hidden = ")
    assert re.search("[\u4e00-\u9fff]", answer["text"])
    code, said, _ = run("why", lesson)
    assert code == 0 and "add_" in said  # what went wrong last
    code, said, _ = run("why", lesson, "w", "memory", "--json")
    assert json.loads(said)[0]["question"] == "memory"


def test_why_not(lesson, run):
    code, said, complaint = run("why", lesson, "nobody.grad")
    assert code == FAILED and not said and "nobody" in complaint
    code, said, complaint = run("why", lesson, "w", "for what")
    assert code == FAILED and "no question is called" in complaint


def test_info(lesson, run):
    code, said, _ = run("info", lesson)
    assert code == 0
    assert "lesson.gwtrace: a lesson, " in said and re.search(r"\d+  op\n", said) and "1 failed" in said
    assert "  ! test_commands.py:" in said and "modified by an inplace operation" in said
    code, said, _ = run("info", lesson, "--json")
    told = json.loads(said)
    trace = Trace.load(lesson)
    assert told["events"] == sum(told["kinds"].values()) == len(trace)
    assert told["kinds"]["op"] == sum(told["ops"].values()) and {"lost", "w", "y"} <= set(told["names"])
    assert told["backwards"] == {"ran": 1, "failed": 1}
    assert told["memory"]["peak"] >= told["memory"]["alive"] > 0
    assert [p["key"] for p in told["problems"]] == [p.key for p in trace.problems()]
    assert run("info", lesson, "--check")[0] == 1
    code, said, _ = run("info", lesson, "--lines")
    assert [ev.decode(json.loads(line)) for line in said.splitlines()] == list(trace)


def test_diff(lesson, run):
    trace = Trace.load(lesson)
    other = Trace()
    other.extend(e._replace(args="3") if isinstance(e, ev.Op) and e.args == "2" else e for e in trace)
    other.save("other.gwtrace")
    assert run("diff", lesson, lesson)[:2] == (0, f"no difference in {len(trace)} events\n")
    code, said, _ = run("diff", lesson, "other.gwtrace")
    assert code == 1 and "op.args: '2' against '3'" in said
    assert run("diff", lesson, "other.gwtrace", "--ignore", "op.args")[0] == 0
    code, said, _ = run("diff", lesson, "other.gwtrace", "--json", "--most", "1")
    told = json.loads(said)
    assert code == 1 and told["same"] is False and len(told["differences"]) == 2  # one, and that there are more


def test_a_damaged_file_gives_what_can_be_read_and_an_exit_code_of_its_own(lesson, run, built):
    part = cut(lesson, "part.gwtrace")
    for command in (["info", part], ["why", part, "w.grad"], ["show", part, "-o", "part.html"]):
        code, _, complaint = run(*command)
        assert code == PARTIAL and "only part of part.gwtrace could be read: " in complaint and "cut off" in complaint
    assert run("diff", lesson, part)[0] in (1, PARTIAL)
    Path("none.gwtrace").write_text("no trace")
    code, _, complaint = run("info", "none.gwtrace")
    assert code == FAILED and "is not a trace that can be read: not a gradwidget trace" in complaint


def test_show_writes_a_page_and_opens_it(lesson, run, built, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    code, _, said = run("show", lesson, "-o", "page.html", "--title", "Seen <here>")
    assert code == 0 and not opened and "Seen &lt;here&gt;" in Path("page.html").read_text()
    assert run("show", lesson)[0] == 0
    assert re.fullmatch(r"file://.*/lesson\.html", opened[0])
    assert run("show", lesson, "--no-open")[0] == 0 and len(opened) == 1
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    code, _, said = run("show", lesson)
    assert code == 0 and "no browser was found; open file://" in said


def test_show_serves_the_page(lesson):
    serving = subprocess.Popen(
        [sys.executable, "-m", "gradwidget", "show", os.path.abspath(lesson), "--serve", "--no-open"],
        cwd=ROOT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        lines = [serving.stderr.readline() for _ in range(2)]
        if any("not built" in line for line in lines):
            pytest.skip("the bundle is not built")
        address = re.search(r"http://127\.0\.0\.1:\d+/", "".join(lines))[0]
        with urllib.request.urlopen(address, timeout=20) as page:
            assert b"gradwidget-trace" in page.read()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(address + "../etc/passwd", timeout=20)
        for _ in range(30):  # one that meets a destructor is lost, in any Python program
            serving.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                serving.wait(1)
                break
        assert serving.poll() == 0
    finally:
        serving.kill()
        serving.wait()


def test_output_may_be_cut_short(lesson):
    done = subprocess.run(
        f"'{sys.executable}' -m gradwidget info --lines '{os.path.abspath(lesson)}' | head -1",
        shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.startswith("[") and "Traceback" not in done.stderr


def test_help_and_exit_codes_are_told(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert "Exit codes" in said
    for name in cli.COMMANDS:
        assert f"    {name} " in said
        with pytest.raises(SystemExit) as left:
            cli.main([name, "--help"])
        assert left.value.code == 0


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_shows_in_a_terminal_when_it_takes_long_and_goes_away():
    for stream, after, shown in ((Terminal(), 0, True), (Terminal(), 60, False), (io.StringIO(), 0, False)):
        with Progress("reading", stream, after) as progress:
            progress(1, 4)
            time.sleep(0.11 if shown else 0)
            progress(4, 4)
        said = stream.getvalue()
        assert ("25%" in said and "100%" in said and said.endswith("\r\x1b[K")) == shown and bool(said) == shown
    seen = []
    trace = Trace()
    trace.extend(ev.Leave(i) for i in range(3000))
    Trace.from_bytes(trace.to_bytes(), progress=lambda done, whole: seen.append(done / whole))
    assert len(seen) > 2 and seen == sorted(seen) and seen[-1] == 1.0


def test_merge(lesson, run):
    trace = Trace.load(lesson)
    code, _, said = run("merge", lesson, lesson, "-o", "both.gwtrace", "--title", "both")
    assert code == 0 and "wrote both.gwtrace" in said
    both = Trace.load("both.gwtrace")
    assert both.title == "both"
    ops = [e for e in both if isinstance(e, ev.Op)]
    assert len(ops) == 2 * sum(isinstance(e, ev.Op) for e in trace) and len({e.id for e in ops}) == len(ops)
    assert {e.label for e in both if isinstance(e, ev.Scope) and e.what == "rank"} == {"rank 0", "rank 1"}
    other = Trace("torch", "2.13")
    other.extend(trace)
    other.save("other.gwtrace")
    code, _, said = run("merge", lesson, "other.gwtrace", "-o", "no.gwtrace")
    assert code == FAILED and "different libraries" in said and not Path("no.gwtrace").exists()
