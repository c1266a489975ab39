"""What a hook may answer: nothing, or a gradient (a tuple of them from a node's hook) like the one that it was given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .tensor import Tensor


def one(hook: Callable[..., Any], given: Any, answer: Any) -> Any:
    """The gradient that goes on: `answer` where there is one and it is like `given`, else an error in PyTorch's words."""
    if answer is None:
        return given
    if given is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if not isinstance(answer, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(answer).__name__}'")
    if answer.dtype is not given.dtype:
        was, got = (f"torch.{t.dtype.legacy}Tensor" for t in (given, answer))
        raise RuntimeError(f"hook '{_name(hook)}' has changed the type of value (was {was} got {got})")
    if answer._a.shape != given._a.shape:
        raise RuntimeError(f"hook '{_name(hook)}' has changed the size of value")
    return answer


def several(hook: Callable[..., Any], given: tuple[Any, ...], answers: Any) -> tuple[Any, ...]:
    """The same for a hook on a node; None in the tuple takes a gradient away."""
    if answers is None:
        return given
    if not isinstance(answers, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(answers).__name__}'")
    if len(answers) != len(given):
        raise RuntimeError(
            f"hook '{_name(hook)}' has returned an incorrect number of values (got {len(answers)}, but expected {len(given)})"
        )
    return tuple([None if new is None else one(hook, old, new) for old, new in zip(given, answers)])


def _name(hook: Callable[..., Any]) -> str:
    return getattr(hook, "__name__", "<unknown>")
