"""Who, if anyone, hears what the tensor library does.

One slot. Every op looks at it once; when it is empty that look is all that watching costs. The listener is duck-typed
(`gradwidget.record.from_core` is the one we ship), it is called on the thread of the program, and it must not raise.

NOTE [Calls]  An op that is written out from its record (`ops.generate`) hands its arguments over as they are, to a function
of its own: `hears[name](result, *arguments)`, keyword-only arguments last. A listener without `hears` is told by
`op(name, result, args, kwargs)`, as by all other ops, which costs a tuple and a dictionary more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from . import hot

listener: Any = None


class Call(NamedTuple):
    """How an op is called."""

    name: str  # as people call it
    given: tuple[str, ...]  # its parameters
    named: tuple[str, ...]  # those that are given by keyword only


calls: dict[str, Call] = {}  # of every op that is written out, by its record's name


class Hears(dict[str, Callable[..., Any]]):
    """What hears of the calls of each op, made at the first of them.

    >>> hears = Hears(lambda op: lambda result, *arguments: print(op))
    >>> hears["mul"](z, x, y)
    mul
    """

    def __init__(self, make: Callable[[str], Callable[..., Any]]) -> None:
        self.make = make

    def forget(self) -> None:
        """Let go of what hears."""
        self.clear()
        vars(self).clear()

    def __missing__(self, op: str) -> Callable[..., Any]:
        made = self[op] = self.make(op)
        return made


def plainly(hear: Callable[..., Any], op: str) -> Callable[..., Any]:
    """What hears of an op's calls, for a listener that wants them as `hear(name, result, args, kwargs)`."""
    name, given, named = calls[op]
    count = len(given)
    if not named:
        return lambda result, *arguments: hear(name, result, arguments, {})
    return lambda result, *arguments: hear(name, result, arguments[:count], dict(zip(named, arguments[count:])))


def listen(who: Any) -> Any:
    """Put `who` (or None) in the slot and return who was there before.

    `who` answers to: op, will_write, wrote, rewired, reseated, backward_begins, flows, hooked, ran, accumulates,
    backward_ends, grad_set, enter, leave; and may have `hears`.
    """
    global listener
    before, listener = listener, who
    if who is not None:
        hears = getattr(who, "hears", None)
        hot.HEARS = hears if isinstance(hears, Hears) else Hears(lambda op: plainly(who.op, op))
    hot.WATCH = None if who is None else who.op
    return before
