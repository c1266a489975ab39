"""Reading and writing by index."""

from twin import attempt


def basic(torch):
    """Integers, slices, None and dots give views."""
    x = torch.arange(24).reshape(2, 3, 4)
    yield x[0], x[-1, 2], x[0, 1, 2], x[:, 1], x[..., 0], x[1:, ::2, 1:3], x[None], x[:, None, 0], x[0, ..., 1:]
    yield x[torch.tensor(1)], x[()], x[...], x[0][1][2]
    for wrong in ((3,), (0, 5), (0, 0, 0, 0), (0, 0, -5)):
        yield attempt(lambda wrong=wrong: x[wrong])


def advanced(torch):
    """Integer tensors, lists and masks give copies."""
    x = torch.arange(12.0).reshape(3, 4)
    i, j = torch.tensor([0, 2]), torch.tensor([1, 3])
    yield (
        x[i],
        x[i, j],
        x[:, j],
        x[i, 1:3],
        x[i[:, None], j],
        x[[0, 0, 1]],
        x[x > 5],
        x[torch.tensor([True, False, True])],
    )
    yield x[i, None], x[..., j], x[0, j], x[torch.tensor([[0, 1], [2, 0]])], x[-1, [0, -1]]
    yield attempt(lambda: x[torch.tensor([3])])
    yield attempt(lambda: x[torch.tensor([0.5])])
    yield attempt(lambda: x[torch.tensor([True, False])])
    yield attempt(lambda: x[1.0], words=False)


def writing(torch):
    """Assignment through every kind of index."""
    x = torch.zeros(3, 4)
    x[0] = 1
    x[1, 1:3] = torch.tensor([2.0, 3.0])
    x[:, 3] = 9
    yield x
    x[torch.tensor([0, 2]), torch.tensor([0, 0])] = torch.tensor([7.0, 8.0])
    x[x == 9] = -1
    x[..., 1] += 10
    x[2] = torch.arange(4)
    yield x
    yield attempt(lambda: x.__setitem__(0, torch.ones(3)))
    yield attempt(lambda: x.__setitem__(5, 1))
    x[[0, 1]] *= 2
    yield x
    b = torch.zeros(3, dtype=torch.int64)
    b[1] = 2.7
    b[0] = True
    yield b


def with_gradients(torch):
    """Indexing and its nodes, and gradients that are scattered back."""
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    yield x[0], x[:, 1], x[0, 1], x[[0, 0]], x[x > 2], x[..., None], x[:, ::2]
    (x[0] * 2 + x[:, 1].sum() + x[[0, 0, 1]].sum() + x[x > 2].sum()).sum().backward()
    yield x


def rows_in_a_loop(torch):
    """Iterating gives views."""
    x = torch.arange(6.0).reshape(2, 3)
    yield from x
    a, b = x
    yield a, b
    yield 3.0 in x, 10 in x


def embedding_by_index(torch):
    """The look-up table of every language model lesson."""
    table = torch.arange(8.0).reshape(4, 2).requires_grad_()
    out = table[torch.tensor([[0, 1], [3, 1]])]
    yield out
    (out * out).sum().backward()
    yield table


def in_place_by_index(torch):
    """index_fill_, masked_fill_, scatter_, index_add_."""
    x = torch.zeros(3, 3)
    x.masked_fill_(torch.eye(3) > 0, 5.0)
    x.index_fill_(0, torch.tensor([1]), 2.0)
    x.scatter_(1, torch.tensor([[0], [1], [2]]), 9.0)
    x.index_add_(0, torch.tensor([0, 0]), torch.ones(2, 3))
    yield x


def chosen_by_a_mask(torch):
    """masked_select has a node of its own, and tensor and mask are broadcast to each other."""
    x = torch.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]], requires_grad=True)
    row, dot = torch.tensor([True, False, True]), torch.tensor(2.0, requires_grad=True)
    for t, mask in (
        (x, x > 0),
        (x, row),
        (x, torch.tensor(True)),
        (x[0], x > 0),
        (dot, row),
        (dot, torch.tensor(True)),
    ):
        picked = t.masked_select(mask)
        yield picked
        (g,) = torch.autograd.grad((picked**2).sum(), t, create_graph=True)
        yield g.tolist(), torch.autograd.grad(g.sum(), t)[0].tolist()
    yield attempt(lambda: x.masked_select(torch.tensor([1, 0, 1])))
    yield attempt(lambda: torch.masked_select(x, torch.tensor([True, False])))


def written_from_other_shapes(torch):
    """A value loses its leading dimensions of size 1 before it is spread over the place."""
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    for at, value in (
        (0, x[1:]), (slice(None), x[0]), ((slice(None), 0), x[:1, 0]), ((0, 0), x[1:, 1:2]), (0, x[1:, :1]), (1, x[0, 0]),
        ([0, 1], x[:1]), ([0, 1], x[:, :1]), (0, torch.ones(1, 1, 3)),
    ):  # fmt: skip
        y = x.clone()
        y[at] = value
        yield y
        yield torch.autograd.grad((y * y).sum(), x)[0].tolist()
    yield attempt(lambda: x.detach().__setitem__(0, torch.ones(2, 3)))
    yield attempt(lambda: x.detach().__setitem__(0, torch.ones(2)))
