"""The gamma function's family, inverse error function, Bessel functions and logarithms of tails.

Series and expansions: Abramowitz & Stegun (1964), chapters 6, 7 and 9; incomplete gamma functions by their series and
Lentz's continued fraction (Press et al., Numerical Recipes, section 6.2); the Hurwitz zeta by Euler-Maclaurin's formula.
All in double precision, rounded to the input's dtype.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..tensor import Tensor
from . import both
from .both import array, constant, exp, log
from .error_function import erf as _erf
from .pointwise import binary, unary
from .quiet import quiet
from .registry import OPS, function_of, public, record

# ---- ln Γ and its derivatives

_STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156]


def lgamma(x: np.ndarray) -> np.ndarray:
    """ln |Γ(x)|: by Stirling's series above 10, reached by recurrence, and by reflection below ½."""
    z = np.asarray(x, np.float64)
    low = z < 0.5
    y = np.where(low, 1 - z, z)
    small = np.maximum(np.ceil(10 - y), 0)
    product = np.ones_like(y)
    shifted = y.copy()
    for _ in range(int(small[np.isfinite(small)].max(initial=0))):
        more = shifted < 10
        product = np.where(more, product * shifted, product)
        shifted = np.where(more, shifted + 1, shifted)
    inverse = 1 / shifted
    series = np.zeros_like(y)
    for c in reversed(_STIRLING):
        series = series * inverse * inverse + c
    out = (shifted - 0.5) * np.log(shifted) - shifted + 0.5 * math.log(2 * math.pi) + series * inverse - np.log(product)
    out = np.where((y == 1) | (y == 2), 0.0, out)
    out = np.where(np.isposinf(y), np.inf, out)
    frac = z - np.floor(z)
    reflected = math.log(math.pi) - np.log(np.abs(np.sin(math.pi * frac))) - out
    out = np.where(low, reflected, out)
    return np.where(low & (frac == 0), np.inf, np.where(np.isneginf(z), np.inf, out))


_DIGAMMA = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12]


def digamma(x: np.ndarray) -> np.ndarray:
    """ψ(x), the derivative of ln Γ."""
    z = np.asarray(x, np.float64)
    low = z < 0
    y = np.where(low, 1 - z, z)
    total = np.zeros_like(y)
    for _ in range(10):
        more = y < 10
        total = np.where(more, total - 1 / y, total)
        y = np.where(more, y + 1, y)
    inverse = 1 / (y * y)
    series = np.zeros_like(y)
    for c in reversed(_DIGAMMA):
        series = series * inverse + c
    out = total + np.log(y) - 0.5 / y - series * inverse
    frac = z - np.floor(z)
    out = np.where(low, out - math.pi / np.tan(math.pi * frac), out)
    out = np.where(low & (frac == 0), np.nan, out)
    zero = z == 0
    return np.where(zero, -np.copysign(np.inf, z), np.where(np.isposinf(z), np.inf, out))


_BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330]


def hurwitz(s: Any, q: Any) -> np.ndarray:
    """ζ(s, q) = Σ (q + k)⁻ˢ."""
    s, q = np.broadcast_arrays(np.asarray(s, np.float64), np.asarray(q, np.float64))
    terms = 12
    total = np.zeros_like(q)
    for k in range(terms):
        total = total + (q + k) ** -s
    a = q + terms
    total = total + a ** (1 - s) / (s - 1) - 0.5 * a**-s + a**-s
    rising, power = s.copy(), a ** (-s - 1)
    factorial = 2.0
    for j, b in enumerate(_BERNOULLI, 1):
        total = total + b / factorial * rising * power
        rising = rising * (s + 2 * j - 1) * (s + 2 * j)
        power = power / (a * a)
        factorial *= (2 * j + 1) * (2 * j + 2)
    total = np.where(s == 1, np.inf, np.where(s < 1, np.nan, total))
    whole = q == np.floor(q)
    total = np.where((q <= 0) & whole & (s >= 1), np.inf, total)
    return np.where((q < 0) & ~whole & (s != np.floor(s)), np.nan, total)


def polygamma(n: int, x: np.ndarray) -> np.ndarray:
    """The n-th derivative of ψ."""
    if n == 0:
        return digamma(x)
    sign = 1.0 if n % 2 else -1.0
    z = np.asarray(x, np.float64)
    direct = sign * math.factorial(n) * hurwitz(n + 1.0, np.where(z > 0, z, 1.0))
    if (z > 0).all():
        return direct
    shift = np.where(z > 0, 0, np.ceil(1 - np.where(np.isfinite(z), z, 0)))
    total, y = np.zeros_like(z), z.copy()
    for _ in range(int(shift.max(initial=0))):
        more = y <= 0
        total = np.where(more, total + y ** -(n + 1.0), total)
        y = np.where(more, y + 1, y)
    return sign * math.factorial(n) * (hurwitz(n + 1.0, np.where(y > 0, y, 1.0)) + total)


