"""`torch.nn.parameter`: parameters, also those without a shape yet."""

from ..parameter import Parameter
from ..uninitialized import UninitializedBuffer, UninitializedParameter, is_lazy

__all__ = ["Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]
