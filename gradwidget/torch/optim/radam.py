"""RAdam: Adam that trusts its running square only once there is enough of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .blocks import blocks
from .optimizer import Write, count
from .options import check_betas, check_positive, check_rate
from .stepwise import Stepwise, add_square, filled, lerp, real, scalar

ENOUGH = 5.0  # the length of the average from which on its variance can be told


class RAdam(Stepwise):
    """Plain momentum in the first steps, then Adam, rectified by how many gradients its square has seen."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
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
        check_positive(weight_decay=weight_decay)
        super().__init__(
            params,
            lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            maximize=maximize,
            foreach=foreach,
            capturable=capturable,
            decoupled_weight_decay=decoupled_weight_decay,
            differentiable=differentiable,
        )

    def _begin(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": scalar(), "exp_avg": filled(p), "exp_avg_sq": filled(p)}

    def _update(self, p: Any, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any], lr: float) -> None:
        beta1, beta2 = group["betas"]
        step = state["step"]._a.item()
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        count(mean)
        count(square, 2)
        unbias = 1 - beta2**step
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * beta2**step / unbias
        rect = 0.0
        if length > ENOUGH:
            rect = ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) ** 0.5
        with Write("add_", p, (mean,), {"alpha": -lr}) as values:
            for a, g, m, s, scratch in blocks(real(values), real(grad), real(mean._a), real(square._a)):
                lerp(m, g, 1 - beta1, scratch)
                add_square(s, beta2, g, scratch)
                change = m / (1 - beta1**step)
                change *= lr
                if rect:
                    root = np.sqrt(s, out=scratch)
                    root += group["eps"]
                    change *= np.divide(unbias**0.5, root, out=scratch)
                    change *= rect
                a -= change
