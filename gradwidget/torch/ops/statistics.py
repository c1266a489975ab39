"""Summaries of data: means and spreads together, medians, quantiles and modes, sums that leave out NaN, covariances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes, geometry, hot
from ..limits import finfo
from ..tensor import Tensor, from_array
from . import ties
from .both import array, conj, constant, exp, keep, log, where
from .further import complex_logaddexp
from .quiet import quiet
from .reduce import _axes, _evenly_along, _returns, _scatter_along, _var, _var_back, unreduce, warn_of_few
from .registry import OPS, function_of, public, record, spelled
from .result_layout import in_rows

# ---- mean and spread in one

_VAR = "self, dim=None, correction=1, keepdim=False"


def _with_mean(root: bool) -> Any:
    def kernel(a: np.ndarray, dim: Any, correction: Any, keepdim: bool) -> Any:
        variance = _var(a, dim, correction, keepdim)
        mean = a.mean(_axes(dim, a.ndim) if dim is not None and a.ndim else None, keepdims=keepdim)
        return (np.sqrt(variance) if root else variance), mean

    return quiet(kernel)


def _with_mean_back(grad: Any, self: Any, result: Any, dim: Any, correction: Any, keepdim: bool, root: bool) -> Any:
    of_spread, of_mean = grad
    shape = tuple(self.shape)
    total: Any = None
    if of_spread is not None:
        total = _var_back(of_spread / (2 * result) if root else of_spread, self, dim, correction, keepdim)
    if of_mean is not None:
        count = math.prod(shape[d] for d in _axes(dim, len(shape))) if dim is not None and shape else math.prod(shape)
        part = unreduce(of_mean, shape, dim, keepdim) / max(count, 1)
        total = part if total is None else total + part
    return total


for _name, _root in (("var_mean", False), ("std_mean", True)):
    record(
        f"_{_name}",
        _with_mean(_root),
        _VAR,
        node=("Std" if _root else "Var") + "MeanBackward0",
        methods=(),
        outputs=2,
        differentiable=(0, 1),
        self=(
            lambda grad, self, result, dim, correction, keepdim: _with_mean_back(
                grad, self, result, dim, correction, keepdim, True
            )
        )
        if _root
        else (
            lambda grad, self, dim, correction, keepdim: _with_mean_back(
                grad, self, None, dim, correction, keepdim, False
            )
        ),
    )


def _both(name: str) -> Any:
    def function(
        input: Any,
        dim: Any = None,
        unbiased: Any = None,
        keepdim: bool = False,
        *,
        correction: Any = None,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Any:
        dim = axis if dim is None else dim
        if keepdims is not None:
            keepdim = keepdims
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if correction is None:
            correction = 1 if unbiased is None or unbiased else 0
        if input._a.dtype.kind not in "fcV":
            raise RuntimeError(f"{name} only support floating point and complex dtypes")
        warn_of_few(name, input._a, dim, correction)
        return function_of(OPS[f"_{name}"])(input, dim, correction, keepdim)

    function.__name__ = name
    function.__doc__ = f"(the {'standard deviation' if name[0] == 's' else 'variance'}, the mean)."
    return function


public("var_mean", method=False)(_both("var_mean"))
public("std_mean", method=False)(_both("std_mean"))


# ---- the least and the greatest in one


def _aminmax(a: np.ndarray, dim: Any, keepdim: bool) -> Any:
    if dim is None:
        if not a.size:
            raise RuntimeError(
                "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
            )
        return a.min(keepdims=keepdim), a.max(keepdims=keepdim)
    if not a.ndim:
        return a.copy(), a.copy()
    d = geometry.wrap(dim, a.ndim)
    if not a.shape[d]:
        raise IndexError(f"aminmax: Expected reduction dim {d} to have non-zero size.")
    return a.min(d, keepdims=keepdim), a.max(d, keepdims=keepdim)


def _aminmax_back(grad: Any, self: Any, result: Any, result1: Any, dim: Any, keepdim: bool) -> Any:
    parts = []
    for g, r in zip(grad, (result, result1)):
        if g is not None:
            parts.append(_evenly_along(g, self, r, dim, keepdim))
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


record("_aminmax", _aminmax, "self, dim=None, keepdim=False", node="AminmaxBackward0", methods=(), outputs=2,
       differentiable=(0, 1), returns=_returns("aminmax", "min", "max"), self=_aminmax_back)  # fmt: skip


@public()
@spelled
def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False, out: Any = None) -> Any:
    """(min, max): the least and the greatest."""
    return function_of(OPS["_aminmax"])(input, dim, keepdim, out=out)


# ---- sums without NaN


@public()
@spelled
def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum of all that is a number."""
    return function_of(OPS["_nansum"])(input, dim, keepdim, dtype)  # type: ignore[no-any-return]


