"""Layer, group and RMS normalisation: rows are brought to mean 0 and variance 1, each by its own numbers.

The formulas are those of `normalization`, with means taken over rows (Ba et al. 2016, "Layer Normalization";
Wu & He 2018, "Group Normalization").
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from ..errors import not_a_tensor
from ..sums import ones
from ..tensor import Tensor
from .both import array, cast
from .normalization import across, floats_only, same_kind, wide
from .registry import OPS, function_of, public, record


def _moments(rows: np.ndarray, eps: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows minus their means, the means, and 1 / √(variance + eps)."""
    length = rows.shape[1]
    if not length:
        return rows, np.full(len(rows), np.nan, rows.dtype), np.full(len(rows), np.nan, rows.dtype)
    mean = rows.dot(ones(length, rows.dtype))
    mean /= length
    centred = rows - mean[:, None]
    variance = np.vecdot(centred, centred)
    variance /= length
    variance += eps
    return centred, mean, 1 / np.sqrt(variance)


def _layer_norm(x: np.ndarray, normalized_shape: tuple[int, ...], weight: Any, bias: Any, eps: float) -> Any:
    floats_only("LayerNormKernelImpl", x)
    if x.dtype.itemsize == 2:
        return _half(x, weight, _layer_norm(wide(x), normalized_shape, wide(weight), wide(bias), eps))
    out, mean, r = _moments(x.reshape(-1, math.prod(normalized_shape)) if x.size else x.reshape(0, 1), eps)
    out *= r[:, None]
    out = out.reshape(x.shape)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    small = (*x.shape[: x.ndim - len(normalized_shape)], *(1,) * len(normalized_shape))
    if not x.size:
        mean = r = np.full(small, np.nan, x.dtype)
    return out, mean.reshape(small), r.reshape(small)


def _half(x: np.ndarray, weight: Any, results: Any) -> Any:
    """Rounded back: the result as the input, the numbers about it as the parameters."""
    out, mean, r = results
    kind = x.dtype if weight is None else weight.dtype
    return out.astype(x.dtype), mean.astype(kind), r.astype(kind)


def _layer_shared(
    grad: Any, input: Any, normalized_shape: tuple[int, ...], result1: Any, result2: Any, eps: float
) -> Any:
    """On arrays the rows of the gradient and of the input, their products, mean and r; on tensors x̂ and r, with the
    history that a second derivative needs."""
    if isinstance(grad, Tensor):
        dims = list(range(-len(normalized_shape), 0))
        centred = input - input.mean(dims, keepdim=True)
        r = ((centred * centred).mean(dims, keepdim=True) + eps).rsqrt()
        return centred * r, r
    length = math.prod(normalized_shape) if input.size else 1
    g, x = wide(grad).reshape(-1, length), wide(input).reshape(-1, length)
    return g, x, g * x, wide(result1).reshape(-1), wide(result2).reshape(-1)


def _layer_input(grad: Any, shared: Any, weight: Any, normalized_shape: tuple[int, ...]) -> Any:
    if isinstance(grad, Tensor):
        normal, r = shared
        if weight is not None:
            grad = grad * weight
        dims = list(range(-len(normalized_shape), 0))
        along = (grad * normal).mean(dims, keepdim=True)  # type: ignore[attr-defined]
        return r * (grad - grad.mean(dims, keepdim=True) - normal * along)  # type: ignore[attr-defined]
    if not grad.size:
        return np.zeros(grad.shape, grad.dtype)
    g, x, products, mean, r = shared
    length = g.shape[1]
    w = ones(length, g.dtype) if weight is None else wide(weight).reshape(-1)
    total, along = g.dot(w), products.dot(w)
    total *= r / length
    slope = (total * mean - along * (r / length)) * (r * r)  # by which x counts: -r · mean(g·w · x̂) · r
    out = g * r[:, None]
    if weight is not None:
        out *= w
    out += x * slope[:, None]
    out -= (total + slope * mean)[:, None]
    return out.reshape(grad.shape).astype(grad.dtype, copy=False)


def _layer_weight(grad: Any, shared: Any, normalized_shape: tuple[int, ...], weight_dtype: Any) -> Any:
    if isinstance(grad, Tensor):
        return _over_rows(grad * shared[0], normalized_shape)
    if not grad.size:
        return np.zeros(normalized_shape, weight_dtype)
    g, _, products, mean, r = shared
    out = r.dot(products)
    out -= (r * mean).dot(g)
    return out.astype(weight_dtype, copy=False).reshape(normalized_shape)


