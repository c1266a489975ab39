"""Tensors of a module computed from other parameters: `register_parametrization(layer, "weight", Symmetric())`.

The layer then has a class of its own, on which the tensor is a property; the original is a parameter of
`layer.parametrizations.<name>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...grad_mode import no_grad
from ...parameter import Parameter
from ...tensor import Tensor
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module

_cache_depth = 0
_cache: dict[tuple[int, str], Any] = {}


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrised tensor at most once inside."""
    global _cache_depth, _cache
    _cache_depth += 1
    try:
        yield
    finally:
        _cache_depth -= 1
        if not _cache_depth:
            _cache = {}


class ParametrizationList(ModuleList):
    """The parametrisations of one tensor, applied in order to `original`."""

    def __init__(self, modules: Any, original: Any, unsafe: bool = False) -> None:
        modules = list(modules)
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        new: Any = original
        for module in reversed(modules):
            if hasattr(module, "right_inverse"):
                try:
                    with no_grad():
                        new = module.right_inverse(new)
                except NotImplementedError:
                    pass
        self.is_tensor = isinstance(new, Tensor)
        parts = [new] if self.is_tensor else list(new)
        self.ntensors = len(parts)
        for k, part in enumerate(parts):
            name = "original" if self.is_tensor else f"original{k}"
            if self.is_tensor and isinstance(original, Parameter):
                with no_grad():
                    if part is not original:
                        original.data = part.detach()
                setattr(self, name, original)
            elif isinstance(original, Parameter):
                setattr(
                    self,
                    name,
                    part if isinstance(part, Parameter) else Parameter(part.detach(), original.requires_grad),
                )
            else:
                self.register_buffer(name, part)
        if not unsafe:
            made = self()
            if not isinstance(made, Tensor):
                raise ValueError(f"A parametrization must return a tensor. Got {type(made).__name__}.")
            if made.dtype != original.dtype:
                raise ValueError(
                    "Registering a parametrization may not change the dtype of the tensor, unless `unsafe` flag is enabled.\n"
                    f"unparametrized dtype: {original.dtype}\nparametrized dtype: {made.dtype}"
                )
            if made.shape != original.shape:
                raise ValueError(
                    "Registering a parametrization may not change the shape of the tensor, unless `unsafe` flag is enabled.\n"
                    f"unparametrized shape: {original.shape}\nparametrized shape: {made.shape}"
                )

    def _originals(self) -> list[Any]:
        return [self.original] if self.is_tensor else [getattr(self, f"original{k}") for k in range(self.ntensors)]

    def right_inverse(self, value: Any) -> None:
        """Set the originals so that the tensor becomes `value`."""
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
            for own, new in zip(self._originals(), [value] if self.is_tensor else value):
                own.copy_(new)

    def forward(self) -> Any:
        modules = list(self)
        out = modules[0](*self._originals())
        for module in modules[1:]:
            out = module(out)
        return out


def _own_class(module: Any) -> None:
    """Give a module a class of its own, on which properties can stand."""
    kind = type(module)

    def deepcopied(self: Any, memo: dict[int, Any]) -> Any:
        import copy

        made = self.__new__(type(self))
        memo[id(self)] = made
        made.__dict__ = copy.deepcopy(self.__dict__, memo)
        return made

    module.__class__ = type(
        f"Parametrized{kind.__name__}", (kind,), {"__deepcopy__": deepcopied, "__module__": kind.__module__}
    )


def _put_property(module: Any, name: str) -> None:
    def read(self: Any) -> Any:
        if not _cache_depth:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _cache:
            _cache[key] = self.parametrizations[name]()
        return _cache[key]

    def write(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(read, write))


def register_parametrization(module: Any, tensor_name: str, parametrization: Any, *, unsafe: bool = False) -> Any:
    """Let a tensor of a module be computed by `parametrization` from what it was; returns the module."""
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        held = module.parametrizations[tensor_name]
        if hasattr(parametrization, "right_inverse"):
            try:
                with no_grad():
                    held.right_inverse(parametrization.right_inverse(getattr(module, tensor_name)))
            except NotImplementedError:
                pass
        held.append(parametrization)
        held.unsafe |= unsafe
        return module
    if tensor_name not in module._parameters and tensor_name not in module._buffers:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'"
        )
    original = getattr(module, tensor_name)
    held = ParametrizationList([parametrization], original, unsafe=unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        _own_class(module)
        module.parametrizations = ModuleDict()
    _put_property(module, tensor_name)
    module.parametrizations[tensor_name] = held
    return module


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether a module, or one tensor of it, is parametrised."""
    held = module.__dict__.get("_modules", {}).get("parametrizations")
    if not isinstance(held, ModuleDict):
        return False
    return len(held) > 0 if tensor_name is None else tensor_name in held


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Make it an ordinary tensor again: as it is now, or (`leave_parametrized=False`) the original."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    held = module.parametrizations[tensor_name]
    original = held._originals()[0]
    if leave_parametrized:
        with no_grad():
            now = getattr(module, tensor_name).detach().clone()
        if held.is_tensor:
            with no_grad():
                original.data = now
        else:
            original = Parameter(now) if isinstance(original, Parameter) else now
    elif not held.is_tensor:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if isinstance(original, Parameter):
        module.register_parameter(tensor_name, original)
    else:
        module.register_buffer(tensor_name, original)
    if not len(module.parametrizations):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Any) -> type:
    """A module's class without its parametrisations."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Any, to_module: Any, tensor_name: str | None = None) -> Any:
    """Give another module the same parametrisations and values."""
    names = [tensor_name] if tensor_name is not None else list(from_module.parametrizations)
    for name in names:
        for parametrization in from_module.parametrizations[name]:
            register_parametrization(to_module, name, parametrization)
        for own, new in zip(
            to_module.parametrizations[name]._originals(), from_module.parametrizations[name]._originals()
        ):
            with no_grad():
                own.copy_(new)
    return to_module


__all__ = [
    "Module",
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]
