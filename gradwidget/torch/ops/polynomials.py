"""Orthogonal polynomials by their three-term recurrences (Abramowitz & Stegun, 1964, table 22.7); the degree is a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .pointwise import binary
from .quiet import quiet

Next = Callable[[int, Any, Any, Any], Any]  # (k, x, p of k, p of k-1) -> p of k+1


def _degrees(first: Callable[[Any], Any], following: Next, x: np.ndarray, n: np.ndarray) -> np.ndarray:
    x, n = np.broadcast_arrays(np.asarray(x, np.float64), np.trunc(n))
    previous, current = np.ones_like(x), first(x)
    out = np.where(n < 0, 0.0, np.where(n == 0, previous, current))
    highest = n[np.isfinite(n)].max(initial=0)
    for k in range(1, int(highest)):
        previous, current = current, following(k, x, current, previous)
        out = np.where(n == k + 1, current, out)
    return out


def _declare(name: str, first: Callable[[Any], Any], following: Next, limited: bool = False) -> None:
    @quiet
    def kernel(x: np.ndarray, n: np.ndarray) -> np.ndarray:
        dtype = np.result_type(x, n)
        out = _degrees(first, following, x, np.minimum(n, 600) if limited else n)
        if limited:  # where PyTorch gives up
            out = np.where(np.asarray(n) > (128 if dtype == np.float32 else 512), np.nan, out)
        return out.astype(dtype)

    binary(f"special_{name}", kernel, "float", methods=(), inplace=False)


def _doubled(k: int, x: Any, p: Any, before: Any) -> Any:
    return 2 * x * p - before


def _shifted(k: int, x: Any, p: Any, before: Any) -> Any:
    return (4 * x - 2) * p - before


for _kind, _first in {
    "t": lambda x: x, "u": lambda x: 2 * x, "v": lambda x: 2 * x - 1, "w": lambda x: 2 * x + 1,
}.items():  # fmt: skip
    _declare(f"chebyshev_polynomial_{_kind}", _first, _doubled)
    _declare(f"shifted_chebyshev_polynomial_{_kind}", lambda x, f=_first: f(2 * x - 1), _shifted)
_declare("hermite_polynomial_h", lambda x: 2 * x, lambda k, x, p, before: 2 * x * p - 2 * k * before, True)
_declare("hermite_polynomial_he", lambda x: x, lambda k, x, p, before: x * p - k * before, True)
_declare("laguerre_polynomial_l", lambda x: 1 - x, lambda k, x, p, before: ((2 * k + 1 - x) * p - k * before) / (k + 1))
_declare("legendre_polynomial_p", lambda x: x, lambda k, x, p, before: ((2 * k + 1) * x * p - k * before) / (k + 1))
