"""Gradients of a backward pass of PyTorch, noted while it runs and made events later; see `from_torch_quick`."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, sqrt
from typing import Any

import torch

from .. import events as ev
from . import from_torch_values as contents
from . import values

shapes: dict[Any, tuple[int, ...]] = {}  # the collector need not look at these; see recorder's NOTE [Garbage]
ROOT, RAN, GRAD, HOOK = 102, 103, 104, 111  # sorts of notes
CELLS = values.CELLS
Tensor, float32 = torch.Tensor, torch.float32
LISTED = frozenset([torch.float32, torch.float64])
Flow = tuple[Any, Any]  # shape; every element as a list, or the norm, or None where nobody can look


def noted(to: Any, grad: Any) -> Flow:
    """A gradient as a note may hold it."""
    shape = grad.shape
    shape = shapes.get(shape) or shapes.setdefault(shape, tuple(shape))
    if type(grad) is Tensor and grad.is_cpu and to.cpu and grad.dtype in LISTED and grad.numel() <= CELLS:
        try:
            return shape, tuple(grad.tolist()) if len(shape) == 1 else grad.tolist()
        except RuntimeError:  # sparse, or wrapped by a transform
            return shape, measured(to, grad)
    return shape, measured(to, grad)


def measured(to: Any, grad: Any) -> Any:
    """What is told of a gradient that is not as plain as most."""
    if not contents.readable(grad) or grad.is_meta:
        return None
    if not (grad.is_cpu and to.cpu) and grad.device.type not in to.devices:
        return torch.linalg.vector_norm(grad.detach())  # a number there, asked for when the trace is read
    if grad.dtype in LISTED:
        if grad.numel() <= CELLS:
            return grad.tolist()
        if grad.dtype is float32 and grad.is_cpu and not grad.is_neg():
            flat = grad.detach().numpy().ravel("K")  # as it lies: nothing is copied
            square = float(flat.dot(flat))  # a third of the time of PyTorch's
            if isfinite(square):
                return sqrt(square)
    elif grad.numel() <= CELLS:
        return contents.window(grad).copy()
    return norm_of(grad)


def norm_of(grad: Any) -> float:
    grad = grad.detach()
    if not grad.is_complex() and grad.dtype is not torch.float64:
        grad = grad.to(torch.float32)
    return torch.linalg.vector_norm(grad).item()


class Norm(float):
    """A norm that came from another device, also where there is but one element."""


def here(data: Any) -> Any:
    return Norm(data.item()) if isinstance(data, torch.Tensor) else data


def flat(nested: Any) -> list[Any]:
    """The numbers in nested lists, in order."""
    if isinstance(nested, tuple):
        return list(nested)
    if not isinstance(nested, list):
        return [nested]
    while nested and isinstance(nested[0], list):
        nested = [item for row in nested for item in row]
    return nested


class Reading:
    """Makes events of notes, in order."""

    def __init__(self, core: Any) -> None:
        self.to = core.to
        self.to.make.update({ROOT: self.root, RAN: self.ran, GRAD: self.grad, HOOK: self.hook})

    def root(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """The gradient that a pass begins with, for a node (its id) or a leaf (its negative)."""
        _, backward, at, output, flow = note
        if at < 0:
            yield from self.known(-at)
        node = at if at > 0 else self.to.accumulators[-at]
        yield self.along(backward, None, node, output, *flow)

    def ran(self, note: tuple[Any, ...]) -> Iterator[Any]:
        _, backward, node, released, flows = note
        yield ev.Ran(backward, node)
        if released:
            yield ev.Release(node)
        for edge, flow in zip(self.to.edges.get(node, ()), flows, strict=False):
            if edge is not None and flow is not None:
                yield self.along(backward, node, *edge, *flow)

    def hook(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """What hooks made of a gradient, on its way into a node (its id) or a leaf (its negative)."""
        _, backward, at, output, names, *flow = note
        if at < 0:
            yield from self.known(-at)
        went = self.along(backward, None, at if at > 0 else self.to.accumulators[-at], output, *flow)
        yield ev.Hook(backward, went.node, output, names, went.norm, went.values)

    def grad(self, note: tuple[Any, ...]) -> Iterator[Any]:
        """A gradient arrived in a leaf."""
        _, backward, leaf, grad, added, shape, data = note
        data = here(data)
        if isinstance(data, Norm) or isinstance(data, float) and shape:
            norm = values.brief(data)
        else:
            norm = "nan" if data is None else values.norm(contents.np.asarray(data))
        yield from self.known(leaf)
        yield ev.Accumulate(backward, self.to.accumulators[leaf], leaf, grad, norm, added)

    def known(self, leaf: int) -> Iterator[Any]:
        """The node that fills a leaf which no op led to."""
        to = self.to
        if leaf not in to.accumulators:
            id_ = to.accumulators[leaf] = to.new_node()
            to.edges[id_] = ()
            yield ev.Node(id_, "AccumulateGrad", None, (), (), 0, leaf)

    def along(self, backward: int, origin: int | None, node: int, output: int, shape: Any, data: Any) -> ev.Flow:
        shape, data = tuple(shape), here(data)
        if data is None:
            return ev.Flow(backward, origin, node, output, shape, "nan", None)
        if isinstance(data, Norm):
            return ev.Flow(backward, origin, node, output, shape, values.brief(data), None)
        if isinstance(data, float) and shape:
            return ev.Flow(backward, origin, node, output, shape, values.brief(data), None)
        if isinstance(data, contents.np.ndarray):
            return ev.Flow(backward, origin, node, output, shape, values.norm(data), values.numbers(data))
        numbers = flat(data)
        array = contents.np.array(numbers, dtype=contents.np.float32)
        return ev.Flow(backward, origin, node, output, shape, values.norm(array), values.numbers(array))
