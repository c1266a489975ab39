"""A linear layer and its cross entropy in one; losses' targets that cannot have a gradient; distances' nodes."""

from twin import Arrived, attempt


def linear_cross_entropy(torch):
    """Classes and probabilities, one and several dimensions, weights; as a function and as a module."""
    F = torch.nn.functional
    x = torch.linspace(-1, 1, 12).view(3, 4).requires_grad_()
    W = torch.linspace(1, -1, 20).view(5, 4).sin().requires_grad_()
    b = torch.linspace(0, 1, 5).requires_grad_()
    target = torch.tensor([0, 4, 2])
    for options in (
        {},
        {"linear_bias": b},
        {"linear_bias": b, "weight": torch.arange(1.0, 6.0), "reduction": "sum"},
        {"reduction": "none", "ignore_index": 4},
        {"label_smoothing": 0.1},
    ):
        y = F.linear_cross_entropy(x, W, target, **options)
        yield y, Arrived(list(torch.autograd.grad(y.sum(), (x, W, b), allow_unused=True)))
    yield F.linear_cross_entropy(x[0], W, target[0]), F.linear_cross_entropy(x, W, torch.ones(3, 5) / 5)
    yield F.linear_cross_entropy(x, W.view(5, 2, 2)[..., :2].reshape(5, 1, 4), target[:, None])
    for wrong in (
        lambda: F.linear_cross_entropy(x[None], W, target),
        lambda: F.linear_cross_entropy(x, W[0], target),
        lambda: F.linear_cross_entropy(x, W[:, :3], target),
        lambda: F.linear_cross_entropy(x, W, target, linear_bias=b[:2]),
        lambda: F.linear_cross_entropy(x[0], W[:, None], target),
        lambda: F.linear_cross_entropy(x, W, torch.ones(3, 5), ignore_index=1),
        lambda: torch.nn.LinearCrossEntropyLoss(4, 5, weight=torch.ones(3)),
        lambda: torch.nn.LinearCrossEntropyLoss(4, 5, label_smoothing=2.0),
    ):
        yield attempt(wrong)
    for options in ({}, {"bias": True, "out_features": (2,), "reduction": "sum"}):
        torch.manual_seed(0)
        layer = torch.nn.LinearCrossEntropyLoss(4, 5, **options)
        yield repr(layer), list(layer.state_dict())
        y = layer(x, target if not layer.out_features else target[:, None].expand(3, 2))
        yield y, Arrived(list(torch.autograd.grad(y, list(layer.parameters()))))


def targets_without_gradients(torch):
    """soft_margin_loss refuses a target that needs a gradient, where gradients are recorded."""
    F, x = torch.nn.functional, torch.tensor([0.5, -1.0])
    target = torch.tensor([1.0, -1.0], requires_grad=True)
    yield attempt(lambda: F.soft_margin_loss(x, target))
    with torch.no_grad():
        yield F.soft_margin_loss(x, target)


def pairwise(torch):
    """The node of pairwise_distance; slopes of rrelu are constants of the second derivative."""
    F = torch.nn.functional
    x = torch.linspace(-1, 1, 6, dtype=torch.float64).view(2, 3).requires_grad_()
    for p in (1, 2, 3.0):
        y = F.pairwise_distance(x, x.detach().flip(0), p)
        yield y.detach() + 0, y.grad_fn.name()
        (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        yield Arrived(g)
        if p > 1:
            yield Arrived(torch.autograd.grad(g.pow(2).sum(), x))
    torch.manual_seed(3)
    y = F.rrelu(x, training=True)
    (g,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    yield y, Arrived(g), Arrived(torch.autograd.grad(g.sum(), x))


def products_of_complex_numbers(torch):
    """prod of complex numbers, with zeros, twice differentiated."""
    z = torch.complex(
        torch.tensor([[1.0, 2.0, -0.5], [0.0, 1.0, 2.0]]), torch.tensor([[0.5, -1.0, 2.0], [0.0, 0.3, 1.0]])
    )
    z = z.to(torch.complex128).requires_grad_()
    for y in (z.prod(), z.prod(1), z.prod(0, True)):
        yield y
        (g,) = torch.autograd.grad((y * y.conj()).real.sum(), z, create_graph=True)
        yield Arrived(g.detach().resolve_conj().contiguous())
        yield Arrived(torch.autograd.grad((g * g.conj()).real.sum(), z)[0].resolve_conj().contiguous())
