"""A trace that is written as it grows, and what is left of it when the program dies."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from pathlib import Path

import pytest

import gradwidget
from gradwidget import events as ev
from gradwidget import torch
from gradwidget.trace import Trace, TraceError, state_at
from gradwidget.trace.stream import Stream

ROOT = Path(__file__).parents[2]

BEGIN = """
import os, sys, time
import gradwidget
from gradwidget import torch

recording = gradwidget.record("of a program that dies", to=sys.argv[1])
trace = recording.__enter__()
"""


def program(text, path, **how):
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + textwrap.dedent(text), str(path)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, **how,
    )  # fmt: skip


def fulls(trace):
    return [e.args for e in trace if isinstance(e, ev.Op) and e.name == "full"]


def test_the_file_grows_and_ends_as_the_trace(tmp_path):
    path = tmp_path / "a.gwtrace"
    with gradwidget.record("growing", to=path) as trace:
        assert list(Trace.load(path, partial=True)) == []
        x = torch.ones(3, requires_grad=True)
        deadline = time.monotonic() + 20
        while not len(Trace.load(path, partial=True)) and time.monotonic() < deadline:
            time.sleep(0.05)
        some = Trace.load(path, partial=True)
        assert some.title == "growing" and len(some) > 0 and "cut off" in some.damage
        with pytest.raises(TraceError, match="cut off"):
            Trace.load(path)
        (x * 2).sum().backward()
    whole = Trace.load(path)
    assert list(whole) == list(trace) and whole.damage is None


def test_more_than_can_wait_makes_the_program_wait(tmp_path, monkeypatch):
    monkeypatch.setattr("gradwidget.trace.stream.WAITING", 50)
    monkeypatch.setattr("gradwidget.trace.stream.EVERY", 60)
    path = tmp_path / "a.gwtrace"
    with gradwidget.record(to=path) as trace:
        x = torch.ones(3)
        for _ in range(500):
            x = x * 1.0
        assert len(Trace.load(path, partial=True)) > 500
    assert list(Trace.load(path)) == list(trace)


def test_a_killed_program_leaves_all_but_the_last_second(tmp_path):
    path = tmp_path / "killed.gwtrace"
    running = program(
        """
        x = torch.ones(3, requires_grad=True)
        for i in range(300):
            (torch.full((3,), i) * x).sum().backward()
        print("done", flush=True)
        time.sleep(60)
        """,
        path,
    )
    assert running.stdout.readline() == "done\n"
    time.sleep(1)
    running.kill()
    running.wait()
    trace = Trace.load(path, partial=True)
    assert len(fulls(trace)) == 300 and "cut off" in trace.damage
    assert state_at(trace).backwards[300]["ended"]


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "os._exit(3)", "import ctypes; ctypes.string_at(0)"])
def test_whatever_ends_it_the_file_is_readable(tmp_path, end):
    path = tmp_path / "dead.gwtrace"
    running = program(
        f"""
        begun = time.monotonic()
        i = 0
        while time.monotonic() - begun < 1.2:
            torch.full((3,), i).exp()
            i += 1
        if i: {end}
        """,
        path,
        stderr=subprocess.DEVNULL,
    )
    assert running.wait(60) != 0
    trace = Trace.load(path, partial=True)
    told = fulls(trace)
    assert len(told) > 10 and told == [f"(3,), {i}" for i in range(len(told))]
    state_at(trace)


def test_a_program_that_forgets_to_end_it_leaves_a_whole_file(tmp_path):
    path = tmp_path / "forgotten.gwtrace"
    assert program("torch.full((3,), 1)\nsys.exit(0)", path).wait(60) == 0
    assert fulls(Trace.load(path)) == ["(3,), 1"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_does_not_write_into_its_parents_file(tmp_path):
    path = tmp_path / "forked.gwtrace"
    running = program(
        """
        torch.full((3,), 1)
        child = os.fork()
        if child == 0:
            x = torch.full((3,), 2, dtype=torch.float32, requires_grad=True)
            (x[1:] * 3).sum().backward()
            print([e.args for e in trace if type(e).__name__ == "Op" and e.name == "full"], flush=True)
            sys.exit(0)  # runs what is registered to run at the end
        assert os.waitpid(child, 0)[1] == 0
        torch.full((3,), 4)
        """,
        path,
    )
    told, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "(3,), 1" in told and "(3,), 2" in told
    assert fulls(Trace.load(path)) == ["(3,), 1", "(3,), 4"]


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C goes another way there")
def test_ctrl_c_cuts_nothing_in_two(tmp_path):
    path = tmp_path / "interrupted.gwtrace"
    running = program(
        """
        import signal

        print("begun", flush=True)
        try:
            i = 0
            while i < 300_000:  # nobody's memory is filled if the interrupt is lost
                torch.full((3,), i).exp()
                i += 1
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        recording.__exit__(None, None, None)
        assert not recording.session.recorder.stopped
        """,
        path,
    )
    running.stdout.readline()
    time.sleep(0.6)
    try:
        for _ in range(60):  # one that meets a destructor is lost, in any Python program
            running.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(1)
                break
        assert running.poll() == 0
    finally:
        running.kill()
    trace = Trace.load(path)
    assert len(fulls(trace)) > 10 and not trace.problems()


def test_a_file_that_cannot_be_written_is_one_error_or_one_warning(tmp_path):
    with pytest.raises(OSError), gradwidget.record(to=tmp_path / "no" / "such.gwtrace"):
        pass
    trace = Trace()
    stream = Stream(trace, tmp_path / "full.gwtrace")

    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

        def close(self):
            pass

    stream.file.close()
    stream.file = Full()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        trace.append(ev.Leave(1))
        stream.close()
        stream.close()
    assert [str(w.message) for w in told] == [
        f"gradwidget stopped writing {tmp_path / 'full.gwtrace'}: OSError: [Errno 28] No space left on device"
    ]
    assert isinstance(stream.failed, OSError)
