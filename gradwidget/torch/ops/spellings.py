"""Other names of ops, as NumPy spells them, and losses that `torch` shows besides `torch.nn.functional`."""

from __future__ import annotations

from ..tensor import Tensor
from . import registry

# the name that PyTorch's documentation explains -> its other one
SAME = {
    "acos": "arccos",
    "asin": "arcsin",
    "atan": "arctan",
    "acosh": "arccosh",
    "asinh": "arcsinh",
    "atanh": "arctanh",
    "atan2": "arctan2",
    "trunc": "fix",
    "abs": "absolute",
    "neg": "negative",
    "mul": "multiply",
    "gt": "greater",
    "ge": "greater_equal",
    "lt": "less",
    "le": "less_equal",
    "ne": "not_equal",
    "clamp": "clip",
}
_ONLY_METHODS = (
    "arctan2_",
    "absolute_",
    "multiply_",
    "greater_",
    "greater_equal_",
    "less_",
    "less_equal_",
    "not_equal_",
)

for _name, _other in SAME.items():
    for _form in ("", "_"):
        _made = getattr(Tensor, _name + _form)
        if registry.LATE.get(_other + _form) == "spellings":
            setattr(Tensor, _other + _form, _made)
            if _other + _form not in _ONLY_METHODS:
                registry.FUNCTIONS[_other + _form] = _made
