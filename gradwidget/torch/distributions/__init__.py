"""`torch.distributions`: distributions with samples, log-densities and divergences. The table says which file holds which."""

from ..late import names_of

FILES = {
    "composed": "Independent MixtureSameFamily",
    "continuous": "Cauchy Exponential Gumbel HalfCauchy HalfNormal Kumaraswamy Laplace LogNormal LogisticNormal Normal Pareto StudentT Uniform "
    "VonMises Weibull",
    "discrete": "Bernoulli Binomial Categorical Geometric Multinomial NegativeBinomial OneHotCategorical OneHotCategoricalStraightThrough Poisson",
    "distribution": "Distribution ExponentialFamily",
    "gammas": "Beta Chi2 Dirichlet FisherSnedecor Gamma InverseGamma",
    "kl": "kl_divergence register_kl",
    "multivariate": "LowRankMultivariateNormal MultivariateNormal",
    "relaxed": "RelaxedBernoulli RelaxedOneHotCategorical",
    "transformed": "TransformedDistribution",
    "constraint_registry": "biject_to transform_to",
}

__getattr__, __all__ = names_of(globals(), FILES)
