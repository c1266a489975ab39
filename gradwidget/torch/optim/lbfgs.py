"""L-BFGS: steps along curved valleys, from the memory of the last gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..grad_mode import enable_grad, no_grad
from ..tensor import Tensor, from_array
from .optimizer import Optimizer, Write
from .options import check_rate, number
from .wolfe import strong_wolfe

CURVED = 1e-10  # a step whose gradient changed by less says nothing of the curvature


def _dot(a: np.ndarray, b: np.ndarray) -> Any:
    return np.dot(a, b)


class LBFGS(Optimizer):
    """Needs a closure that computes the loss anew, and calls it several times in a step.

    line_search_fn: None for steps of length `lr`, or "strong_wolfe".

    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = criterion(net(x), y)
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_rate(lr)
        options: dict[str, Any] = {"lr": lr, "max_iter": max_iter}
        options |= {"max_eval": max_iter * 5 // 4 if max_eval is None else max_eval}
        options |= {"tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change}
        super().__init__(params, options | {"history_size": history_size, "line_search_fn": line_search_fn})
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    # ---- all parameters as one vector

    def _flat_grad(self) -> np.ndarray:
        parts = []
        for p in self._params:
            part = np.zeros(p._a.size, p._a.dtype) if p._grad is None else p._grad._a.reshape(-1)
            parts.append(part.view(part.real.dtype) if part.dtype.kind == "c" else part)
        return np.concatenate(parts)

    def _move(self, by: Any, along: np.ndarray) -> None:
        at = 0
        for p in self._params:
            size = p._a.size * (2 if p.is_complex() else 1)
            part = along[at : at + size].astype(p._a.real.dtype, copy=False)
            part = part.view(p._a.dtype) if p.is_complex() else part
            at += size
            with Write("add_", p, (), {"alpha": float(by)}) as a:
                a += part.reshape(a.shape) * a.real.dtype.type(by)

    def _measure(self, closure: Any, start: list[np.ndarray], t: Any, d: np.ndarray) -> tuple[float, np.ndarray]:
        """Loss and gradient at the point `t` along `d`; the parameters are back at `start` afterwards."""
        self._move(t, d)
        loss = float(closure())
        grad = self._flat_grad()
        for p, values in zip(self._params, start, strict=True):
            with Write("copy_", p) as a:
                a[...] = values
        return loss, grad

    # ---- the step

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Up to `max_iter` iterations; answers the loss before the first."""
        group = self.param_groups[0]

        def evaluate() -> Any:
            with enable_grad():
                return closure()

        with no_grad():
            return self._iterate(evaluate, group, self.state[self._params[0]])

    def _iterate(self, closure: Any, group: dict[str, Any], state: dict[str, Any]) -> Any:
        lr, most, most_calls = number(group["lr"]), group["max_iter"], group["max_eval"]
        flat_enough, short_enough = group["tolerance_grad"], group["tolerance_change"]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = closure()
        loss = float(first_loss)
        calls = 1
        state["func_evals"] += 1
        grad = self._flat_grad()
        if np.abs(grad).max() <= flat_enough:
            return first_loss
        memory = _Memory.of(state, group["history_size"])
        t = state.get("t")
        before: Any = state.get("prev_loss")
        done = 0
        while done < most:
            done += 1
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                memory.d = -grad
            else:
                memory.learn(grad, t)
            memory.grad, before = grad.copy(), loss
            t = min(1.0, 1.0 / np.abs(grad).sum()) * lr if state["n_iter"] == 1 else lr
            slope = _dot(grad, memory.d)
            if slope > -short_enough:
                break
            new_calls = 0
            if group["line_search_fn"] is not None:
                if group["line_search_fn"] != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                start = [p._a.copy() for p in self._params]
                loss, grad, t, new_calls = strong_wolfe(
                    partial(self._measure, closure, start),
                    t, memory.d, loss, grad, slope, max_ls=most_calls - calls,
                )  # fmt: skip
                self._move(t, memory.d)
            else:
                self._move(t, memory.d)
                if done != most:
                    loss = float(closure())
                    grad = self._flat_grad()
                    new_calls = 1
            calls += new_calls
            state["func_evals"] += new_calls
            if (
                done == most
                or calls >= most_calls
                or np.abs(grad).max() <= flat_enough
                or np.abs(memory.d * grad.dtype.type(float(t))).max() <= short_enough
                or abs(loss - before) < short_enough
            ):
                break
        memory.store(state, from_array(np.array(t)) if isinstance(t, np.generic) else t)
        state["prev_loss"] = before
        return first_loss


class _Memory:
    """The last steps and how the gradient changed over them: what the direction is made of."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.d: Any = None
        self.grad: Any = None
        self.changes: list[np.ndarray] = []
        self.steps: list[np.ndarray] = []
        self.ro: list[Any] = []
        self.diagonal: Any = 1
        self.al: list[Any] | None = None

    @classmethod
    def of(cls, state: dict[str, Any], size: int) -> _Memory:
        memory = cls(size)
        if "d" in state:
            memory.d, memory.grad = _array(state["d"]), _array(state["prev_flat_grad"])
            memory.changes, memory.steps = ([_array(t) for t in state[name]] for name in ("old_dirs", "old_stps"))
            memory.ro = [_array(r)[()] for r in state["ro"]]
            memory.diagonal = _array(state["H_diag"])[()]
        return memory

    def store(self, state: dict[str, Any], t: Any) -> None:
        if self.al is not None:
            state["al"] = [None if a is None else from_array(np.asarray(a)) for a in self.al]
        state["d"] = from_array(self.d)
        state["t"] = t
        state["old_dirs"] = [from_array(a) for a in self.changes]
        state["old_stps"] = [from_array(a) for a in self.steps]
        state["ro"] = [from_array(np.asarray(r)) for r in self.ro]
        state["H_diag"] = self.diagonal if isinstance(self.diagonal, int) else from_array(np.asarray(self.diagonal))
        state["prev_flat_grad"] = from_array(self.grad)

    def learn(self, grad: np.ndarray, t: Any) -> None:
        """Take in the step of length `t` along `d` that led to this gradient, and find the next direction."""
        change = grad - self.grad
        step = self.d * grad.dtype.type(float(t))
        curvature = _dot(change, step)
        if curvature > CURVED:
            if len(self.changes) == self.size:
                for old in (self.changes, self.steps, self.ro):
                    old.pop(0)  # type: ignore[attr-defined]
            self.changes.append(change)
            self.steps.append(step)
            self.ro.append(1.0 / curvature)
            self.diagonal = curvature / _dot(change, change)
        al = self.al = self.al or [None] * self.size
        q = -grad
        for i in reversed(range(len(self.changes))):
            al[i] = _dot(self.steps[i], q) * self.ro[i]
            q -= self.changes[i] * al[i]
        q *= self.diagonal
        for i in range(len(self.changes)):
            back = _dot(self.changes[i], q) * self.ro[i]
            q += self.steps[i] * (al[i] - back)
        self.d = q


def _array(value: Any) -> Any:
    return value._a.copy() if isinstance(value, Tensor) else np.asarray(value)
