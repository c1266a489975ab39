"""Tensors' numbers in a trace file: the vectors of a block, each in the fewest bytes that give it back exactly.

A vector takes one of five forms, a letter each:
  d  decimals: 16-bit integers over a common power of ten, 10**place
  f  float32, read as the shortest decimals that give them back
  e  float64
  i  32-bit integers
  j  anything else, as it is, in JSON

The numbers of a form stand together, and of those first all lowest bytes, then all second ones, ...: bytes that look
alike come to stand side by side, which is what makes them small in gzip. Integers are zigzag: 0, -1, 1, -2, 2, ...
"""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import Any

import numpy as np

from ..decimals import PLACES, shortest, words

Vector = tuple[Any, ...]
WORDS = frozenset(["nan", "inf", "-inf"])


class Table:
    """Collects the vectors of a block, each once.

    >>> table = Table()
    >>> table.code((1.0, 2.0)), table.code((3.0,)), table.code((1.0, 2.0))
    (0, 0, 2)
    """

    def __init__(self) -> None:
        self.known: dict[Any, int] = {}
        self.floats: list[tuple[int, bytes]] = []  # number of the vector, its elements as float64
        self.whole: list[tuple[int, Vector]] = []
        self.other: list[tuple[int, Vector]] = []
        self.lengths: list[int] = []

    def code(self, vector: Vector) -> int:
        """What stands for a vector: 0 for one that is new, else how many new ones ago it was."""
        kinds = set(map(type, vector))
        floats: bytes | None = None
        if kinds == {float}:
            floats = array("d", vector).tobytes()
        elif kinds and kinds <= {float, str} and WORDS.issuperset(v for v in vector if type(v) is str):
            floats = array("d", map(float, vector)).tobytes()
        key = floats or (vector, *map(type, vector))  # 1 is 1.0 is True for a dictionary
        count = len(self.lengths)
        found = self.known.setdefault(key, count)
        if found != count:
            return count - found
        self.lengths.append(len(vector))
        if floats:
            self.floats.append((count, floats))
        elif kinds == {int} and max(map(abs, vector)) < 2**31:
            self.whole.append((count, vector))
        else:
            self.other.append((count, vector))
        return 0

    def packed(self) -> tuple[dict[str, Any], bytes]:
        """The table as JSON, and the bytes that go with it."""
        forms = ["j"] * len(self.lengths)
        for i, _ in self.whole:
            forms[i] = "i"
        whole = np.array([v for _, vector in self.whole for v in vector], np.int64)
        places, decimal, rest = self._decimals()
        single = self._singles(rest)
        for i, _ in self.floats:
            forms[i] = "d"
        for i in rest:
            forms[i] = "f" if i in single else "e"
        exact = dict(self.floats)
        doubles = b"".join([exact[i] for i in rest if i not in single])
        singles = np.frombuffer(b"".join([exact[i] for i in rest if i in single]), np.float64).astype(np.float32)
        parts = [
            _planes(_zigzag(decimal).astype("<u2")),
            _planes(singles.astype("<f4")),
            _planes(np.frombuffer(doubles, np.float64).astype("<f8")),
            _planes(_zigzag(whole).astype("<u4")),
        ]
        told = {"forms": "".join(forms), "lengths": self.lengths, "places": places}
        return {**told, "other": [vector for _, vector in self.other]}, b"".join(parts)

    def _decimals(self) -> tuple[list[int], np.ndarray, list[int]]:
        """Of the vectors of floats that are 16-bit decimals: their places, and all their integers. And the others."""
        if not self.floats:
            return [], np.zeros(0, np.int64), []
        numbers = [i for i, _ in self.floats]
        lengths = np.array([self.lengths[i] for i in numbers])
        flat = np.frombuffer(b"".join([data for _, data in self.floats]), np.float64)
        starts = np.cumsum(lengths) - lengths
        with np.errstate(all="ignore"):
            most = 3 - np.floor(np.log10(np.maximum.reduceat(np.abs(flat), starts)))
            most[~np.isfinite(most)] = 0  # all zeros, or something that is not finite
            good = np.zeros(len(starts), bool)
            places, whole = np.zeros(len(starts)), np.zeros(len(flat))
            for fewer in (3, 2, 1, 0):  # as few places as are enough
                tried = np.clip(most - fewer, 0, PLACES)
                scale = np.repeat(10.0**tried, lengths)
                rint = np.rint(flat * scale)
                fits = (rint / scale == flat) & (np.abs(rint) < 2**15) & ((rint != 0) | ~np.signbit(flat))
                new = np.logical_and.reduceat(fits, starts) & ~good
                places[new] = tried[new]
                at = np.repeat(new, lengths)
                whole[at] = rint[at]
                good |= new
        kept = whole[np.repeat(good, lengths)]
        rest = [i for i, is_good in zip(numbers, good.tolist(), strict=True) if not is_good]
        return places[good].astype(int).tolist(), kept.astype(np.int64), rest

    def _singles(self, rest: list[int]) -> set[int]:
        """Those of some vectors of floats that are float32, shortened."""
        if not rest:
            return set()
        exact = dict(self.floats)
        flat = np.frombuffer(b"".join([exact[i] for i in rest]), np.float64)
        lengths = np.array([self.lengths[i] for i in rest])
        with np.errstate(all="ignore"):
            back = np.array(shortest(flat.astype(np.float32)))
        same = (back == flat) | np.isnan(flat)
        good = np.logical_and.reduceat(same, np.cumsum(lengths) - lengths)
        return {i for i, is_good in zip(rest, good.tolist(), strict=True) if is_good}


