"""The contract: every event survives its way through JSON, and nothing else is taken for an event."""

import json
import typing
from types import UnionType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradwidget import events as ev
from gradwidget import events_ts

TENSOR = ["tensor", 1, 1, 1, 0, [2], [1], "float32", True, True, None, None, 0, "", 0]


def values_of(hint):
    """Any value of a field's type."""
    if hint == ev.Number:
        return st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(["nan", "inf", "-inf", "1+2j"])
    parts = typing.get_args(hint)
    if typing.get_origin(hint) in (UnionType, typing.Union):
        return st.one_of([values_of(part) for part in parts])
    if typing.get_origin(hint) is tuple:
        if parts[-1] is ...:
            return st.lists(values_of(parts[0]), max_size=4).map(tuple)
        return st.tuples(*[values_of(part) for part in parts])
    plain = {int: st.integers(), str: st.text(), bool: st.booleans(), type(None): st.none(), float: st.floats(-9, 9)}
    return plain[hint]


events = st.sampled_from(sorted(ev.KINDS)).flatmap(
    lambda kind: st.tuples(*[values_of(hint) for hint in ev.fields(kind).values()]).map(ev.KINDS[kind]._make)
)


@pytest.mark.parametrize("kind", ev.KINDS)
def test_round_trip_of_every_kind(kind):
    @settings(max_examples=20, deadline=None)
    @given(st.tuples(*[values_of(hint) for hint in ev.fields(kind).values()]).map(ev.KINDS[kind]._make))
    def check(event):
        again = ev.decode(json.loads(json.dumps(ev.encode(event))))
        assert again == event and type(again) is type(event)
        assert all(type(a) is type(b) for a, b in zip(again, event, strict=True))

    check()


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({}, "begins with its kind"),
        ([], "begins with its kind"),
        ([1, 2], "begins with its kind"),
        (["frobnicate", 1], "unknown kind of event 'frobnicate'"),
        (["ran", 1], "ran: 2 fields expected, 1 found"),
        (["ran", 1, 2, 3], "ran: 2 fields expected, 3 found"),
        (["ran", 1, "2"], "ran.node: '2' does not belong there"),
        (["ran", 1, 2.0], "ran.node: 2.0"),
        (["ran", True, 2], "ran.backward: True"),
        (["ran", None, 2], "ran.backward: None"),
        ([*TENSOR[:5], 2, *TENSOR[6:]], "tensor.shape: 2"),
        ([*TENSOR[:5], [2, "3"], *TENSOR[6:]], "tensor.shape: .2, '3'."),
        (["node", 1, "N", None, [[1]], [], 0, None], "node.edges"),
        (["node", 1, "N", None, [], [["self", 1, 1, 1]], 0, None], "node.saved"),
        (["cells", 1, [float("nan")]], "cells.values"),
        (["cells", 1, [float("inf")]], "cells.values"),
        (["cells", 1, [True]], "cells.values"),
    ],
)
def test_what_is_no_event_is_refused(row, complaint):
    with pytest.raises(ValueError, match=complaint):
        ev.decode(row)


def test_fields_that_a_trace_is_too_old_for_have_their_defaults():
    assert ev.decode(["scope", 1, "cell", "[1]", None]) == ev.Scope(1, "cell", "[1]", None, (), "")
    assert ev.decode(["scope", 1, "optimizer", "SGD.step", None, [4]]).tensors == (4,)
    with pytest.raises(ValueError, match="scope: 7 fields expected, 3 found"):
        ev.decode(["scope", 1, "cell", "[1]"])


@settings(max_examples=100, deadline=None)
@given(events, st.data())
def test_a_row_with_a_strange_value_is_refused(event, data):
    """An object belongs nowhere."""
    row = ev.encode(event)
    row[data.draw(st.integers(1, len(row) - 1))] = {}
    with pytest.raises(ValueError):
        ev.decode(json.loads(json.dumps(row)))


def test_typescript_is_what_python_asks_for(tmp_path, monkeypatch, capsys):
    assert events_ts.main(["--check"]) == 0
    monkeypatch.setattr(events_ts, "PLACE", tmp_path / "events.ts")
    assert events_ts.main(["--check"]) == 1
    assert "python -m gradwidget.events_ts" in capsys.readouterr().out
    assert events_ts.main([]) == 0
    assert events_ts.main(["--check"]) == 0
