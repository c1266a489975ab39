"""The context in which PyTorch computes in half precision."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from .. import autocasting, devices, dtypes
from ..autocasting import state
from ..naming import Named
from ..tensor import Tensor


class autocast(Named):
    """Within it (or in a function that it decorates) matrix products, convolutions and attention compute in `dtype`, by default
    bfloat16, losses and what else needs precision in float32. On the CPU; for a CUDA that is not there it does nothing,
    as in PyTorch.

    >>> with torch.autocast("cpu", dtype=torch.bfloat16):
    ...     loss = F.cross_entropy(net(x), y)
    >>> loss.backward()
    """

    __module__ = "torch.amp.autocast_mode"

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if device_type != "cuda":
            devices.device(device_type)
        self.device = device_type
        self.fast_dtype = autocasting.get_autocast_dtype(device_type) if dtype is None else dtype
        self._cache_enabled = state.cache if cache_enabled is None else cache_enabled
        if enabled and device_type == "cuda":
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
            enabled = False
        if enabled and device_type == "cpu" and self.fast_dtype not in (dtypes.bfloat16, dtypes.float16):
            warnings.warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\nCPU Autocast only supports dtypes "
                "of torch.bfloat16, torch.float16 currently.",
                stacklevel=2,
            )
            enabled = False
        if enabled and device_type != "cpu":
            raise NotImplementedError(f"gradwidget.torch has no {device_type} device to autocast on. Real PyTorch may.")
        self._enabled = enabled

    def __enter__(self) -> autocast:
        if self.device == "cpu":
            self._before = state.enabled, state.dtype, state.cache
            state.dtype, state.cache = self.fast_dtype, self._cache_enabled
            state.nesting += 1
            autocasting.switch(self._enabled)
        return self

    def __exit__(self, *error: object) -> None:
        if self.device == "cpu":
            state.nesting -= 1
            if not state.nesting:
                state.casts.clear()
            enabled, state.dtype, state.cache = self._before
            autocasting.switch(enabled)

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def cast(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return cast


def is_autocast_available(device_type: str) -> bool:
    """Whether PyTorch has autocasting for a sort of device (that there may be none of)."""
    return device_type in ("cpu", "cuda", "hpu", "ipu", "maia", "mps", "mtia", "xla", "xpu")


# ---- custom functions


def _device_type(given: Any) -> None:
    if not isinstance(given, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(given)}`")


def custom_fwd(fwd: Any = None, *, device_type: str, cast_inputs: Any = None) -> Any:
    """Decorator of a custom function's `forward`: remembers for `custom_bwd` whether autocast was on. cast_inputs: where it
    is, the inputs are cast to this dtype, and `forward` computes in what it gets.

    >>> class Square(torch.autograd.Function):
    ...     @staticmethod
    ...     @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    ...     def forward(ctx, x): ...
    """
    _device_type(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def forward(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        on = autocasting.is_autocast_enabled(device_type)
        ctx._dtype = autocasting.get_autocast_dtype(device_type)
        ctx._fwd_used_autocast = on and cast_inputs is None
        if not on or cast_inputs is None:
            return fwd(ctx, *args, **kwargs)
        with autocast(device_type, enabled=False):
            cast = {k: _cast(v, device_type, cast_inputs) for k, v in kwargs.items()}
            return fwd(ctx, *_cast(args, device_type, cast_inputs), **cast)

    return forward


def custom_bwd(bwd: Any = None, *, device_type: str) -> Any:
    """Decorator of its `backward`, which autocasts as its `forward` did."""
    _device_type(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def backward(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return bwd(ctx, *args, **kwargs)

    return backward


def _cast(value: Any, device_type: str, dtype: Any) -> Any:
    """Floating-point tensors in a dtype, also within lists, tuples and dictionaries; float64 stays."""
    if isinstance(value, Tensor):
        fits = value.is_floating_point() and value.device.type == device_type and value.dtype is not dtypes.float64
        return value.to(dtype) if fits else value  # type: ignore[attr-defined]
    if isinstance(value, dict):
        return {k: _cast(v, device_type, dtype) for k, v in value.items()}
    return type(value)(_cast(v, device_type, dtype) for v in value) if isinstance(value, (list, tuple)) else value
