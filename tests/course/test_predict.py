"""Questions that a picture asks before it shows."""

from __future__ import annotations

import pytest

import gradwidget
from gradwidget import torch
from gradwidget.course import questions
from gradwidget.course.predict import question
from gradwidget.session import Session


def test_what_can_be_asked():
    assert question("gradients").what == "gradients"
    assert question("sharing", of="a").of == "a"
    for what, of, word in (
        ("colours", "", "can hide"),
        ("sharing", "", "one tensor"),
        ("versions", "a", "all of them"),
    ):
        with pytest.raises(ValueError, match=word):
            question(what, of)


def test_a_question_is_about_the_first_cell_that_computes_something():
    session = Session("test")
    session.start()
    try:
        session.enter_cell(1)
        session.predict("gradients")
        session.leave_cell()
        assert session.questions[0].end is None
        session.enter_cell(2)
        x = torch.ones(2, requires_grad=True)
        x.sum().backward()
        session.leave_cell()
        end = session.questions[0].end
        assert end == len(session.trace)
        session.enter_cell(3)
        x.sum().backward()
        session.leave_cell()
        assert session.questions[0].end == end < len(session.trace)
        (option,) = questions(session.questions)
        assert option["what"] == "gradients" and option["begin"] < option["end"]
    finally:
        session.stop()


def test_without_a_notebook_there_is_nothing_to_ask_in():
    with pytest.raises(RuntimeError, match="load_ext"):
        gradwidget.predict("gradients")
