"""Hooks that hear of every parameter, buffer and child that any module gets; they may answer another in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...graph import Hooks, RemovableHandle

parameters, buffers, modules = Hooks(), Hooks(), Hooks()


def heard(hooks: Hooks, module: Any, name: str, value: Any) -> Any:
    """What is registered in the end."""
    for hook in hooks.values():
        answer = hook(module, name, value)
        value = value if answer is None else answer
    return value


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, parameter)` whenever a module gets a parameter."""
    return parameters.add(hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, buffer)` whenever a module gets a buffer."""
    return buffers.add(hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, child)` whenever a module gets a child."""
    return modules.add(hook)
