"""`torch.nn.attention`: which way of computing `scaled_dot_product_attention` may be taken."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator
from typing import Any

from ... import sdp

WARN_FOR_UNFUSED_KERNELS = False


class SDPBackend(enum.Enum):
    """The ways. On the CPU there are two: FLASH_ATTENTION (one op) and MATH (written out in small ops)."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4

    def __int__(self) -> int:
        return int(self.value)


SDPBackend.__module__ = "torch.nn.attention"

_NAMES = {
    "cudnn": SDPBackend.CUDNN_ATTENTION,
    "flash": SDPBackend.FLASH_ATTENTION,
    "mem_efficient": SDPBackend.EFFICIENT_ATTENTION,
    "math": SDPBackend.MATH,
    "overrideable": SDPBackend.OVERRIDEABLE,
}


@contextlib.contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Iterator[dict[str, Any]]:
    """Allow only these ways within the block. Which of them comes first makes no difference here."""
    if not isinstance(backends, (list, SDPBackend)):
        raise AssertionError(
            f"Backend must be an instance of SDPBackend or a list of SDPBackend instances, got {type(backends).__name__}"
        )
    wanted = backends if isinstance(backends, list) else [backends]
    before = dict(sdp.allowed)
    sdp.allowed.update({name: backend in wanted for name, backend in _NAMES.items()})
    try:
        yield {}
    finally:
        sdp.allowed.update(before)


def _cur_sdpa_kernel_backends(with_priority: bool = False) -> list[SDPBackend]:
    return [backend for name, backend in _NAMES.items() if sdp.allowed[name]]


__all__ = ["WARN_FOR_UNFUSED_KERNELS", "SDPBackend", "sdpa_kernel"]
