"""`torch.nn.parameter`: where PyTorch keeps `Parameter`."""

from ..parameter import Parameter

__all__ = ["Parameter"]
