"""The command line: `gradwidget COMMAND ...`, or `python -m gradwidget COMMAND ...`.

Exit codes: 0 it was done; 1 the answer is no (`diff`: they differ; `info --check`: there are problems); 2 it could not be
done, and why stands on stderr; 3 it was done with what could be read of a damaged file. `run` has the exit code of the
script, and 2 where the script could not be run or its recording not be written.
"""

from __future__ import annotations

import argparse
import sys

from .. import __version__
from . import diff, info, merge, run, show, why
from .files import FAILED, Failed

COMMANDS = {"run": run, "show": show, "why": why, "diff": diff, "merge": merge, "info": info}


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
        return COMMANDS[options.command].run(options)
    except Failed as failure:
        print(f"gradwidget: {failure}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # `gradwidget info --lines x | head`
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    codes = (__doc__ or "").partition("\n\n")[2]
    parser = argparse.ArgumentParser(
        "gradwidget",
        description="See what autograd does, while it does it.",
        epilog=codes.replace("`", "").replace("\n", " "),
    )
    parser.add_argument("--version", action="version", version=f"gradwidget {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, command in COMMANDS.items():
        command.options(commands, name)
    return parser
