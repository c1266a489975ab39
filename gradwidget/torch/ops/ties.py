"""Which of equal elements is chosen: where the selection algorithms of C++ leave them.

PyTorch selects with `std::nth_element`, `std::sort` and `std::partial_sort`, and with a quickselect of its own; none keeps
the order of equal elements. Programs print the indices, so rows with ties are walked here as libstdc++ walks them
(introselect and introsort, Musser 1997; quickselect as in Numerical Recipes). That is a loop over elements, thus only for
rows where a tie is in question, and for no more than `MOST` elements: beyond, any of the equal elements is an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

MOST = 30_000
MOST_SORTED = 8_000


class Row:
    """Keys to be ordered, ascending, and where each came from."""

    __slots__ = ("at", "key")

    def __init__(self, key: list[int]) -> None:
        self.key, self.at = key, list(range(len(key)))

    def swap(self, i: int, j: int) -> None:
        key, at = self.key, self.at
        key[i], key[j] = key[j], key[i]
        at[i], at[j] = at[j], at[i]

    # ---- insertion

    def insert(self, last: int, first: int) -> None:
        """Move the element at `last` down to its place, no further than `first`."""
        key, at = self.key, self.at
        k, a = key[last], at[last]
        if k < key[first]:
            key[first + 1 : last + 1] = key[first:last]
            at[first + 1 : last + 1] = at[first:last]
            key[first], at[first] = k, a
            return
        while k < key[last - 1]:
            key[last], at[last] = key[last - 1], at[last - 1]
            last -= 1
        key[last], at[last] = k, a

    def insertion_sort(self, first: int, last: int) -> None:
        for i in range(first + 1, last):
            self.insert(i, first)

    # ---- partition

    def partition(self, first: int, last: int) -> int:
        """Around the median of three, which is moved to `first`; answers where the upper part begins."""
        key = self.key
        a, b, c = first + 1, first + (last - first) // 2, last - 1
        if key[a] < key[b]:
            median = b if key[b] < key[c] else c if key[a] < key[c] else a
        else:
            median = a if key[a] < key[c] else c if key[b] < key[c] else b
        self.swap(first, median)
        pivot, i, j = key[first], first + 1, last
        while True:
            while key[i] < pivot:
                i += 1
            j -= 1
            while pivot < key[j]:
                j -= 1
            if i >= j:
                return i
            self.swap(i, j)
            i += 1

    def nth_element(self, nth: int) -> None:
        first, last = 0, len(self.key)
        depth = 2 * (last.bit_length() - 1)
        while last - first > 3:
            if not depth:
                self.heap_select(first, nth + 1, last)
                self.swap(first, nth)
                return
            depth -= 1
            cut = self.partition(first, last)
            if cut <= nth:
                first = cut
            else:
                last = cut
        self.insertion_sort(first, last)

    def sort(self, last: int) -> None:
        """The elements before `last`."""
        if last < 2:
            return
        self._introsort(0, last, 2 * (last.bit_length() - 1))
        self.insertion_sort(0, min(last, 16))
        for i in range(16, last):
            self.insert(i, 0)

    def _introsort(self, first: int, last: int, depth: int) -> None:
        while last - first > 16:
            if not depth:
                self.partial_sort(first, last, last)
                return
            depth -= 1
            cut = self.partition(first, last)
            self._introsort(cut, last, depth)
            last = cut

    # ---- heaps

    def _sift(self, first: int, hole: int, length: int, k: int, a: int) -> None:
        key, at = self.key, self.at
        top = child = hole
        while child < (length - 1) // 2:
            child = 2 * (child + 1)
            if key[first + child] < key[first + child - 1]:
                child -= 1
            key[first + hole], at[first + hole] = key[first + child], at[first + child]
            hole = child
        if length % 2 == 0 and child == (length - 2) // 2:
            child = 2 * (child + 1) - 1
            key[first + hole], at[first + hole] = key[first + child], at[first + child]
            hole = child
        while hole > top and key[first + (hole - 1) // 2] < k:
            parent = (hole - 1) // 2
            key[first + hole], at[first + hole] = key[first + parent], at[first + parent]
            hole = parent
        key[first + hole], at[first + hole] = k, a

    def _pop(self, first: int, last: int, into: int) -> None:
        key, at = self.key, self.at
        k, a = key[into], at[into]
        key[into], at[into] = key[first], at[first]
        self._sift(first, 0, last - first, k, a)

    def heap_select(self, first: int, middle: int, last: int) -> None:
        length = middle - first
        for parent in range((length - 2) // 2, -1, -1) if length > 1 else ():
            self._sift(first, parent, length, self.key[first + parent], self.at[first + parent])
        for i in range(middle, last):
            if self.key[i] < self.key[first]:
                self._pop(first, middle, i)

    def partial_sort(self, first: int, middle: int, last: int) -> None:
        self.heap_select(first, middle, last)
        for end in range(middle - 1, first, -1):
            self._pop(first, end, end)

    # ---- PyTorch's own

    def quickselect(self, k: int) -> None:
        key, low, high = self.key, 0, len(self.key) - 1
        while high > low:
            if high == low + 1:
                if key[low] > key[high]:
                    self.swap(low, high)
                return
            self.swap((low + high) >> 1, low + 1)
            if key[low + 1] > key[high]:
                self.swap(low + 1, high)
            if key[low] > key[high]:
                self.swap(low, high)
            if key[low + 1] > key[low]:
                self.swap(low + 1, low)
            i, j, pivot = low + 1, high, key[low]
            while True:
                i += 1
                while pivot > key[i]:
                    i += 1
                j -= 1
                while key[j] > pivot:
                    j -= 1
                if j < i:
                    break
                self.swap(i, j)
            self.swap(low, j)
            if j <= k:
                low = i
            if j >= k:
                high = j - 1


def same(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Equality under which NaN equals NaN."""
    return (a == b) | ((a != a) & (b != b)) if a.dtype.kind == "f" else a == b


