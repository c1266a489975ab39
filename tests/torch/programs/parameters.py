"""Parameters in lists and dictionaries, computed ones, and further initialisers."""

import importlib

from twin import Arrived, attempt


def lists_and_dictionaries(torch):
    """Registered, indexed, extended, printed."""
    nn = torch.nn
    p = nn.ParameterList([torch.ones(2), nn.Parameter(torch.zeros(1, 3))])
    p.append(torch.ones(1))
    yield repr(p), len(p), list(p.state_dict()), [tuple(q.shape) for q in p], len(p[1:])
    p[0] = torch.zeros(2)
    yield p[0], attempt(lambda: p[7]), attempt(lambda: p.extend(3))
    d = nn.ParameterDict({"a": torch.ones(2), "b": nn.Parameter(torch.zeros(1))})
    d["c"] = torch.ones(1, 1)
    yield repr(d), list(d.keys()), list(d.state_dict()), "a" in d, len(d)
    yield tuple(d.pop("a").shape), list(d), d.get("z"), attempt(lambda: d(1))


def computed_parameters(torch):
    """A symmetric weight, its gradient, its assignment, its removal."""
    nn = torch.nn
    parametrize = importlib.import_module(torch.__name__ + ".nn.utils.parametrize")

    class Symmetric(nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).transpose(-1, -2)

        def right_inverse(self, x):
            return x.triu()

    torch.manual_seed(0)
    layer = nn.Linear(3, 3)
    parametrize.register_parametrization(layer, "weight", Symmetric())
    yield type(layer).__name__, list(layer.state_dict()), parametrize.is_parametrized(layer, "weight")
    yield (layer.weight - layer.weight.T).abs().sum().item()
    layer(torch.ones(1, 3)).sum().backward()
    yield Arrived([layer.parametrizations.weight.original.grad])
    layer.weight = torch.ones(3, 3)
    yield layer.weight.detach()
    with parametrize.cached():
        yield layer.weight is layer.weight
    parametrize.remove_parametrizations(layer, "weight")
    yield type(layer).__name__, list(layer.state_dict()), layer.weight.detach().clone()
    yield attempt(lambda: parametrize.register_parametrization(layer, "none", Symmetric()))


def weights_by_norm(torch):
    """weight_norm and spectral_norm."""
    nn = torch.nn
    parametrizations = importlib.import_module(torch.__name__ + ".nn.utils.parametrizations")
    torch.manual_seed(0)
    layer = parametrizations.weight_norm(nn.Linear(3, 2))
    yield list(layer.state_dict()), [tuple(v.shape) for v in layer.state_dict().values()]
    layer(torch.ones(1, 3)).sum().backward()
    yield Arrived([p.grad for p in layer.parameters()])
    torch.manual_seed(0)
    layer = parametrizations.spectral_norm(nn.Linear(4, 3)).eval()
    yield list(layer.state_dict()), layer(torch.ones(1, 4)).detach()


def initialisers(torch):
    """Truncated normal, orthogonal, dirac, sparse, and older names."""
    init = torch.nn.init
    torch.manual_seed(0)
    yield init.trunc_normal_(torch.empty(4, 5), std=2.0), init.trunc_normal_(torch.empty(4, 5), 0.0, 1.0, 1.5, 2.0)
    torch.manual_seed(1)
    q = init.orthogonal_(torch.empty(4, 6, dtype=torch.double))
    yield [[round(v, 9) + 0.0 for v in row] for row in (q @ q.T).tolist()]
    yield init.dirac_(torch.empty(4, 2, 3), 2)
    torch.manual_seed(2)
    yield (init.sparse_(torch.empty(6, 3), 0.5) == 0).sum(0)
    torch.manual_seed(3)
    yield init.xavier_uniform(torch.empty(2, 3)), attempt(lambda: init.orthogonal_(torch.empty(3)))
