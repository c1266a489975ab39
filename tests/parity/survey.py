"""Which programs of the twin tests agree between core and PyTorch: `python tests/parity/survey.py [MODULE ...]`.

Prints the first differences of those that do not; with `--write`, keeps the quick ones that agree in `programs_ok.txt`.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "torch"), str(HERE.parent.parent)]
QUICK = 0.25  # seconds


def main(modules: list[str], write: bool) -> None:
    both = importlib.import_module("both")
    agree = []
    for module in modules or sorted(p.stem for p in (HERE.parent / "torch" / "programs").glob("[a-z]*.py")):
        for name, program in list(vars(importlib.import_module(f"programs.{module}")).items()):
            if not inspect.isgeneratorfunction(program) or [*inspect.signature(program).parameters] != ["torch"]:
                continue
            if program.__module__ != f"programs.{module}":
                continue
            begun = time.perf_counter()
            try:
                told = both.differences(program)
            except (Exception, SystemExit) as error:
                told = [f"{type(error).__name__}: {error}"]
            took = time.perf_counter() - begun
            print(
                "differs" if told else "agrees ",
                module,
                name,
                f"{took:.2f} s",
                *[f"\n        {t[:200]}" for t in told[:3]],
            )
            if not told and took < QUICK:
                agree.append(f"{module} {name}")
    if write:
        (HERE / "programs_ok.txt").write_text("\n".join(agree) + "\n")


if __name__ == "__main__":
    main([a for a in sys.argv[1:] if a != "--write"], "--write" in sys.argv)
