"""What a view shows: kernels that answer another window on an array's memory.

NumPy's own views are taken wherever their strides are PyTorch's too; where they are not (dimensions of size 1, empty
windows) and where NumPy complains, the slow way is gone, which has PyTorch's strides and words.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..dtypes import OF_NUMPY
from ..storage import offset, pointer, root, strides, window

_ndarray = np.ndarray
_COPY_OR_NOT = tuple(int(n) for n in np.__version__.split(".")[:2]) >= (2, 1)  # whether `reshape` takes `copy`


def view(a: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    if a.flags.c_contiguous and 1 not in a.shape:
        try:
            r = a.reshape(size)
        except (ValueError, TypeError, OverflowError):
            geometry.infer(size, a.size)
            raise
        if r.size and (r.shape == size or min(size) == -1):  # NumPy takes any negative number for "whatever is left"
            return r
        return a.reshape(geometry.infer(size, a.size))
    r = _viewed(a, geometry.infer(size, a.size))  # type: ignore[assignment]
    if r is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous "
            "subspaces). Use .reshape(...) instead."
        )
    return r


def viewed(a: np.ndarray, size: tuple[int, ...]) -> np.ndarray | None:
    """The same elements in the same order under another shape, of as many elements; None where no strides can show them."""
    return a.reshape(size) if a.flags.c_contiguous and 1 not in a.shape else _viewed(a, size)


def _viewed(a: np.ndarray, size: tuple[int, ...]) -> np.ndarray | None:
    if _COPY_OR_NOT and a.size and 1 not in a.shape:
        try:
            return a.reshape(size, copy=False)
        except ValueError:
            return None
    stride = geometry.view(a.shape, strides(a), size)
    return None if stride is None else window(a, size, stride)


def transpose(a: np.ndarray, dim0: int, dim1: int) -> np.ndarray:
    try:
        return a.swapaxes(dim0, dim1)
    except (ValueError, TypeError):
        geometry.wrap(dim0, a.ndim), geometry.wrap(dim1, a.ndim)
        return a[...]  # of a tensor without dimensions


def t(a: np.ndarray) -> np.ndarray:
    if a.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {a.ndim}D")
    return a.T if a.ndim == 2 else a[...]


def permute(a: np.ndarray, dims: tuple[int, ...]) -> np.ndarray:
    if len(dims) != a.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of "
            f"dimensions i.e. input.dim() = {a.ndim} is not equal to len(dims) = {len(dims)}"
        )
    try:
        return a.transpose(dims) if dims else a[...]
    except ValueError:
        for d in dims:
            geometry.wrap(d, a.ndim)
        raise RuntimeError("permute(): duplicate dims are not allowed.") from None


def select(a: np.ndarray, dim: int, index: int) -> np.ndarray:
    try:
        if dim == 0:
            return a[index, ...]
        d = dim if dim >= 0 else dim + a.ndim
        where = (*_ALL[:d], index, ...)
        return a[where]
    except IndexError:
        pass
    if a.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d = geometry.wrap(dim, a.ndim)
    n = a.shape[d]
    if not -n <= index < n:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(a.shape)} at dimension {d}")
    return a[(slice(None),) * d + (index, Ellipsis)]


_ALL = (slice(None),) * 64


def slice_(a: np.ndarray, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> np.ndarray:
    if a.ndim == 0:
        raise RuntimeError("slice() cannot be applied to a 0-dim tensor.")
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    if dim == 0:
        d, out = 0, a[start:end:step]
    else:
        d = geometry.wrap(dim, a.ndim)
        where = (*_ALL[:d], slice(start, end, step))
        out = a[where]
    if out.size == 0:  # NumPy forgets where an empty window begins
        first = min(max((start or 0) + (a.shape[d] if (start or 0) < 0 else 0), 0), a.shape[d])
        whole = root(a)
        if not whole.flags.c_contiguous or not a.size:
            return out
        at = pointer(a) - pointer(whole) + first * a.strides[d]
        try:
            steps = (*a.strides[:d], a.strides[d] * step, *a.strides[d + 1 :])
            return _ndarray.__new__(type(a), out.shape, a.dtype, whole, at, steps)
        except ValueError:  # where it begins lies behind the end of the memory
            return out
    if step > 1 and out.strides[d] != a.strides[d] * step:  # NumPy forgets the step of a single element
        stride = list(strides(out))
        stride[d] = a.strides[d] // a.itemsize * step
        out = window(out, out.shape, tuple(stride))
    return out


def expand(a: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    have = a.shape
    lead = len(size) - len(have)
    if a.flags.c_contiguous and size[lead:] == have and lead > 0 and -1 not in size and 1 not in size:
        return _ndarray.__new__(type(a), size, a.dtype, a, 0, (0,) * lead + a.strides)
    if have == size:
        return a[...]
    shape, stride = geometry.expand(have, strides(a), size, OF_NUMPY[a.dtype].legacy)
    return window(a, shape, stride)


def squeeze(a: np.ndarray) -> np.ndarray:
    return a.squeeze() if 1 in a.shape else a[...]


def squeeze_dim(a: np.ndarray, dim: Any) -> np.ndarray:
    if type(dim) is int and 0 <= dim < a.ndim:
        return a.squeeze(dim) if a.shape[dim] == 1 else a[...]
    given = () if type(dim) is not int and not len(dim) else geometry.wrap_all(dim, a.ndim)
    dims = tuple(d for d in given if a.ndim and a.shape[d] == 1)
    return a.squeeze(dims) if dims else a[...]


def unsqueeze(a: np.ndarray, dim: int) -> np.ndarray:
    shape = a.shape
    n = len(shape)
    if dim == 0 and a.size and 1 not in shape:
        return a.reshape((1, *shape))
    d = dim if 0 <= dim <= n else geometry.wrap(dim, n + 1)
    if a.size and 1 not in shape and (d < n or not n or a.strides[-1] == a.itemsize):
        return a.reshape((*shape[:d], 1, *shape[d:]))
    stride = list(strides(a))
    stride.insert(d, shape[d] * stride[d] if d < n else 1)
    return window(a, (*shape[:d], 1, *shape[d:]), tuple(stride))


def diagonal(a: np.ndarray, offset: int = 0, dim1: int = 0, dim2: int = 1) -> np.ndarray:
    try:
        r = a.diagonal(offset, dim1, dim2)
    except ValueError:
        if geometry.wrap(dim1, a.ndim) != geometry.wrap(dim2, a.ndim):
            raise
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}") from None
    if r.size == 0:  # NumPy begins an empty window elsewhere
        d1, d2 = geometry.wrap(dim1, a.ndim), geometry.wrap(dim2, a.ndim)
        kept = [i for i in range(a.ndim) if i != d1 and i != d2]
        stride = strides(a)
        return window(a, r.shape, (*[stride[i] for i in kept], stride[d1] + stride[d2]))
    if a.flags.writeable:
        r.flags.writeable = True
    return r


def unfold(a: np.ndarray, dimension: int, size: int, step: int) -> np.ndarray:
    d = geometry.wrap(dimension, a.ndim)
    have = a.shape[d] if a.ndim else 1
    if size > have:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {have} but size is {size}")
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if a.ndim == 0:
        return window(a, (size,), (1,))
    stride = list(strides(a))
    shape = list(a.shape)
    shape[d] = (have - size) // step + 1
    inner = stride[d]
    stride[d] = inner * step
    return window(a, (*shape, size), (*stride, inner))


_HALF = {np.dtype("c8"): np.dtype("f4"), np.dtype("c16"): np.dtype("f8")}
_DOUBLE = {half: whole for whole, half in _HALF.items()}


def as_real(a: np.ndarray) -> np.ndarray:
    """Complex numbers as pairs, along a new last dimension."""
    if a.dtype not in _HALF:
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return a[..., None].view(_HALF[a.dtype])


def as_complex(a: np.ndarray) -> np.ndarray:
    """Pairs, along the last dimension, as complex numbers."""
    if a.dtype not in _DOUBLE:
        from ..dtypes import OF_NUMPY

        raise RuntimeError(
            f"view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: {OF_NUMPY[a.dtype].legacy}"
        )
    stride = strides(a)
    if a.ndim == 0:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if a.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if stride[-1] != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(s % 2 for s in stride[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if offset(a) % 2:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    return a.view(_DOUBLE[a.dtype])[..., 0]


def as_dtype(a: np.ndarray, have: Any, want: Any) -> np.ndarray:
    """The same bytes as another dtype; the last dimension takes the difference."""
    small, big = have.itemsize, want.itemsize
    sizes = f"to view {have.legacy} as {want.legacy} (different element sizes)"
    if small == big:
        return a.view(want.np)
    if a.ndim == 0:
        raise RuntimeError(f"self.dim() cannot be 0 {sizes}")
    stride = strides(a)
    if small > big:
        if stride[-1] != 1:
            raise RuntimeError(f"self.stride(-1) must be 1 {sizes}, but got {stride[-1]}")
        return a.view(want.np)
    times = big // small
    if a.shape[-1] % times:
        raise RuntimeError(f"self.size(-1) must be divisible by {times} {sizes}, but got {a.shape[-1]}")
    at = offset(a)
    if at % times:
        raise RuntimeError(f"self.storage_offset() must be divisible by {times} {sizes}, but got {at}")
    for d, s in enumerate(stride[:-1]):
        if s % times:
            raise RuntimeError(f"self.stride({d}) must be divisible by {times} {sizes}, but got {s}")
    if stride[-1] != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 {sizes}, but got {stride[-1]}")
    return a.view(want.np)
