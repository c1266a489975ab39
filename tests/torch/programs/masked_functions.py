"""torch.masked: reductions and normalisations that leave out what a mask rules out."""

import importlib

from twin import Arrived, attempt

REDUCTIONS = ("sum", "prod", "amax", "amin", "mean", "norm", "var", "std", "logsumexp")


def _masked(torch):
    return importlib.import_module(f"{torch.__name__}.masked")


def _matrix(torch, dtype=None):
    return torch.tensor([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], dtype=dtype or torch.float64)


def reductions(torch):
    """Each over every dimension, over one and over two, with a mask of the same shape and one that broadcasts."""
    masked = _masked(torch)
    masks = (None, torch.tensor([[True, False, True], [False, True, True]]), torch.tensor([True, False, True]))
    for name in REDUCTIONS:
        for mask in masks:
            for dim, keepdim in ((None, False), (0, False), (-1, True), ((0, 1), True), ((), False)):
                x = _matrix(torch).requires_grad_()
                y = getattr(masked, name)(x, dim=dim, keepdim=keepdim, mask=mask)
                yield name, y
                (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
                yield Arrived(g)


def nothing_left(torch):
    """A row that the mask rules out whole: the identity, or NaN."""
    masked = _masked(torch)
    mask = torch.tensor([[True, True, False], [False, False, False]])
    for name in (*REDUCTIONS, "median"):
        yield name, getattr(masked, name)(_matrix(torch), dim=1, mask=mask)
    for name in ("softmax", "log_softmax", "softmin", "cumsum", "cumprod"):
        yield name, getattr(masked, name)(_matrix(torch), 1, mask=mask)
    yield masked.norm(_matrix(torch), -float("inf"), 1, mask=mask), masked.normalize(_matrix(torch), 2.0, 1, mask=mask)


def other_dtypes(torch):
    """Whole numbers are added up as int64; where the greatest stands comes in the input's dtype."""
    masked = _masked(torch)
    mask = torch.tensor([[True, False, True], [False, True, True]])
    for dtype in (torch.int32, torch.uint8, torch.int64, torch.bool, torch.float32):
        x = _matrix(torch).abs().to(dtype)
        for name in ("sum", "prod", "argmax", "argmin", "amax", "amin", "mean", "var", "std"):
            yield name, attempt(lambda: getattr(masked, name)(x, 1, mask=mask))
        yield masked.sum(x, dtype=torch.float64, mask=mask), attempt(lambda: masked.median(x, 1, mask=mask))
        yield attempt(lambda: masked.cumsum(x, 1, mask=mask)), attempt(lambda: masked.mean(x, dtype=torch.float32))


def normalizations(torch):
    """softmax and its kin, cumulative sums and products, and two tensors at once."""
    masked = _masked(torch)
    mask = torch.tensor([[True, False, True], [True, True, False]])
    for name in ("softmax", "log_softmax", "softmin", "cumsum", "cumprod"):
        for given in (None, mask):
            x = _matrix(torch).requires_grad_()
            y = getattr(masked, name)(x, -1, mask=given)
            yield name, y, getattr(masked, name)(x.detach(), 0, dtype=torch.float32, mask=given)
            yield Arrived(torch.autograd.grad(y[mask].pow(2).sum(), x))
    x = _matrix(torch).requires_grad_()
    yield masked.normalize(x, 2.0, 1, mask=mask), masked.normalize(x, 1.0, 0, eps=10.0)
    yield masked.logaddexp(x, -x, input_mask=mask, other_mask=~mask), masked.logaddexp(x, x * 2, other_mask=mask)


def masks_that_do_not_fit(torch):
    """Masks of other dtypes count as booleans; those with more dimensions than the input are refused."""
    masked = _masked(torch)
    x = _matrix(torch)
    yield masked.sum(x, mask=torch.tensor([1.0, 0.0, 2.0])), masked.sum(x, mask=torch.tensor(True))
    yield attempt(lambda: masked.sum(x, mask=torch.ones(1, 2, 3, dtype=torch.bool)))
    yield attempt(lambda: masked.sum(x, mask=torch.ones(2, 2, dtype=torch.bool)))
    yield attempt(lambda: masked.sum(x, (0, 0))), attempt(lambda: masked.sum(x, 2))
    yield attempt(lambda: masked.amax(x.to(torch.complex128))), attempt(lambda: masked.var(x, 0, True, correction=1))
    yield attempt(lambda: masked.amax(x.to(torch.complex128), mask=torch.tensor(True)))


def what_is_known_of_masks(torch):
    """The helpers that other libraries call: the mask in the input's shape, the result's mask, identities."""
    masked = _masked(torch)
    x, mask = _matrix(torch), torch.tensor([True, False, True])
    yield masked._input_mask(x, mask=mask), masked._output_mask(masked.sum, x, 1, mask=mask)
    yield masked._output_mask(masked.norm, x, 2.0, 0, mask=mask), masked._output_mask(masked.softmax, x, 1, mask=mask)
    yield attempt(lambda: masked._input_mask(x)), attempt(lambda: masked._output_mask("sum", x, mask=mask))
    yield masked._canonical_dim((-1, 0), 2), masked._canonical_dim(None, 3)
    for name in ("sum", "prod", "amax", "argmin", "mean", "median", "norm", "logsumexp"):
        yield name, masked._reduction_identity(name, x), attempt(lambda: masked._reduction_identity(name, x.long()))
