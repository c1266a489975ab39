"""Anomaly mode: each node remembers where it was made, and a backward that fails or makes NaN says where that was."""

from __future__ import annotations

import threading
import traceback
import warnings
from typing import Any

import numpy as np

from . import made

enabled = False
check_nan = True


class _Running(threading.local):
    node: Any = None  # whose backward runs: what is made meanwhile was induced by it


running = _Running()


def set_enabled(on: bool, nan: bool = True) -> None:
    global enabled, check_nan
    for name, value in (("enabled", on), ("check_nan", nan)):
        if not isinstance(value, bool):
            position = 1 if name == "enabled" else 2
            raise TypeError(
                f"set_anomaly_enabled(): argument '{name}' (position {position}) must be bool, not {type(value).__name__}"
            )
    enabled, check_nan = on, nan
    (made.visit if on else made.leave)(_remember)


def is_anomaly_enabled() -> bool:
    return enabled


def is_anomaly_check_nan_enabled() -> bool:
    return check_nan


def _remember(node: Any) -> None:
    """Note where a node is made, in the words of a traceback, and in which node's backward."""
    frames = [f for f in traceback.extract_stack() if not _is_ours(f.filename)]
    node.metadata["traceback_"] = traceback.format_list(frames)
    if running.node is not None:
        node.metadata["parent_"] = running.node


def _is_ours(filename: str) -> bool:
    return filename.startswith(("<gradwidget", _HERE))


_HERE = __file__.rpartition("anomaly.py")[0]


def report(node: Any) -> None:
    """Warn where the failing node was made, and what induced that."""
    known = node.metadata.get("traceback_")
    if known is None:
        warnings.warn(
            f"Error detected in {node.name()}. No forward pass information available. Enable detect anomaly during forward pass for "
            "more information.",
            stacklevel=4,
        )
    else:
        warnings.warn(
            f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n{''.join(known)}",
            stacklevel=4,
        )
    parent = node.metadata.get("parent_")
    while parent is not None:
        known = parent.metadata.get("traceback_")
        if known is None:
            warnings.warn(
                f"\n\nPrevious calculation was induced by {parent.name()}. No forward pass information available. Enable detect anomaly "
                "during forward pass for more information.",
                stacklevel=4,
            )
        else:
            warnings.warn(
                f"\n\nPrevious calculation was induced by {parent.name()}. Traceback of forward call that induced the previous "
                f"calculation:\n{''.join(known)}",
                stacklevel=4,
            )
        parent = parent.metadata.get("parent_")


def refuse_nan(node: Any, grads: tuple[Any, ...]) -> None:
    for i, g in enumerate(grads):
        if g is not None:
            a = getattr(g, "_a", g)
            if np.isnan(np.sum(a)):
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")
