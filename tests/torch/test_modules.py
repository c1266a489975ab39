"""PyTorch's own samples of its layers, those in `modules_ok.txt`: nothing differs."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("expecttest")  # PyTorch's database of samples imports it
import moduleinfo

NAMES = Path(__file__).with_name("modules_ok.txt").read_text().split()
INFOS = {moduleinfo.name_of(info): info for info in moduleinfo.database()}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_differs(name: str) -> None:
    assert moduleinfo.check(INFOS[name], samples=12) == []


# transformers, where what is rounded on the way adds up; a draw that PyTorch makes in bfloat16
BFLOAT16_DIFFERS = {"FractionalMaxPool3d", "TransformerDecoderLayer", "TransformerEncoderLayer"}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in BFLOAT16_DIFFERS])
def test_nothing_differs_in_bfloat16(name: str) -> None:
    assert moduleinfo.check(INFOS[name], samples=6, dtype="bfloat16") == []
