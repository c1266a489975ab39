"""Random numbers, the very ones that PyTorch draws on a CPU.

A lesson that begins with `torch.manual_seed(0)` prints the numbers of the course it was taken from, because the
generator (mt19937, as in NumPy), the way words become uniforms, and the arithmetic of the normal fill are PyTorch's,
rounding included.
"""

from __future__ import annotations

import contextlib
import math
import os
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import devices
from .random_kernels import box_muller, by_libm, fused, scaled, to_bfloat16

DEFAULT_SEED = 67280421310721
WORDS = 624  # of mt19937's state
FILL = 16  # normals are made in blocks of this many; fewer are made one pair at a time
WIDE = 1 << 28  # integer ranges from here on take 64 bits for one number

# The state as PyTorch saves it: seed, left, seeded, next, words, three doubles and a flag for the spare normal,
# then a float and a flag for a spare float normal that the CPU generator never has.
STATE = struct.Struct(f"<QiiQ{WORDS}Q3dI4xfI")


class Generator:
    """A stream of random numbers with a state of its own.

    >>> Generator().manual_seed(0).uniform(2)
    array([0.4962566, 0.7682218], dtype=float32)
    """

    __module__ = "torch._C"
    __slots__ = ("__weakref__", "_bits", "_fresh", "_legacy", "_seed", "_spare", "device")

    def __init__(self, device: Any = "cpu") -> None:
        self.device = devices.device(device)
        self._bits = np.random.MT19937()
        self._legacy = np.random.RandomState(self._bits)  # the classic seeding, which PyTorch uses too
        self._start(DEFAULT_SEED)

    # ---- seeds and state --------------------------------------------------------------------------------------------

    def manual_seed(self, seed: int) -> Generator:
        """Begin the stream that belongs to `seed` (64 bits; negative ones count from the top) and return self."""
        if not isinstance(seed, (int, np.integer)):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        if not -(1 << 63) <= seed < 1 << 64:
            raise ValueError("Overflow when unpacking long long")
        self._start(int(seed) % (1 << 64))
        return self

    def seed(self) -> int:
        """Begin a stream that nobody can foresee and return its seed."""
        self._start(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed with which this stream began."""
        return self._seed

    def _start(self, seed: int) -> None:
        self._seed = seed
        self._legacy.seed(seed & 0xFFFFFFFF)
        self._fresh = True
        self._spare: float | None = None

    def state_bytes(self) -> bytes:
        """The state in PyTorch's layout: the bytes of `get_state()`."""
        inner = self._bits.state["state"]
        position = int(inner["pos"])
        left, following = (1, 0) if self._fresh else (WORDS + 1 - position, position)
        spare = 0.0 if self._spare is None else self._spare
        words = inner["key"].tolist()
        return STATE.pack(self._seed, left, 1, following, *words, 0.0, spare, 0.0, self._spare is not None, 0.0, 0)

    def restore(self, state: bytes) -> None:
        """Take over a state that `state_bytes` gave (or PyTorch's `get_state`). Raises RuntimeError if it is none."""
        if len(state) != STATE.size:
            raise RuntimeError("RNG state is wrong size")
        seed, left, _, following, *rest = STATE.unpack(state)
        key, (_, spare, _, has_spare, _, _) = rest[:WORDS], rest[WORDS:]
        position = WORDS if left == 1 else following
        inner = {"key": np.array(key, np.uint64).astype(np.uint32), "pos": position}
        whole: Any = {"bit_generator": "MT19937", "state": inner}
        self._bits.state = whole
        self._seed, self._fresh = seed, left == 1 and following == 0
        self._spare = spare if has_spare else None

    def get_state(self) -> Any:
        """The state as a tensor of bytes, the same as PyTorch's."""
        from .tensor import from_array

        return from_array(np.frombuffer(self.state_bytes(), np.uint8).copy())

    def set_state(self, new_state: Any) -> Generator:
        """Go on from a state that `get_state` gave. Raises TypeError or RuntimeError for what is none."""
        from .tensor import Tensor

        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state.dtype.name != "uint8":
            raise TypeError("RNG state must be a torch.ByteTensor")
        self.restore(new_state._a.tobytes())
        return self

    def __reduce__(self) -> Any:
        return _restored, (str(self.device), self.state_bytes())

    def __deepcopy__(self, memo: Any) -> Generator:
        return _restored(str(self.device), self.state_bytes())

    def clone_state(self) -> Generator:
        """Another stream that goes on from the same state."""
        return Generator(self.device).set_state(self.get_state())

    # ---- bits -------------------------------------------------------------------------------------------------------

    def words(self, n: int) -> np.ndarray:
        """n random words of 32 bits (in uint64)."""
        if n:
            self._fresh = False
        return self._bits.random_raw(n)

    def long_words(self, n: int) -> np.ndarray:
        """n random words of 64 bits; the first draw gives the upper half."""
        halves = self.words(2 * n)
        return (halves[0::2] << np.uint64(32)) | halves[1::2]

    def _floats(self, n: int) -> np.ndarray:
        return (self.words(n) & np.uint64(0xFFFFFF)).astype(np.float32) * np.float32(2.0**-24)

    def _doubles(self, n: int) -> np.ndarray:
        return (self.long_words(n) & np.uint64((1 << 53) - 1)).astype(np.float64) * 2.0**-53

    # ---- distributions ----------------------------------------------------------------------------------------------

    def uniform(self, shape: Any, dtype: Any = "float32", low: float = 0.0, high: float = 1.0) -> np.ndarray:
        """Uniform numbers in [low, high). bfloat16 numbers come in float32, already rounded."""
        shape, n = _sized(shape)
        name, plain = _names(dtype)
        draw = self._doubles(n) if name == "float64" else self._floats(n)
        if low != 0 or high != 1:
            kind = draw.dtype.type
            draw = fused(draw, kind(high) - kind(low), kind(low))
        out = _stored(draw, name, plain)
        if name != "float64":
            top = _stored(np.full(1, high, np.float32), name, plain)
            out[out == top] = _stored(np.full(1, low, np.float32), name, plain)  # rounded up out of the interval
        return out.reshape(shape)

    def normal(
        self, shape: Any, dtype: Any = "float32", mean: float = 0.0, std: float = 1.0, contiguous: bool = True
    ) -> np.ndarray:
        """Normal numbers. contiguous: whether the tensor they are for is; PyTorch takes the block way only then."""
        shape, n = _sized(shape)
        name, plain = _names(dtype)
        if n < FILL or not contiguous:
            out = scaled(self._pairs(n), mean, std)
        else:
            # Half types draw no number that the last block is going to draw again.
            drawn = n if name in ("float32", "float64") else n // FILL * FILL
            out = self._blocks(n, self._doubles if name == "float64" else self._floats, drawn, mean, std)
        return _stored(out, name, plain).reshape(shape)

    def _pairs(self, n: int) -> np.ndarray:
        """Standard normals in double, two from two uniforms; an odd one is kept for the next call."""
        out = np.empty(n + 2)
        at = 0
        if n and self._spare is not None:
            out[0], self._spare, at = self._spare, None, 1
        pairs = (n - at + 1) // 2
        if pairs:
            uniforms = self._doubles(2 * pairs)
            radius = np.sqrt(-2.0 * by_libm(math.log1p, -uniforms[1::2]))
            angle = 2.0 * np.pi * uniforms[0::2]
            end = at + 2 * pairs
            out[at:end:2], out[at + 1 : end : 2] = radius * np.cos(angle), radius * np.sin(angle)
            if end > n:
                self._spare = float(out[n])
        return out[:n]

    def _blocks(self, n: int, draw: Any, drawn: int, mean: float, std: float) -> np.ndarray:
        """Normals in blocks of 16; when n is no multiple, the last 16 places are drawn anew."""
        whole = n // FILL * FILL
        uniforms = draw(drawn)
        normals = box_muller(uniforms[:whole], mean, std)
        if whole == n:
            return normals
        return np.concatenate((normals[: n - FILL], box_muller(draw(FILL), mean, std)))

    def integers(self, low: int, high: int, shape: Any, dtype: Any = "int64") -> np.ndarray:
        """Whole numbers in [low, high), in any dtype."""
        shape, n = _sized(shape)
        span = high - low
        draw = self.long_words(n) if span >= WIDE else self.words(n)
        values = (draw % np.uint64(span)).astype(np.int64) + np.int64(low)
        return values.astype(_names(dtype)[1], copy=False).reshape(shape)

    def any_integers(self, shape: Any, dtype: Any = "int64") -> np.ndarray:
        """Whole numbers from 0 to the largest that the dtype counts up to without gaps (`random_()`)."""
        shape, n = _sized(shape)
        name, plain = _names(dtype)
        gapless = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}
        if name == "bool":
            values = self.words(n) & np.uint64(1)
        elif name in gapless:
            draw = self.long_words(n) if name == "float64" else self.words(n)
            values = draw % np.uint64((1 << gapless[name]) + 1)
        else:
            draw = self.long_words(n) if name == "int64" else self.words(n)
            values = draw % np.uint64(int(np.iinfo(plain).max) + 1)
        return values.astype(plain).reshape(shape)

    def permutation(self, n: int) -> np.ndarray:
        """The numbers 0 to n-1 in random order (int64)."""
        order = list(range(n))
        steps = self.words(max(n - 1, 0)).astype(np.int64) % np.arange(n, 1, -1)
        for at, step in enumerate(steps.tolist()):
            order[at], order[at + step] = order[at + step], order[at]
        return np.array(order, np.int64)

    def bernoulli(self, p: float | np.ndarray, shape: Any) -> np.ndarray:
        """True with probability p (bool). p: one number, or an array of the same shape."""
        shape, n = _sized(shape)
        if isinstance(p, np.ndarray):
            draw = self._doubles(n) if p.dtype == np.float64 else self._floats(n)
            return draw.reshape(shape) < (p if p.dtype == np.float64 else p.astype(np.float32))
        return (self._doubles(n) < p).reshape(shape)

    def exponential(self, shape: Any, dtype: Any = "float32", rate: float = 1.0) -> np.ndarray:
        """Exponential numbers with the given rate."""
        shape, n = _sized(shape)
        out = np.log1p(-self._doubles(n)) * (-1.0 / rate)
        return _stored(out, *_names(dtype)).reshape(shape)


