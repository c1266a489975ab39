"""The gradients of views: what a view shows gets its gradient in its place, the rest zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..dispatch import reduce_to
from ..tensor import Tensor, from_array
from . import both, windows
from .registry import OPS, function_of, record


def put(grad: Any, shape: tuple[int, ...], index: Any) -> Any:
    """Zeros with `grad` at `index`."""
    if isinstance(grad, Tensor):
        zeros = from_array(both.zeros(shape, grad._a))
        zeros[index] = grad  # type: ignore[index]
        return zeros
    out = np.zeros(shape, grad.dtype) if type(grad) is np.ndarray else both.zeros(shape, grad)
    out[index] = grad
    return out


def _put_slice(grad: np.ndarray, shape: tuple[int, ...], dim: int, start: Any, end: Any, step: int) -> np.ndarray:
    d = geometry.wrap(dim, len(shape))
    return put(grad, shape, (*(slice(None),) * d, slice(start, end, step)))  # type: ignore[no-any-return]


def _put_select(grad: np.ndarray, shape: tuple[int, ...], dim: int, index: int) -> np.ndarray:
    return put(grad, shape, (*(slice(None),) * geometry.wrap(dim, len(shape)), index))  # type: ignore[no-any-return]


def _put_diagonal(grad: np.ndarray, shape: tuple[int, ...], offset: int, dim1: int, dim2: int) -> np.ndarray:
    out = both.zeros(shape, grad)
    windows.diagonal(out, offset, dim1, dim2)[...] = grad
    return out  # type: ignore[no-any-return]


def _put_unfold(grad: np.ndarray, shape: tuple[int, ...], dimension: int, size: int, step: int) -> np.ndarray:
    out = both.zeros(shape, grad)
    if not shape:
        out[...] = grad.sum()
        return out  # type: ignore[no-any-return]
    d = geometry.wrap(dimension, len(shape))
    count = (shape[d] - size) // step + 1
    whole = np.moveaxis(out, d, -1)
    windows_ = np.moveaxis(grad, d, -2)  # (..., count, size)
    if count <= size:
        for i in range(count):
            whole[..., i * step : i * step + size] += windows_[..., i, :]
    else:
        for j in range(size):
            whole[..., j : j + (count - 1) * step + 1 : step] += windows_[..., j]
    return out  # type: ignore[no-any-return]


def _backward_of(name: str, kernel: Any, parameters: str) -> Any:
    """The formula of a view that shows a part: zeros with the gradient in the part's place. On tensors that is an op of its
    own, whose gradient is the part's place again."""
    op = record(
        f"{name}_backward",
        kernel,
        f"self, shape, {parameters}",
        methods=(),
        self=eval(
            f"lambda grad, {parameters}: again(grad, {parameters})", {"again": lambda *given: view_again(*given)}
        ),
    )

    def view_again(grad: Any, *where: Any) -> Any:
        return function_of(OPS[name])(grad, *where) if isinstance(grad, Tensor) else OPS[name].kernel(grad, *where)

    def back(grad: Any, shape: tuple[int, ...], *where: Any) -> Any:
        return function_of(op)(grad, shape, *where) if isinstance(grad, Tensor) else kernel(grad, shape, *where)

    return eval(f"lambda grad, self_shape, {parameters}: back(grad, self_shape, {parameters})", {"back": back})


slice_back = _backward_of("slice", _put_slice, "dim, start, end, step")
select_back = _backward_of("select", _put_select, "dim, index")
diagonal_back = _backward_of("diagonal", _put_diagonal, "offset, dim1, dim2")
unfold_back = _backward_of("unfold", _put_unfold, "dimension, size, step")


def squeeze_back(grad: Any, self_shape: tuple[int, ...], dim: Any = None) -> Any:
    if not isinstance(grad, Tensor):
        return grad.reshape(self_shape)
    given = () if isinstance(dim, (tuple, list)) and not dim else geometry.wrap_all(dim, len(self_shape))
    for d, n in enumerate(self_shape):
        if n == 1 and d in given:
            grad = function_of(OPS["unsqueeze"])(grad, d)
    return grad


def unsqueeze_back(grad: Any, dim: int) -> Any:
    if isinstance(grad, Tensor):
        return grad.squeeze(dim)  # type: ignore[attr-defined]
    return grad.squeeze(geometry.wrap(dim, grad.ndim))


def permute_back(grad: Any, dims: tuple[int, ...]) -> Any:
    order = [geometry.wrap(d, len(dims)) for d in dims]
    return both.permute(grad, tuple(sorted(range(len(order)), key=order.__getitem__)))


def expand_back(grad: Any, self_shape: tuple[int, ...]) -> Any:
    return reduce_to(grad, self_shape)


def as_before(grad: Any, self_shape: tuple[int, ...]) -> Any:
    return both.reshape(grad, self_shape)
