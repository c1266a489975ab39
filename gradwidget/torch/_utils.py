"""What files of tensors call to make them again; the names are part of the format that PyTorch writes and reads."""

from __future__ import annotations

import importlib
from collections import OrderedDict
from typing import Any

import numpy as np

from . import devices, dtypes
from .graph import LEAF
from .parameter import Parameter
from .storage import Counter, TypedStorage, UntypedStorage, window
from .tensor import Size, Tensor, new


def _seat(
    cls: type[Tensor], a: np.ndarray, offset: int, size: tuple[int, ...], stride: tuple[int, ...], grad: bool
) -> Any:
    t = new(cls)
    t._a = window(a, tuple(size), tuple(stride), offset)
    t._v = Counter()
    t._v.version = 1  # PyTorch seats an empty tensor on the storage, which is a write
    t._node = LEAF if grad else None
    return t


def _within(a: np.ndarray, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> None:
    """Refuse a window that reaches out of its storage: a file may say anything."""
    whole = (offset, *size, *stride) if isinstance(size, tuple) and isinstance(stride, tuple) else (None,)
    if not all(type(n) is int and n >= 0 for n in whole) or len(size) != len(stride):
        raise RuntimeError(f"a tensor cannot have offset {offset}, size {size} and stride {stride}")
    if 0 in size:
        return
    reach = (offset + sum((n - 1) * step for n, step in zip(size, stride)) + 1) * a.itemsize
    if reach > a.nbytes:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize {a.itemsize} "
            f"requiring a storage size of {reach} are out of bounds for storage of size {a.nbytes}"
        )


def _rebuild_tensor(storage: Any, storage_offset: int, size: Any, stride: Any) -> Tensor:
    if not isinstance(storage, UntypedStorage):
        raise RuntimeError(f"a tensor is made of a storage, not of {type(storage).__name__}")
    whole = storage._flat() if isinstance(storage, TypedStorage) else storage._root
    _within(whole, storage_offset, size, stride)
    return _seat(Tensor, whole, storage_offset, size, stride, False)


def _rebuild_tensor_v2(
    storage: Any,
    storage_offset: int,
    size: Any,
    stride: Any,
    requires_grad: bool,
    backward_hooks: Any,
    metadata: Any = None,
) -> Tensor:
    t = _rebuild_tensor(storage, storage_offset, size, stride)
    t._node = LEAF if requires_grad else None
    if metadata and metadata.get("conj"):
        return t.conj()
    return -t if metadata and metadata.get("neg") else t


def _rebuild_tensor_v3(
    storage: Any,
    storage_offset: int,
    size: Any,
    stride: Any,
    requires_grad: bool,
    backward_hooks: Any,
    dtype: Any,
    metadata: Any = None,
) -> Tensor:
    """Of bytes, with the dtype beside them: what has no storage type of its own."""
    typed = TypedStorage(storage._root.view(dtype.np))
    return _rebuild_tensor_v2(typed, storage_offset, size, stride, requires_grad, backward_hooks, metadata)


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Parameter:
    return Parameter(data, requires_grad)


def _rebuild_parameter_with_state(data: Tensor, requires_grad: bool, backward_hooks: Any, state: Any) -> Parameter:
    return _with_state(Parameter(data, requires_grad), state)


def _rebuild_from_type_v2(func: Any, new_type: Any, args: Any, state: Any) -> Any:
    """A tensor of a subclass, or with attributes of its own."""
    if func not in REBUILD:
        raise RuntimeError(f"{func} makes no tensors")
    t = func(*args)
    if type(t) is not new_type:
        t.__class__ = new_type
    return _with_state(t, state)


def _with_state(t: Any, state: Any) -> Any:
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    for name, value in {**(attributes or {}), **(slots or {})}.items():
        if name.startswith("_"):  # what a tensor keeps for itself is no business of files
            raise RuntimeError(f"a file cannot set '{name}' of a tensor")
        setattr(t, name, value)
    return t


