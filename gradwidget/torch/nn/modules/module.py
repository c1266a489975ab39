"""The module: parameters, buffers and other modules as attributes, and a `forward` to write."""

from __future__ import annotations

import inspect
import threading
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from ... import watch
from ...graph import RemovableHandle
from ...naming import Named
from ...parameter import Parameter
from ...tensor import Tensor
from . import module_hooks, registration
from .module_hooks import (  # noqa: F401  (PyTorch has them here)
    register_module_backward_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
)
from .registration import (  # noqa: F401
    heard,
    register_module_buffer_registration_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from .state import State, _IncompatibleKeys, _WrappedHook  # noqa: F401
from .tree import Tree

KINDS = ("_parameters", "_buffers", "_modules")
T_destination = TypeVar("T_destination", bound=dict[str, Any])


class Module(Tree, State, Named):
    """Base class of layers and models. Assign parameters and other modules to attributes, write `forward`, call it.

    >>> class Twice(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.layer = nn.Linear(2, 2)
    ...     def forward(self, x):
    ...         return self.layer(self.layer(x))
    """

    __module__ = "torch.nn.modules.module"
    training: bool
    T_destination = T_destination

    dump_patches = False
    call_super_init = False  # whether `__init__` goes on to the next class, with the arguments
    _compiled_call_impl = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if (args or kwargs) and not self.call_super_init:
            name = type(self).__name__
            if kwargs:
                raise TypeError(f"{name}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'")
            raise TypeError(f"{name}.__init__() takes 1 positional argument but {len(args) + 1} were given")
        set_plainly = super().__setattr__
        for kind in KINDS:
            set_plainly(kind, {})
        set_plainly("training", True)
        set_plainly("_non_persistent_buffers_set", set())
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # ---- calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if watch.listener is None:
            return module_hooks.call(self, args, kwargs) if module_hooks.ever else self.forward(*args, **kwargs)
        depth = _open.depth
        try:
            _tell_enter(self)
            try:
                return module_hooks.call(self, args, kwargs) if module_hooks.ever else self.forward(*args, **kwargs)
            finally:
                if watch.listener is not None:
                    watch.listener.leave("module")
        finally:
            _open.depth = depth  # no call before it, where Ctrl-C could come between

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        """`forward` with all hooks."""
        return module_hooks.call(self, args, kwargs)

    _wrapped_call_impl = _call_impl

    _sites: module_hooks.Sites | None = None  # this module's hooks, made with the first of them

    def _hooks(self) -> module_hooks.Sites:
        if self._sites is None:
            self.__dict__["_sites"] = module_hooks.Sites()
        return self._sites  # type: ignore[return-value]

    _forward_hooks = property(lambda self: self._hooks().forward)
    _forward_pre_hooks = property(lambda self: self._hooks().forward_pre)
    _backward_hooks = property(lambda self: self._hooks().backward)
    _backward_pre_hooks = property(lambda self: self._hooks().backward_pre)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before `forward`; it may answer other arguments."""
        sites = self._hooks()
        return module_hooks.hang(sites.forward_pre, hook, prepend, (sites.with_kwargs, with_kwargs))

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after `forward`; it may answer another output. always_call: also where `forward`
        raises."""
        sites = self._hooks()
        marks = (sites.with_kwargs, with_kwargs), (sites.always, always_call)
        return module_hooks.hang(sites.forward, hook, prepend, *marks)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the gradients of the outputs are known; it may answer others."""
        return module_hooks.hang(self._hooks().backward_pre, hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of the inputs are known; it may answer others.

        The gradients come as tuples, with None for what is no tensor or has none."""
        return module_hooks.hang_backward(self._hooks(), hook, True, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """The older form of `register_full_backward_hook`, which sees the last node of `forward` only."""
        return module_hooks.hang_backward(self._hooks(), hook, False)

    # ---- attributes

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Give this module a parameter. Raises for a bad name, an attribute that exists, or what is no parameter."""
        self._check_name("parameter", "_parameters", name)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{_type_name(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To "
                f"express '{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        self._parameters[name] = heard(registration.parameters, self, name, param) if param is not None else None

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Give this module a tensor that moves with it but is not trained; a persistent one is part of its state."""
        self._check_name("buffer", "_buffers", name)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{_type_name(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = heard(registration.buffers, self, name, tensor)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Give this module a child of any name without a dot."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{_type_name(module)} is not a Module subclass")
        if not isinstance(name, str):
            raise TypeError(f"module name should be a string. Got {_type_name(name)}")
        if hasattr(self, name) and name not in self._modules:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'module name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError('module name can\'t be empty string ""')
        self._modules[name] = heard(registration.modules, self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as `add_module`."""
        self.add_module(name, module)

    def _check_name(self, what: str, kind: str, name: Any) -> None:
        if kind not in self.__dict__:
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {_type_name(name)}")
        if "." in name:
            raise KeyError(f'{what} name can\'t contain "."')
        if name == "":
            raise KeyError(f'{what} name can\'t be empty string ""')
        if hasattr(self, name) and name not in self.__dict__[kind]:
            raise KeyError(f"attribute '{name}' already exists")

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in own:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
        elif name in own.get("_parameters", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_type_name(value)}' as parameter '{name}' (torch.nn.Parameter or None expected)"
                )
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            if "_modules" not in own:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, "_modules")
            own["_modules"][name] = heard(registration.modules, self, name, value)
        elif name in own.get("_modules", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_type_name(value)}' as child module '{name}' (torch.nn.Module or None expected)"
                )
            own["_modules"][name] = heard(registration.modules, self, name, value)
        elif name in own.get("_buffers", ()) or (isinstance(value, Tensor) and "_is_buffer" in value.__dict__):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{_type_name(value)}' as buffer '{name}' "
                    "(torch.nn.Buffer, torch.Tensor or None expected)"
                )
            self._assign_buffer(name, value)
        else:
            super().__setattr__(name, value)

    def _assign_buffer(self, name: str, value: Any) -> None:
        persistent = name not in self._non_persistent_buffers_set
        if isinstance(value, Tensor) and "_is_buffer" in value.__dict__:
            persistent = value.persistent  # type: ignore[attr-defined]
        register = type(self).register_buffer
        if register is Module.register_buffer or "persistent" in inspect.signature(register).parameters:
            self.register_buffer(name, value, persistent)
        elif persistent:
            self.register_buffer(name, value)
        else:
            raise RuntimeError(
                "Registering a non-persistent buffer on a Module subclass that implements register_buffer() without the "
                "persistent argument is not allowed."
            )

    def _forget(self, name: str, but: str) -> None:
        """Drop what had this name so far, unless it is of the kind that takes its place."""
        self.__dict__.pop(name, None)
        for kind in KINDS:
            if kind != but:
                self.__dict__[kind].pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for kind in KINDS:
            members = own.get(kind)
            if members is not None and name in members:
                return members[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for kind in KINDS:
            if name in self.__dict__[kind]:
                del self.__dict__[kind][name]
                self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """There is no compiler here."""
        raise NotImplementedError("gradwidget does not compile modules: use real PyTorch, or leave the call out")

    def __dir__(self) -> list[str]:
        names = [*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers]
        return sorted(name for name in names if not name[0].isdigit())

    def _replicate_for_data_parallel(self) -> Any:
        """A copy that shares everything but has no parameters of its own."""
        replica = self.__new__(type(self))
        replica.__dict__ = self.__dict__.copy()
        replica._parameters = {}
        replica._buffers, replica._modules = replica._buffers.copy(), replica._modules.copy()
        replica._is_replica = True
        return replica

    # ---- text

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What stands between the brackets of this module's text."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        children = [f"({name}): {indented(repr(child))}" for name, child in self._modules.items()]
        return framed(self._get_name(), extra.split("\n") if extra else [], children)


def framed(name: str, extra: list[str], children: list[str]) -> str:
    """A module's text: on one line if it is alone and says little, otherwise one line for each thing in it."""
    if not children and len(extra) <= 1:
        return f"{name}({''.join(extra)})"
    return f"{name}(\n  " + "\n  ".join(extra + children) + "\n)"


def indented(text: str) -> str:
    """All lines but the first moved to the right."""
    return text.replace("\n", "\n  ")


def _type_name(x: Any) -> str:
    """`torch.FloatTensor` for a tensor, the class's full name for anything else."""
    if isinstance(x, Tensor):
        from ... import errors

        return errors.type_name(x)
    kind = type(x)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


# ---- telling a listener where we are


class _Open(threading.local):
    """The modules whose `forward` runs now on this thread: how many, and the paths below the outermost."""

    depth = 0
    outermost: weakref.ref[Module] | None = None  # the last one
    paths: dict[int, tuple[weakref.ref[Module], str]]  # below it, by the module's address


_open = _Open()


def _tell_enter(module: Module) -> None:
    """Say which module begins: by its path below the outermost one and its class, `encoder.0: Linear`."""
    before = None if _open.outermost is None else _open.outermost()
    if _open.depth == 0 and before is not module:
        _open.outermost, _open.paths = weakref.ref(module), {}
        before = module
    _open.depth += 1
    known = _open.paths.get(id(module))
    if before is not None and (known is None or known[0]() is not module):  # new here, or put here since
        _open.paths = {id(m): (weakref.ref(m), path) for path, m in before.named_modules()}
        known = _open.paths.get(id(module))
    path, name = "" if known is None else known[1], module._get_name()
    watch.listener.enter("module", f"{path}: {name}" if path else name, module)
