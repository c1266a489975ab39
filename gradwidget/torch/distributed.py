"""`torch.distributed`: one process, and a program may ask."""

from __future__ import annotations

from .absent import absent


def is_available() -> bool:
    return False


def is_initialized() -> bool:
    return False


def is_nccl_available() -> bool:
    return False


is_gloo_available = is_mpi_available = is_nccl_available
__getattr__ = absent(
    __name__,
    "it runs in one process",
    "ReduceOp all_gather all_reduce barrier broadcast destroy_process_group gather get_backend "
    "get_rank get_world_size init_process_group irecv isend new_group recv reduce reduce_scatter "
    "scatter send",
)
