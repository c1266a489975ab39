"""The trace file: gzip, in it a line of JSON that says what it is, then blocks of events (see `blocks`).

What a file holds instead of a block may also be one event, as a list: that is how the first version wrote them all.
A file is written from its beginning to its end and never changed, so one whose program was killed is readable up to there.
"""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from .. import events
from .blocks import EVENTS, pack, unpack

MAGIC = b"\x1f\x8b"
FIRST = 512  # events in the first block, so that of a short file that is cut off something can be read
MOST = 1 << 30  # bytes that a file may unpack to


class TraceError(ValueError):
    """A file is not a trace that this version can read; the text says why and where."""


# ---- writing

# ASCII, so that a line of source with half a surrogate pair in it cannot keep a trace from being written
_JSON = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def line(row: Any) -> bytes:
    return _JSON.encode(row).encode("ascii") + b"\n"


class Packer:
    """Makes a trace file, piece by piece.

    >>> packer = Packer(trace.header)
    >>> file.write(packer.add(trace[:100]))
    >>> file.write(packer.end())
    """

    def __init__(self, header: dict[str, Any], level: int = 6) -> None:
        self.size = FIRST  # events in the next block
        self.deflate = zlib.compressobj(level, wbits=31)
        self.waiting = self.deflate.compress(line(header))

    def add(self, some: list[Any], whole: bool = True) -> bytes:
        """The bytes for more events. With `whole`, they can be read before more is written."""
        out = [self.waiting]
        self.waiting = b""
        at = 0
        while at < len(some):
            block, data = pack(some[at : at + self.size])
            out += [self.deflate.compress(line(block)), self.deflate.compress(data)]
            at += self.size
            self.size = min(2 * self.size, EVENTS)
        if whole:
            out.append(self.deflate.flush(zlib.Z_SYNC_FLUSH))
        return b"".join(out)

    def end(self) -> bytes:
        """The last bytes."""
        out, self.waiting = self.waiting + self.deflate.flush(zlib.Z_FINISH), b""
        return out


# ---- reading


def read(
    data: bytes, progress: Callable[[int, int], Any] | None = None
) -> tuple[dict[str, Any], list[Any], str | None]:
    """The header of a trace file, its events, and what is wrong with the rest of it, if anything is. `progress` is told how
    many bytes of how many were read.

    Raises TraceError where it is no trace, or comes from a newer version.
    """
    text, cut = _unpacked(data)
    end = text.find(b"\n")
    header = _header(text[: end if end >= 0 else len(text)])
    found: list[Any] = []
    try:
        for some, at in _pieces(text, end + 1 if end >= 0 else len(text)):
            found += some
            if progress is not None:
                progress(at, len(text))
    except ValueError as error:
        if not (cut and isinstance(error, _Cut)):
            return header, found, str(error)
    return header, found, cut and f"after {len(found):,} events: {cut}"


class _Cut(ValueError):
    """The file ends in the middle of something."""


def _pieces(text: bytes, at: int) -> Iterator[tuple[list[Any], int]]:
    """The events of one line, or block, after the other, and where it ends."""
    number, count = 1, 0
    while at < len(text):
        number += 1
        end = text.find(b"\n", at)
        row = text[at : end if end >= 0 else len(text)]
        at = end + 1 if end >= 0 else len(text)
        try:
            said = json.loads(row, parse_constant=_no_constant)
            if type(said) is dict:
                size = said.get("bytes")
                if type(size) is not int or size < 0:
                    raise ValueError(f"a block of {size!r} bytes")
                if at + size > len(text):
                    raise ValueError("the file is cut off")
                some = unpack(said, text[at : at + size])
                at += size
            else:
                some = [events.decode(said)]
        except (ValueError, RecursionError) as error:
            kind = _Cut if at >= len(text) else ValueError
            raise kind(f"line {number} (after {count:,} events): {error}") from None
        count += len(some)
        yield some, at


def _header(row: bytes) -> dict[str, Any]:
    try:
        header = json.loads(row)
    except (ValueError, RecursionError):
        raise TraceError("not a gradwidget trace: it does not begin with a header") from None
    if not isinstance(header, dict) or header.get("format") != events.FORMAT:
        raise TraceError("not a gradwidget trace: its header says nothing of the format")
    version = header.get("version")
    if type(version) is not int or version < 1:
        raise TraceError(f"the header's version is {version!r}")
    if version > events.VERSION:
        raise TraceError(f"written by a newer gradwidget (format {version}; this one reads up to {events.VERSION})")
    return header


def _unpacked(data: bytes) -> tuple[bytes, str | None]:
    """The text of a trace file, and what is wrong with its end."""
    if not data.startswith(MAGIC):
        return data, None
    inflate = zlib.decompressobj(wbits=31)
    try:
        text = inflate.decompress(data, MOST)
    except zlib.error as error:
        whole = _as_far_as_possible(data)
        if not whole:
            raise TraceError(f"the compressed data is damaged ({error})") from None
        return whole, f"the compressed data is damaged ({error})"
    if inflate.unconsumed_tail:
        raise TraceError(f"it unpacks to more than {MOST:,} bytes")
    if inflate.unused_data:
        return text, "something follows the end of the compressed data"
    return text, None if inflate.eof else "the file is cut off"


def _as_far_as_possible(data: bytes, step: int = 4096) -> bytes:
    """What comes out before the damage: the last steps byte by byte, as a call that fails gives nothing."""
    out = []
    with contextlib.suppress(zlib.error):
        inflate = zlib.decompressobj(wbits=31)
        at = 0
        while at < len(data):
            before = inflate.copy()
            try:
                out.append(inflate.decompress(data[at : at + step]))
            except zlib.error:
                if step == 1:
                    raise
                inflate, step = before, 1
                continue
            at += step
    return b"".join(out)


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a number in a trace")
