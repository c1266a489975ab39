"""Modules: their parameters, what they compute, how they print."""

from twin import Arrived, attempt


def mlp(torch):
    nn = torch.nn
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


def default_initialisation(torch):
    """Fresh layers have PyTorch's numbers under the same seed."""
    nn = torch.nn
    torch.manual_seed(3)
    yield list(nn.Linear(5, 3).parameters())
    yield list(nn.Linear(2, 7, bias=False).parameters())
    yield list(nn.Conv2d(2, 4, 3).parameters())
    yield list(nn.Conv2d(4, 4, (3, 1), groups=2, bias=False).parameters())
    yield nn.Parameter(torch.randn(2, 2))


def initialisers(torch):
    """torch.nn.init."""
    init = torch.nn.init
    for fill in (
        lambda t: init.uniform_(t, -1, 1),
        lambda t: init.normal_(t, 0, 0.1),
        lambda t: init.constant_(t, 3.0),
        init.ones_,
        init.zeros_,
        init.eye_,
        init.xavier_uniform_,
        init.xavier_normal_,
        lambda t: init.kaiming_uniform_(t, nonlinearity="relu"),
        lambda t: init.kaiming_normal_(t, mode="fan_out"),
    ):
        yield fill(torch.nn.Parameter(torch.empty(5, 6)))
    yield init.calculate_gain("relu"), init.calculate_gain("tanh"), init.calculate_gain("leaky_relu", 0.2)
    yield attempt(lambda: init.xavier_uniform_(torch.zeros(3)))
    yield attempt(lambda: init.calculate_gain("none"))


def linear(torch):
    """A linear layer on inputs of several ranks: addmm for two dimensions."""
    layer = torch.nn.Linear(3, 2)
    bare = torch.nn.Linear(3, 2, bias=False)
    for shape in ((4, 3), (3,), (2, 4, 3)):
        x = torch.randn(shape, requires_grad=True)
        y = layer(x)
        z = bare(x)
        yield y, z
        (y * y).sum().backward()
        z.sum().backward()
        yield x, layer.weight, layer.bias, bare.weight
    yield attempt(lambda: layer(torch.ones(4, 5)))
    yield attempt(lambda: layer(torch.ones(4, 3, dtype=torch.float64)))


def one_step_of_an_mlp(torch):
    """Forward, loss, backward of a small network."""
    net = mlp(torch)
    x = torch.randn(8, 3)
    loss = torch.nn.MSELoss()(net(x), torch.randn(8, 2))
    yield loss
    loss.backward()
    yield dict(net.named_parameters())


def classification(torch):
    """CrossEntropyLoss: log-softmax and the negative log-likelihood, with its options."""
    nn = torch.nn
    x = torch.randn(6, 4, requires_grad=True)
    y = torch.tensor([0, 1, 2, 3, 0, 1])
    loss = nn.CrossEntropyLoss()(x, y)
    yield loss
    loss.backward()
    yield x
    yield nn.CrossEntropyLoss(reduction="sum")(x, y), nn.CrossEntropyLoss(reduction="none")(x, y)
    yield nn.functional.cross_entropy(x, y), nn.functional.nll_loss(nn.functional.log_softmax(x, dim=1), y)
    yield attempt(lambda: nn.functional.cross_entropy(x, y[:3]))
    yield attempt(lambda: nn.functional.cross_entropy(x, y + 2), words=False)


def losses(torch):
    """The other losses and their nodes."""
    nn = torch.nn
    x = torch.tensor([0.2, 0.7, 0.9], requires_grad=True)
    y = torch.tensor([0.0, 1.0, 1.0])
    for make in (nn.MSELoss, nn.BCELoss, nn.BCEWithLogitsLoss, nn.L1Loss):
        for reduction in ("mean", "sum", "none"):
            loss = make(reduction=reduction)(x, y)
            yield loss
            loss.sum().backward()
            yield x
    yield nn.functional.mse_loss(x, torch.ones(1, 3))
    yield attempt(lambda: nn.BCELoss()(x, torch.ones(4)), words=False)
    yield nn.MSELoss(), nn.CrossEntropyLoss()


