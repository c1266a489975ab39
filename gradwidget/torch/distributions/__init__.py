"""`torch.distributions`: distributions with samples, log-densities and divergences. The table says which file holds which."""

from ..late import modules_of, names_of

FILES = {
    "composed": "Independent MixtureSameFamily",
    "continuous": "Cauchy Exponential Gumbel HalfCauchy HalfNormal Kumaraswamy Laplace LogNormal LogisticNormal Normal Pareto StudentT Uniform "
    "VonMises Weibull",
    "continuous_bernoulli": "ContinuousBernoulli",
    "discrete": "Bernoulli Binomial Categorical Geometric Multinomial NegativeBinomial OneHotCategorical OneHotCategoricalStraightThrough Poisson",
    "distribution": "Distribution ExponentialFamily",
    "gammas": "Beta Chi2 Dirichlet FisherSnedecor Gamma InverseGamma",
    "generalized_pareto": "GeneralizedPareto",
    "kl": "kl_divergence register_kl",
    "matrices": "LKJCholesky Wishart",
    "matrix_transforms": "CorrCholeskyTransform CumulativeDistributionTransform PositiveDefiniteTransform StackTransform",
    "multivariate": "LowRankMultivariateNormal MultivariateNormal",
    "relaxed": "RelaxedBernoulli RelaxedOneHotCategorical",
    "transformed": "TransformedDistribution",
    "constraint_registry": "biject_to transform_to",
    "transforms": "AbsTransform AffineTransform CatTransform ComposeTransform ExpTransform IndependentTransform LowerCholeskyTransform PowerTransform "
    "ReshapeTransform SigmoidTransform SoftmaxTransform SoftplusTransform StickBreakingTransform TanhTransform Transform identity_transform",
}

__getattr__, __all__ = names_of(globals(), FILES)

# PyTorch has a file for each of these
modules_of(
    globals(),
    {
        "bernoulli": "Bernoulli",
        "beta": "Beta",
        "binomial": "Binomial",
        "categorical": "Categorical",
        "cauchy": "Cauchy",
        "chi2": "Chi2",
        "dirichlet": "Dirichlet",
        "exp_family": "ExponentialFamily",
        "exponential": "Exponential",
        "fishersnedecor": "FisherSnedecor",
        "gamma": "Gamma",
        "geometric": "Geometric",
        "gumbel": "Gumbel",
        "half_cauchy": "HalfCauchy",
        "half_normal": "HalfNormal",
        "independent": "Independent",
        "inverse_gamma": "InverseGamma",
        "kumaraswamy": "Kumaraswamy",
        "laplace": "Laplace",
        "lkj_cholesky": "LKJCholesky",
        "log_normal": "LogNormal",
        "logistic_normal": "LogisticNormal",
        "lowrank_multivariate_normal": "LowRankMultivariateNormal",
        "mixture_same_family": "MixtureSameFamily",
        "multinomial": "Multinomial",
        "multivariate_normal": "MultivariateNormal",
        "negative_binomial": "NegativeBinomial",
        "normal": "Normal",
        "one_hot_categorical": "OneHotCategorical OneHotCategoricalStraightThrough",
        "pareto": "Pareto",
        "poisson": "Poisson",
        "relaxed_bernoulli": "RelaxedBernoulli",
        "relaxed_categorical": "RelaxedOneHotCategorical",
        "studentT": "StudentT",
        "transformed_distribution": "TransformedDistribution",
        "uniform": "Uniform",
        "von_mises": "VonMises",
        "weibull": "Weibull",
        "wishart": "Wishart",
    },
)
