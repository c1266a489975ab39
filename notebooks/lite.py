"""The lessons in a JupyterLite: a static site in which they run, in the reader's browser, without a server.

    python3 dev.py lite               # into site/lite/
    python notebooks/lite.py OUT      # the same where everything is installed

The site carries gradwidget's own wheel and those of its pure dependencies. Python itself (Pyodide), NumPy and networkx come
from Pyodide's public address when a reader opens a lesson; `--pyodide URL` names a copy of the whole distribution instead.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import nbformat

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
# What Pyodide's distribution lacks. The same versions as here, because the site takes the other half of each widget from here.
CARRIED = ("anywidget", "comm", "ipywidgets", "jupyterlab-widgets", "psygnal")
# JupyterLite's own tools have a folder of their own: among JupyterLab's extensions its kernel would be in the way there.
TOOLS = Path(sys.prefix) / "jupyterlite"
TOOLS_ARE = ("jupyterlite-core>=0.8,<0.9", "jupyterlite-pyodide-kernel>=0.8,<0.9")
FIRST = "%pip install -q gradwidget"


def main(out: Path, pyodide: str = "", languages: tuple[str, ...] = ("en", "zh")) -> None:
    """Write the site into `out`. Raises CalledProcessError where a tool fails; it has said why."""
    if not TOOLS.exists():
        run(["-m", "pip", "install", "--quiet", "--target", TOOLS, *TOOLS_ARE], cwd=ROOT)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        wheels(work / "pypi")
        lessons(work / "files", languages)
        (work / "jupyter-lite.json").write_text(json.dumps(settings(pyodide)), encoding="utf-8")
        command = ["jupyterlite_core", "build", "--lite-dir", work, "--output-dir", out.resolve()]
        extensions = {"extra_labextensions_path": [str(TOOLS / "share" / "jupyter" / "labextensions")]}
        (work / "jupyter_lite_config.json").write_text(
            json.dumps({"FederatedExtensionAddon": extensions}), encoding="utf-8"
        )
        run(["-m", *command, "--no-libarchive", "--no-sourcemaps"], cwd=work, PYTHONPATH=str(TOOLS))


def wheels(folder: Path) -> None:
    """The wheel made of this checkout, and those it needs. The build finds them in a folder of this name, and lists them."""
    folder.mkdir()
    run(["-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT)
    wanted = [f"{name}=={version(name)}" for name in CARRIED]
    anywhere = ["--no-deps", "--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none"]
    run(["-m", "pip", "download", "--quiet", "--dest", folder, *anywhere, *wanted], cwd=ROOT)


def lessons(folder: Path, languages: tuple[str, ...]) -> None:
    """Every lesson, with one cell before its first that installs gradwidget into the page."""
    folder.mkdir()
    for path in sorted(p for language in languages for p in HERE.glob(f"*.{language}.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        at = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
        notebook.cells.insert(at, nbformat.v4.new_code_cell(FIRST, id="install"))
        notebook.metadata.kernelspec = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
        nbformat.write(notebook, folder / path.name)


def settings(pyodide: str) -> dict:
    """What the site tells JupyterLab; its schema is JupyterLite's."""
    plugins = {KERNEL: {"pyodideUrl": pyodide.rstrip("/") + "/pyodide.mjs"}} if pyodide else {}
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {"appName": "gradwidget", "litePluginSettings": plugins},
    }


def run(arguments: list[str | Path], cwd: Path, **environment: str) -> None:
    subprocess.run(
        [sys.executable, *(str(a) for a in arguments)], cwd=cwd, check=True, env={**os.environ, **environment}
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "site" / "lite")
    parser.add_argument("--pyodide", default="", metavar="URL", help="a folder that holds Pyodide's whole distribution")
    given = parser.parse_args()
    main(given.out, given.pyodide)
