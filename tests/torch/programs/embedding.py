"""Rows of a table by their numbers, alone and in bags."""

from twin import Arrived, attempt


def lookups(torch):
    """Values, the graph, what is shared, and the gradient of rows that occur several times or never."""
    torch.manual_seed(0)
    table = torch.nn.Embedding(7, 3)
    at = torch.tensor([[1, 4, 1], [0, 6, 1]])
    y = table(at)
    yield table.weight, y
    (y * torch.arange(18.0).view(2, 3, 3)).sum().backward()
    yield Arrived(table.weight.grad)
    yield table(torch.tensor(2)), table(torch.tensor([], dtype=torch.long)), table(at.int())
    yield torch.embedding(table.weight, at)
    yield torch.nn.functional.embedding(at, torch.arange(14).view(7, 2))


def padding_and_frequency(torch):
    """The padding's row is zero at first and gets no gradient; frequent rows may get less."""
    torch.manual_seed(0)
    at = torch.tensor([[1, 4, 1], [0, 6, 1]])
    for options in (
        {"padding_idx": 1},
        {"padding_idx": -1},
        {"scale_grad_by_freq": True},
        {"padding_idx": 4, "scale_grad_by_freq": True},
    ):
        table = torch.nn.Embedding(7, 3, **options)
        yield repr(table), table.padding_idx, table.weight.detach()
        table(at).exp().sum().backward()
        yield Arrived(table.weight.grad)
    yield attempt(lambda: torch.nn.Embedding(7, 3, padding_idx=7))
    yield attempt(lambda: torch.nn.Embedding(7, 3, padding_idx=-8))


def shortened_rows(torch):
    """max_norm writes into the table, also where nothing is too long."""
    torch.manual_seed(0)
    for kind in (2.0, 1.0, float("inf")):
        table = torch.nn.Embedding(5, 3, max_norm=1.0, norm_type=kind)
        y = table(torch.tensor([0, 2, 2]))
        yield repr(table), table.weight._version, table.weight.detach(), y
        y.sum().backward()
        yield Arrived(table.weight.grad)
    table = torch.nn.Embedding(2, 2, max_norm=100.0)
    before = table.weight.detach().clone()
    table(torch.tensor([0]))
    yield table.weight._version, bool((table.weight == before).all())
    exact = torch.nn.Embedding(1, 2, max_norm=5.0, _weight=torch.tensor([[3.0, 4.0]]))
    yield exact(torch.tensor([0]))


def pretrained(torch):
    """A table that is given: shared, frozen or not."""
    given = torch.arange(6.0).view(3, 2)
    table = torch.nn.Embedding.from_pretrained(given)
    yield table.weight, repr(table), table.weight.data_ptr() == given.data_ptr()
    trained = torch.nn.Embedding.from_pretrained(given, freeze=False, padding_idx=0)
    yield trained.weight, repr(trained)
    yield attempt(lambda: torch.nn.Embedding.from_pretrained(torch.zeros(3)))
    yield attempt(lambda: torch.nn.Embedding(2, 2, _weight=given))
    bag = torch.nn.EmbeddingBag.from_pretrained(given, mode="sum")
    yield bag(torch.tensor([[0, 2]])), repr(bag), bag.weight.requires_grad


def second_derivatives(torch):
    """The gradient of a table is a sum over what came, and that can be differentiated again."""
    torch.manual_seed(0)
    w = torch.randn(5, 2, requires_grad=True)
    at = torch.tensor([3, 1, 3])
    for options in ({}, {"padding_idx": 3}):
        y = torch.nn.functional.embedding(at, w, **options)
        (g,) = torch.autograd.grad((y**3).sum(), w, create_graph=True)
        yield g
        yield Arrived(torch.autograd.grad((g**2).sum(), w))


def bags(torch):
    """Sums, means and the greatest, with offsets, weights and padding."""
    torch.manual_seed(0)
    F = torch.nn.functional
    at, offsets = torch.tensor([1, 4, 1, 0, 6]), torch.tensor([0, 2, 2])
    for mode in ("sum", "mean", "max"):
        bag = torch.nn.EmbeddingBag(7, 3, mode=mode)
        y = bag(at, offsets)
        yield repr(bag), y
        (y * torch.arange(9.0).view(3, 3)).sum().backward()
        yield Arrived(bag.weight.grad)
        yield bag(torch.tensor([[1, 2], [3, 3]]))
        yield F.embedding_bag(at, bag.weight, offsets, mode=mode, padding_idx=1)
        yield F.embedding_bag(at, bag.weight, torch.tensor([0, 2, 5]), mode=mode, include_last_offset=True)
    w, s = torch.randn(7, 3, requires_grad=True), torch.randn(5, requires_grad=True)
    F.embedding_bag(at, w, offsets, mode="sum", per_sample_weights=s).exp().sum().backward()
    yield Arrived([w.grad, s.grad])
    twice = torch.tensor([1, 4, 4, 1])  # where rows occur unequally often, PyTorch takes some row's count for another's
    counted = F.embedding_bag(twice, w, offsets, mode="mean", scale_grad_by_freq=True)
    yield Arrived(torch.autograd.grad(counted.exp().sum(), w))


def refusals(torch):
    """What is no row, and what does not go together."""
    table = torch.nn.Embedding(3, 2)
    yield attempt(lambda: table(torch.tensor([3])))
    yield attempt(lambda: table(torch.tensor([-1])))
    yield attempt(lambda: table(torch.tensor([1.0])))
    yield attempt(lambda: table([1]))
    yield attempt(lambda: torch.nn.functional.embedding(torch.tensor([0]), torch.zeros(3)))
    bag = torch.nn.EmbeddingBag(3, 2)
    yield attempt(lambda: bag(torch.tensor([1])))
    yield attempt(lambda: bag(torch.tensor([[1]]), torch.tensor([0])))
    yield attempt(lambda: bag(torch.zeros(1, 1, 1, dtype=torch.long)))
    yield attempt(lambda: bag(torch.tensor([[1]]), None, torch.ones(1, 1)))
    yield attempt(lambda: torch.nn.EmbeddingBag(3, 2, mode="max", scale_grad_by_freq=True)(torch.tensor([[1]])))


def one_hot(torch):
    """Classes as rows."""
    F = torch.nn.functional
    yield F.one_hot(torch.tensor([[2, 0], [1, 1]])), F.one_hot(torch.tensor([1]), 4), F.one_hot(torch.tensor(1))
    yield F.one_hot(torch.zeros(0, 2, dtype=torch.long), 3)
    yield attempt(lambda: F.one_hot(torch.tensor([3]), 2))
    yield attempt(lambda: F.one_hot(torch.tensor([-1])))
    yield attempt(lambda: F.one_hot(torch.tensor([1.0])))
    yield attempt(lambda: F.one_hot(torch.zeros(0, dtype=torch.long)))
    yield attempt(lambda: F.one_hot(torch.tensor([1]), 0))
