"""A tensor that a module trains."""

from __future__ import annotations

from typing import Any

from .graph import LEAF
from .tensor import Tensor, disabled_torch_function_impl, new


class Parameter(Tensor):
    """A leaf that requires grad, and that `nn.Module` finds among its attributes.

    >>> Parameter(torch.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __module__ = "torch.nn.parameter"
    __torch_function__ = disabled_torch_function_impl  # type: ignore[assignment]
    _copied_at = 0

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Any:
        if data is None:
            from .ops.creation import empty

            data = empty(0)
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        if requires_grad and data._a.dtype.kind not in "fcV":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        if type(data).__torch_function__ is not disabled_torch_function_impl and type(data) is not Tensor:
            return data.detach().requires_grad_(requires_grad)  # keeps its class, which answers calls
        self = new(cls)
        self._a = data._a
        self._v = data._version_counter()
        self._node = LEAF if requires_grad else None
        return self

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        pass

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return "Parameter containing:\n" + super().__repr__()


class _BufferKind(type):
    """`isinstance(t, Buffer)` asks for the mark, since a buffer is an ordinary tensor."""

    def __instancecheck__(self, instance: Any) -> bool:
        if self is not Buffer:
            return super().__instancecheck__(instance)
        return isinstance(instance, Tensor) and "_is_buffer" in instance.__dict__


class Buffer(Tensor, metaclass=_BufferKind):
    """A tensor that becomes a buffer of the module it is assigned to. persistent: whether it is part of the module's state.

    >>> self.mean = Buffer(torch.zeros(3))  # in a module's __init__
    """

    __module__ = "torch.nn.parameter"
    __torch_function__ = disabled_torch_function_impl  # type: ignore[assignment]

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Any:
        if data is None:
            from .ops.creation import empty

            data = empty(0)
        t: Any = data.detach().requires_grad_(data.requires_grad)  # type: ignore[attr-defined]
        t.persistent, t._is_buffer = persistent, True
        return t

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        pass
