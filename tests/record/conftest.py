"""A recorder on the core, for tests: run something, get events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gradwidget import torch
from gradwidget.record import Core, Recorder
from gradwidget.torch import watch


class Recording:
    """What was recorded, and ways to look at it."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self.recorder = Recorder(self.all.extend)
        self.core = Core(self.recorder, torch)

    @property
    def events(self) -> list[Any]:
        self.recorder.settle()
        return self.all

    def of(self, *kinds: type) -> list[Any]:
        return [e for e in self.events if isinstance(e, kinds)]

    def id(self, tensor: Any) -> int:
        found = self.recorder.id_of(tensor)
        assert found is not None
        return found

    def slowly(self) -> Recording:
        """Tell everything the long way."""
        core = self.core
        core.op, core.flows, core.ran = core.told_op, core.told_flow, core.told_ran
        core.hears = watch.Hears(lambda op: watch.plainly(core.told_op, op))
        core.accumulates = core.told_accumulate
        return self


@pytest.fixture
def recording() -> Iterator[Recording]:
    made = Recording()
    made.core.start()
    yield made
    made.core.stop()


@pytest.fixture
def record() -> Callable[..., list[Any]]:
    def run(program: Callable[[], Any], slowly: bool = False) -> list[Any]:
        made = Recording().slowly() if slowly else Recording()
        made.core.start()
        try:
            program()
        finally:
            made.core.stop()
        return made.events

    return run
