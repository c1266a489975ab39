"""Whatever a trace holds (its end cut off, its beginning missing, ids that were never told), questions get answers or a
clear refusal, never another error."""

import random
from pathlib import Path

import pytest

from gradwidget import events as ev
from gradwidget.explain import QUESTIONS, Unknown, ask_trace, questions, tables
from gradwidget.explain.ask import answers, story_of
from gradwidget.explain.hazards import Hazards
from gradwidget.trace import Trace

GOLDEN = sorted(Path(__file__).parent.parent.joinpath("golden").glob("*.trace.jsonl"))


def ask_everything(events):
    trace = Trace()
    trace.extend(events)
    story = story_of(trace)
    for tensor in story.tensors:
        for question in (*QUESTIONS, None):
            for answer in ask_trace(trace, tensor, question):
                assert answer.text("en") and answer.text("zh") and answer.html("zh") and answer.to_json("en")
    for i in story.places(ev.Problem):
        questions.of_problem(story, i)
    ask_trace(trace)
    tables(trace, ["zh"])


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name.partition(".")[0])
def test_every_part_of_a_golden_trace(path):
    events = list(Trace.load(path))
    chance = random.Random(path.name)
    ask_everything(events)
    for _ in range(6):
        first, last = sorted(chance.sample(range(len(events) + 1), 2))
        ask_everything(events[first:last])
    for _ in range(6):
        ask_everything([e for e in events if chance.random() < 0.8])


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name.partition(".")[0])
def test_hazards_of_damaged_traces(path):
    events = list(Trace.load(path))
    chance = random.Random(path.name)
    for _ in range(30):
        some = [e for e in events if chance.random() < 0.7]
        chance.shuffle(some)
        hazards = Hazards()
        out = hazards(some)
        assert [e for e in out if not isinstance(e, ev.Problem) or e in some] == some and not hazards.broken
        hazards.finish()


def test_names_that_are_no_names():
    trace = Trace.load(GOLDEN[0])
    for what in ("", ".", ".grad", "..", "w.grad.grad", "t", "t0", "t-1", "\x00", "名", "w" * 10_000):
        try:
            ask_trace(trace, what)
        except Unknown as error:
            assert str(error)
    assert answers(trace, "t1", "no such question", 0, "en") == []
    assert answers(trace, "t1", None, -5, "xx") == answers(trace, "t1", None, None, "en")
