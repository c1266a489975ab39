"""A pass over a loader whose batches are made by worker processes."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import queue
import sys
import warnings
from typing import Any

from ..dataloader import _BaseDataLoaderIter
from .worker import CHECK_EVERY, Again, Ended, Failed, work

_warned = False


def possible() -> bool:
    """Whether worker processes can be started here; warns the first time that they cannot (as in a browser)."""
    global _warned
    if sys.platform not in ("emscripten", "wasi"):
        return True
    if not _warned:
        _warned = True
        warnings.warn(
            "There are no processes on this platform: DataLoader makes its batches itself, as with num_workers=0.",
            stacklevel=4,
        )
    return False


class WorkersIter(_BaseDataLoaderIter):
    """Numbers go to the workers in turn, some batches ahead; batches are handed on in the order of their numbers."""

    _workers: list[Any]

    def __init__(self, loader: Any) -> None:
        self._workers, self._tasks = [], []
        self._process = os.getpid()
        super().__init__(loader)
        if loader.prefetch_factor <= 0:
            raise AssertionError("prefetch_factor must be greater than 0 for MultiProcessingDataLoaderIter")
        self._ahead = loader.prefetch_factor * self._num_workers
        self._in_order = loader.in_order
        self._persistent = loader.persistent_workers
        context = loader.multiprocessing_context or multiprocessing
        self._results = context.Queue()
        for number in range(self._num_workers):
            tasks = context.Queue()
            tasks.cancel_join_thread()
            args = (self._make_fetcher, self._dataset, tasks, self._results, self._base_seed, loader.worker_init_fn)
            worker = context.Process(target=work, args=(*args, number, self._num_workers), daemon=True)
            worker.start()
            self._tasks.append(tasks)
            self._workers.append(worker)
        self._begin()

    def _begin(self) -> None:
        self._sent = self._due = 0  # the number of the next batch to ask for, and to hand on
        self._arrived: dict[int, Any] = {}
        self._worker_of: dict[int, int] = {}  # of the batches that were asked for and are not handed on
        self._active = [True] * self._num_workers
        self._turn = itertools.cycle(range(self._num_workers))
        for _ in range(self._ahead):
            self._ask()

    def _reset(self, loader: Any) -> None:
        self._start(loader)
        for tasks in self._tasks:
            tasks.put(Again())
        waiting = self._num_workers
        while waiting:  # what was still under way from the pass before is dropped
            waiting -= isinstance(self._receive()[2], Again)
        self._begin()

    def _ask(self) -> None:
        """Send the next number to the next worker that still has something."""
        if not any(self._active):
            return
        try:
            index = next(self._sampler_iter)
        except StopIteration:
            return
        number = next(n for n in self._turn if self._active[n])
        self._tasks[number].put((self._sent, index))
        self._worker_of[self._sent] = number
        self._sent += 1

    def _receive(self) -> Any:
        """(number of the batch, of the worker, batch). Raises RuntimeError when a worker is gone or takes too long."""
        while True:
            try:
                return self._results.get(timeout=self._timeout or CHECK_EVERY)
            except queue.Empty:
                dead = [w for n, w in enumerate(self._workers) if self._active[n] and not w.is_alive()]
                if dead:
                    pids = ", ".join(str(w.pid) for w in dead)
                    self.shutdown()
                    raise RuntimeError(f"DataLoader worker (pid(s) {pids}) exited unexpectedly") from None
                if self._timeout:
                    raise RuntimeError(f"DataLoader timed out after {self._timeout} seconds") from None

    def _next_data(self) -> Any:
        while True:
            while self._due < self._sent and (
                self._due not in self._worker_of
                or (self._due not in self._arrived and not self._active[self._worker_of[self._due]])
            ):
                self._worker_of.pop(self._due, None)
                self._due += 1
            if self._due >= self._sent:
                if not self._persistent:
                    self.shutdown()
                raise StopIteration
            if self._due in self._arrived:
                return self._hand_on(self._due)
            n, number, data = self._receive()
            if isinstance(data, Ended):
                self._active[number] = False
                self._ask()
                continue
            self._arrived[n] = data
            if not self._in_order:
                return self._hand_on(n)

    def _hand_on(self, n: int) -> Any:
        data = self._arrived.pop(n)
        del self._worker_of[n]
        self._ask()
        if isinstance(data, Failed):
            data.reraise()
        return data

    def shutdown(self) -> None:
        """Let the workers end, and end those that do not."""
        workers, self._workers = self._workers, []
        if not workers or os.getpid() != self._process:  # a worker holds copies of passes that are not its own
            return
        for tasks in self._tasks:
            tasks.put(None)
        for worker in workers:
            worker.join(timeout=0.2 if worker.is_alive() else None)
            if worker.is_alive():
                worker.terminate()
                worker.join(timeout=CHECK_EVERY)
        for tasks in self._tasks:
            tasks.close()
        self._results.close()
        self._results.cancel_join_thread()

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.shutdown()
