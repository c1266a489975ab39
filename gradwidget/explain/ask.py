"""From what a person asks ("w.grad", a tensor's id, an exception) to the question and the answers."""

from __future__ import annotations

import contextlib
import gc
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from .. import events as ev
from . import backward_failed, errors, questions, words
from .answer import Answer, code
from .story import Story

ATTRIBUTES = ("grad", "requires_grad", "is_leaf", "grad_fn", "_version", "data_ptr", "data", "storage")


class Unknown(LookupError):
    """The recording knows no such tensor; the text says which it knows."""


_stories: WeakKeyDictionary[Any, Story] = WeakKeyDictionary()


def story_of(trace: Any, step: int | None = None) -> Story:
    """The story of a trace, kept as long as nothing is added."""
    if step is not None:
        return Story(trace[:step])
    try:
        known = _stories.get(trace)
    except TypeError:  # a plain list of events
        return Story(list(trace))
    if known is None or len(known.events) != len(trace):
        known = _stories[trace] = Story(trace[:])
    return known


def about(story: Story, what: str) -> tuple[int, str | None, str]:
    """What a name asks about: the tensor, the question that an attribute at its end stands for, the name itself.

    "w", "model.0.weight", "w.grad", "loss.requires_grad", and "t12" for one without a name. Raises Unknown.
    """
    what = what.strip()
    for name, question in ((what, None), *_split(what)):
        tensor = story.bearer(name)
        if tensor in story.tensors:
            assert tensor is not None
            return tensor, question, name
        if re.fullmatch(r"t\d+", name) and int(name[1:]) in story.tensors:
            return int(name[1:]), question, story.label(int(name[1:]))
    raise Unknown(words.word("unknown").format(about=what, names=", ".join(list(story.names)[:12]) or "-"))


def _split(what: str) -> Iterable[tuple[str, str]]:
    name, _, last = what.rpartition(".")
    if name and last in ATTRIBUTES:
        yield name, questions.word(last)


