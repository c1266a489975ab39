"""Adam, and AdamW, which decays the weights apart from the gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor import Tensor, from_array
from .blocks import blocks
from .optimizer import Optimizer, Write, count, evaluate
from .options import check_betas, check_positive, check_rate, check_ways, number, refuse_capture
from .state import ADDED
from .stepwise import add_square, lerp, plus, real, scalar


class Adam(Optimizer):
    """Steps of about `lr`, whatever the gradient's size: its running mean over the root of its running square.

    betas: how slowly the two averages move; eps keeps the divisor from zero. Raises ValueError for options that make
    no sense.

    >>> optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    """

    _added = ADDED

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
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        check_rate(lr)
        check_positive(eps=eps)
        check_betas(betas)
        check_positive(weight_decay=weight_decay)
        kinds = [type(beta) if not isinstance(beta, Tensor) else Tensor for beta in betas]
        if kinds not in ([float, float], [Tensor, Tensor]):
            raise ValueError("betas must be either both floats or both Tensors")
        for i, beta in enumerate(betas):
            if isinstance(beta, Tensor):
                if foreach and not capturable:
                    raise ValueError(f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True")
                if beta.numel() != 1:
                    raise ValueError(f"Tensor betas[{i}] must be 1-element")
        check_ways({"foreach": foreach, "fused": fused, "differentiable": differentiable})
        options: dict[str, Any] = {
            "lr": lr,
            "betas": tuple(map(number, betas)),
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
        lr, decay = number(group["lr"]), group["weight_decay"]
        beta1, beta2 = group["betas"]
        state = self._state(p, group)
        if group["capturable"]:
            refuse_capture()
        state["step"]._a += 1
        count(state["step"])
        step = state["step"]._a.item()
        if decay and group["decoupled_weight_decay"]:
            with Write("mul_", p, (1 - lr * decay,)) as a:
                a *= 1 - lr * decay
        elif decay:
            grad = plus(grad, p._a, decay)
        if group["amsgrad"]:
            count(state["max_exp_avg_sq"])
        count(state["exp_avg"])
        count(state["exp_avg_sq"], 2)
        names = ["exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else [])]
        root = (1 - beta2**step) ** 0.5  # the averages begin at zero; these two make up for it
        size = -lr / (1 - beta1**step)
        with Write("addcdiv_", p, (state["exp_avg"],), {"value": size}) as values:
            for a, g, mean, square, *greatest, scratch in blocks(
                real(values), real(grad), *(real(state[name]._a) for name in names)
            ):
                lerp(mean, g, 1 - beta1, scratch)
                add_square(square, beta2, g, scratch)
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
            state["step"] = scalar(fused=bool(group["fused"]))
            names = ["exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else [])]
            for name in names:
                state[name] = from_array(np.zeros_like(p._a))
        return state
