"""Convolution over any number of dimensions: patches laid out as columns, then one product of matrices per image.

NOTE [Three of a kind]  The output, the gradient of the input and the gradient of the weight are three linear functions,
each other's derivatives: y(x, w), x'(g, w), w'(x, g). So they are three ops, and convolution can be differentiated as
often as one likes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..dispatch import reduce_to
from ..tensor import Tensor
from .registry import OPS, function_of, record

Sizes = tuple[int, ...]

WHOLE = (slice(None), slice(None))  # all images, all channels


def _padded(x: np.ndarray, padding: Sizes) -> np.ndarray:
    if not any(padding):
        return x
    out = np.zeros_like(x, shape=(*x.shape[:2], *(n + 2 * p for n, p in zip(x.shape[2:], padding, strict=True))))
    out[WHOLE + tuple(slice(p, p + n) for n, p in zip(x.shape[2:], padding, strict=True))] = x
    return out


def _out_size(size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> Sizes:
    spans = zip(size, kernel, stride, padding, dilation, strict=True)
    return tuple([(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in spans])


def _columns(
    x: np.ndarray,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    groups: int,
    out: Sizes | None = None,
) -> np.ndarray:
    """Every patch under the kernel as a column: (images, groups, channels * kernel, places); `out` places if not all."""
    out = out or _out_size(x.shape[2:], kernel, stride, padding, dilation)
    x = _padded(x, padding)
    steps = x.strides[2:]
    along_kernel = [s * d for s, d in zip(steps, dilation, strict=True)]
    along_out = [s * t for s, t in zip(steps, stride, strict=True)]
    strides = (*x.strides[:2], *along_kernel, *along_out)
    patches = as_strided(x, (*x.shape[:2], *kernel, *out), strides, subok=True)
    return patches.reshape(x.shape[0], groups, x.shape[1] // groups * int(np.prod(kernel)), int(np.prod(out)))


def _output(x: np.ndarray, w: np.ndarray, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> np.ndarray:
    """y: what comes out for images x and kernels w."""
    kernel = w.shape[2:]
    columns = _columns(x, kernel, stride, padding, dilation, groups)
    y = np.matmul(w.reshape(groups, w.shape[0] // groups, -1), columns)
    return y.reshape(x.shape[0], w.shape[0], *_out_size(x.shape[2:], kernel, stride, padding, dilation))


def _input_grad(
    g: np.ndarray, w: np.ndarray, size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Any:
    """x': every output's gradient goes back to the patch that it came from; patches that overlap add up."""
    kernel, places = w.shape[2:], g.shape[2:]
    flat = g.reshape(g.shape[0], groups, g.shape[1] // groups, -1)
    columns = np.matmul(w.reshape(groups, w.shape[0] // groups, -1).swapaxes(1, 2), flat)
    columns = columns.reshape(g.shape[0], w.shape[1] * groups, *kernel, *places)
    x = np.zeros_like(g, shape=(*columns.shape[:2], *(n + 2 * p for n, p in zip(size, padding, strict=True))))
    for at in np.ndindex(*kernel):
        window = tuple(
            slice(i * d, i * d + (n - 1) * s + 1, s) for i, d, n, s in zip(at, dilation, places, stride, strict=True)
        )
        x[WHOLE + window] += columns[WHOLE + at]
    inside = tuple(slice(p, p + n) for n, p in zip(size, padding, strict=True))
    return x[WHOLE + inside].copy() if any(padding) else x


def _weight_grad(
    x: np.ndarray, g: np.ndarray, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Any:
    """w': every patch times the gradient of what came out of it, summed over places and images."""
    columns = _columns(x, kernel, stride, padding, dilation, groups, g.shape[2:])
    flat = g.reshape(g.shape[0], groups, g.shape[1] // groups, -1)
    w = np.matmul(flat, columns.swapaxes(2, 3)).sum(0)
    return w.reshape(g.shape[1], x.shape[1] // groups, *kernel)


# ---- the ops


def _op(name: str) -> Any:
    return function_of(OPS[name])


def _or(name: str, kernel: Any) -> Any:
    """A kernel on arrays, its op on tensors."""

    def either(a: Any, b: Any, *options: Any) -> Any:
        return _op(name)(a, b, *options) if isinstance(a, Tensor) else kernel(a, b, *options)

    return either


output = _or("_conv_output", _output)
input_grad = _or("_conv_input_grad", _input_grad)
weight_grad = _or("_conv_weight_grad", _weight_grad)

record(
    "_conv_output",
    _output,
    "input, weight, stride, padding, dilation, groups",
    node="ConvolutionBackward0",
    tensors=("input", "weight"),
    methods=(),
    holomorphic=True,
    input=lambda grad, input_shape, weight, stride, padding, dilation, groups: input_grad(
        grad, weight, input_shape[2:], stride, padding, dilation, groups
    ),
    weight=lambda grad, input, weight_shape, stride, padding, dilation, groups: weight_grad(
        input, grad, weight_shape[2:], stride, padding, dilation, groups
    ),
)
record(
    "_conv_input_grad",
    _input_grad,
    "g, weight, size, stride, padding, dilation, groups",
    node="ConvolutionBackwardBackward0",
    tensors=("g", "weight"),
    methods=(),
    holomorphic=True,
    g=lambda grad, weight, stride, padding, dilation, groups: output(grad, weight, stride, padding, dilation, groups),
    weight=lambda grad, g, weight_shape, stride, padding, dilation, groups: weight_grad(
        grad, g, weight_shape[2:], stride, padding, dilation, groups
    ),
)
record(
    "_conv_weight_grad",
    _weight_grad,
    "input, g, kernel, stride, padding, dilation, groups",
    node="ConvolutionBackwardBackward0",
    tensors=("input", "g"),
    methods=(),
    holomorphic=True,
    input=lambda grad, input_shape, g, stride, padding, dilation, groups: input_grad(
        g, grad, input_shape[2:], stride, padding, dilation, groups
    ),
    g=lambda grad, input, g_shape, stride, padding, dilation, groups: _cropped(
        output(input, grad, stride, padding, dilation, groups), g_shape
    ),
)


def _convolution(
    x: np.ndarray, w: np.ndarray, bias: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> np.ndarray:
    _check(x, w, bias, stride, padding, dilation, groups)
    y = _output(x, w, stride, padding, dilation, groups)
    if bias is not None:
        y += bias.reshape(-1, *(1,) * (x.ndim - 2))
    return y


_C_NAMES = {"f4": "float", "f8": "double", "f2": "c10::Half", "i8": "long long", "i4": "int", "u1": "unsigned char"}


def _check(
    x: np.ndarray, w: np.ndarray, bias: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> None:
    """Refuse what does not fit together, in PyTorch's words."""
    n, kernels = w.ndim - 2, f"weight of size {list(w.shape)}"
    given = f"Given groups={groups}, {kernels}, expected input{list(x.shape)}"
    if x.ndim != w.ndim:
        ranks = f"{n + 1}D (unbatched) or {n + 2}D (batched)"
        raise RuntimeError(f"Expected {ranks} input to conv{n}d, but got input of size: {list(x.shape)}")
    if x.shape[1] != w.shape[1] * groups:
        raise RuntimeError(f"{given} to have {w.shape[1] * groups} channels, but got {x.shape[1]} channels instead")
    if w.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got {kernels} instead"
        )
    if bias is not None and bias.shape != (w.shape[0],):
        raise RuntimeError(
            f"Given {kernels}, expected bias to be 1-dimensional with {w.shape[0]} elements, "
            f"but got bias of size {list(bias.shape)} instead"
        )
    if x.dtype != w.dtype:
        have, want = (_C_NAMES.get(a.dtype.str[1:], a.dtype.name) for a in (x, w))
        raise RuntimeError(f"Input type ({have}) and bias type ({want}) should be the same")
    padded = [n + 2 * p for n, p in zip(x.shape[2:], padding, strict=True)]
    needed = [d * (k - 1) + 1 for k, d in zip(w.shape[2:], dilation, strict=True)]
    if any(n < k for n, k in zip(padded, needed, strict=True)):
        have, want = (" x ".join(map(str, sizes)) for sizes in (padded, needed))
        raise RuntimeError(
            f"Calculated padded input size per channel: ({have}). Kernel size: ({want}). "
            "Kernel size can't be greater than actual input size"
        )


for _n in (1, 2, 3):
    record(
        f"conv{_n}d",
        _convolution,
        "input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1",
        node="ConvolutionBackward0",
        tensors=("input", "weight", "bias"),
        methods=(),
        holomorphic=True,
        input=OPS["_conv_output"].formulas["input"],
        weight=OPS["_conv_output"].formulas["weight"],
        bias=lambda grad, bias_shape: _bias_grad(grad, bias_shape),
    )


def _transposed(
    x: np.ndarray,
    w: np.ndarray,
    bias: Any,
    stride: Sizes,
    padding: Sizes,
    output_padding: Sizes,
    groups: int,
    dilation: Sizes,
) -> Any:
    """A convolution's way back as a layer: each input spreads over a patch of the output."""
    n = w.ndim - 2
    if x.ndim != w.ndim:
        ranks = f"{n + 1}D (unbatched) or {n + 2}D (batched)"
        raise RuntimeError(f"Expected {ranks} input to conv_transpose{n}d, but got input of size: {list(x.shape)}")
    if x.shape[1] != w.shape[0]:
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(w.shape)}, expected input{list(x.shape)} to have {w.shape[0]} channels, but got {x.shape[1]} channels instead"
        )
    if bias is not None and bias.shape != (w.shape[1] * groups,):
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(w.shape)}, expected bias to be 1-dimensional with {w.shape[1] * groups} elements, but got bias of size {list(bias.shape)} instead"
        )
    if x.dtype != w.dtype:
        have, want = (_C_NAMES.get(a.dtype.str[1:], a.dtype.name) for a in (x, w))
        raise RuntimeError(f"Input type ({have}) and bias type ({want}) should be the same")
    for o, s, d in zip(output_padding, stride, dilation):
        if o >= s and o >= d:
            raise RuntimeError(
                f"output padding must be smaller than either stride or dilation, but got output_padding_height: {output_padding[0]} output_padding_width: {output_padding[-1]} stride_height: {stride[0]} stride_width: {stride[-1]} dilation_height: {dilation[0]} dilation_width: {dilation[-1]}"
            )
    size = _transposed_size(x.shape[2:], w.shape[2:], stride, padding, output_padding, dilation)
    y = _input_grad(x, w, size, stride, padding, dilation, groups)
    if bias is not None:
        y += bias.reshape(-1, *(1,) * n)
    return y


