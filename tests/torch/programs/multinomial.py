"""Places drawn by their weights, and items drawn so."""

from twin import attempt


def draws(torch):
    """The same places as PyTorch's."""
    torch.manual_seed(3)
    own = torch.Generator().manual_seed(1)
    for weights in (
        torch.tensor([0.1, 0.2, 3.0, 0.0]),
        torch.rand(3, 7),
        torch.rand(5, dtype=torch.float64),
        torch.ones(100),
    ):
        yield torch.multinomial(weights, 1), weights.multinomial(1), torch.multinomial(weights, 1, replacement=True)
        yield torch.multinomial(weights, 20, True), torch.multinomial(weights, 3, True, generator=own)
        yield torch.multinomial(weights, 3), torch.multinomial(weights, 3, generator=own)
    p = torch.rand(4).softmax(0).requires_grad_()
    yield torch.multinomial(p, 2), torch.rand(1), torch.rand(1, generator=own)
    out = torch.empty(3, dtype=torch.int64)
    yield torch.multinomial(torch.ones(5), 3, out=out), out


def refusals(torch):
    """Weights that are none."""
    for weights in ([1, 2], [[[1.0]]], [-1.0, 2.0], [float("nan"), 1.0], [float("inf"), 1.0], [0.0, 0.0], [1.0]):
        for n, replacement in ((2, True), (2, False), (0, False)):
            yield attempt(lambda: torch.multinomial(torch.tensor(weights), n, replacement))


def samplers(torch):
    """WeightedRandomSampler."""
    Sampler = torch.utils.data.WeightedRandomSampler
    torch.manual_seed(0)
    yield (
        list(Sampler([0.1, 0.9, 0.4, 0.7, 3.0, 0.6], 5)),
        list(Sampler([0.9, 0.4, 0.05, 0.2, 0.3, 0.1], 5, replacement=False)),
    )
    sampler = Sampler(torch.ones(10), 8, generator=torch.Generator().manual_seed(4))
    yield list(sampler), list(sampler), len(sampler), torch.rand(1)
    data = torch.utils.data.TensorDataset(torch.arange(10))
    yield list(torch.utils.data.DataLoader(data, 3, sampler=sampler))
