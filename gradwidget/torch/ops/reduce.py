"""Many values to few: sums, means, extremes, and running totals."""

from __future__ import annotations

import warnings
from collections import namedtuple
from typing import Any

import numpy as np

from .. import dtypes, geometry, sums
from ..tensor import Tensor, from_array
from . import both, operands
from .quiet import quiet
from .registry import OPS, function_of, record, spelled


def _axes(dim: Any, ndim: int) -> tuple[int, ...]:
    return geometry.wrap_all(dim, ndim) if ndim else ()


def unreduce(grad: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """A reduced gradient spread over the shape that was reduced."""
    if not keepdim and len(shape) > 1 and dim is not None:
        grad = both.unsqueeze(grad, _axes(dim, len(shape)))
    return both.expand(grad, shape)


def _cast_for_sum(a: np.ndarray, dtype: Any) -> np.ndarray:
    if dtype is not None:
        return a.astype(dtype.np, copy=False)
    return a.astype(np.int64) if a.dtype.kind in "biu" else a


def _sum(a: np.ndarray, dim: Any, keepdim: bool, dtype: Any) -> Any:
    a = _cast_for_sum(a, dtype)
    out = np.add.reduce(a, None, keepdims=keepdim) if dim is None else sums.along(a, _axes(dim, a.ndim), keepdim)
    return out if dtype is None else out.astype(dtype.np, copy=False)


@quiet
def _mean(a: np.ndarray, dim: Any, keepdim: bool, dtype: Any) -> Any:
    if dtype is not None:
        a = a.astype(dtype.np, copy=False)
    if a.dtype.kind not in "fcV":
        raise RuntimeError(
            f"mean(): could not infer output dtype. {'Input' if dtype is None else 'Optional'} dtype must be either a floating point or complex dtype. Got: "
            + ("Long" if a.dtype == np.int64 else dtypes.OF_NUMPY[a.dtype].legacy)
        )
    axes = _axes(dim, a.ndim) if dim is not None else tuple(range(a.ndim))
    total = sums.along(a, axes, keepdim)
    return total / a.dtype.type(geometry.numel([a.shape[i] for i in axes]))


def _count(shape: tuple[int, ...], dim: Any) -> int:
    return geometry.numel([shape[i] for i in _axes(dim, len(shape))]) if shape else 1


def _shares(grad: Any, n: int, spread: Any) -> Any:
    """A mean's gradient: spread, and divided. Arrays are divided first, which are few numbers then."""
    return both.over(spread(grad), n) if isinstance(grad, Tensor) else spread(grad / n)


def _cast_back(grad: Any, d: Any) -> Any:
    return both.cast(grad, d)


_SUM = "self, dim=None, keepdim=False, *, dtype=None"
_sum_all = record(
    "sum",
    _sum,
    _SUM,
    methods=(),
    self=lambda grad, self_shape, self_dtype: _cast_back(both.expand(grad, self_shape), self_dtype),
)
_sum_dim = record(
    "sum_dim",
    _sum,
    _SUM,
    node="SumBackward1",
    methods=(),
    self=lambda grad, self_shape, self_dtype, dim, keepdim: _cast_back(
        unreduce(grad, self_shape, dim, keepdim), self_dtype
    ),
)
_mean_all = record(
    "mean",
    _mean,
    _SUM,
    methods=(),
    self=lambda grad, self_shape, self_dtype: _cast_back(
        _shares(grad, geometry.numel(self_shape) or 1, lambda g: both.expand(g, self_shape)), self_dtype
    ),
)
_mean_dim = record(
    "mean_dim",
    _mean,
    _SUM,
    node="MeanBackward1",
    methods=(),
    self=lambda grad, self_shape, self_dtype, dim, keepdim: _cast_back(
        _shares(grad, _count(self_shape, dim) or 1, lambda g: unreduce(g, self_shape, dim, keepdim)), self_dtype
    ),
)


def _by_dim(whole: Any, along: Any, name: str) -> Any:
    def function(
        self: Tensor,
        dim: Any = None,
        keepdim: bool = False,
        *,
        axis: Any = None,
        keepdims: Any = None,
        dtype: Any = None,
        out: Any = None,
    ) -> Tensor:
        dim = axis if dim is None else dim
        if keepdims is not None:
            keepdim = keepdims
        if dim is None:
            return function_of(whole)(self, None, keepdim, dtype=dtype, out=out)
        return function_of(along)(self, dim, keepdim, dtype=dtype, out=out)

    function.__name__ = name
    function.__doc__ = f"The {name} of all elements, or along `dim` (a number or several)."
    return function


sum = _by_dim(_sum_all, _sum_dim, "sum")
mean = _by_dim(_mean_all, _mean_dim, "mean")


@quiet
def _prod(a: np.ndarray, dim: Any, keepdim: bool, dtype: Any) -> Any:
    a = _cast_for_sum(a, dtype)
    out = np.multiply.reduce(a, axis=_axes(dim, a.ndim) if dim is not None else None, keepdims=keepdim)
    return out if dtype is None else out.astype(dtype.np, copy=False)


def _prod_back(grad: Any, self: Any, dim: Any, keepdim: bool) -> Any:
    """The product of all the others: from the left times from the right, so that zeros do no harm."""
    shape = tuple(self.shape)
    grad = unreduce(grad, shape, dim, keepdim)
    if isinstance(self, Tensor):
        return grad * _products_of_others(self, dim)
    flat = self.reshape(-1, 1) if dim is None or not self.ndim else np.moveaxis(self, geometry.wrap(dim, self.ndim), 0)
    one = np.ones_like(flat[:1])
    left = np.multiply.accumulate(np.concatenate([one, flat[:-1]]), axis=0)
    right = np.multiply.accumulate(np.concatenate([one, flat[:0:-1]]), axis=0)[::-1]
    others = left * right
    return grad * (
        others.reshape(shape) if dim is None or not self.ndim else np.moveaxis(others, 0, geometry.wrap(dim, self.ndim))
    )


def _products_of_others(t: Tensor, dim: Any) -> Any:
    """For each element the product of the others (along `dim`), as something that is differentiated again."""
    if t._a.all():
        return function_of(_prod_all)(t, dim, True).expand(t.shape) / t
    flat = t.reshape(-1) if dim is None else t.movedim(dim, -1) if t.dim() else t.reshape(1)  # type: ignore[attr-defined]
    n = flat.shape[-1]
    rows = flat.unsqueeze(-2).expand(*flat.shape[:-1], n, n)
    others = function_of(_prod_all)(rows.masked_fill(from_array(np.eye(n, dtype=bool)), 1), -1, False)
    return others.reshape(t.shape) if dim is None or not t.dim() else others.movedim(-1, dim)


_prod_all = record("prod", _prod, _SUM, methods=(), holomorphic=True, self=_prod_back)
_prod_dim = record("prod_dim", _prod, _SUM, node="ProdBackward1", methods=(), holomorphic=True, self=_prod_back)
prod = _by_dim(_prod_all, _prod_dim, "prod")

# ---- extremes

_pairs: dict[str, Any] = {}


def _returns(name: str, *fields: str) -> Any:
    """`torch.return_types.<name>`: (values, indices) unless other fields are named."""
    if name not in _pairs:
        fields = fields or ("values", "indices")
        kind = namedtuple(name, fields)  # type: ignore[misc]

        def text(self: Any) -> str:
            return f"torch.return_types.{name}(\n" + ",\n".join(f"{f}={getattr(self, f)!r}" for f in fields) + ")"

        kind.__repr__ = text  # type: ignore[method-assign, assignment]
        kind.__module__ = "torch.return_types"
        _pairs[name] = kind
    return _pairs[name]


def _share_evenly(grad: Any, self: Any, result: Any) -> Any:
    hit = both.array(self) == both.array(result)
    return grad * both.constant(both.cast(hit / hit.sum(), both.array(self).dtype), grad)


def _nonempty(a: np.ndarray, name: str) -> None:
    if a.size == 0:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
        )


