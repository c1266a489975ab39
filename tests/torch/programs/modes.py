"""Recording switched on and off."""

from twin import attempt


def no_grad(torch):
    """Nothing is recorded; results do not require grad."""
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        y = x * 2
        v = x.view(1, 2)
        yield torch.is_grad_enabled()
        with torch.enable_grad():
            z = x * 2
            yield torch.is_grad_enabled()
    yield y, v, z, torch.is_grad_enabled()


def decorators(torch):
    """Modes as decorators."""
    x = torch.ones(2, requires_grad=True)

    @torch.no_grad()
    def double(t):
        return t * 2

    @torch.no_grad
    def triple(t):
        return t * 3

    @torch.enable_grad()
    def anyway(t):
        return t * 4

    yield double(x), triple(x), double.__name__
    with torch.no_grad():
        yield anyway(x)


def functions(torch):
    """set_grad_enabled as a call and as a context."""
    x = torch.ones(2, requires_grad=True)
    torch.set_grad_enabled(False)
    yield x * 2
    torch.set_grad_enabled(True)
    yield x * 2
    with torch.set_grad_enabled(False):
        yield x * 2
    yield x * 2, torch.is_grad_enabled()


def generators(torch):
    """A decorated generator turns recording off only while it runs."""
    x = torch.ones(2, requires_grad=True)

    @torch.no_grad()
    def steps():
        for i in range(2):
            yield x * i

    for y in steps():
        yield y, torch.is_grad_enabled()


def errors_leave_the_mode(torch):
    """The mode comes back after an error."""

    def fail():
        with torch.no_grad():
            raise ValueError("no")

    yield attempt(fail)
    yield torch.is_grad_enabled()


def inference_mode(torch):
    """Inference tensors cannot be saved for backward."""
    w = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        x = torch.ones(2) * 2
        yield torch.is_inference_mode_enabled()
    yield x.is_inference(), x.requires_grad, w.is_inference()
    yield attempt(lambda: x * w)
    yield attempt(lambda: x.add_(1))


def leaves_made_without_grad(torch):
    """requires_grad works inside no_grad."""
    with torch.no_grad():
        x = torch.ones(2, requires_grad=True)
        p = torch.nn.Parameter(torch.ones(2))
    yield x, p
    (x * p).sum().backward()
    yield x, p


def the_update_by_hand(torch):
    """The training loop of every lesson."""
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    for _ in range(3):
        loss = ((w - 3) ** 2).sum()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad.zero_()
        yield loss, w
