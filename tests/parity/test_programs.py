"""The programs of the twin tests, recorded on the core and on real PyTorch: the two traces tell one story.

`programs_ok.txt` holds those that agree. To look at the others: `python tests/parity/survey.py graph inplace`.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from gradwidget.record import written_notes
from gradwidget.trace.parity import parity

pytest.importorskip("torch")
both = importlib.import_module("both")

AGREE = [line.split() for line in Path(__file__).with_name("programs_ok.txt").read_text().splitlines()]


@pytest.mark.parametrize(("module", "name"), AGREE, ids=[".".join(line) for line in AGREE])
def test_the_two_sources_tell_the_same(module: str, name: str) -> None:
    program = getattr(importlib.import_module(f"programs.{module}"), name)
    assert both.differences(program) == []


@pytest.mark.parametrize(("module", "name"), AGREE[::6], ids=[".".join(line) for line in AGREE[::6]])
def test_ops_that_are_written_out_are_told_as_others(monkeypatch: pytest.MonkeyPatch, module: str, name: str) -> None:
    program = getattr(importlib.import_module(f"programs.{module}"), name)
    monkeypatch.setattr(written_notes, "_written", {})
    monkeypatch.setattr(written_notes, "OFTEN", 1 << 30)
    plain = both.recorded(program, "core")
    assert not written_notes._written
    monkeypatch.setattr(written_notes, "OFTEN", 1)
    both.recorded(program, "core")
    found = parity(plain, both.recorded(program, "core"))
    assert [line for line in found if ": cells:" not in line] == []  # what `empty` holds is nobody's


def test_there_are_enough() -> None:
    assert len(AGREE) >= 60


@pytest.mark.parametrize(("module", "name"), AGREE[::6], ids=[".".join(line) for line in AGREE[::6]])
def test_calls_that_are_known_are_told_as_when_they_were_new(module: str, name: str) -> None:
    program = getattr(importlib.import_module(f"programs.{module}"), name)
    quick = importlib.import_module("gradwidget.record.from_torch_quick")
    quick.FORMS.clear()
    first = both.recorded(program, "torch")
    found = parity(first, both.recorded(program, "torch"))
    assert [line for line in found if ": cells:" not in line] == []  # what `empty` holds is nobody's
