"""What a graph holds and what freeing it takes: bytes and microseconds an op, against PyTorch, each in a process of its own.

python benchmarks/memory.py
"""

from __future__ import annotations

import json
import subprocess
import sys

MEASURE = """
import gc, json, sys, time
if sys.argv[1] == "core":
    from gradwidget import torch
else:
    import torch
    torch.set_num_threads(1)
shape, ops = json.loads(sys.argv[2]), 100_000

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

x, w = torch.ones(shape, requires_grad=True), torch.ones(shape)
y = x
for _ in range(1000):
    y = (y * w).tanh()
del y
gc.collect()
before, y = resident(), x
for _ in range(ops // 2):
    y = (y * w).tanh()
kept = resident() - before
begun = time.perf_counter()
del y
print(json.dumps([kept / ops, (time.perf_counter() - begun) / ops * 1e6]))
"""


def measured(library: str, shape: tuple[int, ...]) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, library, json.dumps(shape)], capture_output=True, text=True, check=True
    )
    kept, free = json.loads(done.stdout)
    return kept, free


def main() -> None:
    for shape in ((), (3,)):
        (ours, our_free), (theirs, their_free) = measured("core", shape), measured("torch", shape)
        print(
            f"{shape!s:8} {ours:4.0f} bytes an op (PyTorch {theirs:.0f}), freed in {our_free:.2f} µs (PyTorch {their_free:.2f})"
        )


if __name__ == "__main__":
    main()