UNTYPED = ("uint16", "uint32", "uint64")  # dtypes whose storages files have as bytes

REBUILD = {
    _rebuild_tensor,
    _rebuild_tensor_v2,
    _rebuild_tensor_v3,
    _rebuild_parameter,
    _rebuild_parameter_with_state,
}


# ---- taking things apart


def attributes_of(t: Tensor) -> dict[str, Any]:
    """What the program hung on a tensor."""
    return {name: value for name, value in t.__dict__.items() if not name.startswith("_")}


def reduced(t: Tensor) -> tuple[Any, ...]:
    """A tensor as PyTorch's files have it: a function of a storage and of what is seen of it."""
    attributes = attributes_of(t)
    grad = t._node is not None
    none: OrderedDict[Any, Any] = OrderedDict()
    if isinstance(t, Parameter):
        plain = new(Tensor)
        plain._a, plain._v, plain._node = t._a, None, None
        if type(t) is Parameter and not attributes:
            return _rebuild_parameter, (plain, grad, none)
        args: tuple[Any, ...] = (plain, grad, none)
        if type(t) is Parameter:
            return _rebuild_parameter_with_state, (*args, attributes)
        return _rebuild_from_type_v2, (_rebuild_parameter, type(t), args, attributes)
    untyped = t.dtype.name in UNTYPED
    storage = t.untyped_storage() if untyped else t.storage()
    args = (storage, t.storage_offset(), tuple(t._a.shape), t.stride(), grad, none)
    rebuild: Any = _rebuild_tensor_v2
    if untyped:
        rebuild, args = _rebuild_tensor_v3, (*args, t.dtype)
    if type(t) is Tensor and not attributes:
        return rebuild, args
    return _rebuild_from_type_v2, (rebuild, type(t), args, attributes)


def shared(t: Tensor) -> tuple[Any, ...]:
    """A tensor for Python's own pickle and for `copy.copy`: with the array that it is a window on."""
    whole = UntypedStorage(t._a)._root
    if not whole.flags.forc or whole.itemsize != t._a.itemsize:
        whole = np.array(t._a)
        place: tuple[Any, ...] = (0, whole.shape, tuple(s // whole.itemsize for s in whole.strides))
    else:
        place = (t.storage_offset(), tuple(t._a.shape), t.stride())
    where = None if t.is_cpu else str(t.device)
    plain = whole if where is None else whole.view(np.ndarray)
    cls = type(t)
    own = cls.__module__ == "torch" or cls.__module__.startswith("torch.")
    name: Any = (cls.__module__, cls.__qualname__) if own else cls
    return share, (name, plain, str(t._a.dtype), place, t._node is not None, where), attributes_of(t) or None


def share(cls: Any, whole: np.ndarray, dtype: str, place: tuple[Any, ...], requires_grad: bool, device: Any) -> Tensor:
    """What `shared` names. cls: a class, or the names of the module and the class that PyTorch has it by."""
    if isinstance(cls, tuple):
        cls = named(*cls)
    if device is not None:
        whole = whole.view(devices.array_class(devices.device(device)))
    held = dtypes.named(dtype).np
    if whole.dtype != held:
        whole = whole.view(held)
    offset, size, stride = place
    return _seat(cls, whole, offset, size, stride, requires_grad)


def core(module: str) -> str:
    """Where the core keeps what PyTorch keeps in `torch.x`.

    >>> core("torch.nn.modules.linear")
    'gradwidget.torch.nn.modules.linear'
    """
    return __package__ + module.removeprefix("torch")


def named(module: str, name: str) -> Any:
    """The core's own thing of a name in PyTorch. Raises ImportError or AttributeError where it has none."""
    found: Any = importlib.import_module(core(module))
    for part in name.split("."):
        found = getattr(found, part)
    return found


def make(module: str, name: str) -> Any:
    """An empty object of one of the core's classes, which bear PyTorch's names."""
    cls = named(module, name)
    return cls.__new__(cls)


__all__ = ["Size", "make", "named", "reduced", "share", "shared"]
