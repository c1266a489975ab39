"""PyTorch's own samples of the ops in `opinfo_ok.txt`: nothing differs, values, gradients and second gradients."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("expecttest")  # PyTorch's database of samples imports it
import opinfo

NAMES = Path(__file__).with_name("opinfo_ok.txt").read_text().split()
INFOS = {opinfo.full_name(info): info for info in opinfo.database()}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_differs(name: str) -> None:
    assert opinfo.check(INFOS[name], samples=4) == []
