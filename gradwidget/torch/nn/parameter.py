"""`torch.nn.parameter`: parameters, also those without a shape yet."""

from ..parameter import Buffer, Parameter
from ..uninitialized import UninitializedBuffer, UninitializedParameter, is_lazy

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]
