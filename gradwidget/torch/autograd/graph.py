"""`torch.autograd.graph`: nodes, and where a tensor stands among them."""

from __future__ import annotations

from typing import NamedTuple

from ..graph import LEAF, Node, RemovableHandle, accumulator
from ..tensor import Tensor

__all__ = ["GradientEdge", "Node", "RemovableHandle", "get_gradient_edge"]


class GradientEdge(NamedTuple):
    """A place where a gradient arrives: a node, and which of its outputs."""

    node: Node
    output_nr: int


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where this tensor's gradient arrives."""
    edge = tensor._edge()
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    if edge is LEAF:
        return GradientEdge(accumulator(tensor), 0)
    return GradientEdge(tensor.grad_fn, tensor.output_nr)  # type: ignore[arg-type]
