"""How PyTorch's native functions take their arguments, and what they say to those that they cannot take.

    @native("avg_pool1d(Tensor input, int[1] kernel_size, int[1] stride=None, bool ceil_mode=False)")
    def avg_pool1d(input, kernel_size, stride, ceil_mode): ...

The function then gets every argument, in order and in the form that it is declared in: `int[2]` as a tuple of ints (one
int stands for two of them), `int` as an int. `?` after a type: None is welcome too. Of several declarations (overloads
whose parameters have the same names) the first that fits is taken.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor import Tensor

MISS = object()  # what does not fit
_ABSENT = object()


def _int(x: Any) -> Any:
    """An int, or what counts as one: NumPy's, and a tensor that holds one and needs no gradient."""
    if type(x) is int:
        return x
    if isinstance(x, bool):
        return MISS
    if isinstance(x, (int, np.integer)):
        return int(x)
    if isinstance(x, Tensor) and x._a.ndim == 0 and x._a.dtype.kind in "iu" and not x.requires_grad:
        return int(x._a)
    return MISS


def _float(x: Any) -> Any:
    if isinstance(x, Tensor) and x._a.ndim == 0 and not x.requires_grad:
        return x._a.item()
    return _number(x)


def _number(x: Any) -> Any:
    return x if isinstance(x, (float, int, np.floating, np.integer)) and not isinstance(x, bool) else MISS


def _scalar(x: Any) -> Any:
    if isinstance(x, (float, int, complex, np.number, np.bool_)):
        return x
    return x._a.item() if isinstance(x, Tensor) and x._a.ndim == 0 and not x.requires_grad else MISS


def _plain(*kinds: type) -> Callable[[Any], Any]:
    return lambda x: x if isinstance(x, kinds) else MISS


_TAKES = {
    "Tensor": _plain(Tensor),
    "int": _int,
    "float": _float,
    "bool": _plain(bool, np.bool_),
    "Number": _scalar,
    "str": _plain(str),
}


class Parameter:
    """One parameter of a declaration such as `int[2] stride=1`."""

    __slots__ = ("default", "kind", "many", "name", "nullable", "shown", "take")

    def __init__(self, text: str) -> None:
        found = re.fullmatch(r"(\w+)(\[\d*\])?(\?)? (\w+)(?:=(.*))?", text)
        assert found, text
        self.kind, many, nullable, self.name, default = found.groups()
        self.many = None if many is None else int(many[1:-1] or 0)
        self.take = _TAKES[self.kind]
        if self.kind == "float" and many:
            self.take = _number
        self.shown = default
        self.default = _ABSENT if default is None else eval(default)
        self.nullable = bool(nullable) or self.default is None
        if self.many and type(self.default) is int:
            self.default = (self.default,) * self.many

    @property
    def type_name(self) -> str:
        return self.kind if self.many is None else f"tuple of {self.kind}s"

    def __str__(self) -> str:
        said = None if self.shown is None else self.shown.replace("'", '"')
        return f"{self.type_name} {self.name}" + ("" if said is None else f" = {said}")

    def fitted(self, x: Any) -> Any:
        """The argument in its declared form, or MISS."""
        if x is None and self.nullable:
            return None
        if self.many is None:
            return self.take(x)
        if isinstance(x, (tuple, list)):
            if not x:
                return ()
            if self.take(x[0]) is MISS:
                return MISS
            return tuple([self.take(v) for v in x])
        one = self.take(x) if self.many else MISS
        return MISS if one is MISS else (one,) * self.many

    def refusal(self, function: str, x: Any, position: int | None) -> TypeError:
        if position is not None and self.many is not None and isinstance(x, (tuple, list)):
            said = f"{self.type_name}, but found element of type {_name(x[0])} at pos 0"
        else:
            said = f"{self.type_name}, not {_name(x)}"
        where = "" if position is None else f" (position {position})"
        return TypeError(f"{function}(): argument '{self.name}'{where} must be {said}")


def _name(x: Any) -> str:
    return ("numpy." if isinstance(x, (np.generic, np.ndarray)) else "") + type(x).__name__