def _nansum(a: np.ndarray, dim: Any, keepdim: bool, dtype: Any) -> Any:
    from .reduce import _sum

    if a.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    clean = np.where(np.isnan(a), a.dtype.type(0), a) if a.dtype.kind == "f" else a
    return _sum(clean, dim, keepdim, dtype)


record("_nansum", _nansum, "self, dim=None, keepdim=False, dtype=None", node="NansumBackward0", methods=(),
       self=lambda grad, self, dim, keepdim: keep(
           unreduce(grad, tuple(self.shape), dim, keepdim), constant(~np.isnan(array(self)), grad)))  # fmt: skip


@public()
@spelled
def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of all that is a number."""
    if input._a.dtype.kind not in "fcV":
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {input.dtype.legacy}"
        )
    numbers = input.isnan().logical_not()
    counts = numbers.sum() if dim is None and not keepdim else numbers.sum(_dims(dim, input), keepdim)
    return nansum(input, dim, keepdim, dtype=dtype).div(counts)  # type: ignore[attr-defined, no-any-return]


def _dims(dim: Any, input: Any) -> Any:
    return list(range(input.dim())) if dim is None else dim


@public()
@spelled
def count_nonzero(input: Any, dim: Any = None) -> Tensor:
    """How many elements are not 0."""
    a = input._a
    return from_array(in_rows(np.asarray(np.count_nonzero(a, axis=None if dim is None else _axes(dim, a.ndim)))))


# ---- medians, modes, quantiles


def _nanmedian_where(a: np.ndarray, axis: int) -> np.ndarray:
    """Where the lower median of all that is a number stands; of NaN alone, the first."""
    order = np.argsort(a, axis=axis, kind="stable")
    count = (
        np.maximum((~np.isnan(a)).sum(axis, keepdims=True), 1)
        if a.dtype.kind == "f"
        else np.full([1 if k == axis else n for k, n in enumerate(a.shape)], a.shape[axis])
    )
    return np.take_along_axis(order, (count - 1) // 2, axis)


def _nanmedian(a: np.ndarray) -> Any:
    if not a.size:
        return np.array(np.nan, a.dtype)
    flat = a.reshape(-1)
    return flat[_nanmedian_where(flat, 0)].reshape(())


def _nanmedian_dim(a: np.ndarray, dim: int, keepdim: bool) -> Any:
    if not a.ndim:
        return a.copy(), np.zeros((), np.int64)
    d = geometry.wrap(dim, a.ndim)
    at = _nanmedian_where(a, d)
    values = np.take_along_axis(a, at, d)
    return (values, at) if keepdim else (values.squeeze(d), at.squeeze(d))


def _median_back(grad: Any, self: Any, result: Any) -> Any:
    a, r = array(self), array(result)
    hit = np.isnan(a) if np.isnan(r) else a == r
    first = np.zeros(a.shape, bool).reshape(-1)
    if hit.any():
        first[np.flatnonzero(hit.reshape(-1))] = True
    share = (first / max(first.sum(), 1)).reshape(a.shape).astype(a.dtype)
    return constant(share, grad) * grad


record("_nanmedian", _nanmedian, "self", node="NanmedianBackward0", methods=(), self=_median_back)
record("_nanmedian_dim", _nanmedian_dim, "self, dim, keepdim=False", node="NanmedianBackward1", methods=(), outputs=2,
       returns=_returns("nanmedian"),
       self=lambda grad, self_shape, result1, dim, keepdim: _scatter_along(grad, self_shape, result1, dim, keepdim))  # fmt: skip


@public()
@spelled
def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower median of all that is a number."""
    if dim is None:
        return function_of(OPS["_nanmedian"])(input)
    return function_of(OPS["_nanmedian_dim"])(input, dim, keepdim)


