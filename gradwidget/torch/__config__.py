"""`torch.__config__`: what this is built of."""

from __future__ import annotations

import numpy as np


def show() -> str:
    """What computes here."""
    return f"gradwidget.torch (behaves as PyTorch 2.13 on a CPU):\n  - NumPy {np.__version__}\n"


def parallel_info() -> str:
    """How many threads were asked for."""
    from .settings import get_num_interop_threads, get_num_threads

    return f"get_num_threads() : {get_num_threads()}\nget_num_interop_threads() : {get_num_interop_threads()}\n"