def _restored(device: str, state: bytes) -> Generator:
    """What unpickling calls."""
    twin = Generator(device)
    twin.restore(state)
    return twin


def _sized(shape: Any) -> tuple[tuple[int, ...], int]:
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    n = 1
    for size in shape:
        n *= size
    return shape, n


def _names(dtype: Any) -> tuple[str, Any]:
    """A dtype's name and the NumPy type to store it in."""
    name = dtype if isinstance(dtype, str) else np.dtype(dtype).name
    return name, (np.float32 if name == "bfloat16" else np.dtype(name))


def _stored(values: np.ndarray, name: str, plain: Any) -> np.ndarray:
    if name == "bfloat16":
        return to_bfloat16(values.astype(np.float32, copy=False))
    return values.astype(plain, copy=False)


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Seed the generator that is used when none is given, and return it.

    >>> manual_seed(0).uniform(1)
    array([0.4962566], dtype=float32)
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Seed the default generator with a number that nobody can foresee, and return that number."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def get_rng_state() -> Any:
    """The state of the default stream."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Let the default stream go on from a state."""
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, device_type: str = "cuda") -> Iterator[None]:
    """A context after which the default stream goes on from where it was before."""
    before = get_rng_state() if enabled else None
    try:
        yield
    finally:
        if enabled:
            set_rng_state(before)
