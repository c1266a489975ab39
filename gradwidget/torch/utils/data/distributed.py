"""The sampler that deals a data set out to several processes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ... import random
from .sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[Any]):
    """Process `rank`'s share of a data set, of `num_replicas` equal ones; `set_epoch` shuffles anew.

    Both numbers must be given: there is no process group here to ask.
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise ValueError(
                "Default process group has not been initialized, please make sure to call init_process_group."
            )
        if rank >= num_replicas or rank < 0:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        whole = len(dataset)
        self.num_samples = whole // num_replicas if drop_last else math.ceil(whole / num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[Any]:
        n = len(self.dataset)
        order = list(range(n))
        if self.shuffle:
            order = random.Generator().manual_seed(self.seed + self.epoch).permutation(n).tolist()
        # the first ones once more, until there is as much for everybody
        order = (order * math.ceil(self.total_size / n))[: self.total_size] if n else []
        return iter(order[self.rank :: self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Which shuffle the next pass takes."""
        self.epoch = epoch
