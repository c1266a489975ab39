"""An explanation on the exception itself, so that whatever prints the exception prints it, too: Python, IPython, pytest."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from .answer import Answer
from .cut import names_in

MARK = "gradwidget: "


def attach(error: BaseException, answer: Answer, language: str | None = None) -> None:
    """Put an answer on an exception, once. Before Python 3.11 tracebacks do not show notes; what reads `__notes__` does."""
    if said(error) is not None:
        return
    text = MARK + answer.text(language)
    if hasattr(error, "add_note"):
        error.add_note(text)
    else:
        error.__notes__ = [*getattr(error, "__notes__", []), text]  # type: ignore[attr-defined]


def said(error: BaseException) -> str | None:
    """The explanation on an exception; None where there is none."""
    return next((n for n in getattr(error, "__notes__", ()) if isinstance(n, str) and n.startswith(MARK)), None)


def explain(trace: Any, error: BaseException, source: int | None = None, tensors: Sequence[int] = ()) -> Answer | None:
    """Find out why an exception was raised and say so on it; None where the trace does not tell."""
    from .ask import of_exception, story_of

    line = story_of(trace).line(source) if source is not None else None
    answer = of_exception(trace, str(error), line, tensors)
    if answer is not None:
        attach(error, answer)
    return answer


def tensors_of(error: BaseException, id_of: Callable[[Any], int | None]) -> tuple[int, ...]:
    """The ids of the tensors that the failing line names: looked up in the variables of the innermost frame that is the
    user's. Nothing is evaluated but names, attributes of objects, and items by constant keys."""
    found: list[int] = []
    for frame, number in _frame(error):
        text = linecache.getline(frame.f_code.co_filename, number)
        space = {**frame.f_globals, **frame.f_locals}
        for name in names_in(text.strip()):
            id_ = _id(_value(name, space), id_of)
            if id_ is not None and id_ not in found:
                found.append(id_)
    return tuple(found)


def variables_of(error: BaseException) -> list[dict[str, Any]]:
    """The variables of the function that failed, where they are not a module's."""
    return [frame.f_locals for frame, _ in _frame(error) if frame.f_locals is not frame.f_globals]


def _frame(error: BaseException) -> list[tuple[FrameType, int]]:
    """The innermost frame that is the user's, with the line that it is at."""
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__") or ""
        if not (module + ".").startswith(("gradwidget.", "torch.", "IPython.", "copy.", "runpy.", "importlib.")):
            frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames[-1:]


def _value(path: str, space: dict[str, Any]) -> Any:
    """What a dotted path refers to; only instance dictionaries are looked into, so no property runs."""
    first, *rest = path.split(".")
    value = space.get(first)
    for name in rest:
        inside = getattr(value, "__dict__", {})
        for table in (
            inside,
            inside.get("_parameters") or {},
            inside.get("_modules") or {},
            inside.get("_buffers") or {},
        ):
            if name in table:
                value = table[name]
                break
        else:
            return None
    return value


def _id(value: Any, id_of: Callable[[Any], int | None]) -> int | None:
    if not (hasattr(type(value), "grad_fn") and hasattr(type(value), "requires_grad")):
        return None
    try:
        return id_of(value)
    except Exception:
        return None


__all__ = ["MARK", "attach", "explain", "said", "tensors_of", "variables_of"]
