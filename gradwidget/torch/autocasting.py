"""Which precision ops compute in while `torch.autocast` is on: PyTorch's two lists for the CPU, and the casts.

NOTE [Autocast]  Ops look at `hot.AUTOCAST`, which is None while no thread autocasts; else it answers their tensors in the
dtype that the op shall have. A leaf of float32 that requires grad (a parameter) is cast once and remembered until the
outermost context ends, so that a layer used twice has one cast in its history.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import dtypes, hot
from .tensor import Tensor

# records, whose generated functions cast; functions composed of ops do so themselves
LOWER = frozenset(["addbmm", "addmm", "baddbmm", "bmm", "mkldnn_rnn_layer", "mm"])
WIDEST = frozenset(["index_copy"])
SINGLE = frozenset(
    [
        "_ctc_loss",
        "_pdist",
        "_triangular_solve",
        "adaptive_max_pool3d",
        "avg_pool3d",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "cholesky",
        "cholesky_inverse",
        "cholesky_solve",
        "fractional_max_pool2d",
        "fractional_max_pool3d",
        "geqrf",
        "grid_sampler_2d",
        "grid_sampler_3d",
        "huber_loss",
        "linalg_cholesky_ex",
        "linalg_eig",
        "linalg_eigh",
        "linalg_householder_product",
        "linalg_inv_ex",
        "linalg_lstsq",
        "linalg_lu_solve",
        "linalg_qr",
        "linalg_solve_ex",
        "linalg_svd",
        "max_pool3d",
        "max_unpool2d",
        "max_unpool3d",
        "mse_loss",
        "multi_margin_loss",
        "multilabel_margin_loss",
        "nll_loss",
        "nll_loss2d",
        "ormqr",
        "polar",
        "prod",
        "prod_dim",
        "reflection_pad1d",
        "reflection_pad2d",
        "replication_pad1d",
        "replication_pad2d",
        "replication_pad3d",
        "smooth_l1_loss",
        "soft_margin_loss",
        "trace",
        "view_as_complex",
    ]
)
POLICIES = {
    name: policy for policy, names in (("lower", LOWER), ("single", SINGLE), ("widest", WIDEST)) for name in names
}


class _State(threading.local):
    def __init__(self) -> None:
        self.enabled = False
        self.dtype = dtypes.bfloat16
        self.cache = True
        self.nesting = 0
        self.casts: dict[tuple[int, Any], tuple[Tensor, Tensor]] = {}


state = _State()
_enabled_threads: set[int] = set()


def cast(policy: str, *tensors: Any) -> tuple[Any, ...]:
    """Tensors (and whatever else) as the inputs of an op. policy: "lower", "single", or "widest" (the
    widest of the two that is among them)."""
    if not state.enabled:
        return tensors
    single = (
        policy == "single"
        or policy == "widest"
        and any(isinstance(x, Tensor) and x.dtype is dtypes.float32 for x in tensors)
    )
    to = dtypes.float32 if single else state.dtype
    return tuple([_cast(x, to) if isinstance(x, Tensor) else x for x in tensors])


def _cast(x: Any, to: dtypes.dtype) -> Any:
    have = x.dtype
    if have is to or have.kind != 2 or have is dtypes.float64 or not x.is_cpu:
        return x
    if to is dtypes.float32 or have is not dtypes.float32 or not (state.cache and state.nesting):
        return x.to(to)
    if not (x.requires_grad and x.is_leaf and x._base is None):
        return x.to(to)
    known = state.casts.get((id(x), to))
    if known is None:
        known = state.casts[id(x), to] = x, x.to(to)
    return known[1]


def switch(on: bool) -> None:
    """Turn it on or off in this thread."""
    state.enabled = on
    (_enabled_threads.add if on else _enabled_threads.discard)(threading.get_ident())
    hot.AUTOCAST = cast if _enabled_threads else None


@contextmanager
def off() -> Iterator[None]:
    """Within it, an op that is composed of others computes in the dtypes that it chose."""
    before = state.enabled
    switch(False)
    try:
        yield
    finally:
        switch(before)


# ---- what `torch` shows


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether ops on a device are cast now; only those on the CPU ever are."""
    return device_type == "cpu" and state.enabled


def set_autocast_enabled(device_type: Any, enabled: bool = False) -> None:
    if device_type == "cpu":
        switch(bool(enabled))


def get_autocast_dtype(device_type: str) -> dtypes.dtype:
    """The lower precision of a device."""
    return state.dtype if device_type == "cpu" else dtypes.float16


def set_autocast_dtype(device_type: str, dtype: dtypes.dtype) -> None:
    if device_type == "cpu":
        state.dtype = dtype


def is_autocast_cache_enabled() -> bool:
    return state.cache


def set_autocast_cache_enabled(enabled: bool) -> None:
    state.cache = bool(enabled)


def clear_autocast_cache() -> None:
    """Forget the casts of parameters."""
    state.casts.clear()


# ---- the same of the time when each device had its own


def _deprecated(name: str, now: str) -> None:
    warnings.warn(f"torch.{name} is deprecated. Please use torch.{now} instead.", DeprecationWarning, stacklevel=3)


def is_autocast_cpu_enabled() -> bool:
    _deprecated("is_autocast_cpu_enabled()", "is_autocast_enabled('cpu')")
    return state.enabled


def set_autocast_cpu_enabled(enabled: bool) -> None:
    _deprecated("set_autocast_cpu_enabled(enabled)", "set_autocast_enabled('cpu', enabled)")
    switch(bool(enabled))


def get_autocast_cpu_dtype() -> dtypes.dtype:
    _deprecated("get_autocast_cpu_dtype()", "get_autocast_dtype('cpu')")
    return state.dtype


def set_autocast_cpu_dtype(dtype: dtypes.dtype) -> None:
    _deprecated("set_autocast_cpu_dtype(dtype)", "set_autocast_dtype('cpu', dtype)")
    state.dtype = dtype
