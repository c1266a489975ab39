"""What imports cost, each in a process of its own, in one run.

    python benchmarks/imports.py

The target is `import gradwidget` <= 1.5 times `import numpy`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

TIMED = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
STATEMENTS = ("import numpy", "import gradwidget", "from gradwidget import torch", "import gradwidget.session")
ROUNDS = 9


def seconds(statement: str) -> float:
    done = subprocess.run([sys.executable, "-c", TIMED.format(statement)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    times: dict[str, list[float]] = {s: [] for s in STATEMENTS}
    for _ in range(ROUNDS):
        for statement in STATEMENTS:
            times[statement].append(seconds(statement))
    base = statistics.median(times["import numpy"])
    print(f"import numpy: {base * 1e3:.0f} ms", file=sys.stderr)
    print(json.dumps({s: round(statistics.median(t) / base, 2) for s, t in times.items()}, indent=2))


if __name__ == "__main__":
    main()
