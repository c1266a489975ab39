"""Convolution and its way back as a layer, over one to three dimensions.

NOTE [Three of a kind]  The output, the gradient of the input and the gradient of the weight are three linear functions,
each other's derivatives: y(x, w), x'(g, w), w'(x, g). So they are three ops, and convolution can be differentiated as
often as one likes.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import hot
from ..dispatch import reduce_to
from ..tensor import Tensor
from . import conv_arrays as arrays
from . import conv_checks as check
from .conv_arrays import WHOLE
from .layout import as_images
from .native import native
from .registry import OPS, function_of, public, record

Sizes = tuple[int, ...]


def _op(name: str) -> Any:
    return function_of(OPS[name])


# ---- the three


def _in_single(kernel: Any) -> Any:
    """Half precision is summed in single and rounded once."""

    def apply(a: np.ndarray, b: np.ndarray, *options: Any) -> np.ndarray:
        if a.dtype == np.float16:
            return kernel(a.astype(np.float32), b.astype(np.float32), *options).astype(np.float16)  # type: ignore[no-any-return]
        return kernel(a, b, *options)  # type: ignore[no-any-return]

    return apply


_output, _input_grad, _weight_grad = map(_in_single, (arrays.output, arrays.input_grad, arrays.weight_grad))


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
    node="ConvolutionBackwardBackward0",
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


def _cropped(x: Any, shape: Sizes) -> Any:
    """Without the places that only output padding made."""
    inside = (*WHOLE, *(slice(0, n) for n in shape[2:]))
    return x if tuple(x.shape[2:]) == shape[2:] else x[inside]


def _bias_grad(grad: Any, shape: Sizes) -> Any:
    return reduce_to(grad, (1, shape[0], *(1,) * (len(grad.shape) - 2))).reshape(shape)


# ---- as people call it


def _forward(
    x: np.ndarray, w: np.ndarray, bias: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Any:
    y = _output(x, w, stride, padding, dilation, groups)
    if bias is not None and y.size:
        y += bias.reshape(-1, *(1,) * (x.ndim - 2))
    return as_images(y, x, w)


def _back(
    x: np.ndarray,
    w: np.ndarray,
    bias: Any,
    stride: Sizes,
    padding: Sizes,
    output_padding: Sizes,
    groups: int,
    dilation: Sizes,
) -> Any:
    size = transposed_size(x.shape[2:], w.shape[2:], stride, padding, output_padding, dilation)
    check.transposed_size(x.shape[2:], size, output_padding, stride, dilation)
    y = _input_grad(x, w, size, stride, padding, dilation, groups)
    if bias is not None and y.size:
        y += bias.reshape(-1, *(1,) * (x.ndim - 2))
    return as_images(y, x, w)


def transposed_size(
    size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, output_padding: Sizes, dilation: Sizes
) -> Sizes:
    spans = zip(size, kernel, stride, padding, output_padding, dilation, strict=True)
    return tuple([(n - 1) * s - 2 * p + d * (k - 1) + o + 1 for n, k, s, p, o, d in spans])


for _n in (1, 2, 3):
    record(
        f"conv{_n}d",
        _forward,
        "input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1",
        node="ConvolutionBackward0",
        tensors=("input", "weight", "bias"),
        methods=(),
        input=OPS["_conv_output"].formulas["input"],
        weight=OPS["_conv_output"].formulas["weight"],
        bias=lambda grad, bias_shape: _bias_grad(grad, bias_shape),
    )
    record(
        f"conv_transpose{_n}d",
        _back,
        "input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1",
        node="ConvolutionBackward0",
        tensors=("input", "weight", "bias"),
        methods=(),
        input=lambda grad, input_shape, weight, stride, padding, dilation, groups: _cropped(
            output(grad, weight, stride, padding, dilation, groups), input_shape
        ),
        weight=lambda grad, input, weight_shape, stride, padding, dilation, groups: weight_grad(
            grad, input, weight_shape[2:], stride, padding, dilation, groups
        ),
        bias=lambda grad, bias_shape: _bias_grad(grad, bias_shape),
    )


@public(method=False)
@native(
    "convolution(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, bool transposed, "
    "int[] output_padding, int groups)"
)
def convolution(
    input: Any,
    weight: Any,
    bias: Any,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    transposed: bool,
    output_padding: Sizes,
    groups: int,
) -> Tensor:
    """What all convolutions come to: of a batch, over as many dimensions as the weight has."""
    return _convolved(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups)


def _convolved(
    input: Any,
    weight: Any,
    bias: Any,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    transposed: bool,
    output_padding: Sizes,
    groups: int,
) -> Tensor:
    check.basics(weight, groups)
    n = weight._a.ndim - 2
    given = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": output_padding}
    stride, padding, dilation, extra = (check.spread(name, value, n) for name, value in given.items())
    bare = None if bias is None else bias._a
    check.shapes(input._a, weight._a, bare, stride, padding, dilation, transposed, extra, groups)
    if transposed:
        return _op(f"conv_transpose{n}d")(input, weight, bias, stride, padding, extra, groups, dilation)  # type: ignore[no-any-return]
    return _op(f"conv{n}d")(input, weight, bias, stride, padding, dilation, groups)  # type: ignore[no-any-return]


def _of_complex(input: Any, weight: Any, bias: Any, *options: Any) -> Any:
    """Three convolutions of real numbers (Gauss): a - b + i (c - a - b)."""
    check.mixed_complex(input, weight)
    (xr, xi), (wr, wi) = (_parts(t) for t in (input, weight))
    br = bi = both = None
    if bias is not None:
        br, bi = _parts(bias)
        both = br + bi
    a = _convolved(xr, wr, br, *options)
    b = _convolved(xi, wi, None, *options)
    c: Any = _convolved(xr + xi, wr + wi, both, *options)
    return a - b + _op("_times_i")(c - a - b)


record(
    "_times_i",
    lambda x: x * np.array(1j, np.result_type(x.dtype, np.complex64)),
    "self",
    node="MulBackward1",
    methods=(),
    self=lambda grad: grad.imag,
)


def _parts(t: Any) -> tuple[Any, Any]:
    pairs = _op("view_as_real")(t)
    return pairs.select(-1, 0), pairs.select(-1, 1)


def _any(input: Any, weight: Any, bias: Any, *options: Any) -> Any:
    return (_of_complex if input._a.dtype.kind == "c" else _convolved)(input, weight, bias, *options)


_warned = False


def _same(input: Any, weight: Any, stride: Sizes, dilation: Sizes, groups: int) -> tuple[Any, Sizes]:
    """The input and the padding with which the output is as large as the input."""
    global _warned
    check.basics(weight, groups)
    w, n = weight._a, weight._a.ndim - 2
    if input._a.ndim != w.ndim:
        raise RuntimeError(
            f"Expected {w.ndim}-dimensional input for {w.ndim}-dimensional weight{list(w.shape)}, but got {input._a.ndim}-dimensional "
            f"input of size {list(input.shape)} instead"
        )
    for name, value in (("stride", stride), ("dilation", dilation)):
        if len(value) not in (1, n):
            raise RuntimeError(f"{name} cannot broadcast to {n} dimensions")
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    spare = [d * (k - 1) for k, d in zip(w.shape[2:], check.spread("dilation", dilation, n), strict=True)]
    if any(s % 2 for s in spare):  # one more on the far side
        from .pad import constant_pad

        if not _warned:
            _warned = True
            warnings.warn(
                "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the input be created",
                stacklevel=4,
            )
        input = constant_pad(input, tuple(x for s in reversed(spare) for x in (0, s % 2)))
    return input, tuple(s // 2 for s in spare)


def _convolution_of(n: int) -> Any:
    name = f"conv{n}d"
    shared = f"Tensor input, Tensor weight, Tensor bias=None, int[{n}] stride=1"

    def conv(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        if hot.AUTOCAST is not None:
            input, weight, bias = hot.AUTOCAST("lower", input, weight, bias)
        check.rank(name, n, input)
        x = input if input._a.ndim == n + 2 else input.unsqueeze(0)
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise RuntimeError(f"Invalid padding string: '{padding}'")
            x, padding = _same(x, weight, stride, dilation, groups) if padding == "same" else (x, (0,))
        else:
            check.bias_type(input, bias)
        out = _any(x, weight, bias, stride, padding, dilation, False, (0,), groups)
        return out if input._a.ndim == n + 2 else out.squeeze(0)

    conv.__doc__ = f"Convolution over {n} dimensions: input (batch, channels, ...), weight (out, in / groups, ...)."
    return native(
        f"{name}({shared}, int[{n}] padding=0, int[{n}] dilation=1, int groups=1)",
        f"{name}({shared}, str padding='valid', int[{n}] dilation=1, int groups=1)",
    )(conv)


conv1d, conv2d, conv3d = map(_convolution_of, (1, 2, 3))


def _transposed_of(n: int) -> Any:
    name = f"conv_transpose{n}d"

    def conv(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Any:
        if hot.AUTOCAST is not None:
            input, weight, bias = hot.AUTOCAST("lower", input, weight, bias)
        check.rank(name, n, input)
        x = input if input._a.ndim == n + 2 else input.unsqueeze(0)
        out = _any(x, weight, bias, stride, padding, dilation, True, output_padding, groups)
        return out if x is input else out.squeeze(0)

    conv.__doc__ = (
        f"Transposed convolution over {n} dimensions: input (batch, channels, ...), weight (in, out / groups, ...)."
    )
    return native(
        f"{name}(Tensor input, Tensor weight, Tensor bias=None, int[{n}] stride=1, int[{n}] padding=0, "
        f"int[{n}] output_padding=0, int groups=1, int[{n}] dilation=1)"
    )(conv)


conv_transpose1d, conv_transpose2d, conv_transpose3d = map(_transposed_of, (1, 2, 3))
