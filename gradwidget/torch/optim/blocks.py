"""Large arrays a block at a time, so that the many small steps of an update find it in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BLOCK = 1 << 14  # elements: 64 kB of float32


def blocks(*arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Windows on the same stretch of each array, with fresh memory of their size as the last.

    >>> for a, b, scratch in blocks(a, b):
    ...     a += np.multiply(b, 2, out=scratch)
    """
    if arrays[0].dtype.kind == "V":
        yield from _single(arrays)
        return
    size = arrays[0].size
    if size <= BLOCK or not all(a.flags.c_contiguous for a in arrays):
        yield (*arrays, np.empty_like(arrays[0]))
        return
    flat = [a.reshape(-1) for a in arrays]
    scratch = np.empty_like(flat[0], shape=BLOCK)
    for at in range(0, size, BLOCK):
        part = [a[at : at + BLOCK] for a in flat]
        yield (*part, scratch[: part[0].size])


def _single(arrays: tuple[np.ndarray, ...]) -> Iterator[tuple[np.ndarray, ...]]:
    """bfloat16 in float32, rounded when the step is done."""
    wide = [a.astype(np.float32) for a in arrays]
    yield (*wide, np.empty_like(wide[0]))
    for a, w in zip(arrays, wide):
        a[...] = w
