"""Writing pickles with PyTorch's names in them, and reading those that one trusts."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from types import FunctionType
from typing import Any

from . import _utils, dtypes
from .devices import device
from .parameter import Parameter
from .storage import TypedStorage, UntypedStorage
from .tensor import Size, Tensor
from .unpickling import KNOWN, StorageType

_HERE = __package__ or ""
_NAMES: dict[Any, tuple[str, str]] = {
    **{function: ("torch._utils", function.__name__) for function in _utils.REBUILD},
    _utils._rebuild_from_type_v2: ("torch._tensor", "_rebuild_from_type_v2"),
    Size: ("torch", "Size"),
    Tensor: ("torch", "Tensor"),
    Parameter: ("torch.nn.parameter", "Parameter"),
    device: ("torch", "device"),
    UntypedStorage: ("torch.storage", "UntypedStorage"),
    TypedStorage: ("torch.storage", "TypedStorage"),
}


class Name:
    """Written as a global of this name."""

    def __init__(self, module: str, name: str) -> None:
        self.pair = module, name


class Pickler(pickle._Pickler):  # type: ignore[name-defined]  # the one in Python: a name must be writable that nobody can import
    """Writes tensors as PyTorch does. storages: what to write for a storage (`persistent_id`)."""

    def __init__(self, file: Any, protocol: int, storages: Callable[[TypedStorage], Any]) -> None:
        super().__init__(file, protocol)
        self.storages = storages

    def persistent_id(self, obj: Any) -> Any:
        return self.storages(obj) if isinstance(obj, UntypedStorage) else None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            return _utils.reduced(obj) if type(obj).__reduce_ex__ is Tensor.__reduce_ex__ else NotImplemented
        if isinstance(obj, Size):
            return Size, (tuple(obj),)
        if isinstance(obj, device):
            return device, (obj.type,) if obj.index is None else (obj.type, obj.index)
        if getattr(type(obj), "_reduced_by_name", False):
            return _as_pytorch_has_it(object.__reduce_ex__(obj, max(self.proto, 2)))
        return NotImplemented

    def save(self, obj: Any, save_persistent_id: bool = True) -> Any:
        if type(obj) is dtypes.dtype:
            return self._write_name(obj, "torch", obj.name)
        if type(obj) is Name:
            return self._write_name(obj, *obj.pair)
        return super().save(obj, save_persistent_id)

    def save_global(self, obj: Any, name: str | None = None) -> Any:
        try:
            known = _NAMES.get(obj)
        except TypeError:
            known = None
        module = getattr(obj, "__module__", None) or ""
        if known is None and (module == _HERE or module.startswith((_HERE + ".", "torch."))):
            known = "torch" + module.removeprefix(_HERE).removeprefix("torch"), name or obj.__qualname__
        if known is None:
            local = name or getattr(obj, "__qualname__", "")
            if "<locals>" in local:
                raise AttributeError(f"Can't pickle local object '{local}'")
            return super().save_global(obj, name)
        return self._write_name(obj, *known)

    def _write_name(self, obj: Any, module: str, name: str) -> None:
        known = self.memo.get(id(obj))
        if known is not None:
            self.write(self.get(known[0]))
            return
        self.write(b"c" + module.encode() + b"\n" + name.encode() + b"\n")
        self.memoize(obj)

    dispatch = {**pickle._Pickler.dispatch, FunctionType: lambda self, obj: self.save_global(obj)}  # type: ignore[attr-defined]


_HOOKS = [
    "_backward_pre_hooks",
    "_backward_hooks",
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_state_dict_hooks",
    "_state_dict_pre_hooks",
    "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
]


def _as_pytorch_has_it(made: Any) -> Any:
    """A module's state with the empty tables of hooks that PyTorch's modules carry about."""
    state = made[2] if isinstance(made, tuple) and len(made) > 2 else None
    if not isinstance(state, dict) or "_parameters" not in state:
        return made
    bare = {key: value for key, value in state.items() if key != "_sites"}
    return *made[:2], {**{name: OrderedDict() for name in _HOOKS}, "_is_full_backward_hook": None, **bare}, *made[3:]


class Unpickler(pickle.Unpickler):
    """Reads what it is trusted with: a pickle may do anything. `torch.x` is the core's own."""

    def __init__(self, file: Any, persistent_load: Callable[[Any], Any], **options: Any) -> None:
        super().__init__(file, **options)
        self._stored = persistent_load

    def persistent_load(self, pid: Any) -> Any:
        return self._stored(pid)

    def find_class(self, module: str, name: str) -> Any:
        known = KNOWN.get(f"{module}.{name}")
        if known is not None and not module.startswith(("builtins", "_codecs")):
            return known
        if module == "torch" or module.startswith("torch."):
            return _utils.named(module, name)
        return super().find_class(module, name)


__all__ = ["Name", "Pickler", "StorageType", "Unpickler"]
