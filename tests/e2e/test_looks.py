"""Named scenes of the gallery page (`npm run gallery`) look as they did when somebody last looked at them.

Fonts and anti-aliasing differ between machines, so both pictures are made a quarter as large before they are compared, and a
little may differ. After a change that is meant to be seen, look at the new pictures and keep them:

    LOOKS=keep python -m pytest tests/e2e/test_looks.py
"""

from __future__ import annotations

import base64
import functools
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.e2e.jupyterlab import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOOKS = Path(__file__).parent / "looks"
SCENES = {
    "detach": "detach",
    "detach_in_place_dark": "detach_//dark",
    "stale": "stale",
    "view_write_facts": "view_write///facts",
    "no_grad_dark_legend": "no_grad//dark/legend",
    "accumulate_compare": "accumulate///compare",
    "hooks_on_two_devices": "hooks",
    "big": "big",
    "stale_chinese": "stale///chinese",
}
SCALE = 0.25
UNLIKE = 40  # of 255, in any colour: so much and a point differs
MOST = 0.01  # share of points that may

# Both pictures at a quarter of their size; how many of the points differ, and the new one so.
COMPARE = """
async ([shot, kept, scale, unlike]) => {
  const drawn = async (data, scale) => {
    const image = new Image();
    image.src = 'data:image/png;base64,' + data;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  };
  const small = await drawn(shot, scale);
  const png = small.toDataURL('image/png').split(',')[1];
  if (!kept) return [0, png];
  const old = await drawn(kept, 1);
  if (old.width !== small.width || old.height !== small.height) return [1, png];
  const points = (canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const [a, b] = [points(small), points(old)];
  let differ = 0;
  for (let i = 0; i < a.length; i += 4)
    if (Math.max(...[0, 1, 2].map((j) => Math.abs(a[i + j] - b[i + j]))) > unlike) differ++;
  return [differ / (a.length / 4), png];
}
"""


@pytest.fixture(scope="module")
def gallery():
    """The address of the gallery page."""
    subprocess.run([sys.executable, "js/hatch_build.py", "run", "gallery"], cwd=ROOT, check=True, capture_output=True)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=str(ROOT / "js" / "gallery"))
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}/index.html?still"
        server.shutdown()


@pytest.fixture
def shot(gallery, page):
    """A picture of a scene at rest, as a PNG in base64."""
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    page.set_viewport_size({"width": 1240, "height": 700})

    def take(scene: str) -> str:
        page.goto("about:blank")
        page.goto(f"{gallery}#{scene}")
        page.locator(".gradwidget[data-at] .mark").first.wait_for()
        page.wait_for_timeout(700)
        return base64.b64encode(page.locator("main").screenshot(animations="disabled")).decode()

    return take


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_looks_as_it_did(name, shot, page):
    kept = LOOKS / f"{name}.png"
    keep = os.environ.get("LOOKS") == "keep"
    before = "" if keep else base64.b64encode(kept.read_bytes()).decode()
    share, png = page.evaluate(COMPARE, [shot(SCENES[name]), before, SCALE, UNLIKE])
    if keep:
        LOOKS.mkdir(exist_ok=True)
        kept.write_bytes(base64.b64decode(png))
    if share > MOST:
        now = kept.with_suffix(".now.png")
        now.write_bytes(base64.b64decode(png))
        pytest.fail(f"{share:.1%} of {kept.name} looks otherwise; {now.name} is how it looks now")


def test_another_step_would_be_noticed(shot, page):
    kept = base64.b64encode((LOOKS / "detach.png").read_bytes()).decode()
    share, _ = page.evaluate(COMPARE, [shot("detach/2"), kept, SCALE, UNLIKE])
    assert share > 2 * MOST
