"""`torch.multiprocessing`: Python's own. Tensors go to other processes as copies; they share no memory."""

from __future__ import annotations

import multiprocessing as _python
from collections.abc import Callable
from multiprocessing import *  # noqa: F403
from typing import Any

_strategy = "file_descriptor"


def set_sharing_strategy(new_strategy: str) -> None:
    """Remembered; tensors are copied here."""
    global _strategy
    _strategy = new_strategy


def get_sharing_strategy() -> str:
    return _strategy


def get_all_sharing_strategies() -> set[str]:
    return {"file_descriptor", "file_system"}


def spawn(
    fn: Callable[..., Any], args: tuple[Any, ...] = (), nprocs: int = 1, join: bool = True, daemon: bool = False
) -> Any:
    """Run `fn(i, *args)` in each of `nprocs` new processes."""
    context = _python.get_context("spawn")
    processes = [context.Process(target=fn, args=(i, *args), daemon=daemon) for i in range(nprocs)]
    for process in processes:
        process.start()
    if not join:
        return processes
    for process in processes:
        process.join()
    failed = [i for i, process in enumerate(processes) if process.exitcode]
    if failed:
        raise RuntimeError(f"process {failed[0]} terminated with exit code {processes[failed[0]].exitcode}")
    return None
