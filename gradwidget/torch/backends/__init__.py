"""`torch.backends`: what PyTorch computes with, none of which is here. A program may ask, and set what it likes."""

from __future__ import annotations

import importlib
from typing import Any

NAMES = ("cpu", "cuda", "cudnn", "mha", "mkl", "mkldnn", "mps", "openmp", "opt_einsum", "quantized")


def __getattr__(name: str) -> Any:
    if name in NAMES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'torch.backends' has no attribute '{name}'")