class Signature:
    """One declaration, parsed."""

    def __init__(self, text: str) -> None:
        found = re.fullmatch(r"(\w+)\((.*)\)", text)
        assert found, text
        self.function, inside = found.groups()
        listed, _, named = inside.partition(", *, ")  # what follows the star is only named in complaints
        self.parameters = [Parameter(p) for p in listed.split(", ")] if listed else []
        self.rest = f", *, {Parameter(named)}" if named else ""
        self.least = sum(p.default is _ABSENT for p in self.parameters)

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.parameters))}{self.rest})"

    def bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any] | None:
        """Every argument in order; None where something does not fit."""
        if len(args) > len(self.parameters):
            return None
        out, unused = [], len(kwargs)
        for i, p in enumerate(self.parameters):
            if i < len(args):
                x = p.fitted(args[i])
            elif unused and p.name in kwargs:
                unused -= 1
                x = p.fitted(kwargs[p.name])
            else:
                x = p.default
            if x is MISS or x is _ABSENT:
                return None
            if p.many is not None and x and MISS in x:
                self._tell_element(p, args[i] if i < len(args) else kwargs[p.name], x.index(MISS))
            out.append(x)
        return None if unused else out

    def _tell_element(self, p: Parameter, x: Any, at: int) -> None:
        raise TypeError(
            f"{self.function}(): argument '{p.name}' failed to unpack the object at pos {at + 1} with error "
            f'"type must be {p.type_name},but got {_name(x[at])}"'
        )

    def complaint(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TypeError:
        """What is wrong with a call."""
        f, most = self.function, len(self.parameters)
        if len(args) > most:
            takes = f"from {self.least} to {most}" if self.least != most else f"{most}"
            return TypeError(f"{f}() takes {takes} positional arguments but {len(args)} were given")
        for i, p in enumerate(self.parameters):
            if i < len(args) or p.name in kwargs:
                x = args[i] if i < len(args) else kwargs[p.name]
                if p.fitted(x) is MISS:
                    return p.refusal(f, x, i + 1 if i < len(args) else None)
            elif p.default is _ABSENT:
                missing = [f'"{q.name}"' for q in self.parameters[i:] if q.default is _ABSENT]
                plural = "s" if len(missing) == 1 else ""  # as PyTorch has it
                return TypeError(
                    f"{f}() missing {len(missing)} required positional argument{plural}: {', '.join(missing)}"
                )
        names = [p.name for p in self.parameters]
        for name in kwargs:
            if name not in names:
                return TypeError(f"{f}() got an unexpected keyword argument '{name}'")
            if names.index(name) < len(args):
                return TypeError(f"{f}() got multiple values for argument '{name}'")
        raise AssertionError(f"{f}: nothing is wrong")


def _of_no_overload(signatures: list[Signature], args: tuple[Any, ...], kwargs: dict[str, Any]) -> TypeError:
    got = ", ".join([*map(_name, args), *(f"{k}={_name(v)}" for k, v in sorted(kwargs.items()))])
    lines = []
    for s in signatures:
        lines.append(f" * {s}\n")
        if len(args) + len(kwargs) == len(s.parameters):
            unknown = [k for k in kwargs if k not in [p.name for p in s.parameters]]
            if unknown:
                lines.append(f"      didn't match because some of the keywords were incorrect: {', '.join(unknown)}\n")
            else:
                lines.append(
                    f"      didn't match because some of the arguments have invalid types: ({_marked(s, args, kwargs)})\n"
                )
    return TypeError(
        f"{signatures[0].function}() received an invalid combination of arguments - got ({got}), but expected one of:\n"
        + "".join(lines)
    )


def _marked(s: Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """The arguments' types, those in exclamation marks that are not literally what is declared."""
    said = []
    given = [*zip(s.parameters, args), *((p, kwargs[p.name]) for p in s.parameters[len(args) :] if p.name in kwargs)]
    for i, (p, x) in enumerate(given):
        name = _name(x)
        if isinstance(x, (tuple, list)):
            inner = ", ".join(map(_name, x))
            name = f"tuple of ({inner}{',' * (len(x) == 1)})" if isinstance(x, tuple) else f"list of [{inner}]"
        literal = isinstance(x, Tensor) if p.kind == "Tensor" else p.many is None and type(x).__name__ == p.kind
        if p.many is not None and isinstance(x, (tuple, list)):
            literal = all(type(v).__name__ == p.kind for v in x)
        name = name if literal else f"!{name}!"
        said.append(name if i < len(args) else f"{p.name}={name}")
    return ", ".join(said) + ("," if len(said) == 1 else "")


def native(*declarations: str) -> Callable[[Any], Any]:
    """Decorator: the function takes its arguments as declared, see above."""
    signatures = [Signature(text) for text in declarations]

    def around(function: Any) -> Any:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            for s in signatures:
                bound = s.bound(args, kwargs)
                if bound is not None:
                    return function(*bound)
            if len(signatures) > 1:
                raise _of_no_overload(signatures, args, kwargs)
            raise signatures[0].complaint(args, kwargs)

        call.__name__ = call.__qualname__ = signatures[0].function
        return call

    return around
