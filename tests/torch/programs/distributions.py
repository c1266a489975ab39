"""Distributions: draws from one stream, densities, moments, divergences, checks."""

import importlib

from twin import Arrived, attempt


def _cases(torch):
    t = torch.tensor
    pair, rows = [1.0, 2.0], [[0.2, 0.7, 0.1], [1.0, 1.0, 1.0]]
    return {
        "Normal": (t([0.0, 1.0]), t(pair)),
        "Laplace": (t([0.0, 1.0]), t(pair)),
        "Cauchy": (t([0.0, 1.0]), t(pair)),
        "Gumbel": (t([0.0, 1.0]), t(pair)),
        "LogNormal": (t([0.0, 1.0]), t([1.0, 0.2])),
        "HalfNormal": (t(pair),),
        "HalfCauchy": (t(pair),),
        "Uniform": (t([0.0, 1.0]), t(pair)),
        "Exponential": (t(pair),),
        "StudentT": (t([3.0, 5.0]),),
        "Weibull": (t(pair), t(pair)),
        "Pareto": (t(pair), t([1.0, 3.0])),
        "Kumaraswamy": (t([1.5, 2.0]), t([1.5, 3.0])),
        "VonMises": (t(pair), t([1.0, 3.0])),
        "Bernoulli": (t([0.2, 0.7]),),
        "Geometric": (t([0.2, 0.7]),),
        "Categorical": (t(rows),),
        "OneHotCategorical": (t(rows),),
        "Binomial": (5, t([0.2, 0.7])),
        "NegativeBinomial": (5, t([0.2, 0.7])),
        "Poisson": (t([2.0, 17.0]),),
        "Multinomial": (5, t([0.2, 0.7, 0.1])),
        "Gamma": (t([0.5, 2.0]), t(pair)),
        "Chi2": (t([0.5, 2.0]),),
        "InverseGamma": (t([2.5, 3.0]), t(pair)),
        "Dirichlet": (t([0.5, 2.0, 1.0]),),
        "Beta": (t([0.5, 2.0]), t(pair)),
        "FisherSnedecor": (t([5.0, 6.0]), t([5.0, 7.0])),
        "MultivariateNormal": (t([0.0, 1.0]), t([[2.0, 0.5], [0.5, 1.0]])),
        "LowRankMultivariateNormal": (t([0.0, 1.0]), t([[1.0], [0.5]]), t(pair)),
        "LogisticNormal": (t([0.0, 1.0]), t(pair)),
    }


class _Roughly:
    """Values to five places: what both compute by different series."""

    def __init__(self, t):
        self.shape, self.values = tuple(t.shape), [float(f"{v:.3g}") for v in t.double().reshape(-1).tolist()]


def _near(t):
    return repr((_Roughly(t).shape, _Roughly(t).values))


def draws_densities_and_moments(torch):
    """Every distribution: its text and shapes, what it draws, the density there, mean, variance, mode, entropy."""
    D = importlib.import_module(torch.__name__ + ".distributions")
    for name, parameters in _cases(torch).items():
        torch.manual_seed(1)
        d = getattr(D, name)(*parameters)
        yield name, repr(d), tuple(d.batch_shape), tuple(d.event_shape), d.has_rsample
        x = d.sample((3,))
        yield _near(x), _near(d.log_prob(x))
        for what in ("mean", "variance", "stddev", "mode"):
            yield what, attempt(lambda: _near(getattr(d, what)), words=False)
        yield attempt(lambda: _near(d.entropy()), words=False)
        yield tuple(d.expand((4, *d.batch_shape)).batch_shape) if name != "LogisticNormal" else ()


def gradients_of_draws(torch):
    """Through draws to the parameters, where there is a reparametrisation."""
    D = importlib.import_module(torch.__name__ + ".distributions")
    for name in ("Normal", "Laplace", "Exponential", "Uniform", "Gumbel", "LogNormal"):
        torch.manual_seed(2)
        parameters = [p.double().clone().requires_grad_() for p in _cases(torch)[name]]
        getattr(D, name)(*parameters).rsample((5,)).pow(2).sum().backward()
        yield name, Arrived([p.grad for p in parameters])
    for name in ("Categorical", "Bernoulli", "Poisson", "Gamma", "Beta"):
        torch.manual_seed(3)
        parameters = [p.double().clone().requires_grad_() for p in _cases(torch)[name]]
        d = getattr(D, name)(*parameters)
        d.log_prob(d.sample()).sum().backward()
        yield name, [_near(p.grad) for p in parameters]


def divergences(torch):
    """Pairs with a formula, and one without."""
    D = importlib.import_module(torch.__name__ + ".distributions")
    t = torch.tensor
    pairs = [
        (D.Normal(0.0, 1.0), D.Normal(t([1.0, 2.0]), 2.0)),
        (D.Bernoulli(t(0.3)), D.Bernoulli(t(0.6))),
        (D.Categorical(t([0.2, 0.8])), D.Categorical(t([0.5, 0.5]))),
        (D.Gamma(t(2.0), t(1.0)), D.Gamma(t(3.0), t(2.0))),
        (D.Beta(t(2.0), t(1.0)), D.Beta(t(3.0), t(2.0))),
        (D.Poisson(t(2.0)), D.Poisson(t(3.0))),
        (D.Uniform(t(0.0), t(1.0)), D.Uniform(t(-1.0), t(2.0))),
        (D.MultivariateNormal(t([0.0, 1.0]), torch.eye(2)), D.MultivariateNormal(t([1.0, 1.0]), 2 * torch.eye(2))),
        (D.Independent(D.Normal(t([0.0, 1.0]), 1.0), 1), D.Independent(D.Normal(t([1.0, 1.0]), 2.0), 1)),
    ]
    for p, q in pairs:
        yield _near(D.kl_divergence(p, q))
    yield attempt(lambda: D.kl_divergence(D.VonMises(t(2.0), t(1.0)), D.Bernoulli(t(0.3))))


