"""Batch and instance normalisation: minus the mean, over the standard deviation, then scaled and shifted.

With x̂ = (x - mean) · r, r = 1 / √(variance + eps), y = x̂ · w + b, and means taken over what is normalised together:

    ∂x = r · (g·w - mean(g·w) - x̂ · mean(g·w · x̂)),  ∂w = Σ g · x̂,  ∂b = Σ g

(Ioffe & Szegedy 2015, "Batch Normalization", section 3; Ba et al. 2016, "Layer Normalization".)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import watch
from ..counted import Write
from ..errors import not_a_tensor
from ..grad_mode import is_recording
from ..sums import ones
from ..tensor import Tensor, from_array
from .both import cast
from .registry import OPS, function_of, public, record


def floats_only(name: str, x: np.ndarray) -> None:
    if x.dtype.kind not in "fV":
        from ..dtypes import OF_NUMPY

        raise NotImplementedError(f"\"{name}\" not implemented for '{OF_NUMPY[x.dtype].legacy.partition('Tensor')[0]}'")


def wide(a: Any) -> Any:
    """float16 and bfloat16 as float32, to compute with."""
    return a if a is None or a.dtype.itemsize != 2 else a.astype(np.float32)


def across(v: Any, ndim: int) -> Any:
    """A value per channel, to be combined with (batch, channels, ...)."""
    return v if ndim == 2 else v.reshape(1, -1, *(1,) * (ndim - 2))


def channel_sum(x: np.ndarray) -> np.ndarray:
    """Per channel of (batch, channels, ...)."""
    if x.ndim == 2:
        return ones(x.shape[0], x.dtype).dot(x)
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:])).sum(2).sum(0)


def _channel_products(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The sum of x · y per channel."""
    if x.ndim == 2:
        return channel_sum(x * y)
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
    """y, and of training the mean and 1 / √(variance + eps) of each channel. Training moves the running statistics."""
    floats_only("batch_norm", x)
    if x.dtype.itemsize == 2:
        return _of_half(x, weight, bias, running_mean, running_var, training, momentum, eps)
    ndim = x.ndim
    if not training:
        scale = 1 / np.sqrt(running_var + x.dtype.type(eps))
        if weight is not None:
            scale = scale * weight
        y = x * across(scale, ndim)
        y += across((0 if bias is None else bias) - running_mean * scale, ndim)
        nothing = np.empty(0, x.dtype)
        return y, nothing, nothing
    n = x.size // x.shape[1]
    mean = channel_sum(x)
    mean /= n
    y = x - across(mean, ndim)
    variance = _channel_products(y, y)
    variance /= n
    if running_mean is not None:
        running_mean *= 1 - momentum
        running_mean += momentum * mean
    if running_var is not None:
        running_var *= 1 - momentum
        running_var += (momentum * n / max(n - 1, 1)) * variance
    variance += eps
    r = 1 / np.sqrt(variance)
    y *= across(r if weight is None else r * weight, ndim)
    if bias is not None:
        y += across(bias, ndim)
    return y, mean, r


def _of_half(x: np.ndarray, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float, eps: float) -> Any:  # fmt: skip
    """The same in float32: the result rounded as the input is, the numbers about it as the parameters are, before the result is
    made of them."""
    mean, var = wide(running_mean), wide(running_var)
    y, *saved = _batch_norm(wide(x), wide(weight), wide(bias), mean, var, training, momentum, eps)
    if training:
        for t, moved in zip((running_mean, running_var), (mean, var)):
            if t is not None:
                t[...] = moved
    kind = next((t.dtype for t in (weight, bias, running_mean, running_var) if t is not None), x.dtype)
    saved = [t.astype(kind) for t in saved]
    if training:
        mean, r = (wide(t) for t in saved)
        scale = r if weight is None else r * wide(weight)
        y = wide(x) * across(scale, x.ndim) + across((0 if bias is None else wide(bias)) - mean * scale, x.ndim)
    return y.astype(x.dtype), *saved


def _batch_shared(grad: Any, input: Any, running_mean: Any, running_var: Any, result1: Any, result2: Any, training: bool, eps: float) -> Any:  # fmt: skip
    """r per channel, x - mean, Σ g and Σ g · x̂."""
    if isinstance(grad, Tensor):
        others = [d for d in range(input.dim()) if d != 1]  # type: ignore[attr-defined]
        if training:
            centred = input - input.mean(others, keepdim=True)
            r = ((centred * centred).mean(others) + eps).rsqrt()
        else:
            centred = input - across(running_mean, input.dim())  # type: ignore[attr-defined]
            r = (running_var + eps).rsqrt()
        return r, centred, grad.sum(others), (grad * centred).sum(others) * r  # type: ignore[attr-defined]
    mean, r = (result1, result2) if training else (running_mean, 1 / np.sqrt(running_var + input.dtype.type(eps)))
    centred = input - across(mean, input.ndim)
    return r, centred, channel_sum(grad), _channel_products(grad, centred) * r


