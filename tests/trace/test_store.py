"""Trace files: written and read again, and refused with the reason and the place."""

import gzip
import json
import re
import threading

import pytest

from gradwidget import events as ev
from gradwidget.trace import Trace, TraceError, compare
from tests.golden.make import every_kind


@pytest.fixture
def trace():
    return every_kind()


def plain(trace):
    """The file as the first version wrote it: an event a line."""
    return json.dumps({**trace.header, "version": 1}).encode() + b"\n" + trace.lines()


def with_line(trace, number, line):
    """The file with another text in one line (the first is 1)."""
    lines = plain(trace).split(b"\n")
    lines[number - 1] = line
    return b"\n".join(lines)


def test_save_and_load(trace, tmp_path):
    path = tmp_path / "a.gwtrace"
    trace.save(path)
    again = Trace.load(path)
    assert list(again) == list(trace)
    assert again.header == trace.header and again.damage is None
    assert [p.name for p in tmp_path.iterdir()] == ["a.gwtrace"]


def test_the_same_events_give_the_same_bytes(trace):
    assert trace.to_bytes() == every_kind().to_bytes() == Trace.from_bytes(trace.to_bytes()).to_bytes()


def test_a_file_need_not_be_compressed(trace):
    assert list(Trace.from_bytes(plain(trace))) == list(trace)
    assert list(Trace.from_bytes(plain(trace).rstrip(b"\n"))) == list(trace)


def test_any_text_can_be_written():
    trace = Trace(title="权重")
    trace.append(ev.Name("half a pair \ud800, a line\nbreak, \u2028", 1))
    again = Trace.from_bytes(trace.to_bytes())
    assert list(again) == list(trace) and again.title == "权重"


def test_numbers_that_json_lacks_are_words():
    trace = Trace()
    trace.append(ev.Cells(1, (float("nan"), 1.0, float("-inf"))))
    assert Trace.from_bytes(trace.to_bytes())[0].values == ("nan", 1.0, "-inf")
    trace.append(ev.Accumulate(1, 1, 1, 1, float("nan"), False))
    with pytest.raises(ValueError):
        trace.to_bytes()


HEADER = {"format": "gradwidget-trace", "version": 1, "source": "core", "source_version": "", "title": ""}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "not a gradwidget trace"),
        (b"hello\n", "not a gradwidget trace"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "not a gradwidget trace"),
        (b"[1, 2]\n", "not a gradwidget trace"),
        (b'{"traceEvents": []}\n', "not a gradwidget trace"),
        (gzip.compress(b"hello"), "not a gradwidget trace"),
        (json.dumps({**HEADER, "version": 3}).encode(), r"newer gradwidget \(format 3; this one reads up to 2\)"),
        (json.dumps({**HEADER, "version": "1"}).encode(), "version is '1'"),
        (json.dumps({**HEADER, "version": 0}).encode(), "version is 0"),
        (json.dumps({**HEADER, "version": True}).encode(), "version is True"),
    ],
)
@pytest.mark.parametrize("partial", [False, True])
def test_what_is_no_trace_is_refused(data, complaint, partial):
    with pytest.raises(TraceError, match=complaint):
        Trace.from_bytes(data, partial)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b'["ran",1', "line 5 (after 3 events): Expecting"),
        (b"", "line 5 (after 3 events): Expecting"),
        (b"\xff\xfe", "line 5 (after 3 events): "),
        (b'["frobnicate",1]', "line 5 (after 3 events): unknown kind of event 'frobnicate'"),
        (b'["ran",1,2,3]', "line 5 (after 3 events): ran: 2 fields expected, 3 found"),
        (b'["ran",1,null]', "line 5 (after 3 events): ran.node: None"),
        (b'["cells",1,[NaN]]', "line 5 (after 3 events): NaN is not a number"),
        (b'["cells",1,[1e999]]', "line 5 (after 3 events): cells.values"),
        (b"[" * 100_000, "line 5 (after 3 events): "),
    ],
)
def test_a_damaged_line_is_named(trace, line, complaint, tmp_path):
    path = tmp_path / "broken.gwtrace"
    path.write_bytes(with_line(trace, 5, line))
    with pytest.raises(TraceError, match=re.escape(f"broken.gwtrace: {complaint}")):
        Trace.load(path)
    some = Trace.load(path, partial=True)
    assert list(some) == trace[:3]  # the first line is the header
    assert some.damage.startswith(complaint.split(":")[0])


@pytest.mark.parametrize("kept", [0.5, 0.7, 0.9, 0.99])
def test_a_file_that_is_cut_off(kept):
    trace = Trace()
    trace.extend(ev.Name(f"x{i * 7919 % 1000}", i) for i in range(5000))  # nothing that packs into a few bytes
    for data in (trace.to_bytes(), plain(trace)[: -len('"]\n')]):
        data = data[: int(len(data) * kept)]
        with pytest.raises(TraceError, match=r"after [\d,]+ events"):
            Trace.from_bytes(data)
        some = Trace.from_bytes(data, partial=True)
        assert 0 < len(some) < 5000
        assert list(some) == trace[: len(some)]
        assert f"after {len(some):,} events" in some.damage


def test_compressed_data_with_a_wrong_byte(trace):
    data = bytearray(trace.to_bytes())
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(TraceError):
        Trace.from_bytes(bytes(data))
    data = bytearray(trace.to_bytes())
    data[-6] ^= 0xFF  # the checksum
    with pytest.raises(TraceError, match="damaged"):
        Trace.from_bytes(bytes(data))
    assert list(Trace.from_bytes(bytes(data), partial=True)) == list(trace)


def test_something_after_the_end(trace):
    with pytest.raises(TraceError, match="something follows"):
        Trace.from_bytes(trace.to_bytes() + b"more")


def test_lines_are_the_batches_of_a_live_view(trace):
    assert trace.lines(4, 6) == b'["cells",1,[1.0,"nan"]]\n["name","w",1]\n'
    assert b"".join(trace.lines(i, i + 10) for i in range(0, len(trace), 10)) == trace.lines()


def test_notes_are_settled_before_reading_but_not_for_what_is_there():
    trace = Trace()
    waiting = []

    def settle():
        trace.extend(waiting)
        waiting.clear()

    trace.before_reading(settle)
    waiting.append(ev.Leave(1))
    assert len(trace) == 1
    waiting.append(ev.Leave(2))
    assert trace.lines(0, 1) == b'["leave",1]\n' and waiting
    assert trace.lines(0, 2).count(b"\n") == 2
    waiting.append(ev.Leave(3))
    assert [e.scope for e in trace] == [1, 2, 3]
    waiting.append(ev.Leave(4))
    assert trace[-1] == ev.Leave(4)


def test_one_thread_reads_while_another_appends():
    trace = Trace()
    wrong = []

    def read():
        while len(trace) < 20_000:
            for i, event in enumerate(trace[-100:], max(len(trace) - 100, 0)):
                if event.scope < i - 20_000 or type(event) is not ev.Leave:
                    wrong.append(event)
            Trace.from_bytes(json.dumps(HEADER).encode() + b"\n" + trace.lines(0, 50))

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(20_000):
        trace.append(ev.Leave(i))
    reader.join()
    assert not wrong and compare(trace, trace[:]) == []
