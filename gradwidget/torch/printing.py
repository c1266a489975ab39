"""How a tensor is written as text: PyTorch's layout, from a NumPy array and a few facts about it.

The numbers of a tensor share one column format, chosen by looking at all that will be shown: whole numbers are written
`1.`, a wide range of magnitudes switches to scientific notation, everything else gets a fixed number of digits.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

# Beyond these magnitudes, or when the largest is so many times the smallest, fixed digits say too little.
LARGEST_FIXED = 1.0e8
SMALLEST_FIXED = 1.0e-4
WIDEST_FIXED = 1000.0


@dataclasses.dataclass
class Options:
    """What `set_printoptions` sets."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


OPTIONS = Options()

PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Change how tensors are printed from now on.

    precision: digits after the point; threshold: number of elements above which the middle is left out; edgeitems:
    how many elements stand at each end then; linewidth: characters per line; profile: "default", "short" or "full";
    sci_mode: always (True) or never (False) scientific, None lets the numbers decide (and is the value when left out).

    >>> set_printoptions(precision=2)
    >>> set_printoptions(profile="default")
    """
    asked = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    chosen = PROFILES.get(profile, {}) if profile is not None else {}
    for name, value in {
        **chosen,
        **{k: v for k, v in asked.items() if v is not None},
    }.items():
        setattr(OPTIONS, name, value)
    OPTIONS.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The present options, fit to be handed to `set_printoptions`."""
    return dataclasses.asdict(OPTIONS)


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Options of `set_printoptions` that hold inside a `with` block.

    >>> with printoptions(precision=2): ...
    """
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)


def tensor_text(
    array: np.ndarray | None,
    *,
    dtype: str = "torch.float32",
    default_dtype: str = "torch.float32",
    device: str = "cpu",
    shape: tuple[int, ...] | None = None,
    grad_fn: str | None = None,
    requires_grad: bool = False,
    prefix: str = "tensor(",
) -> str:
    """The whole text of a tensor, `tensor([1., 2.], grad_fn=<MulBackward0>)`.

    array: its values, or None for a tensor without memory (the meta device; `shape` says its size then); dtype and
    default_dtype as PyTorch writes them; grad_fn: the node's name; prefix: what stands before the numbers.

    >>> tensor_text(np.array([1.5, 2.0], np.float32), requires_grad=True)
    'tensor([1.5000, 2.0000], requires_grad=True)'
    """
    shape = tuple(shape if array is None else array.shape)  # type: ignore[arg-type]
    suffixes = [] if device == "cpu" else [f"device='{device}'"]
    if array is None:
        numbers, show_size, show_dtype = "...", True, dtype != default_dtype
    elif array.size == 0:
        # Nothing inside tells the type or the other sizes, so both are spelled out.
        numbers, show_size, show_dtype = "[]", len(shape) != 1, dtype != default_dtype
    else:
        numbers, show_size = values_text(array, len(prefix)), not OPTIONS.edgeitems
        show_dtype = dtype not in _self_evident(default_dtype)
    if show_size:
        suffixes.append(f"size={shape}")
    if show_dtype:
        suffixes.append(f"dtype={dtype}")
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    return _with_suffixes(prefix + numbers, suffixes, len(prefix))


def _self_evident(default_dtype: str) -> tuple[str, ...]:
    """The dtypes that one sees from the numbers alone."""
    as_complex = "torch.complex128" if default_dtype == "torch.float64" else "torch.complex64"
    return (default_dtype, as_complex, "torch.int64", "torch.bool")


def _with_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    length = len(text) - text.rfind("\n") + 1  # of the last line, and a little more: where PyTorch breaks
    for suffix in suffixes:
        if length + len(suffix) + 2 > OPTIONS.linewidth:
            text += ",\n" + " " * indent + suffix
            length = indent + len(suffix)
        else:
            text += ", " + suffix
            length += len(suffix) + 2
    return text + ")"


# ---- the numbers ----------------------------------------------------------------------------------------------------


def values_text(array: np.ndarray, indent: int) -> str:
    """The bracketed numbers of an array with at least one element; `indent` characters stand before them."""
    shorten = array.size > OPTIONS.threshold
    if shorten and array.ndim and not OPTIONS.edgeitems:
        return "[...]"
    shape = array.shape
    shown = _edges(array) if shorten else array
    if shown.dtype.kind == "V":  # bfloat16
        shown = shown.astype(np.float32)
    if shown.dtype.kind == "c":
        write, width = _complex_column(shown)
    else:
        write, width = _column(shown)
    if array.ndim == 0:
        return write(shown.item())
    return _nested(shown.tolist(), shape if shorten else shown.shape, indent, write, width + 2)


def _edges(array: np.ndarray) -> np.ndarray:
    """The array without the middle of every long dimension."""
    keep = OPTIONS.edgeitems
    for axis, size in enumerate(array.shape):
        if size > 2 * keep:
            array = array.take([*range(keep), *range(size - keep, size)], axis)
    return array


def _nested(
    rows: list,
    shape: tuple[int, ...],
    indent: int,
    write: Callable[[Any], str],
    width: int,
) -> str:
    """Rows within rows. `shape` is the whole tensor's: where `rows` is shorter, dots stand for what was left out."""
    vector = len(shape) == 1
    if vector:
        parts = [write(value) for value in rows]
    else:
        parts = [_nested(row, shape[1:], indent + 1, write, width) for row in rows]
    if len(rows) < shape[0]:
        parts.insert(OPTIONS.edgeitems, " ..." if vector else "...")
    margin = " " * (indent + 1)
    if not vector:
        return "[" + ("," + "\n" * (len(shape) - 1) + margin).join(parts) + "]"
    per_line = max(1, math.floor((OPTIONS.linewidth - indent) / width))
    lines = [", ".join(parts[at : at + per_line]) for at in range(0, len(parts), per_line)]
    return "[" + (",\n" + margin).join(lines) + "]"


