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


# Where bfloat16 differs: what PyTorch rounds on the way (its matrix_exp is NaN then, the gradient of its logcumsumexp 0), and what
# is not here in any dtype.
BFLOAT16_DIFFERS = frozenset(
    [
        "chalf",
        "grid_sampler_2d",
        "grid_sampler_3d",
        "ldexp",
        "logcumsumexp",
        "matrix_exp",
        "native_group_norm",
        "nn.functional.gelu",
        "nn.functional.grid_sample",
        "nn.functional.linear_cross_entropy:chunked",
        "nn.functional.linear_cross_entropy:chunked_none",
        "nn.functional.normalize",
        "scatter_reduce:prod",
        "to_sparse",
    ]
)
OF_BFLOAT16 = [
    name
    for name, info in INFOS.items()
    if opinfo.reference.bfloat16 in info.dtypes and opinfo.counterpart(info) is not None
]


@pytest.mark.parametrize("name", [name for name in OF_BFLOAT16 if name not in BFLOAT16_DIFFERS])
def test_nothing_differs_in_bfloat16(name: str) -> None:
    assert opinfo.check(INFOS[name], samples=4, dtypes=["bfloat16"]) == []
