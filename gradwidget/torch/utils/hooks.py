"""`torch.utils.hooks`: the handle that registering a hook answers."""

from ..graph import RemovableHandle

__all__ = ["RemovableHandle"]
