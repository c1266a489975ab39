"""Distributions of matrices and tails, and the transforms onto their supports."""

import importlib

from twin import Arrived, attempt


def _modules(torch):
    D = importlib.import_module(torch.__name__ + ".distributions")
    return D, importlib.import_module(torch.__name__ + ".distributions.constraints")


def _short(t):
    """Values to three places: what both compute in another order."""
    return tuple(t.shape), [
        round(v, 3) if abs(v) < 1 else float(f"{v:.3g}") for v in t.detach().double().reshape(-1).tolist()
    ]


def _cases(torch, D):
    t, eye = torch.tensor, torch.eye
    covariance = t([[2.0, 0.5], [0.5, 1.0]])
    return [
        D.ContinuousBernoulli(t([0.2, 0.5, 0.9])),
        D.ContinuousBernoulli(logits=t([0.2, 0.0, -3.0])),
        D.ContinuousBernoulli(0.3),
        D.GeneralizedPareto(torch.zeros(3), torch.ones(3), t([0.3, 0.0, -0.4])),
        D.GeneralizedPareto(1.0, 2.0, 0.7),
        D.LKJCholesky(3, 0.5),
        D.LKJCholesky(4, t([1.0, 3.0])),
        D.Wishart(t(5.0), covariance_matrix=covariance),
        D.Wishart(t([4.0, 6.0]), precision_matrix=eye(3) * 2),
        D.Wishart(4.5, scale_tril=eye(2)),
    ]


def draws_and_densities(torch):
    """What each draws, the density there, and its moments where it has them."""
    D, _ = _modules(torch)
    torch.manual_seed(0)
    for d in _cases(torch, D):
        s = d.sample((2,))
        yield repr(d), _short(s), _short(d.log_prob(s)), tuple(d.batch_shape), tuple(d.event_shape), d.has_rsample
        for name in ("mean", "variance", "stddev", "mode", "entropy", "cdf", "icdf"):
            try:
                found = getattr(d, name)
                found = (
                    found() if name == "entropy" else found(s.clamp(0.01, 0.99)) if name in ("cdf", "icdf") else found
                )
                yield name, _short(found)
            except (NotImplementedError, ValueError) as error:
                yield name, type(error).__name__
        wide = d.expand((3, *d.batch_shape))
        yield repr(wide), tuple(wide.sample().shape), _short(wide.log_prob(s[0]))


def gradients(torch):
    """Through draws and densities to the parameters."""
    D, _ = _modules(torch)
    torch.manual_seed(1)
    p = torch.tensor([0.2, 0.5, 0.9], requires_grad=True)
    d = D.ContinuousBernoulli(p)
    yield [_short(g) for g in torch.autograd.grad(d.rsample().sum() + d.entropy().sum(), p)]
    c = torch.tensor([0.3, 0.0, -0.4], requires_grad=True)
    d = D.GeneralizedPareto(0.0, 1.0, c)
    yield [_short(g) for g in torch.autograd.grad(d.rsample().sum() + d.log_prob(torch.ones(3) * 0.5).sum(), c)]
    eta = torch.tensor(1.5, requires_grad=True)
    d = D.LKJCholesky(3, eta)
    yield [_short(g) for g in torch.autograd.grad(d.log_prob(d.sample()), eta)]
    df, L = torch.tensor(4.0, requires_grad=True), torch.eye(2).requires_grad_()
    d = D.Wishart(df, scale_tril=L)
    yield [_short(g) for g in torch.autograd.grad(d.log_prob(torch.eye(2) * 2) + d.entropy(), (df, L))]


def onto_matrices(torch):
    """Vectors and matrices to correlations, covariances, probabilities, and parts side by side."""
    D, C = _modules(torch)
    x = torch.tensor([[0.3, -0.5, 1.0], [0.0, 2.0, -1.0]])
    t = D.CorrCholeskyTransform()
    y = t(x)
    yield _short(y), _short(t.inv(y)), _short(t.log_abs_det_jacobian(x, y)), C.corr_cholesky.check(y)
    yield t.forward_shape((2, 6)), t.inverse_shape((2, 4, 4))
    yield attempt(lambda: t.forward_shape((2, 5))), attempt(lambda: t.inverse_shape((3, 4)))
    m = torch.tensor([[1.0, 9.0], [0.5, -1.0]])
    t = D.PositiveDefiniteTransform()
    yield _short(t(m)), _short(t.inv(t(m)))
    t = D.CumulativeDistributionTransform(D.Normal(0.0, 1.0))
    yield _short(t(x)), _short(t.inv(t(x))), _short(t.log_abs_det_jacobian(x, t(x)))
    t = D.StackTransform([D.ExpTransform(), D.identity_transform], 0)
    yield _short(t(x)), _short(t.inv(t(x).abs())), _short(t.log_abs_det_jacobian(x, t(x))), t.bijective
    yield (
        t.codomain.check(x),
        t.domain.event_dim,
        attempt(lambda: t(torch.ones(3)), words=False),
        attempt(lambda: t(torch.ones(()))).type,
    )
    yield C.cat([C.positive, C.real], 1, [1, 2]).check(x), C.stack([C.positive, C.real], 0).check(x)
    for constraint in (
        C.corr_cholesky,
        C.positive_definite,
        C.lower_cholesky,
        C.stack([C.positive, C.real], 0),
        C.cat([C.real]),
    ):
        for registry in (D.biject_to, D.transform_to):
            made = attempt(lambda: registry(constraint))
            yield getattr(made, "words", type(made).__name__)


def refusals(torch):
    """Parameters that are none."""
    D, _ = _modules(torch)
    for f in (
        lambda: D.LKJCholesky(1), lambda: D.Wishart(1.0, scale_tril=torch.eye(3)), lambda: D.Wishart(3.0), lambda: D.ContinuousBernoulli(),
        lambda: D.Wishart(3.0, scale_tril=torch.ones(2)), lambda: D.ContinuousBernoulli(torch.tensor(1.5), validate_args=True),
        lambda: D.GeneralizedPareto(0.0, 1.0, -0.5).log_prob(torch.tensor(3.0)), lambda: D.LKJCholesky(2, -1.0),
    ):  # fmt: skip
        yield attempt(f)
    yield Arrived(torch.ones(1))