def _rounded(function: Any) -> Any:
    """A double precision function as a kernel of any float dtype."""
    return quiet(lambda x, *rest: np.asarray(function(x, *rest)).astype(x.dtype, copy=False))


unary("lgamma", _rounded(lgamma), self=lambda grad, self: grad * (self.digamma() if isinstance(self, Tensor) else digamma(self).astype(self.dtype)))  # fmt: skip
unary("digamma", _rounded(digamma), self=lambda grad, self: grad * _poly(1, self))


def _poly(n: int, x: Any) -> Any:
    return function_of(OPS["_polygamma"])(x, n) if isinstance(x, Tensor) else polygamma(n, x).astype(x.dtype)


record("_polygamma", _rounded(lambda x, order: polygamma(order, x)), "self, order", node="PolygammaBackward0", methods=(), promote="float",
       self=lambda grad, self, order: grad * _poly(order + 1, self))  # fmt: skip


def polygamma_function(n: int, input: Any) -> Tensor:
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return function_of(OPS["_polygamma"])(input, n)  # type: ignore[no-any-return]


public("polygamma", method=False)(polygamma_function)
Tensor.polygamma = lambda self, n: polygamma_function(n, self)  # type: ignore[attr-defined]


def _polygamma_in_place(self: Any, n: int) -> Any:
    return self.copy_(polygamma_function(n, self))


Tensor.polygamma_ = _polygamma_in_place  # type: ignore[attr-defined]


@public()
def mvlgamma(input: Any, p: int) -> Tensor:
    """ln Γₚ, of several dimensions."""
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    return function_of(OPS["_mvlgamma"])(input, p)  # type: ignore[no-any-return]


def _arguments(x: Any, p: int) -> Any:
    """x, x - 1/2, ..., along a new last dimension."""
    steps = constant((-np.arange(p) / 2.0).astype(x.dtype if not isinstance(x, Tensor) else x.dtype.np), x)
    return both.unsqueeze(x, (len(x.shape),)) + steps


def _mvlgamma(x: np.ndarray, p: int) -> np.ndarray:
    return lgamma(_arguments(x, p)).sum(-1) + p * (p - 1) / 4.0 * math.log(math.pi)  # type: ignore[no-any-return]


def _mvlgamma_back(grad: Any, self: Any, p: int) -> Any:
    each = _arguments(self, p)
    slopes = each.digamma() if isinstance(each, Tensor) else digamma(each).astype(each.dtype)  # type: ignore[attr-defined]
    return grad * slopes.sum(-1)


record(
    "_mvlgamma",
    _rounded(_mvlgamma),
    "self, p",
    node="MvlgammaBackward0",
    methods=(),
    promote="float",
    self=_mvlgamma_back,
)


# ---- incomplete gamma functions


def _incomplete(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """P(a, x), the regularised lower one."""
    a, x = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(x, np.float64))
    with np.errstate(all="ignore"):
        front = np.exp(a * np.log(x) - x - lgamma(a))
        # the series, for x < a + 1
        term = total = np.where(a == 0, 0, 1 / np.where(a == 0, 1, a))
        n = a.copy()
        steps = int(min(200 + 10 * math.sqrt(float(np.max(a[np.isfinite(a)], initial=1))), 20000))
        for _ in range(steps):
            n = n + 1
            term = term * x / n
            total = total + term
            if (np.abs(term) <= np.abs(total) * 1e-17).all():
                break
        low = front * total
        # Lentz's continued fraction of Q, for x >= a + 1
        b = x + 1 - a
        c = np.full_like(x, 1e300)
        d = 1 / np.where(b == 0, 1e-300, b)
        h = d
        for i in range(1, steps):
            an = -i * (i - a)
            b = b + 2
            d = an * d + b
            d = np.where(np.abs(d) < 1e-300, 1e-300, d)
            c = b + an / c
            c = np.where(np.abs(c) < 1e-300, 1e-300, c)
            d = 1 / d
            delta = d * c
            h = h * delta
            if (np.abs(delta - 1) < 1e-16).all():
                break
        high = 1 - front * h
    out = np.where(x < a + 1, low, high)
    out = np.where(x == 0, np.where(a == 0, np.nan, 0.0), np.where(a == 0, 1.0, out))
    out = np.where(np.isposinf(x), np.where(np.isposinf(a), np.nan, 1.0), np.where(np.isposinf(a), 0.0, out))
    return np.where((x < 0) | (a < 0) | np.isnan(x) | np.isnan(a), np.nan, out)


