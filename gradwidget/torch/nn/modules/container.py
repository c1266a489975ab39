"""Modules that hold modules, numbered in order."""

from __future__ import annotations

import operator
import warnings
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .module import Module, framed, indented


class _Numbered(Module):
    """Children in order; their names are numbers unless they were given others."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]

    def _key(self, i: Any) -> str:
        raise NotImplementedError

    def __setitem__(self, i: int, module: Module) -> None:
        setattr(self, self._key(i), module)

    def __delitem__(self, i: Any) -> None:
        for key in list(self._modules)[i] if isinstance(i, slice) else [self._key(i)]:
            delattr(self, key)
        self._modules = {str(at): module for at, module in enumerate(self)}

    def append(self, module: Module) -> Any:
        """Put a module at the end and return self."""
        self.add_module(str(len(self)), module)
        return self

    def pop(self, key: Any) -> Any:
        """Take a module out and return it."""
        module = self[key]
        del self[key]
        return module

    def __getitem__(self, i: Any) -> Any:
        return self._modules[self._key(i)]

    def _make_room(self, index: int) -> None:
        for i in range(len(self._modules), index, -1):
            self._modules[str(i)] = self._modules[str(i - 1)]


class Sequential(_Numbered):
    """Modules one after the other: each is called with what the one before answered.

    >>> net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            named: Iterable[tuple[str, Any]] = modules[0].items()
        else:
            named = ((str(i), module) for i, module in enumerate(modules))
        for name, module in named:
            self.add_module(name, module)

    def _get_item_by_idx(self, iterator: Iterable[Any], idx: Any) -> Any:
        """The idx-th of as many things as there are modules."""
        size, idx = len(self), operator.index(idx)
        if not -size <= idx < size:
            raise IndexError(f"index {idx} is out of range")
        return list(iterator)[idx]

    def _key(self, i: Any) -> str:
        return self._get_item_by_idx(self._modules, i)  # type: ignore[no-any-return]

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return type(self)(OrderedDict(list(self._modules.items())[i]))
        return super().__getitem__(i)

    def extend(self, sequential: Iterable[Module]) -> Any:
        """Put modules at the end and return self."""
        for module in sequential:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Any:
        """Put a module before the one at `index`, and return self."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        size = len(self)
        if not -size <= index <= size:
            raise IndexError(f"Index out of range: {index}")
        index += size if index < 0 else 0
        self._make_room(index)
        self._modules[str(index)] = module
        return self

    @staticmethod
    def _no_sequence(other: Any) -> ValueError:
        return ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")

    def __add__(self, other: Any) -> Sequential:
        if not isinstance(other, Sequential):
            raise self._no_sequence(other)
        return Sequential(*self, *other)

    def __iadd__(self, other: Any) -> Any:
        if not isinstance(other, Sequential):
            raise self._no_sequence(other)
        return self.extend(list(other))

    def _check_times(self, times: Any) -> None:
        if not isinstance(times, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(times)}")
        if times <= 0:
            raise ValueError(f"Non-positive multiplication factor {times} for {type(self)}")

    def __mul__(self, times: int) -> Sequential:
        self._check_times(times)
        return Sequential(*list(self) * times)

    def __rmul__(self, times: int) -> Sequential:
        return self * times

    def __imul__(self, times: int) -> Any:
        self._check_times(times)
        return self.extend(list(self) * (times - 1))

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)
        return input


class ModuleList(_Numbered):
    """A list of modules that are registered; what is done with them is up to `forward` of the module around it."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self += modules  # type: ignore[misc]

    def _get_abs_string_index(self, idx: Any) -> str:
        """A position, which may count from the end, as the name of a child."""
        idx = operator.index(idx)
        if not -len(self) <= idx < len(self):
            raise IndexError(f"index {idx} is out of range")
        return str(idx + len(self) if idx < 0 else idx)

    def _key(self, i: Any) -> str:
        return self._get_abs_string_index(i)

    def __getitem__(self, i: Any) -> Any:
        return type(self)(list(self)[i]) if isinstance(i, slice) else super().__getitem__(i)

    def extend(self, modules: Iterable[Module]) -> Any:
        """Put modules at the end and return self."""
        if not isinstance(modules, Iterable):
            raise TypeError("ModuleList.extend should be called with an iterable, but got " + type(modules).__name__)
        offset = len(self)
        for i, module in enumerate(modules):
            self.add_module(str(offset + i), module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Put a module before the one at `index`."""
        self._make_room(index)
        self._modules[str(index)] = module

    def __iadd__(self, modules: Iterable[Module]) -> Any:
        return self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __repr__(self) -> str:
        """Equal neighbours stand on one line: `(0-2): 3 x Linear(...)`."""
        runs: list[tuple[str, int]] = []
        for text in map(repr, self):
            if runs and runs[-1][0] == text:
                runs[-1] = (text, runs[-1][1] + 1)
            else:
                runs.append((text, 1))
        lines, at = [], 0
        for text, count in runs:
            where = f"({at}): " if count == 1 else f"({at}-{at + count - 1}): {count} x "
            lines.append(where + indented(text))
            at += count
        return framed(self._get_name(), [], lines)


class ModuleDict(Module):
    """Modules by name, in the order in which they came."""

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def update(self, modules: Any) -> None:
        """Add modules from a dictionary or from pairs."""
        for name, module in pairs(modules, "ModuleDict", "ModuleDict"):
            self[name] = module

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()

    def pop(self, key: str) -> Any:
        """Take a module out and return it."""
        module = self[key]
        del self[key]
        return module

    def __getitem__(self, name: str) -> Any:
        return self._modules[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, module)

    def __delitem__(self, name: str) -> None:
        del self._modules[name]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def keys(self) -> Any:
        return self._modules.keys()

    def values(self) -> Any:
        return self._modules.values()

    def items(self) -> Any:
        return self._modules.items()


def pairs(given: Any, who: str, whose: str) -> Iterable[tuple[str, Any]]:
    """Names and values from a dictionary or from pairs. Raises TypeError or ValueError for what is neither."""
    if not isinstance(given, Iterable):
        raise TypeError(
            f"{who}.update should be called with an iterable of key/value pairs, but got " + type(given).__name__
        )
    if isinstance(given, (Mapping, ModuleDict)):
        yield from given.items()
        return
    for j, pair in enumerate(given):
        if not isinstance(pair, Iterable):
            raise TypeError(f"{whose} update sequence element #{j} should be Iterable; is" + type(pair).__name__)
        name_and_value = tuple(pair)
        if len(name_and_value) != 2:
            raise ValueError(f"{whose} update sequence element #{j} has length {len(name_and_value)}; 2 is required")
        yield name_and_value


class Container(Module):
    """The oldest container: modules by keyword. Deprecated, as in PyTorch."""

    def __init__(self, **modules: Any) -> None:
        super().__init__()
        warnings.warn(
            "nn.Container is deprecated. All of it's functionality is now implemented in nn.Module. Subclass that instead.",
            FutureWarning,
            stacklevel=2,
        )
        for name, module in modules.items():
            self.add_module(name, module)


def __getattr__(name: str) -> Any:
    """PyTorch keeps the containers of parameters here as well."""
    if name in ("ParameterList", "ParameterDict"):
        from . import parameters

        return getattr(parameters, name)
    raise AttributeError(f"module 'torch.nn.modules.container' has no attribute '{name}'")
