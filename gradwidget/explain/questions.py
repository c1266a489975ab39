"""The questions, by word, and who answers each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..events import Problem as _Problem
from . import alive, backward_failed, errors, grad_none, gradient, requires, rewired, sharing, unchanged, writing
from .answer import Answer, code
from .story import Story


def _grad(story: Story, tensor: int, about: str) -> list[Answer]:
    missing = grad_none.grad_none(story, tensor, about)
    return [missing] if missing is not None else gradient.gradient(story, tensor, about)


def _backward(story: Story, tensor: int, about: str) -> list[Answer]:
    failed = backward_failed.failed(story, tensor)
    if failed is None:
        failed = backward_failed.failed(story)
    found = backward_failed.backward_failed(story, failed, about) if failed is not None else None
    return [found] if found is not None else [Answer("backward-fine", about, {}, (f"t{tensor}",), None, "")]


QUESTIONS: dict[str, Callable[[Story, int, str], Any]] = {
    "grad": _grad,  # why is x.grad None, zero, NaN, huge, doubled
    "requires_grad": requires.requires,  # why does it require grad, or not
    "backward": _backward,  # why did backward fail
    "memory": sharing.sharing,  # who shares my memory, since when
    "write": writing.writing,  # what would break if I wrote here
    "alive": alive.alive,  # what keeps this memory alive
    "unchanged": unchanged.unchanged,  # why did this parameter not change
    "rewired": rewired.rewired,  # what did detach_ or an in-place write do to its history
}

# Other words for them, so that people need not learn ours.
WORDS = {
    "none": "grad", "zero": "grad", "nan": "grad", "huge": "grad", "doubled": "grad", "gradient": "grad",
    "is_leaf": "requires_grad", "grad_fn": "requires_grad", "requires": "requires_grad", "cut": "requires_grad",
    "failed": "backward", "error": "backward", "stale": "backward", "problem": "backward",
    "shares": "memory", "shared": "memory", "storage": "memory", "data": "memory", "data_ptr": "memory",
    "writes": "write", "in-place": "write", "inplace": "write", "breaks": "write", "_version": "write",
    "kept": "alive", "keeps": "alive", "leak": "alive",
    "step": "unchanged", "frozen": "unchanged", "change": "unchanged", "optimizer": "unchanged", "changed": "unchanged",
    "detach_": "rewired", "rewire": "rewired", "copyslices": "rewired", "requires_grad_": "rewired", "history": "rewired",
}  # fmt: skip


def word(question: str) -> str:
    """The question that a word stands for. Raises ValueError, listing them, where it stands for none."""
    plain = question.strip().lower().rstrip("?").replace(" ", "_")
    if plain in QUESTIONS:
        return plain
    if plain in WORDS:
        return WORDS[plain]
    raise ValueError(f"no question is called {question!r}; there are {', '.join(QUESTIONS)}")


def ask(story: Story, tensor: int, question: str, about: str = "") -> list[Answer]:
    """The answers to one question about one tensor, the most telling first; there is always one."""
    return [spelled(a) for a in drafts(story, tensor, word(question), about or story.label(tensor))]


def drafts(story: Story, tensor: int, question: str, about: str) -> list[Answer]:
    """The same, with the code of a fix as it was put together: `spelled` makes it Python."""
    found = QUESTIONS[question](story, tensor, about)
    return [a._replace(question=question) for a in (found if isinstance(found, list) else [found])]


def spelled(answer: Answer) -> Answer:
    return answer._replace(fix=code(answer.fix)) if answer.fix else answer


def last_trouble(story: Story) -> Answer | None:
    """What went wrong last: the answer to the last problem of the trace."""
    for i in reversed(story.places(_Problem)):
        found = of_problem(story, i)
        if found is not None:
            return found
    return None


def of_problem(story: Story, index: int) -> Answer | None:
    """The answer to a problem event."""
    found = _of_problem(story, index)
    return None if found is None else found._replace(fix=code(found.fix))


def _of_problem(story: Story, index: int) -> Answer | None:
    from . import hazards

    e = story.events[index]
    if e.key == "backward":
        ends = [b for b, (i, _) in story.ends.items() if i < index]
        found = backward_failed.backward_failed(story, ends[-1]) if ends else None
        return found._replace(question="backward") if found is not None else None
    source = story.line(e.source)
    if e.key == "error":
        tensors = e.tensors or errors.named_by(story, source, index)
        found = errors.of_error(story, e.text, tensors, source)
        if found is None:
            failed = [b for b, (_, end) in story.ends.items() if end.error and end.error in e.text]
            found = backward_failed.backward_failed(story, failed[-1]) if failed else None
        return found
    return hazards.explain(story, e)