def _extreme(name: str, ufunc: Any, arg: Any) -> Any:
    def whole(a: np.ndarray) -> Any:
        _nonempty(a, name)
        return ufunc.reduce(a, axis=None)

    def along(a: np.ndarray, dim: int, keepdim: bool) -> Any:
        if a.ndim == 0:
            return a.copy(), np.zeros((), np.int64)
        d = geometry.wrap(dim, a.ndim)
        where = arg(a, axis=d, keepdims=True)
        values = np.take_along_axis(a, where, d)
        return (values, where) if keepdim else (values.squeeze(d), where.squeeze(d))

    record(name, whole, "self", node=name.capitalize() + "Backward1", methods=(), self=_share_evenly)
    record(name + "_dim", along, "self, dim, keepdim=False", node=name.capitalize() + "Backward0", methods=(), outputs=2, returns=_returns(name),
           self=lambda grad, self_shape, result1, dim, keepdim: _scatter_along(grad, self_shape, result1, dim, keepdim))  # fmt: skip

    def function(
        self: Tensor,
        dim: Any = None,
        keepdim: bool = False,
        *,
        other: Any = None,
        axis: Any = None,
        keepdims: Any = None,
        out: Any = None,
    ) -> Any:
        if dim is None:
            dim = axis if other is None else other
        if keepdims is not None:
            keepdim = keepdims
        if not isinstance(self, Tensor) or (dim is not None and not isinstance(dim, (int, np.integer, Tensor))):
            raise operands.no_overload(name, self, *(() if dim is None else (dim,)))
        if isinstance(dim, Tensor):
            return function_of(OPS[name + "imum"])(self, dim, out=out)
        if dim is None:
            return function_of(OPS[name])(self, out=out)
        return function_of(OPS[name + "_dim"])(self, dim, keepdim, out=out)

    function.__name__ = name
    return function


