"""Operands that ops do not take: numbers where tensors are wanted, sizes and indices that do not fit."""

from twin import attempt

TENSORS_ONLY = [
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "atan2",
    "logaddexp",
    "logaddexp2",
    "logical_and",
    "logical_or",
    "logical_xor",
    "heaviside",
    "lcm",
    "gcd",
    "hypot",
    "nextafter",
    "ldexp",
]
EITHER = [
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "remainder",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "fmod",
    "copysign",
]


def numbers_for_tensors(torch):
    """A number on the right, on the left, on both sides."""
    x = torch.tensor([1.0, 2.0])
    for name in TENSORS_ONLY:
        op = getattr(torch, name)
        for wrong in ((x, 1), (x, 1.0), (1, x), (1.0, 2)):
            yield name, attempt(lambda: op(*wrong))
    whole = torch.tensor([1, 2])
    for name in EITHER:
        op = getattr(torch, name)
        yield name, attempt(lambda: op(1, 2)), op(whole, 1)
        yield attempt(lambda: op(1, whole))
    yield x.maximum(x * 2), 2 % x, x > 1, 3 & whole


def rolled(torch):
    """roll wants a shift for each dimension."""
    x = torch.arange(6).view(2, 3)
    for given in (((),), ((1, 2), 0), (1, (0, 1)), (1, 5), ((1, 2),), (1,), (1, -1), ((1, 1), (0, 1))):
        yield attempt(lambda: x.roll(*given))
    yield attempt(lambda: torch.tensor(3.0).roll(1, 0)), torch.zeros(0).roll(1, 0)


def added_by_index(torch):
    """index_add takes a source that fits to the last number."""
    x, index = torch.ones(3, 2), torch.tensor
    for i, source in (
        (index([0]), torch.ones(2)),
        (index([0]), torch.ones(2, 2)),
        (index([0, 1]), torch.ones(2, 1)),
        (index([0, 5]), torch.ones(2, 2)),
        (index([-1]), torch.ones(1, 2)),
        (index([[0]]), torch.ones(1, 2)),
        (index([0.0]), torch.ones(1, 2)),
        (index([0]), torch.ones(1, 2).double()),
        (index([0]), torch.ones(1, 2)),
        (index(0), torch.ones(1, 2)),
    ):
        yield attempt(lambda: x.index_add(0, i, source))
        yield attempt(lambda: x.clone().index_add_(0, i, source))
    yield attempt(lambda: torch.tensor(1.0).index_add(0, index([0]), torch.tensor([2.0])))
    yield torch.tensor(1.0).index_add(0, index(0), torch.tensor(2.0))


def products_of_vectors(torch):
    """dot and vdot: what is said first."""
    x = torch.ones(3, 2)
    for a, b in ((x, x[:, 0]), (x[0], x[:, 0]), (x[:1, 0], x[:, 0].half()), (x[0], x[1])):
        yield attempt(lambda: torch.dot(a, b)), attempt(lambda: torch.vdot(a, b))


def ranges_and_tolerances(torch):
    """Ranges without an end, negative tolerances."""
    for wrong in (
        lambda: torch.arange(0, float("inf")),
        lambda: torch.arange(-float("inf"), 1),
        lambda: torch.arange(float("nan")),
        lambda: torch.logspace(0, 1, -1),
        lambda: torch.isclose(torch.ones(1), torch.ones(1), rtol=-0.4),
        lambda: torch.isclose(torch.ones(1), torch.ones(1), atol=-0.4),
    ):
        yield attempt(wrong)


def types_of_later_times(torch):
    """What complaints call tensors: only the first dtypes have a name like `torch.FloatTensor`."""
    for d in (
        torch.bool,
        torch.uint8,
        torch.int64,
        torch.uint16,
        torch.float16,
        torch.bfloat16,
        torch.float64,
        torch.complex64,
    ):
        yield attempt(lambda: torch.ones(2, 2).to(d).expand(2))
