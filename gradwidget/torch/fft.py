"""`torch.fft`: discrete Fourier transforms, by NumPy's (in double precision, and rounded where the input is single)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import hot
from .dtypes import get_default_dtype
from .ops.both import array, constant
from .ops.pad import pad
from .ops.registry import OPS, function_of, record
from .tensor import Tensor, from_array

Dims = tuple[int, ...]

# Each op computes sums Σ x exp(∓2πi jk / n), times a number. The transposes of these maps are the gradients.


def _complex_of(d: np.dtype[Any]) -> Any:
    return np.complex64 if d in (np.float32, np.complex64, np.float16) else np.complex128


def _real_of(d: np.dtype[Any]) -> Any:
    return np.float32 if d in (np.complex64, np.float32) else np.float64


def _sorted(x: np.ndarray, dim: Dims) -> Dims:
    """Dimensions from the longest step in memory to the shortest."""
    return tuple(sorted(dim, key=lambda d: -x.strides[d]))


def _laid(out: np.ndarray, x: np.ndarray, dim: Dims, d: Any) -> np.ndarray:
    """A result as PyTorch lays it out: what was not transformed outside, in the order of the input; then `dim`."""
    order = (*_sorted(x, tuple(k for k in range(x.ndim) if k not in dim)), *dim)
    return np.ascontiguousarray(out.transpose(order), d).transpose(np.argsort(order))


def _c2c(x: np.ndarray, dim: Dims, scale: float, forward: bool) -> Any:
    dim = tuple(d % x.ndim for d in dim)
    out = np.fft.fftn(x, axes=dim) if forward else np.fft.ifftn(x, axes=dim, norm="forward")
    return _laid(out * scale, x, _sorted(x, dim), _complex_of(x.dtype))


def _r2c(x: np.ndarray, dim: Dims, scale: float, onesided: bool) -> Any:
    dim = tuple(d % x.ndim for d in dim)
    out = np.fft.rfftn(x, axes=dim) if onesided else np.fft.fftn(x, axes=dim)
    return _laid(out * scale, x, (*_sorted(x, dim[:-1]), dim[-1]), _complex_of(x.dtype))


def _c2r(x: np.ndarray, dim: Dims, scale: float, last: int) -> Any:
    dim = tuple(d % x.ndim for d in dim)
    sizes = [x.shape[d] for d in dim[:-1]] + [last]
    out = np.fft.irfftn(x, s=sizes, axes=dim, norm="forward")
    if len(dim) > 1:  # the last dimension comes second, after the others
        x = _laid(x, x, _sorted(x, dim[:-1]), x.dtype)
    return _laid(out * scale, x, dim[-1:], _real_of(x.dtype))


def _op(name: str) -> Any:
    return function_of(OPS[name])


def _both(name: str, kernel: Any) -> Any:
    def apply(x: Any, *options: Any) -> Any:
        return _op(name)(x, *options) if isinstance(x, Tensor) else kernel(x, *options)

    return apply


_either_c2c = _both("_fft_c2c", _c2c)


def _real_back(grad: Any, dim: Dims, scale: float, onesided: bool, shape: Dims) -> Any:
    """Of a real input: the other way, with zeros where one side was left out, and the real part."""
    if onesided:
        d, n = dim[-1], shape[dim[-1]]
        missing = n - grad.shape[d]
        if missing:
            if isinstance(grad, Tensor):
                frame = [0, 0] * (len(shape) - 1 - d % len(shape)) + [0, missing]
                grad = pad(grad, frame)
            else:
                wide = [(0, 0)] * grad.ndim
                wide[d] = (0, missing)
                grad = np.pad(grad, wide)
    return _either_c2c(grad, dim, scale, False).real


def _c2r_back(grad: Any, dim: Dims, scale: float, last: int, shape: Dims) -> Any:
    """Of the half that stands for a real output: the inner frequencies count twice."""
    out = _op("_fft_r2c")(grad, dim, scale, True) if isinstance(grad, Tensor) else _r2c(grad, dim, scale, True)
    d = dim[-1] % len(shape)
    weights = np.ones(shape[d], array(grad).dtype)
    weights[1 : last - shape[d] + 1] = 2
    wide = weights.reshape([-1 if k == d else 1 for k in range(len(shape))])
    return out * constant(wide.astype(array(grad).dtype), grad)


record("_fft_c2c", _c2c, "self, dim, scale, forward", node="FftC2CBackward0", methods=(),
       self=lambda grad, dim, scale, forward: _either_c2c(grad, dim, scale, not forward))  # fmt: skip
record("_fft_r2c", _r2c, "self, dim, scale, onesided", node="FftR2CBackward0", methods=(),
       self=lambda grad, dim, scale, onesided, self_shape: _real_back(grad, dim, scale, onesided, tuple(self_shape)))  # fmt: skip
record("_fft_c2r", _c2r, "self, dim, scale, last", node="FftC2RBackward0", methods=(),
       self=lambda grad, dim, scale, last, self_shape: _c2r_back(grad, dim, scale, last, tuple(self_shape)))  # fmt: skip


# ---- sizes and scales


def _scale(norm: str | None, count: int, forward: bool) -> float:
    if norm not in (None, "backward", "ortho", "forward"):
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    if norm == "ortho":
        return 1 / math.sqrt(count)
    whole = (norm == "forward") == forward
    return 1 / count if whole else 1.0


def _floating(x: Any, to_complex: bool = False) -> Any:
    if hot.AUTOCAST is not None:
        (x,) = hot.AUTOCAST("single", x)
    if x.dtype.np.char in "eE":
        raise RuntimeError(f"Unsupported dtype {x.dtype.legacy}")
    if x.dtype.np.kind in "iub":
        x = x.to(get_default_dtype())
    return x.to(x.dtype.to_complex()) if to_complex and not x.is_complex() else x


def _resized(x: Any, dims: Dims, sizes: Any) -> Any:
    for d, n in zip(dims, sizes):
        have = x.size(d)
        if n == -1 or n is None or n == have:
            continue
        if n < have:
            x = x.narrow(d, 0, n)
        else:
            x = pad(x, [0, 0] * (x.dim() - 1 - d) + [0, n - have])
    return x


def _axes(x: Any, s: Any, dim: Any, usual: Any = None) -> tuple[Dims, list[int]]:
    if dim is None:
        dims = (
            usual
            if usual is not None
            else list(range(x.dim()))
            if s is None
            else list(range(x.dim() - len(s), x.dim()))
        )
    else:
        dims = [dim] if isinstance(dim, int) else list(dim)
    for d in dims:
        if not x.dim():
            raise IndexError(f"Dimension specified as {d} but tensor has no dimensions")
        if not -x.dim() <= d < x.dim():
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-x.dim()}, {x.dim() - 1}], but got {d})"
            )
    dims = [d % x.dim() for d in dims]
    if len(set(dims)) < len(dims):
        raise RuntimeError("FFT dims must be unique")
    if s is not None and len(s) != len(dims):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    sizes = [x.size(d) if s is None or s[k] == -1 else s[k] for k, d in enumerate(dims)]
    for n in sizes:
        if n < 1:
            raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return tuple(dims), sizes


def _transform(x: Any, dims: Dims, sizes: list[int], norm: Any, forward: bool, single: bool = False) -> Tensor:
    if not dims:
        return _floating(x, True)  # type: ignore[no-any-return]
    real = not x.is_complex()
    x = _resized(_floating(x), dims, sizes)
    scale = _scale(norm, math.prod(sizes), forward)
    if real and single:
        whole = _op("_fft_r2c")(x, dims, scale, False)
        return whole if forward else whole.conj()  # type: ignore[no-any-return]
    return _op("_fft_c2c")(_floating(x, True), dims, scale, forward)  # type: ignore[no-any-return]


def _half(x: Any, dims: Dims, sizes: list[int], norm: Any, name: str) -> Tensor:
    if x.is_complex():
        raise RuntimeError(
            f"{name} expects a real input tensor, but got {x.type().split('.')[-1].removesuffix('Tensor')}"
        )
    x = _resized(_floating(x), dims, sizes)
    return _op("_fft_r2c")(x, dims, _scale(norm, math.prod(sizes), True), True)  # type: ignore[no-any-return]


def _whole(x: Any, dims: Dims, sizes: list[int], norm: Any, forward: bool = False) -> Tensor:
    """A real result of the half of its frequencies. sizes: of the result."""
    x = _floating(x, True)
    x = _resized(x, dims, [*sizes[:-1], sizes[-1] // 2 + 1])
    if forward:
        x = x.conj()
    return _op("_fft_c2r")(x, dims, _scale(norm, math.prod(sizes), forward), sizes[-1])  # type: ignore[no-any-return]


# ---- the functions


def fft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Tensor:
    """X[k] = Σ x[j] exp(-2πi jk / n)."""
    return _transform(input, *_axes(input, None if n is None else [n], dim), norm, True, True)


def ifft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Tensor:
    """The way back from `fft`."""
    return _transform(input, *_axes(input, None if n is None else [n], dim), norm, False, True)


def rfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Tensor:
    """The first n // 2 + 1 frequencies of a real input; the others mirror them."""
    return _half(input, *_axes(input, None if n is None else [n], dim), norm, "rfft")


def irfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Tensor:
    """The way back from `rfft`; n: the size of the result, by default an even one."""
    dims, _ = _axes(input, None, dim)
    size = 2 * (input.size(dim) - 1) if n is None else n
    if size < 1:
        raise RuntimeError(f"Invalid number of data points ({size}) specified")
    return _whole(input, dims, [size], norm)


def hfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Tensor:
    """Of a signal that is its own mirrored conjugate: real frequencies."""
    dims, _ = _axes(input, None, dim)
    size = 2 * (input.size(dim) - 1) if n is None else n
    if size < 1:
        raise RuntimeError(f"Invalid number of data points ({size}) specified")
    return _whole(input, dims, [size], norm, True)


def ihfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Tensor:
    """The way back from `hfft`."""
    dims, sizes = _axes(input, None if n is None else [n], dim)
    x = _resized(_floating(input), dims, sizes)
    if input.is_complex():
        raise RuntimeError(
            f"ihfft expects a real input tensor, but got {input.type().split('.')[-1].removesuffix('Tensor')}"
        )
    return _op("_fft_r2c")(x, dims, _scale(norm, math.prod(sizes), False), True).conj()  # type: ignore[no-any-return]


def fftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Tensor:
    """Over several dimensions."""
    return _transform(input, *_axes(input, s, dim), norm, True)


def ifftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Tensor:
    return _transform(input, *_axes(input, s, dim), norm, False)


def rfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Tensor:
    return _half(input, *_axes(input, s, dim), norm, "rfftn")


def irfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Tensor:
    dims, sizes = _axes(input, s, dim)
    if s is None or s[-1] == -1:
        sizes[-1] = 2 * (input.size(dims[-1]) - 1)
    return _whole(input, dims, sizes, norm)


def _hfftn(input: Any, s: Any, dim: Any, norm: Any, usual: Any) -> Tensor:
    dims, sizes = _axes(input, s, dim, usual)
    if s is None or s[-1] == -1:
        sizes[-1] = 2 * (input.size(dims[-1]) - 1)
    x = _resized(_floating(input, True), dims, [*sizes[:-1], sizes[-1] // 2 + 1])
    first = _op("_fft_c2c")(x, dims[:-1], 1.0, True) if len(dims) > 1 else x
    return _op("_fft_c2r")(first.conj(), dims[-1:], _scale(norm, math.prod(sizes), True), sizes[-1])  # type: ignore[no-any-return]


def _ihfftn(input: Any, s: Any, dim: Any, norm: Any, usual: Any) -> Tensor:
    dims, sizes = _axes(input, s, dim, usual)
    x = _resized(_floating(input), dims, sizes)
    first = _op("_fft_r2c")(x, dims[-1:], _scale(norm, math.prod(sizes), False), True).conj()
    return _op("_fft_c2c")(first, dims[:-1], 1.0, False) if len(dims) > 1 else first  # type: ignore[no-any-return]


def hfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Tensor:
    return _hfftn(input, s, dim, norm, None)


def ihfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None, *, out: Any = None) -> Tensor:
    return _ihfftn(input, s, dim, norm, None)


def fft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *, out: Any = None) -> Tensor:
    """Over two dimensions."""
    return fftn(input, s, dim, norm)


def ifft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *, out: Any = None) -> Tensor:
    return ifftn(input, s, dim, norm)


def rfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *, out: Any = None) -> Tensor:
    return rfftn(input, s, dim, norm)


def irfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *, out: Any = None) -> Tensor:
    return irfftn(input, s, dim, norm)


def hfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *, out: Any = None) -> Tensor:
    return hfftn(input, s, dim, norm)


def ihfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None, *, out: Any = None) -> Tensor:
    return ihfftn(input, s, dim, norm)


def _frequencies(values: np.ndarray, dtype: Any, requires_grad: bool) -> Tensor:
    t: Any = from_array(values.astype((dtype or get_default_dtype()).np))
    return t.requires_grad_() if requires_grad else t  # type: ignore[no-any-return]


def fftfreq(
    n: int, d: float = 1.0, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:  # fmt: skip
    """The frequencies of `fft`'s results, for samples d apart."""
    return _frequencies(np.fft.fftfreq(n, d), dtype, requires_grad)


def rfftfreq(
    n: int, d: float = 1.0, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:  # fmt: skip
    return _frequencies(np.fft.rfftfreq(n, d), dtype, requires_grad)


def _rolled(x: Any, dim: Any, sign: int) -> Tensor:
    dims = list(range(x.dim())) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    shifts = [x.size(d) // 2 if sign > 0 else (x.size(d) + 1) // 2 for d in dims]
    return x.roll(shifts, dims)  # type: ignore[no-any-return]


def fftshift(input: Any, dim: Any = None) -> Tensor:
    """Frequency 0 in the middle."""
    return _rolled(input, dim, 1)


def ifftshift(input: Any, dim: Any = None) -> Tensor:
    """The way back from `fftshift`."""
    return _rolled(input, dim, -1)
