"""Checkpointing: backward recomputes what forward did not keep.

NOTE [Without reentry]  Under saved-tensor hooks each saved tensor is replaced by an empty place. When backward asks for the
first of them, the function runs again, and what it saves then fills the places in order.
NOTE [With reentry]  The function runs without recording, as one custom function whose backward runs it again, recorded,
and calls backward on that.
"""

from __future__ import annotations

import contextlib
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from .. import autograd, engine
from ..autograd.graph import saved_tensors_hooks
from ..grad_mode import enable_grad
from ..random import fork_rng, get_rng_state, set_rng_state
from ..tensor import Tensor

__all__ = ["CheckpointError", "CheckpointFunction", "checkpoint", "checkpoint_sequential", "set_checkpoint_early_stop"]

_PASS_IT = (
    "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, calling checkpoint without "
    "use_reentrant will raise an exception. use_reentrant=False is recommended, but if you need to preserve the current default behavior, "
    "you can pass use_reentrant=True. Refer to docs for more details on the differences between the two variants."
)
_PASS_IT_SEQUENTIAL = (
    "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed explicitly. In version 2.9 we will raise an "
    "exception if use_reentrant is not passed. use_reentrant=False is recommended, but if you need to preserve the current default "
    "behavior, you can pass use_reentrant=True. Refer to docs for more details on the differences between the two variants."
)
_WITH_INPUTS = (
    "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter to .backward(). To "
    "resolve this error, you can either set use_reentrant=False, or call .backward() without passing the `inputs` argument."
)


class CheckpointError(RuntimeError):
    """The function did something else when it ran again."""


def noop_context_fn() -> tuple[Any, Any]:
    return contextlib.nullcontext(), contextlib.nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """function(*args, **kwargs), keeping nothing for backward but the arguments: backward runs the function again.

    preserve_rng_state (default True): random numbers are the same the second time. determinism_check: "default" compares
    shape, dtype and device of what is recomputed, "none" does not. early_stop: stop recomputing when all that is needed is
    there. CheckpointError where the second run differs from the first.

    >>> y = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=False)
    """
    if use_reentrant is None:
        warnings.warn(_PASS_IT, stacklevel=2)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs and use_reentrant:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if use_reentrant:
        if context_fn is not noop_context_fn or debug:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ['default', 'none'], but got {determinism_check}")
    forward_context, again_context = context_fn()
    stop = early_stop if _early_stop is None else _early_stop
    frame = _Frame(function, args, kwargs, preserve, determinism_check == "default", stop, again_context)
    with saved_tensors_hooks(frame.pack, frame.unpack), forward_context:
        return function(*args, **kwargs)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """A sequential model in `segments` parts, each but the last one checkpointed."""
    if use_reentrant is None:
        warnings.warn(_PASS_IT_SEQUENTIAL, stacklevel=2)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)

    def part(first: int, last: int) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for step in steps[first:last]:
                x = step(x)
            return x

        return run

    size, end = len(steps) // segments, 0
    for first in range(0, size * (segments - 1), size):
        end = first + size
        input = checkpoint(part(first, end), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return part(end, len(steps))(input)


# ---- without reentry

_early_stop: bool | None = None


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """A context in which recomputing stops when all that is needed is there, or in which it runs to its end."""
    global _early_stop
    before, _early_stop = _early_stop, enable
    try:
        yield
    finally:
        _early_stop = before


class _Enough(Exception):
    """All places are filled."""


class _Place:
    """Stands in a node for a saved tensor: what is known of it, and its value in each backward pass that recomputed it."""

    def __init__(self, t: Tensor) -> None:
        self.known = {"shape": t.shape, "dtype": t.dtype, "device": t.device}
        self.values: dict[int, Tensor] = {}


class _Frame:
    """One checkpointed call: how to run it again, and the places to fill."""

    def __init__(
        self, function: Any, args: Any, kwargs: Any, preserve: bool, compare: bool, early_stop: bool, context: Any
    ) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self.state = get_rng_state() if preserve else None
        self.compare, self.early_stop, self.context = compare, early_stop, context
        self.places: list[weakref.ref[_Place]] = []
        self.passes: weakref.WeakSet[Any] = weakref.WeakSet()  # that have recomputed

    def pack(self, t: Tensor) -> _Place:
        place = _Place(t)
        self.places.append(weakref.ref(place))
        return place

    def unpack(self, place: _Place) -> Tensor:
        task = engine.here.task
        key = id(task)
        if task is None or task not in self.passes:
            self._recompute(key)
            if task is not None:
                self.passes.add(task)
        if key not in place.values:
            raise CheckpointError(
                "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. If you are calling "
                "ctx.saved_tensors in backward, make sure to do so only once. Otherwise please open an issue with details on your use "
                "case."
            )
        return place.values.pop(key)

    def _recompute(self, key: int) -> None:
        count = 0

        def fill(t: Tensor) -> Any:
            nonlocal count
            if count >= len(self.places):
                raise CheckpointError(
                    "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original forward pass."
                )
            place = self.places[count]()
            if place is not None:
                place.values[key] = t.detach()
            count += 1
            if self.early_stop and count == len(self.places):
                raise _Enough
            return t.detach()

        def again(t: Any) -> Any:
            return t

        with contextlib.ExitStack() as stack:
            if self.state is not None:
                stack.enter_context(fork_rng())
                set_rng_state(self.state)
            stack.enter_context(enable_grad())
            stack.enter_context(saved_tensors_hooks(fill, again))
            stack.enter_context(self.context)
            with contextlib.suppress(_Enough):
                self.function(*self.args, **self.kwargs)
        if count != len(self.places):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.\n"
                f"Number of tensors saved during forward: {len(self.places)}\nNumber of tensors saved during recomputation: {count}."
            )
        if self.compare:
            self._compare(key)

    def _compare(self, key: int) -> None:
        words = ""
        for i, ref in enumerate(self.places):
            place = ref()
            if place is None or key not in place.values:
                continue
            t = place.values[key]
            found = {"shape": t.shape, "dtype": t.dtype, "device": t.device}
            if found != place.known:
                words += f"tensor at position {i}:\nsaved metadata: {place.known}\nrecomputed metadata: {found}\n"
        if words:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the forward "
                f"pass.\n{words}."
            )


# ---- with reentry


class CheckpointFunction(autograd.Function):
    """The function as one node."""

    @staticmethod
    def forward(ctx: Any, function: Any, preserve: bool, *args: Any) -> Any:
        if not any(isinstance(x, Tensor) and x.requires_grad for x in args):
            warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=4)
        ctx.function = function
        ctx.state = get_rng_state() if preserve else None
        ctx.others = [None if isinstance(x, Tensor) else x for x in args]
        ctx.places = [i for i, x in enumerate(args) if isinstance(x, Tensor)]
        ctx.save_for_backward(*[args[i] for i in ctx.places])
        return function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        if engine.here.task is None or engine.here.task.inputs is not None:
            raise RuntimeError(_WITH_INPUTS)
        inputs = list(ctx.others)
        for i, t in zip(ctx.places, ctx.saved_tensors):
            inputs[i] = t.detach().requires_grad_(t.requires_grad)
        with contextlib.ExitStack() as stack:
            if ctx.state is not None:
                stack.enter_context(fork_rng())
                set_rng_state(ctx.state)
            stack.enter_context(enable_grad())
            outputs = ctx.function(*inputs)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [(o, g) for o, g in zip(outputs, grads) if isinstance(o, Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        autograd.backward([o for o, _ in pairs], [g for _, g in pairs])
        return None, None, *[x._grad if isinstance(x, Tensor) else None for x in inputs]
