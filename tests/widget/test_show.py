"""A trace as a picture, without the extension."""

from __future__ import annotations

import pytest

import gradwidget
from gradwidget import torch
from gradwidget.trace import Trace


def recorded():
    with gradwidget.record("shown") as trace:
        x = torch.ones(3, requires_grad=True)
        (x * 2).sum().backward()
    return trace


def test_the_widget_carries_the_trace_and_what_was_asked():
    trace = recorded()
    widget = gradwidget.show(trace, height=500, language="zh", in_step="lesson")
    assert widget.options == {"height": 500, "language": "zh", "start": "last", "in_step": "lesson"}
    assert list(Trace.from_bytes(widget.snapshot)) == list(trace)


def test_questions_of_its_views_are_answered():
    trace = recorded()
    widget = gradwidget.show(trace)
    sent = []
    widget.send = lambda message, buffers=None: sent.append((message, buffers))
    widget._heard(widget, {"type": "want", "from": 0}, [])
    assert sent and sent[0][0]["type"] == "batch" and sent[0][0]["first"] == 0
    widget._heard(
        widget,
        {"type": "why", "number": 1, "about": "t1", "question": "grad", "step": len(trace), "language": "en"},
        [],
    )
    assert sent[-1][0]["type"] == "answers"


def test_another_start_is_refused():
    with pytest.raises(ValueError, match="'first' or 'last'"):
        gradwidget.show(recorded(), start="middle")


def test_two_runs_stand_side_by_side_and_are_compared():
    box = gradwidget.show(recorded(), beside=recorded(), height=400)
    one, two = [picture.options for picture in box.children]
    assert one["compare"] == two["compare"] == one["in_step"] == two["in_step"]
    assert one["height"] == two["height"] == 400
    assert gradwidget.show(recorded(), beside=recorded()).children[0].options["compare"] != one["compare"]
