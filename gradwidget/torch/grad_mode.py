"""Whether ops are recorded for backward: per thread, as contexts, decorators and functions."""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
from typing import Any

from . import hot, watch
from .storage import UNCOUNTED


class _Thread(threading.local):
    enabled = True
    inference = False


_thread = _Thread()
_lock = threading.Lock()
_off = 0  # how many threads do not record; hot.GRAD is True while it is 0
_inferring = 0  # how many threads are in inference mode


def is_grad_enabled() -> bool:
    """Whether gradients are on, on this thread."""
    return _thread.enabled


def is_inference_mode_enabled() -> bool:
    return _thread.inference


def is_recording() -> bool:
    """Whether an op called now, on this thread, is recorded for backward: inference mode records nothing."""
    return _thread.enabled and not _thread.inference


# Ctrl-C may come between any two of these lines. So who turns off counts first and who turns on counts last: then there
# may be one too many in the count, which costs time, and never one too few, which would record what must not be.


def _set(enabled: bool) -> None:
    if enabled != _thread.enabled:
        if enabled:
            _thread.enabled = True
        if not _thread.inference:
            _count(-1 if enabled else 1)
        _thread.enabled = enabled


class unrecorded:
    """Gradients off, unheard: around what the library itself writes past autograd."""

    __slots__ = ("before",)

    def __enter__(self) -> None:
        self.before = _thread.enabled
        _set(False)

    def __exit__(self, *error: Any) -> None:
        _set(self.before)


def _set_inference(on: bool) -> None:
    global _inferring
    if on != _thread.inference:
        if not on:
            _thread.inference = False
        with _lock:
            _inferring += 1 if on else -1
            hot.FRESH = _fresh if _inferring else None
        if _thread.enabled:
            _count(1 if on else -1)
        _thread.inference = on


def _count(off: int) -> None:
    global _off
    with _lock:
        _off += off
        hot.GRAD = _off == 0


def _fresh() -> Any:
    """The version counter of a tensor made now: in inference mode the one that counts nothing."""
    return UNCOUNTED if _thread.inference else None


class _Mode:
    """A grad mode as a context manager and a decorator (also of generators, whose frames enter it each time they run)."""

    kind = ""
    wanted = True

    def __enter__(self) -> None:
        self.before = _thread.enabled
        _set(self.wanted)
        if watch.listener is not None:
            watch.listener.enter(self.kind, self.kind, self)

    def __exit__(self, *error: Any) -> None:
        _set(self.before)
        if watch.listener is not None:
            watch.listener.leave(self.kind)

    def clone(self) -> _Mode:
        return type(self)()

    def __call__(self, function: Any) -> Any:
        if inspect.isclass(function):
            warnings.warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or methods. "
                "To preserve the current behavior of class decoration, you can directly decorate the `__init__` method and nothing else.",
                FutureWarning,
                stacklevel=3,
            )
            function.__init__ = self(function.__init__)
            return function
        if inspect.isgeneratorfunction(function):
            return self._generator(function)

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return inside

    def _generator(self, function: Any) -> Any:
        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            running = function(*args, **kwargs)
            step, sent = running.send, None
            while True:
                try:
                    with self.clone():
                        item = step(sent)
                except StopIteration as end:
                    return end.value
                try:
                    step, sent = running.send, (yield item)
                except GeneratorExit:
                    running.close()
                    raise
                except BaseException as error:  # thrown in by the consumer: the generator decides
                    step, sent = running.throw, error  # type: ignore[assignment]

        return inside


class no_grad(_Mode):
    """Nothing is recorded inside; results do not require grad.

    >>> with torch.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    kind = "no_grad"
    wanted = False

    def __new__(cls, function: Any = None) -> Any:
        self = super().__new__(cls)
        return self if function is None else self(function)


class enable_grad(no_grad):
    """The opposite of `no_grad`, for use inside it."""

    kind = "enable_grad"
    wanted = True


class set_grad_enabled(_Mode):
    """Turn recording on or off: at once when called, and back again when used as a context."""

    def __init__(self, mode: bool) -> None:
        self.before = _thread.enabled
        self.wanted = bool(mode)
        self.kind = "enable_grad" if mode else "no_grad"
        _set(self.wanted)

    def __enter__(self) -> None:
        if watch.listener is not None:
            watch.listener.enter(self.kind, self.kind, self)

    def __call__(self, function: Any) -> Any:
        _set(self.before)  # as a decorator it acts when the function runs, not now
        return super().__call__(function)

    def clone(self) -> _Mode:
        return set_grad_enabled(self.wanted)


class inference_mode(_Mode):
    """`no_grad` with PyTorch's promise never to need these results for gradients."""

    kind = "inference_mode"

    def __new__(cls, mode: Any = True) -> Any:
        self = super().__new__(cls)
        self.mode = True if callable(mode) else bool(mode)
        return self(mode) if callable(mode) else self

    def __init__(self, mode: Any = True) -> None:
        self.wanted = not self.mode

    def __enter__(self) -> None:
        self.was = _thread.inference
        _set_inference(self.mode)
        super().__enter__()

    def __exit__(self, *error: Any) -> None:
        _set_inference(self.was)
        super().__exit__(*error)

    def clone(self) -> _Mode:
        return inference_mode(self.mode)
