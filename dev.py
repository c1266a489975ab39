"""The commands of this project. They need Python 3.10 or newer and nothing else.

    python3 dev.py lab     open JupyterLab on the first lesson
    python3 dev.py test    run every test: Python, TypeScript, the browser
    python3 dev.py gallery write the lessons as a site, into site/
    python3 dev.py lite    write the lessons as a JupyterLite, where they run in the browser, into site/lite/
    python3 dev.py reference   write the pages of all that programs may call, from the docstrings, into site/reference/

Both first make a virtual environment in .venv and install into it what they need, Node included; the second time that
takes no time. `python3 dev.py test lint walls` runs single steps, `python3 dev.py test pytest -k views` hands what
follows to pytest.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
NPM = [PYTHON, "js/hatch_build.py"]

FIRST_LESSON = "notebooks/01-storages.en.ipynb"

# Every step of `test`, the slowest last. pytest is one run, so that its summary line speaks for all of it.
STEPS: dict[str, list[list[str | Path]]] = {
    "bundle": [NPM],
    "lint": [[BIN / "ruff", "format", "--check"], [BIN / "ruff", "check"], [*NPM, "run", "lint"]],
    "types": [[BIN / "mypy"], [*NPM, "run", "typecheck"]],
    "walls": [[BIN / "lint-imports", "--no-logo"]],
    "vitest": [[*NPM, "run", "test"]],
    "pytest": [[PYTHON, "-m", "pytest"]],
}


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 10):  # noqa: UP036 (this file meets the Python that is there)
        print("gradwidget needs Python 3.10 or newer; this is", sys.version.split()[0], file=sys.stderr)
        return 2
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command == "lab":
        return lab(rest)
    if command == "test":
        return test(rest)
    if command == "gallery":
        install("lab")
        return run([PYTHON, "notebooks/gallery.py", *rest])
    if command == "lite":
        install("lite")
        return run([PYTHON, "notebooks/lite.py", *rest])
    if command == "reference":
        install("docs")
        return run([PYTHON, "docs/reference.py", *rest])
    print(__doc__)
    return 0 if command in ("-h", "--help", "help") else 2


def lab(rest: list[str]) -> int:
    install("lab")
    return run([PYTHON, "-m", "jupyterlab", FIRST_LESSON, *rest])


def test(rest: list[str]) -> int:
    install("lab", "lite", "test", "torch")
    names = [*STEPS]
    if rest:
        chosen = rest.index("pytest") + 1 if "pytest" in rest else len(rest)
        names, rest = rest[:chosen], rest[chosen:]
        if unknown := [name for name in names if name not in STEPS]:
            print(f"no such step: {', '.join(unknown)}; the steps are {', '.join(STEPS)}", file=sys.stderr)
            return 2
    failed = []
    for name in names:
        begin = time.monotonic()
        for step in STEPS[name]:
            if run([*step, *(rest if name == "pytest" else [])]):
                failed.append(name)
        if name != "pytest":  # whose own last line stays the last one
            print(
                f"-- {name}: {'FAILED' if name in failed else 'passed'}, {time.monotonic() - begin:.0f} s", flush=True
            )
    if failed:
        print("failed:", ", ".join(dict.fromkeys(failed)), file=sys.stderr)
    return 1 if failed else 0


def install(*extras: str) -> None:
    """Bring .venv up to date with pyproject.toml and js/, which the installation builds."""
    stamp = json.loads(STAMP.read_text()) if STAMP.exists() else {}
    state = {"made_from": fingerprint(), "extras": sorted({*extras, *stamp.get("extras", [])})}
    if state == stamp:
        return
    if not PYTHON.exists():
        print("-- making .venv", flush=True)
        if run([sys.executable, "-m", "venv", VENV]):
            sys.exit("Python's `venv` did not work; on Debian and Ubuntu, `apt install python3-venv` adds it.")
    print(f"-- installing gradwidget with {', '.join(state['extras'])} into .venv", flush=True)
    if run([PYTHON, "-m", "pip", "install", "--quiet", "--editable", f".[{','.join(state['extras'])}]"]):
        sys.exit("The installation failed; the reason stands above.")
    STAMP.write_text(json.dumps(state))


def fingerprint() -> str:
    """A digest of everything that an installation is made from."""
    sources = [ROOT / "pyproject.toml", *(path for path in (ROOT / "js").iterdir() if path.is_file())]
    sources += [path for path in (ROOT / "js" / "src").rglob("*") if path.is_file()]
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def run(command: list[str | Path]) -> int:
    sys.stdout.flush()
    try:
        return subprocess.run([str(part) for part in command], cwd=ROOT).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
