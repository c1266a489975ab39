"""The append-only list of events; `file` says what it looks like on disk.

NOTE [Threads]  One thread appends, any may read: the list only grows, and no lock is held while `settle` runs, whose
recorder has its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, overload

from .. import events
from .file import Packer, TraceError, line, read


class Trace:
    """Events in the order in which they happened.

    >>> trace = gradwidget.load("lesson.gwtrace")
    >>> len(trace), trace[0]
    >>> trace.state(step=10)  # what was the case after ten events
    """

    def __init__(self, source: str = "core", source_version: str = "", title: str = "") -> None:
        self.source = source
        self.source_version = source_version
        self.title = title
        self.damage: str | None = None  # why the rest is missing, where only part of a file could be read
        self._events: list[Any] = []
        self._settle: Callable[[], None] | None = None

    # ---- writing

    def append(self, event: Any) -> None:
        self._events.append(event)

    def extend(self, some: Iterable[Any]) -> None:
        self._events.extend(some)

    @property
    def adds(self) -> Callable[[Iterable[Any]], None]:
        """What adds events to the trace, and does not hold it: a recorder and its trace would else keep each other."""
        return self._events.extend

    def before_reading(self, settle: Callable[[], None] | None) -> None:
        """Call `settle` before anything is read: a recorder makes events then of what it only noted."""
        self._settle = settle

    # ---- reading

    def _settled(self) -> list[Any]:
        if self._settle is not None:
            self._settle()
        return self._events

    def __len__(self) -> int:
        return len(self._settled())

    @overload
    def __getitem__(self, i: int) -> Any: ...
    @overload
    def __getitem__(self, i: slice) -> list[Any]: ...
    def __getitem__(self, i: int | slice) -> Any:
        return self._settled()[i]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._settled()[:])

    def __repr__(self) -> str:
        return f"<Trace {self.title!r}: {len(self)} events from {self.source} {self.source_version}>".replace(
            "Trace ''", "Trace"
        )

    def state(self, step: int | None = None) -> Any:
        """What was the case after `step` events (all by default): a `State`."""
        from .state import state_at

        return state_at(self, step)

    def graph(self, step: int | None = None) -> Any:
        """The state as a networkx MultiDiGraph; see `gradwidget.trace.graph.graph`."""
        from .graph import graph

        return graph(self.state(step))

    def export(self, path: str | os.PathLike[str], step: int | None = None) -> Path:
        """Write the graph for other programs: .graphml, .dot or .json, as the file's name ends.

        >>> trace.export("lesson.graphml")
        PosixPath('lesson.graphml')
        """
        from .export import write

        return write(self.graph(step), path)

    def diff(self, other: Any) -> Any:
        """What differs in `other`, a later run of a changed program: a `Diff`, a tuple of changes that prints as text.

        >>> print(before.diff(after))
        ~ name y, requires_grad: True -> False
        """
        from .diff import diff

        return diff(self, other)

    def problems(self) -> list[Any]:
        """The problem events so far."""
        return [e for e in self if isinstance(e, events.Problem)]

    # ---- the file

    @property
    def header(self) -> dict[str, Any]:
        return {
            "format": events.FORMAT,
            "version": events.VERSION,
            "source": self.source,
            "source_version": self.source_version,
            "title": self.title,
        }

    def lines(self, start: int = 0, end: int | None = None) -> bytes:
        """Events from `start` up to `end` as JSON lines; nothing is settled for events that are there already.

        >>> trace.lines(7, 8)
        b'["ran",1,5]\\n'
        """
        there = self._events if end is not None and 0 <= end <= len(self._events) else self._settled()
        return b"".join([line(events.encode(event)) for event in there[start:end]])

    def to_bytes(self) -> bytes:
        """The trace file: the same bytes for the same events."""
        packer = Packer(self.header)
        return packer.add(self[:], whole=False) + packer.end()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trace file, whole or not at all."""
        path = Path(path)
        draft = path.with_name(path.name + ".part")
        draft.write_bytes(self.to_bytes())
        os.replace(draft, path)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        partial: bool = False,
        progress: Callable[[int, int], Any] | None = None,
    ) -> Trace:
        """Read a trace file.

        Raises TraceError where it is none, is damaged, or comes from a newer version. With `partial`, a damaged file
        gives what could be read before the damage; `damage` then says what was wrong. `progress` is told, as it reads, how
        many bytes of how many are done.
        """
        try:
            return cls.from_bytes(Path(path).read_bytes(), partial, progress)
        except TraceError as error:
            raise TraceError(f"{os.fspath(path)}: {error}") from error.__cause__

    @classmethod
    def from_bytes(cls, data: bytes, partial: bool = False, progress: Callable[[int, int], Any] | None = None) -> Trace:
        header, found, damage = read(data, progress)
        if damage and not partial:
            raise TraceError(f"{damage} (`partial=True` reads what there is)")
        trace = cls(*[str(header.get(key, "")) for key in ("source", "source_version", "title")])
        trace.damage = damage
        trace._events = found
        return trace