def _scatter_along(grad: Any, shape: tuple[int, ...], where: Any, dim: int, keepdim: bool) -> Any:
    """Each gradient to the place along `dim` that its value came from."""
    if not shape:
        return grad
    d = geometry.wrap(dim, len(shape))
    index = both.array(where)
    if not keepdim:
        index, grad = np.expand_dims(index, d), both.unsqueeze(grad, (d,))
    if isinstance(grad, Tensor):
        return from_array(both.zeros(shape, grad._a)).scatter_add(d, from_array(index), grad)  # type: ignore[attr-defined]
    out = both.zeros(shape, grad)
    np.put_along_axis(out, index, grad, d)
    return out


max = _extreme("max", np.maximum, np.argmax)
min = _extreme("min", np.minimum, np.argmin)


def _arg(name: str, function: Any) -> Any:
    def kernel(a: np.ndarray, dim: Any, keepdim: bool) -> Any:
        if dim is None:
            _nonempty(a, name)
            out = function(a, keepdims=keepdim)
        else:
            out = function(a, axis=geometry.wrap(dim, a.ndim), keepdims=keepdim) if a.ndim else 0
        return np.asarray(out, np.int64)

    return record(name, kernel, "self, dim=None, keepdim=False")


_arg("argmax", np.argmax)
_arg("argmin", np.argmin)


def _evenly_along(grad: Any, self: Any, result: Any, dim: Any, keepdim: bool) -> Any:
    shape = tuple(self.shape)
    best = unreduce(both.array(result), shape, dim, keepdim)
    hit = (both.array(self) == best).astype(both.array(self).dtype)
    weight = hit / hit.sum(axis=_axes(dim, len(shape)), keepdims=True)
    return unreduce(grad, shape, dim, keepdim) * both.constant(weight, grad)


def _least_or_most(name: str, ufunc: Any) -> Any:
    def kernel(a: np.ndarray, dim: Any, keepdim: bool) -> Any:
        axes = _axes(dim, a.ndim)
        if not a.size:
            if dim is None or dim == () or dim == []:
                raise RuntimeError(
                    f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the "
                    "'dim' argument."
                )
            for d in (axes,) if isinstance(axes, int) else axes or ():
                if not a.shape[d]:
                    raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")
        return ufunc.reduce(a, axis=axes, keepdims=keepdim)

    return kernel


for _name, _ufunc in (("amax", np.maximum), ("amin", np.minimum)):
    record(
        _name,
        _least_or_most(_name, _ufunc),
        "self, dim=(), keepdim=False",
        self=_evenly_along,
    )

for _name, _reduce in (("all", np.logical_and), ("any", np.logical_or)):
    record(
        _name,
        lambda a, dim, keepdim, _r=_reduce: _r.reduce(
            a, axis=None if dim is None else _axes(dim, a.ndim), keepdims=keepdim
        ).astype(a.dtype if a.dtype == np.uint8 else bool, copy=False),
        "self, dim=None, keepdim=False",
    )

