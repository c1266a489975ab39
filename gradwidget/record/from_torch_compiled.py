"""Compiled regions of PyTorch: each call runs as if nobody watched, and is told as one op.

`torch.compile` looks at the modes and hooks that are there and would compile them in. Every call of compiled code passes
`torch._dynamo.eval_frame._maybe_set_eval_frame` on its way in and out: there watching steps aside and comes back.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

import torch

from . import probe
from .from_torch_objects import quiet


class Compiled:
    """Steps aside where compiled code begins, for the outermost such call."""

    def __init__(self, core: Any) -> None:
        self.core = core
        self.frame: Any = None  # of the call that runs
        self.module: str | None = None  # the class of the compiled module that is called
        self.place = 0  # of our mode on the stack
        self.inputs: list[Any] = []
        self.versions: list[int] = []

    def open(self, replace: Any) -> None:
        """Look at the door of compiled code, as soon as there is one."""
        door = sys.modules.get("torch._dynamo.eval_frame")
        if door is not None:
            self.watch(door, replace)
            return
        make = torch.compile

        @functools.wraps(make)
        def compile(*args: Any, **kwargs: Any) -> Any:
            out = make(*args, **kwargs)
            door = sys.modules.get("torch._dynamo.eval_frame")
            if door is not None and not hasattr(door._maybe_set_eval_frame, "gradwidget"):
                self.watch(door, replace)
            return out

        replace(torch, "compile", compile)

    def watch(self, door: Any, replace: Any) -> None:
        step = door._maybe_set_eval_frame

        @functools.wraps(step)
        def passed(callback: Any) -> Any:
            frame = sys._getframe(1)
            try:
                if frame is self.frame:
                    self.ends(frame)
                elif (
                    self.frame is None and frame.f_code.co_name == "compile_wrapper" and "result" not in frame.f_locals
                ):
                    self.begins(frame)
            except Exception as error:
                self.core.fail(error)
            return step(callback)

        passed.gradwidget = True  # type: ignore[attr-defined]
        replace(door, "_maybe_set_eval_frame", passed)
        call = door.OptimizedModule.__call__

        @functools.wraps(call)
        def called(module: Any, *args: Any, **kwargs: Any) -> Any:
            if not self.core.on or self.module is not None:
                return call(module, *args, **kwargs)
            self.module = type(module._orig_mod).__name__
            self.core.regions.step_aside()  # it warns of hooks on modules
            try:
                return call(module, *args, **kwargs)
            finally:
                self.module = None
                if self.core.on:
                    self.core.regions.come_back()

        replace(door.OptimizedModule, "__call__", called)

    def begins(self, frame: Any) -> None:
        core = self.core
        if not core.on or not core.mode_heard.listens():
            return
        given = frame.f_locals
        with quiet():
            self.inputs = [*probe.tensors_in(given["args"]), *probe.tensors_in(given["kwargs"].values())]
            core.before_op(self.inputs)
            self.versions = [probe.version(t) for t in self.inputs]
        self.frame = frame
        self.place = core.mode_heard.take_out()
        core.regions.step_aside()

    def ends(self, frame: Any) -> None:
        core = self.core
        self.frame = None
        inputs, versions, self.inputs, self.versions = self.inputs, self.versions, [], []
        core.regions.come_back()
        core.mode_heard.put_back(self.place)
        given = frame.f_locals
        if "result" in given:
            with quiet():
                name = self.module or getattr(given["fn"], "__name__", "compiled")
                core.mode_heard.told(name, given["result"], given["args"], given["kwargs"], inputs, versions)
