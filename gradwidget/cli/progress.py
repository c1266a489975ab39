"""A bar on stderr, for what takes long enough that people wonder; in a terminal only."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

AFTER = 0.4  # seconds until it shows
WIDTH = 30


class Progress:
    """Called with how much is done of how much.

    >>> with Progress("reading") as progress:
    ...     for i in range(1000):
    ...         progress(i, 1000)
    """

    def __init__(self, label: str, stream: Any = None, after: float = AFTER) -> None:
        self.label = label
        self.stream = stream or sys.stderr
        self.on = bool(getattr(self.stream, "isatty", lambda: False)())
        self.due = time.monotonic() + after
        self.shown = False

    def __call__(self, done: int, whole: int) -> None:
        now = time.monotonic()
        if self.on and now >= self.due:
            self.due = now + 0.1
            self.shown = True
            part = min(done / whole, 1.0) if whole else 1.0
            full = round(WIDTH * part)
            self._write(f"\r{self.label} [{'█' * full}{'·' * (WIDTH - full)}] {part:4.0%}")

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.shown:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        print(text, end="", file=self.stream, flush=True)
