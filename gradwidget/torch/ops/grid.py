"""Images sampled at places that a grid gives (Jaderberg et al. 2015, spatial transformers).

Grid coordinates run from -1 to 1 over the image, x first: at the centres of the outermost pixels (`align_corners`), or at
their outer edges.
"""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np

from ..dtypes import OF_NUMPY
from ..grad_mode import enable_grad
from ..tensor import Tensor, from_array
from . import pool_checks as check
from .both import array
from .native import native
from .registry import OPS, function_of, public, record

# ---- coordinates, with their slopes


def _unnormalised(g: np.ndarray, size: int, align: bool) -> tuple[np.ndarray, Any]:
    if align:
        return (g + 1) * ((size - 1) / 2), (size - 1) / 2
    return (g + 1) * (size / 2) - 0.5, size / 2


def _reflected(x: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Folded back and forth between two bounds, and in which direction it runs then."""
    span = high - low
    if span <= 0:
        return np.zeros_like(x), np.zeros_like(x)
    away = x - low
    sign = np.where(away < 0, -1.0, 1.0).astype(x.dtype)
    away = np.abs(away)
    turns = np.floor(away / span)
    rest = away - turns * span
    odd = turns.astype(np.int64) % 2 == 1
    return np.where(odd, high - rest, rest + low).astype(x.dtype), np.where(odd, -sign, sign)


def _placed(g: np.ndarray, size: int, padding: str, align: bool) -> tuple[np.ndarray, Any]:
    x, slope = _unnormalised(g, size, align)
    slope = np.full_like(x, slope)
    if padding == "reflection":
        low, high = (0.0, size - 1.0) if align else (-0.5, size - 0.5)
        x, turned = _reflected(x, low, high)
        slope = slope * turned
    if padding != "zeros":
        slope = np.where((x <= 0) | (x >= size - 1), 0, slope)
        x = np.clip(x, 0, size - 1)
    x = np.where(np.isnan(x), -100.0, x)
    return x.astype(g.dtype, copy=False), slope.astype(g.dtype, copy=False)


def _cubic_weights(t: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Keys' cubic, a = -0.75, at distances t + 1, t, 1 - t, 2 - t; and its slopes."""
    a = -0.75

    def near(x: np.ndarray) -> np.ndarray:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: np.ndarray) -> np.ndarray:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    def d_near(x: np.ndarray) -> np.ndarray:
        return (3 * (a + 2) * x - 2 * (a + 3)) * x

    def d_far(x: np.ndarray) -> np.ndarray:
        return (3 * a * x - 10 * a) * x + 8 * a

    weights = [far(t + 1), near(t), near(1 - t), far(2 - t)]
    return weights, [d_far(t + 1), d_near(t), -d_near(1 - t), -d_far(2 - t)]


def _corners(
    grid: np.ndarray, size: tuple[int, ...], mode: str, padding: str, align: bool
) -> list[list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]]:
    """For each dimension, the pixels that matter: (index, whether inside, weight, slope of the weight in the grid)."""
    out = []
    for k, n in enumerate(size):
        g = grid[..., len(size) - 1 - k]
        if mode == "bicubic":
            x, slope = _unnormalised(g, n, align)
            first = np.floor(x)
            weights, slopes = _cubic_weights(x - first)
            line = []
            for j in range(4):
                at = first + (j - 1)
                if padding == "reflection":
                    low, high = (0.0, n - 1.0) if align else (-0.5, n - 0.5)
                    at = _reflected(at, low, high)[0]
                if padding != "zeros":
                    at = np.clip(at, 0, n - 1)
                whole = at.astype(np.int64)
                line.append((np.clip(whole, 0, n - 1), (whole >= 0) & (whole < n), weights[j], slopes[j] * slope))
            out.append(line)
            continue
        x, slope = _placed(g, n, padding, align)
        if mode == "nearest":
            whole = np.rint(x).astype(np.int64)
            one = np.ones_like(x)
            out.append([(np.clip(whole, 0, n - 1), (whole >= 0) & (whole < n), one, np.zeros_like(x))])
            continue
        first = np.floor(x)
        t = x - first
        low = first.astype(np.int64)
        line = []
        for at, weight, sign in ((low, 1 - t, -1), (low + 1, t, 1)):
            line.append((np.clip(at, 0, n - 1), (at >= 0) & (at < n), weight, sign * slope))
        out.append(line)
    return out


