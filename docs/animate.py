"""The animated picture of the README: a small program, step by step, as the page that replays it shows it.

python docs/animate.py docs/picture.gif   # needs Pillow, Playwright and the system's Chromium
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import gradwidget
from gradwidget import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.e2e.jupyterlab import FLAGS, find_chromium

SIZE = {"width": 960, "height": 520}
PAUSE, LAST = 700, 3000  # milliseconds
MOST = 20  # frames


def record() -> gradwidget.Trace:
    with gradwidget.record("detach") as trace:
        x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        y = x * 2
        d = y.detach()
        loss = (y * d).sum()
        loss.backward()
    return trace


def frames(page: Path) -> list[Image.Image]:
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        view = browser.new_page(viewport=SIZE)
        view.goto(page.as_uri())
        view.wait_for_timeout(1500)
        buttons = view.locator(".gradwidget .time button")
        buttons.nth(0).click()
        while True:
            view.mouse.move(2, 2)
            view.wait_for_timeout(1000)
            found.append(Image.open(io.BytesIO(view.screenshot())).convert("RGB"))
            at, _, steps = view.locator(".gradwidget .time .count").inner_text().partition(" / ")
            if len(found) > MOST or at.split()[-1] == steps.split()[0]:
                break
            buttons.nth(3).click()
        browser.close()
    return found


def main(out: str) -> None:
    page = Path(tempfile.mkdtemp()) / "page.html"
    gradwidget.to_html(record(), page, theme="light", start="first")
    shots = frames(page)
    first, *rest = [shot.quantize(96, dither=Image.Dither.NONE) for shot in shots]
    first.save(out, save_all=True, append_images=rest, duration=[PAUSE] * len(rest) + [LAST], loop=0, optimize=True)
    print(len(shots), "steps,", Path(out).stat().st_size, "bytes")


if __name__ == "__main__":
    main(sys.argv[1])
