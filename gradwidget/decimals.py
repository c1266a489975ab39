"""Floats as the shortest decimals that give them back in their type: 0.1, where the float32 is 0.10000000149011612.

A trace holds decimals, recorded and read again by the same rule.
"""

from __future__ import annotations

from array import array
from math import isfinite

import numpy as np

# Digits that tell two neighbouring numbers of a type apart; a number that needs fewer is written with fewer.
_DIGITS = {
    "E": ("%.2g ", "%.3g ", "%.4g "),
    "e": ("%.3g ", "%.4g ", "%.5g "),
    "f": ("%.7g ", "%.8g ", "%.9g "),
}  # E: bfloat16


def shortest(values: np.ndarray) -> list[float]:
    """Every element of a float array, in row order.

    >>> shortest(np.array([0.1, 2.0], "float32"))
    [0.1, 2.0]
    """
    flat = values.ravel().tolist()
    digits = _DIGITS.get(values.dtype.char)
    return flat if digits is None else _with_few_digits(flat, values.dtype, *digits)


def _with_few_digits(exact: list[float], dtype: np.dtype, form: str, *longer: str) -> list[float]:
    short = [*map(float, (form * len(exact) % tuple(exact)).split())]  # in one go: half the time
    if longer:
        back = array("f", short).tolist() if dtype.char == "f" else np.array(short, dtype).tolist()
        if back != exact:
            wrong = [i for i, v in enumerate(exact) if back[i] != v]
            for i, v in zip(wrong, _with_few_digits([exact[i] for i in wrong], dtype, *longer), strict=True):
                short[i] = v
    return short


PLACES = 22  # 10.0**22 is the last power of ten that a float holds exactly


def rounded(values: np.ndarray) -> np.ndarray:
    """Floats with as few decimal places as keep each within a thousandth of the largest; each is the float next to its
    decimal. Numbers that are whole, or whole in 64ths, stay as they are.

    >>> rounded(np.array([0.123456, 0.00123456]))
    array([0.1235, 0.0012])
    """
    exact = values.astype(np.float64)
    finite = exact[np.isfinite(exact)]
    largest = np.abs(finite).max() if finite.size else 0.0
    if largest == 0.0 or largest < 2.0**20 and not (finite * 64 % 1).any():
        return exact
    places = int(np.ceil(np.log10(500) - np.log10(largest)))
    return exact if abs(places) > PLACES else exact.round(places) + 0.0  # without a sign of zero


def words(values: list[float]) -> list[float | str]:
    """A list of floats as it stands in a trace."""
    return [v if isfinite(v) else "nan" if v != v else "inf" if v > 0 else "-inf" for v in values]
