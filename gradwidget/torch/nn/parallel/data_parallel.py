"""A model on several GPUs; on a machine without one it is the model itself, as in PyTorch."""

from __future__ import annotations

from typing import Any

from ..modules.module import Module


class DataParallel(Module):
    """Calls `module`. Its state is that of the module, below the name `module.`.

    >>> nn.DataParallel(net)(x)
    """

    def __init__(self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Any, inputs: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0, module_kwargs: Any = None
) -> Any:
    """`module` on several GPUs at once. RuntimeError: there are none."""
    raise RuntimeError("device type could not be determined")
