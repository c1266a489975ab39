"""A comm that goes nowhere, a bundle that does little, a trace with something in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm

import gradwidget
from gradwidget import torch
from gradwidget.widget import bundle


class Wire(BaseComm):
    """Keeps what is sent over it."""

    sent: list[tuple[str, dict[str, Any], list[bytes]]] = []

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        Wire.sent.append((msg_type, data or {}, [bytes(b) for b in buffers or []]))


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any], list[bytes]]]:
    import ipywidgets.widgets.widget  # noqa: F401  so that it is there to take the fake

    Wire.sent = []
    monkeypatch.setattr(comm, "create_comm", Wire)
    return Wire.sent


def custom(sent: list[Any]) -> list[tuple[dict[str, Any], list[bytes]]]:
    """The messages to the view, without the traffic of traits."""
    return [(d["content"], b) for _, d, b in sent if d.get("method") == "custom"]


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A bundle that stands in for the real one."""
    path = tmp_path / "widget.js"
    path.write_text("export function mountReplay(el, bytes) { el.dataset.bytes = bytes.length }\nexport default {};\n")
    monkeypatch.setattr(bundle, "PATH", path)
    return path


@pytest.fixture
def trace() -> Iterator[Any]:
    with gradwidget.record("squares") as made:
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = (x * x).sum()
        y.backward()
    yield made
