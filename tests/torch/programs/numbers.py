"""dtypes, promotion, values and errors of wrong calls."""

import itertools

from twin import attempt


def promotion(torch):
    """By category: tensors with dimensions, then 0-dim tensors, then Python numbers."""
    tensors = [
        torch.tensor([True]),
        torch.tensor([1], dtype=torch.uint8),
        torch.tensor([1], dtype=torch.int32),
        torch.tensor([1]),
        torch.tensor([1.0], dtype=torch.float16),
        torch.tensor([1.0]),
        torch.tensor([1.0], dtype=torch.float64),
        torch.tensor([1j]),
    ]
    for a, b in itertools.product(tensors, tensors):
        if {a.dtype, b.dtype} == {torch.float16, torch.complex64}:
            continue  # makes a type that only PyTorch has
        yield (a + b).dtype, (a * b[0]).dtype, (a[0] + b[0]).dtype, torch.result_type(a, b[0])
    for a, s in itertools.product(tensors, [True, 2, 2.5, 2j]):
        if (a.dtype, s) == (torch.float16, 2j):
            continue
        yield (a + s).dtype, (a[0] * s).dtype


def division(torch):
    """True division makes floats; floor division and remainder follow the divisor's sign."""
    a, b = torch.tensor([7, -7, 7, -7]), torch.tensor([2, 2, -2, -2])
    yield a / b, a // b, a % b, a / 2, a // 2, a % 2, 7 / b, 7 // b
    yield a.float() // b, a.float() % b, torch.div(a, b, rounding_mode="trunc"), torch.fmod(a, b)
    yield attempt(lambda: torch.tensor([1]) // 0)
    yield torch.tensor([1.0, 0.0, -1.0]) / 0


def comparisons(torch):
    """They answer bools."""
    a, b = torch.tensor([1, 2, 3]), torch.tensor([3.0, 2.0, 1.0])
    yield a < b, a <= b, a == b, a != b, a > 1, a <= 2, a == 1.5
    yield (a > 1) & (b > 1), (a > 1) | (b > 1), ~(a > 1), (a > 1) ^ (b > 1)
    yield torch.equal(a, a), torch.allclose(a.float(), b), (a > 5).any(), (a > 0).all()


def truth(torch):
    """One element may be asked for its truth."""
    yield bool(torch.tensor(1)), bool(torch.tensor([0.0]))
    yield attempt(lambda: bool(torch.tensor([1, 2])))
    yield attempt(lambda: bool(torch.tensor([])))
    yield attempt(lambda: torch.tensor([1, 2]).item())
    yield torch.tensor(3).item(), torch.tensor([2.5]).item(), int(torch.tensor(2.7)), float(torch.tensor(3))
    yield f"{torch.tensor(1.5):.3f}", f"{torch.tensor(3)}", str(torch.tensor([1.0]))


def creation(torch):
    """Where tensors come from."""
    yield (
        torch.zeros(2, 3),
        torch.ones(2),
        torch.full((2,), 7),
        torch.full((2,), 1.5),
        torch.eye(3),
        torch.empty(2).shape,
    )
    yield torch.arange(5), torch.arange(1, 2, 0.25), torch.arange(5.0), torch.linspace(0, 1, 5), torch.tensor(3.5)
    yield (
        torch.tensor([[1, 2], [3, 4]]),
        torch.tensor([1.0, 2]),
        torch.tensor([True]),
        torch.tensor([]),
        torch.tensor(1j),
    )
    yield (
        torch.zeros_like(torch.ones(2, dtype=torch.int64)),
        torch.ones_like(torch.zeros(1, 2)),
        torch.full_like(torch.ones(2), 3),
    )
    yield torch.zeros(2, dtype=torch.float64), torch.ones(2, dtype=torch.bool), torch.zeros((2, 2)), torch.zeros([3])
    yield torch.Tensor([1, 2]), torch.FloatTensor([1]), torch.LongTensor([1]), torch.Tensor(2, 0)
    yield (
        torch.ones(2).new_zeros(3),
        torch.ones(2).new_tensor([1, 2]),
        torch.tril(torch.ones(3, 3)),
        torch.triu(torch.ones(3, 3)),
    )
    yield attempt(lambda: torch.tensor([[1, 2], [3]]))
    yield attempt(lambda: torch.tensor("a"), words=False)
    yield attempt(lambda: torch.zeros(-1))


def random_numbers(torch):
    """Random numbers after the same seed are the same numbers."""
    torch.manual_seed(42)
    yield (
        torch.rand(3),
        torch.randn(3),
        torch.randn(4, 5),
        torch.rand(2, 2),
        torch.randint(0, 10, (5,)),
        torch.randperm(6),
    )
    yield (
        torch.randn(2),
        torch.normal(torch.zeros(3), 1.0),
        torch.empty(3).uniform_(-1, 1),
        torch.empty(20).normal_(2, 3),
    )
    yield torch.rand_like(torch.ones(2)), torch.randn_like(torch.ones(2, 9)), torch.bernoulli(torch.full((4,), 0.5))
    g = torch.Generator().manual_seed(7)
    yield torch.randn(3, generator=g), torch.rand(1)
    yield torch.initial_seed(), torch.seed() != 0


def reductions(torch):
    """Sums and friends, over all and along dimensions."""
    x = torch.tensor([[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]])
    yield (
        x.sum(),
        x.sum(0),
        x.sum(1, keepdim=True),
        x.sum((0, 1)),
        x.mean(),
        x.mean(1),
        x.max(),
        x.min(),
        x.argmax(),
        x.argmin(1),
    )
    yield x.max(0), x.min(dim=1), x.prod(), x.std(), x.var(0), x.norm(), x.cumsum(1), x.any(), x.all()
    i = torch.tensor([1, 2, 3])
    yield i.sum(), i.max(), i.prod(), torch.tensor([True, True]).sum()
    yield attempt(lambda: i.mean())
    yield attempt(lambda: x.sum(2))
    yield torch.zeros(0).sum(), torch.zeros(0).mean(), attempt(lambda: torch.zeros(0).max())


def elementwise(torch):
    """The functions of every lesson."""
    x = torch.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
    yield (
        x.exp(),
        x.abs(),
        x.sigmoid(),
        x.tanh(),
        x.relu(),
        x.sin(),
        x.cos(),
        x.square(),
        x.sign(),
        x.floor(),
        x.ceil(),
        x.round(),
    )
    yield (
        (x + 3).log(),
        (x + 3).sqrt(),
        (x + 3).rsqrt(),
        (x + 3).reciprocal(),
        x.clamp(-1, 1),
        x.clamp(min=0),
        torch.clip(x, max=1),
    )
    yield torch.maximum(x, -x), torch.minimum(x, torch.zeros(5)), torch.where(x > 0, x, 0.0), x.pow(2), x.pow(3), x**0
    yield (
        torch.tensor([1, 2]).exp(),
        torch.tensor([4]).sqrt(),
        torch.tensor([1, 2]).sigmoid(),
        torch.tensor([1, 2]) ** 2,
    )
    yield attempt(lambda: torch.tensor([1, 2]) ** -1)
    yield x.isnan(), (x / 0).isinf(), x.softmax(0), x.log_softmax(0), torch.logsumexp(x, 0), torch.outer(x, x)


def wrong_calls(torch):
    """What wrong calls raise."""
    x = torch.ones(2)
    yield attempt(lambda: x + "a", words=False)
    yield attempt(lambda: torch.exp(1.0), words=False)
    yield attempt(lambda: x + torch.ones(3))
    yield attempt(lambda: torch.ones(2, 3) @ torch.ones(2, 3))
    yield attempt(lambda: x[2])
    yield attempt(lambda: x[0, 0])
    yield attempt(lambda: torch.tensor(1)[0])
    yield attempt(lambda: x.sum(1))
    yield attempt(lambda: torch.cat([torch.ones(2), torch.ones(2, 2)]))
    yield attempt(lambda: torch.stack([torch.ones(2), torch.ones(3)]))
    yield attempt(lambda: torch.cat([]), words=False)
    yield attempt(lambda: x.nothing)
    yield attempt(lambda: torch.ones(2, 2).dot(torch.ones(2)))
    yield attempt(lambda: iter(torch.tensor(1)))


def default_dtype(torch):
    """The default dtype can be changed."""
    torch.set_default_dtype(torch.float64)
    try:
        yield torch.ones(2), torch.tensor([1.0]), torch.tensor([1, 2]) / 2, torch.tensor([1.0], dtype=torch.float32)
    finally:
        torch.set_default_dtype(torch.float32)
    yield torch.ones(2), torch.get_default_dtype()


def shuffling_shapes(torch):
    """cat, stack, repeat, flip, roll, gather and others that copy."""
    x = torch.arange(6).reshape(2, 3)
    yield (
        torch.cat([x, x]),
        torch.cat([x, x], 1),
        torch.stack([x, x]),
        x.repeat(2, 2),
        x.flip(0),
        x.roll(1, 1),
        torch.tile(x, (2,)),
    )
    yield x.gather(1, torch.tensor([[0, 2], [1, 0]])), torch.zeros(2, 3).scatter(1, torch.tensor([[0], [2]]), 1.0)
    yield x.index_select(1, torch.tensor([0, 2])), x.masked_fill(x > 2, -1), x.masked_select(x > 2), (x > 2).nonzero()
    yield (
        torch.vstack([x, x]),
        torch.hstack([x, x]),
        x.sort(descending=True),
        torch.unique(torch.tensor([3, 1, 3])),
        x.tril(),
    )
    yield (
        torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij"),
        torch.nn.functional.one_hot(torch.tensor([0, 2]), 3).tolist(),
    )
    yield torch.broadcast_tensors(torch.ones(2, 1), torch.ones(3)), torch.bincount(torch.tensor([0, 1, 1]))


def python_numbers(torch):
    """int(), float() and complex() of a tensor take exactly one element."""
    for t in (torch.ones(2), torch.ones(0), torch.tensor(2.7), torch.tensor([3]), torch.tensor([[True]])):
        yield attempt(lambda t=t: int(t)), attempt(lambda t=t: float(t)), attempt(lambda t=t: complex(t))
        yield attempt(lambda t=t: t.item()), attempt(lambda t=t: bool(t))


def powers(torch):
    """An integer to a float power is a float, 2.0 no less than 2.5; bools become integers beside numbers."""
    for t in (torch.arange(1, 4), torch.arange(1, 4, dtype=torch.uint8), torch.ones(2), torch.tensor([True, False])):
        for exponent in (2, 2.0, 0.5, 3, 1.0, -1.0, 0, 1j, True):
            yield attempt(lambda: t**exponent), attempt(lambda: t.clone().pow_(exponent))
            if exponent != 1j:  # rounding decides how these are printed
                yield attempt(lambda: exponent**t)
    yield torch.tensor(3) ** 2.0, torch.pow(torch.tensor([2]), 2.0), torch.tensor(3) ** torch.tensor(2.0)


def wrapping(torch):
    """Numbers that a small integer type cannot hold wrap around."""
    u = torch.tensor([1, 2, 3], dtype=torch.uint8)
    yield u < -1, u > -1, u == -1, -1 - u, (-1) ** u, u + 300, torch.where(u > 1, u, -1), u.clamp(min=-1)


def bounds(torch):
    """What clamp's bounds do to the dtype."""
    i, b = torch.tensor([1, 2, 3]), torch.tensor([True, False])
    yield (
        i.clamp(max=1.5),
        b.clamp(min=1),
        b.clamp(0.0, 1.0),
        b.clamp(torch.tensor([2.0, 3.0])),
        b.clamp(max=torch.tensor(0.5)),
    )
    for call in (
        lambda: b.clamp(min=True),
        lambda: torch.ones(2).clamp(min=1j),
        lambda: i.clamp(1j),
        lambda: (torch.ones(2) * 1j).clamp(min=0),
        lambda: torch.ones(2).clamp(torch.ones(2) * 1j),
        lambda: i.clone().clamp_(0.5),
        lambda: b.clone().clamp_(1),
    ):
        yield attempt(call, words=False)


def casts_first(torch):
    """An in-place op that could not keep its result says so before it asks whether there is such an op."""
    i, f = torch.tensor([1, 2, 3]), torch.ones(3)
    for call in (
        lambda: i.__ifloordiv__(1j),
        lambda: i.__imod__(1j),
        lambda: f.__ilshift__(1j),
        lambda: i.__iand__(2.0),
        lambda: f.__iand__(f),
        lambda: f.__ior__(2),
        lambda: torch.dist(i, i),
        lambda: torch.lerp(i, i, 0.5),
        lambda: torch.isclose(f, 2),
    ):
        yield attempt(call)
    yield torch.dist(f.double(), f), torch.dist(f, i), 2 << i, 2 >> torch.tensor([True, False])
