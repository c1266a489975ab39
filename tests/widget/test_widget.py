"""The widget, on a comm that goes nowhere."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import numpy as np

from gradwidget import torch
from gradwidget.session import Session
from gradwidget.trace import Trace
from gradwidget.widget import bundle
from gradwidget.widget.svg import draw
from tests.widget.conftest import custom


def test_a_session_pushes_events_while_the_program_runs(wire, built):
    session = Session()
    widget = session.show()
    session.start()
    session.enter_cell(1)
    x = torch.ones(3)
    for _ in range(5):
        x = x * 2.0
    session.leave_cell()
    session.stop()
    messages = custom(wire)
    assert messages[0][0] == {"type": "cell", "label": "[1]"}
    batches = [(m, b) for m, b in messages if m["type"] == "batch"]
    rows = [json.loads(line) for _, b in batches for line in b[0].splitlines()]
    assert [m["first"] for m, _ in batches] == [sum(n["count"] for n, _ in batches[:i]) for i in range(len(batches))]
    assert sum(r[0] == "op" for r in rows) == 6
    assert len(rows) == len(session.trace)
    assert list(Trace.from_bytes(widget.snapshot)) == list(session.trace)


def test_the_view_can_ask_for_what_it_missed(wire, built):
    session = Session()
    widget = session.show()
    session.start()
    torch.ones(3)
    session.stop()
    wire.clear()
    widget._handle_custom_msg({"type": "want", "from": 0}, [])
    ((message, _),) = custom(wire)
    assert (message["first"], message["count"]) == (0, len(session.trace))


def test_clear_empties_the_picture_and_numbers_begin_again(wire, built):
    session = Session()
    session.show()
    session.start()
    x = torch.ones(3)
    session.flush()
    session.clear()
    wire.clear()
    y = x * 2.0
    session.stop()
    (message, _), *_ = custom(wire)
    assert message["first"] == 0
    assert "Thumb" not in {type(e).__name__ for e in session.trace}
    assert y.tolist() == [2.0, 2.0, 2.0]


def test_a_failing_recorder_tells_the_view_why(wire, built, monkeypatch, recwarn):
    session = Session()
    session.show()
    session.start()
    monkeypatch.setattr(session.recorder, "tensor", None)
    torch.from_numpy(np.ones(1))  # which is told at length, not noted
    stopped = [m for m, _ in custom(wire) if m["type"] == "stopped"]
    assert len(stopped) == 1 and "TypeError" in stopped[0]["reason"]
    assert len(recwarn) == 1 and not session.on


def test_a_failing_widget_is_one_warning_and_recording_goes_on(wire, built, monkeypatch, recwarn):
    session = Session()
    widget = session.show()
    monkeypatch.setattr(widget, "send", None)
    session.start()
    session.enter_cell(1)
    x = torch.ones(1)
    x = x * 2.0
    session.leave_cell()
    assert len([w for w in recwarn if "picture stopped following" in str(w.message)]) == 1
    assert session.on and x.tolist() == [2.0]
    session.stop()
    assert sum(type(e).__name__ == "Op" for e in session.trace) == 2


def test_without_the_bundle_the_widget_says_so(wire, monkeypatch, tmp_path):
    monkeypatch.setattr(bundle, "PATH", tmp_path / "nothing.js")
    widget = Session().show()
    assert "is not built" in widget._esm


def test_viewers_without_widgets_get_a_picture_and_a_sentence(wire, built, trace):
    session = Session()
    widget = session.show()
    widget.follow(trace, lambda: None)
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert f"{len(trace)} events" in data["text/plain"]
    root = ET.fromstring(data["image/svg+xml"])
    texts = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"x", "y", "mul", "sum"} <= set(texts)


def test_the_still_picture_keeps_to_the_latest_and_escapes(trace):
    state = trace.state()
    tensor = next(iter(state.tensors.values()))
    tensor["names"] = ["<b>&"]
    for i in range(100):
        state.tensors[1000 + i] = {**tensor, "id": 1000 + i, "born": 1000 + i, "names": [], "op": None}
    text = draw(state)
    ET.fromstring(text)
    assert "are left out" in text and text.count('rx="5"') == 60


def test_a_view_asks_why(wire, built):
    session = Session()
    widget = session.show()
    session.start()
    x = torch.ones(3, requires_grad=True)
    y = x.detach()
    session.stop()
    wire.clear()
    named = {"number": 7, "question": "requires_grad", "step": len(session.trace), "language": "zh"}
    widget._handle_custom_msg({"type": "why", "about": f"t{session.id_of(y)}", **named}, [])
    ((message, _),) = custom(wire)
    assert (message["type"], message["number"]) == ("answers", 7)
    (answer,) = message["answers"]
    assert answer["key"] == "cut-detach" and "detach() 切断" in answer["title"]
    for hostile in ("t999", "x; import os", None, "p1", "t1e9", {"a": 1}):
        wire.clear()
        widget._handle_custom_msg({"type": "why", "about": hostile, "number": 1, "question": 5, "step": "x"}, [])
        ((message, _),) = custom(wire)
        assert message["answers"] == []
