"""Files that commands read and write, with the reason in a sentence where they cannot."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .progress import Progress

FAILED = 2  # exit code where gradwidget itself could not do what it was asked
PARTIAL = 3  # ... where it did with what could be read of a damaged file


class Failed(Exception):
    """Why gradwidget could not do it, in a sentence."""


def load(path: str) -> Any:
    """A trace, or as much of it as can be read; then `damage` says why, and so does stderr."""
    from ..trace import Trace

    try:
        with Progress(f"reading {os.path.basename(path)}") as progress:
            trace = Trace.load(path, partial=True, progress=progress)
    except OSError as error:
        raise Failed(f"cannot read {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise Failed(f"{path} is not a trace that can be read: {str(error).removeprefix(f'{path}: ')}") from None
    if trace.damage:
        print(f"gradwidget: only part of {path} could be read: {trace.damage}", file=sys.stderr)
    return trace


def code_of(*traces: Any) -> int:
    """The exit code for having read these."""
    return PARTIAL if any(trace.damage for trace in traces) else 0


def write(path: str, how: Callable[[], Any]) -> int:
    """Write a file and say so; 0, or FAILED with the reason on stderr."""
    try:
        how()
    except OSError as error:
        print(f"gradwidget: cannot write {path}: {error.strerror or error}", file=sys.stderr)
        return FAILED
    return wrote(path)


def wrote(path: str) -> int:
    print(f"gradwidget: wrote {path} ({os.path.getsize(path):,} bytes)", file=sys.stderr)
    return 0


def check_folder(path: str) -> None:
    if not Path(path).resolve().parent.is_dir():
        raise Failed(f"cannot write {path}: there is no such folder")


def check_built() -> None:
    """The picture is there to be put into a page."""
    from ..widget import bundle

    try:
        bundle.read()
    except bundle.NotBuilt as error:
        raise Failed(str(error)) from None
