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
