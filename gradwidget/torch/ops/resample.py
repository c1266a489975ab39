"""Images at other sizes: nearest, (bi-, tri-)linear, bicubic, with and without antialiasing.

Output place i looks at input place (i + ½) · scale - ½, or i · (in - 1) / (out - 1) with aligned corners. Cubic weights are
Keys' (1981) with a = -0.75 (a = -0.5 where antialiased, as PIL has it).
"""

from __future__ import annotations

import functools
import math
import warnings
from typing import Any

import numpy as np

from ..tensor import Tensor
from . import pool_checks as check
from .layout import as_images
from .native import native
from .registry import OPS, function_of, record
from .taps import Taps, linear_op

NAMES = {
    ("nearest", 1): "UpsampleNearest1DBackward0",
    ("nearest", 2): "UpsampleNearest2DBackward0",
    ("nearest", 3): "UpsampleNearest3DBackward0",
    ("nearest-exact", 1): "UpsampleNearestExact1DBackward0",
    ("nearest-exact", 2): "UpsampleNearestExact2DBackward0",
    ("nearest-exact", 3): "UpsampleNearestExact3DBackward0",
    ("linear", 1): "UpsampleLinear1DBackward0",
    ("bilinear", 2): "UpsampleBilinear2DBackward0",
    ("trilinear", 3): "UpsampleTrilinear3DBackward0",
    ("bicubic", 2): "UpsampleBicubic2DBackward0",
    ("bilinear-aa", 2): "UpsampleBilinear2DAaBackward0",
    ("bicubic-aa", 2): "UpsampleBicubic2DAaBackward0",
    ("lanczos-aa", 2): "UpsampleLanczos2DAaBackward0",
}


def _name(mode: str, n: int) -> str:
    return f"upsample_{mode.replace('-', '_')}{n}d"


for (_mode, _n), _node in NAMES.items():
    linear_op(_name(_mode, _n), _node, keeps=False)


def _cubic(x: np.ndarray, a: float) -> np.ndarray:
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


@functools.lru_cache(maxsize=128)
def line_taps(mode: str, size: int, out: int, align_corners: bool, scale: float | None, single: bool) -> Taps:
    """How one line of `size` becomes one of `out`. scale: inputs per output, where the caller gave one."""
    kind: Any = np.float32 if single else np.float64
    i = np.arange(out, dtype=kind)
    if mode in ("nearest", "nearest-exact"):
        step = kind(size / out if scale is None else scale)
        at = i * step if mode == "nearest" else (i + kind(0.5)) * step
        return Taps(np.minimum(at.astype(np.int64), size - 1)[None], None, size)
    if mode.endswith("-aa"):
        return _antialiased(mode, size, out, align_corners, scale)
    if align_corners:
        source = i * (kind((size - 1) / (out - 1)) if out > 1 else kind(0))
    else:
        source = (i + kind(0.5)) * kind(size / out if scale is None else scale) - kind(0.5)
    if mode == "bicubic":
        first = np.floor(source).astype(np.int64)
        t = source - first
        at = first + np.arange(-1, 3)[:, None]
        weights = _cubic(t - np.arange(-1, 3)[:, None], -0.75)
        return Taps(np.clip(at, 0, size - 1), weights, size)
    source = np.maximum(source, 0)
    first = np.minimum(source.astype(np.int64), size - 1)
    t = np.clip(source - first, 0, 1)
    return Taps(np.stack([first, np.minimum(first + 1, size - 1)]), np.stack([1 - t, t]), size)


def _antialiased(mode: str, size: int, out: int, align_corners: bool, scale: float | None) -> Taps:
    """Weights spread over as many inputs as one output stands for."""
    if align_corners:
        step = (size - 1) / (out - 1) if out > 1 else 0.0
    else:
        step = size / out if scale is None else scale
    reach = {"bilinear-aa": 1.0, "bicubic-aa": 2.0, "lanczos-aa": 3.0}[mode]
    support = reach * max(step, 1.0)
    centre = step * (np.arange(out) + 0.5)
    begin = np.maximum((centre - support + 0.5).astype(np.int64), 0)
    end = np.minimum((centre + support + 0.5).astype(np.int64), size)
    at = begin + np.arange(int((end - begin).max(initial=1)))[:, None]
    inside = at < end
    x = (at - centre + 0.5) / max(step, 1.0)
    if reach == 1:
        weights = np.maximum(1 - np.abs(x), 0)
    else:
        weights = _cubic(x, -0.5) if reach == 2 else np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)
    weights = np.where(inside, weights, 0.0)
    total = weights.sum(0)
    return Taps(np.minimum(at, size - 1), weights / np.where(total == 0, 1, total), size)


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """(batch, channels, ...) at another size, or `scale_factor` times as large.

    mode: "nearest", "nearest-exact", "linear" (3D), "bilinear", "bicubic" (4D), "trilinear" (5D), "area".
    """
    if mode in ("nearest", "area", "nearest-exact") and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    align = bool(align_corners)
    n = input.dim() - 2
    factors, size = _target(input, size, scale_factor, n)
    if recompute_scale_factor and factors is None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if factors is not None and (recompute_scale_factor or mode == "area"):
        size = [math.floor(float(s) * f) for s, f in zip(input.shape[2:], factors)]
        factors = None
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and input.dim() == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    if mode == "lanczos" and not antialias:
        raise ValueError("Lanczos mode requires antialias=True")
    if mode == "area" and n in (1, 2, 3):
        from .adaptive import area

        return area(n, input, size)  # type: ignore[no-any-return]
    key = mode + "-aa" if antialias else mode
    if (key, n) not in NAMES:
        _refuse(input, mode)
    flags = () if mode.startswith("nearest") else (align,)
    return _NATIVE[key, n](input, size, *flags, factors)  # type: ignore[no-any-return]


