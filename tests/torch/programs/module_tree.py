"""What a module can say about itself and those below it, and how it is changed."""

import copy
import io
import pickle

from twin import Arrived, attempt


def _net(torch):
    nn = torch.nn
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.BatchNorm1d(3), nn.ReLU()), nn.Linear(3, 1))


def paths(torch):
    """get_submodule, get_parameter, get_buffer, set_submodule."""
    net, nn = _net(torch), torch.nn
    yield repr(net.get_submodule("1.0")), net.get_submodule("") is net, net.get_parameter("0.weight")
    yield net.get_buffer("1.0.running_mean")
    for ask in (
        lambda: net.get_submodule("1.7"),
        lambda: net.get_submodule("0.weight"),
        lambda: net.get_parameter("0.none"),
        lambda: net.get_parameter("1.0.running_mean"),
        lambda: net.get_buffer("0.weight"),
        lambda: net.get_buffer("0.none"),
        lambda: net.set_submodule("", nn.ReLU()),
        lambda: net.set_submodule("1.0", 3),
        lambda: net.set_submodule("1.new", nn.ReLU(), strict=True),
        lambda: net.set_submodule("9.new", nn.ReLU()),
        lambda: net.set_submodule("0.weight", nn.ReLU()),
    ):
        yield attempt(ask)
    net.set_submodule("1.0", nn.Tanh())
    net.set_submodule("1.new", nn.ELU())
    yield repr(net)


def registering(torch):
    """Names that cannot be, things that are no parameters, and what is assigned over what."""
    nn = torch.nn
    m = nn.Module()
    for name in ("a.b", "", "training", 3):
        yield attempt(lambda name=name: m.register_parameter(name, nn.Parameter(torch.ones(1))))
        yield attempt(lambda name=name: m.register_buffer(name, torch.ones(1)))
        yield attempt(lambda name=name: m.add_module(name, nn.ReLU()))
    yield attempt(lambda: m.register_parameter("p", torch.ones(1))), attempt(lambda: m.register_buffer("b", 3))
    yield attempt(lambda: m.register_module("m", torch.ones(1)))
    yield attempt(lambda: m.register_parameter("p", nn.Parameter(torch.ones(1)) * 2))
    m.register_parameter("p", nn.Parameter(torch.ones(1)))
    m.register_buffer("b", torch.zeros(1))
    m.register_buffer("quiet", torch.zeros(2), persistent=False)
    m.register_module("m", nn.ReLU())
    yield list(m.state_dict()), list(dict(m.named_buffers())), repr(m)
    for name, value in (("p", torch.ones(1)), ("b", 3), ("m", torch.ones(1)), ("m", 3)):
        yield attempt(lambda name=name, value=value: setattr(m, name, value))
    m.p, m.m = None, None
    yield m.p, m.m, list(m.state_dict()), repr(m), list(m.parameters())
    m.b = None
    m.b = torch.ones(3)
    m.p = nn.Parameter(torch.ones(4))
    m.quiet = torch.ones(1)
    yield list(m.state_dict()), sorted(m._non_persistent_buffers_set)
    m.b = nn.Parameter(torch.ones(1))
    m.quiet = nn.ReLU()
    yield list(m._parameters), list(m._buffers), list(m._modules), m._non_persistent_buffers_set
    del m.b
    yield attempt(lambda: m.b), attempt(lambda: delattr(m, "none"))
    yield attempt(lambda: nn.Module(3)), attempt(lambda: nn.Module(a=3)), attempt(lambda: nn.Module()())


def without_init(torch):
    """Assignments before `super().__init__()`."""
    nn = torch.nn

    def early(name, value):
        class Early(nn.Module):
            def __init__(self):
                setattr(self, name, value)

        return attempt(Early)

    yield early("p", nn.Parameter(torch.ones(1))), early("m", nn.ReLU())

    class Buffered(nn.Module):
        def __init__(self):
            self.register_buffer("b", torch.ones(1))

    yield attempt(Buffered)


def buffers(torch):
    """nn.Buffer: a tensor that registers itself."""
    nn = torch.nn
    b = nn.Buffer(torch.ones(2))
    quiet = nn.Buffer(torch.zeros(1), persistent=False)
    yield type(b).__name__, isinstance(b, nn.Buffer), isinstance(torch.ones(1), nn.Buffer), b, nn.Buffer()
    m = nn.Module()
    m.b, m.quiet, m.plain = b, quiet, torch.ones(1)
    yield list(m.state_dict()), list(dict(m.named_buffers())), m.b is b, isinstance(nn.Parameter(), nn.Buffer)
    m.b = nn.Buffer(torch.zeros(3), persistent=False)
    yield list(m.state_dict()), b.persistent, quiet.persistent


def registration_hooks(torch):
    """Every module's parameters, buffers and children are told to those who ask."""
    module, nn, heard = torch.nn.modules.module, torch.nn, []
    handles = [
        module.register_module_parameter_registration_hook(lambda m, name, p: heard.append(("p", name))),
        module.register_module_buffer_registration_hook(lambda m, name, b: heard.append(("b", name))),
        module.register_module_module_registration_hook(lambda m, name, c: heard.append(("m", name))),
    ]
    net = nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1))
    net.extra = nn.ReLU()
    for handle in handles:
        handle.remove()
    net.more = nn.ReLU()
    yield heard
    other = module.register_module_parameter_registration_hook(lambda m, name, p: nn.Parameter(p.detach() * 0 + 7))
    m = nn.Module()
    m.p = nn.Parameter(torch.ones(1))
    other.remove()
    yield m.p


