"""Schedulers that move the momentum against the rate."""

from __future__ import annotations

from typing import Any

from .base import per_group


def begin(scheduler: Any, optimizer: Any, base: Any, highest: Any, fresh: bool) -> tuple[list[Any], list[Any]]:
    """The least and the highest momentum of each group; a fresh schedule begins with the highest. Raises ValueError where
    the optimiser has neither momentum nor betas."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    scheduler.use_beta1 = "betas" in optimizer.defaults
    lows = per_group("base_momentum", optimizer, base)
    highs = per_group("max_momentum", optimizer, highest)
    if fresh:
        for group, low, high in zip(optimizer.param_groups, lows, highs, strict=True):
            put(scheduler, group, high)
            group["max_momentum"] = high
            group["base_momentum"] = low
    return lows, highs


def put(scheduler: Any, group: dict[str, Any], momentum: float) -> None:
    if scheduler.use_beta1:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum
