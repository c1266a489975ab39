"""Running products and extremes along a dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..tensor import Tensor, from_array
from .along import _gather_back
from .reduce import _returns
from .registry import record


def _cumprod(a: np.ndarray, dim: int, dtype: Any) -> Any:
    d = geometry.wrap(dim, a.ndim)
    if dtype is not None and dtype.kind == 0:
        raise NotImplementedError("\"cumprod_out_cpu\" not implemented for 'Bool'")
    a = a.astype(dtype.np) if dtype is not None else a.astype(np.int64) if a.dtype.kind in "bui" else a
    return np.multiply.accumulate(a, axis=d) if a.ndim else a.copy()


def _cumprod_back(grad: Any, self: Any, dim: int) -> Any:
    """For element k: the sum over i >= k of grad_i times the product of all others up to i."""
    if not self.ndim:
        return grad
    n = self.shape[dim]
    if isinstance(self, Tensor):
        x, g = self.movedim(dim, -1), grad.movedim(dim, -1)  # type: ignore[attr-defined]
        rows = x.unsqueeze(-2).expand(*x.shape[:-1], n, n).masked_fill(from_array(np.eye(n, dtype=bool)), 1)
        products = rows.cumprod(-1) * from_array(np.triu(np.ones((n, n))).astype(x._a.dtype))
        return (products * g.unsqueeze(-2)).sum(-1).movedim(-1, dim)
    x, g = np.moveaxis(self, dim, -1), np.moveaxis(grad, dim, -1)
    if x.all():
        along = np.multiply.accumulate(x, axis=-1) * g
        tail = np.add.accumulate(along[..., ::-1], axis=-1)[..., ::-1]
        return np.moveaxis(tail / x, -1, dim)
    rows = np.broadcast_to(x[..., None, :], (*x.shape[:-1], n, n)).copy()
    rows[..., np.arange(n), np.arange(n)] = 1
    products = np.multiply.accumulate(rows, axis=-1) * np.triu(np.ones((n, n), x.dtype))
    return np.moveaxis((products * g[..., None, :]).sum(-1), -1, dim)


record("cumprod", _cumprod, "self, dim, *, dtype=None", inplace=True, holomorphic=True, self=_cumprod_back)


def _extreme(better: Any) -> Any:
    def kernel(a: np.ndarray, dim: int) -> Any:
        d = geometry.wrap(dim, a.ndim)
        if not a.ndim:
            return a.copy(), np.zeros((), np.int64)
        values = better.accumulate(a, axis=d)
        shape = [1] * a.ndim
        shape[d] = a.shape[d]
        places = np.arange(a.shape[d]).reshape(shape)
        hit = (a == values) | (np.isnan(a) if a.dtype.kind == "f" else False)
        return values, np.maximum.accumulate(np.where(hit, places, 0), axis=d)

    return kernel


for _name, _better in (("cummax", np.maximum), ("cummin", np.minimum)):
    record(
        _name, _extreme(_better), "self, dim", outputs=2, returns=_returns(_name),
        self=lambda grad, self_shape, result1, dim: _gather_back(grad, self_shape, dim, result1),
    )  # fmt: skip
