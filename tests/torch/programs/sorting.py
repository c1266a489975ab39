"""Sorting, and what is in the middle."""

from twin import Arrived, attempt


def sorted_with_and_without_stability(torch):
    """The node tells whether `stable` was given."""
    x = torch.tensor([[3.0, 1.0, 2.0], [float("nan"), 5.0, 5.0]], requires_grad=True)
    for options in ({}, {"stable": True}, {"stable": False}, {"descending": True}, {"dim": 0, "stable": True}):
        values, indices = torch.sort(x, **options)
        yield values, indices, x.sort(**options)
        yield Arrived(torch.autograd.grad(values.nan_to_num().pow(2).sum(), x))
    yield x.sort(0, True), tuple(torch.sort(x.detach(), out=(torch.empty(0), torch.empty(0).long())))
    yield x.argsort(), x.argsort(0, True), x.argsort(stable=True), torch.msort(x)
    yield torch.tensor(3.0).sort(), torch.tensor([]).sort()


def medians(torch):
    """The lower one of two; NaN where there is one; nanmedian passes over it."""
    nan = float("nan")
    for values in ([1.0, 3.0, 2.0], [4.0, 1.0, 3.0, 2.0], [1.0, nan, 2.0], [nan], []):
        x = torch.tensor(values, requires_grad=True)
        yield x.median(), x.nanmedian()
        if values and nan not in values:
            yield x.median(0), Arrived(torch.autograd.grad(x.median(), x))
    yield torch.tensor([5, 1, 3, 2]).median(), torch.tensor([[1.0, nan, 0.0], [2.0, 3.0, 1.0]]).median(1)
    yield (
        torch.tensor([[1.0, nan, 0.0], [2.0, 3.0, 1.0]]).nanmedian(1, keepdim=True),
        attempt(lambda: torch.ones(0, 2).median(0)),
    )
