"""Weights by direction and length, of spectral norm 1, orthogonal: by hooks and by parametrisations."""

import copy
import importlib
import warnings

from twin import Arrived, attempt


def _utils(torch, name):
    return importlib.import_module(f"{torch.__name__}.nn.utils.{name}")


def _after(torch, layer, x):
    y = layer(x)
    yield y, list(layer.state_dict())
    y.exp().sum().backward()
    yield Arrived([p.grad for p in layer.parameters()])


def directions_by_a_hook(torch):
    """weight_norm along the first dimension, another one, the last, all."""
    nn = torch.nn
    for dim in (0, 1, -1, None):
        torch.manual_seed(0)
        layer = nn.utils.weight_norm(nn.Linear(3, 2), dim=dim)
        yield layer.weight_g, layer.weight_v, layer.weight
        yield from _after(torch, layer, torch.ones(2, 3))
        yield nn.utils.remove_weight_norm(layer) is layer, layer.weight, list(layer.state_dict())
        yield attempt(lambda layer=layer: nn.utils.remove_weight_norm(layer))
    conv = nn.utils.weight_norm(nn.Conv1d(2, 3, 2), dim=1)
    yield from _after(torch, conv, torch.ones(1, 2, 4))
    yield attempt(lambda: nn.utils.weight_norm(conv))
    cell = nn.utils.weight_norm(nn.LSTMCell(2, 2), "weight_hh")
    yield list(cell.state_dict()), cell(torch.ones(1, 2))[0].detach()


def directions_by_parametrisation(torch):
    """The newer form, and states of the older one."""
    nn, new = torch.nn, _utils(torch, "parametrizations")
    for dim in (0, 1, -1, None):
        torch.manual_seed(0)
        layer = new.weight_norm(nn.Linear(3, 2), dim=dim)
        yield repr(layer), layer.weight
        yield from _after(torch, layer, torch.ones(2, 3))
    old = nn.utils.weight_norm(nn.Linear(3, 2))
    fresh = new.weight_norm(nn.Linear(3, 2))
    yield str(fresh.load_state_dict(old.state_dict())), (fresh.weight - old.weight).abs().max().item() < 1e-6


def second_derivatives(torch):
    """Through the norms. (Of the one op for the first dimension and the last, PyTorch takes the norms as constants.)"""
    new = _utils(torch, "parametrizations")
    torch.manual_seed(0)
    layer = new.weight_norm(torch.nn.Linear(3, 2).double(), dim=None)
    y = layer(torch.ones(1, 3).double()).exp().sum()
    first = torch.autograd.grad(y, list(layer.parameters()), create_graph=True)
    yield Arrived(torch.autograd.grad(sum((g**2).sum() for g in first), list(layer.parameters())))


def singular_values_by_a_hook(torch):
    """spectral_norm: training moves u and v, evaluation does not."""
    nn = torch.nn
    torch.manual_seed(0)
    layer = nn.utils.spectral_norm(nn.Linear(4, 3), n_power_iterations=2)
    yield repr(layer), list(layer.state_dict()), list(layer._buffers), layer.weight_u, layer.weight_v, layer.weight
    x = torch.ones(2, 4)
    yield from _after(torch, layer, x)
    yield layer.weight_u, layer.eval()(x), layer.weight_u, layer.state_dict()._metadata
    two = layer.train()(x).sum() - layer(x * 2).sum()
    two.backward()
    yield Arrived(layer.weight_orig.grad), attempt(lambda: nn.utils.spectral_norm(layer))
    yield str(layer.load_state_dict(layer.state_dict())), attempt(lambda: copy.deepcopy(layer))
    yield nn.utils.remove_spectral_norm(layer) is layer, list(layer.state_dict()), len(layer._state_dict_hooks)
    yield attempt(lambda: nn.utils.remove_spectral_norm(layer))
    yield attempt(lambda: nn.utils.spectral_norm(nn.Linear(2, 2), n_power_iterations=0))
    turned = nn.utils.spectral_norm(nn.ConvTranspose2d(2, 3, 2))
    yield turned.weight_u.shape, turned.weight_v.shape


