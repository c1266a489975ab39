"""Calls handed to a class that answers them itself: `__torch_function__`.

NOTE [Who pays for it]  A plain tensor's ops ask nobody. When the first class with a `__torch_function__` of its own (or
the first plain subclass, which has Tensor's) turns up, `open_up` puts `Overridable` functions, which look at their
arguments, in the places of those that `torch` and its packages show; and such a subclass of Tensor gets `Answering`
among its bases, whose methods and properties stand before Tensor's.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
import threading
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from .ops import generate
from .parameter import Parameter
from .tensor import Absent, Removed, Tensor, disabled_torch_function_impl

PACKAGES = ("", ".nn.functional", ".linalg", ".fft", ".special", ".autograd")
_PREFIXED = (".linalg", ".fft", ".special")  # their functions are called `linalg_norm`
# functions that answer for themselves whatever they are given
IGNORED = frozenset(
    [
        "as_tensor",
        "asarray",
        "compile",
        "from_dlpack",
        "from_numpy",
        "frombuffer",
        "get_default_dtype",
        "is_storage",
        "is_tensor",
        "load",
        "manual_seed",
        "numel_of",
        "save",
        "set_default_dtype",
        "set_printoptions",
        "tensor",
        "to_dlpack",
        "typename",
    ]
)
_OPERANDS = (Tensor, bool, int, float, complex, np.generic)
_PLAIN = frozenset((Tensor, Parameter, int, float, bool, complex, str, type(None)))


class _State(threading.local):
    off = False  # subclasses of Tensor are treated as tensors


state = _State()


class DisableTorchFunctionSubclass:
    """Within it, subclasses of Tensor are treated as plain tensors, and results are plain."""

    def __enter__(self) -> None:
        self.before, state.off = state.off, True

    def __exit__(self, *error: Any) -> None:
        state.off = self.before


def overrides(kind: type) -> bool:
    """Whether a class answers calls itself."""
    if kind in _PLAIN:
        return False
    answer = getattr(kind, "__torch_function__", None)
    if answer is None or answer is disabled_torch_function_impl:
        return False
    return not (state.off and issubclass(kind, Tensor))


def overloaded(values: Any) -> list[Any]:
    """The arguments that may answer a call, one of each type, subclasses before what they derive from."""
    found: list[Any] = []
    for x in values:
        for v in x if isinstance(x, (tuple, list)) else (x,):
            kind = type(v)
            if overrides(kind) and all(kind is not type(f) for f in found):
                at = next((i for i, f in enumerate(found) if issubclass(kind, type(f))), len(found))
                found.insert(at, v)
    return found


def handed_on(public: Any, plain: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function: the first argument that has an answer gives it, or the plain function where none wants to."""
    found = overloaded((*args, *kwargs.values()))
    if not found:
        return plain(*args, **kwargs)
    types = tuple(map(type, found))
    for x in found:
        given = (public, types, args, kwargs) if kwargs else (public, types, args)
        result = x.__torch_function__(*given)
        if result is not NotImplemented:
            return result
    raise unanswered(public, types)


def unanswered(public: Any, types: tuple[type, ...]) -> TypeError:
    refused = "".join(f"  - tensor subclass {kind}\n" for kind in types)
    return TypeError(
        f"Multiple dispatch failed for '{resolve_name(public)}'; all __torch_function__ handlers returned NotImplemented:\n\n"
        f"{refused}\nFor more information, try re-running with TORCH_LOGS=not_implemented"
    )


def resolve_name(function: Any) -> str:
    """`torch.add`, `torch.Tensor.add`, `torch.Tensor.shape.__get__`."""
    name = getattr(function, "__name__", repr(function))
    owner = getattr(function, "__self__", None)
    if isinstance(owner, property):
        return f"torch.Tensor.{getattr(owner.fget, '__name__', '')}.{name}"
    if isinstance(function, Overridable):
        return f"torch{function.package}.{name}"
    return f"torch.Tensor.{name}"


class Overridable:
    """A function of `torch` that asks its arguments first. It equals the function itself, which programs may hold."""

    def __init__(self, plain: Any, name: str, package: str) -> None:
        functools.update_wrapper(self, plain)
        self.package = package
        self.__name__ = package[1:] + "_" + name if package in _PREFIXED else name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        plain = self.__wrapped__  # type: ignore[attr-defined]
        if kwargs:
            return handed_on(self, plain, args, kwargs)
        for x in args:
            if type(x) not in _PLAIN:
                return handed_on(self, plain, args, kwargs)
        return plain(*args)

    def __eq__(self, other: Any) -> bool:
        return self is other or other == self.__wrapped__  # type: ignore[attr-defined, no-any-return]

    def __hash__(self) -> int:
        return hash(self.__wrapped__)  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return repr(self.__wrapped__)  # type: ignore[attr-defined]


# ---- a subclass's methods

# what stays Python's own, or must not ask
_OWN = frozenset(
    [
        "__class__",
        "__class_getitem__",
        "__deepcopy__",
        "__delattr__",
        "__dict__",
        "__dir__",
        "__doc__",
        "__format__",
        "__getattribute__",
        "__getstate__",
        "__hash__",
        "__init__",
        "__init_subclass__",
        "__module__",
        "__new__",
        "__reduce__",
        "__reduce_ex__",
        "__setattr__",
        "__sizeof__",
        "__slots__",
        "__str__",
        "__subclasshook__",
        "__iter__",
        "__torch_function__",
        "__weakref__",
        "as_subclass",
    ]
)


