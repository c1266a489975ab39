"""Which steps of a long run are kept: the first, the last, every k-th, and those around a problem.

NOTE [What is left of a step]  Of a step that is not kept nothing is told but what is still the case when the next kept
one begins: what came into being and lives, where it stands, how often its memory was written and what it holds. So
the kept steps read as if the others had happened unseen, and neither memory nor file grows with their number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from .. import events as ev


class Keep(NamedTuple):
    """Which steps to keep. A step ends with that of an optimizer, or with a backward pass where there is none.

    >>> Keep(first=2, last=5, every=1000, around=1)
    Keep(first=2, last=5, every=1000, around=1)
    """

    first: int = 3
    last: int = 3
    every: int = 0  # 0: none for their number
    around: int = 1  # steps before and after one with a problem


class Retention:
    """Stands between a recorder and a trace: takes events and hands on those of the steps that are kept.

    >>> retention = Retention(Keep(first=1, last=1), trace.extend)
    >>> recorder = Recorder(retention.extend)
    >>> retention.close()
    """

    def __init__(self, keep: Keep, extend: Callable[[list[Any]], Any]) -> None:
        if min(keep) < 0:
            raise ValueError(f"steps to keep are counted from 0: {keep}")
        self.keep = keep
        self.hand_on = extend
        self.number = 0  # of the step that runs
        self.step: list[Any] = []
        self.waiting: deque[list[Any]] = deque()  # steps that may yet be the last, or stand before a problem
        self.wanted: deque[bool] = deque()
        self.after = 0  # steps to keep because of a problem
        self.optimizers: set[int] = set()  # scopes of theirs that are open
        self.has_optimizer = False
        self.left = Left()

    def extend(self, events: list[Any]) -> None:
        for event in events:
            self.step.append(event)
            if self.ends(event):
                self.finish()

    def ends(self, event: Any) -> bool:
        """Whether a step ends with this event."""
        kind = type(event)
        if kind is ev.Scope and event.what == "optimizer":
            self.optimizers.add(event.id)
            if not self.has_optimizer:  # the passes so far were parts of the first step
                self.has_optimizer, self.number = True, 0
        elif kind is ev.Leave and event.scope in self.optimizers:
            self.optimizers.discard(event.scope)
            return True
        return kind is ev.BackwardEnd and not self.has_optimizer

    def finish(self) -> None:
        """A step is over: it waits until it is known whether it is one to keep."""
        keep, step = self.keep, self.step
        self.step = []
        want = self.number < keep.first or bool(keep.every) and self.number % keep.every == 0
        if any(type(event) is ev.Problem for event in step):
            for i in range(1, min(keep.around, len(self.wanted)) + 1):
                self.wanted[-i] = True
            self.after = keep.around + 1
        if self.after:
            self.after -= 1
            want = True
        self.number += 1
        self.waiting.append(step)
        self.wanted.append(want)
        while len(self.waiting) > max(keep.last, keep.around):
            self.let_go(self.waiting.popleft(), self.wanted.popleft())

    def let_go(self, step: list[Any], want: bool) -> None:
        if want:
            self.hand_on([*self.left.told(), *step])
            self.left.seen(step)
        else:
            self.left.take(step)

    def close(self) -> None:
        """The run is over: the last steps are kept."""
        if any(type(event) is ev.Problem for event in self.step):
            for i in range(1, min(self.keep.around, len(self.wanted)) + 1):
                self.wanted[-i] = True
        count = len(self.waiting)
        for i in range(count):
            self.let_go(self.waiting.popleft(), self.wanted.popleft() or i >= count - self.keep.last)
        self.let_go(self.step, True)
        self.step = []


class Left:
    """What is left of the steps that are not kept."""

    def __init__(self) -> None:
        self.born: dict[tuple[str, int], Any] = {}  # what came into being and lives, in order
        self.now: dict[tuple[str, Any], Any] = {}  # how it stands: the latest of each kind of event
        self.freed: list[Any] = []  # deaths of what was handed on
        self.handed: set[tuple[str, int]] = set()  # what was handed on and lives
        self.sources: list[Any] = []
        self.scopes: dict[int, Any] = {}  # entered and not left

    def take(self, step: list[Any]) -> None:
        """A step that is not kept."""
        for event in step:
            kind = type(event)
            if kind in _BORN:
                self.born[_BORN[kind], event.id] = event
            elif kind is ev.Source:
                self.sources.append(event)
            elif kind is ev.Freed:
                self.dies(event)
            elif kind is ev.Scope:
                self.scopes[event.id] = event
            elif kind is ev.Leave:
                if self.scopes.pop(event.scope, None) is None:
                    self.freed.append(event)
            elif kind is ev.Write:
                key = ("write", event.counter)
                before = self.now.pop(key, event)
                self.now[key] = event._replace(before=before.before, op=None)
            elif kind is ev.Accumulate:
                self.now["grad", event.tensor] = ev.Grad(event.tensor, event.grad)
            elif kind in _KEY:
                name, field = _KEY[kind]
                self.now.pop((name, getattr(event, field)), None)
                self.now[name, getattr(event, field)] = event
            elif kind is ev.Problem:
                self.freed.append(event)

    def dies(self, event: Any) -> None:
        key = (event.what, event.id)
        if self.born.pop(key, None) is None:
            self.freed.append(event)
            self.handed.discard(key)

    def seen(self, step: list[Any]) -> None:
        """A step that was handed on."""
        for event in step:
            kind = type(event)
            if kind in _BORN:
                self.handed.add((_BORN[kind], event.id))
            elif kind is ev.Freed:
                self.handed.discard((event.what, event.id))

    def told(self) -> list[Any]:
        """All that is left, told once."""
        born, now = self.born, self.now
        for key in born:
            self.handed.add(key)
        alive = self.handed
        kept = [event for event in now.values() if _stands(event, alive)]
        out = [*self.sources, *self.scopes.values(), *born.values(), *kept, *self.freed]
        self.born, self.now, self.freed, self.sources, self.scopes = {}, {}, [], [], {}
        return out


_BORN = {ev.Storage: "storage", ev.Tensor: "tensor", ev.Node: "node"}
_KEY = {
    ev.Rewire: ("rewire", "tensor"),
    ev.Reseat: ("reseat", "tensor"),
    ev.Name: ("name", "name"),
    ev.Grad: ("grad", "tensor"),
    ev.Cells: ("cells", "storage"),
    ev.Thumb: ("thumb", "tensor"),
}


def _stands(event: Any, alive: set[tuple[str, int]]) -> bool:
    """Whether what an event speaks of is still there."""
    if isinstance(event, ev.Name):
        return event.tensor is None or ("tensor", event.tensor) in alive
    if isinstance(event, ev.Cells):
        return ("storage", event.storage) in alive
    return ("tensor", event.tensor) in alive
