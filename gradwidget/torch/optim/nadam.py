"""NAdam: Adam with Nesterov's look ahead."""

from __future__ import annotations

from typing import Any

import numpy as np

from .blocks import blocks
from .optimizer import Write, count
from .options import check_betas, check_positive, check_rate
from .stepwise import Stepwise, add_square, filled, lerp, real, scalar


class NAdam(Stepwise):
    """Adam whose momentum is warmed up (`momentum_decay` says how fast) and looked ahead along."""

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check_positive(eps=eps)
        check_betas(betas)
        check_positive(weight_decay=weight_decay, momentum_decay=momentum_decay)
        super().__init__(
            params,
            lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
            foreach=foreach,
            capturable=capturable,
            differentiable=differentiable,
        )

    def _begin(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": scalar(), "mu_product": scalar(1.0), "exp_avg": filled(p), "exp_avg_sq": filled(p)}

    def _update(self, p: Any, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any], lr: float) -> None:
        beta1, beta2 = group["betas"]
        step, decay = state["step"]._a.item(), group["momentum_decay"]
        mu, following = (beta1 * (1 - 0.5 * 0.96 ** (n * decay)) for n in (step, step + 1))
        state["mu_product"]._a *= mu
        product = state["mu_product"]._a.item()
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        for name, writes in (("mu_product", 1), ("exp_avg", 1), ("exp_avg_sq", 2)):
            count(state[name], writes)
        by_grad = -lr * (1 - mu) / (1 - product)
        by_mean = -lr * following / (1 - product * following)
        correction = 1 - beta2**step
        with (
            Write("addcdiv_", p, (p._grad, square), {"value": by_grad}),
            Write("addcdiv_", p, (mean, square)) as values,
        ):
            for a, g, m, s, scratch in blocks(real(values), real(grad), real(mean._a), real(square._a)):
                lerp(m, g, 1 - beta1, scratch)
                add_square(s, beta2, g, scratch)
                root = np.sqrt(s / correction)
                root += group["eps"]
                np.multiply(g, by_grad, out=scratch)
                scratch /= root
                a += scratch
                np.multiply(m, by_mean, out=scratch)
                scratch /= root
                a += scratch