def unpacked(told: Any, data: bytes) -> list[Vector]:
    """The vectors of a block, in order. Raises ValueError where the table and its bytes do not fit together."""
    if type(told) is not dict:
        raise ValueError("the table of vectors is missing")
    forms: Any = told.get("forms")
    parts: list[Any] = [told.get(key) for key in ("lengths", "places", "other")]
    if type(forms) is not str or any(type(part) is not list for part in parts):
        raise ValueError("the table of vectors has another shape")
    lengths, places, other = parts
    if len(forms) != len(lengths) or not set(forms) <= set("dfeij"):
        raise ValueError("the forms of vectors are damaged")
    if any(type(n) is not int or not 0 <= n < 2**31 for n in lengths):
        raise ValueError("a vector has an impossible length")
    counts = dict.fromkeys("dfeij", 0)
    for form, length in zip(forms, lengths, strict=True):
        counts[form] += length
    sizes = [2 * counts["d"], 4 * counts["f"], 8 * counts["e"], 4 * counts["i"]]
    if sum(sizes) != len(data):
        raise ValueError(f"{sum(sizes)} bytes of numbers are announced, {len(data)} are there")
    if len(places) != forms.count("d") or any(type(p) is not int or not 0 <= p <= PLACES for p in places):
        raise ValueError("the places of decimals are damaged")
    if len(other) != forms.count("j") or any(map(_is_no_vector, other)):
        raise ValueError("a vector is none")
    cut = np.cumsum([0, *sizes])
    decimal, single, double, whole = (data[a:b] for a, b in pairwise(cut.tolist()))
    of_decimals = [n for form, n in zip(forms, lengths, strict=True) if form == "d"]
    scale = np.repeat(10.0 ** np.array(places, float), of_decimals)
    flats: dict[str, list[Any]] = {
        "d": (_unzigzag(_joined(decimal, "<u2")) / scale).tolist(),
        "f": _with_words(shortest(_joined(single, "<f4").astype(np.float32))),
        "e": _with_words(_joined(double, "<f8").tolist()),
        "i": _unzigzag(_joined(whole, "<u4")).tolist(),
    }
    at = dict.fromkeys(flats, 0)
    others = iter(other)
    out: list[Vector] = []
    for form, length in zip(forms, lengths, strict=True):
        if form == "j":
            out.append(tuple(next(others)))
        else:
            begin = at[form]
            at[form] = begin + length
            out.append(tuple(flats[form][begin : begin + length]))
    return out


def _is_no_vector(value: Any) -> bool:
    return type(value) is not list or not set(map(type, value)) <= {int, float, str}


def _with_words(values: list[float]) -> list[Any]:
    return words(values) if values and not np.isfinite(values).all() else values


def _zigzag(values: np.ndarray) -> np.ndarray:
    return (values.astype(np.int64) << 1) ^ (values.astype(np.int64) >> 63)


def _unzigzag(values: np.ndarray) -> np.ndarray:
    wide = values.astype(np.int64)
    return (wide >> 1) ^ -(wide & 1)


def _planes(values: np.ndarray) -> bytes:
    """All lowest bytes, then all second ones, ..."""
    return np.ascontiguousarray(values).view(np.uint8).reshape(-1, values.itemsize).T.tobytes()


def _joined(data: bytes, dtype: str) -> np.ndarray:
    size = np.dtype(dtype).itemsize
    return np.frombuffer(np.frombuffer(data, np.uint8).reshape(size, -1).T.tobytes(), dtype)
