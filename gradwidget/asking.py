"""`gradwidget.why(...)`: ask, see the answer where you are, and get it as a value."""

from __future__ import annotations

import sys
from html import escape
from typing import Any

from . import session
from .explain import Answer, Unknown, ask_trace, of_exception, words
from .explain.notes import tensors_of


class Answers(tuple[Answer, ...]):
    """The answers to a question, the most telling first. Prints as text, renders in a notebook; `.key`, `.text()`,
    `.fix`, `.ids`, `.line` are those of the first."""

    language: str | None = None
    shown: Any = None  # where it was shown already

    def __getattr__(self, name: str) -> Any:
        if self and not name.startswith("_") and hasattr(Answer, name):
            return getattr(self[0], name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __str__(self) -> str:
        return "\n\n".join([a.text(self.language) for a in self]) or words.word("empty", self.language)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        inside = "".join([a.html(self.language) for a in self])
        return inside or f"<p>{escape(words.word('empty', self.language))}</p>"

    def _ipython_display_(self) -> None:
        """IPython calls this for a cell's last value; `why` has shown it already where that is this very cell."""
        if self.shown is None or self.shown != _cell():
            self.show()

    def show(self) -> None:
        """Print it, or render it in a notebook."""
        self.shown = _cell()
        if _in_notebook():
            from IPython.display import display

            display({"text/plain": str(self), "text/html": self._repr_html_()}, raw=True)
        else:
            print(self)


def why(
    what: Any = None,
    question: str | None = None,
    *,
    trace: Any = None,
    step: int | None = None,
    language: str | None = None,
    show: bool = True,
) -> Answers:
    """Say why things are as they are: with tensors' names, the line, and a fix that is code.

    what: a tensor; a name or path ("w", "w.grad", "model.0.weight"); an exception that was caught; or nothing, for what
    went wrong last
    question: "grad" (None, zero, NaN, huge, doubled), "requires_grad", "backward" (why it failed), "memory" (who shares
    it), "write" (what would break), "alive" (what keeps it), "unchanged" (by the optimizer), "rewired" (what detach_ or a
    write did to its history); by default what the name's attribute says, or else whatever is remarkable
    trace: a trace, or the path of a trace file; by default what is being recorded, or was recorded last
    step: as things stood after so many events; language: "en" or "zh"; show=False only returns the answers

    Raises LookupError where nothing was recorded or the recording knows no such tensor, ValueError for a question that
    there is not.

    >>> gradwidget.why("w.grad")
    >>> gradwidget.why(w, "unchanged").fix
    "optimizer.add_param_group({'params': [w]})"
    """
    found = Answers(_answers(what, question, trace, step))
    found.language = language
    if show and not _echoed():
        found.show()
    return found


def _answers(what: Any, question: str | None, trace: Any, step: int | None) -> list[Answer]:
    if isinstance(trace, (str, bytes)) or hasattr(trace, "__fspath__"):
        from .trace import Trace

        trace = Trace.load(trace)  # type: ignore[arg-type]
    known = session.traces()
    if trace is not None:
        known = [(t, find) for t, find in known if t is trace] or [(trace, lambda tensor: None)]
    if not known:
        raise Unknown(words.word("off"))
    if what is None or isinstance(what, (str, int)):
        return _by_name(known, what, question, step)
    if isinstance(what, BaseException):
        return _of_error(known, what)
    if not (hasattr(type(what), "grad_fn") and hasattr(type(what), "requires_grad")):
        raise TypeError(f"why() takes a tensor, a name, an exception or nothing, not {type(what).__name__}")
    for events, find in known:
        id_ = find(what)
        if id_ is not None:
            return ask_trace(events, id_, question, step)
    raise Unknown(words.word("unheard"))


def _by_name(known: Any, what: str | int | None, question: str | None, step: int | None) -> list[Answer]:
    """The latest recording that knows the name answers."""
    first: Unknown | None = None
    for events, _ in known:
        try:
            return ask_trace(events, what, question, step)
        except Unknown as error:
            first = first or error
    assert first is not None
    raise first


def _of_error(known: Any, error: BaseException) -> list[Answer]:
    for events, find in known:
        tensors = tensors_of(error, find)
        answer = of_exception(events, str(error), _line(error), tensors)
        if answer is not None:
            return [answer]
    return []


def _line(error: BaseException) -> Any:
    """Where an exception was raised: the innermost line that is the user's."""
    from .record.provenance import Lines

    told: list[Any] = []
    Lines(told.append).of_traceback(error.__traceback__)
    return told[-1] if told else None


# ---- where we are


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _in_notebook() -> bool:
    return hasattr(_shell(), "kernel")


def _cell() -> Any:
    shell = _shell()
    return None if shell is None else getattr(shell, "execution_count", None)


def _echoed() -> bool:
    """Whether a plain interactive Python will print the value anyway."""
    return _shell() is None and hasattr(sys, "ps1")
