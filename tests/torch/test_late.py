"""Rooms that are loaded when first needed find what they need of other rooms."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import gradwidget.torch

ROOT = Path(gradwidget.torch.__file__).parent
NAMED = re.compile(r'OPS\["(\w+)"\]')

PROGRAM = """
import importlib, os, re, sys
from gradwidget import torch
from gradwidget.torch.ops import registry

for line in sys.stdin.read().splitlines():
    module, names = line.split(":")
    if os.fork() == 0:
        importlib.import_module(module)
        missing = [name for name in names.split() if name not in registry.OPS]
        if missing:
            print(module, *missing, flush=True)
        os._exit(0)
    os.wait()
"""


def test_each_room_alone() -> None:
    """After `import gradwidget.torch` and one file more, the records that this file names are there."""
    lines = []
    for path in sorted(ROOT.rglob("*.py")):
        if names := set(NAMED.findall(path.read_text())):
            module = ".".join(path.relative_to(ROOT.parents[1]).with_suffix("").parts)
            lines.append(f"{module}:{' '.join(sorted(names))}")
    assert len(lines) > 20
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
