"""`torch.nn.parallel`: one model on several GPUs. There are none here, so `DataParallel` hands everything to its module."""

from .data_parallel import DataParallel, data_parallel

__all__ = ["DataParallel", "data_parallel"]


def __getattr__(name: str) -> object:
    if name in ("DistributedDataParallel", "distributed"):
        raise AttributeError(
            f"gradwidget.torch has no torch.nn.parallel.{name}: it runs in one process. Real PyTorch has it."
        )
    raise AttributeError(f"module 'torch.nn.parallel' has no attribute '{name}'")
