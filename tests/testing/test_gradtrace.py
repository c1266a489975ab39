"""The recording behind the fixture, after its test."""

from __future__ import annotations

import gc
import weakref

import pytest

from gradwidget import events as ev
from gradwidget import torch
from gradwidget.testing.gradtrace import GradTrace


def recorded() -> GradTrace:
    recording = GradTrace("a test")
    recording.session.start()
    x = torch.ones(3, requires_grad=True)
    for _ in range(10):
        (x * 2.0 + x).tanh().sum().backward()
    recording.session.leave()
    return recording


def test_what_nobody_can_read_goes_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        recording = recorded()
        session = recording.session
        parts = [session.trace, session.recorder, session.core, session.hazards, session]
        gone = [weakref.ref(part) for part in parts]
        del recording, session, parts
        assert [part() for part in gone] == [None] * 5
    finally:
        gc.enable()


@pytest.mark.parametrize("hold", [lambda recording: recording, lambda recording: recording.trace])
def test_what_somebody_holds_can_be_read(hold):
    held = hold(recorded())
    gc.collect()
    kinds = [type(e) for e in held]
    assert kinds.count(ev.Op) == 41 and kinds.count(ev.BackwardEnd) == 10
    assert len(held.state().backwards) == 10
