"""The page that `python -m gradwidget run` writes: opened from a file, with no network, it replays."""

from __future__ import annotations

import subprocess
import sys

import pytest
from playwright.sync_api import expect

import gradwidget
from gradwidget import torch
from tests.e2e.jupyterlab import ROOT
from tests.e2e.picture import Picture

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCRIPT = """
from gradwidget import torch

x = torch.tensor([0.0, 1.0, 2.0], requires_grad=True)
y = x.exp()
d = y.detach()
d[0] = 5.0
y.sum().backward()
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The page of a script that ends in an error of autograd."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "gradwidget", "run", str(folder / "script.py"), "-o", str(folder / "out.html")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "modified by an inplace operation" in done.stderr, done.stderr
    return folder / "out.html"


@pytest.fixture
def picture(exported, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)
    page.goto(exported.as_uri())
    yield Picture(page)
    page.context.set_offline(False)
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []


def test_it_replays_back_and_forth(picture):
    picture.slider.wait_for()
    picture.press("End")
    picture.wait_for_names({"x", "y", "d"})
    picture.press("Home")
    picture.wait_for_names(set())
    picture.press("End")
    picture.wait_for_names({"x", "y", "d"})


def test_it_shows_where_backward_stopped_and_why(picture):
    picture.slider.wait_for()
    picture.press("End")
    panel = picture.root.locator('[data-role="panel"]')
    expect(panel).to_contain_text("ExpBackward0")
    expect(panel).to_contain_text("d[0] = 5.0")
    expect(picture.root.locator('[data-kind="op"].hazard')).to_have_count(1)


def test_two_runs_of_one_page_mark_what_differs(page, tmp_path):
    def run(rate):
        with gradwidget.record(f"rate {rate}") as trace:
            w = torch.tensor([1.0, 2.0], requires_grad=True)
            loss = (w * w).sum()
            loss.backward()
            with torch.no_grad():
                w -= rate * w.grad
        return trace

    page.goto(gradwidget.to_html(run(0.1), tmp_path / "two.html", beside=run(0.2)).as_uri())
    pictures = page.locator(".gradwidget")
    expect(pictures).to_have_count(2)
    for picture in pictures.all():
        w = picture.locator('[data-kind="tensor"]', has_text="w").first
        expect(w.locator(".differs")).to_have_count(1)
    pictures.first.locator('[role="slider"]').press("Home")
    expect(pictures.last.locator('[role="slider"]')).to_have_attribute("aria-valuenow", "0")
    pictures.first.locator('[role="slider"]').press("ArrowRight")  # w is as it was made, in both
    expect(pictures.last.locator('[data-kind="tensor"]')).to_have_count(1)
    expect(page.locator(".differs")).to_have_count(0)
