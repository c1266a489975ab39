"""Large arrays a block at a time, so that the many small steps of an update find it in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

BLOCK = 1 << 14  # elements: 64 kB of float32


def blocks(*arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Windows on the same stretch of each array, with fresh memory of their size as the last.

    Of bfloat16 they are copies in float32, all but the second (the gradient) written back, rounded, when their turn is over.

    >>> for a, b, scratch in blocks(a, b):
    ...     a += np.multiply(b, 2, out=scratch)
    """
    single = arrays[0].dtype.kind == "V"
    kind = np.dtype(np.float32) if single else arrays[0].dtype
    size = arrays[0].size
    if size <= BLOCK or not all(a.flags.c_contiguous for a in arrays):
        if single:
            yield from _single(arrays, np.empty_like(arrays[0], kind))
        else:
            yield (*arrays, np.empty_like(arrays[0]))
        return
    flat = [a.reshape(-1) for a in arrays]
    scratch = np.empty_like(flat[0], kind, shape=BLOCK)
    for at in range(0, size, BLOCK):
        part = [a[at : at + BLOCK] for a in flat]
        if single:
            yield from _single(part, scratch[: part[0].size])
        else:
            yield (*part, scratch[: part[0].size])


def _single(part: Sequence[np.ndarray], scratch: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    wide = [a.astype(np.float32) for a in part]
    yield (*wide, scratch)
    for i, (a, w) in enumerate(zip(part, wide)):
        if i != 1:
            a[...] = w