# ---- spread


@quiet
def _var(a: np.ndarray, dim: Any, correction: Any, keepdim: bool) -> Any:
    axes = _axes(dim, a.ndim) if dim is not None else tuple(range(a.ndim))
    n = geometry.numel([a.shape[i] for i in axes])
    mean = sums.along(a, axes, True) / a.dtype.type(n) if n else np.nan
    apart = np.asarray(a - mean)
    squares = (apart * np.conj(apart)).real if a.dtype.kind == "c" else np.multiply(apart, apart, apart if n else None)
    return sums.along(squares, axes, keepdim) / squares.dtype.type(np.maximum(n - correction, 0))


def _var_back(grad: Any, self: Any, dim: Any, correction: Any, keepdim: bool) -> Any:
    shape = tuple(self.shape)
    n = _count(shape, dim)
    scale = 2.0 / (n - correction) if n > correction else float("nan")
    if isinstance(self, Tensor):
        middle = function_of(_mean_dim)(self, dim if dim is not None else tuple(range(len(shape))), True)
        return unreduce(grad, shape, dim, keepdim) * (scale * (self - middle))
    if not self.size or not self.ndim:
        return unreduce(grad, shape, dim, keepdim) * (scale * (self - self))
    apart = self - sums.along(self, _axes(dim, self.ndim), True) / self.dtype.type(n)
    apart *= unreduce(grad * scale, shape, dim, keepdim)
    return apart


_VAR = "self, dim=None, correction=1, keepdim=False"
record("var", _var, _VAR, methods=(), self=_var_back)
record("std", quiet(lambda a, dim, correction, keepdim: np.sqrt(_var(a, dim, correction, keepdim))), _VAR, methods=(),
       self=lambda grad, self, result, dim, correction, keepdim: _var_back(grad / (2 * result), self, dim, correction, keepdim))  # fmt: skip


def warn_of_few(name: str, a: np.ndarray, dim: Any, correction: Any) -> None:
    n = a.size if dim is None or not a.ndim else geometry.numel([a.shape[i] for i in _axes(dim, a.ndim)])
    if n <= correction:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel "
            "divided by output numel).",
            stacklevel=3,
        )


def _spread(name: str) -> Any:
    def function(
        self: Tensor,
        dim: Any = None,
        unbiased: Any = None,
        keepdim: bool = False,
        *,
        correction: Any = None,
        axis: Any = None,
        keepdims: Any = None,
        out: Any = None,
    ) -> Tensor:
        dim = axis if dim is None else dim
        if keepdims is not None:
            keepdim = keepdims
        if isinstance(dim, bool):  # var(unbiased)
            dim, unbiased = None, dim
        if correction is None:
            correction = 1 if unbiased is None or unbiased else 0
        if self._a.dtype.kind not in "fcV":
            raise RuntimeError("std and var only support floating point and complex dtypes")
        warn_of_few(name, self._a, dim, correction)
        return function_of(OPS[name])(self, dim, correction, keepdim, out=out)

    function.__name__ = name
    return function


var, std = _spread("var"), _spread("std")

# ---- norms


@quiet
def vector_norm(a: np.ndarray, p: float, dim: Any, keepdim: bool) -> Any:
    axes = _axes(dim, a.ndim) if dim is not None else None
    if p == 2:
        return np.sqrt(
            np.add.reduce((a * np.conj(a)).real if a.dtype.kind == "c" else a * a, axis=axes, keepdims=keepdim)
        )
    size = np.abs(a)
    if p == np.inf:
        return np.maximum.reduce(size, axis=axes, keepdims=keepdim)
    if p == -np.inf:
        return np.minimum.reduce(size, axis=axes, keepdims=keepdim)
    if p == 0:
        return np.add.reduce((a != 0).astype(a.real.dtype), axis=axes, keepdims=keepdim)
    total = np.add.reduce(size if p == 1 else size**p, axis=axes, keepdims=keepdim)
    return total if p == 1 else total ** (1.0 / p)


