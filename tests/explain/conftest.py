"""Programs that confuse people, run and recorded on both libraries."""

from __future__ import annotations

import importlib
import itertools
import linecache
import textwrap
import warnings

import pytest

from gradwidget import explain
from gradwidget.explain.story import Story
from gradwidget.session import Session

LIBRARIES = ["core", "torch"]
_numbers = itertools.count(1)


class Run:
    """A program that ran: its trace, its variables, the exception that it raised, and questions about it."""

    def __init__(self, library: str, program: str) -> None:
        text = textwrap.dedent(program).strip("\n") + "\n"
        file = f"confusing{next(_numbers)}.py"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        self.lines = text.splitlines()
        self.session = Session(file, source=library)
        torch = self.session.library
        if library == "torch":
            torch = importlib.import_module("torch")
        self.torch = torch
        self.variables = {"torch": torch, "__name__": "__main__"}
        self.session.namespaces.append(self.variables)
        self.error: Exception | None = None
        self.session.start()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                exec(compile(text, file, "exec"), self.variables)
            except Exception as error:
                self.error = error
                self.session.error(error)
        self.session.names(self.session.namespaces)
        self.session.stop()
        self.trace = self.session.trace

    @property
    def story(self) -> Story:
        return Story(self.trace[:])

    def id(self, name: str) -> str:
        """The id of what a variable refers to, as answers give it."""
        found = self.session.recorder.id_of(self.variables[name])
        assert found is not None, f"{name} was not recorded"
        return f"t{found}"

    def ask(self, what=None, question=None, step=None):
        return explain.ask_trace(self.trace, what, question, step)[0]

    def line(self, text: str) -> int:
        """The number of the one line with this text."""
        (found,) = [i for i, line in enumerate(self.lines, 1) if text in line]
        return found

    def fixed(self, old: str, new: str) -> Run:
        """The program with a line replaced by a fix: it has to run."""
        lines = []
        for line in self.lines:
            if line.strip() == old:
                space = line[: len(line) - len(line.lstrip())]
                lines += [space + part for part in new.splitlines()]
            else:
                lines.append(line)
        assert lines != self.lines, f"no line {old!r}"
        return Run(self.session.source, "\n".join(lines))


@pytest.fixture(params=LIBRARIES)
def run(request):
    if request.param == "torch":
        pytest.importorskip("torch")
    made = []

    def go(program: str) -> Run:
        made.append(Run(request.param, program))
        return made[-1]

    go.library = request.param
    yield go
    for one in made:
        one.session.close()
