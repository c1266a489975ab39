"""Batch, layer and group normalisation: minus the mean, over the standard deviation, then scaled and shifted.

With x̂ = (x - mean) · r, r = 1 / √(variance + eps), y = x̂ · w + b, and means taken over what is normalised together:

    ∂x = r · (g·w - mean(g·w) - x̂ · mean(g·w · x̂)),  ∂w = Σ g · x̂,  ∂b = Σ g

(Ioffe & Szegedy 2015, "Batch Normalization", section 3; Ba et al. 2016, "Layer Normalization".)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..counted import Write
from ..tensor import Tensor, from_array
from .both import array
from .registry import OPS, function_of, public, record


def _vector(name: str, given: Any, count: int) -> None:
    if given is not None and given.shape != (count,):
        raise RuntimeError(f"{name} should contain {count} elements not {given.size}")


def _float(name: str, x: np.ndarray) -> None:
    if x.dtype.kind != "f":
        from ..dtypes import OF_NUMPY

        raise NotImplementedError(f"\"{name}\" not implemented for '{OF_NUMPY[x.dtype].legacy.partition('Tensor')[0]}'")


def _across(v: Any, ndim: int) -> Any:
    """A value per channel, to be combined with (batch, channels, ...)."""
    return v.reshape(1, -1, *(1,) * (ndim - 2))


def _channel_sum(x: np.ndarray) -> np.ndarray:
    """Per channel of (batch, channels, ...)."""
    if x.ndim == 2:
        return np.ones(x.shape[0], x.dtype) @ x  # quicker than a sum over rows
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:])).sum(2).sum(0)


def _channel_products(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The sum of x · y per channel."""
    if x.ndim == 2:
        return _channel_sum(x * y)
    shape = (*x.shape[:2], math.prod(x.shape[2:]))
    return np.einsum("ncl,ncl->c", x.reshape(shape), y.reshape(shape))


# ---- batch normalisation


def _batch_norm(
    x: np.ndarray,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
) -> Any:
    """y, and of training the mean and 1 / √(variance + eps) of each channel."""
    _float("batch_norm", x)
    count = x.shape[1]
    if not training:
        scale = 1 / np.sqrt(running_var + x.dtype.type(eps))
        mean, saved = running_mean, np.empty(0, x.dtype)
        centred = None
    else:
        n = x.size // count if count else 0
        mean = _channel_sum(x) / x.dtype.type(n or 1)
        centred = x - _across(mean, x.ndim)
        variance = _channel_products(centred, centred) / x.dtype.type(n or 1)
        scale = r = 1 / np.sqrt(variance + x.dtype.type(eps))
    if weight is not None:
        scale = scale * weight
    if centred is None:
        y = x * _across(scale, x.ndim)
        y += _across((0 if bias is None else bias) - mean * scale, x.ndim)
        return y, saved, saved
    np.multiply(centred, _across(scale, x.ndim), out=centred)
    if bias is not None:
        centred += _across(bias, x.ndim)
    return centred, mean, r


def _batch_shared(grad: Any, input: Any, running_mean: Any, running_var: Any, result1: Any, result2: Any, training: bool, eps: float) -> Any:  # fmt: skip
    """r per channel, x - mean, Σ g and Σ g · x̂."""
    if isinstance(grad, Tensor):
        others = [d for d in range(input.dim()) if d != 1]  # type: ignore[attr-defined]
        if training:
            centred = input - input.mean(others, keepdim=True)
            r = ((centred * centred).mean(others) + eps).rsqrt()
        else:
            centred = input - _across(running_mean, input.dim())  # type: ignore[attr-defined]
            r = (running_var + eps).rsqrt()
        return r, centred, grad.sum(others), (grad * centred).sum(others) * r  # type: ignore[attr-defined]
    mean, r = (result1, result2) if training else (running_mean, 1 / np.sqrt(running_var + input.dtype.type(eps)))
    centred = input - _across(mean, input.ndim)
    return r, centred, _channel_sum(grad), _channel_products(grad, centred) * r


def _batch_input(grad: Any, shared: Any, weight: Any, training: bool) -> Any:
    r, centred, total, along = shared
    ndim = len(grad.shape)
    scale = _across(r if weight is None else r * weight, ndim)
    if not training:
        return grad * scale
    n = math.prod(grad.shape) // max(grad.shape[1], 1)
    if isinstance(grad, Tensor):
        return (grad - _across(total, ndim) / n - centred * _across(r * along, ndim) / n) * scale
    out = centred * _across(r * along / -n, ndim).astype(grad.dtype, copy=False)
    out += grad
    out -= _across(total / n, ndim).astype(grad.dtype, copy=False)
    return np.multiply(out, scale, out=out)


record(
    "native_batch_norm",
    _batch_norm,
    "input, weight=None, bias=None, running_mean=None, running_var=None, training=False, momentum=0.1, eps=1e-5",
    tensors=("input", "weight", "bias", "running_mean", "running_var"),
    methods=(),
    outputs=3,
    shared=_batch_shared,
    input=_batch_input,
    weight=lambda shared: shared[3],
    bias=lambda shared: shared[2],
)


