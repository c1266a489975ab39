"""Columns of a trace file: one field of all events of a kind, in a form that is small and says by itself how it is read.

  5, "", null        every item is this one
  {"d": [3, 1, null]}     integers, each as the difference from the one before: 3, 4, null
  {"b": "0110"}           false, true, true, false
  {"l": [1.5, "nan"]}     the items themselves
  {"t": column, "c": column}   each item is one of the first column: code 0 is the next that was not used yet, 2 the one
                          used first two new ones ago
  {"n": column, "x": column}   lists: how long each is, and the items of all
  {"z": [column, ...]}    lists of one length: the first items of all, the second ones, ...
  {"m": column, "x": column}   null where the first column says false, else the next of the second
  {"v": column}           numbers of tensors: codes, as above, into the block's table of vectors

Which form a column takes follows from the type of its field; a reader goes by the form. What it gives is checked against
the type, so nothing of a file is trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from math import isfinite
from operator import sub
from types import UnionType
from typing import Any, Union, get_args, get_origin

from .. import events
from .vectors import Table

Column = Any  # JSON
VECTOR = tuple[events.Number, ...]


class Damaged(ValueError):
    """A column cannot be read; the text says why."""


# ---- writing


def packed(hint: Any, items: Sequence[Any], table: Table) -> Column:
    """The column for items of a type."""
    return _packer(hint)(items, table)


@cache
def _packer(hint: Any) -> Callable[[Sequence[Any], Table], Column]:
    choices = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    maybe = type(None) in choices
    kinds = tuple(c for c in choices if c is not type(None))
    if kinds == (int,):
        return _integers
    if kinds == (bool,) and not maybe:
        return _booleans
    if kinds == (str,):
        return _words
    if len(kinds) == 1 and get_origin(kinds[0]) is tuple:
        parts = get_args(kinds[0])
        inner: Callable[[Sequence[Any], Table], Column]
        if kinds[0] == VECTOR:
            inner = _vectors
        elif parts[-1] is ...:
            inner = _lists(_packer(parts[0]))
        else:
            inner = _rows([_packer(part) for part in parts])
        return _maybe(inner) if maybe else inner
    return _literal


def _same(items: Sequence[Any]) -> bool:
    first = items[0]
    return items.count(first) == len(items) and type(first) in (int, str, bool, type(None))


def _integers(items: Sequence[Any], table: Table) -> Column:
    if items and _same(items):
        return items[0]
    if None not in items:
        return {"d": [*items[:1], *map(sub, items[1:], items)]}
    deltas: list[int | None] = []
    before = 0
    for item in items:
        deltas.append(None if item is None else item - before)
        before = before if item is None else item
    return {"d": deltas}


def _booleans(items: Sequence[Any], table: Table) -> Column:
    return items[0] if items and _same(items) else {"b": "".join(["01"[item] for item in items])}


def _literal(items: Sequence[Any], table: Table) -> Column:
    return {"l": list(items)}


def _codes(items: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """The different items, and for each item what stands for it."""
    known: dict[Any, int] = {}
    codes = []
    for item in items:
        found = known.get(item)
        if found is None:
            known[item] = len(known)
            codes.append(0)
        else:
            codes.append(len(known) - found)
    return list(known), codes


def _words(items: Sequence[Any], table: Table) -> Column:
    if items and _same(items):
        return items[0]
    different, codes = _codes(items)
    return {"t": {"l": different}, "c": _integers(codes, table)}


def _lists(inner: Callable[[Sequence[Any], Table], Column]) -> Callable[[Sequence[Any], Table], Column]:
    def pack(items: Sequence[Any], table: Table) -> Column:
        different, codes = _codes(items)
        lengths = _integers([*map(len, different)], table)
        lists = {"n": lengths, "x": inner([x for item in different for x in item], table)}
        return {"t": lists, "c": _integers(codes, table)}

    return pack


def _rows(inner: list[Callable[[Sequence[Any], Table], Column]]) -> Callable[[Sequence[Any], Table], Column]:
    def pack(items: Sequence[Any], table: Table) -> Column:
        columns = zip(*items, strict=True) if items else [()] * len(inner)
        return {"z": [one(column, table) for one, column in zip(inner, columns, strict=True)]}

    return pack


def _maybe(inner: Callable[[Sequence[Any], Table], Column]) -> Callable[[Sequence[Any], Table], Column]:
    def pack(items: Sequence[Any], table: Table) -> Column:
        there = [item is not None for item in items]
        return {"m": _booleans(there, table), "x": inner([item for item in items if item is not None], table)}

    return pack


def _vectors(items: Sequence[Any], table: Table) -> Column:
    return {"v": _integers([table.code(item) for item in items], table)}


# ---- reading


class Reader:
    """Reads the columns of one block; `vectors` are those of its table.

    They are handed out in the order of the columns, which is that of the writer.
    """

    def __init__(self, vectors: list[Any]) -> None:
        self.vectors = vectors
        self.used = 0

    def read(self, hint: Any, column: Column, count: int) -> Sequence[Any]:
        """`count` items of a type. Raises Damaged where the column does not hold them."""
        items = self._items(column, count)
        if not _fits(hint, items):
            wrong = next(item for item in items if not _fits(hint, [item]))
            raise Damaged(f"{_shown(wrong)} does not belong there")
        return items

    def _items(self, column: Column, count: int) -> Sequence[Any]:
        if type(column) is not dict:
            if type(column) is list:
                raise Damaged("a column is a list")
            return [column] * count
        read = _FORMS.get(tuple(column))
        if read is None:
            raise Damaged(f"no column is known that has {_shown(list(column))}")
        items = read(self, count, *column.values())
        if len(items) != count:
            raise Damaged(f"{count} items expected, {len(items)} found")
        return items

    def _sums(self, count: int, deltas: Any) -> Sequence[Any]:
        _must_be(deltas, list)
        kinds = set(map(type, deltas))
        if kinds <= {int}:
            return list(accumulate(deltas))
        if not kinds <= {int, type(None)}:
            raise Damaged("a difference is no integer")
        out: list[int | None] = []
        total = 0
        for delta in deltas:
            total += delta or 0
            out.append(None if delta is None else total)
        return out

    def _bits(self, count: int, bits: Any) -> Sequence[Any]:
        if not set(_must_be(bits, str)) <= {"0", "1"}:
            raise Damaged("a truth value is neither 0 nor 1")
        return [bit == "1" for bit in bits]

    def _literals(self, count: int, items: Any) -> Sequence[Any]:
        return _must_be(items, list)

    def _coded(self, count: int, column: Any, codes: Any) -> Sequence[Any]:
        codes = self._codes(codes, count)
        different = self._items(column, codes.count(0))
        out: list[Any] = []
        used = 0
        for code in codes:
            if code == 0:
                used += 1
            elif code > used:
                raise Damaged("a code leads before the beginning")
            out.append(different[used - (code or 1)])
        return out

    def _codes(self, column: Any, count: int) -> Sequence[Any]:
        codes = self._items(column, count)
        if not set(map(type, codes)) <= {int} or codes and min(codes) < 0:
            raise Damaged("a code is no number")
        return codes

    def _of_vectors(self, count: int, codes: Any) -> Sequence[Any]:
        out: list[Any] = []
        for code in self._codes(codes, count):
            if code == 0:
                self.used += 1
                if self.used > len(self.vectors):
                    raise Damaged("there are too few vectors")
            elif code > self.used:
                raise Damaged("a code leads before the first vector")
            out.append(self.vectors[self.used - (code or 1)])
        return out

    def _lists(self, count: int, lengths: Any, items: Any) -> Sequence[Any]:
        lengths = self._codes(lengths, count)
        total = sum(lengths)
        if total > MOST:
            raise Damaged(f"lists of {total} items")
        flat = self._items(items, total)
        ends = accumulate(lengths)
        return [tuple(flat[end - length : end]) for end, length in zip(ends, lengths, strict=True)]

    def _rows(self, count: int, columns: Any) -> Sequence[Any]:
        if not _must_be(columns, list):
            raise Damaged("rows of nothing")
        return list(zip(*[self._items(column, count) for column in columns], strict=True))

    def _some(self, count: int, there: Any, items: Any) -> Sequence[Any]:
        mask = self._items(there, count)
        if not set(map(type, mask)) <= {bool}:
            raise Damaged("a mask is not made of truth values")
        some: Iterator[Any] = iter(self._items(items, sum(mask)))
        return [next(some) if is_there else None for is_there in mask]


MOST = 1 << 22  # items in the lists of one column; more is no trace

_FORMS: dict[tuple[str, ...], Callable[..., Sequence[Any]]] = {
    ("d",): Reader._sums,
    ("b",): Reader._bits,
    ("l",): Reader._literals,
    ("t", "c"): Reader._coded,
    ("n", "x"): Reader._lists,
    ("z",): Reader._rows,
    ("m", "x"): Reader._some,
    ("v",): Reader._of_vectors,
}


def _must_be(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Damaged(f"{_shown(value)} where a {kind.__name__} is expected")
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# ---- types


def _fits(hint: Any, items: Sequence[Any]) -> bool:
    return _checker(hint)(items)


@cache
def _checker(hint: Any) -> Callable[[Sequence[Any]], bool]:
    """Whether all items of a column are of a type."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint == VECTOR:
        return lambda items: set(map(type, items)) <= {tuple}  # the table of vectors was checked
    if origin in (Union, UnionType):
        plain = {part for part in parts if get_origin(part) is None}
        deep = [_checker(part) for part in parts if get_origin(part) is not None]
        if float in plain:
            plain.add(int)
            return lambda items: set(map(type, items)) <= plain and all(isfinite(x) for x in items if type(x) is float)
        if not deep:
            return lambda items: set(map(type, items)) <= plain
        (inner,) = deep
        return lambda items: inner([item for item in items if type(item) not in plain])
    if origin is tuple and parts[-1] is ...:
        one = _checker(parts[0])
        return lambda items: set(map(type, items)) <= {tuple} and one([x for item in _each_once(items) for x in item])
    if origin is tuple:
        each = [_checker(part) for part in parts]

        def rows(items: Sequence[Any]) -> bool:
            items = list(_each_once(items))
            if not set(map(type, items)) <= {tuple} or not {*map(len, items)} <= {len(each)}:
                return False
            return all(check(column) for check, column in zip(each, zip(*items, strict=True), strict=False))

        return rows
    return lambda items: set(map(type, items)) <= {hint}


def _each_once(items: Sequence[Any]) -> Any:
    """Items that a code refers to again and again are one object."""
    return {id(item): item for item in items}.values()
