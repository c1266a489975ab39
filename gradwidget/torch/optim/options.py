"""What optimisers check about their options."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..tensor import Tensor

NO_CAPTURE = "If capturable=True, params and state_steps must be on supported devices: {}."
CAPTURE_DEVICES = ["cuda", "xpu", "hpu", "privateuseone", "xla"]


def number(value: Any) -> Any:
    """An option that may be a tensor of one element, as a Python number."""
    return value.item() if isinstance(value, Tensor) else value


def check_rate(lr: Any, say: str = "Invalid learning rate: {}") -> None:
    """Raises ValueError for what can be no learning rate."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    if not lr >= 0.0:
        raise ValueError(say.format(lr))


def check_positive(**options: Any) -> None:
    """Raises ValueError for options below zero; `_` in a name stands for itself."""
    for name, value in options.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {'epsilon' if name == 'eps' else name} value: {value}")


def check_betas(betas: Any) -> None:
    for i, beta in enumerate(betas[:2]):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")


def check_ways(options: dict[str, Any]) -> None:
    """`fused`, `foreach`, `capturable` and `differentiable` say how PyTorch computes a step. There is one way here, so the
    first three are accepted; a step that gradients flow through is not had."""
    if options.get("fused"):
        if options.get("differentiable"):
            raise RuntimeError("`fused` does not support `differentiable`")
        if options.get("foreach"):
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    if options.get("differentiable"):
        raise NotImplementedError(
            "gradwidget.torch has no differentiable optimiser steps; real PyTorch takes them with differentiable=True"
        )


def refuse_capture(xla: bool = True) -> None:
    """What PyTorch says at the first step with `capturable` on a CPU."""
    raise AssertionError(NO_CAPTURE.format(CAPTURE_DEVICES if xla else CAPTURE_DEVICES[:-1]))


def scalar_dtype() -> dtypes.dtype:
    """Of a state's `step`."""
    return dtypes.float64 if dtypes.get_default_dtype() is dtypes.float64 else dtypes.float32
