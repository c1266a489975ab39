"""Many events at once: the blocks that a trace file consists of.

A block is a line of JSON, then as many bytes as it says (`bytes`; those of its vectors):
  order    a letter for each event, its kind: "a" is the first of `kinds`, "b" the second, ...
  kinds    the kinds of events that occur, each with its fields' columns
  vectors  the table of tensors' numbers
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from .. import events
from .columns import Damaged, Reader, packed
from .vectors import Table, unpacked

FIRST = ord("a")
EVENTS = 16384  # in a block; more make it little smaller, and its reading holds more at once


@cache
def _hints(kind: str) -> list[tuple[str, Any]]:
    return list(events.fields(kind).items())


def pack(some: Sequence[Any]) -> tuple[dict[str, Any], bytes]:
    """The block for events, one at least: its line as JSON, and its bytes."""
    letters: dict[type, str] = {}
    by_kind: dict[type, list[Any]] = {}
    order = []
    for event in some:
        kind = type(event)
        letter = letters.get(kind)
        if letter is None:
            letter = letters[kind] = chr(FIRST + len(letters))
            by_kind[kind] = []
        order.append(letter)
        by_kind[kind].append(event)
    table = Table()
    kinds = []
    for kind, them in by_kind.items():
        name = kind.__name__.lower()
        columns = zip(*them, strict=True)
        kinds.append(
            [name, [packed(hint, items, table) for (_, hint), items in zip(_hints(name), columns, strict=True)]]
        )
    vectors, data = table.packed()
    return {"order": "".join(order), "kinds": kinds, "vectors": vectors, "bytes": len(data)}, data


def unpack(block: dict[str, Any], data: bytes) -> list[Any]:
    """The events of a block. Raises ValueError that says what of it is damaged."""
    order, kinds = block.get("order"), block.get("kinds")
    if type(order) is not str or type(kinds) is not list:
        raise Damaged("a block without an order or kinds")
    reader = Reader(unpacked(block.get("vectors"), data))
    streams = {}
    for i, said in enumerate(kinds):
        letter = chr(FIRST + i)
        if type(said) is not list or len(said) != 2 or type(said[0]) is not str or type(said[1]) is not list:
            raise Damaged("a kind without a name or columns")
        name, columns = said
        streams[letter] = iter(_events(name, columns, order.count(letter), reader))
    try:
        return [next(streams[letter]) for letter in order]
    except KeyError as letter:
        raise Damaged(f"no kind has the letter {letter}") from None


def _events(name: str, columns: list[Any], count: int, reader: Reader) -> list[Any]:
    """The events of a kind."""
    kind = events.KINDS.get(name)
    if kind is None:
        raise Damaged(f"unknown kind of event {name!r}")
    hints = _hints(name)
    defaults = kind._field_defaults
    if not len(hints) - len(defaults) <= len(columns) <= len(hints):
        raise Damaged(f"{name}: {len(hints)} fields expected, {len(columns)} found")
    read = []
    for (field, hint), column in zip(hints, columns, strict=False):
        try:
            read.append(reader.read(hint, column, count))
        except Damaged as error:
            raise Damaged(f"{name}.{field}: {error}") from None
    read += [[defaults[field]] * count for field, _ in hints[len(columns) :]]
    return list(map(kind._make, zip(*read, strict=True)))
