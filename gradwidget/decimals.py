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
    flat = values.ravel()
    digits = _DIGITS.get(values.dtype.char)
    if digits is None:
        return flat.tolist()  # type: ignore[no-any-return]
    if values.dtype.char == "f" and flat.size >= MANY:
        return _of_many(flat, digits)
    return _with_few_digits(flat.tolist(), values.dtype, *digits)


def _with_few_digits(exact: list[float], dtype: np.dtype, form: str, *longer: str) -> list[float]:
    short = [*map(float, (form * len(exact) % tuple(exact)).split())]  # in one go: half the time
    if longer:
        back = array("f", short).tolist() if dtype.char == "f" else np.array(short, dtype).tolist()
        if back != exact:
            wrong = [i for i, v in enumerate(exact) if back[i] != v]
            for i, v in zip(wrong, _with_few_digits([exact[i] for i in wrong], dtype, *longer), strict=True):
                short[i] = v
    return short


MANY = 128  # numbers from which on arithmetic on all at once is quicker than text
_TEN = 10.0 ** np.arange(23)


@np.errstate(all="ignore")
def _of_many(values: np.ndarray, digits: tuple[str, ...]) -> list[float]:
    """The same by arithmetic. A whole number below 2**53, divided by a power of ten that a float holds exactly, is the
    float next to that decimal. Where the whole number is not beyond doubt, text decides."""
    exact = values.astype(np.float64)
    size = np.abs(exact)
    found = exact.copy()
    doubt = (size != 0.0) & np.isfinite(exact)
    at = np.flatnonzero((size > 1e-12) & (size < 1e15))
    power = np.floor(np.log10(size[at])).astype(np.int64)
    for count in (7, 8, 9):
        value = exact[at]
        up, down = _TEN[np.maximum(count - 1 - power, 0)], _TEN[np.maximum(power - count + 1, 0)]
        scaled = value * up / down
        whole = np.rint(scaled)
        decimal = whole / up * down
        back = decimal.astype(np.float32) == values[at]
        # Half-way between two, or not of that many digits: the logarithm was rounded.
        unsure = (np.abs(np.abs(scaled - whole) - 0.5) < 1e-5) & (
            back | _back(scaled * 2 - whole, up, down, values[at])
        )
        unsure |= (np.abs(whole) < _TEN[count - 1]) | (np.abs(whole) > _TEN[count])
        done = at[back & ~unsure]
        found[done] = decimal[back & ~unsure]
        doubt[done] = False
        left = ~(back | unsure)
        if not left.any():
            break
        at, power = at[left], power[left]
    short = found.tolist()
    which = np.flatnonzero(doubt).tolist()
    for i, v in zip(which, _with_few_digits(exact[which].tolist(), values.dtype, *digits), strict=True):
        short[i] = v
    return short  # type: ignore[no-any-return]


def _back(whole: np.ndarray, up: np.ndarray, down: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Whether whole numbers, scaled down again, are these values."""
    return (np.rint(whole) / up * down).astype(np.float32) == values


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
