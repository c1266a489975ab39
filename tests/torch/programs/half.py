"""float16: computed in float32 and rounded once."""


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
