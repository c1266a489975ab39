"""Hooks on modules: before and after `forward`, and on the gradients of its outputs and inputs.

NOTE [Full backward hooks]  What enters and what leaves a module passes through one `BackwardHookFunction` each, a custom
function that changes nothing: a hook on its node sees the gradients of all outputs (all inputs) together.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ...autograd.function import Function
from ...grad_mode import is_grad_enabled
from ...graph import Hooks, RemovableHandle
from ...tensor import Tensor


class Sites:
    """The hooks of one module, or of all of them."""

    __slots__ = ("always", "backward", "backward_pre", "forward", "forward_pre", "is_full", "with_kwargs")

    def __init__(self) -> None:
        self.forward_pre, self.forward, self.backward_pre, self.backward = Hooks(), Hooks(), Hooks(), Hooks()
        self.with_kwargs: set[int] = set()
        self.always: set[int] = set()
        self.is_full: bool | None = None  # whether `backward` holds full backward hooks or the older ones


everywhere, _NONE = Sites(), Sites()
ever = False  # whether any hook was ever registered: until then a module's call need not look


def hang(
    hooks: Hooks, hook: Callable[..., Any], prepend: bool = False, *marks: tuple[set[int], bool]
) -> RemovableHandle:
    """Register a hook; with its id in each set of `marks` whose flag is on."""
    global ever
    ever = True
    handle = hooks.add(hook)
    if prepend:
        OrderedDict.move_to_end(hooks, handle.id, last=False)
    for ids, on in marks:
        if on:
            ids.add(handle.id)
    return handle


_MIXED = (
    "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them."
)
_MIXED_GLOBAL = "Cannot use both regular backward hooks and full backward hooks as a global Module hook. Please use only one of them."


def hang_backward(sites: Sites, hook: Callable[..., Any], full: bool, prepend: bool = False) -> RemovableHandle:
    if sites.is_full is not None and sites.is_full is not full:
        raise RuntimeError(_MIXED_GLOBAL if sites is everywhere else _MIXED)
    sites.is_full = full
    return hang(sites.backward, hook, prepend)


# ---- for all modules (torch.nn.modules.module.register_module_...)


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, args)` before each module's `forward`."""
    return hang(everywhere.forward_pre, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after each module's `forward`."""
    return hang(
        everywhere.forward, hook, False, (everywhere.with_kwargs, with_kwargs), (everywhere.always, always_call)
    )


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_output)` before the gradients of each module's inputs are computed."""
    return hang(everywhere.backward_pre, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` after the gradients of each module's inputs were computed."""
    return hang_backward(everywhere, hook, True)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """The older form, which sees the last node of `forward` only."""
    return hang_backward(everywhere, hook, False)


# ---- a call


def call(module: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """module.forward with all hooks."""
    own: Sites = module._sites or _NONE
    done: set[int] = set()
    result = None
    try:
        for key, hook in (*everywhere.forward_pre.items(), *own.forward_pre.items()):
            args, kwargs = _before(module, hook, key in own.with_kwargs, args, kwargs)
        full = [
            *(everywhere.backward.values() if everywhere.is_full else ()),
            *(own.backward.values() if own.is_full else ()),
        ]
        older = [
            *(everywhere.backward.values() if everywhere.is_full is False else ()),
            *(own.backward.values() if own.is_full is False else ()),
        ]
        before = [*everywhere.backward_pre.values(), *own.backward_pre.values()]
        through = _Through(module, full, before) if full or before else None
        if through is not None:
            args = through.enter(args)
        result = module.forward(*args, **kwargs)
        for key, hook in (*everywhere.forward.items(), *own.forward.items()):
            done.add(key)
            takes_kwargs = key in own.with_kwargs or key in everywhere.with_kwargs
            answer = hook(module, args, kwargs, result) if takes_kwargs else hook(module, args, result)
            if answer is not None:
                result = answer
        if through is not None:
            if not isinstance(result, (Tensor, tuple)):
                warnings.warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                    f"{type(result)}",
                    stacklevel=3,
                )
            result = through.leave(result)
        if older:
            _older(module, older, args, result)
        return result
    except Exception:
        _always(module, own, done, args, kwargs, result)
        raise