def _batch_input(grad: Any, shared: Any, weight: Any, training: bool) -> Any:
    r, centred, total, along = shared
    ndim = len(grad.shape)
    scale = r if weight is None else r * weight
    if not training:
        return grad * across(scale, ndim)
    n = math.prod(grad.shape) // max(grad.shape[1], 1)
    if isinstance(grad, Tensor):
        return (grad - across(total, ndim) / n - centred * across(r * along, ndim) / n) * across(scale, ndim)
    out = grad * across(scale, ndim)
    share = scale / -n
    centred *= across(share * r * along, ndim)
    centred += across(share * total, ndim)
    out += centred
    return out


for _name, _node in (
    ("native_batch_norm", "NativeBatchNormBackward0"),
    ("_native_batch_norm_legit", "NativeBatchNormLegitBackward0"),
    ("_native_batch_norm_legit_no_stats", "NativeBatchNormLegitBackward1"),
    ("_batch_norm_with_update", "BatchNormWithUpdateBackward0"),
):
    record(
        _name,
        _batch_norm,
        "input, weight=None, bias=None, running_mean=None, running_var=None, training=False, momentum=0.1, eps=1e-5",
        tensors=("input", "weight", "bias", "running_mean", "running_var"),
        node=_node,
        methods=(),
        outputs=3,
        shared=_batch_shared,
        input=_batch_input,
        weight=lambda shared, weight_dtype: cast(shared[3], weight_dtype),
        bias=lambda shared, bias_dtype: cast(shared[2], bias_dtype),
    )


def fits(name: str, given: Any, x: np.ndarray, count: int) -> None:
    """Refuse a value per channel of another number, or of another type than the input."""
    v = given._a
    if v.size != count:
        raise RuntimeError(f"{name} should contain {count} elements not {v.size}")
    if v.dtype != x.dtype:
        same_kind(v, x)


def same_kind(v: np.ndarray, x: np.ndarray) -> None:
    """Parameters have the type of the input; those of float16 and bfloat16 may be float32."""
    if v.dtype != x.dtype and x.dtype.kind in "fV" and not (x.dtype.itemsize == 2 and v.dtype == np.float32):
        from ..dtypes import OF_NUMPY

        raise RuntimeError(
            f"mixed dtype (CPU): expect parameter to have scalar type of {OF_NUMPY[x.dtype].legacy.removesuffix('Tensor')}"
        )


def _statistics_fit(running_mean: Any, running_var: Any, training: bool, x: np.ndarray, count: int) -> None:
    for name, given in (("running_mean", running_mean), ("running_var", running_var)):
        if given is not None:
            fits(name, given, x, count)
            if given._node is not None and x.size and is_recording():
                raise RuntimeError(
                    f"The function 'native_batch_norm' is not differentiable with respect to argument '{name}'. "
                    "This input cannot have requires_grad True."
                )
        elif not training:
            raise RuntimeError(f"{name} must be defined in evaluation mode")


def _normalised(*arguments: Any) -> Any:
    return normalised_as("native_batch_norm", *arguments)


def normalised_as(
    op: str,
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
) -> Any:
    """`native_batch_norm` with its checks, under the name of an op that has its own node."""
    if not isinstance(input, Tensor):
        raise not_a_tensor("batch_norm", "input", 1, input)
    x = input._a
    count = x.shape[1] if x.ndim > 1 else 0
    if not training or running_mean is not None or running_var is not None:
        _statistics_fit(running_mean, running_var, training, x, count)
    if weight is not None:
        fits("weight", weight, x, count)
        weight = weight if weight._a.ndim == 1 else weight.reshape(-1)
    if bias is not None:
        fits("bias", bias, x, count)
        bias = bias if bias._a.ndim == 1 else bias.reshape(-1)
    if not x.size:  # nothing to normalise, nothing to learn from
        out = input.clone()  # type: ignore[attr-defined]
        if weight is not None:
            out = out * weight[0]
        if bias is not None:
            out = out + bias[0]
        return out, *(from_array(np.zeros(count, x.dtype)) for _ in range(2))
    results = function_of(OPS[op])(input, weight, bias, running_mean, running_var, training, momentum, eps)
    if watch.listener is not None and training:
        for t in (running_mean, running_var):
            if t is not None:  # written by the kernel; the version stays, as in PyTorch: what was saved is not spoilt
                with Write("copy_", t, (results[1],), versions=0):
                    pass
    return results


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
