"""Adagrad: the gradient over the root of the sum of all its squares."""

from __future__ import annotations

from typing import Any

import numpy as np

from .blocks import blocks
from .optimizer import Write, count
from .options import check_positive, check_rate
from .stepwise import Stepwise, filled, real, scalar


class Adagrad(Stepwise):
    """Divides the gradient by the root of the sum of its squares so far, so that steps only ever become smaller."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_rate(lr)
        check_positive(lr_decay=lr_decay, weight_decay=weight_decay)
        check_positive(initial_accumulator_value=initial_accumulator_value, eps=eps)
        super().__init__(
            params,
            lr,
            lr_decay=lr_decay,
            eps=eps,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
            fused=fused,
        )
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p].update(self._begin(p, group))

    def share_memory(self) -> None:
        """Nothing to do: processes do not share memory here."""

    def _begin(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        first = group["initial_accumulator_value"]
        return {
            "step": scalar(fused=bool(group["fused"])),
            "sum": filled(p, complex(first, first) if p.is_complex() else first),
        }

    def _update(self, p: Any, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any], lr: float) -> None:
        rate = lr / (1 + (state["step"]._a.item() - 1) * group["lr_decay"])
        count(state["sum"])
        with Write("addcdiv_", p, (p._grad, state["sum"]), {"value": -rate}) as values:
            for a, g, total, scratch in blocks(real(values), real(grad), real(state["sum"]._a)):
                total += np.multiply(g, g, out=scratch)
                root = np.sqrt(total, out=scratch)
                root += group["eps"]
                a += np.divide(g * -rate, root, out=scratch)
