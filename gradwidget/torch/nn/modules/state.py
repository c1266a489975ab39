"""A module's state as a dictionary, and a dictionary back into a module.

Each module saves and loads its own part (`_save_to_state_dict`, `_load_from_state_dict`), which layers override; the walk
over the tree, the hooks and the errors are here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ...grad_mode import no_grad
from ...graph import Hooks, RemovableHandle
from ...parameter import Parameter
from ...tensor import Tensor

EXTRA = "_extra_state"


class _Keys(NamedTuple):
    missing_keys: list[str]
    unexpected_keys: list[str]


class _IncompatibleKeys(_Keys):
    """What `load_state_dict` did not find, and what it found too much of."""

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()


def _quoted(keys: list[str]) -> str:
    return ", ".join(f'"{k}"' for k in keys)


class State:
    """What `Module` can say about its values, by dotted path."""

    _version = 1
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]
    _state_hooks: dict[str, Hooks] | None = None  # made with the first of them

    # ---- hooks

    def _hook_on_state(self, site: str, hook: Callable[..., Any]) -> RemovableHandle:
        if self._state_hooks is None:
            self.__dict__["_state_hooks"] = {}
        return self._state_hooks.setdefault(site, Hooks()).add(hook)  # type: ignore[union-attr]

    def _run_state_hooks(self, site: str) -> list[Callable[..., Any]]:
        return list(self._state_hooks[site].values()) if self._state_hooks and site in self._state_hooks else []

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` after `state_dict` has filled in this module's part."""
        return self._hook_on_state("saved", hook)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        return self._hook_on_state("saved with answer", hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before `state_dict` is made."""
        return self._hook_on_state("saving", hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)` first."""
        return self._hook_on_state("loading", lambda *args: hook(self, *args))

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        return self._hook_on_state("loading", (lambda *args: hook(self, *args)) if with_module else hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` when this module and those below are loaded."""
        return self._hook_on_state("loaded", hook)

    # ---- out

    def get_extra_state(self) -> Any:
        """What a subclass wants kept besides tensors."""
        raise RuntimeError(
            "Reached a code path in Module.get_extra_state() that should never be called. "
            "Please file an issue at https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug."
        )

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` gave."""
        raise RuntimeError(
            "Reached a code path in Module.set_extra_state() that should never be called. "
            "Please file an issue at https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug."
        )

    def _own_state(self) -> Iterator[tuple[str, Any]]:
        for name, p in self._parameters.items():
            if p is not None:
                yield name, p
        for name, b in self._buffers.items():
            if b is not None and name not in self._non_persistent_buffers_set:
                yield name, b

    def _has_extra(self, name: str) -> bool:
        return getattr(type(self), name) is not getattr(State, name)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """This module's own tensors, without those of its children."""
        for name, t in self._own_state():
            destination[prefix + name] = t if keep_vars else t.detach()
        if self._has_extra("get_extra_state"):
            destination[prefix + EXTRA] = self.get_extra_state()

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """Parameters and persistent buffers by path. The tensors are detached but *share memory* with the module.

        >>> list(nn.Linear(1, 1).state_dict())
        ['weight', 'bias']
        """
        destination, prefix, keep_vars = (*args, *(destination, prefix, keep_vars)[len(args) :])
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local
        for hook in self._run_state_hooks("saving"):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, child in self._modules.items():
            if child is not None:
                child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in self._run_state_hooks("saved"):
            if hook(self, destination, prefix, local) is not None:
                raise RuntimeError("state_dict post-hook must return None")
        for hook in self._run_state_hooks("saved with answer"):
            answer = hook(self, destination, prefix, local)
            destination = destination if answer is None else answer
        return destination

    # ---- in

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> _IncompatibleKeys:
        """Copy values into this module's tensors (or, with `assign`, put the given tensors in their place).

        strict: keys must match exactly. Raises RuntimeError that names every key which is missing, too many, or of
        another shape.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        missing: list[str] = []
        unexpected: list[str] = []
        problems: list[str] = []
        metadata = getattr(state_dict, "_metadata", None)
        given: Any = OrderedDict(state_dict)
        if metadata is not None:
            given._metadata = metadata
        _load(self, given, "", metadata or {}, assign, missing, unexpected, problems)
        if strict:
            if unexpected:
                problems.insert(0, f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
            if missing:
                problems.insert(0, f"Missing key(s) in state_dict: {_quoted(missing)}. ")
        if problems:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(problems))
        return _IncompatibleKeys(missing, unexpected)

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """This module's own tensors, without those of its children. `error_msgs` gets a line for each that does not fit."""
        for hook in self._run_state_hooks("loading"):
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        own = dict(self._own_state())
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, t in own.items():
            key = prefix + name
            if key in state_dict:
                problem = self._take(name, t, key, state_dict[key], assign)
                if problem:
                    error_msgs.append(problem)
            elif strict:
                missing_keys.append(key)
        extra = prefix + EXTRA
        if self._has_extra("set_extra_state"):
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if not strict:
            return
        for key in state_dict:
            if key.startswith(prefix) and key != extra:
                first, dot, _ = key[len(prefix) :].partition(".")
                if first not in (self._modules if dot else own):
                    unexpected_keys.append(key)

    def _take(self, name: str, t: Any, key: str, value: Any, assign: bool) -> str | None:
        """Put one value in its place; what is wrong with it, if something is."""
        if not isinstance(value, Tensor):
            return (
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object '
                f"from checkpoint but received {type(value)}"
            )
        if t._a.ndim == 0 and value._a.shape == (1,):
            value = value[0]  # type: ignore[index]  # files of old versions
        if value.shape != t.shape:
            return (
                f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "
                f"the shape in current model is {t.shape}."
            )
        with no_grad():
            if not assign:
                t.copy_(value)
            elif isinstance(t, Parameter) and not isinstance(value, Parameter):
                setattr(self, name, Parameter(value, requires_grad=t.requires_grad))
            else:
                setattr(self, name, value)
        return None


def _load(
    module: Any,
    given: dict[str, Any],
    prefix: str,
    metadata: dict[str, Any],
    assign: bool,
    missing: list[str],
    unexpected: list[str],
    problems: list[str],
) -> None:
    local = dict(metadata.get(prefix[:-1], {}))
    if assign:
        local["assign_to_params_buffers"] = True
    module._load_from_state_dict(given, prefix, local, True, missing, unexpected, problems)
    for name, child in module._modules.items():
        if child is not None:
            path = f"{prefix}{name}."
            below: Any = OrderedDict((k, v) for k, v in given.items() if k.startswith(path))
            _load(child, below, path, metadata, assign, missing, unexpected, problems)
    answer = _IncompatibleKeys(missing, unexpected)
    for hook in module._run_state_hooks("loaded"):
        if hook(module, answer) is not None:
            raise AssertionError(
                "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, "
                "if incompatible_keys need to be modified, it should be done inplace."
            )
