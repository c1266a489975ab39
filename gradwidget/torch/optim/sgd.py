"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import hot, watch
from ..dispatch import number_array
from ..tensor import Tensor, from_array
from .blocks import BLOCK, blocks
from .optimizer import Optimizer, Write, count, count_write, evaluate
from .options import check_ways, number
from .stepwise import plus


class SGD(Optimizer):
    """p ← p - lr · grad, with momentum, Nesterov's look ahead, and weight decay where asked for.

    Raises ValueError for options that make no sense.

    >>> optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    """

    _added = {"nesterov": False, "maximize": False, "foreach": None, "differentiable": False, "fused": False}

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        options: dict[str, Any] = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        options |= {"nesterov": nesterov, "maximize": maximize, "foreach": foreach, "differentiable": differentiable}
        check_ways(options | {"fused": fused})
        super().__init__(params, options | {"fused": fused})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients once."""
        loss = evaluate(closure)
        for group in self.param_groups:
            lr = number(group["lr"])
            if not (group["maximize"] or group["weight_decay"] or group["momentum"]):
                self._plain_step(group["params"], -lr)
                continue
            for p, grad in self._with_grads(group):
                if group["maximize"]:
                    grad = -grad
                if group["weight_decay"]:
                    grad = plus(grad, p._a, group["weight_decay"])
                if group["momentum"]:
                    grad = self._with_momentum(p, grad, group)
                with Write("add_", p, (p._grad,), {"alpha": -lr}) as values:
                    if values.dtype.kind == "V":
                        values[...] = plus(values, grad, -lr)
                        continue
                    for a, g, scratch in blocks(values, grad):
                        a += np.multiply(g, -lr, out=scratch)
        return loss

    def _plain_step(self, params: list[Any], by: float) -> None:
        heard = watch.listener is not None
        for p in params:
            if p._grad is None:
                continue
            write = Write("add_", p, (p._grad,), {"alpha": by}) if heard else None
            if write is not None:
                write.__enter__()
            a, g = p._a, p._grad._a
            if a.dtype is hot.BF16:
                a[...] = plus(a, g, by)
            elif a.size <= BLOCK:
                a += g * number_array(g.dtype, by)
            else:
                for part, of_g, scratch in blocks(a, g):
                    part += np.multiply(of_g, by, out=scratch)
            if write is None:
                count_write(p)
            else:
                write.__exit__()

    def _with_momentum(self, p: Any, grad: np.ndarray, group: dict[str, Any]) -> np.ndarray:
        state = self.state[p]
        if state.get("momentum_buffer") is None:
            state["momentum_buffer"] = from_array(grad.copy())
            buffer = state["momentum_buffer"]._a
        else:
            buffer = state["momentum_buffer"]._a
            buffer *= group["momentum"]
            if buffer.dtype.kind == "V":
                buffer[...] = plus(buffer, grad, 1 - group["dampening"])
            else:
                buffer += grad * (1 - group["dampening"])
            count(state["momentum_buffer"], 2)
        return plus(grad, buffer, group["momentum"]) if group["nesterov"] else buffer
