"""Every lesson runs, and says the same on the core as on PyTorch; its translations differ in words only."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("*.en.ipynb"))

pytestmark = pytest.mark.slow


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def on_pytorch(notebook):
    """The same lesson without the picture, on the real library."""
    for cell in code_cells(notebook):
        lines = [line for line in cell.source.splitlines() if not line.startswith("%")]
        cell.source = (
            "" if ours_alone(cell) else "\n".join(lines).replace("from gradwidget import torch", "import torch")
        )
    return notebook


def ours_alone(cell):
    """Whether only gradwidget can run it: questions, checks, a device that is acted out."""
    return "core-only" in cell.metadata.get("tags", []) or cell.source.startswith(("%%check", "gradwidget."))


def solved(notebook):
    """The same lesson with its exercises done."""
    for cell in code_cells(notebook):
        cell.source = cell.metadata.get("solution", cell.source)
    return notebook


def run(notebook):
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [said(cell) for cell in code_cells(notebook)]


def said(cell):
    """What a cell printed, returned or raised, as text; addresses are not part of it."""
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            if not output.text.startswith("gradwidget: "):  # our explanation of an error
                parts.append(output.text)
        elif output.output_type == "execute_result":
            parts.append(output.data["text/plain"])
        elif output.output_type == "error":
            parts.append(f"{output.ename}: {output.evalue}")
    return re.sub(r"( object)? at 0x[0-9a-f]+", "", "\n".join(parts))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_says_the_same_on_pytorch(path, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    lesson = solved(nbformat.read(path, as_version=4))
    alone = [ours_alone(cell) for cell in code_cells(lesson)]
    ours, theirs = run(lesson), run(on_pytorch(solved(nbformat.read(path, as_version=4))))
    assert [said for said, skip in zip(ours, alone) if not skip] == [
        said for said, skip in zip(theirs, alone) if not skip
    ]

    for cell, said in zip(code_cells(lesson), ours):
        if cell.source.startswith("%%check"):
            assert "✓" in said and "✗" not in said, said
    meant = ["raises-exception" in cell.metadata.get("tags", []) for cell in code_cells(lesson)]
    failed = [any(output.output_type == "error" for output in cell.outputs) for cell in code_cells(lesson)]
    assert failed == meant


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.zh.ipynb")), ids=lambda path: path.stem)
def test_an_unsolved_exercise_stops_nobody(path, monkeypatch, tmp_path):
    """Run as it is handed out: what is meant to fail fails, and nothing else; checks are not content yet."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    lesson = nbformat.read(path, as_version=4)
    for cell, said in zip(code_cells(lesson), run(lesson)):
        if cell.source.startswith("%%check"):
            assert "✗" in said, said


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_translations_have_the_same_code(path):
    translated = path.with_name(path.name.replace(".en.", ".zh."))
    ours, theirs = nbformat.read(path, as_version=4), nbformat.read(translated, as_version=4)
    assert [cell.cell_type for cell in ours.cells] == [cell.cell_type for cell in theirs.cells]
    assert [cell.source for cell in code_cells(ours)] == [cell.source for cell in code_cells(theirs)]
    assert [cell.metadata for cell in code_cells(ours)] == [cell.metadata for cell in code_cells(theirs)]


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_lessons_are_kept_without_outputs(path):
    for cell in code_cells(nbformat.read(path, as_version=4)):
        assert cell.outputs == [] and cell.execution_count is None
