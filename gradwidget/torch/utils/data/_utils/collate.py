"""Samples into a batch, however they are nested."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from .... import dtypes
from ....ops.creation import as_tensor, tensor
from ....ops.shape import stack
from ....tensor import Tensor

Table = dict[Any, Callable[..., Any]]

np_str_obj_array_pattern = re.compile(r"[SaUO]")  # arrays of these can be no tensor
default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)


def default_convert(data: Any) -> Any:
    """Arrays and NumPy numbers inside `data` as tensors; all else stays what it is.

    >>> default_convert([np.zeros(2), "a"])
    [tensor([0., 0.], dtype=torch.float64), 'a']
    """
    if isinstance(data, Tensor):
        return data
    if isinstance(data, (np.ndarray, np.generic)) and type(data).__name__ != "str_":
        if isinstance(data, np.ndarray) and np_str_obj_array_pattern.search(data.dtype.str):
            return data
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _same_mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, tuple):
        return [default_convert(x) for x in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _same_sequence(data, [default_convert(x) for x in data])
    return data


def _same_mapping(like: Any, items: dict[Any, Any]) -> Any:
    """Items in a mapping of the same type, or in a dictionary where that type is not made from one."""
    try:
        if not isinstance(like, MutableMapping):
            return type(like)(items)
        twin = copy.copy(like)
        twin.update(items)
        return twin
    except TypeError:
        return items


def _same_sequence(like: Any, items: list[Any]) -> Any:
    try:
        if not isinstance(like, MutableSequence):
            return type(like)(items)
        twin = copy.copy(like)
        for i, item in enumerate(items):
            twin[i] = item
        return twin
    except TypeError:
        return items


def collate(batch: Any, *, collate_fn_map: Table | None = None) -> Any:
    """A list of samples as one sample of batches: sequences and mappings are gone into, and what `collate_fn_map` knows the
    type of is handed to its function. Raises TypeError for what is neither."""
    first = batch[0]
    kind = type(first)
    table = collate_fn_map or {}
    if kind in table:
        return table[kind](batch, collate_fn_map=collate_fn_map)
    for known, function in table.items():
        if isinstance(first, known):
            return function(batch, collate_fn_map=collate_fn_map)

    def together(samples: Any) -> Any:
        return collate(samples, collate_fn_map=collate_fn_map)

    if isinstance(first, Mapping):
        return _same_mapping(first, {key: together([sample[key] for sample in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*(together(samples) for samples in zip(*batch)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [together(samples) for samples in zip(*batch)]
        return columns if isinstance(first, tuple) else _same_sequence(first, columns)
    raise TypeError(default_collate_err_msg_format.format(kind))


def collate_tensor_fn(batch: Any, *, collate_fn_map: Table | None = None) -> Tensor:
    return stack(batch if isinstance(batch, (list, tuple)) else list(batch), 0)


def collate_numpy_array_fn(batch: Any, *, collate_fn_map: Table | None = None) -> Any:
    if np_str_obj_array_pattern.search(batch[0].dtype.str):
        raise TypeError(default_collate_err_msg_format.format(batch[0].dtype))
    return collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Iterable[Any], *, collate_fn_map: Table | None = None) -> Tensor:
    return as_tensor(list(batch))


def collate_float_fn(batch: Iterable[Any], *, collate_fn_map: Table | None = None) -> Tensor:
    return tensor(list(batch), dtype=dtypes.float64)


def collate_int_fn(batch: Iterable[Any], *, collate_fn_map: Table | None = None) -> Tensor:
    return tensor(list(batch))


def collate_str_fn(batch: Any, *, collate_fn_map: Table | None = None) -> Any:
    return batch


default_collate_fn_map: Table = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def default_collate(batch: Any) -> Any:
    """Tensors, arrays and numbers stacked along a new first dimension, inside lists, tuples and dictionaries too.

    >>> default_collate([(1, torch.zeros(2)), (2, torch.ones(2))])
    [tensor([1, 2]), tensor([[0., 0.],
            [1., 1.]])]
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)
