"""The error function, and what comes of it.

erf and erfc as quotients of polynomials, from S. L. Moshier's Cephes Mathematical Library (`ndtr`), which took them from
W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969). Good to the last digits of
float64.

NOTE [erf in float32]  artanh(erf(z)) is z times a smooth function of z². A polynomial of degree 7 in z² (fitted so that the
relative error of the result is least, 7e-8) and NumPy's tanh give erf in a tenth of the time of the quotients.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import both
from .blocks import by_blocks
from .pointwise import unary
from .quiet import quiet

_P = [2.46196981473530512524e-10, 5.64189564831068821977e-1, 7.46321056442269912687, 4.86371970985681366614e1,
      1.96520832956077098242e2, 5.26445194995477358631e2, 9.34528527171957607540e2, 1.02755188689515710272e3,
      5.57535335369399327526e2]  # fmt: skip
_Q = [1.0, 1.32281951154744992508e1, 8.67072140885989742329e1, 3.54937778887819891062e2, 9.75708501743205489753e2,
      1.82390916687909736289e3, 2.24633760818710981792e3, 1.65666309194161350182e3, 5.57535340817727675546e2]  # fmt: skip
_R = [5.64189583547755073984e-1, 1.27536670759978104416, 5.01905042251180477414, 6.16021097993053585195,
      7.40974269950448939160, 2.97886665372100240670]  # fmt: skip
_S = [1.0, 2.26052863220117276590, 9.39603524938001434673, 1.20489539808096656605e1, 1.70814450747565897222e1,
      9.60896809063285878198, 3.36907645100081516050]  # fmt: skip
_T = [9.60497373987051638749, 9.00260197203842689217e1, 2.23200534594684319226e3, 7.00332514112805075473e3,
      5.55923013010394962768e4]  # fmt: skip
_U = [1.0, 3.35617141647503099647e1, 5.21357949780152679795e2, 4.59432382970980127987e3, 2.26290000613890934246e4,
      4.92673942608635921086e4]  # fmt: skip


def _small(x: np.ndarray) -> np.ndarray:
    """erf where |x| <= 1."""
    z = x * x
    return x * np.polyval(_T, z) / np.polyval(_U, z)


def _tail(x: np.ndarray) -> np.ndarray:
    """erfc where x >= 1."""
    middle = np.polyval(_P, x) / np.polyval(_Q, x)
    far = np.polyval(_R, x) / np.polyval(_S, x)
    return np.exp(-x * x) * np.where(x < 8, middle, far)


@quiet
def erf(x: np.ndarray) -> np.ndarray:
    """2/sqrt(pi) times the integral of exp(-t^2) from 0 to x, for float64."""
    size = np.abs(x)
    near = np.minimum(size, 1)
    out = np.where(size <= 1, _small(near), 1 - _tail(np.clip(size, 1, 30)))
    return np.where(np.isnan(x), x, np.copysign(out, x))


_FAR = 3.95  # erf is 1 in float32 from here on
_BENT = [1.1283792471976457, 0.10276986401561197, -0.00019528789182228458, -0.0006148385062943708, 8.459670363711731e-05,
         -4.7946320007849055e-06, 2.7578922445329087e-08, 5.421490641422926e-09]  # fmt: skip


def scaled(by: float) -> list[np.float32]:
    """What `bent` needs for erf(x · by): where x² ends, and the coefficients, the highest first."""
    coefficients = [np.float32(c * by ** (2 * k + 1)) for k, c in enumerate(_BENT)]
    return [np.float32((_FAR / by) ** 2), *reversed(coefficients)]


def bent(x: np.ndarray, scale: list[np.float32], out: np.ndarray, t: np.ndarray) -> None:
    """erf of scaled x into `out`, see NOTE [erf in float32]; `t` is room for x²."""
    end, highest, *others = scale
    np.multiply(x, x, out=t)
    np.minimum(t, end, out=t)
    np.multiply(t, highest, out=out)
    out += others[0]
    for c in others[1:]:
        out *= t
        out += c
    out *= x
    np.tanh(out, out=out)


_PLAIN = scaled(1.0)


def _erf32(out: np.ndarray, t: np.ndarray, x: np.ndarray) -> None:
    bent(x, _PLAIN, out, t)


@quiet
def erfc(x: np.ndarray) -> np.ndarray:
    """1 - erf(x), also where that is tiny."""
    size = np.abs(x)
    near = 1 - _small(np.clip(x, -1, 1))
    tail = _tail(np.clip(size, 1, 30))
    return np.where(np.isnan(x), x, np.where(size <= 1, near, np.where(x > 0, tail, 2 - tail)))


def _in_its_own(kernel: Any) -> Any:
    return lambda x: kernel(x.astype(np.float64, copy=False)).astype(x.dtype)


def _erf(x: np.ndarray) -> Any:
    return by_blocks(_erf32, x, temporaries=1) if x.dtype == np.float32 else _in_its_own(erf)(x)


_SLOPE = 2 / math.sqrt(math.pi)
unary("erf", _erf, self=lambda grad, self: grad * (both.exp(-(self * self)) * _SLOPE))
unary("erfc", _in_its_own(erfc), self=lambda grad, self: grad * (both.exp(-(self * self)) * -_SLOPE))
