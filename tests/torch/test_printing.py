"""Text of tensors: ours and PyTorch's, over thousands of arrays."""

from __future__ import annotations

import numpy as np
import pytest

from gradwidget.torch import printing

reference = pytest.importorskip("torch")

SHAPES = [
    (),
    (1,),
    (2,),
    (3,),
    (7,),
    (15,),
    (40,),
    (2, 3),
    (3, 1),
    (5, 12),
    (1, 1, 1),
    (2, 3, 4),
    (2, 2, 2, 3),
]
BIG_SHAPES = [
    (1001,),
    (1200, 1),
    (3, 500),
    (7, 200),
    (40, 40),
    (11, 11, 11),
    (2, 3, 300),
    (1, 1, 2000),
    (30, 2, 2, 10),
]
EMPTY_SHAPES = [(0,), (0, 3), (2, 0), (2, 0, 4)]
FLOATS = [np.float16, np.float32, np.float64]
INTEGERS = [np.uint8, np.int8, np.int16, np.int32, np.int64]
COMPLEX = [np.complex64, np.complex128]
OPTIONS = [
    {"precision": 2},
    {"precision": 0},
    {"precision": 8, "linewidth": 120},
    {"linewidth": 30},
    {"threshold": 5},
    {"threshold": 3, "edgeitems": 1},
    {"threshold": 3, "edgeitems": 0},
    {"sci_mode": True},
    {"sci_mode": False},
    {"profile": "short"},
    {"profile": "full"},
]


def floats(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Floats of many tempers: whole, small, huge, mixed, with zeros and with values that are not finite."""
    kind = rng.integers(0, 8)
    values = rng.standard_normal(shape)
    if kind == 1:
        values = np.round(values * 10)
    elif kind == 2:
        values = values * 10.0 ** rng.integers(-12, 13)
    elif kind == 3:
        values = values * 10.0 ** rng.integers(-5, 5, shape)
    elif kind == 4:
        values = np.round(values * 10.0 ** rng.integers(0, 12))
    elif kind == 5:
        values = np.where(rng.random(shape) < 0.5, 0.0, values)
    elif kind == 6:
        values = np.round(values, 2)
    elif kind == 7:
        values = np.zeros(shape)
    if rng.random() < 0.3:
        values = np.where(
            rng.random(shape) < 0.3,
            rng.choice([np.nan, np.inf, -np.inf, -0.0, 0.0], shape),
            values,
        )
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(values).astype(dtype)


def integers(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    limits = np.iinfo(dtype)
    low, high = (limits.min, limits.max) if rng.random() < 0.3 else (max(limits.min, -20), 30)
    return np.asarray(rng.integers(low, high, shape, dtype=dtype))


def any_array(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    kind = rng.integers(0, 10)
    if kind < 6:
        return floats(rng, shape, FLOATS[rng.integers(len(FLOATS))])
    if kind < 8:
        return integers(rng, shape, INTEGERS[rng.integers(len(INTEGERS))])
    if kind == 8:
        return np.asarray(rng.random(shape) < 0.5)
    dtype = COMPLEX[rng.integers(len(COMPLEX))]
    real, imag = (floats(rng, shape, np.float32) for _ in range(2))
    values = np.empty(shape, dtype)
    values.real, values.imag = real, imag
    return values


def ours(array: np.ndarray, tensor: object, **facts: object) -> str:
    return printing.tensor_text(array, dtype=str(tensor.dtype), **facts)


@pytest.mark.parametrize("seed", range(8))
def test_any_array_prints_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(400):
        array = any_array(rng, SHAPES[rng.integers(len(SHAPES))])
        tensor = reference.from_numpy(array)
        assert ours(array, tensor) == repr(tensor)


def test_big_tensors_are_shortened_the_same() -> None:
    rng = np.random.default_rng(1)
    for shape in BIG_SHAPES * 4:
        array = any_array(rng, shape)
        tensor = reference.from_numpy(array)
        assert ours(array, tensor) == repr(tensor)


@pytest.mark.parametrize("shape", EMPTY_SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool", "complex64"])
def test_empty(shape: tuple[int, ...], dtype: str) -> None:
    array = np.zeros(shape, dtype)
    tensor = reference.from_numpy(array)
    assert ours(array, tensor) == repr(tensor)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options(options: dict) -> None:
    rng = np.random.default_rng(2)
    with (
        printing.printoptions(**options),
        reference._tensor_str.printoptions(**options),
    ):
        for shape in SHAPES * 3 + BIG_SHAPES[:4]:
            array = any_array(rng, shape)
            tensor = reference.from_numpy(array)
            assert ours(array, tensor) == repr(tensor)
    assert printing.get_printoptions() == reference._tensor_str.get_printoptions()


def test_suffixes_wrap_the_same() -> None:
    for n in range(1, 30):
        array = np.full(n, 1.5, np.float64)
        tensor = reference.from_numpy(array).requires_grad_()
        assert ours(array, tensor, requires_grad=True) == repr(tensor)
        assert ours(array, tensor, grad_fn="MulBackward0") == repr(tensor * 1)


def test_default_dtype_is_not_written() -> None:
    array = np.array([1.5])
    assert printing.tensor_text(array, dtype="torch.float64", default_dtype="torch.float64") == "tensor([1.5000])"


def test_no_memory_to_show() -> None:
    tensor = reference.empty(2, 3, device="meta", dtype=reference.int64)
    assert printing.tensor_text(None, shape=(2, 3), dtype="torch.int64", device="meta") == repr(tensor)


def test_another_device_is_named() -> None:
    assert printing.tensor_text(np.ones(1, np.float32), device="cuda:0") == "tensor([1.], device='cuda:0')"
