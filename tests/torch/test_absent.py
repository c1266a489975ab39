"""What is not here says so, and names real PyTorch."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("gradwidget.torch")


@pytest.mark.parametrize(
    "use",
    [
        lambda: torch.jit.script(lambda x: x),
        lambda: torch.compile(torch.nn.Linear(1, 1)),
        lambda: torch.onnx.export(None, None, "file"),
        lambda: torch.hub.load("owner/repository", "model"),
        lambda: torch.distributed.init_process_group("gloo"),
        lambda: torch.quantization.quantize_dynamic(None),
        lambda: torch.fx.symbolic_trace(None),
        lambda: torch.profiler.profile(),
        lambda: torch.profiler.ProfilerActivity.CPU,
        lambda: torch.autograd.profiler.record_function("step"),
        lambda: torch.distributed.get_rank(),
        lambda: torch.nn.parallel.DistributedDataParallel,
        lambda: torch.ones(2).to_sparse(),
        lambda: torch.ones(2).chalf(),
        lambda: torch.ones(2, dtype=torch.complex32),
        lambda: torch.utils.tensorboard.SummaryWriter(),
        lambda: torch.optim.SGD([torch.ones(1, requires_grad=True)], differentiable=True),
    ],
)
def test_it_names_real_pytorch(use: Callable[[], Any]) -> None:
    with pytest.raises((NotImplementedError, AttributeError, ImportError), match=r"[rR]eal PyTorch"):
        use()


@pytest.mark.parametrize("module", ["jit", "profiler", "autograd.profiler", "fx", "hub", "onnx", "distributed"])
def test_it_can_be_imported(module: str) -> None:
    """A program that imports what it never uses runs; names that PyTorch has not are none here either."""
    made = importlib.import_module(f"{torch.__name__}.{module}")
    usual = {"jit": "script", "fx": "symbolic_trace", "hub": "load", "onnx": "export", "distributed": "get_rank"}
    missing = getattr(made, usual.get(module, "record_function"))
    assert not isinstance(1, missing)
    with pytest.raises(NotImplementedError, match="Real PyTorch has it"):
        missing("anything")
    assert not hasattr(made, "no_such_name")
