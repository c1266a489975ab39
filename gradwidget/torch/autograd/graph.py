"""`torch.autograd.graph`: nodes, where a tensor stands among them, and what is done to the tensors that they save."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .. import saved_hooks
from ..graph import LEAF, GradientEdge, Node, RemovableHandle, accumulator
from ..tensor import Tensor
from .multi_hook import register_multi_grad_hook
from .mutation import allow_mutation_on_saved_tensors

__all__ = [
    "GradientEdge",
    "Node",
    "RemovableHandle",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where this tensor's gradient arrives."""
    edge = tensor._edge()
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    if edge is LEAF:
        return GradientEdge(accumulator(tensor), 0)
    return GradientEdge(tensor.grad_fn, tensor.output_nr)  # type: ignore[arg-type]


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Count a write to a tensor (or to each of several) that went around autograd."""
    tensors = (tensor,) if isinstance(tensor, Tensor) else tensor
    if not isinstance(tensors, Iterable):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    for t in tensors:
        if not t.is_inference():
            t._version_counter().version += 1


class saved_tensors_hooks:
    """A context in which each tensor saved for backward is handed to `pack_hook`; what that answers is kept, and handed to
    `unpack_hook` when the tensor is needed.

    >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy(force=True), torch.from_numpy):
    ...     y = x * x
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> Any:
        saved_hooks.push(self.pack_hook, self.unpack_hook)

    def __exit__(self, *error: Any) -> None:
        saved_hooks.pop()


class save_on_cpu(saved_tensors_hooks):
    """A context in which what is saved for backward is kept on the CPU, and copied back when it is needed."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        def pack(t: Tensor) -> Any:
            return t.device, t.detach().clone() if t.is_cpu else t.cpu()  # type: ignore[attr-defined]

        def unpack(packed: Any) -> Tensor:
            device, t = packed
            return t.to(device)  # type: ignore[no-any-return]

        super().__init__(pack, unpack)


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """A context in which saved-tensor hooks raise `error_message`; also raised at once where some are active."""
    here = saved_hooks.here
    if here.pairs:
        raise RuntimeError(error_message)
    before, here.disabled = here.disabled, error_message
    try:
        yield
    finally:
        here.disabled = before