def _or_none(t: Any) -> Any:
    return None if t is None else t._a


def _normalised(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float, eps: float
) -> Any:
    """`native_batch_norm` with its checks, and the running statistics brought on."""
    if not isinstance(input, Tensor):
        raise TypeError(f"batch_norm(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    x = input._a
    if x.ndim < 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-max(x.ndim, 1)}, {max(x.ndim, 1) - 1}], but got 1)"
        )
    count = x.shape[1]
    for name, given in (("running_mean", running_mean), ("running_var", running_var)):
        if given is None and not training:
            raise RuntimeError(f"{name} must be defined in evaluation mode")
        _vector(name, _or_none(given), count)
    _vector("weight", _or_none(weight), count)
    _vector("bias", _or_none(bias), count)
    if not x.size:  # nothing to normalise, nothing to learn from
        out = input.clone()  # type: ignore[attr-defined]
        if weight is not None:
            out = out * weight[0]
        if bias is not None:
            out = out + bias[0]
        return out, *(from_array(np.zeros(count, x.dtype)) for _ in range(2))
    out = function_of(OPS["native_batch_norm"])(input, weight, bias, running_mean, running_var, training, momentum, eps)
    if training and running_mean is not None:
        n = x.size // max(count, 1)
        variance = out[2]._a.astype(np.float64) ** -2 - eps
        news = out[1]._a, variance * (n / max(n - 1, 1))
        for t, new in zip((running_mean, running_var), news):
            if t is not None:  # the version stays, as in PyTorch: what another call saved is not spoilt
                with Write("copy_", t, (out[1],), versions=0) as a:
                    a[...] = momentum * new + (1 - momentum) * a
    return out


@public("native_batch_norm", method=False)
def native_batch_norm(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float, eps: float
) -> Any:
    """Batch normalisation with what it saves: (y, mean, 1 / standard deviation)."""
    return _normalised(input, weight, bias, running_mean, running_var, training, momentum, eps)


@public(method=False)
def batch_norm(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float, eps: float, cudnn_enabled: bool
) -> Tensor:  # fmt: skip
    """Each channel of (batch, channels, ...) normalised over all the rest, or by its running statistics."""
    return _normalised(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]  # type: ignore[no-any-return]


@public(method=False)
def instance_norm(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, use_input_stats: bool, momentum: float, eps: float, cudnn_enabled: bool
) -> Tensor:  # fmt: skip
    """Each channel of each example normalised on its own: batch normalisation of one example with a channel for each pair."""
    if use_input_stats is False and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    batch, count = input.shape[:2]
    means, variances = (None if t is None else t.detach().repeat(batch) for t in (running_mean, running_var))
    weights, biases = (None if t is None else t.repeat(batch) for t in (weight, bias))
    rows = input.contiguous().view(1, batch * count, *input.shape[2:])
    out = _normalised(rows, weights, biases, means, variances, use_input_stats, momentum, eps)[0]
    for t, new in ((running_mean, means), (running_var, variances)):
        if t is not None and use_input_stats:
            with Write("copy_", t, (new,)) as a:
                a[...] = new._a.reshape(batch, count).mean(0)
    return out.view(input.shape)  # type: ignore[no-any-return]


# ---- layer and group normalisation: rows are normalised


