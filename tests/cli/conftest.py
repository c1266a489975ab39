"""A folder to run commands in, a bundle that does little, and a way to run a command."""

from __future__ import annotations

import pytest

from gradwidget import cli
from tests.widget.conftest import built  # noqa: F401


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Write a script into an empty folder, which is the current one; its name."""
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> str:
        (tmp_path / "lesson.py").write_text(text)
        return "lesson.py"

    return write


@pytest.fixture
def run(capsys):
    """Run a command: its exit code, what it said on stdout, and on stderr."""

    def command(*argv: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(list(argv))
        return code, *capsys.readouterr()

    return command