def mixtures_and_transforms(torch):
    """A mixture, a transformed distribution, transforms and constraints."""
    D = importlib.import_module(torch.__name__ + ".distributions")
    transforms = importlib.import_module(torch.__name__ + ".distributions.transforms")
    t = torch.tensor
    torch.manual_seed(4)
    mixture = D.MixtureSameFamily(D.Categorical(torch.ones(2)), D.Normal(t([-1.0, 1.0]), t([1.0, 2.0])))
    yield _near(mixture.sample((4,))), _near(mixture.log_prob(t([0.5, 1.0]))), _near(mixture.mean)
    d = D.TransformedDistribution(D.Normal(0.0, 1.0), [transforms.AffineTransform(1.0, 2.0), transforms.ExpTransform()])
    yield _near(d.sample((3,))), _near(d.log_prob(t([0.5, 2.0]))), _near(d.cdf(t(1.0)))
    x = t([0.3, -0.4])
    for kind in (transforms.SigmoidTransform, transforms.TanhTransform, transforms.SoftplusTransform):
        y = kind()(x)
        yield _near(y), _near(kind().inv(y)), _near(kind().log_abs_det_jacobian(x, y))
    yield _near(transforms.StickBreakingTransform()(x)), repr(transforms.ExpTransform())


def refusals(torch):
    """Parameters and values that do not belong."""
    D = importlib.import_module(torch.__name__ + ".distributions")
    t = torch.tensor
    yield attempt(lambda: D.Normal(0.0, -1.0))
    yield attempt(lambda: D.Categorical(t([-1.0, 2.0])))
    yield attempt(lambda: D.Bernoulli(2.0))
    yield attempt(lambda: D.Normal(0.0, 1.0).log_prob(1.0))
    yield attempt(lambda: D.Categorical(torch.ones(3)).log_prob(t(5)))
    yield attempt(lambda: D.Bernoulli(0.5).log_prob(t(0.25)))
    yield attempt(lambda: D.Categorical())
    yield attempt(lambda: D.MultivariateNormal(torch.zeros(2), -torch.eye(2)))
    yield attempt(lambda: D.Normal(torch.zeros(2), torch.ones(3)))
    yield attempt(lambda: D.Normal("a", torch.ones(3)))
    yield repr(D.Normal(0.0, 1.0).expand((2, 3)))


def expanded_and_cumulated(torch):
    """expand of composed and relaxed distributions; distribution functions by formula; constraints' texts."""
    D = importlib.import_module(torch.__name__ + ".distributions")
    t = torch.tensor
    mixture = D.MixtureSameFamily(D.Categorical(t([0.4, 0.6])), D.Normal(t([-1.0, 1.0]), t([0.5, 0.5])))
    wide = mixture.expand((3,))
    yield wide.batch_shape, wide.log_prob(t([0.0, 1.0, 2.0])).tolist(), mixture.support, mixture.cdf(t(0.5)).tolist()
    for made in (
        D.RelaxedBernoulli(t(0.5), t(0.3)),
        D.RelaxedOneHotCategorical(t(0.5), t([0.2, 0.8])),
        D.LogisticNormal(t([0.0, 0.5]), t([1.0, 1.0])),
    ):
        wide = made.expand((2,))
        yield wide.batch_shape, wide.event_shape, wide.sample().shape
    yield D.Independent(D.Normal(torch.zeros(2), 1.0), 1).support, D.Pareto(t(1.0), t(2.0)).icdf(t([0.3])).tolist()
    k, g = D.Kumaraswamy(t(2.0), t(3.0)), D.InverseGamma(t(2.0), t(3.0))
    yield _near(k.cdf(t([0.3]))), _near(k.icdf(t([0.4]))), _near(g.cdf(t([0.7])))


def of_ones_own(torch):
    """A distribution that a program defines, by the rules that PyTorch documents."""
    D = importlib.import_module(torch.__name__ + ".distributions")

    class Shifted(D.Distribution):
        arg_constraints = {"shift": D.constraints.real}
        support = D.constraints.real

        def __init__(self, shift, validate_args=None):
            self.shift = shift
            super().__init__(shift.shape, validate_args=validate_args)

        def expand(self, batch_shape, _instance=None):
            new = self._get_checked_instance(Shifted, _instance)
            new.shift = self.shift.expand(batch_shape)
            super(Shifted, new).__init__(batch_shape, validate_args=False)
            return new

        def log_prob(self, value):
            return -((value - self.shift) ** 2)

    class Other(Shifted):
        def __init__(self):
            super().__init__(torch.zeros(()))

    made = Shifted(torch.tensor(1.0)).expand(torch.Size([2]))
    yield made, made.batch_shape, made.log_prob(torch.zeros(2)), attempt(lambda: Other().expand((2,)))
    yield D.transforms._InverseTransform.__name__, D.ExpTransform().inv(torch.ones(1))