def _rows(x: np.ndarray, length: int, eps: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x̂ in rows of `length`, the mean and 1 / √(variance + eps) of each."""
    rows = x.reshape(-1, length) if length else x.reshape(x.size, 0)
    mean = rows.mean(1, keepdims=True) if length else np.full((len(rows), 1), np.nan, x.dtype)
    out = rows - mean
    variance = np.einsum("ij,ij->i", out, out)[:, None] / x.dtype.type(max(length, 1))
    r = 1 / np.sqrt(variance + x.dtype.type(eps))
    out *= r
    return out, mean, r


def _layer_norm(x: np.ndarray, normalized_shape: tuple[int, ...], weight: Any, bias: Any, eps: float) -> Any:
    _float("LayerNormKernelImpl", x)
    out, mean, r = _rows(x, math.prod(normalized_shape), eps)
    out = out.reshape(x.shape)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    small = (*x.shape[: x.ndim - len(normalized_shape)], *(1,) * len(normalized_shape))
    return out, mean.reshape(small), r.reshape(small)


def _layer_shared(
    grad: Any, input: Any, normalized_shape: tuple[int, ...], result1: Any, result2: Any, eps: float
) -> Any:
    """x̂, and r; on tensors with the history that a second derivative needs."""
    if isinstance(grad, Tensor):
        dims = list(range(-len(normalized_shape), 0))
        centred = input - input.mean(dims, keepdim=True)
        r = ((centred * centred).mean(dims, keepdim=True) + eps).rsqrt()
        return centred * r, r
    out = input - result1
    out *= result2
    return out, result2


def _layer_input(grad: Any, shared: Any, weight: Any, normalized_shape: tuple[int, ...]) -> Any:
    normal, r = shared
    if weight is not None:
        grad = grad * weight
    if isinstance(grad, Tensor):
        dims = list(range(-len(normalized_shape), 0))
        along = (grad * normal).mean(dims, keepdim=True)  # type: ignore[attr-defined]
        return r * (grad - grad.mean(dims, keepdim=True) - normal * along)  # type: ignore[attr-defined]
    length = math.prod(normalized_shape)
    if not grad.size:
        return np.zeros(grad.shape, grad.dtype)
    g, x = grad.reshape(-1, length), normal.reshape(-1, length)
    along = np.einsum("ij,ij->i", g, x)[:, None] / -g.dtype.type(length)
    out = x * along
    out += g
    out -= g.mean(1, keepdims=True)
    out *= r.reshape(-1, 1)
    return out.reshape(grad.shape)


def _over_rows(x: Any, normalized_shape: tuple[int, ...]) -> Any:
    """The sum over what is not normalised together."""
    if isinstance(x, Tensor):
        return x.reshape(-1, *normalized_shape).sum(0)  # type: ignore[attr-defined]
    rows = x.reshape(-1, math.prod(normalized_shape))
    return (np.ones(len(rows), rows.dtype) @ rows).reshape(normalized_shape)


record(
    "native_layer_norm",
    _layer_norm,
    "input, normalized_shape, weight=None, bias=None, eps=1e-5",
    tensors=("input", "weight", "bias"),
    methods=(),
    outputs=3,
    shared=_layer_shared,
    input=_layer_input,
    weight=lambda grad, shared, normalized_shape: _over_rows(grad * shared[0], normalized_shape),
    bias=lambda grad, normalized_shape: _over_rows(grad, normalized_shape),
)


def _checked_shape(input: Any, normalized_shape: Any, weight: Any, bias: Any) -> tuple[int, ...]:
    shape = tuple(normalized_shape) if isinstance(normalized_shape, (list, tuple)) else (int(normalized_shape),)
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []"
        )
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and tuple(given.shape) != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(given.shape)} and normalized_shape = {list(shape)}"
            )
    if tuple(input.shape[-len(shape) :]) != shape or input.dim() < len(shape):
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*, {', '.join(map(str, shape))}], but got input of size{list(input.shape)}"
        )
    return shape


@public(method=False)
def native_layer_norm(input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    """Layer normalisation with what it saves: (y, mean, 1 / standard deviation)."""
    shape = _checked_shape(input, normalized_shape, weight, bias)
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
    _float("GroupNormKernelImpl", x)
    out, mean, r = _rows(x, C // group * HxW, eps)
    out = out.reshape(x.shape)
    if weight is not None:
        out *= _across(weight, x.ndim)
    if bias is not None:
        out += _across(bias, x.ndim)
    return out, mean.reshape(N, group), r.reshape(N, group)


def _group_shared(grad: Any, input: Any, result1: Any, result2: Any, N: int, group: int, eps: float) -> Any:
    """x̂ and r in rows that are normalised together."""
    rows = input.reshape(N * group, math.prod(input.shape) // max(N * group, 1))
    if isinstance(grad, Tensor):
        centred = rows - rows.mean(1, keepdim=True)
        r = ((centred * centred).mean(1, keepdim=True) + eps).rsqrt()
        return centred * r, r
    r = result2.reshape(-1, 1)
    return (rows - result1.reshape(-1, 1)) * r, r


def _group_input(grad: Any, shared: Any, weight: Any) -> Any:
    normal, r = shared
    g = (grad if weight is None else grad * _across(weight, len(grad.shape))).reshape(normal.shape)
    along = (g * normal).mean(1).reshape(-1, 1)
    return (r * (g - g.mean(1).reshape(-1, 1) - normal * along)).reshape(grad.shape)


def _over_channels(x: Any) -> Any:
    if not isinstance(x, Tensor):
        return _channel_sum(x)
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
    weight=lambda grad, shared: _over_channels(grad * shared[0].reshape(grad.shape)),
    bias=lambda grad: _over_channels(grad),
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
        if given is not None and tuple(given.shape) != (C,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape {list(given.shape)} and input of shape {list(input.shape)}"
            )
    size = math.prod(input.shape[2:])
    return function_of(OPS["native_group_norm"])(input.contiguous(), weight, bias, N, C, size, num_groups, eps)[0]  # type: ignore[no-any-return]


@public(method=False)
def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Tensor:
    """The last dimensions divided by the root of their mean square (Zhang & Sennrich 2019)."""
    shape = tuple(normalized_shape)
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []"
        )
    if weight is not None and tuple(weight.shape) != shape:
        raise RuntimeError(
            f"Expected weight to be of same shape as normalized_shape, but got weight of shape {list(weight.shape)} and normalized_shape = {list(shape)}"
        )
    if tuple(input.shape[-len(shape) :]) != shape or input.dim() < len(shape):
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*{', '.join(map(str, shape))}], but got input of size{list(input.shape)}"
        )
    if eps is None:
        eps = float(np.finfo(array(input).dtype).eps)
    mean = input.pow(2).mean(list(range(-len(shape), 0)), keepdim=True)
    out = input * (mean + eps).rsqrt()
    return out if weight is None else out * weight  # type: ignore[no-any-return]
