"""What a user installs: the wheel, made from the sdist, in an environment that has nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = "gradwidget/static/widget.js"

MOST = 150 * 1024  # bytes; every widget in a saved notebook carries the bundle once

pytestmark = pytest.mark.slow


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The sdist, and the wheel built from it as pip would on a machine that has only the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    [sdist], [wheel] = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def python(packages, tmp_path_factory):
    """An interpreter that has the wheel, what the wheel asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    run(sys.executable, "-m", "venv", folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(python, "-m", "pip", "install", "--quiet", packages[1])
    return python


def test_both_carry_the_bundle_and_no_more_than_they_should(packages):
    sdist, wheel = packages
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = set(archive.namelist())
        assert archive.getinfo(BUNDLE).file_size <= MOST
        [said] = [archive.read(name).decode() for name in in_wheel if name.endswith("entry_points.txt")]
    with tarfile.open(sdist) as archive:
        in_sdist = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert "[pytest11]\ngradwidget = gradwidget.pytest_plugin" in said
    assert BUNDLE in in_wheel and BUNDLE in in_sdist
    assert {"pyproject.toml", "js/package-lock.json", "js/hatch_build.py", "LICENSE"} <= in_sdist
    assert not any("node_modules" in name for name in in_sdist | in_wheel)
    assert {name.split("/")[0] for name in in_wheel} == {"gradwidget", "gradwidget-0.1.0.dist-info"}


def test_wheel_works_in_an_empty_environment(python, tmp_path):
    script = tmp_path / "lesson.py"
    script.write_text(
        "from gradwidget import torch\n"
        "x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\n"
        "(x * x).sum().backward()\n"
        "print(x.grad)\n"
    )
    page = tmp_path / "lesson.html"
    said = run(python, "-m", "gradwidget", "run", script, "-o", page, cwd=tmp_path)
    assert "tensor([2., 4., 6.])" in said
    assert page.stat().st_size > 20_000


def test_wheel_has_its_widget(python, tmp_path):
    """The widget's classes load there and find the bundle, without a notebook around them."""
    said = run(python, "-c", "import gradwidget.widget.widget; print(gradwidget.__version__)", cwd=tmp_path)
    assert said.strip() == "0.1.0"
