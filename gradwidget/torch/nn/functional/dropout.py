"""Dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...random import default_generator
from ...tensor import Tensor, from_array


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While training: each element is zero with probability p, and the others are larger by 1 / (1 - p)."""
    check_probability(p)
    if p == 0 or not training or input.numel() == 0:
        return input
    a = input._a
    if p == 1:
        noise = np.zeros((), a.dtype)
    else:
        kept = default_generator.bernoulli(1 - p, a.shape)
        noise = kept.astype(a.dtype) / a.dtype.type(1 - p)
    scale = from_array(noise if type(a) is np.ndarray else noise.view(type(a)))
    return input.mul_(scale) if inplace else input * scale


def check_probability(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
