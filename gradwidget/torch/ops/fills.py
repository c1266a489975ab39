"""Tensors filled with random numbers in place, and counts and gamma numbers drawn element by element.

Samplers: gamma by Marsaglia & Tsang (2000); Poisson by multiplication below 10 and Hörmann's PTRS (1993) above; binomial by
inversion and Hörmann's BTRS. Each draws from the stream in PyTorch's order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import OF_NUMPY
from ..random import Generator, default_generator
from ..tensor import Tensor, from_array
from .both import array, constant
from .gamma import _incomplete
from .registry import public, record
from .write import _continuous, _generator, _like, _random_fill

C_NAMES = {"int64": "long int", "int32": "int", "int16": "short", "int8": "signed char", "uint8": "unsigned char"}


def _only_continuous(law: str, self: np.ndarray, called: str) -> None:
    if self.dtype.kind not in "fV":
        raise RuntimeError(
            f"{law} distribution is a continuous probability distribution. dtype must be a floating point but you specified {called}"
        )


def _exponential(self: np.ndarray, lambd: float, generator: Any) -> Any:
    _only_continuous("Exponential", self, OF_NUMPY[self.dtype].legacy)
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    return _like(self, _generator(generator).exponential(self.shape, self.dtype.name, lambd))


def _geometric(self: np.ndarray, p: float, generator: Any) -> Any:
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    u = _generator(generator)._doubles(self.size).reshape(self.shape)
    return _like(self, np.ceil(np.log(u) / math.log1p(-p)).astype(self.dtype))


def _cauchy(self: np.ndarray, median: float, sigma: float, generator: Any) -> Any:
    _only_continuous("Cauchy", self, C_NAMES.get(self.dtype.name, self.dtype.name))
    if sigma <= 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    u = _generator(generator)._doubles(self.size).reshape(self.shape)
    return _like(self, (median + sigma * np.tan(math.pi * (u - 0.5))).astype(self.dtype))


def _log_normal(self: np.ndarray, mean: float, std: float, generator: Any) -> Any:
    _continuous(self, "log_normal_cpu")
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    z = _generator(generator)._pairs(self.size).reshape(self.shape)
    return _like(self, np.exp(z * std + mean).astype(self.dtype))


def _random(self: np.ndarray, from_: Any, to: Any, generator: Any) -> Any:
    stream = _generator(generator)
    if from_ is None and to is None:
        return _like(self, stream.any_integers(self.shape, self.dtype.name))
    low, high = (0, from_) if to is None else (from_, to)
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    return _like(self, stream.integers(int(low), int(high), self.shape, self.dtype.name))


def _bernoulli(self: np.ndarray, p: Any, generator: Any) -> Any:
    chances = p._a if isinstance(p, Tensor) else p
    if isinstance(chances, np.ndarray):
        chances = np.broadcast_to(chances, self.shape)
    elif not 0 <= chances <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={chances:g}")
    return _like(self, _generator(generator).bernoulli(chances, self.shape).astype(self.dtype))


_random_fill("exponential", "lambd=1, *, generator=None", _exponential)
_random_fill("geometric", "p, *, generator=None", _geometric)
_random_fill("cauchy", "median=0, sigma=1, *, generator=None", _cauchy)
_random_fill("log_normal", "mean=1, std=2, *, generator=None", _log_normal)
_random_fill("random", "from_=None, to=None, *, generator=None", _random)
_random_fill("bernoulli", "p=0.5, *, generator=None", _bernoulli)


# ---- drawn one by one


class Stream:
    """Single doubles of a generator."""

    def __init__(self, generator: Generator | None) -> None:
        self.generator = generator or default_generator

    def uniform(self) -> float:
        return float(self.generator._doubles(1)[0])

    def normal(self) -> float:
        return float(self.generator._pairs(1)[0])


def draw_gamma(alpha: float, stream: Stream) -> float:
    scale = 1.0
    if alpha < 1:
        if alpha == 0:
            return 0.0
        scale = (1 - stream.uniform()) ** (1 / alpha)
        alpha += 1
    d = alpha - 1 / 3
    c = 1 / math.sqrt(9 * d)
    while True:
        y = 0.0
        while y <= 0:
            x = stream.normal()
            y = 1 + c * x
        v = y * y * y
        u = 1 - stream.uniform()
        if u < 1 - 0.0331 * x * x * x * x:
            return scale * d * v
        if math.log(u) < 0.5 * x * x + d * (1 - v + math.log(v)):
            return scale * d * v


def draw_poisson(rate: float, stream: Stream) -> float:
    if rate == 0:
        return 0.0
    if rate < 10:
        limit, product, k = math.exp(-rate), 1.0, 0
        while True:
            product *= stream.uniform()
            if product <= limit:
                return float(k)
            k += 1
    root, log_rate = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse, accept = 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = stream.uniform() - 0.5, stream.uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= accept:
            return float(k)
        if k < 0 or (us < 0.013 and v > us):
            continue
        if math.log(v) + math.log(inverse) - math.log(a / (us * us) + b) <= -rate + k * log_rate - math.lgamma(k + 1):
            return float(k)


_TAILS = [0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.0207906721037650, 0.0166446911898211,
          0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287]  # fmt: skip


def _stirling(k: float) -> float:
    if k <= 9:
        return _TAILS[int(k)]
    s = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / s) / s) / (k + 1)


def draw_binomial(count: float, p: float, stream: Stream) -> float:
    if count <= 0 or p <= 0:
        return 0.0
    if p >= 1:
        return count
    if math.isnan(p):
        return math.nan
    if p > 0.5:
        return count - draw_binomial(count, 1 - p, stream)
    if count * p < 10:
        total, k, log_q = 0.0, 0, math.log1p(-p)
        while True:
            total += math.ceil(math.log(stream.uniform()) / log_q)
            if total > count:
                return float(k)
            k += 1
    spread = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c, accept = count * p + 0.5, 0.92 - 4.2 / b
    r, alpha = p / (1 - p), (2.83 + 5.1 / b) * spread
    m = math.floor((count + 1) * p)
    while True:
        u, v = stream.uniform() - 0.5, stream.uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c)
        if us >= 0.07 and v <= accept:
            return float(k)
        if k < 0 or k > count:
            continue
        v = math.log(v * alpha / (a / (us * us) + b))
        bound = (
            (m + 0.5) * math.log((m + 1) / (r * (count - m + 1)))
            + (count + 1) * math.log((count - m + 1) / (count - k + 1))
            + (k + 0.5) * math.log(r * (count - k + 1) / (k + 1))
            + _stirling(m) + _stirling(count - m) - _stirling(k) - _stirling(count - k)
        )  # fmt: skip
        if v <= bound:
            return float(k)


def _each(draw: Any, generator: Any, *parameters: np.ndarray) -> np.ndarray:
    stream = Stream(generator)
    flat = [p.reshape(-1).tolist() for p in np.broadcast_arrays(*parameters)]
    shape = np.broadcast_shapes(*[p.shape for p in parameters])
    return np.array([draw(*row, stream) for row in zip(*flat)], np.float64).reshape(shape)


def _standard_gamma(a: np.ndarray, generator: Any) -> Any:
    out = _each(draw_gamma, generator, a).astype(a.dtype)
    return np.maximum(out, np.finfo(a.dtype).tiny)


def _gamma_slope(alpha: np.ndarray, x: np.ndarray) -> np.ndarray:
    """∂x/∂α of a gamma number at a fixed probability: -(∂P/∂α) / density (Figurnov et al. 2018)."""
    a, z = alpha.astype(np.float64), x.astype(np.float64)
    step = 1e-4 * np.maximum(a, 1e-2)
    rise = (8 * (_incomplete(a + step, z) - _incomplete(a - step, z)) - (_incomplete(a + 2 * step, z) - _incomplete(a - 2 * step, z))) / (12 * step)  # fmt: skip
    from .gamma import lgamma

    with np.errstate(all="ignore"):
        density = np.exp((a - 1) * np.log(z) - z - lgamma(a))
        slope = -rise / density
    return np.where(np.isfinite(slope), slope, z / a).astype(x.dtype)


record(
    "_standard_gamma",
    _standard_gamma,
    "self, generator=None",
    node="StandardGammaBackward0",
    methods=(),
    self=lambda grad, self, result: grad * constant(_gamma_slope(array(self), array(result)), grad),
)


def _sample_dirichlet(a: np.ndarray, generator: Any) -> Any:
    drawn = np.maximum(_each(draw_gamma, generator, a), np.finfo(np.float64).tiny)
    out = (drawn / drawn.sum(-1, keepdims=True)).astype(a.dtype)
    return np.maximum(out, np.finfo(a.dtype).tiny)


def _dirichlet_back(grad: Any, self: Any, result: Any) -> Any:
    """Through the gamma numbers that a Dirichlet number is made of: their sum is independent of it, and put at its mean."""
    a, x = array(self).astype(np.float64), array(result).astype(np.float64)
    total = a.sum(-1, keepdims=True)
    slope = _gamma_slope(a, x * total) / total
    out = constant(slope.astype(array(grad).dtype), grad)
    along = (
        (grad * result).sum(-1, keepdim=True) if isinstance(grad, Tensor) else (grad * result).sum(-1, keepdims=True)
    )  # type: ignore[attr-defined]
    return out * (grad - along)


record(
    "_sample_dirichlet",
    _sample_dirichlet,
    "self, generator=None",
    node="SampleDirichletBackward0",
    methods=(),
    self=_dirichlet_back,
)


@public(method=False)
def poisson(input: Any, generator: Any = None) -> Tensor:
    """Poisson numbers with the given rates."""
    if (input._a < 0).any():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return from_array(_each(draw_poisson, generator, input._a).astype(input._a.dtype))


@public(method=False)
def binomial(count: Any, prob: Any, generator: Any = None) -> Tensor:
    """How many of `count` trials succeed."""
    if count._a.dtype.kind == "V":
        raise NotImplementedError("\"binomial_cpu\" not implemented for 'BFloat16'")
    return from_array(_each(draw_binomial, generator, count._a, prob._a).astype(count._a.dtype))
