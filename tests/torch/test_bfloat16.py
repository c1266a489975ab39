"""What bfloat16 costs who does not use it, and what it says where its numbers are missing. (What it does is in
`programs/bfloat16.py`, and PyTorch's samples of it in `test_opinfo.py`.)"""

from __future__ import annotations

import subprocess
import sys


def run(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_its_numbers_are_imported_when_there_is_one() -> None:
    assert run(
        "import sys; from gradwidget import torch; d = torch.bfloat16; torch.ones(2) * torch.ones(2); d.itemsize; torch.finfo(d)\n"
        "print('ml_dtypes' in sys.modules); torch.ones(2, dtype=d); print('ml_dtypes' in sys.modules)"
    ).split() == ["False", "True"]


def test_without_them_it_says_what_to_install() -> None:
    assert run(
        "import sys; sys.modules['ml_dtypes'] = None\n"
        "from gradwidget import torch\n"
        "try: torch.ones(2).bfloat16()\n"
        "except ImportError as error: print(error)\n"
        "print(torch.ones(2).half().sum().item())"
    ).splitlines() == ["bfloat16 tensors need the package ml_dtypes: pip install ml_dtypes", "2.0"]
