"""float16: computed in float32 and rounded once."""

from twin import attempt


def products(torch):
    """Matrix products and what is made of them."""
    torch.manual_seed(0)
    a, b = torch.randn(5, 300).half().requires_grad_(), torch.randn(300, 4).half().requires_grad_()
    bias = torch.randn(4).half()
    yield a @ b, torch.mm(a, b), torch.addmm(bias, a, b), torch.bmm(a[None], b[None]), a[:, :3] @ b[:3]
    (a @ b).sum().backward()
    yield a.grad.sum(0), b.grad
    net = torch.nn.Linear(300, 2).half()
    yield net(a).dtype, net(a).shape


def sums(torch):
    """Running sums, softmax."""
    torch.manual_seed(0)
    x = torch.randn(2000).half()
    yield x.cumsum(0)[::100], x.view(20, 100).cumsum(1)[:, -1], x.sum(), x.view(20, 100).mean(1)
    y = torch.randn(6, 7).half().requires_grad_()
    yield y.softmax(1), y.log_softmax(0), y.float().softmax(1).half()
    y.softmax(1)[:, 0].sum().backward()
    yield y.grad


def not_rounded_on_the_way(torch):
    """What float32 holds and float16 does not, between the first and the last step."""
    x = torch.tensor([300.0, -200.0, 0.5]).half()
    yield (
        x.norm(),
        torch.dist(x, -x),
        x.norm(3),
        x.var(),
        x.std(),
        torch.hypot(x, x),
        torch.nn.functional.mse_loss(x, x * 0.5),
    )
    yield (
        x * 1.0023,
        x / 1.0023,
        x == 0.50001,
        x.add(x, alpha=0.1),
        torch.addcmul(x, x, x, value=1e-3),
        torch.logaddexp(x, x),
    )
    yield (
        torch.nn.functional.layer_norm(x, (3,)),
        torch.nn.functional.batch_norm(x[:, None] * torch.ones(1, 2).half(), None, None, training=True),
    )
    yield x.sum(dtype=torch.float32), torch.full((3000,), 30.0).sum(dtype=torch.float16), torch.ones(3000).half().mean()


def refused(torch):
    """What PyTorch has no kernel for in float16."""
    x = torch.tensor([[4.0, 1.0], [1.0, 3.0]]).half()
    linalg, special = torch.linalg, torch.special
    for call in (
        linalg.qr, linalg.svd, linalg.det, linalg.slogdet, linalg.inv, linalg.cholesky, linalg.eigh, linalg.lu, linalg.pinv, linalg.matrix_rank,
        special.bessel_j0, special.erfcx, torch.bitwise_not, torch.nn.functional.pdist,
    ):  # fmt: skip
        yield attempt(lambda: call(x))
    for call in (linalg.solve, linalg.lstsq, torch.gcd, torch.cdist, special.zeta, torch.cholesky_solve):
        yield attempt(lambda: call(x, x))
