"""Linear maps along dimensions: each output is a weighted sum of a few inputs of its line.

Pooling by means, padding by reflection and resampling are all of this kind, one dimension after the other. `linear_op`
declares such an op and its transpose, which is its gradient; each is the other's derivative, so they can be
differentiated as often as one likes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor
from .layout import as_images
from .registry import OPS, Op, function_of, record


class Taps:
    """For each of `out` places along a line of `size` inputs: which inputs it sums (K, out) and how much each counts.

    weights: None where each counts once.
    """

    __slots__ = ("_plans", "indices", "size", "weights")

    def __init__(self, indices: np.ndarray, weights: np.ndarray | None, size: int) -> None:
        self.indices = indices
        self.weights = weights
        self.size = size
        self._plans: Any = None

    @property
    def out(self) -> int:
        return self.indices.shape[1]

    def gather(self, x: np.ndarray, axis: int) -> np.ndarray:
        """The sums, along `axis` of x."""
        weights = [None] * len(self.indices) if self.weights is None else list(self.weights)
        total: Any = None
        for at, w in zip(self.indices, weights):
            part = _weighted(x, at, w, axis)
            total = part if total is None else total + part
        return np.ascontiguousarray(total) if total.base is None else total.copy(order="C")

    def scatter(self, g: np.ndarray, axis: int) -> np.ndarray:
        """The transpose: what each output holds goes back to the inputs that it was summed from."""
        if self._plans is None:
            self._plans = self._transposed()
        before = (slice(None),) * axis
        out: Any = None
        for places, outputs, w in self._plans:
            part = _weighted(g, outputs, w, axis)
            if out is None and len(places) == self.size:
                out = part if part.base is None else part.copy(order="C")
                continue
            if out is None:
                shape = list(g.shape)
                shape[axis] = self.size
                out = np.zeros_like(g, shape=shape)
            at = (*before, _as_slice(places))
            out[at] += part
        return out  # type: ignore[no-any-return]

    def _transposed(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
        """Every input's first output, every input's second, ...: (inputs in order, outputs, weights) each."""
        inputs, outputs = self.indices.reshape(-1), np.tile(np.arange(self.out), len(self.indices))
        weights = None if self.weights is None else self.weights.reshape(-1)
        if weights is not None:
            inputs, outputs, weights = (v[weights != 0] for v in (inputs, outputs, weights))
        order = np.argsort(inputs, kind="stable")
        inputs, outputs = inputs[order], outputs[order]
        first = np.flatnonzero(np.diff(inputs, prepend=-1))
        rank = np.arange(len(inputs)) - np.repeat(first, np.diff(first, append=len(inputs)))
        plans = []
        for r in range(int(rank.max(initial=0)) + 1):
            these = rank == r
            plans.append((inputs[these], outputs[these], None if weights is None else weights[order][these]))
        return plans


def _weighted(x: np.ndarray, at: np.ndarray, w: np.ndarray | None, axis: int) -> np.ndarray:
    """Elements along an axis, each times its weight."""
    even = _as_slice(at)
    part = x[(slice(None),) * axis + (even,)] if isinstance(even, slice) else np.take(x, even, axis)
    return part if w is None else part * _along(w.astype(x.dtype), axis, x.ndim)


def _along(v: np.ndarray, axis: int, ndim: int) -> np.ndarray:
    return v.reshape(-1, *(1,) * (ndim - axis - 1))


def _as_slice(at: np.ndarray) -> Any:
    """Indices that are evenly spaced as a slice, which NumPy follows faster."""
    if len(at) > 1:
        step = int(at[1] - at[0])
        if step > 0 and (np.diff(at) == step).all():
            return slice(int(at[0]), int(at[-1]) + 1, step)
    return at


def gathered(x: np.ndarray, taps: tuple[Taps, ...]) -> Any:
    """Along the last dimensions, one for each of `taps`. Half precision is summed in single and rounded once."""
    first, half = x.ndim - len(taps), x.dtype == np.float16
    y = x.astype(np.float32) if half else x
    for k, t in enumerate(taps):
        y = t.gather(y, first + k)
    return y.astype(x.dtype) if half else y


def scattered(g: np.ndarray, taps: tuple[Taps, ...]) -> Any:
    first, half = g.ndim - len(taps), g.dtype == np.float16
    y = g.astype(np.float32) if half else g
    for k, t in enumerate(taps):
        y = t.scatter(y, first + k)
    return y.astype(g.dtype) if half else y


def _as_images(x: np.ndarray, taps: tuple[Taps, ...]) -> Any:
    return as_images(gathered(x, taps), x)


def linear_op(name: str, node: str, images: bool = True, keeps: bool = True) -> Op:
    """Declare an op `self, taps` and its transpose. images: the result is laid out as the input is; keeps: backward keeps
    the input, though it does not need it, as PyTorch's does."""
    transpose = f"{name}_backward"

    def back(grad: Any, taps: Any) -> Any:
        return function_of(OPS[transpose])(grad, taps) if isinstance(grad, Tensor) else scattered(grad, taps)

    def back_keeping(grad: Any, self: Any, taps: Any) -> Any:
        return back(grad, taps)

    def forth(grad: Any, taps: Any) -> Any:
        return function_of(OPS[name])(grad, taps) if isinstance(grad, Tensor) else gathered(grad, taps)

    record(
        transpose,
        scattered,
        "grad_output, taps",
        tensors=("grad_output",),
        node=node.replace("Backward0", "BackwardBackward0"),
        methods=(),
        grad_output=forth,
    )
    return record(
        name,
        _as_images if images else gathered,
        "self, taps",
        node=node,
        methods=(),
        holomorphic=True,
        self=back_keeping if keeps else back,
    )