def keys(a: np.ndarray, descending: bool = False) -> np.ndarray:
    """Integers in the order of a row's elements; NaN is the largest, and all NaN are equal."""
    ranks = np.unique(a, return_inverse=True)[1].reshape(-1)
    return -ranks if descending else ranks


def resettle(
    a: np.ndarray, d: int, where: np.ndarray, unclear: np.ndarray, select: Callable[[np.ndarray], Any], most: int = MOST
) -> np.ndarray:
    """Indices along `d` with those of unclear rows chosen anew. select: the indices of one row, of its elements."""
    rows = np.moveaxis(a, d, -1).reshape(-1, a.shape[d])
    chosen = np.moveaxis(where, d, -1)
    out = np.ascontiguousarray(chosen).reshape(len(rows), -1)
    wanted = np.flatnonzero(unclear.reshape(-1))
    if len(wanted) * rows.shape[1] > most:
        return where
    for i in wanted:
        out[i] = select(rows[i])
    return np.moveaxis(out.reshape(chosen.shape), -1, d).copy("C")


def top(row: np.ndarray, k: int, largest: bool, in_order: bool) -> list[int]:
    """Where the k first stand, as `topk` finds them."""
    q = Row(keys(row, largest).tolist())
    if k * 64 <= len(row):
        q.partial_sort(0, k, len(row))
    else:
        q.nth_element(k - 1)
        if in_order:
            q.sort(k - 1)
    return q.at[:k]


def in_order(row: np.ndarray, descending: bool) -> list[int]:
    """Where each element of a sorted row stood, as `sort` leaves them that need not be stable."""
    q = Row(keys(row, descending).tolist())
    q.sort(len(row))
    return q.at


def kth(row: np.ndarray, k: int) -> list[int]:
    """Where `kthvalue` finds the k-th smallest, counted from 0."""
    q = Row(keys(row).tolist())
    q.quickselect(k)
    return [q.at[k]]


def last_of_run(row: np.ndarray) -> list[int]:
    """Where `mode` finds the first of the most frequent: the last of its run among the sorted."""
    ranks = keys(row)
    q = Row(ranks.tolist())
    q.sort(len(row))
    return [q.at[int(np.searchsorted(q.key, np.bincount(ranks).argmax(), "right")) - 1]]
