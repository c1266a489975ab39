"""Who, if anyone, hears what the tensor library does.

One slot. Every op looks at it once; when it is empty that look is all that watching costs. The listener is duck-typed
(`gradwidget.record.from_core` is the one we ship), it is called on the thread of the program, and it must not raise.
"""

from __future__ import annotations

from typing import Any

from . import hot

listener: Any = None


def listen(who: Any) -> Any:
    """Put `who` (or None) in the slot and return who was there before.

    `who` answers to: op, will_write, wrote, rewired, reseated, backward_begins, flows, ran, accumulates,
    backward_ends, grad_set, enter, leave.
    """
    global listener
    before, listener = listener, who
    hot.WATCH = None if who is None else who.op
    return before
