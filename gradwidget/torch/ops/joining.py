"""Tensors put side by side, pairs and grids of elements, triangles of indices, integrals by trapezoids."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .. import dtypes, geometry
from ..tensor import Size, Tensor, from_array
from .both import over, scale
from .registry import FUNCTIONS, import_family, public, spelled
from .shape import Joined, cat, joined, meshgrid, stack, vstack


@public(method=False)
def column_stack(tensors: Any, *, out: Any = None) -> Tensor:
    """Side by side; vectors as columns."""
    return cat([t.reshape(-1, 1) if t.dim() <= 1 else t for t in tensors], 1, out=out)


@public(method=False)
def dstack(tensors: Any, *, out: Any = None) -> Tensor:
    """Along the third dimension."""
    if not tensors:
        raise RuntimeError("dstack expects a non-empty TensorList")
    if "atleast_3d" not in FUNCTIONS:
        import_family("view_copies")
    return cat([FUNCTIONS["atleast_3d"](t) for t in tensors], 2, out=out)


@public(method=False)
def row_stack(tensors: Any, *, out: Any = None) -> Tensor:
    """`vstack` under its other name."""
    made = vstack(tensors)
    return made if out is None else out.copy_(made)  # type: ignore[no-any-return]


@public(method=False)
def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that all of these broadcast to."""
    try:
        return Size(np.broadcast_shapes(*[s if isinstance(s, (tuple, list)) else (s,) for s in shapes]))
    except ValueError:
        raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape") from None


class BlockDiagBackward0(Joined):
    __slots__ = ()


@public(method=False)
def block_diag(*tensors: Any) -> Tensor:
    """Matrices along the diagonal of one."""
    given = [t if isinstance(t, Tensor) else from_array(np.asarray(t)) for t in tensors]
    for k, t in enumerate(given):
        if t.dim() > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {k} has {t.dim()} dimensions"
            )
    sizes = [(1, 1) if not t.dim() else (1, t.size(0)) if t.dim() == 1 else tuple(t.shape) for t in given]
    kind = given[0].dtype if given else dtypes.get_default_dtype()
    for t in given[1:]:
        kind = dtypes.promote_types(kind, t.dtype)
    if not given:
        return from_array(np.zeros((1, 0), kind.np))
    out = np.zeros(tuple(np.sum(sizes, 0)), kind.np)
    parts: list[Any] = []
    row = column = 0
    for t, (m, n) in zip(given, sizes):
        place = (row, column, slice(row, row + m), slice(column, column + n))
        parts.append(place[:2] if not t.dim() else (row, place[3]) if t.dim() == 1 else place[2:])
        out[parts[-1]] = t._a
        row, column = row + m, column + n
    return joined("block_diag", BlockDiagBackward0, given, out, parts)


@public(method=False)
def cartesian_prod(*tensors: Any) -> Tensor:
    """Every choice of one element from each vector."""
    for t in tensors:
        if t.dim() != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(t.shape)}")
    if len(tensors) == 1:
        return tensors[0]  # type: ignore[no-any-return]
    grids: Any = meshgrid(*tensors, indexing="ij")
    return stack([g.flatten() for g in grids], 1)


@public(method=False)
def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of r elements of a vector, in order."""
    if input.dim() != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return from_array(np.empty(0, input._a.dtype))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    at = np.array(list(choose(range(input.size(0)), r)), np.int64).reshape(-1, r)
    return stack([input[from_array(at[:, k].copy())] for k in range(r)], 1)


def _triangle(rows: int, columns: int, offset: int, upper: bool, dtype: Any) -> Tensor:
    if rows < 0 or columns < 0:
        raise RuntimeError(f"{'row' if rows < 0 else 'col'} must be non-negative, got{rows if rows < 0 else columns}")
    mask = np.tri(rows, columns, offset - 1 if upper else offset, dtype=bool)
    found = np.stack(np.nonzero(~mask if upper else mask))
    return from_array(found.astype((dtype or dtypes.long).np))


@public(method=False)
def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None
) -> Tensor:
    """Rows and columns of what lies on and below a diagonal: (2, count)."""
    return _triangle(row, col, offset, False, dtype)


@public(method=False)
def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None
) -> Tensor:
    """Rows and columns of what lies on and above a diagonal: (2, count)."""
    return _triangle(row, col, offset, True, dtype)


@public()
def argwhere(input: Any) -> Tensor:
    """The indices of all that is not 0, a row for each."""
    return input.nonzero()  # type: ignore[no-any-return]


@public(method=False)
def unravel_index(indices: Any, shape: Any) -> tuple[Tensor, ...]:
    """Flat positions as indices of a shape."""
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    a = indices._a
    if a.dtype.kind not in "iu":
        raise ValueError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    if any(s < 0 for s in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    steps = np.cumprod([1, *reversed(sizes[1:])])[::-1] if sizes else np.zeros(0, np.int64)
    found: Any = from_array((a[..., None] // steps.astype(a.dtype)) % np.array(sizes, a.dtype))
    return found.unbind(-1)  # type: ignore[no-any-return]


# ---- integrals


def _steps(x: Any, dx: Any, dim: int, y: Any) -> Any:
    """The widths between the points: a number, or a tensor to be broadcast with y's slices."""
    if x is None:
        return dx
    wide = x
    if x.dim() == 1 and y.dim() > 1:
        shape = [1] * y.dim()
        shape[dim] = -1
        wide = x.view(shape)
    elif x.dim() != y.dim():
        wide = x.reshape(*(1,) * (y.dim() - x.dim()), *x.shape)
    return wide.narrow(dim, 1, wide.size(dim) - 1) - wide.narrow(dim, 0, wide.size(dim) - 1)


