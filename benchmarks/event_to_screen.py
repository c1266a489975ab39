"""From an op in the kernel to its card on the screen, in a real JupyterLab.

    python -m benchmarks.event_to_screen

Two numbers: the median time from a line that makes a tensor to the moment when its card stands in the page, measured
while the cell runs; and the time in which 10,000 events, made as fast as Python makes them, have all arrived.
Kernel and browser read the same clock.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.e2e.jupyterlab import Lab, Notebook, browser, server
from tests.e2e.picture import Picture, wait_for

LATENCIES = 40
EVENTS = 10_000

ONE_BY_ONE = f"""
import json, time
stamps, kept = [], []
for i in range({LATENCIES}):
    time.sleep(0.2)
    stamps.append(time.time() * 1000)
    kept.append(torch.tensor([float(i)]))
print("@@" + json.dumps(stamps))
"""

# How many events an op makes is the recorder's business: make ops until there are enough.
AT_ONCE = f"""
import json, time
begin = time.time() * 1000
x = torch.tensor(1.0)
while len(session.trace) < {EVENTS}:
    for _ in range(50):
        x = x * 1.0
    session.recorder.settle()
made = time.time() * 1000
print("@@" + json.dumps([begin, made, len(session.trace)]))
"""

# Notes when the number of cards grows, and how many events the picture has.
WATCH = """
() => {
  const now = () => performance.timeOrigin + performance.now();
  window.cards = []; window.ends = [];
  const known = new Set();
  const look = () => {
    const root = [...document.querySelectorAll('.gradwidget')].at(-1);
    for (const card of root?.querySelectorAll('[data-kind="tensor"]') ?? [])
      if (!known.has(card.dataset.id)) { known.add(card.dataset.id); window.cards.push(now()); }
    const end = Number(root?.dataset.events ?? 0);
    if (end !== window.ends.at(-1)?.[1]) window.ends.push([now(), end]);
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
}
"""


def main() -> None:
    with browser() as context, tempfile.TemporaryDirectory() as folder, server(Path(folder) / "lab") as lab:
        latencies = latency(lab, context.new_page())
        arrived, made, count = throughput(lab, context.new_page())
    ordered = sorted(latencies)
    print(
        f"event to card: median {statistics.median(ordered):.0f} ms, p90 {ordered[int(len(ordered) * 0.9)]:.0f} ms, "
        f"max {ordered[-1]:.0f} ms (n={len(ordered)}); wanted: median <= 50 ms"
    )
    print(
        f"{count:,} events: made in {made:.0f} ms, all in the page {arrived:.0f} ms after the last one was made; wanted: <= 500 ms"
    )


def open_notebook(lab: Lab, page: Any, name: str) -> Notebook:
    notebook = lab.open(page, lab.write(name, ["%load_ext gradwidget\nfrom gradwidget import torch"]))
    notebook.run_all()
    Picture(page).root.wait_for()
    page.evaluate(WATCH)
    return notebook


def latency(lab: Lab, page: Any) -> list[float]:
    notebook = open_notebook(lab, page, "latency.ipynb")
    notebook.run(ONE_BY_ONE)
    stamps = said(notebook)
    wait_for(lambda: page.evaluate("window.cards.length"), len(stamps))
    return [seen - made for seen, made in zip(page.evaluate("window.cards"), stamps, strict=True)]


def throughput(lab: Lab, page: Any) -> tuple[float, float, int]:
    notebook = open_notebook(lab, page, "throughput.ipynb")
    notebook.run("from gradwidget.ipython import _extensions\n[session] = [e.session for e in _extensions.values()]")
    notebook.run(AT_ONCE)
    begin, made, count = said(notebook)
    deadline = time.monotonic() + 30
    while not (arrived := [at for at, end in page.evaluate("window.ends") if end >= count]):
        assert time.monotonic() < deadline, f"{page.evaluate('window.ends')[-1]} of {count} events arrived"
        time.sleep(0.05)
    return arrived[0] - made, made - begin, count


def said(notebook: Notebook) -> Any:
    """What the last cell printed after its mark."""
    text = "".join(output.get("text", "") for output in notebook.outputs()[-1])
    return json.loads(text.split("@@")[1])


if __name__ == "__main__":
    main()
