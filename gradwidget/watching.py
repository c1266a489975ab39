"""Real PyTorch, watched: `gradwidget.watch`."""

from __future__ import annotations

import importlib.abc
import importlib.util
import re
import sys
import warnings
from collections.abc import Callable
from types import ModuleType, TracebackType
from typing import Any

from .record import Keep, users_frame
from .session import Session
from .trace import Trace

OLDEST = (2, 4)
NEWEST_TESTED = (2, 13)
_told: list[str] = []


class NoPyTorch(ImportError):
    """PyTorch is not installed."""


def find_pytorch() -> Any:
    """PyTorch itself, imported; raises NoPyTorch where there is none, and warns once where it is too old."""
    module = sys.modules.get("torch")
    if module is not None and module.__name__ != "torch":
        raise NoPyTorch(
            "`import torch` gives gradwidget's own tensors here. Use `gradwidget.record()` for them, or end that with "
            "`gradwidget.install_as_torch().remove()` first."
        )
    if module is None and importlib.util.find_spec("torch") is None:
        raise NoPyTorch(
            "Watching PyTorch needs PyTorch, which is not installed here: `pip install torch`. "
            "gradwidget's own tensors work without: `from gradwidget import torch`, `gradwidget.record()`."
        )
    torch = importlib.import_module("torch")
    check_version(str(torch.__version__))
    return torch


def check_version(version: str) -> None:
    """Warn, once, of a PyTorch that is older than what we can hear."""
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if numbers and numbers < OLDEST and version not in _told:
        _told.append(version)
        warnings.warn(
            f"PyTorch {version} is older than {'.'.join(map(str, OLDEST))}, the oldest that gradwidget can watch "
            f"(it is tested with {'.'.join(map(str, NEWEST_TESTED))}): what it tells may be incomplete.",
            RuntimeWarning,
            stacklevel=4,
        )


def rank_of(torch: Any) -> str:
    """What the trace of this process is called among those of its run; "" where it runs alone."""
    distributed = torch.distributed
    if not distributed.is_available() or not distributed.is_initialized():
        return ""
    return f"rank {distributed.get_rank()} of {distributed.get_world_size()}"


class OnImport(importlib.abc.MetaPathFinder):
    """Calls `then()` as soon as real PyTorch has been imported.

    >>> hook = OnImport(lambda: print("it is there"))
    >>> hook.install()
    >>> import torch
    it is there
    >>> hook.remove()
    """

    def __init__(self, then: Callable[[], Any]) -> None:
        self.then = then

    def install(self) -> None:
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def remove(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> Any:
        if fullname != "torch":
            return None
        for finder in sys.meta_path:
            found = (
                finder.find_spec(fullname, path, target)
                if finder is not self and hasattr(finder, "find_spec")
                else None
            )
            if found is not None:
                if (
                    found.origin is not None and found.loader is not None
                ):  # the core, where it goes by that name, has none
                    self.wait_for(found.loader)
                return found
        return None

    def wait_for(self, loader: Any) -> None:
        run = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            self.then()

        loader.exec_module = exec_module


def is_pytorch(value: Any) -> bool:
    """Whether a value is the module `torch` of real PyTorch."""
    return isinstance(value, ModuleType) and value.__name__ == "torch" and hasattr(value, "_C")


class watch:
    """Record what real PyTorch does: inside a `with` block, whose value is the trace; or, with a model, from now on.

    model: a `torch.nn.Module`; recording begins at once, its parameters are named after it, and `.stop()` ends it.
    title: what the trace is called. An error inside a block is recorded and raised on.
    keep: which steps of a long run; all by default. Then memory and file do not grow with the number of steps.
    nan: "stop" raises `NotFinite` at the op (or the node of backward) that makes the first NaN or infinity of finite
    numbers, "tell" only tells a problem there. Every result is looked into, which costs time.

    devices: whose tensors are looked into. Those of a GPU are not, unless asked for: that would wait for it and copy.

    Raises ImportError where PyTorch is not installed.

    >>> with gradwidget.watch() as trace:
    ...     loss = model(x).sum()
    ...     loss.backward()
    >>> watching = gradwidget.watch(model)
    >>> model(x).sum().backward()
    >>> watching.stop().save("step.gwtrace")
    >>> gradwidget.watch(model, keep=gradwidget.Keep(first=3, last=10, every=1000), nan="stop")
    """

    def __init__(
        self,
        model: Any = None,
        title: str = "",
        keep: Keep | None = None,
        nan: str = "",
        devices: tuple[str, ...] = ("cpu",),
    ) -> None:
        torch = find_pytorch()
        if nan not in ("", "tell", "stop"):
            raise ValueError(f'nan is "tell" or "stop", not {nan!r}')
        if model is not None and not isinstance(model, torch.nn.Module):
            raise TypeError(f"watch() takes a torch.nn.Module, not {type(model).__name__}")
        self.session = Session(title or rank_of(torch), source="torch", keep=keep, nan=nan, devices=devices)
        self.model = model
        if model is not None:
            self.session.namespaces.append({"model": model})
            self.session.start()
            self.session.names(self.session.namespaces)

    @property
    def trace(self) -> Trace:
        """What was recorded so far."""
        return self.session.trace

    def show(self) -> Any:
        """The widget that follows this recording."""
        return self.session.show()

    def stop(self) -> Trace:
        """End the recording."""
        if self.session.on:
            self.session.end(None, users_frame(2))
        return self.trace

    def __enter__(self) -> Trace:
        self.session.start()
        return self.trace

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.session.end(error, users_frame(2))
