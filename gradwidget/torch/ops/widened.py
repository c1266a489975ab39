"""bfloat16 as PyTorch computes it on the CPU: in float32, rounded once.

An op's kernel and its formulas know nothing of bfloat16: what the generated code hands them is float32, and what they
answer is rounded. Only the ops named here meet such arrays themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, hot
from .quiet import quiet

# Ops that move, fill or draw, or count in steps of the dtype: kernel and formulas take bfloat16 as it comes.
THEMSELVES = frozenset(
    [
        "_filled",
        "_filled_tensor",
        "_to_copy",
        "bernoulli_drawn",
        "bernoulli_of_one",
        "cauchy",
        "clone",
        "copy",
        "exponential",
        "fill",
        "fill_tensor",
        "geometric",
        "log_normal",
        "nextafter",
        "normal",
        "normal_of_both",
        "normal_of_mean",
        "normal_of_std",
        "random",
        "uniform",
        "zero",
    ]
)
# Their kernels see to it, because they write into what they are given or round otherwise; not so their formulas.
_BY_KERNEL = frozenset(
    [
        "_batch_norm_with_update",
        "_native_batch_norm_legit",
        "_native_batch_norm_legit_no_stats",
        "add_scaled",
        "nan_to_num",
        "native_batch_norm",
        "sub_scaled",
    ]
)
# Ops for which a Python number is rounded to bfloat16 too; the others keep its precision.
_ROUNDED = frozenset(["add_number", "pow", "pow_base", "rsub_number"])
_APART = THEMSELVES | _BY_KERNEL | _ROUNDED
_SINGLE = np.dtype(np.float32)


def wide(x: Any) -> Any:
    """float32 where bfloat16 was, also within tuples and lists; everything else as it is.

    >>> wide((x, None))  # x of bfloat16
    (array([1.5], dtype=float32), None)
    """
    if isinstance(x, np.ndarray):
        return x.astype(_SINGLE) if x.dtype.kind == "V" else x
    if isinstance(x, np.generic):
        return np.asarray(x).astype(_SINGLE) if x.dtype.kind == "V" else x
    return type(x)([wide(member) for member in x]) if type(x) is tuple or type(x) is list else x


def narrow(x: Any) -> Any:
    """bfloat16 where float32 was."""
    if isinstance(x, (np.ndarray, np.generic)):
        return x.astype(hot.BF16) if x.dtype == np.float32 else x
    return type(x)([narrow(member) for member in x]) if type(x) is tuple or type(x) is list else x


@quiet
def narrowed(g: Any) -> Any:
    """A gradient that formulas computed."""
    return g.astype(hot.BF16) if isinstance(g, (np.ndarray, np.generic)) and g.dtype.kind == "f" else g


_FEW = 32  # elements: fewer are added one by one


@quiet
def plus(a: np.ndarray, b: np.ndarray, alpha: float) -> Any:
    """a + alpha b of bfloat16: PyTorch rounds alpha, and where there are few elements the product too."""
    product = wide(b) * np.float32(hot.BF16.type(alpha))
    return narrow(wide(a) + (wide(narrow(product)) if max(a.size, b.size) < _FEW else product))


def _floating(x: Any, found: set[str]) -> None:
    if isinstance(x, np.ndarray):
        if x.dtype.kind in "fcV":
            found.add(x.dtype.char)
    elif type(x) is tuple or type(x) is list:
        for member in x:
            _floating(member, found)


@quiet
def call(op: Any, *args: Any) -> Any:
    """An op's kernel on arguments among which there may be bfloat16, alone or asked for as `dtype`.

    Beside other floating-point arrays it is left to the kernel, which refuses that or knows what to do.
    """
    brain = hot.BF16
    if op.name not in _APART and "dtype" not in op.params:  # the usual case
        for x in args:
            if type(x) is not np.ndarray or x.dtype is not brain:
                break
        else:
            result = op.kernel(*[x.astype(_SINGLE) for x in args])
            if type(result) is np.ndarray:
                return result.astype(brain) if result.dtype is _SINGLE else result
            return narrow(result)
    asked = args[op.params.index("dtype")] if "dtype" in op.params else None
    found: set[str] = set()
    for x in args:
        _floating(x, found)
    alone = len(found) == 1 and brain is not None and brain.char in found
    if asked is dtypes.bfloat16:
        alone = True
        args = tuple([dtypes.float32 if x is asked else x for x in args])
    if not alone or op.name in _BY_KERNEL or op.name in THEMSELVES:
        return op.kernel(*args)
    if op.name in _ROUNDED:
        args = tuple([float(brain.type(x)) if type(x) is float else x for x in args])
    try:
        result = op.kernel(*[wide(x) for x in args])
    except RuntimeError as error:
        if "to type float without" in str(error):
            raise RuntimeError(str(error).replace("type float", "type c10::BFloat16")) from None
        raise
    return result if asked is not None and asked is not dtypes.bfloat16 else narrow(result)


def variant(op: Any, node: Any, result: Any) -> None:
    """Turn a node just made into the sort that its result asks for: of complex numbers, of bfloat16."""
    kind = result.dtype.kind
    if kind == "c":
        node.__class__ = op.conjugating_class()
    elif kind == "V" and op.name not in THEMSELVES:
        node.__class__ = op.widening_class()
