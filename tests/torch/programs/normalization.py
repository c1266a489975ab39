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


def refused_batches(torch):
    """What batch and instance normalisation refuse, and in which words."""
    F, nn = torch.nn.functional, torch.nn
    torch.manual_seed(0)
    m, v, x = torch.zeros(3), torch.ones(3), torch.randn(4, 3)
    for call in (
        lambda: F.batch_norm(torch.randn(3), m, v),
        lambda: F.batch_norm(torch.randn(3), m, v, training=True),
        lambda: F.batch_norm(torch.randn(()), m, v, training=True),
        lambda: F.batch_norm(x, m.double(), v),
        lambda: F.batch_norm(x, m, v, weight=torch.ones(3).double(), training=True),
        lambda: F.batch_norm(x, m, v, training=True, eps=0.0),
        lambda: F.batch_norm(x, m, v, eps=-2.0),
        lambda: F.batch_norm(x, m, v, eps=0.0),
        lambda: F.batch_norm(x.long(), m, v),
        lambda: F.batch_norm(x, m, v[:2]),
        lambda: F.batch_norm(x, m, v, torch.full((1, 3), 2.0)),
        lambda: F.batch_norm(x, None, None),
        lambda: F.batch_norm(x, m, v, torch.ones(2), torch.ones(2)),
        lambda: F.batch_norm(x, m, torch.ones(3, requires_grad=True)),
        lambda: F.batch_norm(torch.zeros(0, 3), m, v, training=True),
        lambda: F.batch_norm(3, m, v, training=True),
        lambda: F.instance_norm(x),
        lambda: F.instance_norm(x[:, :, None]),
        lambda: F.instance_norm(torch.randn(4, 3, 2), use_input_stats=False),
        lambda: F.instance_norm(torch.randn(4, 3, 2), weight=torch.ones(2)),
        lambda: nn.BatchNorm1d(4)(torch.ones(3, 5)),
        lambda: nn.BatchNorm1d(4)(torch.ones(1, 4)),
        lambda: nn.BatchNorm2d(4)(x),
        lambda: nn.BatchNorm1d(3, eps=-1.0)(x),
        lambda: nn.InstanceNorm1d(4, affine=True)(torch.ones(3, 5, 2)),
        lambda: nn.InstanceNorm2d(4)(x),
        lambda: nn.CrossMapLRN2d(3)(torch.ones(3, 5, 2)),
    ):
        yield attempt(call)


def refused_rows(torch):
    """What layer, group and RMS normalisation refuse."""
    F, nn = torch.nn.functional, torch.nn
    x = torch.arange(24.0).view(4, 6)
    for call in (
        lambda: F.layer_norm(x, 6),
        lambda: F.layer_norm(3, (6,)),
        lambda: F.layer_norm(x, ()),
        lambda: F.layer_norm(x, (4,)),
        lambda: F.layer_norm(x, (2, 4, 6)),
        lambda: F.layer_norm(x, (6,), torch.ones(2)),
        lambda: F.layer_norm(x, (6,), torch.ones(6), torch.ones(4)),
        lambda: F.layer_norm(x, (6,), torch.ones(6).double()),
        lambda: F.layer_norm(x.long(), (6,)),
        lambda: F.group_norm(x[0], 2),
        lambda: F.group_norm(x, 4),
        lambda: F.group_norm(x, 3, torch.ones(5)),
        lambda: F.group_norm(x, 3, None, torch.ones(5)),
        lambda: F.group_norm(x.long(), 3),
        lambda: F.group_norm(torch.ones(1, 1), 1),
        lambda: F.rms_norm(x, (4,)),
        lambda: F.rms_norm(x, (6,), torch.ones(2)),
        lambda: F.rms_norm(x, ()),
        lambda: F.rms_norm(x.long(), (6,)),
        lambda: nn.GroupNorm(3, 4),
        lambda: F.local_response_norm(x, 2),
    ):
        yield attempt(call)


def half_rows(torch):
    """float16: computed in float32, with parameters of either type."""
    torch.manual_seed(0)
    F = torch.nn.functional
    x = (torch.randn(5, 300) * 50).half().requires_grad_()
    for w in (torch.ones(300).half(), torch.ones(300)):
        y = F.layer_norm(x, (300,), w)
        yield y.detach()
    (y * y).mean().backward()
    yield x.grad.dtype
    yield F.group_norm(x, 3).detach(), F.batch_norm(x, None, None, training=True).detach()


def synchronised(torch):
    """One process: the ordinary batch normalisation."""
    net = torch.nn.Sequential(torch.nn.BatchNorm1d(3), torch.nn.Sequential(torch.nn.BatchNorm2d(2, bias=False)))
    net[0](torch.arange(6.0).view(2, 3))
    made = torch.nn.SyncBatchNorm.convert_sync_batchnorm(net)
    yield repr(made), made is net, made[0](torch.arange(9.0).view(3, 3)), dict(made.state_dict())
    yield attempt(lambda: made[0](torch.ones(3))), attempt(lambda: torch.nn.SyncBatchNorm(0)(torch.ones(3, 0)))