# operators that are known by their method's name, here as in PyTorch
_CALLED = {
    "__add__": "add", "__radd__": "add", "__iadd__": "add_", "__sub__": "sub", "__isub__": "sub_", "__mul__": "mul", "__rmul__": "mul",
    "__imul__": "mul_", "__truediv__": "div", "__itruediv__": "div_", "__rtruediv__": "__rdiv__", "__matmul__": "matmul", "__neg__": "neg",
    "__abs__": "abs", "__lt__": "lt", "__le__": "le", "__gt__": "gt", "__ge__": "ge", "__ne__": "ne", "__pow__": "pow", "__mod__": "remainder",
    "__invert__": "bitwise_not",
}  # fmt: skip
# where the other operand is a tensor too, it comes first
_REFLECTED = {
    "__radd__": "add", "__rsub__": "sub", "__rmul__": "mul", "__rtruediv__": "div", "__rmatmul__": "matmul", "__rpow__": "pow",
    "__rmod__": "remainder", "__rfloordiv__": "floor_divide",
}  # fmt: skip


def _of_tensor(name: str) -> Any:
    """A method of Tensor, under the name that it is called by."""
    plain = getattr(Tensor, _CALLED.get(name, name))
    if (
        isinstance(plain, FunctionType)
        and plain.__name__ != name
        and getattr(Tensor, plain.__name__, None) is not plain
    ):
        plain.__name__ = _CALLED.get(name, name)
    return plain


def _method(name: str) -> Callable[..., Any]:
    first = _REFLECTED.get(name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if state.off:
            return getattr(Tensor, name)(self, *args, **kwargs)
        if first is not None and isinstance(args[0], Tensor):
            plain = _of_tensor(first)
            return handed_on(plain, plain, (args[0], self), kwargs)
        if name in _CALLED and not isinstance(args[0] if args else 0, _OPERANDS):
            return NotImplemented
        plain = _of_tensor(name)
        return handed_on(plain, plain, (self, *args), kwargs)

    method.__name__ = method.__qualname__ = name
    return method


def _property(of: property) -> property:
    def read(self: Any) -> Any:
        return of.__get__(self) if state.off else handed_on(of.__get__, of.__get__, (self,), {})

    def write(self: Any, value: Any) -> None:
        of.__set__(self, value)

    def delete(self: Any) -> None:
        of.__delete__(self)

    return property(read, write if of.fset else None, delete if of.fdel else None)


@functools.cache
def answering() -> type:
    """The class between a subclass and Tensor."""
    members: dict[str, Any] = {
        "__slots__": (),
        "__module__": "torch",
        "__torch_function__": Tensor.__dict__["__torch_function__"],
    }
    for name in dir(Tensor):
        if (
            name in _OWN
            or name.startswith("_")
            and not name.endswith("__")
            or name in object.__dict__
            and name not in Tensor.__dict__
        ):
            continue
        found = Tensor.__dict__.get(name)
        if isinstance(found, property):
            members[name] = _property(found)
        elif (
            found is not None
            and (callable(found) or hasattr(found, "__get__"))
            and not isinstance(found, (staticmethod, classmethod, Absent, Removed))
        ):
            members[name] = _method(name)
    members["__hash__"] = Tensor.__hash__
    return type("Answering", (Tensor,), members, answers=False)


def subclass(cls: type) -> None:
    """A subclass of Tensor that answers calls was made."""
    open_up()
    if Tensor in cls.__bases__:
        cls.__bases__ = tuple(answering() if base is Tensor else base for base in cls.__bases__)


# ---- functions

_made: dict[Any, Overridable] = {}
_AUTOGRAD = ("backward", "grad")


def _shown(name: str, thing: Any, package: str) -> Any:
    """What stands in the place of a function."""
    if not isinstance(thing, FunctionType) or name.startswith("_") or name in IGNORED:
        return thing
    if package == ".autograd" and name not in _AUTOGRAD:
        return thing
    if (thing, name, package) not in _made:
        _made[thing, name, package] = Overridable(thing, name, package)
    return _made[thing, name, package]


_open_packages: set[str] = set()


def open_up() -> None:
    """From now on the functions of `torch` ask their arguments."""
    if _open_packages:
        return
    _open_packages.update(PACKAGES)
    generate.answers = overrides
    for package in PACKAGES:
        _open(importlib.import_module(__package__ + package), package)


def _open(module: ModuleType, package: str) -> None:
    namespace = vars(module)
    for name, thing in list(namespace.items()):
        namespace[name] = _shown(name, thing, package)
    find = namespace.get("__getattr__")
    if find is None:
        return

    def found(name: str) -> Any:
        thing = _shown(name, find(name), package)
        if isinstance(thing, Overridable):
            namespace[name] = thing
        return thing

    namespace["__getattr__"] = found


def foreign(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The answer of an argument that is no tensor but has a `__torch_function__`, to an op called with arguments as given."""
    open_up()
    public = getattr(sys.modules[__package__], op.told)
    defaults = inspect.signature(eval(f"lambda {op.signature}: 0")).parameters.values()
    least = max(i for i, p in enumerate([*defaults][: len(args)], 1) if args[i - 1] is not p.default)
    given = {k: v for k, v in kwargs.items() if v is not None}
    return handed_on(public, public, args[:least], given)