def convolution(torch):
    """Convolution and pooling, with their options and gradients."""
    nn = torch.nn
    x = torch.randn(2, 2, 7, 6, requires_grad=True)
    for options in (
        {},
        {"stride": 2},
        {"padding": 1},
        {"padding": (2, 1), "stride": (1, 2)},
        {"dilation": 2},
        {"groups": 2},
        {"bias": False},
        {"padding": "same"},
    ):
        layer = nn.Conv2d(2, 4, 3, **options)
        y = layer(x)
        yield y
        (y * y).mean().backward()
        yield Arrived(x.grad), list(layer.parameters())
        x.grad = None
    for pool in (nn.MaxPool2d(2), nn.MaxPool2d(3, stride=1, padding=1), nn.MaxPool2d((2, 3), stride=(1, 2))):
        y = pool(x)
        yield y
        (y * y).sum().backward()
        yield Arrived(x.grad)
        x.grad = None
    yield nn.Conv2d(2, 3, 3)(torch.ones(2, 5, 5)).shape
    yield attempt(lambda: nn.Conv2d(3, 3, 3)(x))
    yield attempt(lambda: nn.Conv2d(2, 3, 9)(x))


def second_derivatives(torch):
    """Gradients of gradients through layers and losses."""
    F = torch.nn.functional
    x = torch.randn(2, 2, 5, 5, dtype=torch.float64, requires_grad=True)
    w = torch.randn(4, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    b = torch.randn(4, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([1, 3])
    for function in (
        lambda: F.conv2d(x, w, b, stride=2, padding=1, groups=2).tanh().sum(),
        lambda: F.max_pool2d(x * x, 3, stride=2).pow(2).sum(),
        lambda: F.cross_entropy(x[:, 0, :4, 0] * w[0, 0, 0, 0], target),
        lambda: (x[:, 0, 0].softmax(1) ** 2).sum(),
        lambda: F.mse_loss(x * x, torch.ones_like(x)),
        lambda: F.binary_cross_entropy_with_logits(x, torch.ones_like(x)),
        lambda: F.linear(x, x[0, 0, :3].detach()).sigmoid().sum() + F.leaky_relu(x).pow(2).sum() + F.softplus(x).sum(),
        lambda: F.pad(x, (1, 2)).pow(3).sum(),
    ):
        grads = torch.autograd.grad(function(), [x, w, b], create_graph=True, allow_unused=True)
        total = sum((g * g).sum() for g in grads if g is not None)
        yield Arrived(torch.autograd.grad(total, [x, w, b], allow_unused=True, materialize_grads=True))


def text(torch):
    """How modules print."""
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2))
            self.blocks = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)] + [nn.Identity()])
            self.head = nn.Linear(4, 10, bias=False)
            self.drop = nn.Dropout(0.1)

    yield (
        Net(),
        mlp(torch),
        nn.Sequential(),
        nn.Flatten(),
        nn.Sigmoid(),
        nn.Tanh(),
        nn.Conv2d(2, 4, (3, 1), stride=2, groups=2, bias=False),
    )
    yield nn.Sequential(nn.Sequential(nn.Linear(1, 1)), nn.Sequential(nn.Linear(1, 1)))
    yield (
        nn.MaxPool2d(3, stride=2, padding=1),
        nn.ModuleList([nn.Linear(1, 2), nn.Linear(1, 2), nn.Linear(2, 2)]),
        nn.Softmax(dim=1),
    )
    yield nn.Conv2d(1, 1, 3, padding="same", dilation=2, padding_mode="zeros"), nn.Module()


