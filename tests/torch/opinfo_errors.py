"""PyTorch's own samples of wrong calls (`error_inputs` of its OpInfo database), given to both libraries.

    python tests/torch/opinfo_errors.py cov gradient    # whose errors differ, sample by sample
    python tests/torch/opinfo_errors.py --table         # how many agree, op by op where not all do

An error agrees where its type and its whole text are PyTorch's.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import Any

import opinfo


def raised(function: Any, sample: tuple[Any, tuple[Any, ...], dict[str, Any]]) -> str:
    """The type and the text of what a call raises, and nothing where it answers."""
    try:
        function(sample[0], *sample[1], **sample[2])
    except opinfo.Away:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def answered(info: Any, mine: Any, sample: Any) -> Iterator[tuple[str, str]]:
    """(ours, PyTorch's) for one sample; nothing for what the core does not take part in (sparse tensors)."""
    opinfo.MEMO = {}
    try:
        given = opinfo.ours((sample.input, sample.args, sample.kwargs))
    except opinfo.Away:
        return
    finally:
        opinfo.MEMO = None
    yours = (opinfo.theirs(sample.input), opinfo.theirs(sample.args), sample.kwargs)
    try:
        yield raised(mine, given), raised(info.op, yours)
    except opinfo.Away:
        return


def check(info: Any) -> list[tuple[str, str]]:
    """(ours, PyTorch's) for every wrong call of one entry of the database."""
    mine = opinfo.counterpart(info)
    if mine is None or info.error_inputs_func is None:
        return []
    told = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for wrong in info.error_inputs("cpu"):
            told += answered(info, mine, wrong.sample_input)
    return told


def main(arguments: list[str]) -> None:
    names = {a for a in arguments if not a.startswith("--")}
    agreeing = count = 0
    for info in opinfo.database():
        if names and info.name not in names and opinfo.full_name(info) not in names:
            continue
        pairs = check(info)
        differing = [(ours, theirs) for ours, theirs in pairs if ours != theirs]
        count, agreeing = count + len(pairs), agreeing + len(pairs) - len(differing)
        if differing or names:
            print(f"{opinfo.full_name(info)}: {len(pairs) - len(differing)} of {len(pairs)}", flush=True)
        if "--table" not in arguments:
            for ours, theirs in differing:
                print(f"    ours      {ours or 'answers'}\n    PyTorch's {theirs or 'answers'}")
    print(f"{agreeing} of {count} agree")


if __name__ == "__main__":
    main(sys.argv[1:])
