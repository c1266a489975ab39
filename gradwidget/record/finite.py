"""Where a NaN or an infinity was born: the first op, or the first node of a backward pass, that makes one of finite
numbers. PyTorch only; every result is looked into, so it costs time (and on a GPU waits for it)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from . import probe
from .from_torch_objects import quiet


class NotFinite(ArithmeticError):
    """An op made a NaN or an infinity of finite numbers."""


class Finite:
    """Looks at what ops and nodes make. `stop`: raise NotFinite there, rather than only tell a problem."""

    def __init__(self, core: Any, stop: bool) -> None:
        self.core = core
        self.stop = stop
        self.born = False  # after the first nothing is looked at: it only spreads

    def around(self, name: str, plan: Callable[..., Any]) -> Callable[..., Any]:
        def run(func: Any, args: Any, kwargs: Any) -> Any:
            out = plan(func, args, kwargs)
            if not self.born and self.core.on:
                with quiet():
                    self.look(name, out, [*probe.tensors_in(args), *probe.tensors_in(kwargs.values())])
            return out

        return run

    def look(self, name: str, out: Any, given: list[Any]) -> None:
        made = [t for t in probe.tensors_in(out if isinstance(out, (list, tuple)) else (out,)) if bad(t)]
        if made and not any(bad(t) for t in given if all(t is not m for m in made)) and name not in GIVEN:
            to = self.core.to
            to.settle()
            self.tell(f"`{name}` made {said(made[0])} of finite numbers.", [to.id_of(t) for t in made], [], to.last_op)

    def look_back(self, node: int, grads: Any, given: Any) -> None:
        """What a node of a backward pass made of what it was given."""
        if self.born or any(bad(g) for g in given if g is not None):
            return
        made = [g for g in grads if g is not None and bad(g)]
        if made:
            self.core.to.settle()
            self.tell(f"The backward of a node made {said(made[0])} of finite numbers.", [], [node], None)

    def tell(self, text: str, tensors: list[Any], nodes: list[int], op: int | None) -> None:
        to = self.core.to
        self.born = True
        source = self.core.here()
        to.problem("not-finite", text, source, [t for t in tensors if t], nodes, op)
        if self.stop:
            raise NotFinite(text)


GIVEN = frozenset(
    {"tensor", "full", "as_tensor", "empty", "empty_like", "from_numpy", "new_empty", "full_like", "fill_"}
)


def bad(tensor: Any) -> bool:
    if not (tensor.is_floating_point() or tensor.is_complex()) or tensor.device.type == "meta" or not tensor.numel():
        return False
    return not torch.isfinite(tensor.detach()).all().item()


def said(tensor: Any) -> str:
    """How many of which.

    >>> said(torch.tensor([1.0, float("nan")]))
    '1 NaN in a tensor of shape (2,)'
    """
    tensor = tensor.detach()
    nans, infs = int(torch.isnan(tensor).sum()), int(torch.isinf(tensor).sum())
    parts = [f"{nans} NaN"] * bool(nans) + [f"{infs} infinite number{'s' * (infs != 1)}"] * bool(infs)
    return f"{' and '.join(parts)} in a tensor of shape {tuple(tensor.shape)}"
