"""Numbers of classes and of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops import embedding as table
from ...ops import embedding_bag as bags
from ...ops.creation import arange
from ...ops.registry import OPS, function_of
from ...tensor import Tensor, from_array


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Class numbers as rows with a single 1."""
    a = tensor._a
    if a.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not a.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return from_array(np.zeros((*a.shape, num_classes), np.int64))
    if a.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    count = num_classes if num_classes != -1 else int(a.max()) + 1
    if a.max() >= count:
        raise RuntimeError("Class values must be smaller than num_classes.")
    rows = from_array((a[..., None] == np.arange(count)).astype(np.int64))
    rows._version_counter().version = 2  # PyTorch fills with zeros, then scatters the ones
    return rows


def _padding(padding_idx: int, rows: int) -> int:
    if not -rows <= padding_idx < rows:
        raise AssertionError("Padding_idx must be within num_embeddings")
    return padding_idx % rows


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of a table by their numbers. The row `padding_idx` gets no gradient; `max_norm` shortens long rows, in place."""
    if sparse:
        raise NotImplementedError(
            "gradwidget has no sparse gradients: use real PyTorch for embeddings with sparse=True"
        )
    if not isinstance(input, Tensor):
        raise TypeError(f"embedding(): argument 'indices' (position 2) must be Tensor, not {type(input).__name__}")
    padding = -1 if padding_idx is None else _padding(padding_idx, weight.size(0))
    if max_norm is not None:
        input = input.contiguous()  # type: ignore[attr-defined]
        table.embedding_renorm_(weight, input, max_norm, norm_type)
    return function_of(OPS["embedding"])(weight, input, padding, scale_grad_by_freq, False)  # type: ignore[no-any-return]


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The rows of each bag as one: their sum, mean or greatest. input: (bags, size), or all in a row with `offsets`."""
    if sparse:
        raise NotImplementedError(
            "gradwidget has no sparse gradients: use real PyTorch for embeddings with sparse=True"
        )
    modes = {"sum": 0, "mean": 1, "max": 2}
    if mode not in modes:
        raise ValueError("mode has to be one of sum, mean or max")
    if per_sample_weights is not None and input.size() != per_sample_weights.size():
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, "
            f"then it must have the same shape as the input ({input.shape})"
        )
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. "
                f"However, found offsets of type {type(offsets)}"
            )
        offsets = arange(0, input.numel(), input.size(1) or 1, device=input.device)
        input = input.reshape(-1)
        if per_sample_weights is not None:
            per_sample_weights = per_sample_weights.reshape(-1)
    elif input.dim() == 1:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if offsets.dim() != 1:
            raise ValueError("offsets has to be a 1D Tensor")
        if include_last_offset:
            offsets = offsets[:-1]
    else:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' "
            f"(got mode='{mode}'). Please open a feature request on GitHub."
        )
    if max_norm is not None:
        table.embedding_renorm_(weight, input, max_norm, norm_type)
    padding = None if padding_idx is None else _padding(padding_idx, weight.size(0))
    return bags.embedding_bag(  # type: ignore[no-any-return]
        weight, input, offsets, scale_grad_by_freq, modes[mode], False, per_sample_weights, False, padding
    )[0]
