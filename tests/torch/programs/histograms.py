"""Histograms of points in several dimensions."""

from twin import attempt


def points_counted(torch):
    """Bins by number, by numbers, by edges; weights, ranges, densities; what lies outside is left out."""
    x = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.5, 1.5], [float("nan"), 0.0]])
    w = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    clean = x[:5]
    yield torch.histogramdd(clean, bins=3), torch.histogramdd(clean, [3, 2], weight=w[:5])
    yield torch.histogramdd(x, bins=2, range=[0.0, 1.0, 0.0, 2.0], density=True)
    yield torch.histogramdd(x, bins=[torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 1.5])], weight=w)
    yield torch.histogramdd(torch.zeros(0, 2), bins=2), torch.histogramdd(torch.ones(2, 3, 3).double(), bins=[1, 2, 1])
    yield torch.histogramdd(clean.view(5, 1, 2), bins=2)


def refused_points(torch):
    """What does not fit."""
    x = torch.zeros(3, 2)
    for wrong in (
        lambda: torch.histogramdd(x[0], bins=2),
        lambda: torch.histogramdd(x, bins=[2]),
        lambda: torch.histogramdd(x.long(), bins=2),
        lambda: torch.histogramdd(x, bins=2, weight=torch.ones(2)),
        lambda: torch.histogramdd(x, bins=2, range=[0.0, 1.0]),
        lambda: torch.histogramdd(x, bins=0),
        lambda: torch.histogramdd(x, bins=2, range=[1.0, 0.0, 0.0, 1.0]),
        lambda: torch.histogramdd(x, bins=[torch.ones(3)]),
        lambda: torch.histogramdd(x + float("inf"), bins=2),
    ):
        yield attempt(wrong)
