"""Gradients of convolutions, by formula: of the input and of the weight, given the gradient of the output."""

from __future__ import annotations

from typing import Any

from ..ops import conv as conv  # their records
from ..ops.registry import OPS, function_of
from ..tensor import Tensor
from .modules.utils import _ntuple


def _input(n: int, input_size: Any, weight: Any, grad_output: Any, *options: Any) -> Any:
    sizes = (*map(_ntuple(n), options[:3]), options[3])
    return function_of(OPS["_conv_input_grad"])(grad_output, weight, tuple(input_size)[2:], *sizes)


def _weight(n: int, input: Any, weight_size: Any, grad_output: Any, *options: Any) -> Any:
    sizes = (*map(_ntuple(n), options[:3]), options[3])
    return function_of(OPS["_conv_weight_grad"])(input, grad_output, tuple(weight_size)[2:], *sizes)


def conv1d_input(
    input_size: Any,
    weight: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv1d`'s input."""
    return _input(1, input_size, weight, grad_output, stride, padding, dilation, groups)  # type: ignore[no-any-return]


def conv1d_weight(
    input: Any,
    weight_size: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv1d`'s weight."""
    return _weight(1, input, weight_size, grad_output, stride, padding, dilation, groups)  # type: ignore[no-any-return]


def conv2d_input(
    input_size: Any,
    weight: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv2d`'s input."""
    return _input(2, input_size, weight, grad_output, stride, padding, dilation, groups)  # type: ignore[no-any-return]


def conv2d_weight(
    input: Any,
    weight_size: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv2d`'s weight."""
    return _weight(2, input, weight_size, grad_output, stride, padding, dilation, groups)  # type: ignore[no-any-return]


def conv3d_input(
    input_size: Any,
    weight: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv3d`'s input."""
    return _input(3, input_size, weight, grad_output, stride, padding, dilation, groups)  # type: ignore[no-any-return]


def conv3d_weight(
    input: Any,
    weight_size: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The gradient of `conv3d`'s weight."""
    return _weight(3, input, weight_size, grad_output, stride, padding, dilation, groups)  # type: ignore[no-any-return]
