"""The arithmetic behind the random numbers, rounding where PyTorch's CPU kernels round.

They are compiled with fused multiply-adds, which round once where NumPy rounds twice, and their float32 normals take
logarithm, sine and cosine from the polynomials of the Cephes library. Doubles use the C library's functions, as
Python's `math` does (NumPy has its own, a last bit apart now and then).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

HALF = 8  # of a block: eight radii, eight angles

# Cephes, single precision: logf's polynomial and log(2) in two parts; sinf, cosf and pi/4 in three parts.
LOG = (
    7.0376836292e-2,
    -1.1514610310e-1,
    1.1676998740e-1,
    -1.2420140846e-1,
    1.4249322787e-1,
    -1.6668057665e-1,
    2.0000714765e-1,
    -2.4999993993e-1,
    3.3333331174e-1,
)
LOG2_LOW, LOG2_HIGH = -2.12194440e-4, 0.693359375
SQRT_HALF = np.float32(0.707106781186547524)
SINE = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
COSINE = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
QUARTER_PI = (0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)
FOUR_OVER_PI = np.float32(1.27323954473516)

Floats = np.ndarray


def fused(a: Floats, b: Floats | float, c: Floats | float) -> Floats:
    """a * b + c in the precision of a (float32 or float64), rounded once."""
    if a.dtype == np.float32:
        b, c = np.float32(b), np.float32(c)  # the product of two of these is exact in double
        return (a.astype(np.float64) * np.float64(b) + np.float64(c)).astype(np.float32)
    product = a * b
    low = _product_error(a, np.float64(b), product)
    total = product + c
    back = total - product
    return total + ((product - (total - back)) + (c - back) + low)


def _product_error(a: Floats, b: Floats, product: Floats) -> Floats:
    """What a * b lost in rounding (Dekker): both factors are split into halves whose products are exact."""

    def halves(x: Floats) -> tuple[Floats, Floats]:
        scaled = x * 134217729.0  # 2**27 + 1
        high = scaled - (scaled - x)
        return high, x - high

    (a1, a2), (b1, b2) = halves(a), halves(b)
    return ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def by_libm(function: Callable[[float], float], x: Floats) -> Floats:
    """A function of `math` for every element of a flat or shaped double array."""
    return np.fromiter(map(function, x.ravel().tolist()), np.float64, x.size).reshape(x.shape)


def to_bfloat16(x: Floats) -> Floats:
    """float32 numbers rounded to those that bfloat16 has, half to even (still stored as float32)."""
    bits = x.view(np.uint32)
    return ((bits + (((bits >> 16) & 1) + 0x7FFF)) & np.uint32(0xFFFF0000)).view(np.float32)


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    y = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        y = fused(y, x, coefficient)
    return y


def log_float32(x: Floats) -> Floats:
    """Natural logarithm of positive normal floats."""
    part, exponent = np.frexp(x)
    small = part < SQRT_HALF
    exponent = exponent.astype(np.float32) - small
    part = (part - np.float32(1)) + np.where(small, part, np.float32(0))
    square = part * part
    y = _polynomial(LOG, part) * part
    y = fused(y, square, exponent * np.float32(LOG2_LOW))
    y = fused(square, -0.5, y)
    return fused(exponent, LOG2_HIGH, part + y)


def sine_cosine_float32(x: Floats) -> tuple[Floats, Floats]:
    """Sine and cosine of floats that are not negative."""
    octant = ((x * FOUR_OVER_PI).astype(np.int32) + 1) & ~1
    for part in QUARTER_PI:
        x = fused(octant.astype(np.float32), -part, x)
    square = x * x
    cosine = _polynomial(COSINE, square) * square
    cosine = fused(cosine, square, square * np.float32(-0.5)) + np.float32(1)
    sine = _polynomial(SINE, square) * square
    sine = fused(sine, x, x)
    swapped = (octant & 2) != 0
    sine, cosine = np.where(swapped, cosine, sine), np.where(swapped, sine, cosine)
    return np.where(octant & 4, -sine, sine), np.where((octant - 2) & 4, cosine, -cosine)


def box_muller(uniforms: Floats, mean: float, std: float) -> Floats:
    """Normals from as many uniforms (a multiple of 16): each block holds eight for the radius, eight for the angle."""
    blocks = uniforms.reshape(-1, 2, HALF)
    if uniforms.dtype == np.float32:
        radius = np.sqrt(np.float32(-2) * log_float32(np.float32(1) - blocks[:, 0]))
        sine, cosine = sine_cosine_float32(np.float32(2 * np.pi) * blocks[:, 1])
    else:
        radius = np.sqrt(-2.0 * by_libm(math.log, 1.0 - blocks[:, 0]))
        angle = 2.0 * np.pi * blocks[:, 1]
        sine, cosine = np.sin(angle), np.cos(angle)
    out = np.stack((radius * cosine, radius * sine), 1)
    return scaled(out.reshape(-1), mean, std)


def scaled(standard: Floats, mean: float, std: float) -> Floats:
    """Standard normals moved and stretched."""
    return standard if mean == 0 and std == 1 else fused(standard, std, mean)
