"""The few facts that every op looks at, as globals of one module: the generated op functions run in its namespace,
so that a look costs one dictionary access and a change is seen by all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

WATCH: Callable[..., Any] | None = None  # the listener's `op`, set by watch.listen
HEARS: dict[str, Callable[..., Any]] = {}  # what it hears each op by, see watch's NOTE [Calls]
FRESH: Callable[[], Any] | None = None  # answers a new tensor's version counter, while a thread is in inference mode
MADE: Callable[[Any], None] | None = None  # run on each node just made: saved-tensor hooks, anomaly mode
DEVICE: Any = None  # where new tensors are made, if not on the CPU (devices.set_default)
GRAD: bool = True  # True: no thread has turned gradients off, no need to ask which thread this is
BF16: Any = None  # the NumPy dtype of bfloat16, once there is one (dtypes.bfloat16)
AUTOCAST: Callable[..., tuple[Any, ...]] | None = (
    None  # casts the tensors of an op, while a thread autocasts (autocasting)
)
