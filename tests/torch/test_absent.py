"""What is not here says so, and names real PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("gradwidget.torch")


@pytest.mark.parametrize(
    "use",
    [
        lambda: torch.ones(2, dtype=torch.bfloat16),
        lambda: torch.ones(2).bfloat16(),
        lambda: torch.jit.script(lambda x: x),
        lambda: torch.compile(torch.nn.Linear(1, 1)),
        lambda: torch.onnx.export(None, None, "file"),
        lambda: torch.hub.load("owner/repository", "model"),
        lambda: torch.distributed.init_process_group("gloo"),
        lambda: torch.quantization.quantize_dynamic(None),
        lambda: torch.fx.symbolic_trace(None),
        lambda: torch.profiler.profile(),
        lambda: torch.autocast("cpu"),
        lambda: torch.amp.GradScaler("cpu"),
        lambda: torch.utils.tensorboard.SummaryWriter(),
        lambda: torch.optim.SGD([torch.ones(1, requires_grad=True)], differentiable=True),
    ],
)
def test_it_names_real_pytorch(use: Callable[[], Any]) -> None:
    with pytest.raises((NotImplementedError, AttributeError, ImportError), match=r"[rR]eal PyTorch"):
        use()
