"""Averaged SGD."""

from __future__ import annotations

from typing import Any

import numpy as np

from .optimizer import Write, count
from .options import check_positive, check_rate
from .stepwise import Stepwise, filled, scalar


class ASGD(Stepwise):
    """SGD with a rate that fades, and the average of the parameters since step `t0` in the state's "ax"."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_rate(lr)
        check_positive(weight_decay=weight_decay)
        super().__init__(
            params,
            lr,
            lambd=lambd,
            alpha=alpha,
            t0=t0,
            weight_decay=weight_decay,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
            capturable=capturable,
        )

    def _begin(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        from .options import number

        return {"step": scalar(), "eta": scalar(number(group["lr"])), "mu": scalar(1.0), "ax": filled(p)}

    def _update(self, p: Any, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any], lr: float) -> None:
        step, eta, mu = (state[name]._a.item() for name in ("step", "eta", "mu"))
        lambd = group["lambd"]
        with Write("mul_", p, (1 - lambd * eta,)) as a:
            a *= 1 - lambd * eta
        with Write("add_", p, (p._grad,), {"alpha": -eta}) as a:
            a -= grad * eta
        average = state["ax"]._a
        if mu == 1:
            average[...] = a
        else:
            average += (a - average) * mu
        state["eta"]._a[...] = lr / (1 + lambd * lr * step) ** group["alpha"]
        state["mu"]._a[...] = 1 / max(1, step - group["t0"])
        for name in ("ax", "eta", "mu"):
            count(state[name])
