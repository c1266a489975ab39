"""`torch.nn.parallel`: one model on several GPUs. There are none here, so `DataParallel` hands everything to its module."""

from .data_parallel import DataParallel, data_parallel

__all__ = ["DataParallel", "data_parallel"]
