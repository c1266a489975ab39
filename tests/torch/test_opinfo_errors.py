"""PyTorch's own samples of wrong calls raise its errors, word for word."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("expecttest")  # PyTorch's database of samples imports it
import opinfo
import opinfo_errors

INFOS = [info for info in opinfo.database() if info.error_inputs_func is not None]
# cat: resized memory that was never to be. gather: an `out` that only after it was resized lies on its index.
DIFFER = {"cat", "gather"}


@pytest.mark.parametrize("info", [i for i in INFOS if i.name not in DIFFER], ids=opinfo.full_name)
def test_wrong_calls(info) -> None:
    for ours, theirs in opinfo_errors.check(info):
        assert ours == theirs