def _over_rows(x: Any, normalized_shape: tuple[int, ...]) -> Any:
    """The sum over what is not normalised together."""
    if isinstance(x, Tensor):
        return x.reshape(-1, *normalized_shape).sum(0)  # type: ignore[attr-defined]
    if not x.size:
        return np.zeros(normalized_shape, x.dtype)
    rows = wide(x).reshape(-1, math.prod(normalized_shape))
    return ones(len(rows), rows.dtype).dot(rows).reshape(normalized_shape)


record(
    "native_layer_norm",
    _layer_norm,
    "input, normalized_shape, weight=None, bias=None, eps=1e-5",
    tensors=("input", "weight", "bias"),
    methods=(),
    outputs=3,
    shared=_layer_shared,
    input=_layer_input,
    weight=_layer_weight,
    bias=lambda grad, normalized_shape, bias_dtype: cast(_over_rows(grad, normalized_shape), bias_dtype),
)


def _checked_shape(name: str, input: Any, normalized_shape: Any) -> tuple[int, ...]:
    if not isinstance(input, Tensor):
        raise not_a_tensor(name, "input", 1, input)
    if not isinstance(normalized_shape, (list, tuple)):
        raise TypeError(
            f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not {type(normalized_shape).__name__}"
        )
    if not normalized_shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []"
        )
    return tuple(normalized_shape)


def _fits(name: str, given: Any, shape: tuple[int, ...]) -> None:
    if given._a.shape != shape:
        raise RuntimeError(
            f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(given._a.shape)} and normalized_shape = {list(shape)}"
        )


def _ends_with(x: np.ndarray, shape: tuple[int, ...], comma: str) -> None:
    if x.shape[-len(shape) :] != shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*{comma}{', '.join(map(str, shape))}], but got input of size{list(x.shape)}"
        )


