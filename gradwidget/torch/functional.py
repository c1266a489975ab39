"""`torch.functional`: functions that PyTorch writes in Python, and that `torch` shows too."""

from __future__ import annotations

from typing import Any

NAMES = frozenset(
    [
        "align_tensors",
        "atleast_1d",
        "atleast_2d",
        "atleast_3d",
        "block_diag",
        "broadcast_shapes",
        "broadcast_tensors",
        "cartesian_prod",
        "cdist",
        "chain_matmul",
        "einsum",
        "lu",
        "meshgrid",
        "norm",
        "split",
        "stft",
        "tensordot",
        "unique",
        "unique_consecutive",
        "unravel_index",
    ]
)


def __getattr__(name: str) -> Any:
    if name in NAMES:
        from .. import torch

        return getattr(torch, name)
    raise AttributeError(f"module 'torch.functional' has no attribute '{name}'")