def _column(array: np.ndarray) -> tuple[Callable[[Any], str], int]:
    """How to write one value so that all of them line up, and how wide that is."""
    if array.dtype.kind != "f":
        width = max(1, max(len(str(value)) for value in array.ravel().tolist()))
        return (lambda value: str(value).rjust(width)), width
    form, width = _float_form(array.ravel())
    return (lambda value: form(value).rjust(width)), width


def _float_form(values: np.ndarray) -> tuple[Callable[[float], str], int]:
    """The format that fits all these floats. Zeros, infinities and NaNs have no say in it."""
    numbers = values[np.isfinite(values) & (values != 0)].astype(np.float64)
    if numbers.size == 0:
        return _whole, 1
    sizes = np.abs(numbers)
    low, high = float(sizes.min()), float(sizes.max())
    scientific = OPTIONS.sci_mode
    if scientific is None:
        scientific = high / low > WIDEST_FIXED or high > LARGEST_FIXED or low < SMALLEST_FIXED
    form: Callable[[float], str]
    if scientific:
        form = f"{{:.{OPTIONS.precision}e}}".format
    elif np.array_equal(numbers, np.ceil(numbers)):
        form = _whole
    else:
        form = f"{{:.{OPTIONS.precision}f}}".format
    return form, max(1, max(len(form(number)) for number in numbers.tolist()))


def _whole(value: float) -> str:
    """A float without digits after its point; the point says that it is a float."""
    return f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"


def _complex_column(array: np.ndarray) -> tuple[Callable[[complex], str], int]:
    real, real_width = _float_form(array.real.ravel())
    imag, imag_width = _float_form(array.imag.ravel())

    def write(value: complex) -> str:
        first, second = (
            real(value.real).rjust(real_width),
            imag(value.imag).rjust(imag_width).lstrip(),
        )
        return first + ("" if second[0] in "+-" else "+") + second + "j"

    return write, real_width + imag_width + 1
