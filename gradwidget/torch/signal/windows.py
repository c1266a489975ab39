"""`torch.signal.windows`: what a stretch of a signal is multiplied by before its spectrum is taken.

Each takes M, the number of samples, and `sym`: symmetric (True), or periodic, which is a symmetric one of M + 1 samples
without its last. Computed in PyTorch's order of operations.

>>> torch.signal.windows.bartlett(5)
tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from .. import dtypes
from ..ops.creation import arange, empty, linspace, ones, tensor
from ..tensor import Tensor

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine", "general_hamming", "hamming", "hann", "kaiser",
    "nuttall",
]  # fmt: skip


def _checked(function: Any, name: str = "") -> Any:
    """The function with every window's options (`function` gets M, sym and what a factory takes) and their checks."""
    name = name or function.__name__

    @wraps(function)
    def window(
        M: int,
        *,
        sym: bool = True,
        dtype: Any = None,
        layout: Any = "torch.strided",
        device: Any = None,
        requires_grad: bool = False,
        **own: Any,
    ) -> Tensor:
        dtype = dtypes.get_default_dtype() if dtype is None else dtype
        if M < 0:
            raise ValueError(f"{name} requires non-negative window length, got M={M}")
        if layout != "torch.strided":
            raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
        if dtype not in (dtypes.float32, dtypes.float64):
            raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype}")
        return function(M, sym, {"dtype": dtype, "device": device, "requires_grad": requires_grad}, **own)  # type: ignore[no-any-return]

    return window


@_checked
def exponential(M: int, sym: bool, options: dict[str, Any], center: float | None = None, tau: float = 1.0) -> Any:
    """exp(-|n - center| / tau)."""
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    if M == 0:
        return empty((0,), **options)
    if center is None:
        center = (M if not sym and M > 1 else M - 1) / 2.0
    k: Any = linspace(-center * (1 / tau), (-center + (M - 1)) * (1 / tau), M, **options)
    return (-k.abs()).exp()


@_checked
def cosine(M: int, sym: bool, options: dict[str, Any]) -> Any:
    """Half a period of the sine."""
    if M == 0:
        return empty((0,), **options)
    step = math.pi / (M + 1 if not sym and M > 1 else M)
    k: Any = linspace(0.5 * step, (0.5 + (M - 1)) * step, M, **options)
    return k.sin()


@_checked
def gaussian(M: int, sym: bool, options: dict[str, Any], std: float = 1.0) -> Any:
    """exp(-(n / std)² / 2) around the middle."""
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    if M == 0:
        return empty((0,), **options)
    start, step = -(M if not sym and M > 1 else M - 1) / 2.0, 1 / (std * math.sqrt(2))
    k: Any = linspace(start * step, (start + (M - 1)) * step, M, **options)
    return (-(k**2)).exp()


@_checked
def kaiser(M: int, sym: bool, options: dict[str, Any], beta: float = 12.0) -> Any:
    """I₀(sqrt(beta² - k²)) / I₀(beta) for k from -beta to beta."""
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    if M < 2:
        return _trivial(M, options)
    b: Any = tensor(beta, dtype=options["dtype"], device=options["device"])
    step = 2.0 * b / (M if not sym else M - 1)
    k: Any = linspace(-b, b.minimum(-b + (M - 1) * step), M, **options)
    return (b * b - k.pow(2)).sqrt().i0() / b.i0()


@_checked
def bartlett(M: int, sym: bool, options: dict[str, Any]) -> Any:
    """A triangle."""
    if M < 2:
        return _trivial(M, options)
    step = 2 / (M if not sym else M - 1)
    k: Any = linspace(-1, -1 + (M - 1) * step, M, **options)
    return 1 - k.abs()


def _trivial(M: int, options: dict[str, Any]) -> Any:
    return ones((1,), **options) if M else empty((0,), **options)


def _sum_of_cosines(M: int, sym: bool, options: dict[str, Any], a: Any) -> Any:
    """a₀ - a₁ cos x + a₂ cos 2x - ... over one turn."""
    if M < 2:
        return _trivial(M, options)
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    step = 2 * math.pi / (M if not sym else M - 1)
    k: Any = linspace(0, (M - 1) * step, M, **options)
    signed: Any = tensor([(-1) ** i * w for i, w in enumerate(a)], **options)
    i: Any = arange(signed.shape[0], **options)
    return (signed.unsqueeze(-1) * (i.unsqueeze(-1) * k).cos()).sum(0)


def _cosines(name: str, of: Callable[..., Any], doc: str) -> Any:
    def window(M: int, sym: bool, options: dict[str, Any], **own: Any) -> Any:
        return _sum_of_cosines(M, sym, options, of(**own))

    window.__name__ = window.__qualname__ = name
    window.__doc__ = doc
    inner = {
        "hamming": "general_cosine",
        "hann": "general_cosine",
        "general_hamming": "general_cosine",
        "nuttall": "general_cosine",
    }
    return _checked(window, inner.get(name, name))


general_cosine = _cosines("general_cosine", lambda *, a: a, "A sum of cosines with the coefficients a.")
general_hamming = _cosines("general_hamming", lambda alpha=0.54: [alpha, 1.0 - alpha], "alpha - (1 - alpha) cos x.")
hamming = _cosines("hamming", lambda: [0.54, 1.0 - 0.54], "0.54 - 0.46 cos x.")
hann = _cosines("hann", lambda: [0.5, 0.5], "(1 - cos x) / 2.")
blackman = _cosines("blackman", lambda: [0.42, 0.5, 0.08], "0.42 - 0.5 cos x + 0.08 cos 2x.")
nuttall = _cosines(
    "nuttall", lambda: [0.3635819, 0.4891775, 0.1365995, 0.0106411], "Four cosines with low lobes at the sides."
)
