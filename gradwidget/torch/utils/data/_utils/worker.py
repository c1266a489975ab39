"""What a worker process does: fetch batches of the numbers that it is sent, until there are no more."""

from __future__ import annotations

import os
import queue
import random as python_random
import sys
import traceback
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np

from .... import random, watch
from ....tensor import Tensor, from_array
from .fetch import IterableFetcher

CHECK_EVERY = 5.0  # seconds after which a worker looks whether the program that started it is still there


@dataclass(frozen=True)
class WorkerInfo:
    """Which worker this is: its number, how many there are, its seed, and its copy of the data set."""

    id: int
    num_workers: int
    seed: int
    dataset: Any

    def __repr__(self) -> str:
        return f"WorkerInfo(id={self.id}, num_workers={self.num_workers}, seed={self.seed}, dataset={self.dataset})"


_worker_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """In a worker process of a `DataLoader`: which one it is. Elsewhere None."""
    return _worker_info


class Ended:
    """A worker's stream has no more."""


class Again:
    """Begin another pass (to a worker), has begun it (from a worker)."""


class Failed:
    """An error on its way to the program."""

    def __init__(self, error: BaseException, where: str) -> None:
        self.kind = type(error)
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self.message = f"Caught {self.kind.__name__} {where}.\nOriginal {text}"

    def reraise(self) -> None:
        """The same error here, with the worker's traceback as its text; RuntimeError if it is not made from a text."""
        message: Any = _Plain(self.message) if self.kind is KeyError else self.message
        try:
            error = self.kind(message)
        except Exception:
            raise RuntimeError(message) from None
        raise error


class _Plain(str):
    """A text that KeyError shows as it is."""

    def __repr__(self) -> str:
        return str(self)


def _packed(t: Tensor) -> tuple[Any, ...]:
    """A tensor on its way to the program, without the rest of the memory that it is a view of."""
    if t._a.size * t._a.itemsize < t.untyped_storage().nbytes() and t.is_leaf:
        t = from_array(t._a.copy()).requires_grad_(t.requires_grad)
    return t.__reduce_ex__(2)


def work(
    make_fetcher: Any, dataset: Any, tasks: Any, results: Any, base_seed: int, init: Any, number: int, of: int
) -> None:
    """The life of worker `number`: (n, index) from `tasks` becomes (n, number, batch) in `results`; None ends it."""
    global _worker_info
    ForkingPickler.register(Tensor, _packed)
    watch.listener = None  # the program's own recording does not go on in here
    seed = base_seed + number
    python_random.seed(seed)
    random.manual_seed(seed)
    np.random.seed(np.random.SeedSequence([number, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]).generate_state(4))
    _worker_info = WorkerInfo(number, of, seed, dataset)
    where = f"in DataLoader worker process {number}"
    parent = os.getppid()
    failed: Any = None
    try:
        if init is not None:
            init(number)
        fetcher = make_fetcher(dataset)
    except Exception as error:
        failed = Failed(error, where)
    try:
        while os.getppid() == parent:
            try:
                task = tasks.get(timeout=CHECK_EVERY)
            except queue.Empty:
                continue
            if task is None:
                break
            if isinstance(task, Again):
                fetcher = make_fetcher(dataset)
                results.put((-1, number, task))
                continue
            n, index = task
            try:
                data: Any = failed or fetcher.fetch(index)
                failed = None
            except Exception as error:
                ended = isinstance(error, StopIteration) and isinstance(fetcher, IterableFetcher)
                data = Ended() if ended else Failed(error, where)
            results.put((n, number, data))
    except KeyboardInterrupt:
        sys.exit(0)
