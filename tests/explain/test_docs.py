"""The page about why-questions tells of every case and hazard that there is, and of none that there is not."""

import re
from pathlib import Path

from gradwidget.explain import QUESTIONS, words
from gradwidget.explain.hazards import KEYS

PAGE = (Path(__file__).parents[2] / "docs" / "why.md").read_text(encoding="utf-8")


def test_the_page_names_what_there_is():
    cases = words.strings("en")["cases"].keys()
    tables = PAGE.partition("## Questions")[2].partition("## The graph")[0]
    named = {key for row in tables.splitlines() if row.startswith("|") for key in re.findall(r"`([\w-]+)`", row)}
    assert set(QUESTIONS) <= named and set(KEYS) <= named
    confusions = PAGE.partition("by name")[2].partition("## The graph")[0]
    keys = {key for row in confusions.splitlines() for key in re.findall(r"`([\w-]+)`", row.rpartition(" | ")[2])}
    assert keys <= cases and len(keys) > 40
