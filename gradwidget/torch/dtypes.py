"""dtypes, and which one comes out when several go in."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import hot


class dtype:
    """An element type, as `torch.float32`; each exists once, so compare with `is` or `==`.

    `np` is the NumPy dtype that holds it, `kind` its place in promotion: 0 bool, 1 integer, 2 floating, 3 complex.
    """

    __module__ = "torch"
    __slots__ = ("name", "np", "kind", "itemsize", "is_floating_point", "is_complex", "is_signed", "legacy")

    np: Any

    def __init__(self, name: str, numpy: str | int, kind: int, legacy: str) -> None:
        """numpy: what NumPy calls it, or the bytes of an element where it has no such dtype."""
        self.name = name
        self.kind = kind
        if isinstance(numpy, int):
            self.itemsize = numpy  # and `np` is left to __getattr__
        else:
            self.np = np.dtype(numpy)
            self.itemsize = self.np.itemsize
        self.is_floating_point = kind == 2
        self.is_complex = kind == 3
        self.is_signed = kind >= 2 or self.np.kind == "i"
        self.legacy = legacy  # "Float", as in torch.FloatTensor and in error texts

    def __getattr__(self, name: str) -> Any:
        """`np`, of a dtype that is not NumPy's own.

        NOTE [bfloat16]  Its numbers are those of `ml_dtypes`, imported when somebody first uses them. To NumPy they are a
        dtype of somebody else's, of kind "V": where floating-point numbers are meant, `kind` is asked for among "fV", and
        where those are meant that can require grad, among "fcV". Ops compute them in float32 and round once
        (`ops.widened`), so kernels and formulas do not meet them.
        """
        if name != "np":
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        if self is not bfloat16:
            raise NotImplementedError(
                f"gradwidget.torch has no {self} tensors: NumPy has no such numbers. Use complex64, or real PyTorch."
            )
        try:
            import ml_dtypes
        except ImportError:
            raise ImportError("bfloat16 tensors need the package ml_dtypes: pip install ml_dtypes") from None
        self.np = hot.BF16 = np.dtype(ml_dtypes.bfloat16)
        OF_NUMPY[self.np] = self
        return self.np

    def __repr__(self) -> str:
        return "torch." + self.name

    def __reduce__(self) -> Any:
        return named, (self.name,)

    def to_complex(self) -> dtype:
        return {"float64": complex128}.get(self.name, complex64) if self.kind < 3 else self

    def to_real(self) -> dtype:
        return {"complex64": float32, "complex128": float64, "complex32": float16}.get(self.name, self)


bool_ = dtype("bool", "?", 0, "Bool")
uint8 = dtype("uint8", "u1", 1, "Byte")
int8 = dtype("int8", "i1", 1, "Char")
int16 = short = dtype("int16", "i2", 1, "Short")
int32 = int_ = dtype("int32", "i4", 1, "Int")
int64 = long = dtype("int64", "i8", 1, "Long")
uint16 = dtype("uint16", "u2", 1, "UInt16")
uint32 = dtype("uint32", "u4", 1, "UInt32")
uint64 = dtype("uint64", "u8", 1, "UInt64")
float16 = half = dtype("float16", "f2", 2, "Half")
bfloat16 = dtype("bfloat16", 2, 2, "BFloat16")
float32 = float_ = dtype("float32", "f4", 2, "Float")
float64 = double = dtype("float64", "f8", 2, "Double")
complex64 = cfloat = dtype("complex64", "c8", 3, "ComplexFloat")
complex128 = cdouble = dtype("complex128", "c16", 3, "ComplexDouble")
complex32 = chalf = dtype("complex32", 4, 3, "ComplexHalf")

ALL = (
    bool_,
    uint8,
    int8,
    int16,
    int32,
    int64,
    uint16,
    uint32,
    uint64,
    float16,
    bfloat16,
    float32,
    float64,
    complex64,
    complex128,
)
_BY_NAME = {d.name: d for d in ALL}
OF_NUMPY: dict[np.dtype[Any], dtype] = {d.np: d for d in ALL if d is not bfloat16}  # it comes when it is first used
OF_PYTHON: dict[type, dtype] = {bool: bool_, int: int64, float: float32, complex: complex64}

_MEANT: dict[Any, dtype] = {bool: bool_, int: int64, float: float64, complex: complex128}  # `dtype=float`


def meant(d: Any, function: str) -> dtype:
    """The dtype that an argument stands for: itself, or that of a Python type of numbers."""
    if isinstance(d, dtype):
        return d
    found = _MEANT.get(d) if isinstance(d, type) else None
    if found is None:
        raise TypeError(f"{function}(): argument 'dtype' must be torch.dtype, not {type(d).__name__}")
    return found


_default = float32


def named(name: str) -> dtype:
    """The dtype of a name, as `float32`."""
    return _BY_NAME[name]


def get_default_dtype() -> dtype:
    """The dtype of floats that nobody gave one (float32 at first)."""
    return _default


def set_default_dtype(d: dtype) -> None:
    global _default
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, but got {d}")
    _default = d
    OF_PYTHON[float] = d
    OF_PYTHON[complex] = d.to_complex()


def of_numpy(d: np.dtype[Any]) -> dtype:
    """The dtype of somebody's ndarray. Raises TypeError where PyTorch takes none of that sort (`OF_NUMPY` has ours)."""
    found = OF_NUMPY.get(d)
    if found is None:
        found = OF_NUMPY.get(d.newbyteorder("="))
    if found is None or not d.isnative or found is bfloat16:
        raise TypeError(
            f"can't convert np.ndarray of type {d.type.__module__}.{d.type.__name__}. The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
        )
    return found


def of_scalar(x: Any) -> dtype:
    """The dtype that a Python number counts as."""
    for kind in (bool, int, float, complex):
        if isinstance(x, kind):
            return OF_PYTHON[kind]
    if isinstance(x, np.generic):
        return of_numpy(x.dtype)
    raise TypeError(f"not a number: {type(x).__name__}")


def promote_types(a: dtype, b: dtype) -> dtype:
    """The smallest dtype that both convert to; across kinds the higher kind decides, whatever the sizes."""
    if a is b:
        return a
    if a.kind != b.kind:
        low, high = (a, b) if a.kind < b.kind else (b, a)
        return promote_types(low.to_complex(), high) if high.kind == 3 and low.kind == 2 else high
    if bfloat16 in (a, b):
        return float32 if float16 in (a, b) else b if a is bfloat16 else a
    both = np.promote_types(a.np, b.np)
    if OF_NUMPY[both].kind != a.kind:
        raise RuntimeError(
            f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {a.legacy} and {b.legacy}"
        )
    return OF_NUMPY[both]


def result_type_of(dimensioned: dtype | None, zero_dim: dtype | None, scalar: dtype | None) -> dtype:
    """Promotion by category: tensors with dimensions outrank 0-dim tensors, which outrank Python numbers,
    unless the lower one is of a higher kind. `None` where there is none of that sort."""

    def combine(high: dtype | None, low: dtype | None) -> dtype | None:
        if high is None or low is None:
            return high or low
        if high.kind == 3:
            return high
        if high.kind == 2:
            return high.to_complex() if low.kind == 3 else high
        if high.kind == 0 or low.kind >= 2:
            return promote_types(high, low)
        return high

    out = combine(dimensioned, combine(zero_dim, scalar))
    assert out is not None
    return out
