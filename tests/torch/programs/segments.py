"""Reductions of segments; tensors of given strides; indices of what is not 0 in a size known beforehand."""

from twin import Arrived, attempt

KINDS = ("sum", "mean", "max", "min", "prod")


def segments_by_length(torch):
    """Each kind, with empty segments and with a value to begin with; gradients."""
    for kind in KINDS:
        for lengths in ([2, 0, 4], [6], [1, 1, 1, 1, 1, 1], [0, 3, 3, 0]):
            for initial in (None, 2.0):
                x = torch.tensor(
                    [[1.0, 0.0], [3.0, 4.0], [3.0, -1.0], [2.0, 5.0], [0.0, 5.0], [3.0, 0.0]]
                ).requires_grad_()
                y = torch.segment_reduce(x, kind, lengths=torch.tensor(lengths), initial=initial)
                yield y
                yield Arrived(torch.autograd.grad(y.nan_to_num(0, 0, 0).pow(2).sum(), x))


def segments_of_other_axes(torch):
    """Along a later dimension, each row with lengths of its own; by offsets; lengths that are not checked."""
    x = torch.arange(24.0, dtype=torch.float64).view(2, 6, 2).requires_grad_()
    for kind in KINDS:
        y = torch.segment_reduce(x, kind, lengths=torch.tensor([[2, 4], [3, 3]]), axis=1)
        yield y
        yield Arrived(torch.autograd.grad(y.sum(), x))
        yield torch.segment_reduce(x, kind, offsets=torch.tensor([[0, 2, 6], [0, 0, 6]]), axis=1)
    flat = torch.arange(6.0)
    yield torch.segment_reduce(flat, "sum", lengths=torch.tensor([2, 3]), unsafe=True)
    yield torch.segment_reduce(torch.tensor([1.0, float("nan"), 2.0]), "max", lengths=torch.tensor([2, 1]))


def refused_segments(torch):
    """Lengths that do not fit the data, and kinds that there are not."""
    x = torch.arange(12.0).view(6, 2)
    for wrong in (
        {"reduce": "sum"},
        {"reduce": "most", "lengths": torch.tensor([6])},
        {"reduce": "sum", "lengths": torch.tensor([2, 3])},
        {"reduce": "sum", "lengths": torch.tensor([-2, 8])},
        {"reduce": "sum", "lengths": torch.tensor([2.0, 4.0])},
        {"reduce": "sum", "lengths": torch.tensor([1, 1]), "axis": 1},
        {"reduce": "sum", "lengths": torch.tensor([2, 4]), "data": x.long()},
    ):
        given = {"data": x, **wrong}
        yield attempt(lambda: torch.segment_reduce(given.pop("data"), given.pop("reduce"), **given))


def strides_without_values(torch):
    """empty_strided, empty_permuted and their methods: shapes, strides, memory."""
    for size, stride in (((2, 3), (1, 2)), ((2, 3), (0, 1)), ((0, 3), (3, 1)), ((), ()), ((4,), (5,))):
        t = torch.empty_strided(size, stride)
        yield t.shape, t.stride(), t.untyped_storage().nbytes(), str(t.dtype), t.requires_grad, t._base is None
    t = torch.ones(2, dtype=torch.int32).new_empty_strided((2, 2), (1, 2))
    yield t.stride(), str(t.dtype), torch.empty_strided([2], [1], dtype=torch.float64, requires_grad=True).requires_grad
    yield torch.empty_permuted((2, 3, 4), (0, 2, 1)).stride(), torch.empty_permuted((2, 0), (1, 0)).stride()
    for wrong in (((2, 3), (1,)), ((2, -3), (1, 2)), ((2, 3), (1, -2))):
        yield attempt(lambda: torch.empty_strided(*wrong))
    for wrong in ((0, 2), (0, 2, 2), (0, 2, 5)):
        yield attempt(lambda: torch.empty_permuted((2, 3, 4), wrong))


def places_of_what_is_not_0(torch):
    """nonzero_static cuts and fills."""
    x = torch.tensor([[1, 0, 2], [0, 3, 0]])
    yield torch.nonzero_static(x, size=2), torch.nonzero_static(x, size=5, fill_value=-9), x.nonzero_static(size=0)
    yield torch.nonzero_static(torch.tensor(3), size=2), attempt(lambda: torch.nonzero_static(x, size=-1))
