"""Numbers that a dtype cannot hold, operands that an operator does not know, results put where operands lie."""

from twin import attempt


def numbers_beyond_a_dtype(torch):
    """Refused where a number is written as it is; wrapped around in arithmetic."""
    mask, at = torch.tensor([True, False]), torch.tensor([0])
    for name, values in {
        "uint8": (-1, -255, -256, 255, 256, 1.5, -1.5, 3e9),
        "int8": (-128, -129, 127, 128, -200.0),
        "int32": (2**31, -(2**31), 2**40),
        "int64": (2**63, 1e30, float("nan"), float("inf"), 2j, 2 + 0j),
        "float32": (1e300, -1e300, float("inf"), 1j),
        "float16": (1e6, 65504, float("nan")),
        "bool": (5, 0.5, 0),
    }.items():
        x = torch.ones(2, dtype=getattr(torch, name))
        for v in values:
            yield attempt(lambda: x.clone().fill_(v).tolist()), attempt(lambda: x.masked_fill(mask, v).tolist())
            yield (
                attempt(lambda: x.clone().masked_fill_(mask, v).tolist()),
                attempt(lambda: x.index_fill(0, at, v).tolist()),
            )
            yield (
                attempt(lambda: torch.full((2,), v, dtype=x.dtype).tolist()),
                attempt(lambda: x.scatter(0, at, v).tolist()),
            )
    yield torch.ones(2, dtype=torch.uint8) + 300, torch.ones(2, dtype=torch.uint8).mul_(300)
    yield attempt(lambda: torch.ones(2, dtype=torch.uint8).clamp(-1, 300))
    yield attempt(lambda: torch.where(mask, torch.ones(2, dtype=torch.uint8), 300))


def strangers(torch):
    """Operators answer NotImplemented, so that Python names both sides; functions list their overloads."""
    x = torch.ones(2)
    for other in ("a", None, [1]):
        for f in (
            lambda a, b: a % b, lambda a, b: a // b, lambda a, b: a & b, lambda a, b: a | b, lambda a, b: a ^ b,
            lambda a, b: a < b, lambda a, b: a >= b, lambda a, b: a @ b, lambda a, b: a == b, lambda a, b: a != b,
        ):  # fmt: skip
            yield attempt(lambda: f(x, other))
        yield attempt(lambda: other & x), attempt(lambda: other @ x), attempt(lambda: other // x)
    for name in ("__radd__", "__rmul__", "__and__", "__rand__", "__ror__", "__rxor__"):
        yield attempt(lambda: getattr(torch.Tensor, name)(2, 3))
    for f, arguments in (
        (torch.pow, (2, 3)), (torch.pow, (x, "a")), (torch.float_power, (1, 2)), (torch.xlogy, (1, 2)),
        (torch.where, (1, 2, 3)), (torch.clamp, (1, 2)), (torch.max, (1, 2)), (torch.min, (x, "a")), (torch.clamp_min, (1, x)),
        (torch.rsub, (1, x)), (torch.hsplit, (x, "a")), (torch.linspace, (0, 1, 1.5)), (torch.logspace, (0, 1, None)),
        (torch.special.zeta, (1, 2)), (torch.isclose, (x, 1)),
    ):  # fmt: skip
        yield attempt(lambda: f(*arguments))


def results_onto_operands(torch):
    """`out` may not lie across an operand, and not on one that is still read."""
    src, index = torch.tensor([2, 1, 0]), torch.tensor([1, 0])
    for f in (
        lambda: torch.gather(src, 0, index, out=src[:2]),
        lambda: torch.take(src, index, out=src[:2]),
        lambda: torch.index_select(src, 0, index, out=src[:2]),
        lambda: torch.add(src[:2], 1, out=src[1:]),
        lambda: torch.add(src, 1, out=src).clone(),
        lambda: torch.masked_select(src, src > 0, out=src),
    ):
        yield attempt(f)


def ranges(torch):
    """Steps that become 0 as whole numbers."""
    empty = torch.tensor([], dtype=torch.int64)
    for arguments, options in (
        ((0, 64, 0.5), {"out": empty}), ((0, 3, 1.5), {"out": empty}), ((0, 3, 0), {}), ((0, 3.0, 0), {}),
        ((0, 3, 0.5), {"dtype": torch.int64}), ((0, 3, 0.5), {"dtype": torch.int32}), ((5, 0), {}),
    ):  # fmt: skip
        yield attempt(lambda: torch.arange(*arguments, **options))
