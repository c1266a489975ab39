"""`Variable`, which was the differentiable tensor before tensors were."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from .. import engine
from ..tensor import Tensor, from_array


class _Engine:
    """`Variable._execution_engine`: what people use of it."""

    def queue_callback(self, callback: Callable[[], None]) -> None:
        """Call `callback()` when the backward that runs now is over."""
        if engine.here.task is None:
            raise RuntimeError("Final callbacks can only be installed during backward pass.")
        engine.here.task.callbacks = [*engine.here.task.callbacks, callback]


class _VariableType(type):
    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, Tensor)


class Variable(metaclass=_VariableType):
    """`Variable(t, requires_grad=True)` is a tensor; `volatile=True` warns that it means nothing any more."""

    _execution_engine = _Engine()

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool | None = None) -> Any:
        if volatile is not None and volatile:
            warnings.warn(
                "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.", stacklevel=2
            )
        if data is None:
            import numpy as np

            data = from_array(np.empty(0, "f4"))
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        if requires_grad and data._a.dtype.kind not in "fcV":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        t = from_array(data._a)
        t._v = data._version_counter()
        return t.requires_grad_() if requires_grad else t