def _mode(a: np.ndarray, dim: int, keepdim: bool) -> Any:
    """The smallest of the values that occur most often, and where it last stands."""
    if not a.ndim:
        return a.copy(), np.zeros((), np.int64)
    d = geometry.wrap(dim, a.ndim)
    if not a.shape[d]:
        raise IndexError(f"mode(): Expected reduction dim {d} to have non-zero size.")
    moved = np.moveaxis(a, d, -1)
    n = moved.shape[-1]
    order = np.argsort(moved, -1, kind="stable")
    ranked = np.take_along_axis(moved, order, -1)
    new = np.ones(ranked.shape, bool)
    new[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
    begin = np.maximum.accumulate(np.where(new, np.arange(n), 0), -1)
    best = np.argmax(np.arange(n) - begin, -1)  # the first place where a run is longest
    values = np.take_along_axis(ranked, best[..., None], -1)
    at = np.take_along_axis(order, best[..., None], -1)
    values, at = np.moveaxis(values, -1, d), np.moveaxis(at, -1, d)
    if n > 16:  # fewer are sorted without moving equal ones
        unclear = (a == values).sum(d) > 1
        at = ties.resettle(a, d, at, unclear, ties.last_of_run)
    return (values.copy(), at.copy()) if keepdim else (values.squeeze(d).copy(), at.squeeze(d).copy())


record("mode", _mode, "self, dim=-1, keepdim=False", outputs=2, returns=_returns("mode"),
       self=lambda grad, self_shape, result1, dim, keepdim: _scatter_along(grad, self_shape, result1, dim, keepdim))  # fmt: skip


@public()
def msort(input: Any) -> Tensor:
    """Sorted along the first dimension."""
    return input.sort(0)[0]  # type: ignore[no-any-return]


def _quantile(
    name: str, input: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str, ignore: bool
) -> Tensor:
    if hot.AUTOCAST is not None:
        input, q = hot.AUTOCAST("single", input, q)
    if not isinstance(q, Tensor):
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
        q = from_array(np.array(q, input._a.dtype))
    if not input.numel():
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if q.dim() > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if input._a.dtype not in (np.float32, np.float64):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if input.dtype != q.dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
        )
    if q._a.size and ((q._a < 0) | (q._a > 1)).any():
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    d = None if dim is None else geometry.wrap(dim, max(input.dim(), 1))
    rest = [1] * input.dim() if d is None else list(input.shape)
    if d is not None and rest:
        rest[d] = 1
    if not keepdim:
        rest = [] if d is None or not rest else [n for k, n in enumerate(rest) if k != d]
    if d is None:
        x: Any = input.reshape(-1).sort()[0]
    elif d == input.dim() - 1:
        x = input.sort()[0]
    else:
        x = input.unsqueeze(-1).transpose(d, -1).sort()[0]
    n = x.shape[-1]
    x = x.view([*rest, n])
    values = x._a
    if ignore:
        count = (~np.isnan(values)).sum(-1, keepdims=True)
        ranks = q._a.reshape(-1) * np.maximum(count - 1, 0).astype(values.dtype)
    else:
        last = np.isnan(values[..., -1:])
        ranks = np.where(last, n - 1, q._a.reshape(-1) * values.dtype.type(n - 1)).astype(values.dtype)
    ranks = np.broadcast_to(ranks, (*rest, q.numel())).copy()
    if interpolation == "lower":
        ranks = np.floor(ranks)
    elif interpolation == "higher":
        ranks = np.ceil(ranks)
    elif interpolation == "nearest":
        ranks = np.rint(ranks)
    below = ranks.astype(np.int64)
    out = x.gather(-1, from_array(below))
    if interpolation in ("linear", "midpoint"):
        weight = np.full_like(ranks, 0.5) if interpolation == "midpoint" else (ranks - below).astype(ranks.dtype)
        above = np.ceil(ranks).astype(np.int64)
        out.lerp_(x.gather(-1, from_array(above)), from_array(weight))
    if not q.dim():
        return out.squeeze_(-1)  # type: ignore[no-any-return]
    return out.unsqueeze_(0).transpose_(0, -1).squeeze_(-1)  # type: ignore[no-any-return]


@public()
@spelled
def quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """What a share q of the values lies below. interpolation: "linear", "lower", "higher", "midpoint", "nearest"."""
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@public()
@spelled
def nanquantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The same of all that is a number."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)


# ---- running logarithms of sums


