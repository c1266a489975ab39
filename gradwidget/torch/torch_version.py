"""Versions that compare as versions do: 2.13 is later than 2.2."""

from __future__ import annotations

import re
from typing import Any


def _parts(version: Any) -> tuple[Any, ...]:
    """Numbers, whether it is finished (what is in development comes before), and the build."""
    build = ""
    if isinstance(version, (tuple, list)):
        numbers, rest = [int(n) for n in version], ""
    else:
        public, _, build = str(version).partition("+")
        found = re.match(r"v?(\d+(?:\.\d+)*)(.*)", public)
        if found is None:
            raise ValueError(f"Invalid version: '{version}'")
        numbers, rest = [int(n) for n in found[1].split(".")], found[2]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), not rest, build


class TorchVersion(str):
    """A text that is compared as a version, with texts and with tuples of numbers.

    >>> TorchVersion("2.13.0") > "2.2"
    True
    """

    __slots__ = ()

    def _compared(self, other: Any, how: str) -> Any:
        try:
            own, theirs = _parts(self), _parts(other)
        except (ValueError, TypeError):
            return getattr(str, how)(self, other)
        return getattr(tuple, how)(own, theirs)

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, "__lt__")

    def __le__(self, other: Any) -> Any:
        return self._compared(other, "__le__")

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, "__gt__")

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, "__ge__")

    def __eq__(self, other: Any) -> Any:
        return self._compared(other, "__eq__")

    __hash__ = str.__hash__


__version__ = TorchVersion("2.13.0+gradwidget")
