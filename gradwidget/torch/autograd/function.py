"""`torch.autograd.Function`: an op with a backward of one's own. How it runs is in `custom`."""

from __future__ import annotations

import functools
import inspect
import itertools
import warnings
from collections.abc import Callable
from typing import Any

from ..grad_mode import is_grad_enabled, no_grad
from ..graph import Node
from ..tensor import Tensor
from . import custom

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "InplaceFunction", "once_differentiable"]

_ids = itertools.count()


class FunctionCtx:
    """The `ctx` of a custom function: what `forward` leaves for `backward`. It is the node in the graph, too."""

    __slots__ = ()

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors (inputs and outputs, above all) for `backward`, which finds them in `ctx.saved_tensors`, checked for
        writes. To be called once."""
        self.to_save = tensors  # type: ignore[misc]

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for `jvp`."""
        for tensor in tensors:
            if not isinstance(tensor, Tensor) and tensor is not None:
                raise AssertionError(
                    "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on ctx."
                )
        self.saved_for_forward = tensors  # type: ignore[misc]

    def mark_dirty(self, *args: Tensor) -> None:
        """Say which inputs `forward` wrote to; it must return them."""
        self.dirty_tensors = args  # type: ignore[misc]

    def mark_shared_storage(self, *pairs: Any) -> None:
        warnings.warn(
            "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically tracked. Note that calls to "
            "`set_()` are not tracked",
            FutureWarning,
            stacklevel=2,
        )

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Say which outputs have no gradient (an index, a mask)."""
        self.non_differentiable = args  # type: ignore[misc]

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros (the default) or None for an output to which no gradient came."""
        self.materialize_grads = value  # type: ignore[misc]


_ContextMethodMixin = FunctionCtx


class BackwardCFunction(FunctionCtx, custom.CustomNode):
    """Base of the node classes that belong to custom functions; `_forward_cls` is the function."""

    _forward_cls: Any

    def apply(self, grad: Any, *more: Any) -> Any:
        """The engine's call (arrays); with tensors, the user's backward itself."""
        if more or isinstance(grad, Tensor):
            return self._user_backward()(self, grad, *more)
        return super().apply(grad)

    def apply_jvp(self, *tangents: Any) -> Any:
        return self._forward_cls.jvp(self, *tangents)

    def _user_backward(self) -> Callable[..., Any]:
        backward, vjp = self._forward_cls.backward, self._forward_cls.vjp
        if backward is not Function.backward and vjp is not Function.vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of them."
            )
        return vjp if vjp is not Function.vjp else backward  # type: ignore[no-any-return]


class FunctionMeta(type):
    """Gives each function the class of its nodes, `<Name>Backward`."""

    def __init__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> None:
        node = type(
            name + "Backward", (BackwardCFunction,), {"_forward_cls": cls, "__module__": "torch.autograd.function"}
        )
        node._autograd_function_id = next(_ids)  # type: ignore[attr-defined]
        cls._backward_cls: Any = node
        super().__init__(name, bases, attributes)


class Function(metaclass=FunctionMeta):
    """Base class of ops with a backward of one's own: static methods `forward` and `backward`, called by `apply`.

    >>> class Exp(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         y = x.exp()
    ...         ctx.save_for_backward(y)
    ...         return y
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (y,) = ctx.saved_tensors
    ...         return grad * y
    >>> Exp.apply(torch.zeros(1, requires_grad=True))
    tensor([1.], grad_fn=<ExpBackward>)

    `forward` may leave out `ctx` where `setup_context(ctx, inputs, output)` is written, too. `backward` gets one gradient
    for each output and answers one for each input, None for what is no tensor.
    """

    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{self.__class__} should not be instantiated. Methods on autograd functions are all static, so you should invoke them on "
            "the class itself. Instantiating an autograd function will raise an error in a future version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with static "
            "forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run the function, so that its results have `<Name>Backward` as their history."""
        with_setup = cls.setup_context is not Function.setup_context
        if with_setup:
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        return custom.run(cls, args, kwargs, with_setup)


class InplaceFunction(Function):
    """Kept for programs that still derive from it; `Function` does all that it did."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class Error(Node):
    """Stands behind a gradient that cannot be differentiated again: raises when backward comes by."""

    __slots__ = ("edge_list", "outputs", "words")
    label = "torch::autograd::Error"

    def edges(self) -> tuple[Any, ...]:
        return self.edge_list

    def apply(self, grad: Any) -> tuple[Any, ...]:
        raise RuntimeError(self.words)

    apply_graph = apply


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a `backward` that works on values alone: a second derivative through it raises."""

    @functools.wraps(backward)
    def once(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            out = backward(ctx, *grads)
        if not is_grad_enabled() or not any(isinstance(g, Tensor) and g.requires_grad for g in grads):
            return out
        results = out if isinstance(out, tuple) else (out,)
        twins = [None if g is None else g.detach().requires_grad_() for g in results]
        words = "trying to differentiate twice a function that was marked with @once_differentiable"
        cut = custom.behind(Error, twins, words)
        return cut if isinstance(out, tuple) or len(cut) != 1 else cut[0]

    return once
