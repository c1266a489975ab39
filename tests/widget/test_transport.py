"""Numbered batches."""

from __future__ import annotations

import json

from gradwidget import events as ev
from gradwidget.trace import Trace
from gradwidget.widget import transport
from gradwidget.widget.transport import Transport


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def make():
    trace, sent, clock = Trace(), [], Clock()
    return trace, sent, clock, Transport(trace, lambda m, b: sent.append((m, b)), lambda: None, clock)


def test_what_happens_within_a_tick_goes_out_together():
    trace, sent, clock, out = make()
    for i in range(10):
        trace.append(ev.Leave(i))
        out.tick()
    assert [m["count"] for m, _ in sent] == [1]
    clock.now += transport.TICK
    out.tick()
    assert [(m["first"], m["count"]) for m, _ in sent] == [(0, 1), (1, 9)]
    rows = [json.loads(line) for line in sent[1][1][0].splitlines()]
    assert rows == [["leave", i] for i in range(1, 10)]


def test_batches_follow_each_other_without_a_gap_and_are_of_bounded_size():
    trace, sent, _, out = make()
    trace.extend([ev.Leave(i) for i in range(2 * transport.BATCH + 5)])
    out.flush()
    out.flush()
    at = 0
    for message, buffers in sent:
        assert message["type"] == "batch" and message["first"] == at
        assert buffers[0].count(b"\n") == message["count"] <= transport.BATCH
        at += message["count"]
    assert at == len(trace)


def test_a_view_with_a_gap_gets_the_rest_and_nothing_that_was_never_sent():
    trace, sent, _, out = make()
    trace.extend([ev.Leave(i) for i in range(5)])
    out.flush()
    trace.append(ev.Leave(5))
    sent.clear()
    out.answer({"type": "want", "from": 2})
    assert [(m["first"], m["count"]) for m, _ in sent] == [(2, 3)]


def test_nonsense_from_a_view_is_passed_over():
    trace, sent, _, out = make()
    trace.append(ev.Leave(1))
    out.flush()
    sent.clear()
    for message in ({"type": "want"}, {"type": "want", "from": -1}, {"type": "want", "from": "x"}, "want", None, {}):
        out.answer(message)
    assert sent == []


def test_sending_takes_a_bounded_share_of_the_time():
    trace, sent, clock, _ = make()

    def slow(message, buffers):
        clock.now += 1.0
        sent.append(message)

    out = Transport(trace, slow, lambda: None, clock)
    trace.append(ev.Leave(0))
    out.tick()
    trace.append(ev.Leave(1))
    clock.now += 1.0
    out.tick()
    assert len(sent) == 1
    clock.now += transport.SHARE
    out.tick()
    assert len(sent) == 2
