"""From a model to a finished picture: gradwidget against torchviz, torchview and torchlens, on the same models.

    pip install torchviz torchview torchlens     # and Graphviz, for its `dot`
    python -m benchmarks.peers [mlp resnet gpt chain]

Times are for one call of the model, without backward, the best of three. `graph`: what the tool knows, before anybody
lays it out: a trace with all of its events, a digraph, a log. `picture`: with a page or SVG written that shows it;
`seen`: ours opened in Chromium until it stands there. A tool gets `PATIENCE` seconds for a picture.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

import gradwidget
from tests.record import known_models

PATIENCE = 180
CHAINS = (1_000, 5_000, 50_000)
Made = tuple[Any, tuple[Any, ...]]


class Chain(torch.nn.Module):
    """Small ops, one after the other."""

    def __init__(self, nodes: int) -> None:
        super().__init__()
        self.turns = nodes // 4
        self.weight = torch.nn.Parameter(torch.full((3,), 0.9))

    def forward(self, x: Any) -> Any:
        for _ in range(self.turns):
            x = (x * self.weight + self.weight).tanh() - self.weight
        return x


def called_with(model: Any, step: Callable[[], Any]) -> Made:
    """A model, and what its training step calls it with."""
    seen: list[Any] = []
    with model.register_forward_pre_hook(lambda module, args: seen.append(args)):
        step()
    return model, seen[0]


def models() -> dict[str, Callable[[], Made]]:
    nn = torch.nn
    made: dict[str, Callable[[], Made]] = {
        "mlp": lambda: (nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2)), (torch.randn(4, 8),)),
        "resnet": lambda: called_with(*known_models.resnet(torch, 18, width=16, batch=2, size=64)),
        "gpt": lambda: called_with(*known_models.gpt(torch, width=64)),
    }
    for nodes in CHAINS:
        made[f"chain of {nodes}"] = lambda nodes=nodes: (Chain(nodes), (torch.full((3,), 0.5),))
    return made


# ---- each tool: makes its graph, then its picture in a folder


def by_gradwidget(model: Any, args: tuple[Any, ...], folder: Path) -> Iterator[str]:
    with gradwidget.watch() as trace:
        model(*args)
    len(trace)
    yield "graph"
    gradwidget.to_html(trace, folder / "picture.html")
    yield "picture"


def by_torchviz(model: Any, args: tuple[Any, ...], folder: Path) -> Iterator[str]:
    import torchviz

    dot = torchviz.make_dot(model(*args), params=dict(model.named_parameters()))
    yield "graph"
    dot.render(folder / "picture", format="svg")
    yield "picture"


def by_torchview(model: Any, args: tuple[Any, ...], folder: Path) -> Iterator[str]:
    import torchview

    drawn = torchview.draw_graph(model, input_data=args, depth=10)
    yield "graph"
    drawn.visual_graph.render(folder / "picture", format="svg")
    yield "picture"


def by_torchlens(model: Any, args: tuple[Any, ...], folder: Path) -> Iterator[str]:
    import torchlens

    log = torchlens.trace(model, args)
    yield "graph"
    log.draw(vis_outpath=str(folder / "picture"), vis_save_only=True, vis_fileformat="svg")
    yield "picture"


TOOLS = {"gradwidget": by_gradwidget, "torchviz": by_torchviz, "torchview": by_torchview, "torchlens": by_torchlens}


def timed(tool: str, name: str, folder: str) -> None:
    """Says how long each part took; in a process of its own, which may be ended when it takes too long."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    list(TOOLS[tool](*models()["mlp"](), Path(folder)))  # what is imported once
    model, args = models()[name]()
    for _ in range(3 if "50000" not in name else 1):
        begun = time.perf_counter()
        for part in TOOLS[tool](model, args, Path(folder)):
            print(f"{part} {time.perf_counter() - begun}", flush=True)


def measure(tool: str, name: str, folder: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.peers", "--one", tool, name, folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            said = process.communicate(timeout=PATIENCE)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            said = process.communicate()[0]
    row: dict[str, Any] = {"graph_ms": None, "picture_ms": None}
    for line in said.splitlines():
        part, _, took = line.partition(" ")
        if f"{part}_ms" in row:
            before = row[f"{part}_ms"]
            row[f"{part}_ms"] = round(min(float(took) * 1e3, before or float("inf")), 1)
    return row


def seen(page: Path) -> float | None:
    """How long Chromium takes to show a page."""
    try:
        from tests.e2e.jupyterlab import browser, find_chromium
    except ImportError:
        return None
    if find_chromium() is None:
        return None
    with browser() as context:
        best = float("inf")
        for _ in range(3):
            tab = context.new_page()
            begun = time.perf_counter()
            tab.goto(page.as_uri())
            tab.wait_for_selector("[data-step]", timeout=PATIENCE * 1e3)
            best = min(best, time.perf_counter() - begun)
            tab.close()
    return best


def main(wanted: list[str]) -> None:
    result: dict[str, Any] = {}
    for name in models():
        if wanted and not any(w in name for w in wanted):
            continue
        result[name] = {}
        for tool in TOOLS:
            with tempfile.TemporaryDirectory() as folder:
                row = result[name][tool] = measure(tool, name, folder)
                if tool == "gradwidget" and row["picture_ms"] is not None:
                    took = seen(Path(folder) / "picture.html")
                    row["seen_ms"] = None if took is None else round(row["picture_ms"] + took * 1e3, 1)
            print(name, tool, json.dumps(row), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        timed(*sys.argv[2:])
    else:
        main(sys.argv[1:])
