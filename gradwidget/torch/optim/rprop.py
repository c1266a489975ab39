"""Rprop: only the sign of the gradient counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from .blocks import blocks
from .optimizer import Write, count
from .options import check_rate, number
from .stepwise import Stepwise, filled, real, scalar


class Rprop(Stepwise):
    """Every element has a step size of its own, which grows while the gradient's sign stays and shrinks when it turns."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(
            params,
            lr,
            etas=etas,
            step_sizes=step_sizes,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
            capturable=capturable,
        )

    def _begin(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        lr = number(group["lr"])
        return {"step": scalar(), "prev": filled(p), "step_size": filled(p, complex(lr, lr) if p.is_complex() else lr)}

    def _update(self, p: Any, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any], lr: float) -> None:
        shrink, grow = group["etas"]
        before, size = state["prev"], state["step_size"]
        count(before)
        count(size, 2)
        with Write("addcmul_", p, (p._grad, size), {"value": -1}) as values:
            for a, g, b, s, scratch in blocks(real(values), real(grad), real(before._a), real(size._a)):
                same = np.multiply(g, b, out=scratch)
                turned = same < 0
                s *= np.where(turned, shrink, np.where(same > 0, grow, 1)).astype(s.dtype)
                np.clip(s, *group["step_sizes"], out=s)
                b[...] = np.where(turned, 0, g)
                a -= np.sign(b) * s
