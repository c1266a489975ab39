"""The command line: `python -m gradwidget run script.py -o out.html`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

from . import __version__

FAILED = 2  # exit code where gradwidget itself could not do what it was asked


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = _parser()
    given = sys.argv[1:] if argv is None else argv
    ours, theirs = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    options, unknown = parser.parse_known_args(ours)
    if unknown:
        hint = " (the script's own options go after --)" if options.command == "run" else ""
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
    if options.command == "run":
        options.args += theirs
    try:
        return {"run": _run, "show": _show, "info": _info}[options.command](options)
    except _Failed as failure:
        print(f"gradwidget: {failure}", file=sys.stderr)
        return FAILED


class _Failed(Exception):
    """Why gradwidget could not do it, in a sentence."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("gradwidget", description="See what autograd does, while it does it.")
    parser.add_argument("--version", action="version", version=f"gradwidget {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    run = commands.add_parser(
        "run",
        help="run a script and write a page that replays it",
        description="Run a script as `python script.py` would, record what its tensors do, and write a page that replays "
        "it. An error of the script is part of the recording; the exit code is the script's.",
        epilog="Options of the script itself go after --: gradwidget run train.py -o out.html -- --epochs 3",
    )
    run.add_argument("script", help="the script")
    run.add_argument("args", nargs="*", help="its arguments")
    run.add_argument("-o", "--output", help="the page to write (default: SCRIPT.html, unless --trace is given)")
    run.add_argument("--trace", help="also write the trace, to this file")
    run.add_argument("--torch", action="store_true", help="let the script's `import torch` give gradwidget's tensors")
    run.add_argument("--title", default="", help="title of the page (default: the script's name)")

    show = commands.add_parser("show", help="replay a trace in the browser")
    show.add_argument("trace", help="a .gwtrace file")
    show.add_argument("-o", "--output", help="write the page here instead of opening one")

    info = commands.add_parser("info", help="say what is in a trace")
    info.add_argument("trace", help="a .gwtrace file")
    return parser


# ---- run


def _run(options: argparse.Namespace) -> int:
    from .alias import Alias
    from .session import Session

    script = Path(options.script)
    try:
        source = script.read_bytes()
    except OSError as error:
        raise _Failed(f"cannot read {script}: {error.strerror}") from None
    page = options.output or (None if options.trace else f"{script.stem}.html")
    if page is not None:
        _check_built()
    for path in filter(None, (page, options.trace)):
        if not Path(path).resolve().parent.is_dir():
            raise _Failed(f"cannot write {path}: there is no such folder")
    alias = Alias()
    if options.torch:
        alias.install()
    module = ModuleType("__main__")
    module.__file__ = str(script)
    session = Session(options.title or script.name)
    session.namespaces.append(module.__dict__)
    session.start()
    try:
        code = _execute(source, script, [str(script), *options.args], module, session)
    finally:
        session.names(session.namespaces)
        session.stop()
        alias.remove()
    # What was asked for is written whatever became of the script; its own exit code comes first.
    failed = _write(session.trace, page, options)
    return code or failed


def _execute(source: bytes, script: Path, argv: list[str], module: ModuleType, session: Any) -> int:
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


def _write(trace: Any, page: str | None, options: argparse.Namespace) -> int:
    """Write what was asked for; 0, or FAILED where that was not possible."""
    from .widget.html import to_html

    failed = 0
    if options.trace:
        failed |= _attempt(options.trace, lambda: trace.save(options.trace))
    if page is not None:
        failed |= _attempt(page, lambda: to_html(trace, page, options.title))
    return failed


def _attempt(path: str, write: Any) -> int:
    try:
        write()
    except OSError as error:
        print(f"gradwidget: cannot write {path}: {error.strerror or error}", file=sys.stderr)
        return FAILED
    print(f"gradwidget: wrote {path} ({os.path.getsize(path):,} bytes)", file=sys.stderr)
    return 0


# ---- show and info


def _load(path: str) -> Any:
    from .trace import Trace

    try:
        return Trace.load(path)
    except OSError as error:
        raise _Failed(f"cannot read {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise _Failed(f"{path} is not a trace that can be read: {error}") from None


def _show(options: argparse.Namespace) -> int:
    import webbrowser

    from .widget.html import to_html

    _check_built()
    trace = _load(options.trace)
    stem = Path(options.trace).name.partition(".")[0]
    page = options.output or os.path.join(tempfile.mkdtemp(prefix="gradwidget-"), f"{stem}.html")
    code = _attempt(page, lambda: to_html(trace, page))
    if code == 0 and not options.output:
        webbrowser.open(Path(page).resolve().as_uri())
    return code


def _check_built() -> None:
    from .widget import bundle

    try:
        bundle.read()
    except bundle.NotBuilt as error:
        raise _Failed(str(error)) from None


def _info(options: argparse.Namespace) -> int:
    trace = _load(options.trace)
    print(
        f"{options.trace}: {trace.title or 'untitled'}, {len(trace)} events from {trace.source} {trace.source_version}"
    )
    for kind, count in Counter(type(event).__name__ for event in trace).most_common():
        print(f"  {count:>8,}  {kind.lower()}")
    for event in trace:
        if type(event).__name__ == "Problem":
            print(f"  ! {event.text.splitlines()[0] if event.text else event.key}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