def _logcumsumexp(a: np.ndarray, dim: int) -> Any:
    if a.dtype.kind not in "fcV":
        from ..dtypes import OF_NUMPY

        raise NotImplementedError(
            f"\"logcumsumexp_out_cpu\" not implemented for '{OF_NUMPY[a.dtype].legacy.removeprefix('torch.').removesuffix('Tensor')}'"
        )
    if not a.ndim:
        return a.copy()
    d = geometry.wrap(dim, a.ndim)
    if not a.size:
        return a.copy()
    if a.dtype.kind == "f":
        return np.logaddexp.accumulate(a, d)
    out = np.moveaxis(a.copy(), d, 0)
    for k in range(1, len(out)):
        out[k] = complex_logaddexp(out[k - 1], out[k])
    return np.moveaxis(out, 0, d)


def _logcumsumexp_back(grad: Any, self: Any, result: Any, dim: int) -> Any:
    """conj Σ conj(grad) exp(self - result) over all that come after, by logarithms, so that nothing overflows."""
    if not len(self.shape):
        return grad

    def from_behind(x: Any) -> Any:
        if isinstance(x, Tensor):
            return x.flip(dim).logcumsumexp(dim).flip(dim)  # type: ignore[attr-defined]
        return np.flip(_logcumsumexp(np.flip(x, dim), dim), dim)

    if array(self).dtype.kind == "c":
        return conj(exp(from_behind(log(conj(grad)) - result) + self))
    kind = array(grad).dtype
    size, nothing = (
        log(abs(grad)),
        constant(np.array(finfo(dtypes.OF_NUMPY[kind]).min, kind), grad),
    )  # finite: it is subtracted from itself
    parts = [where(constant(hit, grad), size, nothing) for hit in (array(grad) > 0, array(grad) < 0)]
    more, less = (exp(from_behind(part - result) + self) for part in parts)
    return more - less


record("logcumsumexp", quiet(_logcumsumexp), "self, dim", self=_logcumsumexp_back)


# ---- covariances


def _check_weights(name: str, weights: Tensor, kinds: str, wanted: str, count: int) -> None:
    if weights.dim() > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.dim()} dimensions"
        )
    if weights._a.dtype.kind not in kinds:
        raise RuntimeError(
            f"cov(): expected {name} to have {wanted} dtype but got {name} with {weights.dtype.legacy} dtype"
        )
    if weights.numel() != count:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got "
            f"{weights.numel()} != {count}"
        )
    if (weights._a < 0).any():
        raise RuntimeError(f"cov(): {name} cannot be negative")


@public()
def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """Covariances of variables in rows. fweights: how often each observation counts; aweights: how much."""
    if input.dim() > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input.dim()} dimensions"
        )
    if input._a.dtype.kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = input.view(1, -1) if input.dim() < 2 else input
    count = x.size(1)
    weights: Any = None
    for name, given, kinds, wanted in (
        ("fweights", fweights, "iu", "integral"),
        ("aweights", aweights, "f", "floating point"),
    ):
        if given is not None:
            _check_weights(name, given, kinds, wanted, count)
            weights = given if weights is None else weights * given
    total: Any = count if weights is None else weights.sum()
    if weights is None:
        mean = x.sum(1) / total
    else:
        mean = (x * weights).sum(1) / total
    if aweights is None or correction == 0:
        norm: Any = total - correction
    else:
        norm = total - correction * (weights * aweights).sum() / total
    if isinstance(norm, Tensor):
        norm = norm.clamp(min=0)  # type: ignore[attr-defined]
    else:
        norm = max(norm, 0)
    centred = x - mean.unsqueeze(1)
    other = (centred if weights is None else centred * weights).t()
    out = centred.mm(other.conj() if other.is_complex() else other) / (
        norm if isinstance(norm, Tensor) else float(norm)
    )
    return out.squeeze()  # type: ignore[no-any-return]


@public()
def corrcoef(input: Any) -> Tensor:
    """Pearson's correlation of variables in rows."""
    if input.dim() > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {input.dim()} dimensions"
        )
    c: Any = cov(input)
    if c.dim() == 0:
        return c / c  # type: ignore[no-any-return]
    d = c.diagonal()
    s = (d.real if d.is_complex() else d).sqrt()
    out = c / s.view(-1, 1) / s.view(1, -1)
    if out.is_complex():
        from .complex_numbers import complex_

        return complex_(out.real.clip(-1, 1), out.imag.clip(-1, 1))  # type: ignore[no-any-return]
    return out.clip(-1, 1)  # type: ignore[no-any-return]
