"""What PyTorch says to arguments that none of a function's overloads takes: it lists them all.

Imported when something went wrong.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import kind_of
from ..tensor import Tensor

_OUT = ", *, Tensor out = None"
_MADE = (
    ", *, Tensor out = None, torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, "
    "bool pin_memory = False, bool requires_grad = False"
)
_PAIR = ("Tensor input, Tensor {0}" + _OUT, "Number self, Tensor {0}" + _OUT, "Tensor input, Number {0}" + _OUT)
_EXTREME = (
    "Tensor input" + _OUT,
    "Tensor input, Tensor other" + _OUT,
    "Tensor input, int dim, bool keepdim = False, *, tuple of Tensors out = None",
)
_SPLIT = ("Tensor input, int sections", "Tensor input, tuple of ints indices")
_SPREAD = (
    "Tensor input, tuple of ints dim, bool unbiased = True, bool keepdim = False" + _OUT,
    "Tensor input, tuple of ints dim = None, *, Number correction = None, bool keepdim = False, Tensor out = None",
    "Tensor input, bool unbiased = True",
)
_ANY = (
    "Tensor input" + _OUT,
    "Tensor input, tuple of ints dim = None, bool keepdim = False" + _OUT,
    "Tensor input, int dim, bool keepdim = False" + _OUT,
)
_ISIN = ", *, bool assume_unique = False, bool invert = False, Tensor out = None"
_MEAN = "Tensor input, {0} dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None"
_PAIRED = "xlogy special_xlogy special_xlog1py special_zeta"
_POLYNOMIALS = (
    "chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w hermite_polynomial_h "
    "hermite_polynomial_he laguerre_polynomial_l legendre_polynomial_p shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u "
    "shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w"
)

# function -> the parameters of its overloads
OVERLOADS: dict[str, tuple[str, ...]] = {
    **{name: tuple(p.format("other") for p in _PAIR) for name in _PAIRED.split()},
    **{name: tuple(p.format("exponent") for p in _PAIR) for name in ("pow", "float_power")},
    **{
        "special_" + name: tuple(
            f"{kinds[0]} x, {kinds[1]} n" + _OUT
            for kinds in (("Tensor",) * 2, ("Number", "Tensor"), ("Tensor", "Number"))
        )
        for name in _POLYNOMIALS.split()
    },
    **{
        name: tuple(f"Tensor input, {kind} min = None, {kind} max = None" + _OUT for kind in ("Tensor", "Number"))
        for name in ("clamp", "clip")
    },
    "clamp_min": tuple(f"Tensor input, {kind} min" + _OUT for kind in ("Tensor", "Number")),
    "clamp_max": tuple(f"Tensor input, {kind} max" + _OUT for kind in ("Tensor", "Number")),
    "max": _EXTREME,
    "min": _EXTREME,
    "remainder": (
        "Tensor input, Tensor other" + _OUT,
        "Number self, Tensor other",
        "Tensor input, Number other" + _OUT,
    ),
    "rsub": ("Tensor input, Tensor other, *, Number alpha = 1", "Tensor input, Number other, Number alpha = 1"),
    "linspace": tuple(
        f"{a} start, {b} end, int steps" + _MADE for b in ("Tensor", "Number") for a in ("Tensor", "Number")
    ),
    "logspace": tuple(
        f"{a} start, {b} end, int steps, float base = 10.0" + _MADE
        for b in ("Tensor", "Number")
        for a in ("Tensor", "Number")
    ),
    "hsplit": _SPLIT,
    "vsplit": _SPLIT,
    "dsplit": _SPLIT,
    "tensor_split": (
        "Tensor input, tuple of ints indices, int dim = 0",
        "Tensor input, Tensor tensor_indices_or_sections, int dim = 0",
        "Tensor input, int sections, int dim = 0",
    ),
    "where": (
        "Tensor condition",
        "Tensor condition, Tensor input, Tensor other" + _OUT,
        "Tensor condition, Number self, Tensor other",
        "Tensor condition, Tensor input, Number other",
        "Tensor condition, Number self, Number other",
    ),
    "lerp": ("Tensor input, Tensor end, Tensor weight" + _OUT, "Tensor input, Tensor end, Number weight" + _OUT),
    "sum": ("Tensor input, *, torch.dtype dtype = None", _MEAN.format("tuple of ints")),
    "mean": ("Tensor input, *, torch.dtype dtype = None, Tensor out = None", _MEAN.format("tuple of ints")),
    "prod": ("Tensor input, *, torch.dtype dtype = None", _MEAN.format("int")),
    "var": _SPREAD,
    "std": _SPREAD,
    "all": _ANY,
    "any": _ANY,
    "squeeze": ("Tensor input", "Tensor input, int dim", "Tensor input, tuple of ints dim"),
    "count_nonzero": ("Tensor input, int dim = None", "Tensor input, tuple of ints dim"),
    "isin": (
        "Tensor elements, Tensor test_elements" + _ISIN,
        "Number element, Tensor test_elements" + _ISIN,
        "Tensor elements, Number test_element" + _ISIN,
    ),
    "masked_fill": ("Tensor input, Tensor mask, Tensor value", "Tensor input, Tensor mask, Number value"),
    "index_fill": (
        "Tensor input, int dim, Tensor index, Tensor value",
        "Tensor input, int dim, Tensor index, Number value",
    ),
    "narrow": ("Tensor input, int dim, Tensor start, int length", "Tensor input, int dim, int start, int length"),
    "movedim": (
        "Tensor input, int source, int destination",
        "Tensor input, tuple of ints source, tuple of ints destination",
    ),
    "quantile": tuple(
        f'Tensor input, {kind} q, int dim = None, bool keepdim = False, *, str interpolation = "linear", Tensor out = None'
        for kind in ("Tensor", "float")
    ),
    "repeat_interleave": (
        "Tensor input, Tensor repeats, int dim = None, *, int output_size = None",
        "Tensor repeats, *, int output_size = None",
        "Tensor input, int repeats, int dim = None, *, int output_size = None",
    ),
    "fill": ("Tensor input, Tensor value", "Tensor input, Number value"),
}


def no_overload(name: str, /, *args: Any, **kwargs: Any) -> TypeError:
    """The error for arguments that no overload of a function takes."""
    return _complaint(name, OVERLOADS[name], args, kwargs)


def no_overload_of_method(name: str, /, *args: Any, **kwargs: Any) -> TypeError:
    """Likewise for a method; the arguments are those after `self`."""
    overloads = tuple(o.removeprefix("Tensor input").removeprefix(", ") for o in OVERLOADS[name])
    return _complaint(name, overloads, args, kwargs)


def _complaint(name: str, overloads: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> TypeError:
    got = ", ".join([*map(kind_of, args), *(f"{k}={kind_of(v)}" for k, v in kwargs.items())])
    said = [f"{name}() received an invalid combination of arguments - got ({got}), but expected one of:\n"]
    for overload in overloads:
        said.append(f" * ({overload})\n")
        parameters = overload.split(", ") if overload else []
        most = parameters.index("*") if "*" in parameters else len(parameters)
        said += _reason([p for p in parameters if p != "*"], most, args, kwargs)
    return TypeError("".join(said))


def _reason(parameters: list[str], most: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
    """Why an overload did not fit, where it has as many parameters as there are arguments."""
    if len(args) + len(kwargs) != len(parameters) or len(args) > most:
        return []
    kinds = {name: kind for kind, name in (p.partition(" = ")[0].rsplit(" ", 1) for p in parameters)}
    unknown = [k for k in kwargs if k not in kinds]
    if unknown:
        return [f"      didn't match because some of the keywords were incorrect: {', '.join(unknown)}\n"]
    given = [*zip(args, kinds.values()), *((kwargs[k], kinds[k]) for k in list(kinds)[len(args) :] if k in kwargs)]
    types = [_marked(x, kind) for x, kind in given]
    names = [*[""] * len(args), *(k + "=" for k in list(kinds)[len(args) :] if k in kwargs)]
    listed = ", ".join(n + t for n, t in zip(names, types)) + (
        "," if len(types) == 1 and len(args) + len(kwargs) > 1 else ""
    )
    return [f"      didn't match because some of the arguments have invalid types: ({listed})\n"]


def _marked(x: Any, kind: str) -> str:
    """An argument's type, in exclamation marks where it is not literally what is declared."""
    shown = kind_of(x)
    if isinstance(x, (tuple, list)):
        inner = ", ".join(map(kind_of, x))
        shown = f"tuple of ({inner}{',' * (len(x) == 1)})" if isinstance(x, tuple) else f"list of [{inner}]"
        literal = kind == "tuple of ints" and all(type(v) is int for v in x)
    else:
        literal = isinstance(x, Tensor) if kind == "Tensor" else kind_of(x) == kind
    return shown if literal else f"!{shown}!"


