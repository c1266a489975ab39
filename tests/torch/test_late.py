"""Families of ops that are imported when used: what is announced is what they declare."""

from __future__ import annotations

import importlib

import pytest

from gradwidget.torch import Tensor, ops

registry = ops.registry


@pytest.mark.parametrize("family", ops.LATE_FAMILIES)
def test_announced_names_are_declared(family: str) -> None:
    module = importlib.import_module(f"gradwidget.torch.ops.{family}")
    assert module.__doc__
    for name in ops.LATE_FAMILIES[family].split():
        method = not isinstance(Tensor.__dict__.get(name), registry._Late) and hasattr(Tensor, name)
        assert method or name in registry.FUNCTIONS or name in registry.OPS, f"{family} does not declare {name}"
