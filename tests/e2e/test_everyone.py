"""The page for everyone: what axe finds, what is exported, and a page that allows next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.e2e.jupyterlab import ROOT
from tests.e2e.picture import Picture, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
SCRIPT = """
from gradwidget import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
x = torch.tensor([3.0, 4.0])
h = w
for i in range(30):
    h = (h * x).tanh()
loss = h.sum()
loss.backward()
frozen = w.detach()
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("everyone")
    (folder / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "gradwidget", "run", str(folder / "script.py"), "-o", str(folder / "out.html")]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    return folder / "out.html"


@pytest.fixture(params=["light", "dark"])
def picture(request, exported, page):
    page.emulate_media(color_scheme=request.param)
    page.goto(exported.as_uri())
    shown = Picture(page)
    shown.slider.wait_for()
    shown.press("End")
    wait_for(lambda: "loss" in shown.names(), True)
    return shown


def test_axe_finds_nothing(picture):
    picture.page.wait_for_timeout(600)  # until what moves has come to rest
    picture.page.add_script_tag(path=AXE)
    for prepare in ("", "?"):
        if prepare:
            picture.slider.press(prepare)
            assert picture.root.locator(".legend").is_visible()
        found = picture.page.evaluate("axe.run('.gradwidget', { runOnly: ['wcag2a', 'wcag2aa', 'best-practice'] })")
        told = [(v["id"], v["nodes"][0]["html"][:200], len(v["nodes"])) for v in found["violations"]]
        assert told == []


def test_the_tree_and_the_controls_have_names(picture):
    """What a screen reader is told, as Playwright reads the accessibility tree."""
    tree = picture.root.aria_snapshot()
    for part in (
        'slider "Step"',
        'button "Play"',
        'combobox "Go by"',
        'combobox "Save as"',
        'tree "Graph"',
        'treeitem "w, float32 (2,), leaf · requires grad',
        'treeitem "mul, MulBackward0, ',
    ):
        assert part in tree, tree


@pytest.mark.parametrize("form", ["SVG", "PNG", "JSON", "WebM"])
def test_what_is_seen_is_saved(picture, form):
    picture.press("Home")
    for _ in range(3):
        picture.press("ArrowRight")
    if form == "WebM":
        picture.root.get_by_label("Go by").select_option("backward")  # few frames
    with picture.page.expect_download(timeout=30_000) as waiting:
        picture.root.get_by_label("Save as").select_option(form)
    path = waiting.value.path()
    data = path.read_bytes()
    assert waiting.value.suggested_filename == f"gradwidget.{form.lower()}"
    if form == "JSON":
        assert len(json.loads(data)["events"]) > 100
    else:
        begins = {"SVG": b"<svg", "PNG": b"\x89PNG", "WebM": b"\x1aE\xdf\xa3"}[form]
        assert data.startswith(begins) and len(data) > 1000


def test_a_strict_page_shows_the_picture_all_the_same(exported, context, tmp_path):
    """No worker, no network: only what stands in the page, or is made of it."""
    policy = "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:; worker-src 'none'"
    strict = tmp_path / "strict.html"
    html = exported.read_text(encoding="utf-8")
    assert html.count("<head>") == 1
    strict.write_text(
        html.replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">'),
        encoding="utf-8",
    )
    page = context.new_page()
    uncaught: list[str] = []
    page.on("pageerror", lambda error: uncaught.append(str(error)))
    page.goto(strict.as_uri())
    shown = Picture(page)
    shown.slider.wait_for()
    shown.press("End")
    wait_for(lambda: {"w", "loss"} <= shown.names(), True)
    assert uncaught == []
    page.close()
