"""Optimisers: the same steps, the same states, the same refusals."""

from twin import attempt


def driven(torch, make, steps=60):
    """Steps by given gradients, the same for both libraries to the last bit; tell the parameters now and then."""
    torch.manual_seed(2)
    params = [torch.randn(4, 3).requires_grad_(), torch.randn(20).requires_grad_()]
    optimizer = make(params)
    for step in range(steps):
        for p in params:
            p.grad = torch.randn(p.shape) * 0.5 + p.detach() * 0.1
        optimizer.step()
        if step in (0, 1, 2, 10, steps - 1):
            yield [p.detach() for p in params], [p._version for p in params]
    yield optimizer


def minimise(torch, make, steps=60):
    """Train a small network; tell the weights now and then."""
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1))
    x, y = torch.randn(16, 3), torch.randn(16, 1)
    optimizer = make(net.parameters())
    for step in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        if step in (0, 1, 2, 10, steps - 1):
            yield loss.item(), [p.detach() for p in net.parameters()], [p._version for p in net.parameters()]
    yield optimizer


def sgd(torch):
    """Plain, and with each option."""
    for options in (
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.8, "dampening": 0.3},
        {"weight_decay": 0.1},
        {"momentum": 0.9, "weight_decay": 0.01, "maximize": True, "lr": 0.001},
    ):
        yield from driven(torch, lambda p, options=options: torch.optim.SGD(p, **{"lr": 0.05, **options}))


def training(torch):
    """Forward, backward and step together."""
    yield from minimise(torch, lambda p: torch.optim.SGD(p, lr=0.05))


def adam(torch):
    """Plain, and with each option."""
    for options in (
        {},
        {"lr": 0.05, "betas": (0.8, 0.95)},
        {"weight_decay": 0.1},
        {"amsgrad": True, "lr": 0.1},
        {"eps": 1e-3},
    ):
        yield from driven(torch, lambda p, options=options: torch.optim.Adam(p, **options))


def adamw(torch):
    """Weight decay apart from the gradient."""
    for options in ({}, {"lr": 0.05, "weight_decay": 0.3}):
        yield from driven(torch, lambda p, options=options: torch.optim.AdamW(p, **options))


def refusals(torch):
    """What cannot be optimised."""
    optim = torch.optim
    w = torch.ones(2, requires_grad=True)
    yield attempt(lambda: optim.SGD([], lr=0.1))
    yield attempt(lambda: optim.SGD([w * 2], lr=0.1))
    yield attempt(lambda: optim.SGD(w, lr=0.1))
    yield attempt(lambda: optim.SGD([1.0], lr=0.1))
    yield attempt(lambda: optim.SGD([w], lr=-1))
    yield attempt(lambda: optim.SGD([w], lr=0.1, momentum=-1))
    yield attempt(lambda: optim.SGD([w], lr=0.1, nesterov=True))
    yield attempt(lambda: optim.Adam([w], betas=(1.5, 0.9)))
    yield attempt(lambda: optim.Adam([w], eps=-1))
    yield attempt(lambda: optim.Adam([{"params": [w]}, {"params": [w]}]))
    yield attempt(lambda: optim.Adam({w}))
    yield optim.SGD([torch.ones(1)], lr=0.1)


def groups(torch):
    """Parameter groups with options of their own, filtered parameters, and added groups."""
    a = torch.ones(2, requires_grad=True)
    b = torch.ones(2, requires_grad=True)
    c = torch.ones(2)
    optimizer = torch.optim.SGD(
        [{"params": [a], "lr": 0.5}, {"params": filter(lambda p: p.requires_grad, [b, c])}], lr=0.1
    )
    (a * b).sum().backward()
    optimizer.step()
    yield a, b, optimizer
    d = torch.ones(2, requires_grad=True)
    optimizer.add_param_group({"params": d, "lr": 1.0})
    yield len(optimizer.param_groups), optimizer.param_groups[2]["lr"]
    optimizer.param_groups[0]["lr"] = 0.25
    optimizer.step()
    yield a, b, d


def clearing(torch):
    """zero_grad sets None, or zeros in the same memory."""
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    (w * 2).sum().backward()
    kept = w.grad
    optimizer.zero_grad(set_to_none=False)
    yield w, kept, w.grad is kept
    optimizer.zero_grad()
    yield w
    optimizer.step()
    yield w


def states(torch):
    """state_dict of an optimiser, and going on from one."""
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.1)
    (w * w).sum().backward()
    optimizer.step()
    saved = optimizer.state_dict()
    yield list(saved), list(saved["state"][0]), saved["state"][0]["exp_avg"], saved["state"][0]["step"]
    yield saved["param_groups"][0]["params"], saved["param_groups"][0]["lr"], saved["param_groups"][0]["betas"]
    other = torch.optim.Adam([w], lr=0.9)
    other.load_state_dict(saved)
    other.step()
    yield w, other.param_groups[0]["lr"]


def closures(torch):
    """step(closure) evaluates the loss again, with recording on."""
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    yield optimizer.step(closure), w


def steps_between_backwards(torch):
    """A step between forward and backward: the weights that were saved have changed."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = net(torch.ones(1, 2)).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    yield attempt(lambda: loss.backward())


def parameters_without_gradients(torch):
    """A parameter whose grad is None is left alone."""
    w = torch.ones(2, requires_grad=True)
    v = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.Adam([w, v], lr=0.1)
    (w * 2).sum().backward()
    optimizer.step()
    yield w, v, len(optimizer.state)


def schedules(torch):
    """The learning rate over time."""
    w = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
    rates = []
    for _ in range(5):
        optimizer.step()
        scheduler.step()
        rates.append(optimizer.param_groups[0]["lr"])
    yield rates, scheduler.get_last_lr()
