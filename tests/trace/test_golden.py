"""The fold gives the states that are written down, and the recorder still tells the story that is."""

import json
from pathlib import Path

import pytest

from gradwidget.trace import Trace, compare, state_at, to_json
from tests.golden import make

GOLDEN = sorted(Path(make.__file__).parent.glob("*.trace.jsonl"))
AGAIN = "; if it ought to be so: python -m tests.golden.make"


def name_of(path):
    return path.name.split(".")[0]


@pytest.mark.parametrize("path", GOLDEN, ids=name_of)
def test_states(path):
    trace = Trace.load(path)
    expected = json.loads(path.with_name(f"{name_of(path)}.states.json").read_text(encoding="utf-8"))
    assert expected[-1]["step"] == len(trace)
    for state in expected:
        assert json.loads(json.dumps(to_json(state_at(trace, state["step"])))) == state


@pytest.mark.parametrize("path", GOLDEN, ids=name_of)
def test_same_story(path):
    name = name_of(path)
    assert compare(Trace.load(path), make.made(name)) == [], f"{name} is told in another way now" + AGAIN


@pytest.mark.parametrize("name", make.WRITTEN)
def test_a_file_of_blocks_holds_the_same(name):
    packed = Trace.load(Path(make.__file__).parent / f"{name}.gwtrace")
    assert [*map(repr, packed)] == [*map(repr, make.made(name))]


def test_nothing_is_left_out():
    assert {name_of(path) for path in GOLDEN} == {*make.WRITTEN, *make.PROGRAMS}
    kinds = {type(event).__name__ for event in make.every_kind()}
    assert kinds == {cls.__name__ for cls in make.ev.KINDS.values()}
