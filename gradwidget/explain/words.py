"""Sentences, by language: `strings/en.json` and `strings/zh.json`, which have the same keys."""

from __future__ import annotations

import json
import locale
import os
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from ..events import Source

LANGUAGES = ("en", "zh")
PLACE = Path(__file__).parent / "strings"


@cache
def strings(language: str) -> dict[str, Any]:
    """The table of a language: {"cases": {key: {"title", "text", "fix"}}, "words": {...}}."""
    table: dict[str, Any] = json.loads((PLACE / f"{language}.json").read_text(encoding="utf-8"))
    return table


def chosen(language: str | None = None) -> str:
    """The language to speak: the one asked for, else the user's (GRADWIDGET_LANGUAGE, the locale), else English.

    >>> chosen("zh-CN")
    'zh'
    """
    for tag in (language, os.environ.get("GRADWIDGET_LANGUAGE"), os.environ.get("LANG"), _locale()):
        if tag:
            return "zh" if tag.lower().startswith(("zh", "chinese")) else "en"
    return "en"


def _locale() -> str | None:
    try:
        return locale.getlocale()[0]
    except ValueError:
        return None


def say(key: str, part: str, params: dict[str, Any], language: str | None = None) -> str:
    """One part ("title", "text" or "fix") of a case, with what it mentions put in."""
    language = chosen(language)
    return _Words(language).vformat(strings(language)["cases"][key][part], (), params)


def word(key: str, language: str | None = None) -> str:
    return str(strings(chosen(language))["words"][key])


def place(source: Source, language: str | None = None) -> str:
    """Where a line stands, and the line."""
    if source.cell is not None:
        where = word("cell", language).format(cell=source.cell, line=source.line)
    elif source.file:
        where = word("file", language).format(file=source.file, line=source.line)
    else:
        where = word("line", language).format(line=source.line)
    return f"{where}: {source.text}" if source.text else where


class _Words(Formatter):
    """Puts in lists as lists of the language, lines as places, and bytes in units that people read (`{n:bytes}`)."""

    def __init__(self, language: str) -> None:
        self.language = language

    def get_value(self, key: Any, args: Any, kwargs: Any) -> Any:
        return kwargs.get(key)

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "bytes":
            return _bytes(value)
        if isinstance(value, Source):
            return place(value, self.language)
        if isinstance(value, (list, tuple)):
            most = 6
            shown = [self.format_field(v, "") for v in value[:most]]
            more = ["…"] if len(value) > most else []
            return str(strings(self.language)["words"]["and"]).join([*shown, *more])
        if value is None:
            return str(strings(self.language)["words"]["somewhere"])
        if isinstance(value, float):
            return f"{value:.4g}"
        return str(format(value, format_spec))


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
