"""out=: which dtypes results go into, and the pairs that come back; what scatter does not take."""

from twin import attempt


def dtypes_of_outputs(torch):
    """Some results are cast, others want their own dtype."""
    x = torch.tensor([[3.0, 1.0], [2.0, 5.0], [4.0, 0.0]])
    double, whole = torch.float64, torch.int64
    for made in (
        lambda: torch.sum(x, 0, out=torch.empty(2, dtype=double)),
        lambda: torch.cumsum(x, 0, out=torch.empty(3, 2, dtype=double)),
        lambda: torch.cat([x, x], out=torch.empty(6, 2, dtype=double)),
        lambda: torch.add(x, x, out=torch.empty(3, 2, dtype=whole)),
        lambda: torch.matmul(x, x.T, out=torch.empty(3, 3, dtype=double)),
        lambda: torch.mm(x, x.T, out=torch.empty(3, 3, dtype=torch.float16)),
        lambda: torch.argmax(x, 0, out=torch.empty(2, dtype=double)),
        lambda: torch.gather(x, 0, torch.tensor([[0, 1]]), out=torch.empty(1, 2, dtype=double)),
        lambda: torch.softmax(x, 0, out=torch.empty(3, 2, dtype=double)),
        lambda: torch.tril(x, out=torch.empty(3, 2, dtype=double)),
        lambda: torch.amax(x, 0, out=torch.empty(2, dtype=torch.int32)),
        lambda: torch.max(x, 0, out=(torch.empty(2, dtype=double), torch.empty(2, dtype=whole))),
        lambda: torch.sort(x, out=(torch.empty(3, 2, dtype=double), torch.empty(3, 2, dtype=whole))),
    ):
        yield attempt(made)


def pairs(torch):
    """Named tuples of the tensors that were given."""
    x = torch.tensor([[3.0, 1.0], [2.0, 5.0], [4.0, 0.0]])
    for call in (
        lambda out: torch.max(x, 0, out=out),
        lambda out: torch.min(x, 1, out=out),
        lambda out: torch.sort(x, 0, out=out),
        lambda out: torch.topk(x, 1, out=out),
        lambda out: torch.kthvalue(x, 1, out=out),
        lambda out: torch.cummax(x, 0, out=out),
    ):
        out = torch.empty(0), torch.empty(0, dtype=torch.int64)
        found = call(out)
        yield found, found[0] is out[0], found.indices is out[1]


def scattered(torch):
    """An index that reaches too far, sources of other sizes and dtypes."""
    x, index = torch.ones(3, 2), torch.tensor([[0, 1]])
    for wrong in (
        lambda: x.scatter(0, index, torch.ones(1, 1)),
        lambda: x.scatter(0, index[0], torch.ones(1, 1)),
        lambda: x.scatter(0, torch.tensor([[0, 1, 1]]), torch.ones(1, 3)),
        lambda: x.scatter(0, torch.tensor([[0, 1, 1]]), 2.0),
        lambda: x.scatter_add(0, index, torch.ones(1, 1)),
        lambda: x.scatter(0, index.float(), torch.ones(1, 2)),
        lambda: x.scatter(2, index, torch.ones(1, 2)),
        lambda: x.scatter_(0, index, torch.ones(1, 2).long()),
        lambda: x.scatter_(0, index, torch.ones(1, 2).double()),
        lambda: x.scatter_add(0, index, torch.ones(1, 2).double()),
        lambda: x.scatter(0, index + 34, torch.ones(1, 2)),
    ):
        yield attempt(wrong)
    yield x.scatter(0, index, torch.ones(3, 3)), x.scatter(1, torch.tensor([[0, 1, 1]]), 2.0)
    yield attempt(lambda: torch.eye(-1)), attempt(lambda: torch.eye(2, -3))
    for dims in ([0], [1, 1], [0, -2], [0, 1]):
        yield attempt(lambda: torch.rot90(x, 1, dims))
    yield attempt(lambda: torch.rot90(x[0], 1, [0, 1]))
