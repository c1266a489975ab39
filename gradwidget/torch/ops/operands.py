"""Which pointwise ops of two operands take numbers, and what PyTorch says to those that they do not take."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..tensor import Tensor

# tensors on both sides
TENSORS_ONLY = frozenset(
    [
        "atan2",
        "fmax",
        "fmin",
        "gcd",
        "heaviside",
        "hypot",
        "igamma",
        "igammac",
        "lcm",
        "ldexp",
        "logaddexp",
        "logaddexp2",
        "logical_and",
        "logical_or",
        "logical_xor",
        "maximum",
        "minimum",
        "nextafter",
    ]
)
# a tensor first, a tensor or a number second
TENSOR_FIRST = frozenset(["copysign", "copysign_tensor", "eq", "fmod", "fmod_tensor", "ge", "gt", "le", "lt", "ne"])
# a tensor on one side at least
ONE_TENSOR = frozenset(
    [
        "bitwise_and",
        "bitwise_left_shift",
        "bitwise_or",
        "bitwise_right_shift",
        "bitwise_xor",
        "remainder",
        "remainder_tensor",
    ]
)
# likewise, with `out` for each (what they say is in `declared`)
ONE_TENSOR_OUT = frozenset(
    [
        "special_chebyshev_polynomial_t",
        "special_chebyshev_polynomial_u",
        "special_chebyshev_polynomial_v",
        "special_chebyshev_polynomial_w",
        "special_hermite_polynomial_h",
        "special_hermite_polynomial_he",
        "special_laguerre_polynomial_l",
        "special_legendre_polynomial_p",
        "special_shifted_chebyshev_polynomial_t",
        "special_shifted_chebyshev_polynomial_u",
        "special_shifted_chebyshev_polynomial_v",
        "special_shifted_chebyshev_polynomial_w",
        "special_xlog1py",
        "special_zeta",
        "xlogy",
    ]
)
CHECKED = TENSORS_ONLY | TENSOR_FIRST | ONE_TENSOR | ONE_TENSOR_OUT

_SECOND = {"heaviside": "values"}  # where it is not called `other`


def no_overload(name: str, /, *args: Any, **kwargs: Any) -> TypeError:
    """The error for arguments that no overload of a function takes."""
    from .declared import no_overload as told

    return told(name, *args, **kwargs)


def foreign(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What an argument that is no tensor answers to an op itself; NotImplemented where none does."""
    if not any(hasattr(type(x), "__torch_function__") and not isinstance(x, Tensor) for x in args):
        return NotImplemented
    from ..overriding import foreign as answer

    return answer(op, args, kwargs)


def wrong_self(operator: str, self: Any) -> TypeError:
    """The error for an operator's method that was called on something else."""
    return TypeError(
        f"descriptor '{operator}' for 'torch._C.TensorBase' objects doesn't apply to a '{type(self).__name__}' object"
    )


def checked(op: Any, self: Any, other: Any) -> None:
    """Refuse operands that are not tensors where PyTorch takes only those."""
    name = op.told
    first, second = isinstance(self, Tensor), isinstance(other, Tensor)
    if op.name in ONE_TENSOR_OUT:
        if not (first or second):
            raise no_overload(name, self, other)
    elif op.name in TENSORS_ONLY:
        if not first:
            raise errors.not_a_tensor(name, "input", 1, self)
        if not second:
            raise errors.not_a_tensor(name, _SECOND.get(name, "other"), 2, other)
    elif not first and (op.name in TENSOR_FIRST or not second):
        both = "      didn't match because some of the arguments have invalid types: "
        lines = [
            " * (Tensor input, Tensor other, *, Tensor out = None)",
            " * (Tensor input, Number other, *, Tensor out = None)",
        ]
        if op.name in ONE_TENSOR:
            kinds = f"(!{type(self).__name__}!, !{type(other).__name__}!)"
            lines[1:1] = [" * (Number self, Tensor other)", both + kinds]
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got ({type(self).__name__}, {type(other).__name__}), but expected "
            "one of:\n" + "\n".join(lines) + "\n"
        )
