"""How results lie in memory when the input is turned: in rows, or as the input does."""

from twin import attempt


def turned(torch):
    """The stride of each result, and what `view` says of it."""
    F = torch.nn.functional
    x = torch.tensor([[1.0, 7.0, 3.0, 2.0], [5.0, 4.0, 8.0, 6.0], [9.0, 0.0, 2.0, 1.0]]).t()
    rows = torch.tensor([0, 2])
    at = torch.zeros(2, 3, dtype=torch.long)
    for f in (
        lambda: x.cumsum(0), lambda: x.cumprod(1), lambda: x.cummax(0)[0], lambda: x.cummin(0)[1], lambda: x.logcumsumexp(0),
        lambda: x.softmax(0), lambda: x.log_softmax(1), lambda: F.layer_norm(x, (3,)), lambda: F.batch_norm(x, None, None, training=True),
        lambda: x.masked_fill(x > 3, 0.0), lambda: x.masked_fill(x > 3, torch.tensor(0.0)), lambda: x.roll(1, 0), lambda: x.repeat(1, 1),
        lambda: x.gather(0, at.t().contiguous().t()), lambda: x.scatter(0, at, 1.0), lambda: x.scatter(0, at, x), lambda: x.scatter_add(0, at, x),
        lambda: x.index_add(0, rows, x[:2]), lambda: x.index_copy(0, rows, x[:2]), lambda: x.renorm(2, 0, 1.0),
        lambda: x.flip(0), lambda: x.sort(0)[0], lambda: x.sort(0)[1], lambda: x.argsort(1), lambda: x.put(rows, x[0, :2]), lambda: torch.polygamma(1, x + 1),
        lambda: torch.addr(x, x[:, 0], x[0]), lambda: torch.addcmul(x, x, x[:1]), lambda: x.exp(), lambda: x + 1, lambda: x.clone(), lambda: x > 3,
        lambda: x.double(), lambda: x.double(memory_format=torch.contiguous_format), lambda: x.to(memory_format=torch.contiguous_format),
        lambda: x.clone(memory_format=torch.contiguous_format), lambda: F.dropout(x, 0.5), lambda: F.dropout(x, 0.5, training=False),
    ):  # fmt: skip
        torch.manual_seed(0)
        result = f()
        yield result, attempt(lambda: result.view(-1))


def filled(torch):
    """Random numbers are drawn in the order of memory."""
    for name in ("uniform_", "exponential_", "cauchy_", "log_normal_", "normal_"):
        torch.manual_seed(3)
        yield getattr(torch.zeros(4, 5).t(), name)(), getattr(torch.zeros(2, 3, 4).permute(2, 0, 1), name)()
    torch.manual_seed(3)
    yield torch.zeros(4, 5).t().random_(10), torch.zeros(4, 5).t().bernoulli_(0.5), torch.zeros(4, 5)[:, ::2].uniform_()


def channels(torch):
    """`to` copies channels that come last, and nothing else, into rows."""
    x = torch.arange(16.0).reshape(1, 4, 2, 2).contiguous(memory_format=torch.channels_last)
    same = x.to(memory_format=torch.channels_last)
    yield (
        same is x,
        x.to(memory_format=torch.contiguous_format),
        x.float(memory_format=torch.contiguous_format).stride(),
    )
