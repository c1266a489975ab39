"""What keeps a recording consistent, whatever happens to the program while the recorder works.

NOTE [Ctrl-C]  Python raises KeyboardInterrupt between any two instructions of the main thread, the recorder's among them.
What takes long is done under `Undisturbed`, which puts it off to the end. The quick way is too short for that: there a
tensor gets its tag only after its note stands in the log, so what is cut short was never told and is told when it is met.

NOTE [Recursion]  Where the program recurses to Python's limit, there is no room for the recorder. It looks whether there
is (`room`) before it begins, and else misses an op rather than stop in the middle of it.

NOTE [Forks]  A child inherits locks as they are, but not the threads that would open them. So who forks waits for them.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import threading
import weakref
from types import FrameType, TracebackType
from typing import Any

SIGINT = int(signal.SIGINT)
_signal: Any = importlib.import_module(
    "_signal"
)  # beneath `signal`, which looks up enums: that takes longer than the rest
FRAMES = 25  # of the recorder's deepest call


def room(frames: int = FRAMES) -> None:
    """Raise RecursionError now, rather than later, where so many frames do not fit."""
    if frames:
        room(frames - 1)


class Undisturbed:
    """A block in the main thread that Ctrl-C does not end; it takes effect behind it.

    >>> with Undisturbed():
    ...     settle()
    """

    __slots__ = ("handler",)
    late: list[tuple[int, FrameType | None]] = []  # came while one was open
    main = threading.main_thread().ident
    open = False

    def __enter__(self) -> None:
        self.handler: Any = None
        if not Undisturbed.open and threading.get_ident() == Undisturbed.main:
            handler = _signal.getsignal(SIGINT)
            if callable(handler):
                self.handler = handler
                _signal.signal(SIGINT, _later)  # nothing is raised from here on
                Undisturbed.open = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        handler = self.handler
        if handler is not None:
            Undisturbed.open = False
            _signal.signal(SIGINT, handler)
            if Undisturbed.late:
                told = Undisturbed.late.pop()
                Undisturbed.late.clear()
                handler(*told)


class Uncollected:
    """A block in which Python's collector rests: it makes many things that last, and no garbage, and the collector would
    look at all of them again and again, which takes longer than to make them.

    >>> with Uncollected():
    ...     settle()
    """

    __slots__ = ("worked",)

    def __enter__(self) -> None:
        self.worked = gc.isenabled()
        gc.disable()

    def __exit__(self, *error: object) -> None:
        if self.worked:
            gc.enable()


def _later(number: int, frame: FrameType | None) -> None:
    Undisturbed.late.append((number, frame))


_locks: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()


def open_for_children(owner: Any) -> None:
    """A fork waits for `owner.lock`, so that the child has it open."""
    _locks[id(owner)] = owner


_held: list[Any] = []


def _hold() -> None:
    for owner in list(_locks.values()):
        owner.lock.acquire()
        _held.append(owner.lock)


def _release() -> None:
    while _held:
        _held.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_release)
