"""Elimination with pivots, vectorised over the batch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .matrices import LinAlgError


def _size(x: np.ndarray) -> Any:
    """How large LAPACK takes a number to be when it looks for pivots."""
    return np.abs(x.real) + np.abs(x.imag) if x.dtype.kind == "c" else np.abs(x)


def eliminated(a: np.ndarray, pivot: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """L and U in one matrix, and the rows that were swapped (from 1), as LAPACK's getrf gives them."""
    m, n = a.shape[-2:]
    flat = np.array(a.reshape(math.prod(a.shape[:-2]), m, n))
    k = min(m, n)
    swaps = np.tile(np.arange(1, k + 1, dtype=np.int32), (len(flat), 1))
    each = np.arange(len(flat))
    for j in range(k):
        if pivot:
            best = j + np.argmax(_size(flat[:, j:, j]), 1)
            swaps[:, j] = best + 1
            rows = flat[each, best].copy()
            flat[each, best] = flat[:, j]
            flat[:, j] = rows
        head = flat[:, j, j]
        safe = np.where(head == 0, 1, head)
        flat[:, j + 1 :, j] = np.where((head == 0)[:, None], flat[:, j + 1 :, j], flat[:, j + 1 :, j] / safe[:, None])
        flat[:, j + 1 :, j + 1 :] -= flat[:, j + 1 :, j, None] * flat[:, j, None, j + 1 :]
    return flat.reshape(a.shape), swaps.reshape(*a.shape[:-2], k)


def order_of(swaps: np.ndarray, m: int) -> np.ndarray:
    """Swaps of rows as one permutation: row i of P A is row order[i] of A."""
    flat = swaps.reshape(math.prod(swaps.shape[:-1]), swaps.shape[-1])
    order = np.tile(np.arange(m), (len(flat), 1))
    each = np.arange(len(flat))
    for j in range(flat.shape[1]):
        other = flat[:, j] - 1
        kept = order[each, other].copy()
        order[each, other] = order[:, j]
        order[:, j] = kept
    return order.reshape(*swaps.shape[:-1], m)


def singular(name: str, a: np.ndarray, said: str) -> LinAlgError:
    """Which matrix of the batch is singular, and where elimination finds it."""
    lu, _ = eliminated(a)
    d = np.diagonal(lu, axis1=-2, axis2=-1).reshape(math.prod(a.shape[:-2]), -1)
    bad = np.argwhere(d == 0)
    batch, k = bad[0] if len(bad) else (0, a.shape[-1] - 1)
    where = f"(Batch element {batch}): " if a.ndim > 2 else ""
    return LinAlgError(f"{name}: {where}{said.format(k + 1)}")
