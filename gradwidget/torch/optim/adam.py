"""Adam, and AdamW, which decays the weights apart from the gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from ..tensor import from_array
from .blocks import blocks
from .optimizer import Optimizer, Write, count, evaluate


class Adam(Optimizer):
    """Steps of about `lr`, whatever the gradient's size: its running mean over the root of its running square.

    betas: how slowly the two averages move; eps keeps the divisor from zero. Raises ValueError for options that make
    no sense.

    >>> optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        if not lr >= 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not eps >= 0.0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        if not weight_decay >= 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        options: dict[str, Any] = {
            "lr": lr,
            "betas": tuple(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
        }
        options |= {"maximize": maximize, "foreach": foreach, "capturable": capturable}
        options |= {"differentiable": differentiable, "fused": fused}
        super().__init__(params, options | {"decoupled_weight_decay": decoupled_weight_decay})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients once."""
        loss = evaluate(closure)
        for group in self.param_groups:
            for p, grad in self._with_grads(group):
                self._update(p, -grad if group["maximize"] else grad, group)
        return loss

    def _update(self, p: Any, grad: np.ndarray, group: dict[str, Any]) -> None:
        lr, decay = float(group["lr"]), group["weight_decay"]
        beta1, beta2 = group["betas"]
        state = self._state(p, group)
        state["step"]._a += 1
        count(state["step"])
        step = state["step"]._a.item()
        if decay and group["decoupled_weight_decay"]:
            with Write("mul_", p, (1 - lr * decay,)) as a:
                a *= 1 - lr * decay
        elif decay:
            grad = grad + p._a * decay
        count(state["exp_avg"])
        count(state["exp_avg_sq"], 2)
        names = ["exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else [])]
        root = (1 - beta2**step) ** 0.5  # the averages begin at zero; these two make up for it
        size = -lr / (1 - beta1**step)
        with Write("addcdiv_", p, (state["exp_avg"],), {"value": size}) as values:
            for a, g, mean, square, *greatest, scratch in blocks(values, grad, *(state[name]._a for name in names)):
                mean += np.multiply(np.subtract(g, mean, out=scratch), 1 - beta1, out=scratch)
                square *= beta2
                square += np.multiply(np.multiply(g, g, out=scratch), 1 - beta2, out=scratch)
                if greatest:
                    square = np.maximum(greatest[0], square, out=greatest[0])
                divisor = np.sqrt(square, out=scratch)
                divisor += group["eps"] * root
                np.divide(mean, divisor, out=scratch)
                scratch *= size * root
                a += scratch

    def _state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        state = self.state[p]
        if not state:
            kind = np.float64 if dtypes.get_default_dtype() is dtypes.float64 else np.float32
            state["step"] = from_array(np.zeros((), kind))
            names = ["exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else [])]
            for name in names:
                state[name] = from_array(np.zeros_like(p._a))
        return state


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters directly instead of adding to the gradient."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, decoupled_weight_decay=True, **options)