def _pixels(corner: Any, size: tuple[int, ...], count: int) -> np.ndarray:
    """Where the pixels of a corner stand, as rows of all images' pixels, one after the other."""
    flat: Any = 0
    for (at, *_), n in zip(corner, size):
        flat = flat * n + at
    area = int(np.prod(size))
    return np.asarray((flat.reshape(count, -1) + np.arange(count)[:, None] * area).reshape(-1))


def _share(corner: Any, leave: int = -1) -> np.ndarray:
    """How much a corner counts: the product of its weights along the dimensions (without one of them), 0 outside."""
    total: Any = None
    for k, (_, inside, weight, _) in enumerate(corner):
        part = inside if k == leave else weight * inside
        total = part if total is None else total * part
    return total  # type: ignore[no-any-return]


def _rows(x: np.ndarray) -> np.ndarray:
    """(batch, channels, ...) as one row of channels for each pixel."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1)).reshape(-1, x.shape[1])


def _sampled(x: np.ndarray, grid: np.ndarray, mode: str, padding: str, align: bool) -> Any:
    if x.dtype == np.float16:
        return _sampled(x.astype(np.float32), grid.astype(np.float32), mode, padding, align).astype(x.dtype)
    if not x.size or not grid.size:
        return np.zeros_like(x, shape=(*x.shape[:2], *grid.shape[1:-1]))
    size, rows = x.shape[2:], _rows(x)
    total: Any = None
    for corner in itertools.product(*_corners(grid, size, mode, padding, align)):
        part = np.take(rows, _pixels(corner, size, len(x)), 0)
        part *= _share(corner).reshape(-1, 1)
        total = part if total is None else np.add(total, part, out=total)
    out = total.reshape(*grid.shape[:-1], x.shape[1])
    return np.ascontiguousarray(np.moveaxis(out, -1, 1))


def _sampled_back(grad: Any, input: Any, grid: Any, mode: str, padding: str, align: bool) -> tuple[Any, Any]:
    if isinstance(grad, Tensor):
        return _again(grad, input, grid, mode, padding, align)
    if not grad.size:
        return np.zeros_like(input), np.zeros_like(grid)
    size, channels = input.shape[2:], input.shape[1]
    n, rows, g = len(size), _rows(input), _rows(grad)
    d_rows, d_grid = np.zeros_like(rows).reshape(-1), np.zeros_like(grid)
    each = np.arange(channels)
    for corner in itertools.product(*_corners(grid, size, mode, padding, align)):
        at = _pixels(corner, size, len(input))
        spread = g * _share(corner).reshape(-1, 1)
        np.add.at(
            d_rows, (at[:, None] * channels + each).reshape(-1), spread.reshape(-1)
        )  # by elements: fast, by rows not
        along = np.einsum("pc,pc->p", np.take(rows, at, 0), g).reshape(grid.shape[:-1])
        for k in range(n):
            d_grid[..., n - 1 - k] += along * _share(corner, k) * corner[k][3]
    d_input = np.moveaxis(d_rows.reshape(input.shape[0], *size, channels), -1, 1)
    return np.ascontiguousarray(d_input), d_grid


def _again(grad: Tensor, input: Any, grid: Any, mode: str, padding: str, align: bool) -> tuple[Any, Any]:
    """The gradients in ops that can be differentiated: the samples put together from small ops once more."""
    from ..autograd import grad as gradients

    with enable_grad():
        x, g = (t.view_as(t) if t.requires_grad else t for t in (input, grid))
        out = _written_out(x, g, mode, padding, align)
    wanted = [t for t in (x, g) if t.requires_grad]
    found = iter(gradients(out, wanted, grad, create_graph=True, allow_unused=True))
    return tuple(next(found) if t.requires_grad else None for t in (x, g))  # type: ignore[return-value]


def _written_out(x: Any, grid: Any, mode: str, padding: str, align: bool) -> Any:
    size = x._a.shape[2:]
    corners = _corners(array(grid), size, mode, padding, align)
    n = len(size)
    batch = from_array(np.arange(x.size(0)).reshape(-1, *(1,) * (grid.dim() - 2)))
    moved = x.movedim(1, -1)
    lines = []
    for k, line in enumerate(corners):
        g = grid[..., n - 1 - k]
        value = array(g)
        made = []
        if mode == "bicubic":
            x_line = _unnormalised(g, size[k], align)[0]
            weights = _cubic_weights(x_line - from_array(np.floor(array(x_line))))[0]
            lines.append([(from_array(at), inside, w) for (at, inside, *_), w in zip(line, weights)])
            continue
        for at, inside, weight, slope in line:  # linear in the grid between its kinks
            differ = g - from_array(value)
            w = from_array(weight.astype(value.dtype)) + differ * from_array(slope.astype(value.dtype))
            made.append((from_array(at), inside, w))
        lines.append(made)
    total: Any = 0
    for corner in itertools.product(*lines):
        inside = np.all([i for _, i, _ in corner], 0).astype(x._a.dtype)
        share: Any = from_array(inside)
        for _, _, w in corner:
            share = share * w
        place = (batch, *(at for at, _, _ in corner))
        total = total + moved[place] * share.unsqueeze(-1)
    return total.movedim(-1, 1)


for _n in (2, 3):
    record(
        f"grid_sampler_{_n}d",
        _sampled,
        "input, grid, interpolation_mode, padding_mode, align_corners",
        tensors=("input", "grid"),
        node=f"GridSampler{_n}DBackward0",
        methods=(),
        shared=lambda grad, input, grid, interpolation_mode, padding_mode, align_corners: _sampled_back(
            grad, input, grid, interpolation_mode, padding_mode, align_corners
        ),
        input=lambda shared: shared[0],
        grid=lambda shared: shared[1],
    )


def grid_sample(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Tensor:
    """Values of (batch, channels, ...) at the places of a grid (batch, ..., dimensions), between -1 and 1.

    mode: "bilinear", "nearest" or "bicubic" (2D); padding_mode: "zeros", "border" or "reflection".
    """
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', "
            f"but got: '{padding_mode}'"
        )
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
            "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details.",
            stacklevel=2,
        )
    return grid_sampler(input, grid, _MODES.index(mode), _PADDINGS.index(padding_mode), bool(align_corners))  # type: ignore[no-any-return]


_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


def _sampler(name: str) -> Any:
    def sample(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
        x, g = input._a, grid._a
        n = _check_grid(x, g)
        if interpolation_mode == 2 and n == 3:
            raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
        mode, padding = _MODES[interpolation_mode], _PADDINGS[padding_mode]
        kernel = "grid_sampler_2d_cpu_kernel_impl" if n == 2 else "grid_sampler3d_cpu"
        check.kind(kernel, x, "biuc")
        if x.dtype != g.dtype:
            have, want = (OF_NUMPY[a.dtype].legacy for a in (x, g))
            raise RuntimeError(f"expected scalar type {have} but found {want}")
        return function_of(OPS[f"grid_sampler_{n}d"])(input, grid, mode, padding, align_corners)

    sample.__doc__ = "Values at the places of a grid; `interpolation_mode` and `padding_mode` are numbers."
    return public(name, method=False)(
        native(f"{name}(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners)")(
            sample
        )
    )


grid_sampler, grid_sampler_2d, grid_sampler_3d = map(_sampler, ("grid_sampler", "grid_sampler_2d", "grid_sampler_3d"))


def _check_grid(x: np.ndarray, g: np.ndarray) -> int:
    """Over how many dimensions is sampled."""
    n = x.ndim - 2
    both = f"but got input with sizes {list(x.shape)} and grid with sizes {list(g.shape)}"
    if x.shape[:1] != g.shape[:1]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, {both}")
    if g.shape[-1] != n:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {n} in last dimension, but got grid with sizes {list(g.shape)}"
        )
    for d in range(2, x.ndim):
        if x.shape[d] == 0:
            raise RuntimeError(
                f"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {list(x.shape)} with dimension {d} being empty"
            )
    if n not in (2, 3) or g.ndim != x.ndim:
        raise RuntimeError(f"grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, {both}")
    return n


# ---- grids


def _base(size: tuple[int, ...], align: bool, kind: Any) -> np.ndarray:
    """Homogeneous coordinates of every place: (..., n + 1)."""
    lines = []
    for n in size:
        if n <= 1:
            line = np.zeros(n, kind)
        else:
            line = np.linspace(-1, 1, n, dtype=np.float64)
            line = (line if align else line * (n - 1) / n).astype(kind)
        lines.append(line)
    grids = np.meshgrid(*lines, indexing="ij")
    return np.stack([*reversed(grids), np.ones(size, kind)], -1)


def _affine(theta: np.ndarray, size: tuple[int, ...], align: bool) -> Any:
    kind = theta.dtype
    base = _base(size[2:], align, theta.dtype)
    if theta.dtype == np.float16:
        base, theta = base.astype(np.float32), theta.astype(np.float32)
    flat = base.reshape(1, -1, base.shape[-1])
    grid = np.matmul(flat, theta.swapaxes(1, 2)).reshape(size[0], *size[2:], theta.shape[1])
    return grid.astype(kind, copy=False)


def _affine_back(grad: Any, size: tuple[int, ...], align: bool) -> Any:
    base = _base(size[2:], align, array(grad).dtype).reshape(-1, len(size) - 1)
    flat = grad.reshape(size[0], -1, len(size) - 2)
    if isinstance(grad, Tensor):
        return (from_array(base).t() @ flat).transpose(1, 2)  # type: ignore[attr-defined]
    return np.matmul(base.T, flat).swapaxes(1, 2)


record("affine_grid_generator", _affine, "theta, size, align", tensors=("theta",), methods=(), theta=_affine_back)


@public(method=False)
@native("affine_grid_generator(Tensor theta, int[] size, bool align_corners)")
def affine_grid_generator(theta: Any, size: Any, align_corners: bool) -> Tensor:
    """The grid that affine maps give."""
    if theta._a.shape[0] != size[0]:
        d = len(size) - 1
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{size[0]}, {d}] but got: [{theta._a.shape[0]}, {d}]."
        )
    return function_of(OPS["affine_grid_generator"])(theta, tuple(size), align_corners)  # type: ignore[no-any-return]


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Tensor:
    """The grid that affine maps (batch, 2, 3) or (batch, 3, 4) give, for outputs of a size."""
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
            "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details.",
            stacklevel=2,
        )
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    n = len(size) - 2
    shapes = {2: "Nx2x3", 3: "Nx3x4"}
    if n not in shapes:
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. "
            f"Got size {tuple(size)}."
        )
    if theta.dim() != 3 or tuple(theta.shape[-2:]) != (n, n + 1):
        raise ValueError(
            f"Expected a batch of {n}D affine matrices of shape {shapes[n]} for size {tuple(size)}. Got {theta.shape}."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {tuple(size)}")
    return affine_grid_generator(theta, size, bool(align_corners))  # type: ignore[no-any-return]