def norm_back(grad: Any, self: Any, result: Any, p: float, dim: Any, keepdim: bool) -> Any:
    shape = tuple(self.shape)
    if p == 0:
        return None
    grad, result = unreduce(grad, shape, dim, keepdim), unreduce(result, shape, dim, keepdim)
    if p == 1:
        return grad * both.sign(self)
    nothing, zero = both.constant(both.array(result) == 0, result), both.zeros((), result)
    if p == 2:
        return both.where(nothing, both.zeros((), self), self / result) * grad
    if abs(p) == np.inf:
        hit = (np.abs(both.array(self)) == both.array(result)).astype(both.array(result).dtype)
        return grad * both.sign(self) * both.constant(hit / hit.sum(axis=_axes(dim, len(shape)), keepdims=True), grad)
    size = abs(self)
    if p < 2:
        scaled = both.sign(self) * size ** (p - 1)
        if p < 1:
            scaled = both.where(both.constant(both.array(self) == 0, self), both.zeros((), self), scaled)
            return scaled * (grad * result ** (1 - p))
    else:
        scaled = self * size ** (p - 2)
    return scaled * both.where(nothing, zero, grad / result ** (p - 1))


record("linalg_vector_norm", vector_norm, "self, p=2, dim=None, keepdim=False", methods=(), self=norm_back)
record(
    "norm_along", vector_norm, "self, p=2, dim=None, keepdim=False", node="NormBackward1", methods=(), self=norm_back
)


@spelled
def norm(self: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The vector p-norm of all elements, or along `dim`; "fro" is 2."""
    if self._a.dtype.kind not in "fcV":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {self.dtype.legacy}"
        )
    if p == "nuc":
        from .. import linalg

        return linalg.matrix_norm(self, "nuc", dim or (-2, -1), keepdim, dtype=dtype)
    order = 2 if p in ("fro", None) else p
    return function_of(OPS["linalg_vector_norm"])(self if dtype is None else self.to(dtype), order, dim, keepdim)  # type: ignore[attr-defined]


# ---- running


def _cumsum(a: np.ndarray, dim: int, dtype: Any) -> Any:
    if dtype is not None and dtype.kind == 0:
        raise NotImplementedError("\"cumsum_out_cpu\" not implemented for 'Bool'")
    a = _cast_for_sum(a, dtype)
    if a.dtype == np.float16 and a.ndim:  # summed in float32, each sum rounded once, as in PyTorch
        return np.add.accumulate(a, axis=geometry.wrap(dim, a.ndim), dtype=np.float32).astype(np.float16)
    return np.add.accumulate(a, axis=geometry.wrap(dim, a.ndim)) if a.ndim else a.copy()


def _cumsum_back(grad: Any, dim: int) -> Any:
    if isinstance(grad, Tensor):
        return grad.flip(dim).cumsum(dim).flip(dim) if grad.ndim else grad  # type: ignore[attr-defined]
    if not grad.ndim:
        return grad
    out = np.empty(grad.shape, grad.dtype)
    np.add.accumulate(np.flip(grad, dim), axis=dim, out=np.flip(out, dim))
    return out if type(grad) is np.ndarray else out.view(type(grad))


record("cumsum", _cumsum, "self, dim, *, dtype=None", self=_cumsum_back)
record("logsumexp", lambda a, dim, keepdim: _logsumexp(a, dim, keepdim), "self, dim, keepdim=False", holomorphic=True,
       self=lambda grad, self, result, dim, keepdim: unreduce(grad, tuple(self.shape), dim, keepdim) * both.exp(self - unreduce(result, tuple(self.shape), dim, keepdim)))  # fmt: skip


@quiet
def _logsumexp(a: np.ndarray, dim: Any, keepdim: bool) -> Any:
    axes = _axes(dim, a.ndim)
    if a.dtype.kind not in "fcV":
        a = a.astype(dtypes.get_default_dtype().np)
    top = np.maximum.reduce(a.real if a.dtype.kind == "c" else a, axis=axes, keepdims=True)
    top = np.where(np.isfinite(top), top, top.dtype.type(0))
    out = np.log(np.add.reduce(np.exp(a - top), axis=axes, keepdims=True)) + top
    return out if keepdim else out.squeeze(axes) if axes else out


for _name in ("sum", "mean", "prod", "max", "min", "var", "std", "norm"):
    setattr(Tensor, _name, globals()[_name])