# ---- does any overload fit?


def _is_number(x: Any) -> bool:
    return isinstance(x, (numbers.Number, np.generic)) or isinstance(x, Tensor) and x._a.ndim == 0


def _is_whole(x: Any) -> bool:
    return (
        isinstance(x, Tensor)
        and x._a.ndim == 0
        and x._a.dtype.kind in "iu"
        or hasattr(x, "__index__")
        and not isinstance(x, (bool, Tensor))
    )


_TAKES: dict[str, Callable[[Any], bool]] = {
    "Tensor": lambda x: isinstance(x, Tensor),
    "Number": _is_number,
    "float": _is_number,
    "int": _is_whole,
    "bool": lambda x: isinstance(x, (bool, np.bool_)),
    "str": lambda x: isinstance(x, str),
    "tuple of ints": lambda x: _is_whole(x) or isinstance(x, (tuple, list)) and all(map(_is_whole, x)),
}


def _fits(overload: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    positional, _, named = overload.partition(", *, ")
    listed = [p for p in positional.split(", ") if p]
    if len(args) > len(listed):
        return False
    rest = dict(kwargs)
    for i, p in enumerate([*listed, *(p for p in named.split(", ") if p)]):
        declaration, _, default = p.partition(" = ")
        kind, name = declaration.rsplit(" ", 1)
        if i < len(args):
            x = args[i]
        elif name in rest:
            x = rest.pop(name)
        elif default:
            continue
        else:
            return False
        if not (x is None and default == "None") and not _TAKES.get(kind, lambda x: True)(x):
            return False
    return not rest


def fits(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether one of a function's overloads takes these arguments."""
    return any(_fits(overload, args, kwargs) for overload in OVERLOADS[name])
