"""Layers that multiply by a matrix, and the one that does nothing."""

from __future__ import annotations

from typing import Any

from ...ops.creation import empty
from ...parameter import Parameter
from ...tensor import Tensor
from .. import functional as F
from .. import init
from .module import Module


def made(*shape: int, device: Any = None, dtype: Any = None) -> Parameter:
    return Parameter(empty(*shape, device=device, dtype=dtype))


class Identity(Module):
    """Answers what it is given; takes any arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Linear(Module):
    """x @ weight.T + bias. weight: (out_features, in_features).

    >>> nn.Linear(2, 3)(torch.ones(5, 2)).shape
    torch.Size([5, 3])
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = made(out_features, in_features, device=device, dtype=dtype)
        self.register_parameter("bias", made(out_features, device=device, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        init.layer_default(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        own = self._parameters  # looking here first is quicker than by attribute
        weight, bias = own.get("weight"), own.get("bias")
        return F.linear(input, self.weight if weight is None else weight, self.bias if bias is None else bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
