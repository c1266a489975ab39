"""Traces that are equal up to ids, and what is said of those that are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradwidget import events as ev
from gradwidget.trace import compare
from gradwidget.trace.compare import canonical
from tests.golden.make import PROGRAMS, every_kind, record

PLAIN = {
    "bytes",
    "cell",
    "line",
    "offset",
    "shape",
    "stride",
    "output",
    "version",
    "before",
    "after",
    "rows",
    "columns",
}


def shifted(x, by):
    """The event with every id greater by the same amount, those of each family in their own way."""
    family = {"id": 1, "counter": 2, "storage": 3, "node": 4, "nodes": 4, "origin": 4, "op": 5, "source": 6, "scope": 7}
    family |= {"parent": 7, "backward": 8} | dict.fromkeys(
        ("tensor", "tensors", "base", "inputs", "outputs", "variable", "roots", "grad"), 9
    )
    own = {"storage": 3, "tensor": 9, "op": 5, "node": 4, "source": 6, "scope": 7, "backward": 8}

    def up(value, which):
        if isinstance(value, tuple):
            return tuple(up(v, which) for v in value)
        return None if value is None else value + by * which

    kind = ev.kind_of(x)
    fields = x._asdict()
    for name, value in fields.items():
        if name == "id":
            fields[name] = up(value, own.get(x.what if kind == "freed" else kind, 1))
        elif name == "edges":
            fields[name] = tuple(None if e is None else (up(e[0], 4), e[1]) for e in value)
        elif name == "saved":
            fields[name] = tuple((f, up(t, 9), up(s, 3), up(c, 2), v) for f, t, s, c, v in value)
        elif name in family:
            fields[name] = up(value, family[name])
    return type(x)(**fields)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_program_tells_the_same_story(name):
    assert compare(record(name), record(name), ignore=()) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 1000))
def test_ids_do_not_matter(by):
    trace = every_kind()
    assert compare(trace, [shifted(event, by) for event in trace], ignore=()) == []


def test_every_whole_number_is_an_id_or_known_to_be_none():
    """A new field has to be put on one of the two sides."""
    first = canonical([shifted(event, 50) for event in every_kind()])
    for kind, cls in ev.KINDS.items():
        for field, hint in ev.fields(kind).items():
            if "int" not in str(hint) or field in PLAIN or field in ("edges", "saved"):
                continue
            for event in first:
                if type(event) is cls:
                    values = getattr(event, field)
                    for value in values if isinstance(values, tuple) else [values]:
                        assert value is None or value < 50, f"{kind}.{field} was not renamed"


def test_differences_are_told_with_place_and_field():
    first = every_kind()
    second = list(first)
    place = next(i for i, e in enumerate(second) if type(e) is ev.Reseat)
    second[place] = second[place]._replace(shape=(20, 5))
    (told,) = compare(first, second, ignore=())
    assert told == f"event {place}, reseat.shape: (10, 10) against (20, 5)"


def test_another_tensor_is_a_difference():
    first = list(record("detach"))
    place = next(i for i, e in enumerate(first) if type(e) is ev.Op and e.name == "add")
    second = list(first)
    second[place] = second[place]._replace(inputs=(second[place].inputs[0],) * 2)
    (told,) = compare(first, second, ignore=())
    assert f"event {place}, op.inputs" in told


def test_a_missing_or_another_event():
    trace = list(every_kind())
    (told,) = compare(trace, trace[:-1], ignore=())
    assert told.startswith(f"{len(trace)} events against {len(trace) - 1}; the first one more is Leave")
    (told,) = compare(trace[:3], [*trace[:2], ev.Leave(1)], ignore=())
    assert told.startswith("event 2: Storage(") and "against Leave(" in told


def test_what_is_ignored():
    trace = list(every_kind())
    other = [e for e in trace if type(e) not in (ev.Thumb, ev.Source)]
    assert compare(trace, other, ignore=("thumb", "source")) == []
    assert compare(trace, other, ignore=("source",)) != []
    other = [e._replace(args="?") if type(e) is ev.Op else e for e in trace]
    assert compare(trace, other, ignore=("op.args",)) == []
    assert len(compare(trace, other, ignore=())) == 4
    assert compare(trace, other, ignore=(), most=2)[2:] == ["..."]


def test_numbers_may_differ_a_little():
    def cells(*values):
        return [ev.Cells(1, values)]

    assert compare(cells(1.0, "nan", 0.0), cells(1.00001, "nan", 0.0)) == []
    assert compare(cells(1), cells(1.0)) == []
    assert compare(cells(1.0), cells(1.01)) != []
    assert compare(cells(1.0), cells(1.01), tolerance=0.1) == []
    assert compare(cells("inf"), cells("-inf")) != []
    assert compare(cells("nan"), cells(1.0)) != []
