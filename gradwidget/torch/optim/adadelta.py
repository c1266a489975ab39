"""Adadelta: steps as large as the last steps were, in units of the parameter itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from .blocks import blocks
from .optimizer import Write, count
from .options import check_positive, check_rate
from .stepwise import Stepwise, add_square, filled, real, scalar


class Adadelta(Stepwise):
    """The gradient over its running size, times the running size of the steps."""

    _xla = False

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_positive(eps=eps, weight_decay=weight_decay)
        super().__init__(
            params,
            lr,
            rho=rho,
            eps=eps,
            weight_decay=weight_decay,
            maximize=maximize,
            capturable=capturable,
            foreach=foreach,
            differentiable=differentiable,
        )

    def _begin(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": scalar(), "square_avg": filled(p), "acc_delta": filled(p)}

    def _update(self, p: Any, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any], lr: float) -> None:
        rho, eps = group["rho"], group["eps"]
        square, moved = state["square_avg"], state["acc_delta"]
        count(square, 2)
        count(moved, 2)
        with Write("add_", p, (moved,), {"alpha": -lr}) as values:
            for a, g, s, m, scratch in blocks(real(values), real(grad), real(square._a), real(moved._a)):
                add_square(s, rho, g, scratch)
                change = np.sqrt(np.add(m, eps, out=scratch))
                change /= np.sqrt(np.add(s, eps, out=scratch), out=scratch)
                change *= g
                add_square(m, rho, change, scratch)
                a += np.multiply(change, -lr, out=scratch)
