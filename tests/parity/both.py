"""One program, recorded on the core and on real PyTorch."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from gradwidget.record import probe
from gradwidget.session import Session
from gradwidget.trace import Trace, compare

Program = Callable[[Any], Any]


def recorded(program: Program, source: str) -> Trace:
    """The trace of a program: a function of `torch`, or a generator of what it wants to be seen."""
    torch = importlib.import_module("torch" if source == "torch" else "gradwidget.torch")
    torch.manual_seed(0)
    session = Session(source=source)
    shown: dict[str, Any] = {}
    session.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for i, value in enumerate(program(torch) or ()):
                shown.update({f"shown_{i}_{j}": t for j, t in enumerate(tensors(value))})
    except Exception as error:
        session.error(error)
    session.names([shown])
    session.close()
    assert not session.recorder.stopped, f"{source}: {session.recorder.stopped}"
    return session.trace


def tensors(value: Any) -> Iterator[Any]:
    if probe.is_tensor(type(value)):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors(item)
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))


def differences(program: Program) -> list[str]:
    return compare(recorded(program, "core"), recorded(program, "torch"))
