"""Predict mode: a picture hides one kind of fact until the learner has said what to expect.

A question is data: the view hides, collects the answer by clicks, finds the truth in the trace and compares. The answer never
leaves the page.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from itertools import islice
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from ..events import Backward, Op, Write

What: TypeAlias = Literal["gradients", "sharing", "versions"]
HIDES: tuple[str, ...] = get_args(What)


class Question(NamedTuple):
    """What a picture asks. Positions are numbers of events in the trace."""

    what: str  # one of HIDES
    of: str = ""  # the variable whose memory is asked about ("sharing")
    text: str = ""  # in the teacher's words; the view has words of its own
    begin: int = 0  # what happened before is no part of the answer
    end: int | None = None  # the answer is what is the case here; None: at the trace's end
    id: str = ""  # under which the page remembers the answer

    def settled(self, trace: Any) -> Question:
        """The question with its end: that of the first cell after it in which something was computed."""
        if self.end is not None or not any(
            isinstance(e, Op | Write | Backward) for e in islice(trace, self.begin, None)
        ):
            return self
        return self._replace(end=len(trace))

    def option(self) -> dict[str, Any]:
        """As the view's options carry it."""
        return {**self._asdict()}


def question(what: str, of: str = "", text: str = "", begin: int = 0, end: int | None = None) -> Question:
    """A question, checked.

    what: "gradients" (which tensors will have a `.grad`), "sharing" (which look at the memory of the tensor called
    `of`) or "versions" (whose version counter ticks).

    Raises ValueError where `what` is none of these, or `of` is missing where it is needed.

    >>> question("sharing", of="a").what
    'sharing'
    """
    if what not in HIDES:
        raise ValueError(f"a picture can hide {', '.join(HIDES)}; not {what!r}")
    if what == "sharing" and not of:
        raise ValueError('"sharing" asks about one tensor: predict("sharing", of="a")')
    if what != "sharing" and of:
        raise ValueError(f'only "sharing" asks about one tensor; {what!r} is about all of them')
    return Question(what, of, text, begin, end, uuid.uuid4().hex[:12])


def questions(asked: Iterable[Question]) -> list[dict[str, Any]]:
    """Questions in the form that `to_html(..., predict=...)` and the widget's options take."""
    return [one.option() for one in asked]
