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


def choices_among_equals(torch):
    """topk, kthvalue and mode find the equal elements that PyTorch finds, in every direction and with NaN."""
    torch.manual_seed(0)
    for n in (2, 3, 4, 7, 16, 17, 40, 130, 300):
        for most in (1, 2, 4, 30):
            x = torch.randint(0, most, (3, n))
            for k in sorted({1, 2, n // 2, n}):
                if k:
                    for largest in (True, False):
                        yield torch.topk(x, k, largest=largest).indices
                    yield torch.topk(x.t(), k, 0, sorted=False).indices, torch.kthvalue(x, k).indices
            yield torch.mode(x), torch.mode(x.t(), 0, keepdim=True), torch.median(x, 1).indices
            y = x.double()
            y[torch.rand(3, n) < 0.2] = float("nan")
            yield torch.topk(y, (n + 1) // 2).indices, torch.kthvalue(y, (n + 1) // 2).indices
    b = torch.tensor([True, False, True, True])
    yield torch.kthvalue(torch.ones(4), 2), torch.topk(torch.tensor([[1.0, 1.0], [2.0, 1.0]]), 1, 0), torch.mode(b)
    yield torch.ones(5).topk(3), torch.zeros(2, 0).topk(0), torch.tensor(1.0).topk(1)


def sorted_equals(torch):
    """Where equal elements go in a sort that need not be stable, and in one that must."""
    torch.manual_seed(0)
    for n in (5, 16, 17, 40, 300):
        for x in (torch.randint(0, 3, (2, n)), torch.rand(2, n) > 0.5, torch.randint(0, 9, (2, n)).double()):
            for down in (False, True):
                yield torch.sort(x, descending=down), x.argsort(1, down), x.t().sort(0, down).indices
                yield (
                    torch.sort(x, stable=True, descending=down).indices,
                    torch.argsort(x, dim=1, descending=down, stable=True),
                    torch.msort(x.t()),
                )
    y = torch.tensor([1.0, float("nan")]).repeat(12)
    yield y.sort(), y.argsort(descending=True)


def searches_across_dtypes(torch):
    """Values among boundaries of another dtype: compared in the dtype that holds both."""
    for edges, values in (
        (torch.tensor([0, 1, 2]), torch.tensor([0.5, 1.5, 1.0])),
        (torch.tensor([0.5, 1.5]), torch.tensor([1, 0])),
        (torch.tensor([0.5, 1.5]).double(), torch.tensor([0.5, 0.50001])),
        (torch.tensor([0, 200], dtype=torch.uint8), torch.tensor([-1, 300])),
        (torch.tensor([0.5, 1.5]).bfloat16(), torch.tensor([0.5, 0.5001])),
    ):
        yield (
            torch.searchsorted(edges, values),
            torch.searchsorted(edges, values, right=True),
            torch.bucketize(values, edges),
        )
