"""Files that were tampered with give a refusal, or the part that can be read and the reason: no other error, no hang.

GRADWIDGET_FUZZ=100000 tries more of them.
"""

from __future__ import annotations

import copy
import gzip
import json
import os
import random
import time
from pathlib import Path

import pytest

from gradwidget.trace import Trace, TraceError, state_at
from tests.golden import make

COUNT = int(os.environ.get("GRADWIDGET_FUZZ", "10000"))
SLOW = 5.0  # seconds; the usual file takes a thousandth of that
HOSTILE = [
    None, True, -1, 0, 1, 7, 2**31, 2**63, -(2**70), 10**300, 0.5, -0.0, 1e308, "", "a", "\x00", "nan", "é" * 50,
    "__import__('os').system('exit 7')", "<script>", [], [[]], [None], [0] * 50, {}, {"d": [1]}, {"d": [2**62] * 3},
    {"v": 0}, {"n": 2**40, "x": 0}, {"n": {"d": [3]}, "x": {"l": [1, 2, 3]}}, {"m": True, "x": None}, {"z": [1, 2]},
    {"t": {"t": 1, "c": 0}, "c": 1}, {"l": [{}]}, {"b": "01"}, {"py/object": "os.system"},
]  # fmt: skip


NO_VECTORS = '{"forms":"","lengths":[],"places":[],"other":[]}'


def originals() -> list[bytes]:
    """Files of both versions: blocks, lines, and one whose program died."""
    every, detach = make.every_kind(), Trace.load(Path(make.__file__).parent / "detach.trace.jsonl")
    numbers = Trace()
    numbers.extend(make.numbers()[:90])
    lines = make.text_of(every).encode()
    return [every.to_bytes(), detach.to_bytes(), numbers.to_bytes(), lines, gzip.compress(lines, mtime=0)]


def tamper_with_bytes(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 5, 30])):
        at = rng.randrange(len(changed) + 1)
        length = rng.choice([1, 1, 2, 8, 100])
        what = rng.randrange(6)
        if what == 0 and changed:
            at = rng.randrange(len(changed))
            changed[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            del changed[at : at + length]
        elif what == 2:
            changed[at:at] = rng.randbytes(length)
        elif what == 3:
            changed[at : at + length] = bytes([rng.choice(b'\x00\xff"[]{},:0129-e\n\\')]) * length
        elif what == 4:
            other = rng.randrange(len(changed) + 1)
            changed[at:at] = changed[other : other + length]
        else:
            del changed[at:]
    return bytes(changed)


def tamper_with_text(data: bytes, rng: random.Random) -> bytes:
    text = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    changed = tamper_with_bytes(text, rng)
    return changed if rng.random() < 0.3 else gzip.compress(changed, 1, mtime=0)


def places(value: object, path: tuple = ()) -> list[tuple]:
    """Where in a JSON value something stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for key, item in inner:
        found += places(item, (*path, key))
    return found


def tamper_with_meaning(data: bytes, rng: random.Random) -> bytes:
    """Still JSON, but something else stands where something stood."""
    text = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    end = text.index(b"\n") + 1
    line_end = text.index(b"\n", end)
    said = json.loads(text[end:line_end])
    for _ in range(rng.choice([1, 1, 2, 4])):
        paths = places(said)
        *path, last = rng.choice(paths)
        inner = said
        for step in path:
            inner = inner[step]
        what = rng.randrange(4)
        if what == 0:
            inner[last] = copy.deepcopy(rng.choice(HOSTILE))
        elif what == 1 and isinstance(inner, list):
            inner.insert(last, copy.deepcopy(rng.choice(HOSTILE)))
        elif what == 2:
            del inner[last]
        elif isinstance(inner[last], int) and not isinstance(inner[last], bool):
            inner[last] += rng.choice([-1, 1, 1000, -(2**33)])
        if not places(said):
            break
    return text[:end] + json.dumps(said).encode() + text[line_end:]


WAYS = [tamper_with_bytes, tamper_with_text, tamper_with_meaning]


def judge(data: bytes) -> str:
    """What became of a file; anything but a refusal or a trace is an error of ours."""
    begun = time.perf_counter()
    try:
        trace = Trace.from_bytes(data, partial=True)
    except TraceError as error:
        assert str(error)
        told = "refused"
    else:
        told = "whole" if trace.damage is None else "partial" if len(trace) else "nothing"
        assert trace.damage is None or len(trace.damage) < 2000 and "\n" not in trace.damage
        state_at(trace)  # whatever it says, it can be folded, and written again
        Trace.from_bytes(trace.to_bytes())
        if trace.damage is not None:
            with pytest.raises(TraceError):
                Trace.from_bytes(data)
    assert time.perf_counter() - begun < SLOW
    return told


def test_no_file_does_any_harm():
    rng = random.Random(20240607)
    files = originals()
    seen: dict[str, int] = {}
    for i in range(COUNT):
        way = WAYS[i % len(WAYS)]
        data = way(files[rng.randrange(len(files))], rng)
        try:
            told = judge(data)
        except Exception as error:
            Path(f"fuzz-{i}.gwtrace").write_bytes(data)
            raise AssertionError(f"file {i} ({way.__name__}), kept as fuzz-{i}.gwtrace") from error
        seen[told] = seen.get(told, 0) + 1
    assert min(seen[told] for told in ("refused", "whole", "partial", "nothing")) > COUNT // 100, seen


def test_what_is_small_on_disk_and_huge_in_memory_is_refused(monkeypatch):
    monkeypatch.setattr("gradwidget.trace.file.MOST", 1 << 20)
    bomb = gzip.compress(make.text_of(Trace()).encode() + b" " * (1 << 24))
    with pytest.raises(TraceError, match="unpacks to more than"):
        Trace.from_bytes(bomb, partial=True)
    deep = b"[" * 1_000_000
    with pytest.raises(TraceError, match="line 2"):
        Trace.from_bytes(make.text_of(Trace()).encode() + deep)
    nested = '{"m":' * 900 + "true" + ',"x":0}' * 900
    block = f'{{"order":"a","kinds":[["leave",[{nested}]]],"vectors":{NO_VECTORS},"bytes":0}}'
    assert "line 2" in Trace.from_bytes(make.text_of(Trace()).encode() + block.encode(), partial=True).damage


def test_a_long_file_with_a_wrong_byte_is_read_as_far_as_it_goes_in_no_time():
    trace = Trace()
    trace.extend(make.numbers()[:] * 20)
    data = bytearray(trace.to_bytes())
    data[len(data) * 3 // 4] ^= 0x55
    begun = time.perf_counter()
    some = Trace.from_bytes(bytes(data), partial=True)
    assert time.perf_counter() - begun < SLOW
    assert 0 < len(some) < len(trace) and [*map(repr, some)] == [*map(repr, trace[: len(some)])]
    assert some.damage