def _density(grad: Any, a: Any, x: Any, sign: int) -> Any:
    logs = (a - 1) * log(x) - x - (a.lgamma() if isinstance(a, Tensor) else lgamma(a).astype(x.dtype))  # type: ignore[attr-defined]
    return grad * exp(logs) * sign


def _no_derivative(name: str) -> Any:
    def refuse(grad: Any) -> Any:
        raise NotImplementedError(f"the derivative for '{name}: input' is not implemented.")

    return refuse


binary("igamma", quiet(lambda a, x: _incomplete(a, x).astype(x.dtype)), "float",
       self=_no_derivative("igamma"), other=lambda grad, self, other: _density(grad, self, other, 1))  # fmt: skip
binary("igammac", quiet(lambda a, x: (1 - _incomplete(a, x)).astype(x.dtype)), "float",
       self=_no_derivative("igammac"), other=lambda grad, self, other: _density(grad, self, other, -1))  # fmt: skip


# ---- the inverse error function


def erfinv(y: np.ndarray) -> np.ndarray:
    """A rational first guess (Giles 2010), then Newton's steps with third order."""
    v = np.asarray(y, np.float64)
    w = -np.log((1 - v) * (1 + v))
    near = w < 5
    a = np.where(near, w - 2.5, np.sqrt(np.maximum(w, 5)) - 3)
    one = [
        2.81022636e-08,
        3.43273939e-07,
        -3.5233877e-06,
        -4.39150654e-06,
        0.00021858087,
        -0.00125372503,
        -0.00417768164,
        0.246640727,
        1.50140941,
    ]
    two = [
        -0.000200214257,
        0.000100950558,
        0.00134934322,
        -0.00367342844,
        0.00573950773,
        -0.0076224613,
        0.00943887047,
        1.00167406,
        2.83297682,
    ]
    p, q = np.zeros_like(a), np.zeros_like(a)
    for c, d in zip(one, two):
        p, q = p * a + c, q * a + d
    x = np.where(near, p, q) * v
    for _ in range(3):
        f = (_erf(x) - v) / (2 / math.sqrt(math.pi) * np.exp(-x * x))
        x = x - f / (1 + x * f)
    x = np.where(np.abs(v) == 1, np.copysign(np.inf, v), x)
    return np.where(np.abs(v) > 1, np.nan, x)


unary("erfinv", _rounded(erfinv), self=lambda grad, result: grad * exp(result * result) * (math.sqrt(math.pi) / 2))

# ---- modified Bessel functions


def _bessel_i(order: int, x: np.ndarray, scaled: bool) -> np.ndarray:
    """I₀ or I₁: the power series up to 30, the expansion for large arguments beyond; scaled by exp(-|x|) where asked."""
    z = np.abs(np.asarray(x, np.float64))
    small = np.minimum(z, 30.0)
    quarter = small * small / 4
    term = np.ones_like(z) if order == 0 else small / 2
    total = term.copy()
    for k in range(1, 120):
        term = term * quarter / (k * (k + order))
        total = total + term
    large = np.maximum(z, 30.0)
    expansion, term = np.ones_like(z), np.ones_like(z)
    mu = 4.0 * order * order
    for k in range(1, 30):
        term = -term * (mu - (2 * k - 1) ** 2) / (k * 8 * large)
        expansion = expansion + term
    far = expansion / np.sqrt(2 * math.pi * large)
    out = np.where(z <= 30, total * np.exp(-small), far)
    if not scaled:
        out = np.where(z <= 30, total, far * np.exp(z))
    return out * np.sign(x) if order else out


unary("i0", _rounded(lambda x: _bessel_i(0, x, False)), self=lambda grad, self: grad * _b("special_i1", 1, self, False))
unary("special_modified_bessel_i0", _rounded(lambda x: _bessel_i(0, x, False)), methods=())
unary("special_modified_bessel_i1", _rounded(lambda x: _bessel_i(1, x, False)), methods=())
unary("special_i0e", _rounded(lambda x: _bessel_i(0, x, True)), methods=(), node="SpecialI0EBackward0",
      self=lambda grad, self, result: grad * (_b("special_i1e", 1, self, True) - _sign(self) * result))  # fmt: skip
