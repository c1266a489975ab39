"""Adafactor: the running square of a matrix kept as one number per row and one per column."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..limits import finfo
from ..tensor import from_array
from .optimizer import Write, count
from .options import check_rate
from .stepwise import Stepwise, filled, lerp, scalar, shrink


class Adafactor(Stepwise):
    """Adam's division with far less memory, steps relative to the parameter's size, and none too long.

    eps: (smallest square, smallest size of a parameter); d: from which length on a step is shortened.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_rate(lr, "Learning rate should be >= 0 but is: {}")
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not eps[0] >= 0.0:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not eps[1] >= 0.0:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        super().__init__(
            params,
            lr,
            beta2_decay=beta2_decay,
            eps=eps,
            d=d,
            weight_decay=weight_decay,
            foreach=foreach,
            maximize=maximize,
        )

    def _begin(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        if p.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")
        shape = p._a.shape
        if len(shape) < 2:
            return {"step": scalar(), "variance": filled(p._grad)}
        kind = p._grad._a.dtype
        return {
            "step": scalar(),
            "row_var": from_array(np.zeros((*shape[:-1], 1), kind)),
            "col_var": from_array(np.zeros((*shape[:-2], 1, shape[-1]), kind)),
        }

    def _decayed(self, p: Any, grad: np.ndarray, group: dict[str, Any], lr: float) -> np.ndarray:
        return grad  # it comes after the parameter's size was measured

    def _update(self, p: Any, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any], lr: float) -> None:
        step = state["step"]._a.item()
        eps1, eps2 = group["eps"]
        if eps1 is None:
            eps1 = float(finfo(p.dtype).eps)
        forget = step ** group["beta2_decay"]
        root_of_size = p._a.size**0.5
        rate = max(eps2, float(np.linalg.norm(p._a)) / root_of_size) * min(lr, 1 / step**0.5)
        if group["weight_decay"]:
            shrink(p, 1 - lr * group["weight_decay"])
        if grad.ndim > 1:
            row, column = state["row_var"], state["col_var"]
            for var, axis in ((row, -1), (column, -2)):
                mean = np.square(np.sqrt(np.square(grad).sum(axis, keepdims=True))) / grad.shape[axis]
                lerp(var._a, mean, forget, np.empty_like(mean))
                count(var)
            estimate = row._a @ column._a
            estimate /= np.maximum(row._a.mean(-2, keepdims=True), eps1)
        else:
            variance = state["variance"]
            lerp(variance._a, grad * grad, forget, np.empty_like(grad))
            count(variance)
            estimate = variance._a.copy()
        update = grad / np.sqrt(np.maximum(estimate, eps1 * eps1, out=estimate), out=estimate)
        length = max(1.0, float(np.linalg.norm(update)) / (root_of_size * group["d"]))
        with Write("add_", p, (p._grad,), {"alpha": -rate / length}) as a:
            a -= update * (rate / length)
