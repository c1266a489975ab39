"""Functions that are one op in PyTorch, or several: the nodes of their graphs."""

from twin import Arrived, attempt


def names(t):
    """The names of a graph's nodes, depth first."""
    found, waiting = [], [t.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None:
            found.append(node.name())
            waiting += [n for n, _ in node.next_functions]
    return found


def leaf(torch, *values):
    return torch.tensor(values or (0.3, -1.2, 2.5), dtype=torch.float64, requires_grad=True)


def twice(torch, y, *xs):
    """First and second gradients."""
    first = torch.autograd.grad(y.sin().sum(), xs, create_graph=True)
    yield Arrived([g.detach() for g in first])
    again = torch.autograd.grad(sum((g * g).sum() for g in first), xs, allow_unused=True)
    yield Arrived([None if g is None else g.contiguous() for g in again])


def gamma_functions(torch):
    """mvlgamma is one node, ndtr four."""
    for p in (1, 3):
        x = leaf(torch, 60.5, 133.25, 81.0)
        y = torch.mvlgamma(x, p)
        yield y, names(y)
        (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        yield Arrived(first.detach()), Arrived(list(torch.autograd.grad(first.sum(), x)))
    x = leaf(torch)
    y = torch.special.ndtr(x)
    yield y, names(y), torch.special.ndtr(torch.tensor([1, -2]))
    yield attempt(lambda: torch.mvlgamma(x, 0)), torch.mvlgamma(torch.tensor([2, 3]), 2)


def filled(torch):
    """`fill` and `fill_` have four nodes."""
    x, value = leaf(torch), torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    for y in (torch.fill(x, 3), torch.fill(x, value), x.clone().fill_(3), x.clone().fill_(value)):
        yield y, names(y)
    yield from twice(torch, torch.fill(x, value) * x, x, value)
    yield attempt(lambda: torch.fill(x, torch.ones(2)))


def signs_kept(torch):
    """copysign has second gradients, and none at 0."""
    x, other = leaf(torch, 0.5, 0.0, -2.0), leaf(torch, -1.0, -3.0, 0.25)
    yield from twice(torch, torch.copysign(x, other), x, other)
    yield from twice(torch, torch.copysign(x, -1.0), x)


def inverse_transforms(torch):
    """Of real input: one side of frequencies, and its conjugate."""
    x = leaf(torch)
    for y in (torch.fft.ifft(x), torch.fft.ifft(x, 5, norm="ortho"), torch.fft.fft(x), torch.fft.ifftn(x)):
        yield y.resolve_conj().detach(), names(y)
        yield from twice(torch, y.abs(), x)


def copies(torch):
    """`to` with its flags by position: non_blocking, copy."""
    x = leaf(torch)
    for arguments in (("cpu", torch.float64, True, True), (torch.float64, False, True), (x, True, True), (x, True)):
        y = x.to(*arguments)
        yield y, y is x


def whole_powers(torch):
    """Negative powers of whole numbers, each with its own exponent."""
    base, powers = torch.tensor([-2, -1, 0, 1, 2]), torch.tensor([-3, -3, 3, -2, 0])
    yield base**powers, torch.pow(2, powers), (-1) ** powers, 1**powers
    yield attempt(lambda: base**-1), base.clone().pow_(powers)


def operators_of_strangers(torch):
    """What is no operand is left to Python, which names both sides."""
    x = torch.ones(2)
    for other in ("a", None, [1]):
        yield (
            attempt(lambda: other / x),
            attempt(lambda: other**x),
            attempt(lambda: x**other),
            attempt(lambda: other // x),
        )
    yield torch.Tensor.__rdiv__(x, 3), 3 / x, attempt(lambda: None % x)


def sums_with_a_factor(torch):
    """`alpha` belongs to the sum's own node."""
    for name in ("add", "sub"):
        x, y = leaf(torch), leaf(torch, 1.5, 2.0, -0.5)
        z = getattr(torch, name)(x, y, alpha=3)
        yield z, names(z), z.grad_fn._saved_alpha
        yield from twice(torch, z, x, y)
        z = getattr(x.clone(), name + "_")(y, alpha=0.5)
        yield z, names(z), Arrived(list(torch.autograd.grad(z.sum(), (x, y))))
        z = getattr(x, name)(2.0, alpha=0.5)
        yield z, names(z)
        whole = torch.tensor([1, 2])
        f = getattr(torch, name)
        for alpha in (2, True, 2.0, 1.0, 1j):
            yield attempt(lambda: f(whole, whole, alpha=alpha)), attempt(lambda: f(x, y, alpha=alpha))
        yield attempt(lambda: f(whole, x.detach()[:2], alpha=0.5)), attempt(lambda: f(whole > 1, whole > 1, alpha=True))
        yield (
            f(x.detach(), torch.ones(1, 3).t().double(), alpha=2),
            f(torch.ones(3, 2).t(), torch.ones(2, 3), alpha=2).stride(),
        )


def results_of_turned_operands(torch):
    """The first operand that tells two dimensions apart decides how the result lies."""
    a, b = torch.ones(3, 4).t(), torch.ones(4, 3)
    wide = torch.ones(4, 6)[:, ::2]
    for x, y in (
        (a, b),
        (b, a),
        (a, wide),
        (wide, a),
        (a, torch.ones(3)),
        (b, torch.ones(4, 1)),
        (a, a),
        (torch.ones(4, 1), a),
    ):
        for f in (
            torch.mul, torch.lt, torch.atan2, torch.maximum, lambda x, y: torch.where(x > 0, x, y), lambda x, y: torch.lerp(x, y, 0.5),
            lambda x, y: torch.add(x, y, alpha=2), lambda x, y: torch.clamp(x, y, y),
        ):  # fmt: skip
            yield f(x, y).stride()
    u, v = torch.ones(2, 3, 4, 5), torch.ones(2, 4, 5, 3).permute(0, 3, 1, 2)
    yield (u * v).stride(), (v * u).stride(), (v + v.sum(1, keepdim=True)).stride(), (u[:, :1] * v).stride()


def reductions_of_turned_tensors(torch):
    """What is left of a turned tensor lies in rows."""
    for turn in ((0, 2, 1), (2, 0, 1), (2, 1, 0)):
        x = torch.arange(24.0, dtype=torch.float64).reshape(2, 3, 4).sin().permute(turn).requires_grad_()
        for name in (
            "sum",
            "mean",
            "amax",
            "prod",
            "var",
            "std",
            "logsumexp",
            "nansum",
            "norm",
            "argmax",
            "all",
            "count_nonzero",
        ):
            for dim in range(3):
                yield getattr(x, name)(dim=dim).stride()
                if name != "count_nonzero":
                    yield getattr(x, name)(dim=dim, keepdim=True).stride()
        yield (
            x.max(1).values.stride(),
            x.aminmax(dim=0).min.stride(),
            torch.std_mean(x, 1)[1].stride(),
            x.sum((0, 2)).stride(),
        )
        yield from twice(torch, x.mean(1), x)


def einsums(torch):
    """The graph of an einsum is that of its unsqueezes, permutes, sums and products."""
    for equation, shapes in (
        ("ij,jk->ik", ((2, 3), (3, 4))), ("ik,j->ij", ((2, 3), (3,))), ("...ik, ...j -> ij", ((1, 2, 3), (3,))), ("ii->i", ((3, 3),)),
        ("bhqd,bhkd->bhqk", ((2, 2, 3, 4), (2, 2, 5, 4))), ("ij,jk,kl->il", ((2, 3), (3, 4), (4, 5))), ("bn,anm,bm->ba", ((2, 5), (3, 5, 4), (2, 4))),
        ("ij,ij->i", ((2, 1), (2, 1))), ("i,i", ((3,), (3,))), ("iij,jk->ik", ((3, 3, 2), (2, 4))), ("abc->", ((2, 3, 4),)), ("i,j->ij", ((2,), (3,))),
    ):  # fmt: skip
        xs = [
            torch.arange(float(torch.Size(s).numel()), dtype=torch.float64).sin().reshape(s).requires_grad_()
            for s in shapes
        ]
        y = torch.einsum(equation, *xs)
        yield y, sorted(names(y))
        yield Arrived(list(torch.autograd.grad(y.sin().sum(), xs)))
