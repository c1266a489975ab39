"""Optimisers that treat each parameter by itself: what a step does is written for one array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops import widened
from ..tensor import Tensor, from_array
from .optimizer import Optimizer, Write, count, evaluate
from .options import check_ways, number, refuse_capture, scalar_dtype
from .state import ADDED


def plus(a: np.ndarray, b: np.ndarray, by: float) -> np.ndarray:
    """a + by · b."""
    return a + b * by if a.dtype.kind != "V" else widened.plus(a, b, by)  # type: ignore[no-any-return]


def real(a: np.ndarray) -> np.ndarray:
    """The same memory, complex numbers as pairs of real ones."""
    if a.dtype.kind != "c":
        return a
    parts = a.real
    return np.lib.stride_tricks.as_strided(parts, (*a.shape, 2), (*a.strides, parts.itemsize))


def lerp(a: np.ndarray, to: np.ndarray, weight: float, scratch: np.ndarray) -> None:
    """Move `a` towards `to` in place, in PyTorch's order of operations."""
    np.subtract(to, a, out=scratch)
    if weight < 0.5:
        scratch *= weight
        a += scratch
    else:
        scratch *= 1 - weight
        np.subtract(to, scratch, out=a)


def add_square(a: np.ndarray, keep: float, of: np.ndarray, scratch: np.ndarray) -> None:
    """A running mean of squares: a ← keep · a + (1 - keep) · of²."""
    a *= keep
    np.multiply(of, 1 - keep, out=scratch)
    scratch *= of
    a += scratch


class Stepwise(Optimizer):
    """Subclasses say with what a parameter's state begins, and how one parameter changes."""

    _added = ADDED
    _xla = True  # whether PyTorch could capture this one's steps on XLA too

    def __init__(self, params: Any, lr: Any, **options: Any) -> None:
        check_ways(options)
        super().__init__(params, {"lr": lr, **options})

    def _begin(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def _update(self, p: Any, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any], lr: float) -> None:
        raise NotImplementedError

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients once."""
        loss = evaluate(closure)
        for group in self.param_groups:
            lr = number(group["lr"])
            for p, grad in self._with_grads(group):
                if group["maximize"]:
                    grad = -grad
                state = self.state[p]
                if not state:
                    state.update(self._begin(p, group))
                if group.get("capturable"):
                    refuse_capture(self._xla)
                state["step"]._a += 1
                count(state["step"])
                self._update(p, self._decayed(p, grad, group, lr), state, group, lr)
        return loss

    def _decayed(self, p: Any, grad: np.ndarray, group: dict[str, Any], lr: float) -> np.ndarray:
        """Weight decay, either into the gradient or into the parameter at once."""
        decay = group.get("weight_decay", 0)
        if not decay:
            return grad
        if not group.get("decoupled_weight_decay"):
            return plus(grad, p._a, decay)
        shrink(p, 1 - lr * decay)
        return grad


def shrink(p: Any, by: float) -> None:
    with Write("mul_", p, (by,)) as a:
        a *= by


def scalar(value: float = 0.0, fused: bool = False) -> Tensor:
    """A state's number."""
    return from_array(np.array(value, np.float32 if fused else scalar_dtype().np))


def filled(p: Tensor, value: Any = 0) -> Tensor:
    """A state's tensor, laid out as the parameter."""
    return from_array(np.full_like(p._a, value))


__all__ = ["Stepwise", "add_square", "filled", "lerp", "plus", "real", "scalar"]
