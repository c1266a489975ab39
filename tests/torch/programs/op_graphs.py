"""Which node an op leaves, by the form in which it is called, and what flows back through it."""

from twin import Arrived, attempt


def _through(torch, y, *inputs):
    """A result, its gradients and theirs."""
    yield y
    total = (y * y.conj()).real.sum() if y.is_complex() else (y * y).sum()
    first = torch.autograd.grad(total, inputs, create_graph=True, allow_unused=True)
    yield _resolved(first)
    again = [g for g in first if g is not None and g.requires_grad]
    if again:
        norm = sum((g * g.conj()).real.sum() for g in again)
        yield _resolved(torch.autograd.grad(norm, inputs, allow_unused=True))


def _resolved(gradients):
    return Arrived([None if g is None else g.detach().resolve_conj().contiguous() for g in gradients])


def _values(torch, *shape, dtype=None):
    x = torch.arange(float(torch.Size(shape).numel()), dtype=torch.float64)
    y = ((x * 1.7).sin() + 0.2 * (x * 0.3).cos()).view(shape)
    return (y if dtype is None else torch.complex(y, (x * 0.9).cos().view(shape))).requires_grad_()


def products_with_batches(torch):
    """A batch and a matrix or vector: folded into one product where the matrix needs a gradient or the strides allow it."""
    batch, matrix, vector = _values(torch, 2, 3, 4), _values(torch, 4, 4), _values(torch, 4)
    turned = _values(torch, 2, 4, 3).transpose(1, 2)
    for a, b in (
        (batch, matrix),
        (batch, matrix.detach()),
        (turned, matrix),
        (turned, matrix.detach()),
        (batch, vector),
        (matrix, turned.mT),
        (matrix.detach(), batch.mT),
        (matrix, batch.mT.detach()),
        (vector, batch.mT),
        (vector.detach(), batch.mT),
        (vector.detach(), turned.mT),
        (batch, batch.mT),
        (matrix[:0], batch.mT),
    ):
        y = a @ b
        yield y, y.stride()
        yield Arrived(list(torch.autograd.grad((y * y).sum(), (batch, matrix, vector), allow_unused=True)))
    yield torch.kron(matrix, vector), torch.kron(vector, vector), torch.kron(matrix[0, 0], vector)
    yield from _through(torch, torch.block_diag(matrix, vector, matrix[0, 0], batch[0]), batch, matrix, vector)
    yield torch.block_diag(), torch.block_diag(torch.tensor([[1]]), torch.tensor([0.5]))
    yield attempt(lambda: torch.block_diag(batch))


def chance_has_no_gradient(torch):
    """Random numbers with tensors as parameters are part of the graph; what flows back is 0."""
    p = torch.tensor([0.2, 0.7, 0.5], requires_grad=True)
    s = torch.tensor([1.0, 2.0, 0.5], requires_grad=True)
    for made in (
        lambda: torch.bernoulli(p),
        lambda: p.bernoulli(),
        lambda: torch.normal(p, s),
        lambda: torch.normal(p, 1.0),
        lambda: torch.normal(1.0, s),
        lambda: torch.normal(p[:1], s),
    ):
        y = made()
        yield y
        yield Arrived(list(torch.autograd.grad(y.sum(), (p, s), allow_unused=True)))
    yield torch.bernoulli(p, 0.5).grad_fn.name(), attempt(lambda: torch.bernoulli(p, 0.5).sum().backward())
    yield (
        attempt(lambda: torch.normal(p, -s)),
        attempt(lambda: torch.normal(p, -1.0)),
        attempt(lambda: torch.bernoulli(-p)),
    )
    yield torch.normal(1.0, 2.0, (3,)), torch.normal(0.0, 1.0, (2,), dtype=torch.float64, layout=torch.strided)


def complex_chance(torch):
    """Complex numbers are drawn part by part."""
    for n in (3, 20):
        yield torch.randn(n, dtype=torch.complex128), torch.rand(n, dtype=torch.complex64)
        yield torch.randn_like(torch.zeros(2, n, dtype=torch.complex64)), torch.randn((), dtype=torch.complex64)
        z = torch.zeros(n, dtype=torch.complex128)
        yield z.normal_(), z.normal_(1.0, 3.0), z.uniform_(-1, 2)


