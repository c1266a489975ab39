"""Gradients of a kernel by those of a function composed of ops that computes the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..grad_mode import enable_grad
from ..tensor import Tensor, from_array
from .both import zeros


def gradients_through(function: Callable[..., Any], grad: Any, *inputs: Any) -> list[Any]:
    """The gradient of each input of `function`, which answers one tensor. On arrays and on tensors, whose gradients can be
    differentiated again; None where nothing flows."""
    from ..autograd import grad as differentiate

    recorded = isinstance(grad, Tensor)
    with enable_grad():
        own: list[Any] = []
        for x in inputs:
            if recorded and x.requires_grad:
                own.append(x.view_as(x))  # a place of its own in the graph, so that hooks of x are left alone
            else:
                own.append((x.detach() if recorded else from_array(x)).requires_grad_())  # type: ignore[attr-defined]
        out = function(*own)
        if not out.requires_grad:  # it does not depend on any of them
            return [zeros(tuple(x.shape), grad) for x in inputs]
        found = differentiate(
            out, own, grad if recorded else from_array(grad), create_graph=recorded, allow_unused=True
        )
    return [g if recorded or g is None else g._a for g in found]
