"""The regions that a program on real PyTorch enters and leaves: grad modes, calls of modules, optimizer steps; and the
calls of custom Functions, which no mode hears."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch.nn.modules import module as modules
from torch.optim import optimizer as optimizers

from .from_torch_compiled import Compiled

asked = torch.overrides.has_torch_function


def others_have(tensors: Any) -> bool:
    """Whether somebody beside us wants to take a function over: modules choose a faster way where nobody does."""
    if torch._C._len_torch_function_stack() > 1:
        return asked(tensors)
    plain = torch.Tensor.__torch_function__, torch._C._disabled_torch_function_impl
    return any(getattr(type(t), "__torch_function__", plain[0]) not in plain for t in tensors)


def run(undo: list[Callable[[], None]]) -> None:
    while undo:
        undo.pop()()


class Regions:
    """Hooks of PyTorch, there while a source listens."""

    def __init__(self, core: Any) -> None:
        self.core = core
        self.handles: list[Any] = []
        self.undo: list[Callable[[], None]] = []
        self.undo_at_end: list[Callable[[], None]] = []
        self.compiled = Compiled(core)
        self.depth = 0  # of calls of modules
        self.paths: dict[int, str] = {}  # of the modules below the outermost

    def open(self) -> None:
        self.core.unusual = int(torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda"))
        self.depth = 0
        self.come_back()
        at_end = functools.partial(self.replace, undo=self.undo_at_end)
        self.compiled.open(at_end)
        self.core.ranks.open(at_end)

    def close(self) -> None:
        self.step_aside()
        run(self.undo_at_end)

    def come_back(self) -> None:
        if self.handles:
            return
        self.handles = [
            modules.register_module_forward_pre_hook(self.module_begins),
            modules.register_module_forward_hook(self.module_ends, always_call=True),
            optimizers.register_optimizer_step_pre_hook(self.step_begins),
            optimizers.register_optimizer_step_post_hook(self.step_ends),
        ]
        self.around(torch.no_grad, lambda mode: "no_grad")
        self.around(torch.enable_grad, lambda mode: "enable_grad")
        self.around(torch.inference_mode, lambda mode: "inference_mode" if mode.mode else "enable_grad")
        self.around(torch.set_grad_enabled, lambda mode: "enable_grad" if mode.mode else "no_grad")
        self.unusual(torch.autocast)
        self.unusual(torch.autograd.graph.saved_tensors_hooks)
        self.functions()
        self.arrays()
        self.replace(torch.overrides, "has_torch_function", others_have)

    def step_aside(self) -> None:
        for handle in self.handles:
            handle.remove()
        self.handles = []
        run(self.undo)

    def replace(self, owner: Any, name: str, value: Any, undo: Any = None) -> None:
        before = owner.__dict__[name]
        setattr(owner, name, value)
        (self.undo if undo is None else undo).append(lambda: setattr(owner, name, before))

    # ---- grad modes

    def around(self, kind: type, what: Callable[[Any], str]) -> None:
        core = self.core
        enter, leave = kind.__enter__, kind.__exit__  # type: ignore[attr-defined]

        @functools.wraps(enter)
        def entered(mode: Any) -> Any:
            out = enter(mode)
            if core.on:
                core.enter(what(mode), what(mode), mode)
            return out

        @functools.wraps(leave)
        def left(mode: Any, *error: Any) -> Any:
            out = leave(mode, *error)
            if core.on:
                core.leave(what(mode))
            return out

        self.replace(kind, "__enter__", entered)
        self.replace(kind, "__exit__", left)

    def unusual(self, kind: type) -> None:
        """Inside of this, calls do not come out in the forms known."""
        core = self.core
        enter, leave = kind.__enter__, kind.__exit__  # type: ignore[attr-defined]

        @functools.wraps(enter)
        def entered(region: Any) -> Any:
            core.unusual += 1
            return enter(region)

        @functools.wraps(leave)
        def left(region: Any, *error: Any) -> Any:
            core.unusual = max(core.unusual - 1, 0)
            return leave(region, *error)

        self.replace(kind, "__enter__", entered)
        self.replace(kind, "__exit__", left)

    # ---- modules

    def module_begins(self, module: Any, args: Any) -> None:
        self.core.ranks.met(module)
        if self.depth == 0:
            self.paths = {id(m): path for path, m in module.named_modules()}
        self.depth += 1
        path, name = self.paths.get(id(module), ""), module._get_name()
        self.core.enter("module", f"{path}: {name}" if path else name, module)

    def module_ends(self, module: Any, args: Any, out: Any) -> None:
        self.depth = max(self.depth - 1, 0)
        self.core.leave("module")

    # ---- optimizers

    def step_begins(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        self.core.enter("optimizer", f"{type(optimizer).__name__}.step", optimizer)

    def step_ends(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        self.core.leave("optimizer")

    # ---- custom Functions

    def functions(self) -> None:
        core = self.core
        apply = torch.autograd.Function.__dict__["apply"].__func__

        @functools.wraps(apply)
        def heard(cls: Any, *args: Any, **kwargs: Any) -> Any:
            if not core.on or not core.mode_heard.listens():
                return apply(cls, *args, **kwargs)
            return core.mode_heard.custom(cls, lambda *a, **k: apply(cls, *a, **k), args, kwargs)

        self.replace(torch.autograd.Function, "apply", classmethod(heard))

    # ---- NumPy arrays, from which no mode hears tensors being made

    def arrays(self) -> None:
        core, make = self.core, torch.from_numpy

        @functools.wraps(make)
        def from_numpy(array: Any) -> Any:
            out = make(array)
            if core.on and core.mode_heard.listens():
                core.told_op("from_numpy", out, (), {})
            return out

        self.replace(torch, "from_numpy", from_numpy)
