"""An optimiser's state as a dictionary, and a dictionary back into an optimiser."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import numpy as np

from .. import dtypes
from ..graph import Hooks, RemovableHandle
from ..tensor import Tensor, from_array
from .options import scalar_dtype

ADDED: dict[str, Any] = {
    "foreach": None,
    "maximize": False,
    "differentiable": False,
    "capturable": False,
    "fused": None,
    "amsgrad": False,
    "decoupled_weight_decay": False,
}
HOOKS = (
    "_optimizer_step_pre_hooks",
    "_optimizer_step_post_hooks",
    "_optimizer_state_dict_pre_hooks",
    "_optimizer_state_dict_post_hooks",
    "_optimizer_load_state_dict_pre_hooks",
    "_optimizer_load_state_dict_post_hooks",
)


class State:
    """What `Optimizer` can say about its state, with numbers in place of parameters."""

    defaults: dict[str, Any]
    state: defaultdict[Any, Any]
    param_groups: list[dict[str, Any]]
    _added: dict[str, Any] = {}  # options that states of older versions lack

    def _hang(self, where: str, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        hooks: Hooks = getattr(self, where)
        handle = hooks.add(hook)
        if prepend:
            others = [key for key in hooks if key != handle.id]
            for key in others:
                hooks[key] = hooks.pop(key)
        return handle

    def register_state_dict_pre_hook(self, hook: Callable[[Any], None], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before `state_dict`."""
        return self._hang("_optimizer_state_dict_pre_hooks", hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` after `state_dict`; it may answer another."""
        return self._hang("_optimizer_state_dict_post_hooks", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before `load_state_dict`; it may answer another."""
        return self._hang("_optimizer_load_state_dict_pre_hooks", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[[Any], None], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` after `load_state_dict`."""
        return self._hang("_optimizer_load_state_dict_post_hooks", hook, prepend)

    def state_dict(self) -> dict[str, Any]:
        """State and options with numbers in place of parameters. The tensors in it are the optimiser's own.

        >>> list(optimizer.state_dict())
        ['state', 'param_groups']
        """
        for hook in list(self._optimizer_state_dict_pre_hooks.values()):
            hook(self)
        number: dict[int, int] = {}
        start, groups = 0, []
        for group in self.param_groups:
            for i, p in enumerate(group["params"], start):
                number.setdefault(id(p), i)
            start += len(group["params"])
            packed = {name: option for name, option in group.items() if name != "params"}
            groups.append({**packed, "params": [number[id(p)] for p in group["params"]]})
        state = {(number[id(p)] if isinstance(p, Tensor) else p): values for p, values in self.state.items()}
        answer: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in list(self._optimizer_state_dict_post_hooks.values()):
            changed = hook(self, answer)
            answer = answer if changed is None else changed
        return answer

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave, for as many groups of as many parameters. Raises ValueError for others."""
        given = dict(state_dict)
        for hook in list(self._optimizer_load_state_dict_pre_hooks.values()):
            changed = hook(self, given)
            given = given if changed is None else changed
        groups = copy.deepcopy(given["param_groups"])
        if len(groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(new["params"]) != len(own["params"]) for new, own in zip(groups, self.param_groups)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        owner = {number: group for group in given["param_groups"] for number in group["params"]}
        numbers = chain.from_iterable(group["params"] for group in groups)
        params = dict(zip(numbers, chain.from_iterable(group["params"] for group in self.param_groups)))
        state: defaultdict[Any, Any] = defaultdict(dict)
        for number, values in given["state"].items():
            p = params.get(number)
            state[number if p is None else p] = values if p is None else _suited(p, values, owner[number])
        for new, own in zip(groups, self.param_groups):
            new["params"] = own["params"]
            if "param_names" in own:
                new.setdefault("param_names", own["param_names"])
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in list(self._optimizer_load_state_dict_post_hooks.values()):
            hook(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in HOOKS:
            self.__dict__.setdefault(name, Hooks())
        self.defaults.setdefault("differentiable", False)
        added = {name: value for name, value in self._added.items() if name in self.defaults}
        for group in self.param_groups:
            for name, value in added.items():
                group.setdefault(name, value)
        for values in self.state.values():  # it was a plain number once
            if self._added and "step" in values and not isinstance(values["step"], Tensor):
                values["step"] = from_array(np.array(values["step"], scalar_dtype().np))


def _suited(p: Tensor, value: Any, group: dict[str, Any], key: Any = None) -> Any:
    """A value of the state in the parameter's dtype and on its device, inside containers too."""
    if isinstance(value, Tensor):
        if key == "step":
            counted = group.get("capturable") or group.get("fused")
            return value.to(dtype=dtypes.float32, device=p.device) if counted else value  # type: ignore[attr-defined]
        return value.to(dtype=p.dtype if p.is_floating_point() else value.dtype, device=p.device)  # type: ignore[attr-defined]
    if isinstance(value, dict):
        return {name: _suited(p, inner, group, name) for name, inner in value.items()}
    if isinstance(value, Iterable):
        return type(value)(_suited(p, inner, group) for inner in value)  # type: ignore[call-arg]
    return value