def _cropped(x: Any, shape: Sizes) -> Any:
    """Without the places that only output padding made."""
    inside = (*WHOLE, *(slice(0, n) for n in shape[2:]))
    return x if tuple(x.shape[2:]) == shape[2:] else x[inside]


def _transposed_size(
    size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, output_padding: Sizes, dilation: Sizes
) -> Sizes:
    spans = zip(size, kernel, stride, padding, output_padding, dilation, strict=True)
    return tuple([(n - 1) * s - 2 * p + d * (k - 1) + o + 1 for n, k, s, p, o, d in spans])


for _n in (1, 2, 3):
    record(
        f"conv_transpose{_n}d",
        _transposed,
        "input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1",
        node="ConvolutionBackward0",
        tensors=("input", "weight", "bias"),
        methods=(),
        holomorphic=True,
        input=lambda grad, input_shape, weight, stride, padding, dilation, groups: _cropped(
            output(grad, weight, stride, padding, dilation, groups), input_shape
        ),
        weight=lambda grad, input, weight_shape, stride, padding, dilation, groups: weight_grad(
            grad, input, weight_shape[2:], stride, padding, dilation, groups
        ),
        bias=lambda grad, bias_shape: _bias_grad(grad, bias_shape),
    )


def _bias_grad(grad: Any, shape: Sizes) -> Any:
    return reduce_to(grad, (1, shape[0], *(1,) * (len(grad.shape) - 2))).reshape(shape)


