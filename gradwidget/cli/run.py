"""`gradwidget run script.py -o out.html`: run a script and write a page that replays it."""

from __future__ import annotations

import argparse
import ast
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from .files import FAILED, Failed, check_built, check_folder, write, wrote


def options(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="run a script and write a page that replays it",
        description="Run a script as `python script.py` would, record what its tensors do, and write a page that replays "
        "it. An error of the script is part of the recording; the exit code is the script's. A trace is written as it "
        "grows: what is left of a script that was killed can be read.",
        epilog="Options of the script itself go after --: gradwidget run train.py -o out.html -- --epochs 3",
    )
    parser.add_argument("script", help="the script")
    parser.add_argument("args", nargs="*", help="its arguments")
    parser.add_argument("-o", "--output", help="the page to write (default: SCRIPT.html, unless --trace is given)")
    parser.add_argument("--trace", help="also write the trace, to this file")
    parser.add_argument(
        "--torch", action="store_true", help="let the script's `import torch` give gradwidget's tensors"
    )
    parser.add_argument(
        "--source", choices=["auto", "core", "pytorch"], default="auto",
        help="whose tensors are heard: gradwidget's (core), or those of PyTorch itself (default: whichever is imported)",
    )  # fmt: skip
    parser.add_argument("--title", default="", help="title of the page (default: the script's name)")


def run(options: argparse.Namespace) -> int:
    from ..alias import Alias
    from ..session import Session

    script = Path(options.script)
    try:
        source = script.read_bytes()
    except OSError as error:
        raise Failed(f"cannot read {script}: {error.strerror}") from None
    page = options.output or (None if options.trace else f"{script.stem}.html")
    if page is not None:
        check_built()
    for path in filter(None, (page, options.trace)):
        check_folder(path)
    heard = _heard(options, script)
    alias = Alias()
    if options.torch:
        alias.install()
    module = ModuleType("__main__")
    module.__file__ = str(script)
    session = Session(options.title or script.name, source=heard)
    session.namespaces.append(module.__dict__)
    stream = None
    if options.trace:
        try:
            session.stream_to(options.trace)
        except OSError as error:
            raise Failed(f"cannot write {options.trace}: {error.strerror or error}") from None
        stream = session.stream
    here = os.getpid()
    session.start()
    try:
        code = execute(source, script, [str(script), *options.args], module, session)
    finally:
        session.names(session.namespaces)
        session.close()
        alias.remove()
    if os.getpid() != here:
        return code  # a child that the script forked: the recording is its parent's to write
    # What was asked for is written whatever became of the script; its own exit code comes first.
    failed = 0
    if stream is not None:
        failed |= FAILED if stream.failed else wrote(options.trace)
    if page is not None:
        from ..widget.html import to_html

        failed |= write(page, lambda: to_html(session.trace, page, options.title))
    return code or failed


def _heard(options: argparse.Namespace, script: Path) -> str:
    """Which library the recording hears: "core", or "torch" for PyTorch."""
    if options.source == "auto":
        found = imports(script)
        source = "torch" if "torch" in found and "gradwidget.torch" not in found and not options.torch else "core"
    else:
        source = "torch" if options.source == "pytorch" else "core"
    if source == "torch":
        from ..watching import NoPyTorch, find_pytorch

        try:
            find_pytorch()
        except NoPyTorch as error:
            if options.source == "pytorch":
                raise Failed(str(error)) from None
            return "core"  # the script will say itself what it misses
    return source


def imports(script: Path) -> set[str]:
    """Of "torch" and "gradwidget.torch", those that a script imports, or a module that lies beside it and is imported."""
    found: set[str] = set()
    todo, seen = [script], {script}
    while todo:
        try:
            tree = ast.parse(todo.pop().read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue
        names = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
        for name in names:
            found |= {library for library in ("torch", "gradwidget.torch") if f"{name}.".startswith(f"{library}.")}
            beside = script.parent.joinpath(*name.split("."))
            new = [path for path in (beside.with_suffix(".py"), beside / "__init__.py") if path not in seen]
            seen.update(new)
            todo += [path for path in new if path.is_file()]
    return found


def execute(source: bytes, script: Path, argv: list[str], module: ModuleType, session: Any) -> int:
    """Run it as `__main__`; the exit code that Python would give."""
    before = sys.argv, sys.path[0], sys.modules["__main__"]
    sys.argv, sys.path[0], sys.modules["__main__"] = argv, str(script.resolve().parent), module
    try:
        exec(compile(source, str(script), "exec"), module.__dict__)
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            return leaving.code or 0
        print(leaving.code, file=sys.stderr)
        return 1
    except BaseException as error:
        if isinstance(error, Exception):
            session.error(error)
        inside = error.__traceback__.tb_next if error.__traceback__ is not None else None
        traceback.print_exception(type(error), error, inside)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    finally:
        sys.argv, sys.path[0], sys.modules["__main__"] = before
    return 0
