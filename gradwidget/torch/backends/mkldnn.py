"""`torch.backends.mkldnn`: absent; its switches stay where they are set."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

enabled = False
deterministic = False


def is_available() -> bool:
    return False


@contextlib.contextmanager
def flags(enabled: bool = False, deterministic: bool = False, **more: object) -> Iterator[None]:
    """Nothing changes."""
    yield
