"""The scaler of losses for half precision, switched off."""

from __future__ import annotations

import warnings
from typing import Any

from ..naming import Named


class GradScaler(Named):
    """Hands losses and steps through, as PyTorch's does with `enabled=False` or without CUDA. Raises NotImplementedError
    where PyTorch would scale."""

    __module__ = "torch.amp.grad_scaler"

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled and device == "cuda":
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
            enabled = False
        if enabled:
            raise NotImplementedError(
                "gradwidget.torch has no mixed precision, so there is nothing to scale for. Use GradScaler(..., enabled=False), "
                "or real PyTorch."
            )
        self._device = device
        self._enabled = False

    def is_enabled(self) -> bool:
        return False

    def scale(self, outputs: Any) -> Any:
        """The outputs themselves."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Nothing to take back."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """`optimizer.step`."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Nothing to change."""

    def get_scale(self) -> float:
        return 1.0

    def get_growth_factor(self) -> float:
        return 2.0

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Nothing to take over."""
