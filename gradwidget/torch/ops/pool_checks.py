"""What poolings refuse, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dtypes import OF_NUMPY

Sizes = tuple[int, ...]

_MANY = {2: "two", 3: "three"}
_LETTERS = ("T", "H", "W")


def lengths(name: str, n: int, either: bool, **given: Any) -> None:
    """One int or n of them for each of kernel_size, stride, ... either: "must either be a single int", as most say."""
    for what, value in given.items():
        if value is None or len(value) in (1, n) or (what == "stride" and not len(value)):
            continue
        must = {"stride": "be omitted, a single int"}.get(what, "be a single int")
        if what == "dilation":
            must = "must be either a single int"
        else:
            must = "must " + ("either " if either else "") + must
        raise RuntimeError(f"{name}: {what} {must}, or a tuple of {_MANY[n]} ints")


def one_int(name: str, **given: Sizes) -> None:
    for what, value in given.items():
        if len(value) != 1 and not (what == "stride" and not len(value)):
            raise RuntimeError(f"{name}() argument '{what}' should contain one int (got {len(value)})")


def two_or_three(name: str, x: np.ndarray) -> None:
    if x.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {x.ndim}-dimensional tensor for argument #1 'self' (while checking arguments for {name})"
        )


def max_pool1d(x: np.ndarray, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil: bool) -> None:
    """One dimension has complaints of its own."""
    f = "max_pool1d()"
    if x.ndim not in (2, 3) or 0 in x.shape[-2:]:
        raise RuntimeError(
            f"max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(x.shape)}"
        )
    for what, value, must in (
        ("kernel_size", kernel, "an int, list of ints or tuple"),
        ("stride", stride, "None, an int, list of ints, or tuple"),
        ("padding", padding, "an int, list of ints, or tuple"),
        ("dilation", dilation, "an int, list of ints or tuple"),
    ):
        if len(value) != 1:
            raise RuntimeError(f"{f} {what} must be {must} of ints of size 1 but got size {len(value)}")
    (k,), (s,), (p,), (d,) = kernel, stride, padding, dilation
    for what, v in (("kernel_size", k), ("stride", s)):
        if v < 1:
            raise RuntimeError(f"{f} {what} must be greater than zero, but got {v}")
    if p < 0:
        raise RuntimeError(f"{f} padding must be non-negative, but got {p}")
    if p > k // 2:
        raise RuntimeError(
            f"{f} padding should be at most half of kernel size, but got padding={p} and kernel_size={k}"
        )
    if d < 1:
        raise RuntimeError(f"{f} dilation must be greater than zero, but got {d}")
    out = places(x.shape[-1], k, s, p, d, ceil)
    if out < 1:
        raise RuntimeError(f"{f} Invalid computed output size: {out}")


def places(n: int, k: int, s: int, p: int, d: int, ceil: bool) -> int:
    """How many windows there are along one dimension; none begins in the padding behind."""
    room = n + 2 * p - d * (k - 1) - 1
    out = (-(-room // s) if ceil else room // s) + 1
    return out - 1 if ceil and (out - 1) * s >= n + p else out


def out_sizes(
    name: str, x: np.ndarray, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil: bool
) -> Sizes:
    """How many windows there are along each dimension. Raises RuntimeError for sizes that make no sense."""
    n = len(kernel)
    for k, s, p, d in zip(kernel, stride, padding, dilation, strict=True):
        if s == 0:
            raise RuntimeError("stride should not be zero")
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > int(((k - 1) * d + 1) / 2):
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
            )
    for what, start, sizes in (
        ("kernel size", "k", kernel),
        ("stride", "d", stride),
        ("dilation", "dilation", dilation),
    ):
        if min(sizes) < 1:
            named = " ".join(f"{start}{letter}: {v}" for letter, v in zip(_LETTERS[-n:], sizes))
            raise RuntimeError(f"{what} should be greater than zero, but got {named}")
    if 0 in x.shape[-n - 1 :]:
        raise RuntimeError(_empty(name, x, n))
    spans = zip(x.shape[-n:], kernel, stride, padding, dilation)
    out = tuple(places(*span, ceil) for span in spans)
    if min(out) < 1:
        if name == "avg_pool3d":
            have, want = (
                " ".join(f"{start}{letter}: {v}" for letter, v in zip(_LETTERS, sizes))
                for start, sizes in (("", x.shape[-n:]), ("k", kernel))
            )
            raise RuntimeError(f"input image ({have}) smaller than kernel size ({want})")
        given, found = ("x".join(map(str, sizes)) for sizes in (x.shape[-n - 1 :], (x.shape[-n - 1], *out)))
        raise RuntimeError(f"Given input size: ({given}). Calculated output size: ({found}). Output size is too small")
    return out


def _empty(name: str, x: np.ndarray, n: int) -> str:
    if n == 2:
        return (
            f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(x.shape)}"
        )
    where = "max_pool3d_with_indices_out_cpu_template" if name.startswith("max") else name
    return (
        f"{where}(): Expected input's non-batch dimensions to have positive length, but input has a shape of {list(x.shape)} and "
        "non-batch dimension 0 has length zero!"
    )


def rank(n: int, x: np.ndarray) -> None:
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"non-empty {n + 1}D or {n + 2}D (batch mode) tensor expected for input")


def kind(name: str, x: np.ndarray, refused: Sequence[str], allowed: Any = None) -> None:
    """Refuse dtypes that there is no kernel for, by NumPy's letters; `allowed` ones after all."""
    if x.dtype.kind in refused and x.dtype != allowed:
        raise NotImplementedError(f"\"{name}\" not implemented for '{OF_NUMPY[x.dtype].legacy}'")


def adaptive(name: str, x: np.ndarray, n: int, first: int, colon: str) -> None:
    """The input of an adaptive pooling over n dimensions; from `first` on none may be empty."""
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D tensor, but got{colon} {list(x.shape)}")
    for d in range(first % x.ndim, x.ndim):
        if x.shape[d] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes {list(x.shape)} with "
                f"dimension {d} being empty"
            )
