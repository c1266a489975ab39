"""The ops of real PyTorch, as a `TorchFunctionMode` hears them.

NOTE [Functions made of functions]  PyTorch hands a function that is written in Python (`F.relu`, `Tensor.__rsub__`) to the
mode as a whole and would run its inside unheard. It asks `has_torch_function(...)` at its beginning; a copy of the
function for which the answer is no runs on, with the mode in place, and what it calls is heard one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from . import probe
from .from_torch_names import MUTE, NAMES, PRODUCTS, VIEWED, item_name, written_name
from .from_torch_objects import quiet, version_of
from .from_torch_quick import quick
from .from_torch_unseen import STATISTICS, telling

Plan = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
in_functorch = torch._C._functorch.peek_interpreter_stack


NOTHING: dict[str, Any] = {}


class Hearing(TorchFunctionMode):
    """Stands on PyTorch's stack of modes while a source listens."""

    def __init__(self, core: Any) -> None:
        super().__init__()
        self.core = core
        self.plans: dict[Any, Plan] = {}
        self.ops: dict[str, Plan] = {}
        self.inside: list[Any] = []  # the functions made of functions that run now

    def take_out(self) -> int:
        """Leave the stack, wherever in it this is; how many stand above."""
        above: list[Any] = []
        while torch._C._len_torch_function_stack():
            mode = torch._C._pop_torch_function_stack()
            if mode is self:
                break
            above.append(mode)
        for mode in reversed(above):
            torch._C._push_on_torch_function_stack(mode)
        return len(above)

    def put_back(self, place: int) -> None:
        """Stand on the stack again, below as many as before."""
        above = [torch._C._pop_torch_function_stack() for _ in range(min(place, torch._C._len_torch_function_stack()))]
        for mode in (self, *reversed(above)):
            torch._C._push_on_torch_function_stack(mode)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        plan = self.plans.get(func)
        if plan is None:
            plan = self.plans[func] = self.plan(func)
        return plan(func, args, kwargs or NOTHING)

    # ---- what is done for which function

    def plan(self, func: Any) -> Plan:
        name = getattr(func, "__name__", "")
        owner = getattr(func, "__self__", None)
        if name == "__get__":
            name = getattr(owner, "__name__", "")
            return self.made(NAMES.get(name, name)) if name in VIEWED else mute
        if name == "__set__":
            return self.setters.get(getattr(owner, "__name__", ""), Hearing.quietly).__get__(self)
        if name == "__getitem__":
            return self.item
        if name == "matmul" or name == "__matmul__":
            return self.product
        if func in (torch.autograd.backward, torch.autograd.grad):
            return self.core.engine.run
        if name in self.changes:
            return self.changes[name].__get__(self)
        if name == "register_hook":
            return self.core.engine.hooks.registers
        if name in MUTE or name.startswith("_record_function"):
            return mute
        if isinstance(func, FunctionType):
            return self.through(func)
        return self.made(written_name(name))

    def through(self, func: FunctionType) -> Plan:
        copy = opened(func)

        def run(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if func in self.inside or foreign(args) or not self.core.on:
                return func(*args, **kwargs)
            self.inside.append(func)
            try:
                with self:
                    return copy(*args, **kwargs)
            finally:
                self.inside.remove(func)

        return run

    def made(self, name: str) -> Plan:
        """An op: what went in, what came out, what was written."""
        core = self.core

        def run(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if not core.on or in_functorch() is not None:
                return func(*args, **kwargs)
            inputs = [*probe.tensors_in(args), *probe.tensors_in(kwargs.values())]
            core.before_op(inputs)
            with quiet():  # a class of the user's need not hear what we ask
                versions = [version_of(t) for t in inputs]
            out = func(*args, **kwargs)
            with quiet():
                self.told(name, out, args, kwargs, inputs, versions)
            return out

        heard = quick(core, name, run)
        if name in STATISTICS:
            heard = telling(core, name, heard)
        return heard if core.finite is None else core.finite.around(name, heard)

    def finished(self, name: str, out: Any, args: Any, kwargs: Any, inputs: Any, versions: Any) -> Any:
        """An op that was called already."""
        self.told(name, out, args, kwargs, inputs, versions)
        return out

    def told(self, name: str, out: Any, args: Any, kwargs: Any, inputs: Any, versions: Any) -> None:
        core, to = self.core, self.core.to
        outputs = list(probe.tensors_in(out if isinstance(out, (list, tuple)) else (out,)))
        changed = [
            (t, before, after)
            for t, before in zip(inputs, versions, strict=True)
            if (after := version_of(t)) != before and before >= 0
        ]
        if changed:
            to.settle()
            written = {to.counter_of(t): (t, before, after) for t, before, after in reversed(changed)}
            core.after_write(name, out, outputs, args, kwargs, list(reversed(written.values())))
        elif outputs:
            to.own_counter = name == "data"
            core.told_op(name, out, args, kwargs)
            to.own_counter = False

    def item(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.called(item_name(args[1] if len(args) > 1 else None), func, args, kwargs)

    def product(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = list(probe.tensors_in((*args, *kwargs.values())))
        dims = tuple([t.dim() for t in given]) if len(given) == 2 else ()
        return self.called(PRODUCTS.get(dims, "matmul"), func, args, kwargs)

    def called(self, name: str, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """An op whose name depends on what it was called with."""
        run = self.ops.get(name)
        if run is None:
            run = self.ops[name] = self.made(name)
        return run(func, args, kwargs)

    def listens(self) -> bool:
        """Whether calls on this thread come here now."""
        return torch._C._is_torch_function_mode_enabled() and self in torch.overrides._get_current_function_mode_stack()

    def custom(self, kind: Any, apply: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call of a custom Function: one op, whatever its `forward` does."""
        with torch._C.DisableTorchFunction():
            return self.made(kind.__name__)(apply, args, kwargs)

    # ---- changes of a tensor's place

    def quietly(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return func(*args, **kwargs)

    def set_data(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        out = func(*args, **kwargs)
        self.core.reseated(args[0])
        return out

    def set_grad(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        out = func(*args, **kwargs)
        self.core.grad_set(args[0])
        return out

    def changed(why: str) -> Any:  # type: ignore[misc]
        def run(self: Hearing, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if in_functorch() is not None:  # of a wrapper that a transform made, which is no tensor of the program's
                return func(*args, **kwargs)
            kept = why == "retain_grad" and args[0].retains_grad
            out = func(*args, **kwargs)
            if why == "detach_":
                self.core.told_op("detach_", out, args, kwargs)
            if why != "retain_grad":
                self.core.rewired(args[0], why)
            elif not kept and args[0].retains_grad:
                self.core.rewired(args[0], why)
                self.core.engine.retains(args[0])
            return out

        return run

    setters = {"data": set_data, "grad": set_grad, "requires_grad": changed("requires_grad_")}
    changes = {
        "requires_grad_": changed("requires_grad_"),
        "retain_grad": changed("retain_grad"),
        "detach_": changed("detach_"),
        "set_": set_data,
    }


def mute(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return func(*args, **kwargs)


def foreign(args: tuple[Any, ...]) -> bool:
    """Whether a tensor of a class with a `__torch_function__` of its own is among the arguments: it has the first word."""
    return any(type(t) is not torch.Tensor and type(t).__torch_function__ not in KNOWN for t in probe.tensors_in(args))


KNOWN = (torch.Tensor.__torch_function__, torch.nn.Parameter.__torch_function__)


ASKS = ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")


class _Names(dict[str, Any]):
    """The globals of a function, with its question answered and what else `instead` says."""

    def __init__(self, func: FunctionType, instead: dict[str, Any]) -> None:
        names = func.__globals__
        super().__init__(dict.fromkeys(ASKS, _no), __name__=names.get("__name__"), **instead)
        if "overrides" in func.__code__.co_names:  # it asks `torch.overrides.has_torch_function(...)`
            self["torch"] = _Instead(torch, overrides=_Instead(torch.overrides, **dict.fromkeys(ASKS, _no)))
        self.names = names

    def __missing__(self, name: str) -> Any:
        return self.names[name]


class _Instead:
    """A module with some of its names replaced."""

    def __init__(self, module: Any, **names: Any) -> None:
        self.__dict__.update(names)
        self.__dict__["_module"] = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _no(*args: Any) -> bool:
    return False


def opened(func: FunctionType, **instead: Any) -> FunctionType:
    """A copy of a function of PyTorch that does not ask who wants to take it over."""
    copy = FunctionType(
        func.__code__.replace(), _Names(func, instead), func.__name__, func.__defaults__, func.__closure__
    )
    copy.__kwdefaults__ = func.__kwdefaults__
    return copy