def ask_trace(
    trace: Any, what: str | int | None = None, question: str | None = None, step: int | None = None
) -> list[Answer]:
    """The answers of a trace.

    what: a name ("w.grad"), a tensor's id, or None for what went wrong last; question: a word of `QUESTIONS`, by default
    that of the name's attribute, or else whatever is remarkable about the tensor; step: as things stood after so many
    events. Raises Unknown for a name that the trace does not know, ValueError for a question that there is not.

    >>> ask_trace(trace, "x.grad")[0].key
    'never-requested'
    """
    with _no_collection():
        return _asked(trace, what, question, step)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """A long trace is a million objects, and looking through all of them for garbage takes longer than the question."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _asked(trace: Any, what: str | int | None, question: str | None, step: int | None) -> list[Answer]:
    story = story_of(trace, step)
    if what is None:
        found = questions.last_trouble(story)
        return [] if found is None else [found]
    if isinstance(what, int):
        tensor, meant, name = what, None, story.label(what)
        if tensor not in story.tensors:
            raise Unknown(words.word("unheard"))
    else:
        tensor, meant, name = about(story, what)
    asked = question or meant
    if asked is not None:
        return questions.ask(story, tensor, asked, name)
    return remarkable(story, tensor, name)


DULL = frozenset(
    ["grad-fine", "not-leaf", "shares-none", "write-free", "rewired-never", "kept-by-name", "kept-by-program", "did-change",
     "backward-fine", "no-write", "rewired-retain-grad", "rewired-requires-grad", "no-step", "memory-gone",
     "requires-asked", "requires-parameter", "requires-inputs", "write-changes", "write-refused", "kept-for-backward"]
)  # fmt: skip


def remarkable(story: Story, tensor: int, name: str) -> list[Answer]:
    """What is worth telling of a tensor, most urgent first; what there is to say of its gradient where nothing is."""
    found: list[Answer] = []
    failed = backward_failed.failed(story, tensor)
    if failed is not None:
        found += questions.drafts(story, tensor, "backward", name)
    found += troubles(story, tensor)
    gradient = questions.drafts(story, tensor, "grad", name)
    found += [a for a in gradient if a.key not in DULL]
    steps = any(e.what == "optimizer" for _, e in story.all(ev.Scope))
    if steps and (story.tensors[tensor].role == "parameter" or tensor in story.accumulated):
        found += [a for a in questions.drafts(story, tensor, "unchanged", name) if a.key not in DULL]
    for question in ("alive", "memory", "write", "rewired"):
        found += [a for a in questions.drafts(story, tensor, question, name) if a.key not in DULL]
    if not found:
        wanted = story.place(tensor).requires_grad
        found = (
            gradient
            if wanted or story.grad(tensor) is not None
            else questions.drafts(story, tensor, "requires_grad", name)
        )
    return [questions.spelled(a) for a in list({a.key: a for a in reversed(found)}.values())[::-1]]


def troubles(story: Story, tensor: int) -> list[Answer]:
    """The answers to the latest problems that a tensor has to do with."""
    found = []
    for i in story.places(ev.Problem)[-TROUBLES:]:
        answer = questions.of_problem(story, i)
        if answer is not None and tensor in answer.tensors:
            found.append(answer)
    return found[::-1]


TROUBLES = 10


def of_exception(trace: Any, text: str, source: ev.Source | None = None, tensors: Sequence[int] = ()) -> Answer | None:
    """The answer to an exception: that of the backward that failed with this text, or that to a rule that was broken.

    text: of the exception; source: the line that raised it; tensors: those that the line named, where the caller knows."""
    story = story_of(trace)
    for backward, (_, end) in reversed(story.ends.items()):
        if end.error is not None and end.error == text:
            found = backward_failed.backward_failed(story, backward)
            if found is not None:
                return found._replace(question="backward", fix=code(found.fix))
    broken = errors.of_error(story, text, tensors or errors.named_by(story, source), source)
    return None if broken is None else broken._replace(fix=code(broken.fix))


def answers(trace: Any, about: Any, question: Any, step: Any, language: Any) -> list[dict[str, Any]]:
    """What a view is answered, as JSON: about "t3", a tensor, or "p7", the problem at event 7. Nothing where the question
    makes no sense; it comes from a page and is believed nothing."""
    found = re.fullmatch(r"([tp])(\d{1,9})", about) if isinstance(about, str) else None
    if found is None:
        return []
    number = int(found[2])
    step = step if isinstance(step, int) and step >= 0 else None
    try:
        if found[1] == "t":
            given = ask_trace(trace, number, question or None, step if step != len(trace) else None)
        else:
            one = questions.of_problem(story_of(trace), number)
            given = [] if one is None else [one]
    except (LookupError, ValueError, TypeError, AttributeError):
        return []
    tongue = language if language in words.LANGUAGES else "en"
    return [a.to_json(tongue) for a in given[:MOST]]


MOST = 3  # answers to one question


def tables(trace: Any, languages: Sequence[str], most: int = 40) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Answers for a replay that has no kernel, as things stand at the end, in each language. Keys: "t3", a tensor of which
    there is something to say, and "p7", the problem at event 7; at most so many tensors, the latest.
    """
    story = story_of(trace)
    found: dict[str, list[Answer]] = {}
    with _no_collection():
        for i in story.places(ev.Problem)[-TROUBLES:]:
            answer = questions.of_problem(story, i)
            if answer is not None:
                found[f"p{i}"] = [answer]
        for tensor in list(story.named)[-most:]:
            told = remarkable(story, tensor, story.label(tensor))
            found[f"t{tensor}"] = told[:1] + [a for a in told[1:MOST] if a.key not in DULL]
        return {
            language: {about: [a.to_json(language) for a in told] for about, told in found.items()}
            for language in languages
        }
