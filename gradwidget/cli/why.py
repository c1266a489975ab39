"""`gradwidget why trace.gwtrace 'x.grad'`: ask a trace."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .files import Failed, code_of, load


def options(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="ask a trace why things are as they are",
        description="Say why: what is None, zero or NaN, what cut it, what failed and what shares memory, with the line and "
        "a fix that is code. Without a name: what went wrong last.",
    )
    parser.add_argument("trace", help="a .gwtrace file")
    parser.add_argument(
        "what", nargs="?", help="a tensor's name or path, with an attribute or not: x.grad, model.0.weight"
    )
    parser.add_argument(
        "question", nargs="?", help="grad, requires_grad, backward, memory, write, alive, unchanged, ..."
    )
    parser.add_argument("--step", type=int, help="as things stood after so many events")
    parser.add_argument("--language", choices=["en", "zh"], help="of the answer (default: yours)")
    parser.add_argument("--json", action="store_true", help="the answers as JSON")


def run(options: argparse.Namespace) -> int:
    from ..explain import Unknown, ask_trace, words

    trace = load(options.trace)
    try:
        answers = ask_trace(trace, options.what, options.question, step=options.step)
    except (Unknown, ValueError) as error:
        raise Failed(str(error.args[0] if error.args else error)) from None
    if options.json:
        print(json.dumps([answer.to_json(options.language) for answer in answers], ensure_ascii=False, indent=2))
    else:
        text = "\n\n".join([answer.text(options.language) for answer in answers])
        print(text or words.word("empty", options.language))
    return code_of(trace)
