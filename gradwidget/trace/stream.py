"""A trace on its way to disk: a program that dies leaves a file that is readable up to its last second.

NOTE [Who writes]  A thread of its own, so that Ctrl-C, which Python raises in the main thread, never cuts a write in two.
It writes every `EVERY` seconds. Where the program makes events quicker than they can be written, it waits (`tick`): else
there would be more and more that a crash takes along.

NOTE [Forks]  A child has the file open and must not write to it: there the stream is over. Its recording goes on in memory.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import warnings
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .file import Packer

if TYPE_CHECKING:
    from .store import Trace

EVERY = 0.25  # seconds
WAITING = 20_000  # notes that may wait to be written before the program does
PATIENCE = 5.0  # seconds that the program waits at most


class Notes(Protocol):
    def __len__(self) -> int: ...


class Stream:
    """Writes a growing trace to a file until it is closed.

    >>> stream = Stream(trace, "run.gwtrace")
    >>> ...
    >>> stream.close()

    notes: what was heard and is no event yet. Raises OSError where the file cannot be written.
    """

    def __init__(self, trace: Trace, path: str | os.PathLike[str], notes: Notes = ()) -> None:
        self.trace = trace
        self.path = Path(path)
        self.notes = notes
        self.written = 0  # events
        self.failed: BaseException | None = None
        self.over = False
        self.file = open(path, "wb", buffering=0)  # noqa: SIM115 (closed by `close`)
        self.packer = Packer(trace.header)
        self.wake, self.done = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self._write([])  # the header, so that the file is a trace from its first moment
        self.thread = threading.Thread(target=self._run, name=f"gradwidget writes {self.path.name}", daemon=True)
        self.thread.start()
        _open.add(self)

    def tick(self) -> None:
        """Called by the program as it goes: wait where there is too much to write."""
        if len(self.notes) > WAITING and not self.over:
            self.done.clear()
            self.wake.set()
            self.done.wait(PATIENCE)

    def close(self) -> None:
        """Write the rest and the end of the file. What went wrong was warned of, and is in `failed`."""
        if not self.over:
            self.over = True
            self.wake.set()
            self.thread.join()
            _open.discard(self)
            if self.failed is None:
                self._flush(end=True)
            self.file.close()

    def _run(self) -> None:
        while not self.over:
            self.wake.wait(EVERY)
            self.wake.clear()
            if not self.over:
                self._flush()
            self.done.set()
            if self.failed is not None:
                return

    def _flush(self, end: bool = False) -> None:
        try:
            with self.lock:
                self._write(self.trace[self.written :], end)
        except Exception as error:
            self.failed = error
            self.over = self.over or not end
            self.done.set()
            reason = f"{type(error).__name__}: {error}"
            with contextlib.suppress(Warning):  # where warnings are errors, they are not to be the program's
                warnings.warn(f"gradwidget stopped writing {self.path}: {reason}", RuntimeWarning, stacklevel=2)

    def _write(self, some: list[Any], end: bool = False) -> None:
        data = self.packer.add(some) if some or not self.written else b""
        if end:
            data += self.packer.end()
        while data:
            data = data[self.file.write(data) or 0 :]
        self.written += len(some)

    def abandon(self) -> None:
        """In a child process: this is the parent's."""
        self.over = True


_open: weakref.WeakSet[Stream] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """A program that ends without closing its recording has a whole file all the same."""
    for stream in list(_open):
        stream.close()


def _abandon_all() -> None:
    for stream in list(_open):
        stream.abandon()
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
