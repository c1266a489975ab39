"""Distances of many rows, which PyTorch computes by a product of matrices, and the few greatest of many."""

from twin import Arrived, attempt


def many_rows(torch):
    """cdist beyond 25 rows, and where it is asked for: another node, the same derivatives."""
    torch.manual_seed(0)
    for shape1, shape2 in (((30, 3), (28, 3)), ((2, 30, 3), (4, 3)), ((3, 2), (5, 2))):
        a, b = torch.randn(shape1, requires_grad=True), torch.randn(shape2, requires_grad=True)
        for mode in ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"):
            out = torch.cdist(a, b, compute_mode=mode)
            names = [out.grad_fn.name(), [f.name() for f, _ in out.grad_fn.next_functions]]
            if len(shape1) == 2:
                yield names
            yield Arrived(torch.autograd.grad(out.sum(), (a, b)))
    yield attempt(lambda: torch.cdist(a, b, compute_mode="fast"))


def in_blocks(torch):
    """Other norms of many rows."""
    torch.manual_seed(0)
    a, b = torch.randn(300, 40), torch.randn(200, 40)
    for p in (0.5, 1.0, 3.0, float("inf")):
        yield [f"{v:.4g}" for v in torch.cdist(a, b, p)[::50, ::40].flatten().tolist()]


def few_of_many(torch):
    """topk of a few of many elements, along any dimension."""
    torch.manual_seed(0)
    x = torch.randn(2, 100, 3, requires_grad=True)
    for largest in (True, False):
        out = x.topk(4, dim=1, largest=largest)
        yield out.values.tolist(), out.indices, Arrived(torch.autograd.grad(out.values.sum(), x))
    yield torch.randperm(500).topk(3), torch.tensor([float("nan"), *range(99)]).topk(2)
