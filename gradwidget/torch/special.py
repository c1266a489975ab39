"""`torch.special`: functions beyond the elementary ones."""

from __future__ import annotations

import math
from typing import Any

from .dtypes import get_default_dtype as _get_default_dtype
from .ops.registry import FUNCTIONS as _FUNCTIONS
from .ops.registry import OPS as _OPS
from .ops.registry import function_of as _function_of
from .ops.registry import import_family as _import_family
from .tensor import Tensor as _Tensor

for _family in ("gamma", "error_function", "more_pointwise", "further"):
    _import_family(_family)

# name here -> the op
_SAME = {
    "digamma": "digamma", "psi": "digamma", "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "exp2": "exp2", "expm1": "expm1",
    "expit": "sigmoid", "gammaln": "lgamma", "i0": "i0", "log1p": "log1p", "logit": "logit", "sinc": "sinc", "xlogy": "xlogy",
    "gammainc": "igamma", "gammaincc": "igammac", "i0e": "special_i0e", "i1": "special_i1", "i1e": "special_i1e",
    "entr": "special_entr", "ndtri": "special_ndtri", "log_ndtr": "special_log_ndtr", "erfcx": "special_erfcx",
    "xlog1py": "special_xlog1py", "zeta": "special_zeta", "softmax": "softmax", "log_softmax": "log_softmax",
    "modified_bessel_i0": "special_modified_bessel_i0", "modified_bessel_i1": "special_modified_bessel_i1",
}  # fmt: skip
_METHODS = ("logsumexp", "round")
# family -> what it declares as special_<name>, imported when one is asked for
_LATE = {
    "bessel": "airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 modified_bessel_k0 modified_bessel_k1 scaled_modified_bessel_k0 "
    "scaled_modified_bessel_k1 spherical_bessel_j0",
    "polynomials": "chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w hermite_polynomial_h "
    "hermite_polynomial_he laguerre_polynomial_l legendre_polynomial_p shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u "
    "shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w",
}


def polygamma(n: int, input: Any) -> _Tensor:
    """The n-th derivative of the digamma function."""
    return _FUNCTIONS["polygamma"](n, input)  # type: ignore[no-any-return]


def multigammaln(input: Any, p: int) -> _Tensor:
    """ln Γₚ, of several dimensions."""
    return _FUNCTIONS["mvlgamma"](input, p)  # type: ignore[no-any-return]


def ndtr(input: Any) -> _Tensor:
    """How much of a standard normal lies below."""
    times, plus = _function_of(_OPS["mul_number"]), _function_of(_OPS["add_number"])
    if input.dtype.np.kind in "iub":
        input = input.to(_get_default_dtype())
    return times(plus(times(input, math.sqrt(0.5)).erf(), 1), 0.5)  # type: ignore[no-any-return]


def __getattr__(name: str) -> Any:
    if name in _SAME:
        globals()[name] = _function_of(_OPS[_SAME[name]])
        return globals()[name]
    for family, names in _LATE.items():
        if name in names.split():
            _import_family(family)
            globals()[name] = _function_of(_OPS["special_" + name])
            return globals()[name]
    if name in _METHODS:
        return getattr(_Tensor, name)
    raise AttributeError(f"module 'torch.special' has no attribute '{name}'")
