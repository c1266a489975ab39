"""What an answer is: words, what to highlight, the line, and a fix that is code."""

from __future__ import annotations

import re
from html import escape
from typing import Any, NamedTuple

from ..events import Source
from . import words


class Answer(NamedTuple):
    """The answer to one question.

    key: its name, that of a case in `strings/*.json` ("cut-no-grad", "stale-saved", ...)
    about: what was asked about, as people call it
    params: what the sentences mention
    ids: what to highlight, most important first: "t3" a tensor, "o4" an op, "n5" a node, "s6" a storage
    source: the line that did it, where one did
    fix: code that mends it, or ""; names in it are the program's own
    question: the question word that it answers ("grad", "backward", ...)

    >>> answer = gradwidget.why("x.grad")
    >>> answer.key, answer.line, answer.fix
    ('not-leaf', 3, 'y.retain_grad()')
    >>> print(answer.text("zh"))
    """

    key: str
    about: str
    params: dict[str, Any]
    ids: tuple[str, ...] = ()
    source: Source | None = None
    fix: str = ""
    question: str = ""

    @property
    def line(self) -> int | None:
        """The number of the line in its file or cell."""
        return None if self.source is None else self.source.line

    @property
    def tensors(self) -> tuple[int, ...]:
        return self._ids("t")

    @property
    def nodes(self) -> tuple[int, ...]:
        return self._ids("n")

    @property
    def ops(self) -> tuple[int, ...]:
        return self._ids("o")

    def _ids(self, family: str) -> tuple[int, ...]:
        return tuple([int(i[1:]) for i in self.ids if i[0] == family])

    def title(self, language: str | None = None) -> str:
        """The case's name in words."""
        return words.say(self.key, "title", self._params, language)

    def because(self, language: str | None = None) -> str:
        """What happened and what follows, in a few sentences."""
        return words.say(self.key, "text", self._params, language)

    def advice(self, language: str | None = None) -> str:
        """What to do, in a sentence; the code is `fix`."""
        return words.say(self.key, "fix", self._params, language)

    @property
    def _params(self) -> dict[str, Any]:
        return {"about": self.about, "line": self.source, **self.params}

    def text(self, language: str | None = None) -> str:
        """All of it as plain text; `language` is "en" or "zh", by default the user's."""
        parts = [f"{self.title(language)}", _indented(self.because(language))]
        if self.source is not None:
            parts.append(f"  → {words.place(self.source, language)}")
        advice = self.advice(language)
        if advice:
            parts.append(_indented(f"{words.word('fix', language)} {advice}"))
        if self.fix:
            parts.append(_indented(self.fix, "      "))
        return "\n".join(parts)

    def __str__(self) -> str:
        return self.text()

    def to_json(self, language: str | None = None) -> dict[str, Any]:
        """The answer as plain JSON, with its words in one language."""
        source = None if self.source is None else self.source._asdict()
        return {
            "key": self.key,
            "question": self.question,
            "about": self.about,
            "title": self.title(language),
            "text": self.because(language),
            "advice": self.advice(language),
            "fix": self.fix,
            "ids": list(self.ids),
            "source": source,
        }

    def _repr_html_(self) -> str:
        return self.html()

    def html(self, language: str | None = None) -> str:
        """The answer as a piece of HTML; whatever comes from the program is escaped."""
        advice = self.advice(language)
        parts = [
            f"<b>{escape(self.title(language))}</b>",
            f"<p style='margin:.3em 0'>{escape(self.because(language))}</p>",
        ]
        if self.source is not None:
            parts.append(f"<p style='margin:.3em 0'>→ <code>{escape(words.place(self.source, language))}</code></p>")
        if advice:
            parts.append(f"<p style='margin:.3em 0'><b>{escape(words.word('fix', language))}</b> {escape(advice)}</p>")
        if self.fix:
            parts.append(f"<pre style='margin:.3em 0;padding:.4em .7em'>{escape(self.fix)}</pre>")
        style = "border-left:3px solid #cf222e;padding:.2em .8em;max-width:46em"
        return f'<div class="gradwidget-why" style="{style}">{"".join(parts)}</div>'


def code(text: str) -> str:
    """Code in which a module's path is written as Python has it: `model.0.weight` is `model[0].weight`."""
    before = ""
    while before != text:
        before, text = text, _PART.sub(r"\1[\2]", text)
    return text


_PART = re.compile(r"\b([A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\])*)\.(\d+)(?=\W|$)")


def _indented(text: str, by: str = "  ") -> str:
    return "\n".join([by + line for line in text.splitlines()])
