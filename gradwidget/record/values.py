"""What tensors contain, as numbers for a trace: all of a small storage, a sampled picture of a big tensor."""

from __future__ import annotations

import math
from collections.abc import Iterable
from math import isfinite, sqrt
from typing import Any

import numpy as np

from .. import decimals
from ..events import Number

CELLS = 64  # a storage of up to so many elements is told whole
ROWS, COLUMNS = 8, 16  # the largest sampled picture
MEASURED = 65_536  # lowest, highest and mean are those of all elements up to here, beyond of as many, in even runs
RUNS = 1024  # single elements far from each other would each cost a look into slow memory
RUN = MEASURED // RUNS


def number(value: Any) -> Number:
    """A Python number as it stands in a trace: whole numbers stay whole, the three that JSON lacks become words.

    >>> number(float("inf")), number(True), number(0.5)
    ('inf', 1, 0.5)
    """
    if isinstance(value, complex):
        value = abs(value)  # a trace has no word for it; the magnitude is what a picture shows
    if isinstance(value, float) and not isfinite(value):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    return int(value) if value is True or value is False else value


def numbers(values: np.ndarray) -> tuple[Number, ...]:
    """Every element in row order; floats as the shortest decimals that still tell them apart in their dtype.

    >>> numbers(np.array([0.1, np.nan], "float32"))
    (0.1, 'nan')
    """
    kind = values.dtype.kind
    if kind in "iu":
        return tuple(values.ravel().tolist())
    flat = decimals.shortest(values)
    if kind in "fV" and all(map(isfinite, flat)):  # V: bfloat16
        return tuple(flat)
    return tuple([number(v) for v in flat])


def numbers_of(some: Iterable[bytes]) -> dict[bytes, tuple[Number, ...]]:
    """`numbers` of what many small float32 arrays contain, by that; in one go, which takes a tenth of the time."""
    found = [data for data in set(some) if data and len(data) <= 4 * CELLS and not len(data) % 4]
    flat = decimals.shortest(np.frombuffer(b"".join(found), np.float32))
    told: dict[bytes, tuple[Number, ...]] = {}
    end = 0
    for data in found:
        begin, end = end, end + len(data) // 4
        row = flat[begin:end]
        told[data] = tuple(row) if all(map(isfinite, row)) else tuple([number(v) for v in row])
    return told


def brief(value: Any) -> Number:
    """A measured number (a norm, a mean): six digits are plenty."""
    value = number(float(value))
    return float(f"{value:.6g}") if isinstance(value, float) else value


def norm(values: np.ndarray) -> Number:
    """The Euclidean norm, as it stands in a trace."""
    return brief(norm_of(values))


def norm_here(values: np.ndarray) -> float:
    """`norm_of`, where NumPy is told already that nobody wants its warnings."""
    flat = values.ravel()
    if flat.dtype.char in "fd":
        square = flat.dot(flat)
        if isfinite(square):
            return sqrt(square)
    return float(np.linalg.norm(flat.astype(np.complex128 if flat.dtype.kind == "c" else np.float64)))


norm_of = np.errstate(all="ignore")(norm_here)
Sample = tuple[int, int, bytes, np.dtype, float, float, float]


@np.errstate(all="ignore")
def sample(values: np.ndarray) -> Sample | None:
    """Rows, columns, sampled elements row by row (bytes and their dtype), lowest, highest and mean of an array; None
    where it has no elements. Quick, and independent of what happens to the array afterwards.

    A matrix is sampled evenly in both directions; of more dimensions the last two are shown, at the beginning of the
    others; a vector is one row. Lowest and highest are those of the finite elements, the mean is that of all.
    """
    size = values.size
    if size == 0:
        return None
    grid = _grids.get(values.shape)
    if grid is None:
        grid = _grids[values.shape] = _grid(values.shape)
    rows, columns, places, ones, step = grid
    flat = values.ravel()
    data = flat.take(places).tobytes()
    if step:
        first, skipped = (size - step * RUNS) // 2, (step - RUN) // 2  # what is left out lies evenly on both sides
        flat = flat[first : first + step * RUNS].reshape(RUNS, step)[:, skipped : skipped + RUN].ravel()
    if flat.dtype is not _FLOAT32:
        flat = (np.abs(flat) if flat.dtype.kind == "c" else flat).astype(np.float64)
    low, high = flat.item(flat.argmin()), flat.item(flat.argmax())
    mean = flat.dot(ones) / ones.size  # a third of the time of `flat.mean()`
    if not isfinite(low + high):
        finite = flat[np.isfinite(flat)]
        if finite.size:
            low, high = finite.min().item(), finite.max().item()
    return rows, columns, data, values.dtype, low, high, mean


_FLOAT32 = np.dtype(np.float32)
_grids: dict[tuple[int, ...], tuple[int, int, np.ndarray, np.ndarray, int]] = {}


def _grid(shape: tuple[int, ...]) -> tuple[int, int, np.ndarray, np.ndarray, int]:
    """For tensors of a shape: how many rows and columns are shown; the places of the elements shown, in row order; as
    many ones as there are elements that are measured; and the step from one run of those to the next (0: all are)."""
    if len(_grids) > 100:
        _grids.clear()
    height, width = (1, *shape)[-2:] if shape else (1, 1)
    rows, columns = min(height, ROWS), min(width, COLUMNS)
    size = math.prod(shape)
    step = 0 if size <= MEASURED else size // RUNS
    places = (_even(height, rows)[:, None] * width + _even(width, columns)).ravel()
    return rows, columns, places, np.ones(min(size, MEASURED), np.float32), step


def _even(length: int, count: int) -> np.ndarray:
    """`count` positions spread over `length`, from the first to the last."""
    return np.linspace(0, length - 1, count).round().astype(np.intp)


def picture_of(sample: Sample) -> tuple[int, int, tuple[Number, ...], Number, Number, Number]:
    """A sample as the fields of a `Thumb`."""
    rows, columns, data, dtype, low, high, mean = sample
    shown = np.frombuffer(data, dtype)
    if dtype.kind in "fV":
        shown = decimals.rounded(shown)
    return rows, columns, numbers(shown), brief(low), brief(high), brief(mean)


def text(value: Any) -> str:
    """An argument as it would be written in the call."""
    if isinstance(value, slice):
        parts = ["" if v is None else text(v) for v in (value.start, value.stop, value.step)]
        return ":".join(parts if value.step is not None else parts[:2])
    if isinstance(value, tuple | list):
        inner = ", ".join([text(v) for v in value])
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if value is Ellipsis:
        return "..."
    if isinstance(value, float | int | str | bool | complex) or value is None:
        return repr(value)
    if isinstance(value, np.ndarray | np.generic):
        return f"array{list(value.shape)}"
    written = repr(value)
    return written if len(written) <= 40 and "\n" not in written and " at 0x" not in written else type(value).__name__