def singular_values_by_parametrisation(torch):
    """The newer form."""
    nn, new = torch.nn, _utils(torch, "parametrizations")
    torch.manual_seed(0)
    layer = new.spectral_norm(nn.Linear(4, 3))
    yield repr(layer), list(layer.state_dict())
    yield from _after(torch, layer, torch.ones(2, 4))
    layer.eval()
    yield layer.weight, layer.weight, new.spectral_norm(nn.BatchNorm1d(3)).weight
    yield attempt(lambda: new.spectral_norm(nn.Linear(2, 2), "none")), attempt(lambda: new.spectral_norm(nn.ReLU()))
    yield attempt(lambda: new.spectral_norm(nn.Linear(2, 2), n_power_iterations=0))
    yield attempt(lambda: new.spectral_norm(nn.Linear(2, 2), dim=5))


def orthogonal_matrices(torch):
    """Square, wide and tall, by each map."""
    nn, new = torch.nn, _utils(torch, "parametrizations")
    for rows, columns in ((3, 3), (4, 2), (2, 4)):
        for way in (None, "matrix_exp", "cayley", "householder"):
            torch.manual_seed(0)
            layer = new.orthogonal(nn.Linear(columns, rows).double(), orthogonal_map=way)
            q = layer.weight.detach()
            short = q @ q.T if rows <= columns else q.T @ q
            yield (short - torch.eye(len(short)).double()).abs().max().item() < 1e-9
            yield list(layer.state_dict()), type(layer.parametrizations.weight[0]).__name__
            layer.weight = nn.init.orthogonal_(torch.empty(rows, columns).double())
            layer(torch.ones(1, columns).double()).sum().backward()
            yield layer.parametrizations.weight.original.grad is not None
    yield attempt(lambda: new.orthogonal(nn.Linear(2, 2), orthogonal_map="none"))
    yield attempt(lambda: new.orthogonal(nn.Linear(2, 2), "bias")), attempt(lambda: new.orthogonal(nn.ReLU()))
    plain = new.orthogonal(nn.Linear(2, 2), use_trivialization=False)
    yield list(plain.state_dict()), attempt(lambda: setattr(plain, "weight", torch.eye(2)))


def computed_by(torch):
    """register_parametrization: chains, several originals, caching, removal, errors."""
    nn, p = torch.nn, _utils(torch, "parametrize")

    class Exp(nn.Module):
        def forward(self, x):
            return x.exp()

        def right_inverse(self, y):
            return y.log()

    class Plus(nn.Module):
        def forward(self, x):
            return x + 1

    class Two(nn.Module):
        def forward(self, a, b):
            return a * b

        def right_inverse(self, y):
            return y, torch.ones_like(y)

    torch.manual_seed(0)
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.abs_()
    before = layer.weight.detach().clone()
    yield p.register_parametrization(layer, "weight", Exp()) is layer, repr(layer)
    yield (layer.weight - before).abs().max().item() < 1e-6, layer.parametrizations.weight.original
    p.register_parametrization(layer, "weight", Plus())
    p.register_parametrization(layer, "bias", Two())
    yield repr(layer), list(layer.state_dict()), [n for n, _ in layer.named_parameters()], layer.bias
    yield attempt(lambda: setattr(layer, "weight", before))
    layer.bias = torch.ones(2)
    yield layer.bias, layer.parametrizations.bias.original0
    yield p.is_parametrized(layer), p.is_parametrized(layer, "bias"), p.is_parametrized(nn.ReLU())
    yield p.type_before_parametrizations(layer).__name__, type(layer).__name__, p.is_parametrized(layer, "none")
    with p.cached():
        yield layer.weight is layer.weight, layer.bias is layer.bias
    yield layer.weight is layer.weight
    other = copy.deepcopy(layer)
    yield type(other).__name__, (other.weight == layer.weight).all().item(), p.is_parametrized(other)
    with torch.no_grad():
        other.parametrizations.weight.original.zero_()
    yield (other.weight == layer.weight).all().item()
    yield attempt(lambda: p.remove_parametrizations(layer, "bias", leave_parametrized=False))
    p.remove_parametrizations(layer, "bias")
    p.remove_parametrizations(layer, "weight", leave_parametrized=False)
    yield repr(layer), list(layer.state_dict()), layer.weight, layer.bias, type(layer).__name__
    yield attempt(lambda: p.remove_parametrizations(layer, "weight"))


