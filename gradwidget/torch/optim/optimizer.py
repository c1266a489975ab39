"""What all optimisers share: groups of parameters with options, state, and a `step`."""

from __future__ import annotations

import functools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from .. import watch
from ..counted import Write, count_write  # noqa: F401  (optimisers take them from here)
from ..grad_mode import enable_grad
from ..graph import Hooks, RemovableHandle
from ..naming import Named
from ..nn.modules.module import _type_name
from ..nn.modules.tree import clear_grad
from ..tensor import Tensor, from_array


def _announced(step: Callable[..., Any]) -> Callable[..., Any]:
    """A subclass's `step` with its hooks around it, inside a scope that listeners hear of."""

    @functools.wraps(step)
    def announced(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        listener = watch.listener
        if listener is not None:
            listener.enter("optimizer", f"{type(self).__name__}.step", self)
        try:
            for hook in list(self._optimizer_step_pre_hooks.values()):
                answer = hook(self, args, kwargs)
                if answer is not None:
                    args, kwargs = answer
            result = step(self, *args, **kwargs)
            for hook in list(self._optimizer_step_post_hooks.values()):
                hook(self, args, kwargs)
        finally:
            if listener is not None:
                listener.leave("optimizer")
        return result

    return announced


class Optimizer(Named):
    """Base class: subclasses hand their options to `__init__` and define `step`.

    param_groups: a list of dictionaries, each with "params" and its options; state: a dictionary per parameter.
    """

    __module__ = "torch.optim.optimizer"

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "step" in cls.__dict__:
            cls.step = _announced(cls.step)  # type: ignore[method-assign]

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                + _type_name(params)
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._optimizer_step_pre_hooks = Hooks()
        self._optimizer_step_post_hooks = Hooks()
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimise more parameters, with options of their own. Raises as PyTorch does for what cannot be optimised."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
                "will change between runs. Please use a list instead."
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        if params and all(isinstance(p, tuple) for p in params):  # from named_parameters()
            param_group["param_names"] = [name for name, _ in params]
            params = [p for _, p in params]
        param_group["params"] = params
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {_type_name(p)}")
            if not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        own = set(map(id, params))
        if len(own) != len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=3,
            )
        if any(id(p) in own for group in self.param_groups for p in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    # ---- steps

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients once. closure: computes the loss anew; `step` answers it."""
        raise NotImplementedError

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or fill them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                clear_grad(p, set_to_none)

    def _with_grads(self, group: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
        """The group's parameters that have a gradient, each with its gradient's array."""
        for p in group["params"]:
            if p._grad is not None:
                yield p, p._grad._a

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step."""
        return self._optimizer_step_pre_hooks.add(hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return self._optimizer_step_post_hooks.add(hook)

    # ---- state

    def state_dict(self) -> dict[str, Any]:
        """State and options with numbers in place of parameters. The tensors in it are the optimiser's own."""
        number: dict[int, int] = {}
        for group in self.param_groups:
            for p in group["params"]:
                number.setdefault(id(p), len(number))
        groups = [{**group, "params": [number[id(p)] for p in group["params"]]} for group in self.param_groups]
        for group in groups:
            group["params"] = group.pop("params")  # stands last, as in PyTorch
        return {"state": {number[id(p)]: state for p, state in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave, for as many groups of as many parameters."""
        given = state_dict["param_groups"]
        if len(given) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        params: dict[int, Any] = {}
        for group, own in zip(given, self.param_groups, strict=True):
            if len(group["params"]) != len(own["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
                )
            params.update(zip(group["params"], own["params"], strict=True))
        for group, own in zip(given, self.param_groups, strict=True):
            own.update({k: v for k, v in group.items() if k != "params"})
        self.state = defaultdict(dict)
        for i, values in state_dict["state"].items():
            p = params[i]
            self.state[p] = {k: v if k == "step" else _in_type_of(p, v) for k, v in values.items()}

    def __repr__(self) -> str:
        text = type(self).__name__ + " ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"


def _in_type_of(p: Tensor, value: Any) -> Any:
    """A state's tensor in the parameter's dtype."""
    if isinstance(value, Tensor) and p.is_floating_point() and value.dtype is not p.dtype:
        return from_array(value._a.astype(p._a.dtype))
    return value


def count(t: Any, writes: int = 1) -> None:
    """Note that a tensor of the optimiser's own state was written so many times."""
    t._version_counter().version += writes


def evaluate(closure: Callable[[], Any] | None) -> Any:
    """The loss by the closure, with recording on."""
    if closure is None:
        return None
    with enable_grad():
        return closure()
