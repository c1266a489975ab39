"""Kernels of many passes, run over blocks that stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

BLOCK = 32768  # elements


def by_blocks(kernel: Callable[..., None], *inputs: np.ndarray, temporaries: int = 0) -> Any:
    """Answers what `kernel(out, *temporaries, *inputs)` writes into `out`, block by block. The inputs have one shape and
    dtype; the result is laid out in memory as the first of them."""
    first = inputs[0]
    out = np.empty_like(first, order="C" if 0 in first.strides else "K")
    flat = out.ravel(order="K")
    given = [_along(x, out) for x in inputs]
    size = flat.size
    spare = [np.empty(min(size, BLOCK), flat.dtype) for _ in range(temporaries)]
    for begin in range(0, size, BLOCK):
        end = min(begin + BLOCK, size)
        kernel(flat[begin:end], *(t[: end - begin] for t in spare), *(x[begin:end] for x in given))
    return out


def _along(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    """The elements in the order in which they lie in `out`."""
    if x.strides != out.strides:
        laid = np.empty_like(out)
        laid[...] = x
        x = laid
    return x.ravel(order="K")
