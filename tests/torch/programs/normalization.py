"""Normalisation: what is computed, what is remembered, what is refused."""

from twin import Arrived, attempt


def batches_and_statistics(torch):
    """Running statistics over several batches, then eval mode; `momentum=None`; nothing tracked."""
    nn = torch.nn
    for make, shape in (
        (lambda: nn.BatchNorm1d(4), (6, 4)),
        (lambda: nn.BatchNorm1d(4, momentum=None), (6, 4, 3)),
        (lambda: nn.BatchNorm2d(4, affine=False), (6, 4, 3, 2)),
        (lambda: nn.BatchNorm2d(4, track_running_stats=False), (6, 4, 3, 2)),
        (lambda: nn.InstanceNorm1d(4, affine=True, track_running_stats=True), (6, 4, 3)),
    ):
        torch.manual_seed(0)
        m = make().double()
        yield repr(m), list(m.state_dict())
        for mode in (True, True, False):
            m.train(mode)
            x = torch.randn(*shape, dtype=torch.double).requires_grad_()
            y = m(x)
            (y * y.cos()).sum().backward()
            yield y, Arrived([x.grad, *[p.grad for p in m.parameters()]])
            yield [(k, b) for k, b in m.named_buffers()]


def two_passes_before_backward(torch):
    """Another batch moves the running statistics; the first one's gradient is not spoilt."""
    m = torch.nn.BatchNorm1d(2)
    a, b = torch.randn(4, 2), torch.randn(4, 2)
    (m(a).pow(3).sum() + m(b).pow(3).sum()).backward()
    yield Arrived([m.weight.grad, m.bias.grad])
    yield m.running_mean._version, m.num_batches_tracked._version


def rows(torch):
    """Layer, group and RMS normalisation, twice differentiated."""
    F = torch.nn.functional
    w, b, x = (torch.randn(*shape, dtype=torch.double, requires_grad=True) for shape in ((4,), (4,), (3, 4)))
    for y in (F.layer_norm(x, (4,), w, b), F.group_norm(x, 1, w, b), F.rms_norm(x, (4,), w), F.layer_norm(x, [3, 4])):
        yield y.detach()
        (g,) = torch.autograd.grad((y**3).sum(), x, create_graph=True)
        yield Arrived(torch.autograd.grad((g**2).sum(), [x, w, b], allow_unused=True))


def states_of_old_files(torch):
    """A state without `num_batches_tracked` loads, as files of old versions have none."""
    m = torch.nn.BatchNorm1d(2)
    state = dict(m.state_dict())
    del state["num_batches_tracked"]
    yield attempt(lambda: repr(m.load_state_dict(state)))
    del state["weight"]
    yield attempt(lambda: m.load_state_dict(state))
    yield attempt(lambda: m.load_state_dict({"more": torch.ones(1)}, strict=False))


def lazy_layers(torch):
    """Sizes come with the first input."""
    nn = torch.nn
    torch.manual_seed(0)
    for m, x in ((nn.LazyLinear(3), torch.randn(2, 4)), (nn.LazyBatchNorm1d(), torch.randn(2, 4))):
        yield repr(m), m.has_uninitialized_params(), repr(m.weight)
        yield attempt(lambda m=m: m.weight.shape)
        yield m(x)
        yield type(m).__name__, repr(m), list(m.parameters())
    m = nn.LazyLinear(3)
    yield attempt(lambda: repr(m.load_state_dict({"weight": torch.ones(3, 2), "bias": torch.zeros(3)})))
    yield m(torch.ones(1, 2))


def refusals(torch):
    """What does not fit."""
    nn, F = torch.nn, torch.nn.functional
    x = torch.randn(2, 3)
    yield attempt(lambda: F.batch_norm(x, torch.zeros(4), torch.ones(4), training=True))
    yield attempt(lambda: F.batch_norm(x, None, None))
    yield attempt(lambda: F.batch_norm(torch.ones(1, 3), None, None, None, None, True))
    yield attempt(lambda: F.batch_norm(x, None, None, torch.ones(4), None, True))
    yield attempt(lambda: F.batch_norm(torch.ones(3, 3, dtype=torch.long), None, None, None, None, True))
    yield attempt(lambda: F.layer_norm(x, (4,)))
    yield attempt(lambda: F.layer_norm(x, ()))
    yield attempt(lambda: F.layer_norm(x, (3,), torch.ones(2)))
    yield attempt(lambda: F.group_norm(x, 2))
    yield attempt(lambda: F.group_norm(torch.ones(1, 2), 2))
    yield attempt(lambda: F.instance_norm(torch.ones(1, 2, 1)))
    yield attempt(lambda: nn.BatchNorm1d(3)(torch.ones(2, 3, 4, 5)))
    yield attempt(lambda: nn.BatchNorm2d(3)(torch.ones(2, 3, 4)))
    yield attempt(lambda: nn.InstanceNorm2d(3, affine=True)(torch.ones(2, 4, 4, 4)))
    yield attempt(lambda: nn.GroupNorm(2, 3))
    yield attempt(lambda: F.rms_norm(x, (4,)))
