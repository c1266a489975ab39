"""`torch.utils.tensorboard`: not here."""

from __future__ import annotations

from typing import Any


class SummaryWriter:
    """Writes nothing: raises ImportError, as PyTorch does where TensorBoard is not installed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        raise ImportError(
            "gradwidget.torch writes no TensorBoard files; real PyTorch does, with torch.utils.tensorboard.SummaryWriter"
        )
