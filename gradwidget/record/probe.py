"""A tensor's facts, read by the attribute names of PyTorch, which every source of events answers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


def is_tensor(kind: type) -> bool:
    return hasattr(kind, "grad_fn") and hasattr(kind, "requires_grad") and hasattr(kind, "untyped_storage")


def is_module(kind: type) -> bool:
    return hasattr(kind, "named_parameters") and hasattr(kind, "named_modules")


def tensors_in(values: Any) -> Iterator[Any]:
    """The tensors among the arguments of a call, also those in lists and tuples, in the order of the call."""
    for value in values:
        if is_tensor(type(value)):
            yield value
        elif isinstance(value, list | tuple):
            yield from tensors_in(value)


def array(tensor: Any) -> np.ndarray:
    """The window on memory itself. It is looked at at once and never kept."""
    return tensor._a


def root(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory: the same object for all that share a storage, and gone when the memory is."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def dtype(tensor: Any) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def device(array: np.ndarray) -> tuple[str, bool]:
    """The device of an array, and whether it is only acted out: then the array's type says which it is."""
    acted = getattr(type(array), "device", None)
    return ("cpu", False) if acted is None or type(array) is np.ndarray else (str(acted), True)


def role(tensor: Any) -> str:
    return "parameter" if type(tensor).__name__ == "Parameter" or getattr(tensor, "_is_param", False) else ""


def place(tensor: Any) -> tuple[bool, bool, Any, int]:
    """Where it stands in the graph: leaf, requires_grad, grad_fn, which output of it."""
    node = tensor.grad_fn
    return node is None, tensor.requires_grad, node, tensor.output_nr if node is not None else 0


def variable(node: Any) -> Any:
    """The leaf that an AccumulateGrad node fills; None for every other node."""
    return node.variable if hasattr(type(node), "variable") else None


def options(optimizer: Any) -> str:
    """The learning rates of an optimizer's groups, as they would be written."""
    rates = [group.get("lr") for group in optimizer.param_groups]
    return "; ".join([f"lr={float(rate):g}" for rate in rates if rate is not None])


def version(tensor: Any) -> int:
    """Where its version counter stands; 0 for an inference tensor, which has none."""
    return tensor._version if counted(tensor) else 0


def counted(tensor: Any) -> bool:
    return not tensor.is_inference()
