"""Adamax: Adam with the largest gradient of late in place of the running square."""

from __future__ import annotations

from typing import Any

import numpy as np

from .blocks import blocks
from .optimizer import Write, count
from .options import check_betas, check_positive, check_rate
from .stepwise import Stepwise, filled, lerp, real, scalar


class Adamax(Stepwise):
    """The running mean of the gradient over its largest size, which fades by beta2."""

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_rate(lr)
        check_positive(eps=eps)
        check_betas(betas)
        check_positive(weight_decay=weight_decay)
        super().__init__(
            params,
            lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
            capturable=capturable,
        )

    def _begin(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": scalar(), "exp_avg": filled(p), "exp_inf": filled(p)}

    def _update(self, p: Any, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any], lr: float) -> None:
        beta1, beta2 = group["betas"]
        mean, largest = state["exp_avg"], state["exp_inf"]
        count(mean)
        count(largest, 2)
        rate = -lr / (1 - beta1 ** state["step"]._a.item())
        with Write("addcdiv_", p, (mean, largest), {"value": rate}) as values:
            for a, g, m, most, scratch in blocks(real(values), real(grad), real(mean._a), real(largest._a)):
                lerp(m, g, 1 - beta1, scratch)
                most *= beta2
                np.abs(g, out=scratch)
                scratch += group["eps"]
                np.maximum(most, scratch, out=most)
                np.multiply(m, rate, out=scratch)
                scratch /= most
                a += scratch