unary("special_i1", _rounded(lambda x: _bessel_i(1, x, False)), methods=(), node="SpecialI1Backward0",
      self=lambda grad, self, result: grad * (_b("i0", 0, self, False) - _over(result, self)))  # fmt: skip
unary("special_i1e", _rounded(lambda x: _bessel_i(1, x, True)), methods=(), node="SpecialI1EBackward0",
      self=lambda grad, self, result: grad * (_b("special_i0e", 0, self, True) - _over(result, self) - _sign(self) * result))  # fmt: skip


def _b(name: str, order: int, x: Any, scaled: bool) -> Any:
    return function_of(OPS[name])(x) if isinstance(x, Tensor) else _bessel_i(order, x, scaled).astype(x.dtype)


def _sign(x: Any) -> Any:
    return x.sign() if isinstance(x, Tensor) else np.sign(x)  # type: ignore[attr-defined]


def _over(result: Any, x: Any) -> Any:
    """I₁(x) / x, ½ at 0."""
    zero = array(x) == 0
    if isinstance(x, Tensor):
        from .both import where

        return where(constant(zero, x), x * 0 + 0.5, result / x)
    return np.where(zero, 0.5, result / np.where(zero, 1, x)).astype(x.dtype)


# ---- tails of the normal distribution


def _ndtr(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + _erf(np.asarray(x, np.float64) / math.sqrt(2)))


def _erfcx(x: np.ndarray) -> np.ndarray:
    """exp(x²) erfc(x): directly where that is exact, by a continued fraction for large x."""
    z = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        low = np.where(z < 2, np.exp(np.minimum(z, 2) ** 2) * (1 - _erf(np.minimum(z, 2))), 0)
        y = np.maximum(z, 2)
        f = np.zeros_like(y)
        for k in range(120, 0, -1):
            f = k / 2 / (y + f)
        high = 1 / (math.sqrt(math.pi) * (y + f))
    return np.where(z < 2, low, high)


def _log_ndtr(x: np.ndarray) -> np.ndarray:
    z = np.asarray(x, np.float64)
    t = -z / math.sqrt(2)
    with np.errstate(all="ignore"):
        return np.where(z < -1, np.log(_erfcx(np.maximum(t, 0)) / 2) - t * t, np.log1p(-0.5 * (1 - _erf(-t))))


unary("special_erfcx", _rounded(_erfcx), methods=(), node="SpecialErfcxBackward0",
      self=lambda grad, self, result: (2.0 * self * result - 2.0 / math.sqrt(math.pi)) * grad)  # fmt: skip
unary("special_log_ndtr", _rounded(_log_ndtr), methods=(), node="SpecialLogNdtrBackward0",
      self=lambda grad, self, result: grad * exp(self * self * -0.5 - result) * (1 / math.sqrt(2 * math.pi)))  # fmt: skip
unary("special_ndtri", _rounded(lambda p: math.sqrt(2) * erfinv(2 * np.asarray(p, np.float64) - 1)), methods=(),
      node="SpecialNdtriBackward0", self=lambda grad, result: grad * exp(result * result * 0.5) * math.sqrt(2 * math.pi))  # fmt: skip


def _entr(x: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.where(x > 0, -x * np.log(x), np.where(x == 0, 0.0, np.where(np.isnan(x), np.nan, -np.inf)))


unary(
    "special_entr",
    _rounded(_entr),
    methods=(),
    node="SpecialEntrBackward0",
    self=lambda grad, self: grad * -(log(self) + 1),
)


def _xlog1py(x: Any, y: Any) -> Any:
    out = x * np.log1p(y)
    return np.where(np.isnan(y), y, np.where(x == 0, out.dtype.type(0), out))


binary("special_xlog1py", quiet(_xlog1py), "float", methods=(), node="SpecialXlog1PyBackward0",
       self=lambda grad, other: grad * (other.log1p() if isinstance(other, Tensor) else np.log1p(other)),
       other=lambda grad, self, other: grad * self / (other + 1))  # fmt: skip
binary("special_zeta", quiet(lambda s, q: hurwitz(s, q).astype(q.dtype)), "float", methods=(), node="SpecialZetaBackward0",
       self=_no_derivative("special_zeta"),
       other=lambda grad, self, other: grad * -self * _zeta(self + 1, other))  # fmt: skip


def _zeta(s: Any, q: Any) -> Any:
    return function_of(OPS["special_zeta"])(s, q) if isinstance(q, Tensor) else hurwitz(s, q).astype(q.dtype)