def _before(module: Any, hook: Any, takes_kwargs: bool, args: Any, kwargs: Any) -> tuple[Any, Any]:
    if not takes_kwargs:
        answer = hook(module, args)
        if answer is not None:
            args = answer if isinstance(answer, tuple) else (answer,)
        return args, kwargs
    answer = hook(module, args, kwargs)
    if answer is None:
        return args, kwargs
    if isinstance(answer, tuple) and len(answer) == 2:
        return answer
    raise RuntimeError(f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {answer}.")


def _always(module: Any, own: Sites, done: set[int], args: Any, kwargs: Any, result: Any) -> None:
    """After an error: the hooks that run in any case and have not."""
    for sites, which in ((everywhere, "global module"), (own, "module")):
        for key, hook in sites.forward.items():
            if key not in sites.always or key in done:
                continue
            try:
                answer = hook(module, args, kwargs, result) if key in sites.with_kwargs else hook(module, args, result)
                result = result if answer is None else answer
            except Exception as error:
                warnings.warn(
                    f"{which} forward hook with ``always_call=True`` raised an exception that was silenced as another error was "
                    f"raised in forward: {error}",
                    stacklevel=3,
                )


class BackwardHookFunction(Function):
    """Hands everything on; its node is where backward hooks hang."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        ctx.mark_non_differentiable(*[t for t in args if not t.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return grads


class _Through:
    """One call of a module with full backward hooks."""

    def __init__(self, module: Any, after: list[Any], before: list[Any]) -> None:
        self.module, self.after, self.before = module, after, before
        self.grad_outputs: Any = None
        self.ins: list[int] | None = None  # where the tensors are among the inputs; None: none of them requires grad
        self.outs: list[int] | None = None
        self.n_ins = self.n_outs = 0

    def enter(self, args: Any) -> Any:
        passed, self.ins = _pass(args, self._hook_inputs)
        self.n_ins = len(args)
        return passed

    def leave(self, result: Any) -> Any:
        many = isinstance(result, tuple)
        results = result if many else (result,)
        self.n_outs = len(results)
        passed, self.outs = _pass(results, self._hook_outputs)
        return passed if many else passed[0]

    def _hook_inputs(self, node: Any) -> None:
        def after(grad_inputs: Any, _: Any) -> Any:
            if self.grad_outputs is None:
                return None  # came here by another way than the module's outputs
            assert self.ins is not None
            grads = _spread(self.ins, grad_inputs, self.n_ins)
            for hook in self.after:
                answer = hook(self.module, grads, self.grad_outputs)
                if answer is None:
                    continue
                if len(answer) != len(grads):
                    raise RuntimeError(
                        f"Backward hook returned an invalid number of grad_input, got {len(answer)}, but expected {len(grads)}"
                    )
                grads = answer
            self.grad_outputs = None
            return tuple([grads[i] for i in self.ins])

        node.register_hook(after)

    def _hook_outputs(self, node: Any) -> None:
        def before(_: Any, grad_outputs: Any) -> Any:
            assert self.outs is not None
            self.grad_outputs = _spread(self.outs, grad_outputs, self.n_outs)
            for hook in self.before:
                answer = hook(self.module, self.grad_outputs)
                if answer is None:
                    continue
                if len(answer) != self.n_outs:
                    raise RuntimeError(
                        f"Backward pre hook returned an invalid number of grad_output, got {len(answer)}, but expected {self.n_outs}"
                    )
                self.grad_outputs = answer
            going_on = self.grad_outputs
            if self.ins is None:
                self._without_inputs()
            return tuple([going_on[i] for i in self.outs])

        node.register_hook(before)

    def _without_inputs(self) -> None:
        """No input requires grad: the hooks run here, with nothing to change."""
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require gradients. "
            "See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_hook for more "
            "details.",
            stacklevel=5,
        )
        for hook in self.after:
            answer = hook(self.module, (None,) * self.n_ins, self.grad_outputs)
            if answer is not None and not (isinstance(answer, tuple) and all(g is None for g in answer)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for all gradients."
                )
        self.grad_outputs = None


def _spread(places: list[int], values: Any, size: int) -> tuple[Any, ...]:
    out = [None] * size
    for i, value in zip(places, values):
        out[i] = value
    return tuple(out)


def _pass(args: Any, hook: Callable[[Any], None]) -> tuple[Any, list[int] | None]:
    """The arguments with their tensors passed through one node, which `hook` gets, and where the tensors are."""
    places = [i for i, x in enumerate(args) if isinstance(x, Tensor)]
    if not (is_grad_enabled() and any(args[i].requires_grad for i in places)):
        return args, None
    passed = BackwardHookFunction.apply(*[args[i] for i in places])
    hook(next(t.grad_fn for t in passed if t.grad_fn is not None))
    out = list(args)
    for i, t in zip(places, passed):
        out[i] = t
    return (tuple(out) if type(args) is tuple else type(args)(*out)), places


# ---- the older backward hooks

_DEPRECATED = " is deprecated and will be removed in future versions. This hook will be missing some {}. Please use register_full_backward_hook to get the documented behavior."


def _older(module: Any, hooks: list[Any], args: Any, result: Any) -> None:
    t = result
    while not isinstance(t, Tensor):
        t = next(v for v in t.values() if isinstance(v, Tensor)) if isinstance(t, dict) else t[0]
    node = t.grad_fn
    if node is None:
        return
    for hook in hooks:
        node.register_hook(lambda ins, outs, hook=hook: hook(module, ins, outs))
    words = _missing(args, result, node)
    if words:
        warnings.warn(words, FutureWarning, stacklevel=4)


def _missing(args: Any, result: Any, node: Any) -> str | None:
    """What such a hook does not see, where that is anything."""
    on_module = "Using non-full backward hooks on a Module that does not "
    results = (result,) if isinstance(result, Tensor) else result
    if not (isinstance(results, tuple) and all(isinstance(r, Tensor) for r in results)):
        return on_module + "return a single Tensor or a tuple of Tensors" + _DEPRECATED.format("of the grad_output")
    inputs = (args,) if isinstance(args, Tensor) else args
    if not (isinstance(inputs, tuple) and all(isinstance(x, Tensor) for x in inputs)):
        return (
            on_module + "take as input a single Tensor or a tuple of Tensors" + _DEPRECATED.format("of the grad_input")
        )
    if len({id(r.grad_fn) for r in results if r.grad_fn is not None}) > 1:
        return (
            "Using a non-full backward hook when outputs are generated by different autograd Nodes"
            + _DEPRECATED.format("grad_output")
        )
    if {id(x.grad_fn) for x in inputs if x.grad_fn is not None} != {id(n) for n, _ in node.next_functions}:
        return "Using a non-full backward hook when the forward contains multiple autograd Nodes" + _DEPRECATED.format(
            "grad_input"
        )
    return None
