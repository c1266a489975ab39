"""How much work a frame of the picture is, in a real Chromium, over that of a calibration scene in the same page.

    python -m benchmarks.frames

Scenes of about 200, 2,000 and 10,000 marks, all unfolded: the main thread's work for a frame while the wheel zooms in and
out with everything in the window ("fit"), while a hand drags at a readable size ("near"), and while nothing but the
gradient's dots moves ("still"). Calibration: 2,000 rounded boxes with a short text each, drawn on a canvas.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import CDPSession, Page

import gradwidget
from gradwidget import torch
from gradwidget.torch import nn
from tests.e2e.jupyterlab import browser

FRAMES = 60
ROUNDS = 3
BRANCHES = 16
DEPTHS = {200: 2, 2_000: 16, 10_000: 80}  # layers in each branch: about seven marks a layer

# `act(i)` happens before each frame; the page's own work for it follows in the same frame.
LOOP = """
async ([act, frames]) => {
  const graph = document.querySelector('.gradwidget .graph');
  const box = graph.getBoundingClientRect();
  const middle = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true };
  const wheel = (deltaY) => graph.dispatchEvent(new WheelEvent('wheel', { ...middle, deltaY, cancelable: true }));
  const hand = (type, x) => graph.dispatchEvent(new PointerEvent(type,
    { ...middle, clientX: middle.clientX + x, pointerId: 1, buttons: type === 'pointerup' ? 0 : 1 }));
  graph.setPointerCapture = () => {};
  const scene = window.calibration ??= Object.assign(document.createElement('canvas'), { width: 1280, height: 700 });
  const c = scene.getContext('2d');
  c.font = '12px sans-serif';
  const acts = {
    fit: (i) => wheel(i % 20 < 10 ? 30 : -30),
    near: (i) => hand('pointermove', i % 40 < 20 ? i % 20 * 10 : 200 - i % 20 * 10),
    still: () => {},
    none: () => {},
    calibration: (i) => {
      c.clearRect(0, 0, 1280, 700);
      for (let k = 0; k < 2000; k++) {
        c.beginPath();
        c.roundRect((k * 61 + i) % 1200, (k * 37) % 680, 70, 20, 6);
        c.fill();
        c.stroke();
        c.fillText('2 · ' + k, (k * 61 + i) % 1200, (k * 37) % 680);
      }
    },
  };
  if (act === 'near') hand('pointerdown', 0);
  for (let i = 0; i < frames; i++)
    await new Promise((done) => requestAnimationFrame(() => { acts[act](i); done(); }));
  if (act === 'near') hand('pointerup', 0);
}
"""


def record(depth: int) -> gradwidget.Trace:
    """Branches of small layers, whose sum is the loss."""
    with gradwidget.record("frames") as trace:
        torch.manual_seed(0)
        branches = [
            nn.Sequential(*(layer for _ in range(depth) for layer in (nn.Linear(3, 3), nn.ReLU())))
            for _ in range(BRANCHES)
        ]
        x = torch.ones(2, 3)
        loss = torch.stack([branch(x).sum() for branch in branches]).sum()
        loss.backward()
    return trace


def unfold(page: Page) -> int:
    """Open all that is folded; how many marks there are."""
    slider = page.locator('.gradwidget [role="slider"]').first
    slider.wait_for()
    page.wait_for_timeout(1500)
    slider.focus()
    for _ in range(8):
        page.keyboard.press("]")
        page.wait_for_timeout(400)
    page.wait_for_timeout(4000)
    return int(page.evaluate("Number(document.querySelector('.gradwidget .graph').dataset.marks)"))


def near(page: Page) -> None:
    """To one of the ops, at about its natural size."""
    page.keyboard.press("/")
    page.keyboard.type("AddmmBackward0")
    for key in ("Enter", "Escape", "+", "+", "+"):
        page.keyboard.press(key)


PREPARE = {
    "calibration": lambda page: None,
    "fit": lambda page: page.keyboard.press("0"),
    "near": near,
    "still": lambda page: page.keyboard.press("ArrowLeft"),  # where a gradient is on its way
}


def work(page: Page, client: CDPSession, act: str) -> float:
    """Milliseconds of processor time that the main thread takes for a frame."""

    def spent() -> float:
        metrics = client.send("Performance.getMetrics")["metrics"]
        return next(float(m["value"]) for m in metrics if m["name"] == "TaskDuration")

    page.evaluate(LOOP, [act, 10])
    before = spent()
    page.evaluate(LOOP, [act, FRAMES])
    return (spent() - before) * 1000 / FRAMES


def scenes(folder: Path) -> Iterator[tuple[int, Path]]:
    for size, depth in DEPTHS.items():
        path = folder / f"{size}.html"
        gradwidget.to_html(record(depth), path, theme="light")
        yield size, path


def main() -> None:
    print("  marks  scene   ms a frame  over calibration")
    with tempfile.TemporaryDirectory() as folder, browser() as context:
        for _, path in scenes(Path(folder)):
            page = context.new_page()
            client = context.new_cdp_session(page)
            client.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.goto(path.as_uri())
            marks = unfold(page)
            found: dict[str, list[float]] = {}
            for _ in range(ROUNDS):
                for act in ("calibration", "fit", "near", "still"):
                    PREPARE[act](page)
                    page.wait_for_timeout(800)
                    found.setdefault(act, []).append(work(page, client, act))
                page.keyboard.press("End")
            calibration = statistics.median(found.pop("calibration"))
            for act, times in found.items():
                ms = statistics.median(times)
                print(f"{marks:7,}  {act:6} {ms:11.1f} {ms / calibration:17.2f}", flush=True)
            page.close()


if __name__ == "__main__":
    main()
