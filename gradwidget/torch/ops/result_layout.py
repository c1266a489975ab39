"""How the result of an op lies in memory, where the kernel does not see to it: in rows, or in the order of its input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..geometry import is_dense

IN_ROWS = frozenset(
    [
        "_softmax_backward_data",
        "cumsum",
        "cumprod",
        "cummax",
        "cummin",
        "logcumsumexp",
        "softmax",
        "log_softmax",
        "native_batch_norm",
        "native_layer_norm",
        "batch_norm",
        "renorm",
        "roll",
        "repeat",
        "gather",
        "masked_fill",
        "masked_fill_tensor",
        "scatter_src",
        "scatter_value",
        "scatter_add",
        "scatter_reduced",
        "index_add",
        "index_copy",
    ]
)
AS_INPUT = frozenset(
    [
        "flip",
        "sort",
        "sort_stable",
        "_polygamma",
        "put",
        "addr",
        "igamma",
        "igammac",
        "conj_physical",
        "addcmul",
        "addcdiv",
    ]
)
# reductions: their results lie in rows, whatever the input does
REDUCED = frozenset(
    [
        "_aminmax",
        "_nanmean",
        "_nanmedian_dim",
        "_nansum",
        "_std_mean",
        "_var_mean",
        "all",
        "amax",
        "amin",
        "any",
        "linalg_vector_norm",
        "logsumexp",
        "max_dim",
        "mean",
        "mean_dim",
        "min_dim",
        "norm_along",
        "prod_dim",
        "std",
        "sum",
        "sum_dim",
        "var",
    ]
)


def in_rows(r: Any) -> Any:
    """Arrays (or several) in rows, with the strides of that also where a dimension has one element."""
    if type(r) is tuple:
        return tuple([in_rows(x) for x in r])
    return r if r.ndim < 2 else np.ascontiguousarray(r).reshape(-1).reshape(r.shape)


def laid(name: str, kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel, with its results laid out as PyTorch lays them out."""
    if name in IN_ROWS:
        return _each(kernel, lambda r, a: r if r.flags.c_contiguous else r.copy("C"))
    return _each(kernel, as_input) if name in AS_INPUT else kernel


def _each(kernel: Callable[..., Any], move: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def moving(*operands: Any) -> Any:
        r = kernel(*operands)
        if type(r) is tuple:
            return tuple([move(x, operands[0]) if isinstance(x, np.ndarray) else x for x in r])
        return move(r, operands[0]) if isinstance(r, np.ndarray) else r

    return moving


def as_input(r: np.ndarray, a: Any) -> np.ndarray:
    """An array moved to where the elements of `a`, which has the same shape, lie."""
    if (
        r.strides == a.strides
        or a.flags.c_contiguous
        or r.shape != a.shape
        or not is_dense(a.shape, a.strides, a.itemsize)
    ):
        return r
    moved = np.empty_like(a, r.dtype)
    moved[...] = r
    return moved


def drawn_in_order(values: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Values that were drawn one after the other, as an array of the shape of `a` that is filled in its order in memory."""
    if a.flags.c_contiguous or a.ndim < 2 or not is_dense(a.shape, a.strides, a.itemsize):
        return values.reshape(a.shape)
    order = sorted(range(a.ndim), key=lambda d: -a.strides[d])
    return values.reshape([a.shape[d] for d in order]).transpose(np.argsort(order))


# ---- operands that lie in different orders, or are expanded

ITERATED = frozenset(
    ["add_number", "div_number", "mul_number", "where"]
)  # pointwise, though their records do not promote


def _innermost_first(shape: tuple[int, ...], steps: list[tuple[int, ...]]) -> list[int]:
    """The dimensions from the innermost outwards: the first operand that tells two of them apart decides."""

    def swapped(d: int, e: int) -> int:
        for s in steps:
            if s[d] == 0 or s[e] == 0 or s[d] < s[e]:
                if s[d] and s[e]:
                    return -1
            elif s[d] > s[e] or shape[d] > shape[e]:
                return 1
        return 0

    order = list(range(len(shape)))[::-1]
    for i in range(1, len(order)):
        at = i
        for k in range(i - 1, -1, -1):
            comparison = swapped(order[k], order[at])
            if comparison > 0:
                order[k], order[at] = order[at], order[k]
                at = k
            elif comparison < 0:
                break
    return order


def among(r: np.ndarray, *operands: Any) -> np.ndarray:
    """A pointwise result laid out as its operands agree."""
    arrays = [a for a in operands if isinstance(a, np.ndarray) and a.ndim]
    flags = r.flags
    if flags.c_contiguous and all(a.flags.c_contiguous for a in arrays):
        return r
    if flags.f_contiguous and all(a.flags.f_contiguous and a.ndim == r.ndim for a in arrays):
        return r
    steps = [_steps(a, r.shape) for a in arrays]
    outer = _innermost_first(r.shape, steps)[::-1]
    turned = r.transpose(outer)
    if turned.flags.c_contiguous:
        return r
    return np.ascontiguousarray(turned).transpose(np.argsort(outer))


def _steps(a: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of an operand as it is broadcast."""
    lead = len(shape) - a.ndim
    return (0,) * lead + tuple(s if n == shape[lead + i] else 0 for i, (n, s) in enumerate(zip(a.shape, a.strides)))
