"""`torch.backends.cuda`: absent; its switches stay where they are set."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace

from .. import sdp

matmul = SimpleNamespace(
    allow_tf32=False,
    allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True,
    allow_fp16_accumulation=False,
    fp32_precision="none",
)


def is_built() -> bool:
    return False


def flash_sdp_enabled() -> bool:
    return sdp.allowed["flash"]


def math_sdp_enabled() -> bool:
    return sdp.allowed["math"]


def mem_efficient_sdp_enabled() -> bool:
    return sdp.allowed["mem_efficient"]


def cudnn_sdp_enabled() -> bool:
    return sdp.allowed["cudnn"]


def enable_flash_sdp(enabled: bool) -> None:
    """Whether attention may be computed in one op."""
    sdp.allowed["flash"] = bool(enabled)


def enable_math_sdp(enabled: bool) -> None:
    """Whether attention may be written out in small ops."""
    sdp.allowed["math"] = bool(enabled)


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """A way that the CPU does not have."""
    sdp.allowed["mem_efficient"] = bool(enabled)


def enable_cudnn_sdp(enabled: bool) -> None:
    """A way that the CPU does not have."""
    sdp.allowed["cudnn"] = bool(enabled)


@contextlib.contextmanager
def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
) -> Iterator[None]:
    """The older form of `torch.nn.attention.sdpa_kernel`."""
    before = dict(sdp.allowed)
    sdp.allowed.update(flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient, cudnn=enable_cudnn)
    try:
        yield
    finally:
        sdp.allowed.update(before)