@public(method=False)
def native_layer_norm(input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    """Layer normalisation with what it saves: (y, mean, 1 / standard deviation)."""
    shape = _checked_shape("layer_norm", input, normalized_shape)
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None:
            _fits(name, given, shape)
    x = input._a
    _ends_with(x, shape, ", ")
    for given in (weight, bias):
        if given is not None and given._a.dtype != x.dtype:
            same_kind(given._a, x)
    return function_of(OPS["native_layer_norm"])(input, shape, weight, bias, eps)


@public(method=False)
def layer_norm(
    input: Any,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """The last dimensions, of the given shape, normalised together."""
    return native_layer_norm(input, normalized_shape, weight, bias, eps)[0]  # type: ignore[no-any-return]


def _group_norm(x: np.ndarray, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int, eps: float) -> Any:
    floats_only("GroupNormKernelImpl", x)
    if x.dtype.itemsize == 2:
        return _half(x, weight, _group_norm(wide(x), wide(weight), wide(bias), N, C, HxW, group, eps))
    out, mean, r = _moments(x.reshape(N * group, C // group * HxW), eps)
    if weight is None:
        out *= r[:, None]
    else:
        out = out.reshape(N, C, HxW)
        out *= (r.reshape(N, group, 1) * weight.reshape(group, -1)).reshape(N, C, 1)
    if bias is not None:
        out = out.reshape(N, C, HxW)
        out += bias[:, None]
    return out.reshape(x.shape), mean.reshape(N, group), r.reshape(N, group)


def _group_shared(grad: Any, input: Any, result1: Any, result2: Any, N: int, C: int, group: int, eps: float) -> Any:
    """On tensors x̂ and r in rows that are normalised together. On arrays r and the mean (N, group, 1), and for each
    channel of each example Σ g and Σ g · (x - mean), both (N, group, channels of a group)."""
    length = math.prod(input.shape) // max(N * group, 1)
    if isinstance(grad, Tensor):
        rows = input.reshape(N * group, length)
        centred = rows - rows.mean(1, keepdim=True)
        r = ((centred * centred).mean(1, keepdim=True) + eps).rsqrt()
        return centred * r, r
    size = math.prod(input.shape[2:])
    g, x = wide(grad).reshape(N * C, size), wide(input).reshape(N * C, size)
    mean, r = (wide(v).reshape(N, group, 1) for v in (result1, result2))
    total = g.dot(ones(size, g.dtype)).reshape(N, group, -1)
    return r, mean, total, np.vecdot(g, x).reshape(N, group, -1) - total * mean


def _group_input(grad: Any, shared: Any, input: Any, weight: Any, group: int) -> Any:
    if isinstance(grad, Tensor):
        normal, r = shared
        g = (grad if weight is None else grad * across(weight, len(grad.shape))).reshape(normal.shape)
        along = (g * normal).mean(1).reshape(-1, 1)
        return (r * (g - g.mean(1).reshape(-1, 1) - normal * along)).reshape(grad.shape)
    if not grad.size:
        return np.zeros(grad.shape, grad.dtype)
    r, mean, total, along = shared
    if weight is not None:
        w = wide(weight).reshape(group, -1)
        total, along = total * w, along * w
    n, channels = grad.shape[:2]
    length = grad.size // (n * group)
    slope = along.sum(2, keepdims=True) * r**3 / -length
    shift = total.sum(2, keepdims=True) * r / -length - slope * mean
    scale = (np.broadcast_to(r, total.shape) if weight is None else r * w).reshape(n, channels, 1)
    out = wide(grad).reshape(n, channels, -1) * scale
    rows = out.reshape(n, group, length)
    rows += wide(input).reshape(n, group, length) * slope
    rows += shift
    return rows.reshape(grad.shape).astype(grad.dtype, copy=False)


def _group_weight(grad: Any, shared: Any, weight_dtype: Any) -> Any:
    if isinstance(grad, Tensor):
        return _over_channels(grad * shared[0].reshape(grad.shape))
    r, _, _, along = shared
    return (along * r).sum(0).reshape(-1).astype(weight_dtype, copy=False)


def _group_bias(grad: Any, shared: Any, bias_dtype: Any) -> Any:
    if isinstance(grad, Tensor):
        return _over_channels(grad)
    return shared[2].sum(0).reshape(-1).astype(bias_dtype, copy=False)


def _over_channels(x: Any) -> Any:
    return x.sum([d for d in range(x.dim()) if d != 1])  # type: ignore[attr-defined]


record(
    "native_group_norm",
    _group_norm,
    "input, weight=None, bias=None, N=1, C=1, HxW=1, group=1, eps=1e-5",
    tensors=("input", "weight", "bias"),
    methods=(),
    outputs=3,
    shared=_group_shared,
    input=_group_input,
    weight=_group_weight,
    bias=_group_bias,
)


@public(method=False)
def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, cudnn_enabled: bool = True
) -> Tensor:
    """The channels in groups, each group of each example normalised together."""
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    N, C = input.shape[:2]
    if C % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {list(input.shape)} and num_groups={num_groups}"
        )
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given._a.shape == (C,) and given._a.dtype != input._a.dtype:
            same_kind(given._a, input._a)
        if given is not None and tuple(given.shape) != (C,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape {[0] if weight is None else list(weight.shape)} and input of shape {list(input.shape)}"
            )
    size = math.prod(input.shape[2:])
    return function_of(OPS["native_group_norm"])(input.contiguous(), weight, bias, N, C, size, num_groups, eps)[0]  # type: ignore[no-any-return]


@public(method=False)
def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Tensor:
    """The last dimensions divided by the root of their mean square (Zhang & Sennrich 2019)."""
    shape = _checked_shape("rms_norm", input, normalized_shape)
    if weight is not None:
        _fits("weight", weight, shape)
    _ends_with(input._a, shape, "")
    if input._a.dtype.kind != "c":
        floats_only("rms_norm", input._a)
    low = input._a.dtype if input._a.dtype.itemsize == 2 else None  # computed in float32, as a whole
    if low is not None:
        input = input.to(dtypes.float32)
    if eps is None:
        eps = float(np.finfo(array(input).dtype).eps)
    mean = input.pow(2).mean(list(range(-len(shape), 0)), keepdim=True)
    out = input * (mean + eps).rsqrt()
    out = out if weight is None else out * weight
    return out if low is None else out.to(dtypes.OF_NUMPY[low])  # type: ignore[no-any-return]
