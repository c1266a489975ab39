"""Muon: momentum made orthogonal, for matrices."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..random_kernels import to_bfloat16
from .optimizer import Optimizer, Write, count, evaluate
from .options import check_rate, number
from .stepwise import filled, lerp, shrink

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the polynomial that brings all singular values near 1
MOST_STEPS = 100


def orthogonal(a: np.ndarray, coefficients: tuple[float, float, float], steps: int, eps: float) -> np.ndarray:
    """A matrix with about the singular vectors of `a` and singular values of about 1, by Newton-Schulz iterations.

    PyTorch computes them in bfloat16, and so are they rounded here after each product."""
    if steps >= MOST_STEPS:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if a.ndim != 2:
        raise ValueError("Input tensor gradient must be a 2D matrix")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    linear, cubic, fifth = coefficients
    x = to_bfloat16(a.astype(np.float32))
    tall = a.shape[0] > a.shape[1]
    if tall:
        x = np.ascontiguousarray(x.T)
    length = to_bfloat16(np.array(np.linalg.norm(x.astype(np.float64)), np.float32))
    x = to_bfloat16(x / max(length, to_bfloat16(np.array(eps, np.float32))))
    for _ in range(steps):
        gram = to_bfloat16(x @ x.T)
        update = to_bfloat16(cubic * gram + fifth * (gram @ gram))
        x = to_bfloat16(linear * x + update @ x)
    return x.T if tall else x


class Muon(Optimizer):
    """SGD with momentum whose steps turn all directions of a matrix alike. For parameters with two dimensions only."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = COEFFICIENTS,
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_rate(lr, "Learning rate should be >= 0 but is: {}")
        if not momentum >= 0.0:
            raise ValueError(f"momentum should be >= 0 but is: {momentum}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight decay should be >= 0 but is: {weight_decay}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        options: dict[str, Any] = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov}
        options |= {"ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn}
        super().__init__(params, options)
        for group in self.param_groups:
            for p in group["params"]:
                if p.dim() != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {p.size()}"
                    )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients once."""
        loss = evaluate(closure)
        for group in self.param_groups:
            for p, grad in self._with_grads(group):
                self._update(p, grad, group)
        return loss

    def _update(self, p: Any, grad: np.ndarray, group: dict[str, Any]) -> None:
        if p.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        lr, momentum = number(group["lr"]), group["momentum"]
        state = self.state[p]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = filled(p._grad)
        buffer = state["momentum_buffer"]._a
        lerp(buffer, grad, 1 - momentum, np.empty_like(grad))
        count(state["momentum_buffer"])
        update = buffer
        if group["nesterov"]:
            update = grad.copy()
            lerp(update, buffer, momentum, np.empty_like(grad))
        update = orthogonal(update, group["ns_coefficients"], group["ns_steps"], group["eps"])
        rate = lr * _ratio(group["adjust_lr_fn"], *p._a.shape)
        shrink(p, 1 - lr * group["weight_decay"])
        with Write("add_", p, (p._grad,), {"alpha": -rate}) as a:
            a -= update.astype(a.dtype) * rate


def _ratio(how: str | None, rows: int, columns: int) -> float:
    if how == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))
