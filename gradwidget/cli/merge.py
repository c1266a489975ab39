"""`gradwidget merge rank0.gwtrace rank1.gwtrace -o both.gwtrace`: the traces of several processes as one."""

from __future__ import annotations

import argparse
from typing import Any

from .files import Failed, check_folder, code_of, load, write


def options(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="put the traces of several processes together",
        description="Make one trace of those that the processes of a distributed run wrote: each a lane, what they did "
        "together one op.",
    )
    parser.add_argument("traces", nargs="+", help=".gwtrace files, in the order of the ranks")
    parser.add_argument("-o", "--output", required=True, help="the trace to write")
    parser.add_argument(
        "--label", action="append", default=[], help="what a lane is called (default: rank 0, rank 1, ...)"
    )
    parser.add_argument("--title", default="", help="title of the new trace")


def run(options: argparse.Namespace) -> int:
    from ..trace.merge import MergeError, merge

    check_folder(options.output)
    traces = [load(path) for path in options.traces]
    try:
        merged = merge(traces, options.label, options.title)
    except MergeError as error:
        raise Failed(str(error)) from None
    return write(options.output, lambda: merged.save(options.output)) or code_of(*traces)
