"""RMSprop: the gradient over the root of its running square."""

from __future__ import annotations

from typing import Any

import numpy as np

from .blocks import blocks
from .optimizer import Write, count
from .options import check_positive, check_rate
from .state import ADDED
from .stepwise import Stepwise, add_square, filled, lerp, real, scalar


class RMSprop(Stepwise):
    """Divides the gradient by the root of its running square. centered: by an estimate of its deviation instead.

    >>> optimizer = torch.optim.RMSprop(net.parameters(), lr=0.01)
    """

    _added = {**ADDED, "momentum": 0, "centered": False}

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check_positive(eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        super().__init__(
            params,
            lr,
            momentum=momentum,
            alpha=alpha,
            eps=eps,
            centered=centered,
            weight_decay=weight_decay,
            capturable=capturable,
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
        )

    def _begin(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        state = {"step": scalar(), "square_avg": filled(p)}
        if group["momentum"] > 0:
            state["momentum_buffer"] = filled(p)
        if group["centered"]:
            state["grad_avg"] = filled(p)
        return state

    def _update(self, p: Any, grad: np.ndarray, state: dict[str, Any], group: dict[str, Any], lr: float) -> None:
        alpha, eps, momentum, centered = group["alpha"], group["eps"], group["momentum"], group["centered"]
        names = ["square_avg"] + ["grad_avg"] * centered + ["momentum_buffer"] * (momentum > 0)
        for name in names:
            count(state[name], 1 if name == "grad_avg" else 2)
        write = ("add_", (state["momentum_buffer"],)) if momentum > 0 else ("addcdiv_", (p._grad, state["square_avg"]))
        with Write(write[0], p, write[1], {"alpha": -lr} if momentum > 0 else {"value": -lr}) as values:
            for a, g, square, *more, scratch in blocks(real(values), real(grad), *(real(state[n]._a) for n in names)):
                add_square(square, alpha, g, scratch)
                root = scratch
                if centered:
                    mean = more.pop(0)
                    lerp(mean, g, 1 - alpha, scratch)
                    np.subtract(square, np.multiply(mean, mean, out=scratch), out=scratch)
                    np.sqrt(scratch, out=root)
                else:
                    np.sqrt(square, out=root)
                root += eps
                if momentum > 0:
                    [buffer] = more
                    buffer *= momentum
                    buffer += np.divide(g, root, out=scratch)
                    a += np.multiply(buffer, -lr, out=scratch)
                else:
                    a += np.divide(g * -lr, root, out=scratch)
