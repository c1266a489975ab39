"""Exercises that check themselves."""

from __future__ import annotations

import pytest

from gradwidget import torch
from gradwidget.course import check


def test_true_lines_are_ticked_and_the_whole_is_true():
    done = check("a == 1\n\n# a remark\nb.is_leaf", {"a": 1, "b": torch.ones(2)})
    assert done and repr(done) == "✓ a == 1\n✓ b.is_leaf"


def test_a_false_line_says_what_was_found():
    done = check("a == 1\nlen(b) == 2", {"a": 3, "b": [1, 2]})
    assert not done
    assert repr(done).splitlines()[0].split() == ["✗", "a", "==", "1", "←", "a", "is", "3"]


def test_what_is_not_filled_in_yet_is_said():
    assert "a is still …" in repr(check("a == 1", {"a": ...}))


def test_a_tensor_is_right_where_all_of_it_is():
    x = torch.tensor([1.0, 2.0])
    assert check("x > 0", {"x": x}) and not check("x > 1", {"x": x})


def test_a_line_that_raises_is_not_true_yet():
    (line,) = check("y.grad is not None", {}).lines
    assert not line.good and line.remark.startswith("NameError")


def test_a_line_that_is_no_expression_is_an_error_of_the_lesson():
    with pytest.raises(SyntaxError):
        check("a = 1", {})
