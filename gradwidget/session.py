"""Where recorder, trace and widget meet: the only module that knows all three."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import warnings
import weakref
from collections.abc import Callable, Iterable, Mapping
from types import FrameType, TracebackType
from typing import Any

from .course.predict import Question, question, questions
from .explain import notes
from .explain.hazards import Hazards
from .record import Core, Keep, Recorder, Retention, users_frame
from .trace import Trace
from .trace.stream import Stream


class Session:
    """One recording: what is heard from the tensor library goes into a trace, and on to a widget where there is one.

    >>> session = Session()
    >>> session.start()
    >>> session.stop()
    >>> session.trace.save("lesson.gwtrace")
    """

    def __init__(
        self,
        title: str = "",
        cell_of: Callable[[str], int | None] | None = None,
        source: str = "core",
        keep: Keep | None = None,
        nan: str = "",
        devices: tuple[str, ...] = ("cpu",),
    ) -> None:
        self.title = title
        self.cell_of = cell_of
        self.source = source  # "core" or "torch", which is real PyTorch
        self.keep = keep  # which steps of a long run; None: all
        self.devices = devices  # of PyTorch, whose tensors are looked into
        self.nan = nan  # "tell" or "stop", where a NaN or an infinity is born; "": nobody looks
        self.widget: Any = None
        self.namespaces: list[Mapping[str, Any]] = []
        self.options: dict[str, Any] = {}
        self.stream: Stream | None = None
        self._picture_tick: Callable[[], Any] | None = None
        self._open()

    def _open(self) -> None:
        self.questions: list[Question] = []
        self.recorder: Recorder
        self.core: Core
        self._trace = Trace(source=self.source, title=self.title)
        self.hazards = hazards = Hazards()
        append: Callable[[list[Any]], None] = self._trace.adds
        self.retention = None if self.keep is None else Retention(self.keep, append)
        if self.retention is not None:
            append = self.retention.extend

        def extend(events: list[Any]) -> None:
            append(hazards(events))

        if self.source == "torch":
            from_torch = importlib.import_module(".record.from_torch", __package__)
            self.recorder = from_torch.TorchRecorder(extend, self.cell_of, devices=self.devices)
            self.core = from_torch.Torch(self.recorder, self.nan)
            if self.keep is not None:
                self.recorder.pending = 200_000
        else:
            self.recorder = Recorder(extend, self.cell_of)
            self.core = Core(self.recorder, importlib.import_module(".torch", __package__))
        self.library = self.core.library
        self._trace.source_version = str(getattr(self.library, "__version__", ""))
        self.recorder.namespaces = self.namespaces
        self.recorder.explain = lambda error: notes.explain(self._trace, error)
        remember(self)
        self.recorder.on_stop.append(self._stopped)
        self._trace.before_reading(self.recorder.settle)
        self._told: Any = None

    def listen_to(self, source: str) -> None:
        """Hear "core" or "torch" from now on. What was heard of the other stays in a trace of its own."""
        if source != self.source:
            self.source = source
            self.clear()

    @property
    def trace(self) -> Trace:
        """What was recorded so far."""
        return self._trace

    @property
    def on(self) -> bool:
        return self.core.on

    def start(self) -> None:
        """Listen. Whoever listened before hears nothing until `stop`."""
        self.core.start()
        if self not in _listening:
            _listening.append(self)

    def stop(self) -> None:
        self._hear_no_more()
        self.settle()
        self.flush()

    def settle(self) -> None:
        """The end of a piece of program: what was noted, and the hazards that show when nothing follows."""
        self.recorder.settle()
        (self._trace if self.retention is None else self.retention).extend(self.hazards.finish())

    def close(self) -> None:
        """Stop for good: the trace is complete, and later deaths are no part of it."""
        self._hear_no_more()
        self.settle()
        self.recorder.close()
        if self.retention is not None:
            self.retention.close()
        if self.stream is not None:
            stream, self.stream = self.stream, None
            stream.close()

    def leave(self) -> None:
        """Stop for good, and make no events: whoever reads the trace later makes them of what was noted. If nobody can,
        since nobody holds it, all of that goes at once, and does not wait for Python's collector."""
        self._hear_no_more()
        self.recorder.close()
        self.recorder.explain = None
        self.recorder.on_stop.clear()
        weakref.finalize(self._trace, self.recorder.forget).atexit = False

    def stream_to(self, path: str | os.PathLike[str]) -> None:
        """Write the trace to a file from now on, as it grows; `close` ends it. A program that dies leaves what happened up
        to its last second. Raises OSError where the file cannot be written."""
        self.stream = Stream(self._trace, path, self.recorder.log)
        self._set_tick()

    def _hear_no_more(self) -> None:
        self.core.stop()
        if self in _listening:
            _listening.remove(self)

    @classmethod
    def of(cls, tensors: Iterable[Any]) -> Session:
        """A session for the library that these tensors are of; not started."""
        return cls(source=source_of(tensors) or "core")

    @classmethod
    def on_library(cls, library: Any) -> Session:
        """A session for a library, by its module; not started."""
        return cls(source="core" if library is sys.modules.get("gradwidget.torch") else "torch")

    def id_of(self, tensor: Any) -> int:
        """A tensor's id in the trace. One that nothing was told of yet is told now, with the graph that it hangs on."""
        return self.recorder.told(tensor)

    def end(self, error: BaseException | None, frame: FrameType | None) -> None:
        """The end of a block in this frame: its error, what its variables refer to, and no more."""
        if isinstance(error, Exception):
            self.error(error)
        if frame is not None:
            # Variables of the block's function come first, those of its module second.
            inner: list[Mapping[str, Any]] = [frame.f_locals]
            self.names(inner if frame.f_locals is frame.f_globals else [*inner, frame.f_globals])
        self.close()

    def clear(self) -> None:
        """Begin again with an empty trace; what is recorded so far stays with whoever holds the old one."""
        was = self.on
        self.close()
        self._open()
        if self.widget is not None:
            self._feed(self.widget)
            self._set_options()
        if was:
            self.start()

    # ---- what the program is at

    def enter_cell(self, number: int | None) -> None:
        label = f"[{number}]" if number is not None else "[ ]"
        self.recorder.enter("cell", label)
        if self.widget is not None:
            self._look(lambda: self.widget.tell("cell", label=label))

    def leave_cell(self, error: BaseException | None = None) -> None:
        """The end of a cell: names, the error if there was one, and everything out to the views."""
        if error is not None:
            self.error(error)
        if not self.recorder.stopped:
            self.names(self.namespaces)
            self.recorder.leave("cell")
            self.settle()
        self.questions = [one.settled(self.trace) for one in self.questions]
        self._set_options()
        self.flush()

    def names(self, namespaces: list[Mapping[str, Any]]) -> None:
        """Find out what the user's variables refer to."""
        try:
            self.recorder.name_tensors(namespaces)
        except Exception as error:
            self.core.fail(error)

    def error(self, error: BaseException) -> None:
        """An error of the user's program, told once."""
        if error is self._told or error is self.core.failed or self.recorder.stopped:
            return
        self._told = error
        source = self.recorder.lines.of_traceback(error.__traceback__)
        with contextlib.suppress(Exception):
            self.recorder.name_tensors([*notes.variables_of(error), *self.recorder.look()], unseen=False)
        named = notes.tensors_of(error, self.recorder.id_of)
        self.recorder.problem("error", f"{type(error).__name__}: {error}".rstrip(": "), source, named)
        notes.explain(self._trace, error, source, named)

    # ---- the picture

    def predict(self, what: str, of: str = "", text: str = "") -> None:
        """Hide something until the learner has said what to expect; see `gradwidget.predict`."""
        self.recorder.settle()
        self.questions.append(question(what, of, text, len(self.trace)))
        self._set_options()

    def _set_options(self) -> None:
        """Hand the views what they should do besides showing the trace."""
        asked = {"predict": questions(self.questions)} if self.questions else {}
        wanted = {**self.options, **asked}
        if self.widget is not None and self.widget.options != wanted:
            self._look(lambda: self.widget.set_trait("options", wanted))

    def show(self) -> Any:
        """The widget that follows this session; made when first asked for."""
        if self.widget is None:
            from .widget.widget import Widget

            widget = Widget()
            self._feed(widget)
            self.widget = widget
            self._set_options()
        return self.widget

    def _feed(self, widget: Any) -> None:
        transport = widget.follow(self._trace, self.recorder.settle)
        self._picture_tick = transport.tick
        self._set_tick()
        self.flush()

    def _set_tick(self) -> None:
        """What the recorder calls after each thing told: the clocks of the picture and of the file."""
        both: list[Callable[[], Any]] = []
        if self._picture_tick is not None:
            both.append(self._tick_picture)
        if self.stream is not None:
            both.append(self.stream.tick)

        def tick() -> None:
            for one in both:
                one()

        self.recorder.tick = None if not both else both[0] if len(both) == 1 else tick

    def _tick_picture(self) -> None:
        if self._picture_tick is not None:
            self._look(self._picture_tick)

    def flush(self) -> None:
        """Send what is new to the views, and put the whole into the notebook."""
        widget = self.widget
        if widget is not None:
            self._look(lambda: (widget.transport.flush(), widget.keep()))

    def _look(self, send: Callable[[], Any]) -> None:
        """Whatever goes wrong with the picture is not the program's concern: one warning, and no more pictures."""
        try:
            send()
        except Exception as error:
            self._picture_tick = None
            self._set_tick()
            self.widget = None
            warnings.warn(
                f"gradwidget's picture stopped following: {type(error).__name__}: {error}. Recording goes on; "
                "`%gradwidget show` makes a new one.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _stopped(self, reason: str) -> None:
        if self.widget is not None:
            self._look(lambda: self.widget.tell("stopped", reason=reason))


_listening: list[Session] = []
RECENT = 50  # sessions that are looked through for a tensor that somebody asks about
_recent: list[weakref.ref[Trace]] = []  # of all sessions, the latest last
_finders: weakref.WeakKeyDictionary[Trace, Callable[[Any], int | None]] = weakref.WeakKeyDictionary()


def remember(session: Session) -> None:
    """So that `gradwidget.why(x)` finds a trace, and a tensor in it, for as long as somebody holds it."""
    _recent[:] = [ref for ref in _recent[-RECENT:] if ref() is not None]
    _recent.append(weakref.ref(session.trace))
    _finders[session.trace] = session.recorder.id_of


def traces() -> list[tuple[Trace, Callable[[Any], int | None]]]:
    """What was recorded lately, with how a tensor's id in it is found; what records now first, then the latest."""
    found = [ref() for ref in reversed(_recent)]
    now = current()
    kept = [trace for trace in found if trace is not None]
    if now is not None:
        kept = [now.trace, *[trace for trace in kept if trace is not now.trace]]
    return [(trace, _finders[trace]) for trace in kept]


def current(tensors: Iterable[Any] = ()) -> Session | None:
    """The session that records now, and hears the library of these tensors; None where there is none."""
    source = source_of(tensors)
    return next((s for s in reversed(_listening) if s.on and source in (None, s.source)), None)


def source_of(tensors: Iterable[Any]) -> str | None:
    """Which library tensors are of; None where there are no tensors."""
    for tensor in tensors:
        # The core's classes go by PyTorch's names; PyTorch's own are written in C at the bottom.
        return "torch" if any(kind.__module__ == "torch._C" for kind in type(tensor).__mro__) else "core"
    return None


class record:
    """Record what tensors do inside a `with` block; the value is the trace.

    title: what the trace is called; to: a file that it is written to as it grows, so that a program that dies leaves
    what happened up to its last second. An error inside the block is recorded and raised on.

    >>> with gradwidget.record("squares", to="squares.gwtrace") as trace:
    ...     x = torch.ones(3, requires_grad=True)
    ...     (x * x).sum().backward()
    >>> len(trace)
    """

    def __init__(self, title: str = "", to: str | os.PathLike[str] | None = None) -> None:
        self.session = Session(title)
        self.to = to

    def __enter__(self) -> Trace:
        if self.to is not None:
            self.session.stream_to(self.to)
        self.session.start()
        return self.session.trace

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.session.end(error, users_frame(2))
