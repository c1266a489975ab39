"""Bessel functions of orders 0 and 1, and Airy's function, in double precision.

Power series near zero and Hankel's asymptotic expansions far from it (Abramowitz & Stegun, 1964: 9.1.10 to 9.1.13, 9.2.5,
9.2.6, 9.6.10 to 9.6.13, 10.4.2, 10.4.60). K and the decaying Airy function by the trapezoid rule on their integrals
(9.6.24), which converges exponentially there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .pointwise import unary
from .quiet import quiet

_EULER = 0.5772156649015329
_FAR = 13.0  # Hankel's terms shrink until the 2x-th, by e^-2x


def _series(order: int, quarter: np.ndarray, harmonic: bool = False) -> np.ndarray:
    """Σ quarterᵏ / (k! (k+order)!), each term times H(k) + H(k+order) where asked."""
    term = np.ones_like(quarter)
    weight = sum(1 / i for i in range(1, order + 1))
    total = term * weight if harmonic else term.copy()
    for k in range(1, 60):
        term = term * quarter / (k * (k + order))
        weight += 1 / k + 1 / (k + order)
        total += term * weight if harmonic else term
    return total


def _hankel(order: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Amplitude parts P and Q, and the phase, of J and Y far from zero."""
    p, q, term = np.ones_like(x), np.zeros_like(x), np.ones_like(x)
    for k in range(1, 25):
        term = term * (4 * order * order - (2 * k - 1) ** 2) / (8 * k * x)
        sign = (1, 1, -1, -1)[k % 4]
        if k % 2:
            q = q + sign * term
        else:
            p = p + sign * term
    return p, q, x - (order / 2 + 0.25) * math.pi


def _j(order: int, x: np.ndarray) -> np.ndarray:
    size = np.abs(x)
    near = np.minimum(size, _FAR)
    inside = (near / 2) ** order * _series(order, -near * near / 4)
    far = np.maximum(size, _FAR)
    p, q, phase = _hankel(order, far)
    outside = np.sqrt(2 / (math.pi * far)) * (p * np.cos(phase) - q * np.sin(phase))
    out = np.where(size <= _FAR, inside, outside)
    return np.where(x < 0, -out, out) if order else out


def _y(order: int, x: np.ndarray) -> np.ndarray:
    near = np.clip(x, 1e-300, _FAR)
    quarter = -near * near / 4
    logs = 2 / math.pi * (np.log(near / 2) + _EULER) * (near / 2) ** order * _series(order, quarter)
    inside = logs - (near / 2) ** order / math.pi * _series(order, quarter, True)
    if order:
        inside = inside - 2 / (math.pi * near)
    far = np.maximum(x, _FAR)
    p, q, phase = _hankel(order, far)
    outside = np.sqrt(2 / (math.pi * far)) * (p * np.sin(phase) + q * np.cos(phase))
    out = np.where(x <= _FAR, inside, outside)
    return np.where(x == 0, -np.inf, np.where(x < 0, np.nan, out))


def _decaying(order: float, x: np.ndarray) -> np.ndarray:
    """e^x K(x) for x >= 1."""
    step = 0.1
    total = np.full_like(x, 0.5)
    for k in range(1, 90):
        t = k * step
        total += np.exp(-x * (math.cosh(t) - 1)) * math.cosh(order * t)
    return total * step


def _k(order: int, x: np.ndarray, scaled: bool = False) -> np.ndarray:
    near = np.clip(x, 1e-300, 2.0)
    quarter = near * near / 4
    logs = (np.log(near / 2) + _EULER) * (near / 2) ** order * _series(order, quarter)
    halves = 0.5 * (near / 2) ** order * _series(order, quarter, True)
    inside = 1 / near + logs - halves if order else halves - logs
    far = np.maximum(x, 2.0)
    outside = _decaying(order, far)
    out = np.where(x <= 2, inside * np.exp(near) if scaled else inside, outside if scaled else outside * np.exp(-far))
    return np.where(x == 0, np.inf, np.where(x < 0, np.nan, out))


_AI, _AI_SLOPE = 0.355028053887817239, 0.258819403792806798  # Ai(0), -Ai'(0)


def _airy(x: np.ndarray) -> np.ndarray:
    near = np.clip(x, -8.0, 2.0)
    cube = near**3
    f, g = np.ones_like(near), near.copy()
    first, second = f.copy(), g.copy()
    for k in range(1, 60):
        f = f * cube / ((3 * k - 1) * (3 * k))
        g = g * cube / ((3 * k) * (3 * k + 1))
        first += f
        second += g
    middle = _AI * first - _AI_SLOPE * second
    above = np.maximum(x, 2.0)
    zeta = above * np.sqrt(above) * (2 / 3)
    decaying = np.sqrt(above / 3) / math.pi * _decaying(1 / 3, zeta) * np.exp(-zeta)
    below = np.maximum(-x, 8.0)
    zeta = below * np.sqrt(below) * (2 / 3)
    p, q, term = np.ones_like(zeta), np.zeros_like(zeta), np.ones_like(zeta)
    for k in range(1, 25):
        term = term * (6 * k - 5) * (6 * k - 3) * (6 * k - 1) / (216 * k * (2 * k - 1)) / zeta
        sign = (1, 1, -1, -1)[k % 4]
        if k % 2:
            q = q + sign * term
        else:
            p = p + sign * term
    phase = zeta + math.pi / 4
    waving = (np.sin(phase) * p - np.cos(phase) * q) / (math.sqrt(math.pi) * below**0.25)
    out = np.where(x > 2, decaying, np.where(x < -8, waving, middle))
    return np.where(np.isinf(x), np.nan, out)


def _spherical(x: np.ndarray) -> np.ndarray:
    small = np.abs(x) < 0.5
    square = x * x
    series = 1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72 * (1 - square / 110))))
    return np.where(np.isinf(x), 0.0, np.where(small, series, np.sin(x) / np.where(small, 1, x)))


def _declare(name: str, function: Any) -> None:
    @quiet
    def kernel(x: np.ndarray) -> np.ndarray:
        return function(np.asarray(x, np.float64)).astype(x.dtype)  # type: ignore[no-any-return]

    unary("special_" + name, kernel, methods=())


_declare("airy_ai", _airy)
_declare("bessel_j0", lambda x: _j(0, x))
_declare("bessel_j1", lambda x: _j(1, x))
_declare("bessel_y0", lambda x: _y(0, x))
_declare("bessel_y1", lambda x: _y(1, x))
_declare("modified_bessel_k0", lambda x: _k(0, x))
_declare("modified_bessel_k1", lambda x: _k(1, x))
_declare("scaled_modified_bessel_k0", lambda x: _k(0, x, True))
_declare("scaled_modified_bessel_k1", lambda x: _k(1, x, True))
_declare("spherical_bessel_j0", _spherical)