def _halves(y: Any, dim: int) -> tuple[Any, Any]:
    n = y.size(dim)
    return y.narrow(dim, 0, max(n - 1, 0)), y.narrow(dim, min(1, n), max(n - 1, 0))


@public(method=False)
@spelled
def trapezoid(y: Any, x: Any = None, *, dx: Any = 1, dim: int = -1) -> Tensor:
    """The integral along `dim` by the trapezoidal rule, at points x or dx apart."""
    if y._a.dtype == np.bool_ or (x is not None and x._a.dtype == np.bool_):
        raise RuntimeError("trapezoid: received a bool input for `x` or `y`, but bool is not supported" if x is not None else "trapezoid: received a bool input for `y`, but bool is not supported")  # fmt: skip
    d = geometry.wrap(dim, max(y.dim(), 1))
    if y.dim() == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    if y.size(d) == 0:
        return y.sum(d)  # type: ignore[no-any-return]
    y = y.to(dtypes.get_default_dtype()) if y._a.dtype.kind in "iu" else y
    if x is None:
        ends = y.select(d, 0) + y.select(d, -1)
        return scale(y.sum(d) - scale(ends, 0.5), dx)  # type: ignore[no-any-return]
    left, right = _halves(y, d)
    return over(((left + right) * _steps(x, dx, d, y)).sum(d), 2.0)  # type: ignore[no-any-return]


public("trapz", method=False)(trapezoid)


@public(method=False)
@spelled
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = 1, dim: int = -1) -> Tensor:
    """The integral up to each point."""
    d = geometry.wrap(dim, max(y.dim(), 1))
    y = y.to(dtypes.get_default_dtype()) if y._a.dtype.kind in "iu" else y
    left, right = _halves(y, d)
    if x is None:
        return scale(right + left, dx / 2.0).cumsum(d)  # type: ignore[no-any-return]
    return over(((left + right) * _steps(x, dx, d, y)).cumsum(d), 2.0)  # type: ignore[no-any-return]


@public(method=False)
def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """Differences as estimates of the derivative along each dimension, of second order inside (Fornberg 1988)."""
    dims = list(range(input.dim())) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    dims = [geometry.wrap(d, input.dim()) for d in dims]
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    many = isinstance(spacing, (list, tuple))
    spacings = list(spacing) if many else [1 if spacing is None else spacing] * len(dims)
    if len(spacings) != len(dims):
        if dim is not None:
            raise RuntimeError(
                "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the same "
                f"length, but got a spacing argument of length {len(spacings)} and a dim argument of length {len(dims)}."
            )
        raise RuntimeError(
            f"torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to {len(dims)}, but got a list of length {len(spacings)}"
        )
    for d in dims:
        if dims.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    for d in dims:
        if input.size(d) < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    out = []
    if input._a.dtype.kind in "iub":
        input = input.to(dtypes.get_default_dtype())
    for d, s in zip(dims, spacings):
        n = input.size(d)
        f = [input.narrow(d, k, 1) for k in (0, 1, n - 2, n - 1)]
        if isinstance(s, Tensor) and s.dim():
            shape = [1] * input.dim()
            shape[d] = -1
            h: Any = (s[1:] - s[:-1]).reshape(shape)  # type: ignore[index, operator]
            h1, h2 = h.narrow(d, 0, n - 2), h.narrow(d, 1, n - 2)
            inner = (
                input.narrow(d, 0, n - 2) * (-h2 / (h1 * (h1 + h2)))
                + input.narrow(d, 1, n - 2) * ((h2 - h1) / (h1 * h2))
                + input.narrow(d, 2, n - 2) * (h1 / (h2 * (h1 + h2)))
            )
            first, last = h.narrow(d, 0, 1), h.narrow(d, n - 2, 1)
            if edge_order == 1:
                ends = (f[1] - f[0]) / first, (f[3] - f[2]) / last
            else:
                second, before = h.narrow(d, 1, 1), h.narrow(d, n - 3, 1)
                third, ago = input.narrow(d, 2, 1), input.narrow(d, n - 3, 1)
                ends = (
                    f[0] * (-(2 * first + second) / (first * (first + second)))
                    + f[1] * ((first + second) / (first * second))
                    + third * (-first / (second * (first + second))),
                    ago * (last / (before * (before + last)))
                    + f[2] * (-(last + before) / (before * last))
                    + f[3] * ((2 * last + before) / (last * (last + before))),
                )
        else:
            step = s.item() if isinstance(s, Tensor) else s
            inner = over(input.narrow(d, 2, n - 2) - input.narrow(d, 0, n - 2), 2.0 * step) if n > 2 else None
            if edge_order == 1:
                ends = over(f[1] - f[0], step), over(f[3] - f[2], step)
            else:
                third, ago = input.narrow(d, 2, 1), input.narrow(d, n - 3, 1)
                ends = (
                    over(f[0] * -3.0 + f[1] * 4.0 - third, 2.0 * step),
                    over(f[3] * 3.0 - f[2] * 4.0 + ago, 2.0 * step),
                )
        parts = [ends[0], ends[1]] if n <= 2 else [ends[0], inner, ends[1]]
        out.append(cat(parts, d))
    return tuple(out)
