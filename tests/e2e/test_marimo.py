"""The picture in marimo, which knows anywidgets and nothing of Jupyter."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.e2e.jupyterlab import ROOT
from tests.e2e.picture import Picture

pytestmark = [pytest.mark.browser, pytest.mark.slow]

APP = """
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo
    import gradwidget
    from gradwidget import torch

    with gradwidget.record("marimo") as trace:
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = (x * x).sum()
        y.backward()
    marimo.ui.anywidget(gradwidget.show(trace, height=500))
    return


if __name__ == "__main__":
    app.run()
"""


@pytest.fixture
def url(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "marimo", "run", "app.py", "--headless", "--no-token", f"--port={port}"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT, env=_environment(tmp_path)
        )
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(240):
                try:
                    urllib.request.urlopen(address)
                    break
                except OSError:
                    assert process.poll() is None, (tmp_path / "log").read_text()
                    time.sleep(0.25)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def _environment(home):
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(home),
        "XDG_STATE_HOME": str(home),
        "XDG_CACHE_HOME": str(home),
    }


def test_a_trace_is_shown_and_can_be_stepped_through(url, context):
    page = context.new_page()
    uncaught: list[str] = []
    page.on("pageerror", lambda error: uncaught.append(str(error)))
    page.goto(url)
    picture = Picture(page)
    picture.slider.wait_for(timeout=60_000)
    picture.wait_for_names({"x", "y"})
    picture.press("Home")
    picture.wait_for_names(set())
    picture.press("End")
    picture.wait_for_names({"x", "y"})
    assert uncaught == []
    page.close()
