"""Half precision (float16, bfloat16) as PyTorch computes it on the CPU: in float32, rounded once.

An op's kernel and its formulas know nothing of it: what the generated code hands them is float32, and what they answer is
rounded. Only the ops named here meet such arrays themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..dispatch import held
from .quiet import quiet

# Ops that move, fill or draw, or count in steps of the dtype: kernel and formulas take half precision as it comes.
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
# Ops for which a Python number is rounded too; the others keep its precision.
_ROUNDED = frozenset(["add_number", "pow", "pow_base", "rsub_number"])
# Ops that write a number into a tensor, which must be able to hold it.
_HELD = frozenset(["clamp", "clamp_max", "clamp_min", "index_fill", "masked_fill", "scatter_value"])
_APART = THEMSELVES | _BY_KERNEL | _ROUNDED | _HELD
_SINGLE = np.dtype(np.float32)
HALVES = "eE"  # NumPy's letters for float16 and bfloat16


def wide(x: Any) -> Any:
    """float32 where half precision was, also within tuples and lists; everything else as it is.

    >>> wide((np.array([1.5], "float16"), None))
    (array([1.5], dtype=float32), None)
    """
    if isinstance(x, np.ndarray):
        return x.astype(_SINGLE) if x.dtype.char in HALVES else x
    if isinstance(x, np.generic):
        return np.asarray(x).astype(_SINGLE) if x.dtype.char in HALVES else x
    return type(x)([wide(member) for member in x]) if type(x) is tuple or type(x) is list else x


def narrow(x: Any, low: np.dtype[Any]) -> Any:
    """A dtype of half precision where float32 was."""
    if isinstance(x, (np.ndarray, np.generic)):
        return x.astype(low) if x.dtype == np.float32 else x
    return type(x)([narrow(member, low) for member in x]) if type(x) is tuple or type(x) is list else x


def low_of(grad: Any) -> Any:
    """The dtype of a gradient, or of the first of several that is there."""
    return (
        grad.dtype
        if type(grad) is not list and type(grad) is not tuple
        else next(g.dtype for g in grad if g is not None)
    )


@quiet
def narrowed(g: Any, low: np.dtype[Any]) -> Any:
    """A gradient that formulas computed."""
    return g.astype(low) if isinstance(g, (np.ndarray, np.generic)) and g.dtype.kind == "f" else g


_FEW = 32  # elements: fewer are added one by one


@quiet
def plus(a: np.ndarray, b: np.ndarray, alpha: float) -> Any:
    """a + alpha b of half precision: PyTorch rounds alpha, and where there are few elements the product too."""
    low = a.dtype
    product = wide(b) * np.float32(low.type(alpha))
    return narrow(wide(a) + (wide(narrow(product, low)) if max(a.size, b.size) < _FEW else product), low)


def _floating(x: Any, found: set[Any]) -> None:
    if isinstance(x, np.ndarray):
        if x.dtype.kind in "fcV":
            found.add(x.dtype)
    elif type(x) is tuple or type(x) is list:
        for member in x:
            _floating(member, found)


@quiet
def call(op: Any, *args: Any) -> Any:
    """An op's kernel on arguments among which there may be half precision, alone or asked for as `dtype`.

    Beside other floating-point arrays it is left to the kernel, which refuses that or knows what to do.
    """
    if op.name not in _APART and "dtype" not in op.params:  # the usual case
        low = args[0].dtype if type(args[0]) is np.ndarray else None
        for x in args:
            if type(x) is not np.ndarray or x.dtype is not low or low.char not in HALVES:
                break
        else:
            result = op.kernel(*[x.astype(_SINGLE) for x in args])
            if type(result) is np.ndarray:
                return result.astype(low) if result.dtype is _SINGLE else result
            return narrow(result, low)
    asked = args[op.params.index("dtype")] if "dtype" in op.params else None
    found: set[Any] = set()
    for x in args:
        _floating(x, found)
    low = found.pop() if len(found) == 1 else None
    if asked is dtypes.bfloat16 or asked is dtypes.float16:
        low = asked.np
        args = tuple([dtypes.float32 if x is asked else x for x in args])
    elif low is None or low.char not in HALVES:
        return op.kernel(*args)
    if op.name in _BY_KERNEL or op.name in THEMSELVES:
        return op.kernel(*args)
    if op.name in _ROUNDED:
        args = tuple([float(low.type(x)) if type(x) is float else x for x in args])
    if op.name in _HELD:
        for x in args:
            if isinstance(x, (int, float)):
                held(x, low)  # which refuses what is too much
    result = op.kernel(*[wide(x) for x in args])
    return result if asked is not None and asked.np is not low else narrow(result, low)


def variant(op: Any, node: Any, result: Any) -> None:
    """Turn a node just made into the sort that its result asks for: of complex numbers, of bfloat16. (Formulas compute
    float16 as NumPy does, which rounds after each step, as PyTorch's do.)"""
    if result.dtype.kind == "c":
        node.__class__ = op.conjugating_class()
    elif result.dtype.kind == "V" and op.name not in THEMSELVES:
        node.__class__ = op.widening_class()
