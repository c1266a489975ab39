"""`torch.overrides`: for functions that classes with a `__torch_function__` may answer."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from . import overriding
from .overriding import resolve_name
from .tensor import Tensor

__all__ = [
    "get_default_nowrap_functions",
    "handle_torch_function",
    "has_torch_function",
    "is_tensor_like",
    "is_tensor_method_or_property",
    "resolve_name",
    "wrap_torch_function",
]


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether one of the arguments may answer a call itself."""
    return any(overriding.overrides(type(x)) for x in relevant_args)


def has_torch_function_unary(x: Any) -> bool:
    return has_torch_function((x,))


def has_torch_function_variadic(*args: Any) -> bool:
    return has_torch_function(args)


def handle_torch_function(public_api: Any, relevant_args: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
    """The answer of the first of the relevant arguments that has one.

    >>> def twice(x):
    ...     if has_torch_function((x,)):
    ...         return handle_torch_function(twice, (x,), x)
    ...     return x + x
    """
    found = overriding.overloaded(relevant_args)
    types = tuple(map(type, found))
    for x in found:
        result = x.__torch_function__(public_api, types, args, kwargs)
        if result is not NotImplemented:
            return result
    name = f"{public_api.__module__}.{public_api.__name__}"
    raise TypeError(f"no implementation found for '{name}' on types that implement __torch_function__: {list(types)}")


def wrap_torch_function(dispatcher: Callable[..., Iterable[Any]]) -> Callable[[Any], Any]:
    """Decorator: `dispatcher`, called with the function's arguments, names those that may answer in its place."""

    def around(function: Any) -> Any:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(call, relevant, *args, **kwargs)
            return function(*args, **kwargs)

        return call

    return around


def is_tensor_like(inp: Any) -> bool:
    """Whether it is a tensor, or answers as one."""
    return type(inp) is Tensor or hasattr(inp, "__torch_function__")


def is_tensor_method_or_property(func: Callable[..., Any]) -> bool:
    """Whether a function that a `__torch_function__` was given is a tensor's own."""
    if getattr(func, "__name__", "") == "__get__":
        return True
    return getattr(Tensor, getattr(func, "__name__", ""), None) is func


def get_default_nowrap_functions() -> set[Any]:
    """What the usual `__torch_function__` answers as it is, without making it an object of the subclass."""
    return {Tensor.__dict__["grad"].__get__}


class TorchFunctionMode:
    """In PyTorch, a context that answers every call. Not here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "gradwidget.torch asks a call's arguments for their __torch_function__, and no mode. Real PyTorch has TorchFunctionMode."
        )


def answer(cls: type, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Tensor's own `__torch_function__`: the plain result, as an object of the subclass."""
    with overriding.DisableTorchFunctionSubclass():
        result = func(*args, **kwargs)
        return result if func in get_default_nowrap_functions() else _converted(result, cls)


def _converted(result: Any, cls: Any) -> Any:
    if isinstance(result, Tensor):
        return result if cls is Tensor or isinstance(result, cls) else result.as_subclass(cls)  # type: ignore[attr-defined]
    if isinstance(result, (tuple, list)):
        members = [_converted(r, cls) for r in result]
        return type(result)(*members) if hasattr(result, "_fields") else type(result)(members)
    return result