def walking(torch):
    """Shared children and parameters come once, unless asked."""
    nn = torch.nn
    shared = nn.Linear(2, 2)
    net = nn.Sequential(shared, nn.ReLU(), shared)
    yield [n for n, _ in net.named_modules()], [n for n, _ in net.named_modules(remove_duplicate=False)]
    yield [n for n, _ in net.named_parameters()], [n for n, _ in net.named_parameters(remove_duplicate=False)]
    yield [n for n, _ in net.named_children()], len(list(net.modules())), len(list(net.modules(remove_duplicate=False)))
    yield [n for n, _ in net.named_parameters(prefix="net", recurse=False)]
    yield [n for n, _ in net.named_parameters(prefix="net")], [n for n, _ in net.named_modules(prefix="net")]
    yield list(net.state_dict()), list(net.state_dict(prefix="a.")), [n for n, _ in _net(torch).named_buffers()]


def conversions(torch):
    """to, float, double, half, type, requires_grad_, to_empty, share_memory."""
    net = _net(torch)
    for change in (
        lambda m: m.double(),
        lambda m: m.float(),
        lambda m: m.to(torch.float64),
        lambda m: m.to(dtype=torch.float32),
        lambda m: m.to("cpu"),
        lambda m: m.to(torch.ones(1, dtype=torch.float64)),
        lambda m: m.type(torch.float32),
        lambda m: m.half(),
        lambda m: m.float().requires_grad_(False),
        lambda m: m.requires_grad_().cpu(),
        lambda m: m.share_memory(),
    ):
        kept = net[0].weight
        yield change(net) is net, kept is net[0].weight
        yield [(n, str(t.dtype), t.requires_grad) for n, t in net.state_dict(keep_vars=True).items()]
    yield attempt(lambda: net.to(torch.int64)), attempt(lambda: net.train(3))
    empty = net.to_empty(device="cpu")
    yield empty is net, [tuple(p.shape) for p in net.parameters()]
    net(torch.ones(2, 2))
    net.zero_grad()
    yield [p.grad for p in net.parameters()], net.eval().training, net[1][0].training, net.train()[1].training


def complex_modules(torch):
    """A warning goes with them."""
    yield str(_net(torch)[0].to(torch.complex64).weight.dtype)


def gradients_are_converted(torch):
    """The gradient goes where its parameter goes."""
    layer = torch.nn.Linear(2, 1)
    layer(torch.ones(1, 2)).sum().backward()
    layer.double()
    yield layer.weight.dtype, layer.weight.grad, layer.weight.is_leaf


def copies(torch):
    """deepcopy and pickle keep values, sharing, modes and what is frozen."""
    nn = torch.nn
    holder = nn.Module()
    holder.net = net = _net(torch)
    holder.tied = net[0]
    net[2].weight.requires_grad_(False)
    holder.eval()
    before = net(torch.ones(1, 2))
    for other in (copy.deepcopy(holder), copy.copy(holder)):
        yield repr(other), other.tied is other.net[0], other.tied is net[0], other.net[2].weight.requires_grad
        yield (other.net(torch.ones(1, 2)) == before).all().item(), other.net.training
    other = copy.deepcopy(holder)
    with torch.no_grad():
        other.tied.weight.zero_()
    yield bool(net[0].weight.any()), [n for n, _ in other.named_parameters()]
    held = pickle.loads(pickle.dumps(nn.Linear(2, 2)))
    yield type(held).__name__, held.weight.shape, held.weight.requires_grad, held.training
    file = io.BytesIO()
    torch.save(net.state_dict(), file)
    file.seek(0)
    yield str(_net(torch).load_state_dict(torch.load(file)))


def texts(torch):
    """Nested, with extra lines, without any."""
    nn = torch.nn

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
            self.none = None
            self.register_module("gone", None)

        def extra_repr(self):
            return "first=1\nsecond=2"

    class One(nn.Module):
        def extra_repr(self):
            return "only=1"

    yield repr(Two()), repr(One()), repr(nn.Module()), str(nn.Identity(1, 2, a=3))
    yield [n for n in dir(Two()) if n in ("inner", "gone", "forward", "training")]


def compiled_or_not(torch):
    """A module that only some classes have the method of."""
    m = torch.nn.Module()
    yield attempt(lambda: m.nothing), attempt(lambda: m.forward(1)), attempt(lambda: torch.nn.Linear(1, 1).nothing)
    yield Arrived(None)


def on_no_gpu(torch):
    """DataParallel is its module here."""
    net = torch.nn.DataParallel(_net(torch))
    yield repr(net), list(net.state_dict())[:2], net.device_ids, net(torch.ones(2, 2)).shape
    yield attempt(lambda: torch.nn.parallel.data_parallel(net.module, torch.ones(2, 2)))


def unfilled(torch):
    """skip_init gives shapes only."""
    utils = torch.nn.utils
    layer = utils.skip_init(torch.nn.Linear, 3, 2)
    yield repr(layer), tuple(layer.weight.shape), layer.weight.requires_grad, str(layer.weight.device)
    yield attempt(lambda: utils.skip_init(torch.Tensor, 3)), attempt(lambda: utils.skip_init(torch.nn.ReLU))