def modules_and_names(torch):
    """The tree of a module, and its state."""
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(2, 3)
            self.rest = nn.ModuleList([nn.Linear(3, 3), nn.ReLU()])
            self.scale = nn.Parameter(torch.ones(1))
            self.register_buffer("count", torch.zeros(1))
            self.register_buffer("hidden", torch.zeros(1), persistent=False)
            self.plain = torch.ones(2)

        def forward(self, x):
            return self.rest[1](self.rest[0](self.first(x))) * self.scale

    net = Net()
    yield (
        [n for n, _ in net.named_parameters()],
        [n for n, _ in net.named_modules()],
        [n for n, _ in net.named_children()],
    )
    yield [n for n, _ in net.named_buffers()], list(net.state_dict()), dict(net.state_dict())
    yield net(torch.ones(1, 2)), sum(p.numel() for p in net.parameters()), net.training
    net.eval()
    yield net.training, net.rest[1].training, net.train() is net
    net.requires_grad_(False)
    yield [p.requires_grad for p in net.parameters()]
    net.double()
    yield [p.dtype for p in net.parameters()], net.count.dtype, net.plain.dtype
    yield attempt(lambda: net.missing)
    yield attempt(lambda: setattr(net, "scale", torch.ones(1)))
    net.scale = None
    yield [n for n, _ in net.named_parameters()]
    del net.first
    yield [n for n, _ in net.named_modules()]
    yield attempt(lambda: nn.Module()(1))

    class Forgot(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(1, 1)

    yield attempt(Forgot)
    yield net.get_submodule("rest.0"), attempt(lambda: net.get_submodule("rest.9"))


def state(torch):
    """state_dict shares memory with the parameters; loading copies into them."""
    a, b = mlp(torch), mlp(torch)
    d = a.state_dict()
    yield list(d), d["0.weight"]
    yield repr(b.load_state_dict(d))
    yield dict(b.named_parameters())
    with torch.no_grad():
        a[0].weight.zero_()
    yield d["0.weight"], b[0].weight
    yield attempt(lambda: b.load_state_dict({"0.weight": torch.ones(4, 3), "more": torch.ones(1)}))
    yield attempt(lambda: b.load_state_dict({**d, "0.weight": torch.ones(1)}))
    yield repr(b.load_state_dict({"0.bias": torch.ones(4)}, strict=False))


def gradients_of_modules(torch):
    """zero_grad sets gradients to None, or to zero when asked."""
    net = mlp(torch)
    net(torch.ones(1, 3)).sum().backward()
    yield Arrived([p.grad for p in net.parameters()])
    net.zero_grad(set_to_none=False)
    yield Arrived([p.grad for p in net.parameters()])
    net.zero_grad()
    yield Arrived([p.grad for p in net.parameters()])


def frozen_layers(torch):
    """A frozen layer has no gradient; what lies before it still may."""
    net = mlp(torch)
    for p in net[0].parameters():
        p.requires_grad = False
    net(torch.ones(1, 3)).sum().backward()
    yield dict(net.named_parameters())


def eval_is_not_no_grad(torch):
    """eval() changes layers, not recording."""
    net = mlp(torch).eval()
    yield net(torch.ones(1, 3))
    with torch.no_grad():
        yield net(torch.ones(1, 3))


def hooks(torch):
    """Forward and backward hooks of modules."""
    layer = torch.nn.Linear(2, 2)
    seen = []
    handle = layer.register_forward_hook(
        lambda m, args, out: seen.append(("forward", list(args[0].shape), list(out.shape)))
    )
    layer.register_forward_pre_hook(lambda m, args: seen.append("before"))
    layer(torch.ones(1, 2))
    handle.remove()
    layer(torch.ones(1, 2))
    yield seen
    layer.register_forward_hook(lambda m, args, out: out * 2)
    yield layer(torch.ones(1, 2))


def dropout(torch):
    """Dropout acts while training."""
    nn = torch.nn
    x = torch.ones(5, 5)
    drop = nn.Dropout(0.5)
    drop.eval()
    yield drop(x) is x, drop(x)
    drop.train()
    y = drop(x)
    yield set(y.unique().tolist()) <= {0.0, 2.0}
    yield nn.Dropout(0.0)(x), nn.Dropout(1.0)(x)
    yield attempt(lambda: nn.Dropout(1.5))


def functional(torch):
    """torch.nn.functional."""
    F = torch.nn.functional
    x = torch.linspace(-2, 2, 6).reshape(2, 3).requires_grad_()
    yield (
        F.relu(x),
        F.sigmoid(x),
        F.tanh(x),
        F.softmax(x, dim=1),
        F.log_softmax(x, dim=-1),
        F.leaky_relu(x),
        F.softplus(x),
        F.elu(x),
    )
    yield (
        F.gelu(x),
        F.silu(x),
        F.linear(x, torch.ones(2, 3)),
        F.linear(x, torch.ones(2, 3), torch.ones(2)),
        F.dropout(x, 0.5, training=False),
    )
    yield (
        F.mse_loss(x, torch.zeros(2, 3)),
        F.binary_cross_entropy_with_logits(x, torch.ones(2, 3)),
        F.one_hot(torch.tensor([1, 0])).tolist(),
    )
    yield F.pad(x, (1, 1)), F.normalize(x), F.max_pool2d(torch.ones(1, 1, 4, 4), 2)


def sequences(torch):
    """Sequential and ModuleList behave like lists."""
    nn = torch.nn
    net = mlp(torch)
    yield len(net), net[0] is next(iter(net)), net[-1] is net[2], len(net[:2]), type(net[:2]).__name__
    net.append(nn.Sigmoid())
    yield net, net(torch.ones(1, 3))
    layers = nn.ModuleList([nn.Linear(1, 1)])
    layers.append(nn.ReLU())
    layers.extend([nn.Tanh()])
    yield layers, len(layers), attempt(lambda: layers(1))
    yield attempt(lambda: net[7])
    from collections import OrderedDict

    yield nn.Sequential(OrderedDict([("a", nn.Linear(1, 1)), ("b", nn.ReLU())]))


def parameters(torch):
    """Parameters share memory with what they were made of."""
    nn = torch.nn
    x = torch.ones(2)
    p = nn.Parameter(x)
    yield p, x, p.data
    with torch.no_grad():
        p.add_(1)
    yield p, x
    yield attempt(lambda: nn.Parameter(torch.tensor([1])))
    yield isinstance(p, torch.Tensor), nn.Parameter(torch.ones(1), requires_grad=False)


def flattening(torch):
    """Flatten keeps the batch."""
    x = torch.arange(12.0).reshape(2, 3, 2)
    yield torch.nn.Flatten()(x), torch.nn.Flatten(0)(x), torch.flatten(x, 1), x.flatten(0, 1)


def targets_of_other_kinds(torch):
    """What a loss says of targets of another dtype or shape, and the histories where they do fit."""
    F = torch.nn.functional
    x = torch.tensor([[1.0, 2.0, 3.0], [1.0, -1.0, 0.0]], requires_grad=True)
    t = torch.tensor([2, 0])
    for d in (torch.float64, torch.bool, torch.int32, torch.int16, torch.uint8, torch.float32):
        yield attempt(lambda: F.cross_entropy(x, t.to(d)))
    yield F.mse_loss(x, torch.zeros(3)), F.l1_loss(x, torch.zeros(3)), F.mse_loss(x[0], torch.zeros(2, 3))
    yield attempt(lambda: F.mse_loss(x, torch.zeros(2)))


def pools_that_cannot_be(torch):
    """What a pool refuses."""
    F, x = torch.nn.functional, torch.ones(1, 2, 6, 5)
    for kind in ({"kernel_size": 7}, {"kernel_size": 2, "padding": 2}, {"kernel_size": 2, "padding": 1, "dilation": 2}):
        yield attempt(lambda kind=kind: F.max_pool2d(x, **kind))
    yield attempt(lambda: F.max_pool2d(x[0, 0], 2)), F.max_pool2d(x[0], 2)


def nothing_counts(torch):
    """A mean over no example at all is NaN, and has no gradient."""
    x = torch.ones(2, 3, requires_grad=True)
    for target in (torch.full((2,), -100), torch.tensor([1, -100])):
        loss = torch.nn.functional.cross_entropy(x, target)
        loss.backward()
        yield loss, x.grad
        x.grad = None
    x = torch.tensor([1.0, 2.0, 0.5], requires_grad=True)  # one example, without a batch
    for options in ({}, {"weight": torch.tensor([0.5, 1.0, 2.0])}, {"label_smoothing": 0.15}, {"ignore_index": 2}):
        loss = torch.nn.functional.cross_entropy(x, torch.tensor(2), **options)
        loss.backward()
        yield loss, x.grad
        x.grad = None
