"""What goes into a block comes out of it, type by type; what is damaged is refused in words."""

from __future__ import annotations

import json
import math
from types import UnionType
from typing import Union, get_args, get_origin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradwidget import events as ev
from gradwidget.decimals import rounded, shortest
from gradwidget.trace import Trace, blocks, columns, file, vectors


def of_type(hint):
    """Anything that a field of this type may hold."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint == ev.Number:
        words = st.sampled_from(["nan", "inf", "-inf", "1+2j"])
        single = st.floats(width=32, allow_nan=False, allow_infinity=False).map(
            lambda x: shortest(np.array([x], "f4"))[0]
        )
        return st.one_of(
            words, single, st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53),
            st.integers(-9999, 9999).map(lambda i: i / 1000),
        )  # fmt: skip
    if origin in (Union, UnionType):
        return st.one_of([of_type(part) for part in parts])
    if origin is tuple and parts[-1] is ...:
        return st.lists(of_type(parts[0]), max_size=5).map(tuple)
    if origin is tuple:
        return st.tuples(*map(of_type, parts))
    plain = {int: st.integers(-(2**40), 2**40), str: st.text(max_size=5), bool: st.booleans(), type(None): st.none()}
    return plain[hint]


an_event = st.sampled_from(list(ev.KINDS)).flatmap(
    lambda kind: st.tuples(*map(of_type, ev.fields(kind).values())).map(ev.KINDS[kind]._make)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(an_event, min_size=1, max_size=25))
def test_every_event_comes_back_as_it_was(some):
    block, data = blocks.pack(some)
    again = blocks.unpack(json.loads(json.dumps(block)), data)
    assert [*map(repr, again)] == [*map(repr, some)]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(width=32), max_size=20), st.sampled_from(["f4", "f8", "f2"]))
def test_numbers_of_a_tensor_come_back_exactly(values, dtype):
    with np.errstate(over="ignore"):
        recorded = tuple(vectors.words(shortest(np.array(values, dtype))))
    table = vectors.Table()
    assert table.code(recorded) == 0 and table.code(recorded) == 1
    told, data = table.packed()
    assert repr(vectors.unpacked(json.loads(json.dumps(told)), data)) == repr([recorded])
    assert len(data) <= len(recorded) * np.dtype(dtype).itemsize or dtype == "f2"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=20))
def test_pictures_are_true_to_a_thousandth(values):
    exact = np.array(values)
    shown = rounded(exact)
    assert np.abs(shown - exact).max() <= np.abs(exact).max() * 1.0001e-3
    assert np.signbit(shown[shown == 0]).sum() <= np.signbit(exact[exact == 0]).sum()


def test_numbers_that_are_short_stay():
    for values in ([399.5, 0.25, 0.0], [100000.0, 3.0], [math.inf, 0.5]):
        assert rounded(np.array(values)).tolist() == values
    assert rounded(np.array([0.123456, 0.00123456])).tolist() == [0.1235, 0.0012]
    assert rounded(np.array([math.nan, 123456.7]))[1] == 123500.0


def a_block():
    trace = [ev.Ran(1, i) for i in range(4)] + [ev.Name("x", None), ev.Op(1, "a", (1, 2), (), "", "grad", None, 3)]
    return blocks.pack([*trace, ev.Cells(1, (0.5,)), ev.Flow(1, 2, 3, 0, (), 1.0, None), ev.Cells(2, (1, 2))])


@pytest.mark.parametrize(
    ("at", "value", "said"),
    [
        (("order",), 5, "without an order"),
        (("order",), "aaaabcdedz", "no kind has the letter 'z'"),
        (("kinds",), {}, "without an order or kinds"),
        (("kinds", 0), 5, "without a name"),
        (("kinds", 0, 0), "frobnicate", "unknown kind of event 'frobnicate'"),
        (("kinds", 0, 1), [], "ran: 2 fields expected, 0 found"),
        (("kinds", 0, 1, 0), "one", "ran.backward: 'one' does not belong there"),
        (("kinds", 0, 1, 0), [1], "ran.backward: a column is a list"),
        (("kinds", 0, 1, 1), {"d": [1, 2]}, "ran.node: 4 items expected, 2 found"),
        (("kinds", 0, 1, 1), {"d": [1, "2", 1, 1]}, "a difference is no integer"),
        (("kinds", 0, 1, 1), {"d": 7}, "7 where a list is expected"),
        (("kinds", 0, 1, 1), {"b": "0110"}, "does not belong there"),
        (("kinds", 0, 1, 1), {"b": "0120"}, "neither 0 nor 1"),
        (("kinds", 0, 1, 1), {"q": 1}, "no column is known"),
        (("kinds", 0, 1, 1), {"t": 5, "c": {"d": [1, 0, 0, 0]}}, "leads before the beginning"),
        (("kinds", 0, 1, 1), {"t": 5, "c": {"d": [0, -1, 0, 0]}}, "a code is no number"),
        (("kinds", 0, 1, 1), {"n": 2**40, "x": 0}, "lists of"),
        (("kinds", 0, 1, 1), {"m": 1, "x": 0}, "a mask is not made of truth values"),
        (("kinds", 0, 1, 1), {"z": []}, "rows of nothing"),
        (("kinds", 0, 1, 1), {"l": [1, 2, 3, 1.5]}, "1.5 does not belong there"),
        (("kinds", 4, 1, 6), {"v": 0}, "too few vectors"),
        (("kinds", 3, 1, 1), {"v": 9}, "before the first vector"),
        (("kinds", 3, 1, 1), {"l": [[1], [2]]}, "cells.values: [1] does not belong there"),
        (("vectors",), None, "the table of vectors is missing"),
        (("vectors", "forms"), "xy", "forms of vectors are damaged"),
        (("vectors", "lengths"), [1, -2], "impossible length"),
        (("vectors", "lengths"), [1, 1], "bytes of numbers are announced"),
        (("vectors", "places"), [99], "places of decimals are damaged"),
        (("vectors", "other"), [[1]], "a vector is none"),
    ],
)
def test_damage_is_named(at, value, said):
    block, data = a_block()
    block = json.loads(json.dumps(block))
    *path, last = at
    inner = block
    for step in path:
        inner = inner[step]
    inner[last] = value
    with pytest.raises(ValueError) as raised:
        blocks.unpack(block, data)
    assert said in str(raised.value)
    # ... and a file with this block gives what stood before it
    whole = b"".join([file.line(Trace().header), file.line(["leave", 7]), file.line(block), data])
    _, found, damage = file.read(whole)
    assert found == [ev.Leave(7)] and said in damage and "line 3 (after 1 events)" in damage


def test_a_column_of_nothing_is_nothing():
    assert columns.Reader([]).read(int, {"d": []}, 0) == []
