"""`gradwidget diff a.gwtrace b.gwtrace`: how two traces differ."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .files import code_of, load


def options(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="say how two traces differ",
        description="Compare what two programs, or two runs, did: equal up to ids. Exit code 0: no difference; 1: some.",
    )
    parser.add_argument("first", help="a .gwtrace file")
    parser.add_argument("second", help="another")
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="KIND[.FIELD]",
        help="leave out a kind of event (thumb), or a field (op.args); several times, or with commas "
        "(default: source,freed); `none` leaves out nothing",
    )  # fmt: skip
    parser.add_argument("--graph", action="store_true", help="compare the graphs alone: no numbers, names or regions")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="relative, of numbers (default: 1e-4)")
    parser.add_argument("--most", type=int, default=20, help="differences that are told (default: 20)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    from ..testing.graphs import NOT_THE_GRAPH
    from ..trace import compare

    first, second = load(options.first), load(options.second)
    ignore = [part for given in options.ignore for part in given.split(",") if part not in ("", "none")]
    if options.graph:
        ignore += NOT_THE_GRAPH
    elif not options.ignore:
        ignore = ["source", "freed"]
    told = compare(first, second, ignore=ignore, tolerance=options.tolerance, most=options.most)
    if options.json:
        both = {"first": options.first, "second": options.second}
        print(json.dumps({**both, "same": not told, "differences": told}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(told) if told else f"no difference in {len(first):,} events")
    return 1 if told else code_of(first, second)
