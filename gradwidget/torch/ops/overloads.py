"""Deprecated orders of arguments: `p.add_(-lr, grad)` for `p.add_(grad, alpha=-lr)`."""

from __future__ import annotations

import warnings
from typing import Any

from ..tensor import Tensor

_warned = False  # once in a program, whichever was the first


def scaled(name: str, alpha: Any, other: Any) -> tuple[Any, Any]:
    """(alpha, other) of `x.add(alpha, other)`, with PyTorch's warning."""
    if isinstance(alpha, Tensor) and alpha.ndim:
        raise TypeError(f"{name}() takes 1 positional argument but 2 were given")
    _warn(name, "Number alpha, Tensor other", "Tensor other, *, Number alpha = 1")
    return alpha, other


def valued(made: Any) -> Any:
    """Lets `x.addcmul(value, tensor1, tensor2)` through to `x.addcmul(tensor1, tensor2, value=value)`."""
    import functools

    @functools.wraps(made)
    def function(self: Any, *args: Any, **named: Any) -> Any:
        if len(args) == 3 and not isinstance(args[0], Tensor):
            value, *args = args  # type: ignore[assignment]
            order = "Tensor tensor1, Tensor tensor2"
            _warn(made.__name__, f"Number value, {order}", f"{order}, *, Number value = 1")
            return made(self, *args, value=value, **named)
        return made(self, *args, **named)

    return function


def beta_first(made: Any, name: str, first: str, second: str) -> Any:
    """Lets `torch.addmm(beta, x, alpha, a, b)` and `x.addmm(beta, alpha, a, b)`, where alpha may be missing, through to
    `x.addmm(a, b, beta=beta, alpha=alpha)`."""

    def function(input: Any, *args: Any, **named: Any) -> Any:
        if len(args) < 3:
            return made(input, *args, **named)
        numbers: list[Any] = []
        tensors: list[Any] = []
        for x in (input, *args):
            (tensors if isinstance(x, Tensor) and x.ndim else numbers).append(x)
        if len(tensors) != 3 or len(numbers) > 2:
            return made(input, *args, **named)
        method = isinstance(input, Tensor)
        operands = f"Tensor {first}, Tensor {second}"
        alpha = "Number alpha, " if len(numbers) == 2 else ""
        x = "" if method else "Tensor input, "
        out = "" if method else ", *, Tensor out = None"
        _warn(
            name,
            f"Number beta, {x}{alpha}{operands}{out}",
            f"{x}{operands}, *, Number beta = 1, Number alpha = 1{out.removeprefix(', *')}",
        )
        return made(*tensors, **dict(zip(("beta", "alpha"), numbers)), **named)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = made.__doc__
    return function


def _warn(name: str, given: str, instead: str) -> None:
    global _warned
    if not _warned:
        _warned = True
        warnings.warn(
            f"This overload of {name} is deprecated:\n\t{name}({given})\nConsider using one of the following signatures instead:"
            f"\n\t{name}({instead})",
            UserWarning,
            stacklevel=4,
        )