def _resampled(key: str, n: int, input: Any, size: Any, align: bool, factors: Any) -> Any:
    """The native functions, once they know what they were given."""
    x = input._a
    sizes = [math.floor(s * f) for s, f in zip(x.shape[2:], factors)] if size is None else size
    if min(*sizes, *x.shape[2:]) < 1:
        have, want = (", ".join(f"{a}: {b}" for a, b in zip("DHW"[-n:], v)) for v in (x.shape[2:], sizes))
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({have}) {'and ' * (n == 1)}output ({want})"
        )
    if 0 in x.shape[1:]:
        raise RuntimeError(f"Non-empty {n + 2}D data tensor expected but got a tensor with sizes {list(x.shape)}")
    kinds = "bic" if n == 2 or key.startswith("nearest") else "bicu"
    check.kind(_kernel_name(key, n), x, kinds + "u", np.uint8 if "u" not in kinds else None)
    scales = [None if factors is None else 1.0 / f for f in factors or [1.0] * n]
    single = x.dtype != np.float64
    taps = tuple(line_taps(key, s, o, align, f, single) for s, o, f in zip(x.shape[2:], sizes, scales))
    if x.dtype == np.uint8 and not key.startswith("nearest"):
        return function_of(OPS["_upsample_bytes"])(input, taps)
    return function_of(OPS[_name(key, n)])(input, taps)


def _in_bytes(x: np.ndarray, taps: tuple[Taps, ...]) -> Any:
    """Rounded after each direction, the last one first."""
    y = x
    for k in reversed(range(len(taps))):
        smooth = taps[k].gather(y.astype(np.float32), x.ndim - len(taps) + k)
        y = np.clip(np.floor(smooth + 0.5), 0, 255).astype(np.uint8)
    return as_images(y, x)


record("_upsample_bytes", _in_bytes, "self, taps", tensors=("self",), methods=())


def _kernel_name(key: str, n: int) -> str:
    """What PyTorch calls the kernel when it has none for a dtype."""
    if key.endswith("-aa"):
        return "compute_index_ranges_weights"
    if n == 2 and key != "bicubic":
        return f"upsample_{'bilinear2d' if key == 'bilinear' else 'nearest2d'}_channels_last"
    kind = "cubic" if key == "bicubic" else "nearest" if key.startswith("nearest") else "linear"
    return f"compute_indices_weights_{kind}"


def _native_of(key: str, n: int) -> Any:
    base = key.removesuffix("-aa").replace("-", "_")
    name = f"upsample_{base}{n}d" + ("_aa" if key.endswith("-aa") else "")
    if key.endswith("-aa") or base == "nearest_exact":
        name = "_" + name
    corners = "" if base.startswith("nearest") else "bool align_corners, "
    scales = {1: ("scales",), 2: ("scales_h", "scales_w"), 3: ("scales_d", "scales_h", "scales_w")}[n]
    optional = ", ".join(f"float {s}=None" for s in scales)

    def resample(input: Any, size: Any, *rest: Any) -> Any:
        return _resampled(key, n, input, size, bool(rest[0]) if corners else False, rest[-1])

    return native(
        f"{name}(Tensor input, int[]? output_size, {corners}float[]? scale_factors)",
        f"{name}(Tensor input, int[] output_size, {corners}{optional}, *, Tensor out=None)",
    )(resample)


_NATIVE = {(key, n): _native_of(key, n) for key, n in NAMES}


def _target(input: Any, size: Any, scale_factor: Any, n: int) -> tuple[Any, Any]:
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    name, given = ("output shape", size) if size is not None else ("scale_factor", scale_factor)
    if isinstance(given, (list, tuple)):
        if len(given) != n:
            if size is not None:
                raise ValueError(
                    "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of "
                    f"{list(input.shape[2:])} and output size of {size}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and output "
                    "size in (o1, o2, ...,oK) format."
                )
            raise ValueError(
                "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions of "
                f"{list(input.shape[2:])} and scale_factor of shape {scale_factor}. Please provide input tensor in (N, C, d1, d2, ...,dK) "
                "format and scale_factor in (s1, s2, ...,sK) format."
            )
        many = list(given)
        if size is not None and not all(type(s) is int for s in many):
            kinds = [type(s) for s in many]
            raise TypeError(
                f"expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size with types {kinds}"
            )
    else:
        many = [given] * n
    return (None, many) if name == "output shape" else (many, None)


def _refuse(input: Any, mode: str) -> None:
    dims = input.dim()
    needs = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}
    if mode in needs and dims in (3, 4, 5) and mode != "bicubic":
        raise NotImplementedError(f"Got {dims}D input, but {mode} mode needs {needs[mode]}D input")
    raise NotImplementedError(
        "Input Error: Only 3D, 4D and 5D input Tensors supported"
        f" (got {dims}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"
        f" (got {mode})"
    )


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """`interpolate` under its older name."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Tensor:
    warnings.warn(
        "`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2
    )
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Tensor:
    warnings.warn(
        "`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2
    )
    return interpolate(input, size, scale_factor, "bilinear", True)
