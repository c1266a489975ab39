"""Places drawn by their weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..random import default_generator
from ..tensor import Tensor
from .creation import _into, finish
from .registry import public

MOST = 1 << 24  # categories


@public("multinomial")
def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None, out: Any = None
) -> Tensor:
    """`num_samples` places in each row, each as probable as its weight says (rows need not sum to 1), as int64.

    >>> torch.multinomial(torch.tensor([0.0, 1.0]), 3, replacement=True)
    tensor([1, 1, 1])
    """
    if out is not None and out._a.dtype != np.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype.legacy}")
    weights = input._a.view(np.ndarray)
    _check(input, weights, num_samples, replacement)
    stream = generator or default_generator
    if replacement and num_samples > 1:
        places = _with_replacement(weights, num_samples, stream)
    else:  # a race: the one whose waiting time is the shortest comes first
        times = weights / stream.exponential(weights.shape, weights.dtype)
        if num_samples == 1:
            places = times.argmax(-1, keepdims=True)
        else:
            places = np.argsort(-times, -1, kind="stable")[..., :num_samples]
    device = None if input.is_cpu else input.device
    made = np.ascontiguousarray(places.astype(np.int64, copy=False))
    return _into(finish(made, device, False, "multinomial", (input, num_samples)), out)


def _with_replacement(weights: np.ndarray, n: int, stream: Any) -> np.ndarray:
    rows = np.cumsum(weights.reshape(-1, weights.shape[-1]), -1, dtype=weights.dtype)
    rows = rows / rows[:, -1:]
    places = np.empty((len(rows), n), np.int64)
    for row, into in zip(rows, places):
        into[:] = np.searchsorted(row, stream.uniform(n, "float64"), "left")
    return places.reshape(*weights.shape[:-1], n)


def _check(input: Tensor, weights: np.ndarray, n: int, replacement: bool) -> None:
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if weights.dtype.kind not in "fV":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype.legacy}")
    if n <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    categories = weights.shape[-1]
    if not replacement and n > categories:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if categories > MOST:
        raise RuntimeError("number of categories cannot exceed 2^24")
    wrong = ~np.isfinite(weights) | (weights < 0)
    if replacement and n > 1 and wrong.any():
        first = weights[wrong][0]
        raise RuntimeError(
            "invalid multinomial distribution (encountering probability entry "
            f"{'= infinity or NaN' if first >= 0 else '< 0'})"
        )
    if wrong.any():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if (weights.sum(-1) == 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
