"""What masked functions do with their arguments: the mask in the input's shape, and what stands where it is False."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .. import dtypes
from ..limits import iinfo
from ..ops.creation import tensor
from ..ops.pointwise import where_
from ..tensor import Tensor

_REDUCTIONS = frozenset(
    ["sum", "prod", "amax", "amin", "argmax", "argmin", "mean", "median", "norm", "var", "std", "logsumexp"]
)
_NORMALIZATIONS = frozenset(["softmax", "log_softmax", "softmin", "normalize", "cumsum", "cumprod"])


def _reduction_identity(op_name: str, input: Any, *args: Any) -> Tensor | None:
    """The value that changes nothing when it takes part in a reduction; None where there is no such value."""
    op, d = op_name.rpartition(".")[2], input.dtype
    if op in ("mean", "var", "std"):
        return None
    if op == "median":  # nanmedian computes it, which passes over NaN
        return tensor(math.nan, dtype=d if d.is_floating_point else dtypes.float32)
    value: Any = None
    if op in ("sum", "cumsum"):
        value = 0
    elif op in ("prod", "cumprod"):
        value = 1
    elif op == "norm":
        value = math.inf if args and args[0] == -math.inf else 0
    elif op in ("amax", "argmax", "logaddexp", "logsumexp", "amin", "argmin"):
        least = op not in ("amin", "argmin")
        if d.is_floating_point or d.is_complex and op == "logsumexp":
            value = -math.inf if least else math.inf
        elif d.is_signed or d is dtypes.uint8:
            value = iinfo(d).min if least else iinfo(d).max
    if value is None:
        raise NotImplementedError(f"identity of {op} on {d} input")
    return tensor(value, dtype=d)


def _canonical_dim(dim: Any, ndim: int) -> tuple[int, ...]:
    """The dimensions meant, sorted and counted from the front; None and () mean all."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    n = max(ndim, 1)
    given: Iterable[int] = (dim,) if isinstance(dim, int) else dim
    found: list[int] = []
    for d in given:
        if d in found:
            raise RuntimeError(f"dim={d} appears multiple times in the list of dims")
        if not -n <= d < n:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {d})")
        found.append(d % n)
    return tuple(sorted(found))


def _input_mask(input: Any, *args: Any, **kwargs: Any) -> Tensor:
    """The mask, boolean and broadcast to the input's shape."""
    mask = kwargs.get("mask")
    if mask is None:
        raise ValueError("_input_mask requires explicit mask")
    if mask.shape != input.shape:
        if mask.ndim > input.ndim:
            raise IndexError(
                "_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)"
            )
        mask = mask.clone().broadcast_to(input.shape)
    return mask.to(dtype=dtypes.bool_)  # type: ignore[no-any-return]


def _output_mask(op: Any, input: Any, *args: Any, **kwargs: Any) -> Tensor:
    """Which elements of the result of a function of this package have anything behind them."""
    if not callable(op):
        raise ValueError(f"_output_mask expected masked operation (got {type(op).__name__} object)")
    name = getattr(op, "__name__", "")
    if name not in _REDUCTIONS | _NORMALIZATIONS:
        raise ValueError(f"_output_mask expected masked operation (got callable {op.__module__}.{name})")
    mask: Any = _input_mask(input, *args, **kwargs)
    if name in _NORMALIZATIONS:
        return mask  # type: ignore[no-any-return]
    if name == "norm":  # whose first argument is the order
        args = args[1:]
    dim = args[0] if args else kwargs.get("dim")
    for d in reversed(_canonical_dim(dim, input.ndim)):
        mask = mask.any(dim=d, keepdim=bool(kwargs.get("keepdim", False)))
    return mask  # type: ignore[no-any-return]


def _where(mask: Any, input: Any, fill_value: Any) -> Tensor:
    return where_(mask, input, fill_value)


def _combine_input_and_mask(op: Any, input: Any, mask: Any, *args: Any) -> Any:
    """The input with the identity of `op` (a function of this package, or its name) where the mask is False."""
    if mask is None:
        return input
    canonical = _input_mask(input, mask=mask)
    name = op if isinstance(op, str) else op.__name__
    return _where(canonical, input, _reduction_identity(name, input, *args))
