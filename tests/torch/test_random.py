"""Random numbers: ours and PyTorch's, bit for bit where PyTorch's own arithmetic is fixed."""

from __future__ import annotations

import numpy as np
import pytest

from gradwidget.torch.random import Generator, manual_seed

reference = pytest.importorskip("torch")

SEEDS = [0, 1, 42, 2147483647, 2**40 + 5, -1]
SIZES = [0, 1, 2, 3, 7, 15, 16, 17, 31, 32, 100, 1000, 5000]
DTYPES = ["float32", "float64", "float16"]


def pair(seed: int) -> tuple[Generator, object]:
    return Generator().manual_seed(seed), reference.Generator().manual_seed(seed)


def empty(n: int, dtype: str) -> object:
    return reference.empty(n, dtype=getattr(reference, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seed", SEEDS)
def test_uniform(seed: int, dtype: str) -> None:
    ours, theirs = pair(seed)
    for n in SIZES:
        np.testing.assert_array_equal(ours.uniform(n, dtype), empty(n, dtype).uniform_(generator=theirs).numpy())
        np.testing.assert_array_equal(
            ours.uniform(n, dtype, -1.25, 2.75), empty(n, dtype).uniform_(-1.25, 2.75, generator=theirs).numpy()
        )


@pytest.mark.parametrize("bound", [0.1, 1 / 3, 0.57735026, 1 / 28])
@pytest.mark.parametrize("dtype", DTYPES)
def test_uniform_between_odd_bounds(bound: float, dtype: str) -> None:
    ours, theirs = pair(3)
    expected = empty(100_000, dtype).uniform_(-bound, bound, generator=theirs).numpy()
    np.testing.assert_array_equal(ours.uniform(100_000, dtype, -bound, bound), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seed", SEEDS)
def test_normal(seed: int, dtype: str) -> None:
    ours, theirs = pair(seed)
    for n in SIZES:
        expected = empty(n, dtype).normal_(0.5, 2.0, generator=theirs).numpy()
        np.testing.assert_array_equal(ours.normal(n, dtype, 0.5, 2.0), expected, err_msg=f"n={n}")


def test_many_normals_to_the_last_bit() -> None:
    ours, theirs = pair(7)
    expected = empty(1_000_003, "float32").normal_(generator=theirs).numpy()
    np.testing.assert_array_equal(ours.normal(1_000_003), expected)


def test_normal_into_a_tensor_with_gaps() -> None:
    ours, theirs = pair(5)
    expected = reference.empty(10, 16)[:, ::2].normal_(generator=theirs).numpy()
    np.testing.assert_array_equal(ours.normal((10, 8), contiguous=False), expected)


def test_an_odd_normal_is_kept_for_the_next_call() -> None:
    ours, theirs = pair(9)
    for n in (1, 1, 3, 2, 5, 20, 1, 4):
        np.testing.assert_array_equal(ours.normal(n), empty(n, "float32").normal_(generator=theirs).numpy())


def test_half_types_round_float32_draws() -> None:
    ours, theirs = pair(2)
    for n in (3, 16, 24, 50):
        expected = empty(n, "bfloat16").normal_(generator=theirs)
        assert reference.equal(reference.from_numpy(ours.normal(n, "bfloat16")), expected.float())
    expected = reference.empty(20_000, dtype=reference.bfloat16).uniform_(-0.3, 1.1, generator=theirs)
    assert reference.equal(reference.from_numpy(ours.uniform(20_000, "bfloat16", -0.3, 1.1)), expected.float())


@pytest.mark.parametrize("low, high", [(0, 2), (-5, 11), (0, 2**28 - 1), (0, 2**28), (-3, 2**33), (-(2**63), 2**62)])
def test_integers(low: int, high: int) -> None:
    ours, theirs = pair(4)
    expected = reference.randint(low, high, (50, 4), generator=theirs).numpy()
    np.testing.assert_array_equal(ours.integers(low, high, (50, 4)), expected)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64", "bool", *DTYPES])
def test_integers_of_any_size(dtype: str) -> None:
    ours, theirs = pair(6)
    np.testing.assert_array_equal(ours.any_integers(300, dtype), empty(300, dtype).random_(generator=theirs).numpy())


@pytest.mark.parametrize("n", [0, 1, 2, 10, 1000])
def test_permutation(n: int) -> None:
    ours, theirs = pair(8)
    for _ in range(2):
        np.testing.assert_array_equal(ours.permutation(n), reference.randperm(n, generator=theirs).numpy())


def test_bernoulli() -> None:
    ours, theirs = pair(10)
    p = np.linspace(0, 1, 200, dtype=np.float32)
    expected = reference.bernoulli(reference.from_numpy(p), generator=theirs).numpy()
    np.testing.assert_array_equal(ours.bernoulli(p, 200), expected == 1)
    expected = reference.bernoulli(reference.from_numpy(p).double(), generator=theirs).numpy()
    np.testing.assert_array_equal(ours.bernoulli(p.astype(np.float64), 200), expected == 1)


def test_bernoulli_of_one_probability() -> None:
    """PyTorch hands this one to Intel's library on Intel processors, so there the stream is another."""
    drawn = Generator().manual_seed(11).bernoulli(0.3, 100_000)
    assert drawn.mean() == pytest.approx(0.3, abs=0.01)
    theirs = reference.Generator().manual_seed(11)
    expected = empty(100_000, "float32").bernoulli_(0.3, generator=theirs).numpy() == 1
    if (drawn == expected).mean() < 0.99:
        pytest.skip("this processor draws with Intel's library")
    np.testing.assert_array_equal(drawn, expected)


def test_exponential() -> None:
    ours, theirs = pair(12)
    for rate in (1.0, 2.5):
        expected = empty(1000, "float64").exponential_(rate, generator=theirs).numpy()
        np.testing.assert_allclose(ours.exponential(1000, "float64", rate), expected, rtol=1e-15)


def test_state_has_the_bytes_of_pytorch() -> None:
    ours, theirs = pair(13)
    for n in (0, 1, 3, 620, 700, 5):
        ours.normal(n, contiguous=False)
        reference.empty(n, 2)[:, 0].normal_(generator=theirs)
        assert ours.state_bytes() == theirs.get_state().numpy().tobytes()


def test_state_goes_back() -> None:
    ours, theirs = pair(14)
    for n in (0, 3, 623, 1):
        theirs.set_state(reference.frombuffer(bytearray(ours.state_bytes()), dtype=reference.uint8))
        other = Generator()
        other.restore(ours.state_bytes())
        expected = empty(7, "float32").normal_(generator=theirs).numpy()
        np.testing.assert_array_equal(other.normal(7), expected)
        np.testing.assert_array_equal(ours.normal(7), expected)
        ours.words(n)
    with pytest.raises(RuntimeError, match="RNG state is wrong size"):
        ours.restore(b"short")


def test_seeds() -> None:
    ours = Generator()
    assert ours.initial_seed() == reference.Generator().initial_seed()
    assert ours.manual_seed(-1).initial_seed() == reference.Generator().manual_seed(-1).initial_seed()
    assert ours.seed() == ours.initial_seed() != ours.seed()
    assert manual_seed(5).initial_seed() == 5
    for wrong in ("1", 1.5):
        with pytest.raises(RuntimeError) as error:
            reference.Generator().manual_seed(wrong)
        with pytest.raises(RuntimeError, match=str(error.value)):
            ours.manual_seed(wrong)
    with pytest.raises(ValueError) as overflow:
        reference.Generator().manual_seed(2**64)
    with pytest.raises(ValueError, match=str(overflow.value)):
        ours.manual_seed(2**64)
