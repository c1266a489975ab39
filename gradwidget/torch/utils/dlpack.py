"""`torch.utils.dlpack`: memory shared with other libraries."""

from ..ops.outside import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]