def refused(torch):
    """Parametrisations that change dtype or shape, or answer no tensor."""
    nn, p = torch.nn, _utils(torch, "parametrize")

    class By(nn.Module):
        def __init__(self, f, inverse=None):
            super().__init__()
            self.f = f
            if inverse is not None:
                self.right_inverse = inverse

        def forward(self, *x):
            return self.f(*x)

    def on(*rules, name="weight", **options):
        layer = nn.Linear(2, 2)
        for rule in rules:
            p.register_parametrization(layer, name, rule, **options)
        return list(layer.state_dict()), layer.weight.shape

    def same(x):
        return x

    for rule in (
        By(lambda x: x.double()),
        By(lambda x: x[0]),
        By(lambda x: 3),
        By(same, lambda y: 3),
        By(same, lambda y: y.double()),
        By(same, lambda y: [y, 3]),
        By(lambda a, b: a, lambda y: (y, y)),
    ):
        yield attempt(lambda rule=rule: on(rule)), attempt(lambda rule=rule: on(By(same), rule))
    yield attempt(lambda: on(By(lambda x: x[0]), unsafe=True)), attempt(lambda: on(By(same), name="none"))
    yield attempt(lambda: p.ParametrizationList([], torch.ones(1)))
    layer = p.register_parametrization(nn.Linear(2, 2), "weight", By(same))
    import pickle

    yield attempt(lambda: pickle.dumps(layer))
    buffered = p.register_parametrization(nn.BatchNorm1d(2), "running_mean", By(lambda x: x + 1))
    yield buffered.running_mean, list(buffered.state_dict())
    p.remove_parametrizations(buffered, "running_mean")
    yield list(buffered.state_dict()), buffered.running_mean


def handed_over(torch):
    """transfer_parametrizations_and_params."""
    nn, p = torch.nn, _utils(torch, "parametrize")

    class Double(nn.Module):
        def forward(self, x):
            return 2 * x

        def right_inverse(self, y):
            return 0.5 * y

    torch.manual_seed(0)
    one, two = nn.Linear(2, 2), nn.Linear(2, 2)
    p.register_parametrization(one, "weight", Double())
    p.transfer_parametrizations_and_params(one, two)
    yield repr(two), (one.weight == two.weight).all().item(), list(two.state_dict())
    three = nn.Linear(2, 2)
    p.transfer_parametrizations_and_params(one, three, "weight")
    yield p.is_parametrized(three, "weight"), attempt(lambda: p.transfer_parametrizations_and_params(nn.ReLU(), two))


def stateless(torch):
    """The older functional_call."""
    layer = torch.nn.Linear(2, 1)
    stateless = _utils(torch, "stateless")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        y = stateless.functional_call(layer, {"weight": torch.ones(1, 2), "bias": torch.zeros(1)}, torch.ones(1, 2))
    yield y, [w.category.__name__ for w in heard]
    yield attempt(lambda: stateless.functional_call(torch.nn.DataParallel(layer), {}, torch.ones(1, 2)))


def clipping(torch):
    """All norms, nothing to clip, what is not finite."""
    utils = torch.nn.utils
    for norm in (2, 1, float("inf"), 0.5, 0):
        a, b = (torch.zeros(3, requires_grad=True) for _ in range(2))
        a.grad, b.grad = torch.tensor([1.0, -2.0, 3.0]), torch.tensor([0.0, 4.0, -1.0])
        yield (
            utils.get_total_norm([a.grad, b.grad], norm),
            utils.clip_grad_norm_([a, b], 1.0, norm),
            Arrived([a.grad, b.grad]),
        )
        utils.clip_grad_value_([a, b], 0.25)
        yield Arrived([a.grad, b.grad])
        utils.clip_grads_with_norm_(a, 0.1, torch.tensor(1.0))
        yield Arrived(a.grad)
    yield utils.clip_grad_norm_([], 1.0), utils.clip_grad_norm_((p for p in ()), 1.0), utils.clip_grad_norm(a, 0.01)
    a.grad[0] = float("nan")
    yield attempt(lambda: utils.clip_grad_norm_(a, 1.0, error_if_nonfinite=True)), utils.clip_grad_norm_(a, 1.0)
