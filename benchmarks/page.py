"""A saved page in a real Chromium: how soon it is painted, how soon any step is shown, and what it holds, over an empty page.

    python -m benchmarks.page

Two traces: a chain of about 200 marks, and 100,000 events of training a classifier of moons. "open": from the file to the
drawn picture; "seek": from a press in the timeline, at 30 places, to the state drawn there; "memory": the page's JavaScript
heap after a garbage collection. Calibration: a page with a table of 2,000 cells, from the file to its first frame. "work" is
the processor time of the page's main thread for that, which other programs on the machine do not lengthen; a seek's includes
the first 60 ms of the motion that follows. The targets: 200 marks <= 150 ms; 100,000 events open in <= 2 s, <= 50 ms a seek
(the state alone: js/src/model/timeline.ts), <= 150 MB.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, CDPSession, Page

import gradwidget
from benchmarks.trace_files import moons, recorded
from gradwidget import torch
from gradwidget.trace import Trace
from tests.e2e.jupyterlab import browser

ROUNDS = 5
PLACES = 30
CALIBRATION = (
    "<table>" + "<tr>" + "<td>2.5</td>" * 20 + "</tr>" * 1 + ("<tr>" + "<td>2.5</td>" * 20 + "</tr>") * 99 + "</table>"
)

# Milliseconds from the page's beginning to the first frame in which `selector` is there.
SEEN = """
(selector) => new Promise((done) => {
  const look = () => document.querySelector(selector) ? requestAnimationFrame(() => done(performance.now())) : setTimeout(look, 1);
  look();
})
"""

SEEK = """
async (places) => {
  const root = document.querySelector('.gradwidget');
  const track = root.querySelector('.track');
  const box = track.getBoundingClientRect();
  track.setPointerCapture = () => {};
  const took = [];
  let seed = 7;
  for (let i = 0; i < places; i++) {
    seed = seed * 48271 % 2147483647;
    const before = root.dataset.at;
    const begun = performance.now();
    track.dispatchEvent(new PointerEvent('pointerdown', { clientX: box.left + seed / 2147483647 * box.width, pointerId: 1, bubbles: true }));
    while (root.dataset.at === before && performance.now() - begun < 3000) await new Promise((done) => setTimeout(done, 0));
    took.push(performance.now() - begun);
    await new Promise((done) => setTimeout(done, 60));
  }
  return took;
}
"""


def chain() -> Trace:
    with gradwidget.record("chain") as trace:
        x = y = torch.tensor([0.1, 1.0, 2.0], requires_grad=True)
        for _ in range(66):
            y = (y * x).tanh() - x
        y.sum().backward()
    return trace


def work(client: CDPSession) -> float:
    """Milliseconds of processor time that the page's main thread has taken."""
    metrics = client.send("Performance.getMetrics")["metrics"]
    return next(float(m["value"]) for m in metrics if m["name"] == "TaskDuration") * 1000


def opened(context: BrowserContext, path: Path, selector: str) -> tuple[Page, CDPSession, float]:
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path.as_uri(), wait_until="commit")
    return page, client, page.evaluate(SEEN, selector)


def median_open(context: BrowserContext, path: Path, selector: str) -> tuple[float, float]:
    """From the file to the drawn picture, and the work for it."""
    times, works = [], []
    for _ in range(ROUNDS):
        page, client, took = opened(context, path, selector)
        times.append(took)
        works.append(work(client))
        page.close()
    return statistics.median(times), statistics.median(works)


def heap(page: Page) -> float:
    """MB that the page's JavaScript holds."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return session.send("Runtime.getHeapUsage")["usedSize"] / 1e6  # type: ignore[no-any-return]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, browser() as context:
        calibration = Path(folder, "calibration.html")
        calibration.write_text(f"<!doctype html>{CALIBRATION}", encoding="utf-8")
        small = gradwidget.to_html(chain(), Path(folder, "small.html"))
        big = gradwidget.to_html(recorded(moons()), Path(folder, "big.html"))
        drawn = ".gradwidget[data-at] .graph :is(.mark, canvas)"
        base, base_work = median_open(context, calibration, "table")
        print(f"a table of 2,000 cells: {base:.0f} ms, work {base_work:.0f} ms")
        for name, path in (("200 marks", small), ("100,000 events", big)):
            took, did = median_open(context, path, drawn)
            print(
                f"{name}: open {took:.0f} ms ({took / base:.1f} x the table), work {did:.0f} ms ({did / base_work:.1f} x)",
                flush=True,
            )
        page, client, _ = opened(context, big, drawn)
        page.wait_for_timeout(600)
        before = work(client)
        seeks = sorted(page.evaluate(SEEK, PLACES))
        did = (work(client) - before) / PLACES
        print(
            f"seek: median {statistics.median(seeks):.0f} ms, 95 % below {seeks[int(0.95 * PLACES)]:.0f} ms, work {did:.0f} ms"
        )
        print(f"memory {heap(page):.0f} MB")


if __name__ == "__main__":
    main()
