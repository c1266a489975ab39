"""What indices and values are refused or taken: kinds, dtypes, places; families that write along a dimension."""

from twin import Arrived, attempt


def writing(x, index, value):
    """A copy of x with a value at an index."""
    t = x.clone()
    t[index] = value
    return t


def indices_and_values(torch):
    """Tensors of every dtype as indices, slices, and what may be written."""
    x = torch.arange(6.0).reshape(2, 3)
    m = x > 2
    yield attempt(lambda: x[torch.tensor(1, dtype=torch.uint8)])
    yield attempt(lambda: x[torch.tensor(0, dtype=torch.uint8)].shape)
    yield attempt(lambda: x[:, torch.tensor([-5])])
    yield attempt(lambda: x[:, torch.tensor([5])])
    yield attempt(lambda: x[torch.tensor([-5])])
    yield attempt(lambda: x["a"])
    yield attempt(lambda: x[1.5:2])
    yield attempt(lambda: x["a":])
    yield attempt(lambda: writing(x, m, torch.tensor([1, 2, 3])))
    yield attempt(lambda: writing(x, m, torch.tensor(1)))
    yield attempt(lambda: writing(x, [0, 1], torch.tensor([1, 2, 3])))
    yield attempt(lambda: writing(x, 0, torch.tensor([1, 2, 3])))
    yield attempt(lambda: writing(x, m, torch.tensor([1.0, 2, 3], dtype=torch.float64)))
    yield attempt(lambda: writing(x, slice(None), "a"))
    yield attempt(lambda: writing(x, [0, 1], 1j))
    yield attempt(lambda: writing(x, 0, 1j))
    yield attempt(lambda: writing(x, 0, [1, 2, 3]))
    yield attempt(lambda: writing(x, 0, None))


def grids(torch):
    """meshgrid."""
    a, b = torch.arange(3), torch.arange(2)
    yield attempt(lambda: [t.shape for t in torch.meshgrid(a, b, indexing="xy")])
    yield attempt(lambda: [t.shape for t in torch.meshgrid(a, b)])
    yield attempt(lambda: [t.shape for t in torch.meshgrid(a, torch.tensor(1), indexing="xy")])
    yield attempt(lambda: [t.shape for t in torch.meshgrid([a, b], indexing="xy")])
    yield attempt(lambda: torch.meshgrid(a, b, indexing="zz"))
    yield attempt(lambda: [t.shape for t in torch.meshgrid(a, a, b, indexing="xy")])


def along_a_dimension(torch):
    """gather, scatter with reduce, scatter_add, index_fill."""
    x = torch.arange(6.0).reshape(2, 3)
    i = torch.tensor([[0, 1, 0]])
    s = torch.ones(2, 3) * 2
    yield attempt(lambda: x.scatter(0, i, s, reduce="add"))
    yield attempt(lambda: x.scatter(0, i, s, reduce="multiply"))
    yield attempt(lambda: x.clone().scatter_(0, i, 3.0, reduce="add"))
    yield attempt(lambda: x.clone().scatter_(0, i, 3.0, reduce="multiply"))
    yield attempt(lambda: x.scatter(0, i, s, reduce="foo"))
    yield attempt(lambda: torch.tensor([1.0, 2.0]).gather(0, torch.tensor([], dtype=torch.float32).reshape(0)))
    yield attempt(lambda: torch.gather(x, 0, torch.tensor([], dtype=torch.uint8)))
    yield attempt(lambda: torch.tensor(1.0).scatter_add(0, torch.tensor(0), torch.tensor(2.0)))
    yield attempt(lambda: x.index_fill(0, torch.tensor([0]), torch.tensor(5.0)))
    yield attempt(
        lambda: Arrived(x.clone().index_fill_(1, torch.tensor([0, 2]), torch.tensor(5.0, requires_grad=True)))
    )
    yield attempt(lambda: x.index_fill(0, torch.tensor([0]), torch.ones(2)))
