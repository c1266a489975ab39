"""Numbers, samples and norms."""

from __future__ import annotations

import json
import math

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradwidget import decimals
from gradwidget.record import values


@given(hnp.arrays(st.sampled_from([np.float16, np.float32, np.float64]), hnp.array_shapes(max_side=5)))
def test_floats_are_told_so_that_they_can_be_read_back(a):
    told = values.numbers(a)
    back = np.array([float(v) for v in told]).astype(a.dtype).reshape(a.shape)
    assert np.array_equal(back, a, equal_nan=True)
    json.dumps(told, allow_nan=False)


def test_floats_are_told_with_as_few_digits_as_it_takes():
    assert values.numbers(np.array([0.1, 1 / 3, 16777216], np.float32)) == (0.1, 0.33333334, 16777216.0)
    assert values.numbers(np.array([0.1], np.float16)) == (0.1,)
    assert values.numbers(np.array([0.1, -1e30, np.inf], ml_dtypes.bfloat16)) == (0.1, -1e30, "inf")
    every = np.arange(0, 0x7F80, dtype=np.int16).view(ml_dtypes.bfloat16)  # the positive ones
    assert np.array_equal(np.array(values.numbers(every)).astype(every.dtype), every)


def test_other_kinds():
    assert values.numbers(np.array([True, False])) == (1, 0)
    assert values.numbers(np.array([[1, -2], [3, 4]])) == (1, -2, 3, 4)
    assert values.numbers(np.array([3 + 4j])) == (5.0,)


@pytest.mark.parametrize("shape", [(65,), (9, 17), (3, 40, 50), (1000, 1), (2, 2, 3, 100)])
def test_a_sample_is_an_even_grid_of_the_last_two_dimensions(shape):
    a = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
    sample = values.sample(a)
    rows, columns, cells, low, high, mean = values.picture_of(sample)
    sheet = a.reshape((-1, *shape[-2:]))[0] if a.ndim > 1 else a[None]
    assert (rows, columns) == (min(8, sheet.shape[0]), min(16, sheet.shape[1]))
    grid = np.array(cells).reshape(rows, columns)
    assert (grid[0, 0], grid[-1, -1]) == (sheet[0, 0], sheet[-1, -1])
    assert set(np.float32(grid).ravel()) <= set(sheet.ravel())
    assert (low, high) == (0, float(f"{a.size - 1:.6g}"))
    assert mean == pytest.approx(a.mean(), rel=1e-5)


def test_a_sample_does_not_depend_on_what_happens_later():
    a = np.ones((10, 10))
    sample = values.sample(a)
    a[:] = 0
    assert set(values.picture_of(sample)[2]) == {1.0}


def test_extremes_pass_over_what_is_not_finite_and_the_mean_does_not():
    a = np.ones((10, 10), np.float32)
    a[0, :3] = np.nan, np.inf, 5.0
    _, _, cells, low, high, mean = values.picture_of(values.sample(a))
    assert (low, high, mean) == (1.0, 5.0, "nan")
    assert "nan" in cells
    assert values.sample(np.ones((0, 3))) is None


def test_huge_tensors_are_measured_by_an_even_sample():
    a = np.arange(1_000_000.0)
    *_, mean = values.picture_of(values.sample(a))
    assert mean == pytest.approx(a.mean(), rel=1e-3)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
def test_norms_are_euclidean_and_survive_large_numbers(dtype):
    assert values.norm(np.array([[3.0], [4.0]], dtype)) == 5.0
    assert values.norm(np.array([3e30, 4e30], np.float32)) == pytest.approx(5e30)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, 2), "(1, 2)"),
        ([1], "[1]"),
        (slice(1, None), "1:"),
        (slice(None, None, 2), "::2"),
        ((slice(0, 3), None, Ellipsis), "(0:3, None, ...)"),
        ("sum", "'sum'"),
        (2.5, "2.5"),
        (np.ones(3), "array[3]"),
    ],
)
def test_arguments_are_written_as_in_the_call(value, text):
    assert values.text(value) == text


def test_many_numbers_at_once_are_those_of_each_alone():
    bits = np.random.default_rng(0).integers(0, 1 << 32, 3000, np.uint32).view(np.float32)
    whole = np.random.default_rng(1).integers(-(1 << 24), 1 << 24, 3000)
    halves, powers = (whole / 64).astype(np.float32), (10.0 ** np.arange(-30, 30)).astype(np.float32)
    near = [np.nextafter(powers, np.float32(v)) for v in (0, np.inf)]
    every = np.concatenate([bits, whole.astype(np.float32), halves, (whole / 1e7).astype(np.float32), powers, *near])
    assert every.size > decimals.MANY
    at_once = decimals.shortest(every)
    alone = [decimals.shortest(every[i : i + 1])[0] for i in range(every.size)]
    assert [*map(repr, at_once)] == [*map(repr, alone)]
    some = [every[i : i + 3].tobytes() for i in range(0, 900, 3)]
    told = values.numbers_of([*some, b"", b"abc"])
    assert told == {data: values.numbers(np.frombuffer(data, np.float32)) for data in some}
