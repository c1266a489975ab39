"""Which dtypes ops do not take."""

from twin import attempt

UNARY = [
    "floor",
    "ceil",
    "trunc",
    "round",
    "frac",
    "sign",
    "relu",
    "abs",
    "erf",
    "erfc",
    "erfinv",
    "lgamma",
    "digamma",
    "logit",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "max",
    "min",
    "sort",
    "argsort",
    "msort",
    "median",
    "nanmedian",
    "mode",
    "aminmax",
    "signbit",
    "deg2rad",
    "bitwise_not",
]
ALONG = ["cummax", "cummin", "softmax", "log_softmax"]
BINARY = [
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "lt",
    "le",
    "gt",
    "ge",
    "fmod",
    "remainder",
    "floor_divide",
    "xlogy",
    "hypot",
    "nextafter",
    "logaddexp",
    "logaddexp2",
    "heaviside",
    "atan2",
    "copysign",
    "gcd",
    "bitwise_and",
    "dot",
    "bitwise_left_shift",
]


def one_operand(torch):
    """Functions of one tensor, of every dtype."""
    for dtype in (torch.complex128, torch.complex64, torch.bool, torch.int64, torch.uint8, torch.float64):
        x = torch.tensor([1, 0, 2.5]).to(dtype)
        for name in UNARY:
            yield name, attempt(lambda: getattr(torch, name)(x))
        for name in ALONG:
            yield name, attempt(lambda: getattr(torch, name)(x, 0))


def two_operands(torch):
    """Functions of two tensors: the dtype that they promote to counts."""
    dtypes = (torch.complex128, torch.bool, torch.int64, torch.float64)
    for dtype in dtypes:
        for other in dtypes:
            x, y = torch.tensor([1, 0, 2.5]).to(dtype), torch.tensor([2, 1, 3]).to(other)
            for name in BINARY:
                if name in ("gcd", "dot") and dtype != other:
                    continue
                yield name, attempt(lambda: getattr(torch, name)(x, y), words=name != "gcd")


def bools_are_not_subtracted(torch):
    """True and False cannot be taken from anything, nor anything from them."""
    b, x = torch.tensor([True, False]), torch.ones(2)
    for made in (
        lambda: b - x,
        lambda: x - b,
        lambda: b - b,
        lambda: b - 1,
        lambda: 1 - b,
        lambda: b - True,
        lambda: x - True,
        lambda: True - x,
        lambda: x.clone().sub_(b),
        lambda: x.clone().sub_(True),
        lambda: torch.rsub(b, x),
        lambda: b - torch.tensor(True),
        lambda: b.sub(1.5),
    ):
        yield attempt(made)
    yield b + 1, b * 2, ~b


def into_bools(torch):
    """Running sums and products have no bool dtype; sums do."""
    x = torch.tensor([1, 0, 2])
    yield attempt(lambda: x.cumsum(0, dtype=torch.bool)), attempt(lambda: x.cumprod(0, dtype=torch.bool))


ACTIVATIONS = ["softplus", "silu", "leaky_relu", "elu", "celu", "hardtanh", "relu6"]
LOSSES = ["mse_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy_with_logits", "kl_div"]
FILLS = ["uniform_", "normal_", "exponential_", "log_normal_"]


def layers_of_integers(torch):
    """Activations and losses are for floats, and so are continuous distributions."""
    F = torch.nn.functional
    for dtype in ("int64", "uint8", "int32"):
        x = torch.tensor([1, 0, 2, 1], dtype=getattr(torch, dtype))
        for name in ACTIVATIONS:
            yield attempt(lambda: getattr(F, name)(x))
        for name in LOSSES:
            yield attempt(lambda: getattr(F, name)(x, x))
        for name in FILLS:
            yield attempt(lambda: getattr(x.clone(), name)())
        yield attempt(lambda: F.glu(x, 0)), attempt(lambda: F.nll_loss(x.view(2, 2), torch.tensor([0, 1])))
        yield (
            attempt(lambda: torch.rand_like(x)),
            attempt(lambda: torch.randn_like(x)),
            attempt(lambda: torch.addcdiv(x, x, x)),
        )
        yield attempt(lambda: torch.cdist(x.view(2, 2), x.view(2, 2)))
        yield (
            x.view(2, 2).trace(),
            x.all(),
            x.any(),
            x.view(2, 2).any(1),
            torch.addbmm(*(x.view(s) for s in ((2, 2), (1, 2, 2), (1, 2, 2)))),
        )
    yield attempt(lambda: torch.rand(2, dtype=torch.int64)), attempt(lambda: torch.randn(2, dtype=torch.bool))


def not_a_number(torch):
    """The sign of what is none is 0; factorisations refuse it."""
    nan = torch.tensor([[float("nan"), 1.0], [1.0, 2.0]])
    yield nan.sign(), nan.sgn(), torch.tensor([-0.0, 0.0, -3.0]).sign()
    for f in (
        torch.linalg.svd,
        torch.linalg.svdvals,
        torch.linalg.pinv,
        torch.linalg.cholesky,
        torch.linalg.matrix_rank,
    ):
        yield attempt(lambda: f(nan))