def forms_of_pointwise_ops(torch):
    """A number or a tensor on the other side, an option given or not."""
    x, y = _values(torch, 2, 3), _values(torch, 3)
    yield from _through(torch, x.copysign(-2.0), x)
    yield from _through(torch, x.round(), x)
    yield from _through(torch, x.round(decimals=0), x)
    yield x.round(decimals=1), torch.round(x * 100, decimals=-1), x.detach().clone().round_(decimals=2)
    yield torch.tensor([1, 2]).round(), x.copysign(y), x.detach().clone().copysign_(-1.0)
    yield from _through(torch, torch.ldexp(x, y), x, y)
    yield from _through(torch, torch.polar(x.abs() + 1, y), x, y)
    yield from _through(torch, torch.nextafter(x, y.expand(2, 3)), x, y)
    yield x.softmax(1, dtype=torch.float32), x.log_softmax(0, dtype=torch.float64)
    yield torch.nn.functional.softmin(x, 1, dtype=torch.float32)
    yield (
        x.diff(n=0),
        x.sum_to_size(()),
        x.sum_to_size(1, 3),
        x.unsqueeze(0).squeeze(()),
        x.unsqueeze(0).squeeze([0, 1]),
    )


def distances(torch):
    """dist of every order, of real and complex numbers that broadcast."""
    for dtype in (None, complex):
        a, b = _values(torch, 2, 3, dtype=dtype), (_values(torch, 3, dtype=dtype) * 2).detach().requires_grad_()
        for p in (0, 0.5, 1, 1.5, 2, 3, float("inf"), -float("inf")):
            y = torch.dist(a, b, p)
            yield y
            if p:
                yield _resolved(torch.autograd.grad(y, (a, b)))


def norms_kept_short(torch):
    """renorm along each dimension, of each order."""
    for dtype in (None, complex):
        for p in (1, 2, 3.0, float("inf")):
            for dim in (0, 1, -1):
                x = _values(torch, 2, 3, 2, dtype=dtype)
                y = torch.renorm(x, p, dim, 1.0)
                yield y
                yield _resolved(torch.autograd.grad((y * y.conj()).real.sum(), x))
    for wrong in ((2, 0, -1.0), (-1, 0, 1.0), (2, 3, 1.0)):
        yield attempt(lambda: torch.renorm(x, *wrong))
    yield attempt(lambda: torch.renorm(x[0, 0], 2, 0, 1.0))


def running_logarithms(torch):
    """logcumsumexp of real and complex numbers, also where exp would overflow."""
    for dtype in (None, complex):
        for scale in (1, 1000):
            x = (_values(torch, 3, 4, dtype=dtype) * scale).detach().requires_grad_()
            for dim in (0, 1):
                y = x.logcumsumexp(dim)
                yield y
                (g,) = torch.autograd.grad((y * 0.5).real.sum() - y[0, 0].real * 2, x, create_graph=True)
                yield _resolved([g])
                if scale == 1:
                    yield _resolved(torch.autograd.grad((g * g.conj()).real.sum(), x))
    yield torch.tensor([-float("inf"), 1.0, -float("inf")]).logcumsumexp(0), torch.ones(0, 2).logcumsumexp(1)
    z = _values(torch, 3, dtype=complex)
    yield from _through(torch, torch.logaddexp(z, z.flip(0) * 2), z)


def correlations(torch):
    """corrcoef of complex rows, quantiles with their graphs."""
    x, z = _values(torch, 3, 5), _values(torch, 3, 5, dtype=complex)
    yield from _through(torch, x.corrcoef(), x)
    yield z.corrcoef().detach(), _resolved(torch.autograd.grad(z.corrcoef().abs().sum(), z))
    for q in (0.3, torch.tensor([0.1, 0.9], dtype=torch.float64)):
        for dim in (None, 0, 1):
            for keepdim in (False, True):
                for how in ("linear", "nearest"):
                    y = x.quantile(q, dim, keepdim, interpolation=how)
                    yield y
                    yield Arrived(torch.autograd.grad((y * y).sum(), x))
                    yield x.nanquantile(q, dim, keepdim, interpolation=how)
    yield x[0, 0].quantile(0.5), x[0, 0].quantile(torch.tensor([0.5], dtype=torch.float64), 0, True)


def filled_and_scattered(torch):
    """index_fill counts each index once; scatter that reduces has no derivative; empties without dimensions in cat."""
    x, v = _values(torch, 3, 4), torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    for index in ([0, 0], [1, 3], []):
        y = x.index_fill(1, torch.tensor(index, dtype=torch.int64), v)
        yield y
        yield Arrived(list(torch.autograd.grad((y * x).sum(), (x, v))))
    torch.zeros(1, 2).scatter(0, torch.tensor([[0]]), torch.ones(1, 1), reduce="add")  # which warns, once
    for given in (torch.ones(1, 2, dtype=torch.float64), 3.0):
        for how in ("add", "multiply"):
            y = x.scatter(0, torch.tensor([[0, 1]]), given, reduce=how)
            yield y.detach(), y.grad_fn.name(), attempt(lambda: y.sum().backward())
    empty = torch.zeros(0, dtype=torch.float64, requires_grad=True)
    y = torch.cat([empty, x, empty], 1)
    yield y, Arrived(list(torch.autograd.grad(y.sum(), (empty, x))))
    yield torch.unravel_index(torch.tensor([3, 5]), (2, 3))
