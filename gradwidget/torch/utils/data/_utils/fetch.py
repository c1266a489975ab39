"""From numbers to a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .... import watch
from ....tensor import from_array
from ..dataset import Subset, TensorDataset
from .collate import default_collate


class Fetcher:
    """What a loader asks for the items that a sampler named, as one batch (or, without batches, one item)."""

    def __init__(self, dataset: Any, batched: bool, collate: Callable[[Any], Any], drop_last: bool) -> None:
        self.dataset, self.batched, self.collate, self.drop_last = dataset, batched, collate, drop_last

    def fetch(self, index: Any) -> Any:
        raise NotImplementedError


class MapFetcher(Fetcher):
    """Of a data set with numbered items."""

    def fetch(self, index: Any) -> Any:
        if not self.batched:
            return self.collate(self.dataset[index])
        if self.collate is default_collate and watch.listener is None:
            taken = _at_once(self.dataset, index)
            if taken is not None:
                return taken
        if getattr(self.dataset, "__getitems__", None):
            return self.collate(self.dataset.__getitems__(index))
        return self.collate([self.dataset[i] for i in index])


class IterableFetcher(Fetcher):
    """Of a stream."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.stream = iter(self.dataset)
        self.ended = False

    def fetch(self, index: Any) -> Any:
        if self.ended:
            raise StopIteration
        if not self.batched:
            return self.collate(next(self.stream))
        data = []
        for _ in index:
            try:
                data.append(next(self.stream))
            except StopIteration:
                self.ended = True
                break
        if not data or (self.drop_last and len(data) < len(index)):
            raise StopIteration
        return self.collate(data)


def _at_once(dataset: Any, index: Any) -> Any:
    """A batch of plain tensors taken by one indexing each, which is what picking items and stacking them comes to; None
    where something about it is not plain."""
    while type(dataset) is Subset:
        given = dataset.indices
        index = [given[i] for i in index]
        dataset = dataset.dataset
    if type(dataset) is not TensorDataset:
        return None
    if not all(type(t._a) is np.ndarray and t._node is None for t in dataset.tensors):
        return None
    rows = np.asarray(index)
    if rows.dtype.kind != "i" or rows.ndim != 1 or not rows.size or not all(t._a.ndim for t in dataset.tensors):
        return None
    if rows.min() < 0 or rows.max() >= len(dataset):
        return None
    return [from_array(t._a.take(rows, 0)) for t in dataset.tensors]
