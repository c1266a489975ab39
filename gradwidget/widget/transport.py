"""How a growing trace reaches the views: numbered batches, and an answer for a view that missed one.

While a cell runs, the kernel answers nothing, so batches are pushed from within the recording. Servers drop messages
when there are too many in a second; so what happened within one tick of a clock goes out together. A batch carries the
number of its first event, by which a view that was reloaded or came late sees its gap and asks for the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

TICK = 0.025  # seconds between two batches
SHARE = 4  # sending may take up one part in so many of the time
BATCH = 4000  # events in one message


class Log(Protocol):
    """What is asked of a trace: it only grows."""

    def __len__(self) -> int: ...

    def lines(self, first: int, stop: int) -> bytes: ...


class Transport:
    """Pushes a trace's events to the views of one widget.

    `send(message, buffers)` delivers to all of them; `settle()` makes events of what was only noted down so far.

    >>> transport = Transport(trace, widget.send, recorder.settle)
    >>> transport.tick()  # from within the recording, as often as you like
    >>> transport.flush()  # at the end of a cell
    """

    def __init__(
        self,
        trace: Log,
        send: Callable[[dict[str, Any], list[bytes]], Any],
        settle: Callable[[], Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.trace = trace
        self.send = send
        self.settle = settle
        self.clock = clock
        self.sent = 0  # events that went out
        self.due = 0.0

    def tick(self) -> None:
        """Send what there is, if the last batch was a tick ago or more."""
        now = self.clock()
        if now >= self.due:
            self.flush()

    def flush(self) -> None:
        begun = self.clock()
        self.settle()
        stop = len(self.trace)
        if stop > self.sent:
            first, self.sent = self.sent, stop
            self.batches(first, stop)
        ended = self.clock()
        self.due = ended + max(TICK, (ended - begun) * SHARE)

    def batches(self, first: int, stop: int) -> None:
        for at in range(first, stop, BATCH):
            end = min(at + BATCH, stop)
            self.send({"type": "batch", "first": at, "count": end - at}, [self.trace.lines(at, end)])

    def answer(self, message: Any) -> None:
        """What a view says. This may run on another thread while a cell runs: it only reads what has been sent."""
        if isinstance(message, dict) and message.get("type") == "want":
            first = message.get("from")
            if isinstance(first, int) and 0 <= first < self.sent:
                self.batches(first, self.sent)
