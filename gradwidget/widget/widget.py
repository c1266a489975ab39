"""The live picture: an anywidget that is fed by a trace."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from ..explain.ask import answers
from . import bundle
from .svg import draw
from .transport import Log, Transport

SNAPSHOT = 20_000_000  # bytes; a notebook with more in it than this is no use to anybody


class Widget(anywidget.AnyWidget):
    """Shows a trace and grows with it.

    `snapshot` is the trace as a gzip file, set at the end of each cell: what a saved notebook replays. `svg` is the
    picture as the view last drew it, for a saved notebook where no widget can run.

    >>> widget = Widget()
    >>> widget.follow(trace, recorder.settle)
    >>> widget  # the last line of a cell: shows it there
    """

    _esm = ""
    snapshot = traitlets.Bytes(b"").tag(sync=True)
    options = traitlets.Dict().tag(sync=True)
    svg = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(_esm=bundle.or_message(), **traits)
        self.transport: Transport | None = None
        self.trace: Any = None
        self.on_msg(self._heard)

    def follow(self, trace: Any, settle: Callable[[], Any]) -> Transport:
        """Show this trace from now on; `settle` is called before it is read."""
        if self.trace is not None:
            self.tell("cleared")
        self.trace = trace
        self.transport = Transport(trace, self._push, settle)
        return self.transport

    def tell(self, kind: str, **fields: Any) -> None:
        """A word to the views: `cell` (label), `stopped` (reason), `cleared`."""
        self.send({"type": kind, **fields})

    def keep(self) -> None:
        """Put the trace as it stands into the notebook."""
        if self.trace is not None:
            data = self.trace.to_bytes()
            self.snapshot = data if len(data) <= SNAPSHOT else b""

    def _push(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        self.send(message, buffers)

    def _heard(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if isinstance(message, dict) and message.get("type") == "why":
            self.answer(message)
        elif self.transport is not None:
            self.transport.answer(message)

    def answer(self, message: dict[str, Any]) -> None:
        """A question of a view: about "t3" or "p7", as things stood after `step` events."""
        asked = [message.get(key) for key in ("about", "question", "step", "language")]
        found = answers(self.trace, *asked) if self.trace is not None else []
        self.send({"type": "answers", "number": message.get("number"), "answers": found})

    def _repr_mimebundle_(self, **options: Any) -> Any:
        made = super()._repr_mimebundle_(**options)
        data, metadata = made if isinstance(made, tuple) else (made or {}, {})
        data = dict(data)
        with contextlib.suppress(Exception):  # the picture below is a spare; the live one must not depend on it
            if self.trace is not None:
                data["image/svg+xml"] = self.svg or draw(self.trace.state())
        count = 0 if self.trace is None else len(self.trace)
        data["text/plain"] = f"gradwidget: a picture of {count} events. It needs a notebook that can show widgets."
        return data, metadata


__all__ = ["Log", "Widget"]