def _per_dimension(value: Any, n: int) -> Sizes:
    sizes = tuple(int(v) for v in value) if isinstance(value, (tuple, list)) else (int(value),)
    return sizes * n if len(sizes) == 1 else sizes


def convolution_of(n: int) -> Any:
    """`conv1d`, `conv2d` or `conv3d`."""

    def conv(
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:
        stride, dilation = _per_dimension(stride, n), _per_dimension(dilation, n)
        if padding == "valid":
            padding = 0
        elif padding == "same":
            if any(s != 1 for s in stride):
                raise RuntimeError("padding='same' is not supported for strided convolutions")
            spare = [d * (k - 1) for k, d in zip(weight._a.shape[2:], dilation, strict=True)]
            if any(s % 2 for s in spare):  # one more on the far side
                from .pad import pad

                input = pad(input, [x for s in reversed(spare) for x in (0, s % 2)])
            padding = [s // 2 for s in spare]
        single = input._a.ndim == n + 1
        x = input.unsqueeze(0) if single else input  # type: ignore[attr-defined]
        out = _op(f"conv{n}d")(x, weight, bias, stride, _per_dimension(padding, n), dilation, groups)
        return out.squeeze(0) if single else out

    conv.__name__ = f"conv{n}d"
    conv.__doc__ = f"Convolution over {n} dimensions: input (batch, channels, ...), weight (out, in / groups, ...)."
    return conv


conv1d, conv2d, conv3d = (convolution_of(n) for n in (1, 2, 3))


def transposed_of(n: int) -> Any:
    """`conv_transpose1d`, `conv_transpose2d` or `conv_transpose3d`."""

    def conv(
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Tensor:
        sizes = [_per_dimension(v, n) for v in (stride, padding, output_padding)]
        single = input._a.ndim == n + 1
        x = input.unsqueeze(0) if single else input  # type: ignore[attr-defined]
        out = _op(f"conv_transpose{n}d")(x, weight, bias, *sizes, groups, _per_dimension(dilation, n))
        return out.squeeze(0) if single else out

    conv.__name__ = f"conv_transpose{n}d"
    conv.__doc__ = (
        f"Transposed convolution over {n} dimensions: input (batch, channels, ...), weight (in, out / groups, ...)."
    )
    return conv


conv_transpose1d, conv_transpose2d, conv_transpose3d = (transposed_of(n) for n in (1, 2, 3))
