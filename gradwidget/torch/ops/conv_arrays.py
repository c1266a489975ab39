"""Convolution on arrays, over any number of dimensions: patches laid out as columns, then one product of matrices per image.

The output, the gradient of the input and the gradient of the weight, each a linear function of two arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

Sizes = tuple[int, ...]

WHOLE = (slice(None), slice(None))  # all images, all channels


def padded(x: np.ndarray, padding: Sizes) -> np.ndarray:
    if not any(padding):
        return x
    out = np.zeros_like(x, shape=(*x.shape[:2], *(n + 2 * p for n, p in zip(x.shape[2:], padding, strict=True))))
    out[WHOLE + tuple(slice(p, p + n) for n, p in zip(x.shape[2:], padding, strict=True))] = x
    return out


def out_size(size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> Sizes:
    spans = zip(size, kernel, stride, padding, dilation, strict=True)
    return tuple([(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in spans])


def columns(
    x: np.ndarray,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    groups: int,
    out: Sizes | None = None,
) -> np.ndarray:
    """Every patch under the kernel as a column: (images, groups, channels * kernel, places); `out` places if not all."""
    out = out or out_size(x.shape[2:], kernel, stride, padding, dilation)
    x = padded(x, padding)
    steps = x.strides[2:]
    along_kernel = [s * d for s, d in zip(steps, dilation, strict=True)]
    along_out = [s * t for s, t in zip(steps, stride, strict=True)]
    strides = (*x.strides[:2], *along_kernel, *along_out)
    patches = as_strided(x, (*x.shape[:2], *kernel, *out), strides, subok=True)
    return patches.reshape(x.shape[0], groups, x.shape[1] // groups * int(np.prod(kernel)), int(np.prod(out)))


def _windows(places: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Any:
    """For each place in the kernel, which elements of the (padded) images it meets."""
    for at in np.ndindex(*kernel):
        spans = zip(at, dilation, places, stride, strict=True)
        yield at, WHOLE + tuple([slice(i * d, i * d + (n - 1) * s + 1, s) for i, d, n, s in spans])


def output(x: np.ndarray, w: np.ndarray, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> np.ndarray:
    """y: what comes out for images x and kernels w."""
    kernel = w.shape[2:]
    places = out_size(x.shape[2:], kernel, stride, padding, dilation)
    if not x.size or not w.size:
        return np.zeros_like(x, shape=(x.shape[0], w.shape[0] if x.shape[1] else 0, *places))
    flat = columns(x, kernel, stride, padding, dilation, groups)
    y = np.matmul(w.reshape(groups, w.shape[0] // groups, -1), flat)
    return y.reshape(x.shape[0], w.shape[0], *places)


ROOM = 1.5  # so many more outputs than inputs until columns of outputs cost more than adding up patches


def _turned(w: np.ndarray, groups: int) -> np.ndarray:
    """The kernels of the way back as those of a convolution: inputs and outputs exchanged, mirrored."""
    mirror = (..., *(slice(None, None, -1),) * (w.ndim - 2))
    flipped = w.reshape(groups, w.shape[0] // groups, *w.shape[1:])[mirror]
    return flipped.swapaxes(1, 2).reshape(w.shape[1] * groups, w.shape[0] // groups, *w.shape[2:])


def input_grad(
    g: np.ndarray, w: np.ndarray, size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Any:
    """x': every output's gradient goes back to the patch that it came from; patches that overlap add up."""
    kernel, places = w.shape[2:], g.shape[2:]
    if not g.size or not w.size:
        return np.zeros_like(g, shape=(g.shape[0], w.shape[1] * groups, *size))
    around = tuple([d * (k - 1) - p for d, k, p in zip(dilation, kernel, padding, strict=True)])
    plain = set(stride) == {1} and min(around) >= 0 and out_size(size, kernel, stride, padding, dilation) == places
    if plain and w.shape[0] <= ROOM * w.shape[1] * groups:
        return output(g, _turned(w, groups), stride, around, dilation, groups)
    framed = (g.shape[0], w.shape[1] * groups, *(n + 2 * p for n, p in zip(size, padding, strict=True)))
    flat = g.reshape(g.shape[0], groups, g.shape[1] // groups, -1)
    spread = np.matmul(w.reshape(groups, w.shape[0] // groups, -1).swapaxes(1, 2), flat)
    if set(kernel) == {1} and set(stride) == {1} and not any(padding):
        return spread.reshape(framed)
    spread = spread.reshape(*framed[:2], *kernel, *places)
    x = np.zeros_like(g, shape=framed)
    for at, window in _windows(places, kernel, stride, dilation):
        x[window] += spread[WHOLE + at]
    inside = tuple(slice(p, p + n) for n, p in zip(size, padding, strict=True))
    return x[WHOLE + inside].copy() if any(padding) else x


def weight_grad(
    x: np.ndarray, g: np.ndarray, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Any:
    """w': every patch times the gradient of what came out of it, summed over places and images."""
    shape = (g.shape[1], x.shape[1] // groups, *kernel)
    if not x.size or not g.size:
        return np.zeros_like(g, shape=shape)
    flat = columns(x, kernel, stride, padding, dilation, groups, g.shape[2:])
    each = np.matmul(g.reshape(g.shape[0], groups, g.shape[1] // groups, -1), flat.swapaxes(2, 3))
    return each.sum(0).reshape(shape)
