"""What distributions share: parameters made tensors of one shape, and probabilities as logits and back."""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np

from .. import dtypes
from ..ops.registry import OPS, function_of
from ..ops.shape import broadcast_tensors
from ..tensor import Tensor, from_array

EULER = 0.57721566490153286060


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """Numbers and tensors as tensors of one shape."""
    if not all(isinstance(v, (Tensor, Number)) for v in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    kind = next((v.dtype for v in values if isinstance(v, Tensor)), dtypes.get_default_dtype())
    made = [v if isinstance(v, Tensor) else from_array(np.array(v, kind.np)) for v in values]
    return tuple(broadcast_tensors(*made))


def all_numbers(*values: Any) -> bool:
    return all(isinstance(v, Number) for v in values)


def clamp_probs(probs: Any) -> Any:
    eps = float(np.finfo(probs._a.dtype).eps)
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """log p, or log (p / (1 - p)) of two outcomes."""
    p = clamp_probs(probs)
    return p.log() - (-p).log1p() if is_binary else p.log()


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    return logits.sigmoid() if is_binary else logits.softmax(-1)


class lazy_property:
    """Computed when first asked for, and kept."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        from ..grad_mode import enable_grad

        with enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


def sum_rightmost(value: Any, dim: int) -> Any:
    return value if dim == 0 else value.reshape(*value.shape[: value.dim() - dim], -1).sum(-1)


def standard_normal(shape: Any, like: Any) -> Any:
    """Standard normal numbers of the dtype of `like`."""
    from ..ops.creation import ones, zeros
    from ..ops.draws import normal

    made = {"dtype": like.dtype, "device": like.device}
    return normal(zeros(*shape, **made), ones(*shape, **made)) if shape else normal(zeros((), **made), ones((), **made))


def uniform(shape: Any, like: Any) -> Any:
    from ..ops.draws import rand

    return rand(tuple(shape), dtype=like.dtype, device=like.device)


def op(name: str) -> Any:
    from ..ops import fills  # noqa: F401  (declares the samplers)

    return function_of(OPS[name])


def function(name: str) -> Any:
    """A function of `torch` that is imported when first used."""
    from ..ops.registry import FUNCTIONS, LATE, import_family

    if name not in FUNCTIONS:
        import_family(LATE[name])
    return FUNCTIONS[name]


_sum_rightmost, _standard_normal = sum_rightmost, standard_normal  # as libraries built on PyTorch import them
