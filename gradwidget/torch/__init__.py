"""Tensors and autograd with PyTorch's names, semantics, messages and printing, on NumPy.

>>> from gradwidget import torch
>>> x = torch.tensor([1., 2.], requires_grad=True)
>>> (x * x).sum().backward()
>>> x.grad
tensor([2., 4.])
"""

from __future__ import annotations

import math
import warnings as _warnings
from typing import Any as _Any

from . import dtypes as _dtypes
from .anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
from .devices import device
from .dtypes import (
    bool_ as bool,
)
from .dtypes import (
    cdouble,
    cfloat,
    complex64,
    complex128,
    double,
    dtype,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    int8,
    int16,
    int32,
    int64,
    long,
    promote_types,
    set_default_dtype,
    short,
    uint8,
    uint16,
    uint32,
    uint64,
)
from .dtypes import float_ as float
from .dtypes import int_ as int
from .grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .homes import HOMES as _HOMES
from .layouts import strided
from .limits import finfo, iinfo
from .tensor import Size, Tensor
from .torch_version import __version__

from . import ops as _ops  # isort: skip
from .legacy import TYPES as _legacy_types
from .ops.ask import allclose, bincount, can_cast, equal, is_tensor, isclose, numel, result_type
from .ops.convert import channels_last, channels_last_3d, contiguous_format, memory_format, preserve_format
from .ops.creation import (
    arange,
    as_tensor,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    logspace,
    ones,
    ones_like,
    scalar_tensor,
    tensor,
    zeros,
    zeros_like,
)
from .ops.draws import (
    bernoulli,
    manual_seed,
    normal,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
)
from .ops.masked import masked_fill
from .ops.matrix import matmul, outer
from .ops.pointwise import clamp, div
from .ops.pointwise import pow as pow
from .ops.pointwise import where_ as where
from .ops.shape import broadcast_tensors, cat, hstack, meshgrid, stack, vstack
from .ops.view_history import as_strided
from .printing import get_printoptions, printoptions, set_printoptions
from .random import Generator, default_generator, get_rng_state, initial_seed, seed, set_rng_state

from . import autograd, cuda  # isort: skip

for _made in (allclose, as_strided, clamp, div, equal, isclose, masked_fill, matmul, outer, pow):
    _ops.registry.as_function(_made)

globals().update(_legacy_types)
concat = concatenate = cat
clip = clamp
divide = true_divide = div
inf, nan, pi, e, newaxis = math.inf, math.nan, math.pi, math.e, None

# numpy warns where PyTorch quietly answers inf or nan
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"gradwidget\.torch")

_FROM_METHODS = frozenset(
    [
        "add",
        "sub",
        "subtract",
        "mul",
        "multiply",
        "abs",
        "absolute",
        "neg",
        "negative",
        "sum",
        "mean",
        "prod",
        "max",
        "min",
        "var",
        "std",
        "norm",
        "squeeze",
        "unsqueeze",
        "transpose",
        "permute",
        "reshape",
        "flatten",
        "ravel",
        "unflatten",
        "movedim",
        "moveaxis",
        "unbind",
        "split",
        "chunk",
        "narrow",
        "select",
        "swapaxes",
        "swapdims",
        "t",
        "unfold",
        "clone",
        "square",
        "flip",
        "tile",
        "scatter",
        "gather",
        "nonzero",
        "detach",
        "sort",
        "argsort",
        "topk",
        "median",
        "unique",
        "logical_not",
        "sigmoid_",
        "expand_as",
        "ger",
        "view_as_real",
        "numel",
        "is_floating_point",
        "is_complex",
        "is_signed",
        "get_device",
    ]
)


_FUNCTIONAL = frozenset(  # torch.nn.functional has them too
    [
        "adaptive_avg_pool1d",
        "adaptive_max_pool1d",
        "alpha_dropout",
        "avg_pool1d",
        "conv1d",
        "conv2d",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "conv_transpose3d",
        "cosine_similarity",
        "dropout",
        "feature_alpha_dropout",
        "max_pool1d",
        "max_pool1d_with_indices",
        "max_pool2d",
        "max_pool3d",
        "pairwise_distance",
    ]
)


def __getattr__(name: str) -> _Any:
    """Functions that are a method's twin, and ops not used yet."""
    import importlib.util

    if (not name.startswith("_") or name in ("__config__", "_C")) and importlib.util.find_spec(
        f"{__name__}.{name}"
    ) is not None:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _HOMES:
        globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        return globals()[name]
    if name == "vmap":
        from .func import vmap

        return vmap
    if name in _ops.registry.LATE:
        _ops.registry.import_family(_ops.registry.LATE[name])
    if name in _ops.registry.FUNCTIONS:
        globals()[name] = _ops.registry.as_function(_ops.registry.FUNCTIONS[name])
        return globals()[name]
    if name in _FUNCTIONAL:
        return getattr(importlib.import_module(f"{__name__}.nn.functional"), name)
    found: _Any = None
    if name in _ops.registry.OPS and (
        name in _ops.registry._methods
        and (name in _FROM_METHODS or name not in Tensor.__dict__ or name in _ops.registry.LATE)
    ):
        found = getattr(Tensor, name, None) or _ops.registry.function_of(_ops.registry.OPS[name])
    elif (
        name in _FROM_METHODS
        or name in _ops.registry.LATE
        or name in _ops.registry.OPS
        or (name.endswith("_") and name[:-1] in _ops.registry.OPS)
    ):
        found = getattr(Tensor, name, None)
    if found is None or name.startswith("_"):
        raise AttributeError(
            f"gradwidget.torch has no '{name}'. It holds the part of PyTorch that lessons on autograd use; real PyTorch has the rest."
        )
    globals()[name] = _ops.registry.as_function(found)
    return found
