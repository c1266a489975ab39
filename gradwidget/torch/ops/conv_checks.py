"""What a convolution refuses, in PyTorch's words."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import OF_NUMPY
from ..errors import scalar_type
from ..tensor import Tensor

Sizes = tuple[int, ...]


def rank(name: str, n: int, input: Tensor) -> None:
    """The input is a batch or a single one."""
    if input._a.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of size: {list(input.shape)}"
        )


def bias_type(input: Tensor, bias: Tensor | None) -> None:
    if bias is not None and bias._a.dtype != input._a.dtype:
        raise RuntimeError(f"Input type ({_c_name(input)}) and bias type ({_c_name(bias)}) should be the same")


def _c_name(t: Tensor) -> str:
    name = scalar_type(t)
    return {"complex64": "c10::complex<float>", "complex128": "c10::complex<double>", "uint8": "unsigned char"}.get(
        name, name
    )


def spread(name: str, value: Sizes, n: int) -> Sizes:
    """One number for each dimension."""
    if len(value) == n:
        return value
    if len(value) == 1:
        return value * n
    raise RuntimeError(
        f"expected {name} to be a single integer value or a list of {n} values to match the convolution dimensions, but got "
        f"{name}={list(value)}"
    )


def basics(weight: Tensor, groups: int) -> None:
    if weight._a.ndim < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")


def shapes(
    x: np.ndarray,
    w: np.ndarray,
    bias: np.ndarray | None,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    transposed: bool,
    output_padding: Sizes,
    groups: int,
) -> None:
    """Whether input, weight and bias go together."""
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(output_padding) < 0:
        raise RuntimeError("negative output_padding is not supported")
    if min(stride) < 1:
        raise RuntimeError("non-positive stride is not supported")
    if min(dilation) < 0:
        raise RuntimeError("dilation should be greater than zero")
    size = list(w.shape)
    if w.ndim != x.ndim:
        raise RuntimeError(
            f"Expected {w.ndim}-dimensional input for {w.ndim}-dimensional weight {size}, but got {x.ndim}-dimensional input of "
            f"size {list(x.shape)} instead"
        )
    if w.shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size {size} instead"
        )
    if w.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size [{size}] instead"
        )
    given = "transposed=1" if transposed else f"groups={groups}"
    channels, outputs = (w.shape[0], w.shape[1] * groups) if transposed else (w.shape[1] * groups, w.shape[0])
    if x.shape[1] != channels:
        raise RuntimeError(
            f"Given {given}, weight of size {size}, expected input{list(x.shape)} to have {channels} channels, but got "
            f"{x.shape[1]} channels instead"
        )
    if bias is not None and bias.shape != (outputs,):
        given = "transposed=1, weight" if transposed else "weight"
        raise RuntimeError(
            f"Given {given} of size {size}, expected bias to be 1-dimensional with {outputs} elements, but got bias of size "
            f"{list(bias.shape)} instead"
        )
    if not transposed:
        _kernel_fits(x, w, padding, dilation)
    if min(dilation) < 1:
        if _by_library(x, w, stride, dilation, groups):
            raise RuntimeError("non-positive dilation is not supported")
        got = ", ".join(_axes(("dilation", dilation))) if transposed else list(dilation)
        raise RuntimeError(f"dilation should be greater than zero, but got {got}")
    if 0 in w.shape[2:]:
        raise RuntimeError(
            f"kernel size should be greater than zero, but got {' '.join(_axes(('kernel', w.shape[2:])))}"
        )
    if 0 in x.shape[2:]:
        raise RuntimeError(
            f"Only zero batch or zero channel inputs are supported, but got input shape: {list(x.shape)}"
        )
    kinds(x, w, stride, dilation, transposed, groups)


def _kernel_fits(x: np.ndarray, w: np.ndarray, padding: Sizes, dilation: Sizes) -> None:
    room = [n + 2 * p for n, p in zip(x.shape[2:], padding, strict=True)]
    needed = [d * (k - 1) + 1 for k, d in zip(w.shape[2:], dilation, strict=True)]
    if any(n < k for n, k in zip(room, needed, strict=True)):
        have, want = (" x ".join(map(str, sizes)) for sizes in (room, needed))
        raise RuntimeError(
            f"Calculated padded input size per channel: ({have}). Kernel size: ({want}). "
            "Kernel size can't be greater than actual input size"
        )


def _by_library(x: np.ndarray, w: np.ndarray, stride: Sizes, dilation: Sizes, groups: int) -> bool:
    """Whether PyTorch hands this to oneDNN, which has words of its own."""
    last = w.shape[2:][-2:]
    return (
        x.dtype == np.float32
        and (max(stride) > 1 or max(dilation) > 1 or x.shape[0] >= 16 or max(last) > 1)
        and (groups > 1 or min(last) > 3 or x.shape[0] > 1 or x.size > 20480)
    )


def kinds(x: np.ndarray, w: np.ndarray, stride: Sizes, dilation: Sizes, transposed: bool, groups: int) -> None:
    """Dtypes that do not go together, or that there is no kernel for."""
    have, want = OF_NUMPY[x.dtype].legacy, OF_NUMPY[w.dtype].legacy
    if x.dtype != w.dtype:
        if _by_library(x, w, stride, dilation, groups):
            raise RuntimeError(
                f"Input type (torch.{have}Tensor) and weight type (torch.{want}Tensor) should be the same or input should be a MKLDNN tensor and weight is a dense tensor"
            )
        raise RuntimeError(f"expected scalar type {have} but found {want}")
    if x.dtype.kind not in "biu" or x.dtype == np.int64:
        return
    n = max(x.ndim - 2, 2)
    if transposed:
        raise NotImplementedError(f"\"slow_conv_transpose{n}d_out_cpu\" not implemented for '{have}'")
    if max(dilation) > 1:
        raise NotImplementedError(f"\"slow_conv_dilated<>\" not implemented for '{have}'")
    if x.dtype.kind == "b":
        raise NotImplementedError(f"\"slow_conv{n}d_cpu\" not implemented for '{have}'")


def transposed_size(size: Sizes, out: Sizes, output_padding: Sizes, stride: Sizes, dilation: Sizes) -> None:
    """Whether there is an output at all, and no more of it than the strides leave open."""
    for o, s, d in zip(output_padding, stride, dilation, strict=True):
        if o >= s and o >= d:
            named = (("output_padding", output_padding), ("stride", stride), ("dilation", dilation))
            got = " ".join(_axes(*named))
            raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got {got}")
    if min(out) < 1:
        planes = [(1, *sizes) if len(sizes) == 1 else sizes for sizes in (size, out)]
        have, found = (" x ".join(map(str, sizes)) for sizes in planes)
        raise RuntimeError(
            f"Given input size per channel: ({have}). Calculated output size per channel: ({found}). Output size is too small"
        )


def _axes(*named: tuple[str, Sizes]) -> list[str]:
    """`stride_height: 1`, `stride_width: 2`, ..."""
    said = []
    for name, values in named:
        if len(values) == 1:  # PyTorch sees one dimension as the lower of two
            values = (0 if name == "output_padding" else 1, *values)
        axes = ("depth", "height", "width")[-len(values) :]
        said += [f"{name}_{axis}: {v}" for axis, v in zip(axes, values)]
    return said


def mixed_complex(input: Tensor, weight: Any) -> None:
    if weight._a.dtype.kind != "c":
        raise RuntimeError(
            f"Input type (CPU{OF_NUMPY[input._a.dtype].legacy}Type) and weight type (torch.{OF_NUMPY[weight._a.dtype].legacy}Tensor) should be the same"
        )
