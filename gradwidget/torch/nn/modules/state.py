"""A module's state as a dictionary, and a dictionary back into a module."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...grad_mode import no_grad
from ...parameter import Parameter
from ...tensor import Tensor


class _Keys(NamedTuple):
    missing_keys: list[str]
    unexpected_keys: list[str]


class IncompatibleKeys(_Keys):
    """What `load_state_dict` did not find, and what it found too much of."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

    __str__ = __repr__


class State:
    """What `Module` can say about its values, by dotted path."""

    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]

    def _own_state(self) -> Iterator[tuple[str, Any]]:
        for name, p in self._parameters.items():
            if p is not None:
                yield name, p
        for name, b in self._buffers.items():
            if b is not None and name not in self._non_persistent_buffers_set:
                yield name, b

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> dict[str, Tensor]:
        """Parameters and persistent buffers by path. The tensors are detached but *share memory* with the module.

        >>> list(nn.Linear(1, 1).state_dict())
        ['weight', 'bias']
        """
        out = OrderedDict() if destination is None else destination
        for name, t in self._own_state():
            out[prefix + name] = t if keep_vars else t.detach()
        for name, child in self._modules.items():
            if child is not None:
                child.state_dict(destination=out, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return out

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy values into this module's tensors (or, with `assign`, put the given tensors in their place).

        strict: keys must match exactly. Raises RuntimeError that names every key which is missing, too many, or of
        another shape.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        missing: list[str] = []
        unexpected: list[str] = []
        problems: list[str] = []
        self._load(dict(state_dict), "", assign, missing, unexpected, problems)
        if strict:
            for kind, keys in (("Unexpected", unexpected), ("Missing", missing)):
                if keys:
                    problems.insert(
                        0,
                        f"{kind} key(s) in state_dict: {', '.join(f'{k!r}'.replace(chr(39), chr(34)) for k in keys)}. ",
                    )
        if problems:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(problems))
        return IncompatibleKeys(missing, unexpected)

    def _load(
        self, given: dict[str, Any], prefix: str, assign: bool, missing: list, unexpected: list, problems: list
    ) -> None:
        own = dict(self._own_state())
        for name, t in own.items():
            key = prefix + name
            if key not in given:
                missing.append(key)
            elif problem := self._take(name, t, key, given[key], assign):
                problems.append(problem)
        for key in given:
            first, dot, _ = key[len(prefix) :].partition(".")
            if first not in (self._modules if dot else own):
                unexpected.append(key)
        for name, child in self._modules.items():
            if child is not None:
                path = f"{prefix}{name}."
                below = {k: v for k, v in given.items() if k.startswith(path)}
                child._load(below, path, assign, missing, unexpected, problems)

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
