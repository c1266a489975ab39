"""Factors in LAPACK's packed forms: QR by reflections, symmetric matrices by blocks of one and two; low-rank factors."""

from twin import Arrived, attempt


def _matrices(torch, *shape, dtype=None):
    x = torch.arange(float(torch.Size(shape).numel()), dtype=torch.float64)
    y = ((x * 1.7).sin() + 0.2 * (x * 0.3).cos()).view(shape)
    return y if dtype is None else torch.complex(y, (x * 0.9).cos().view(shape))


def _parts(torch, t):
    """A complex tensor's parts, whose zeros print alike on either side of 0; its strides."""
    return (torch.view_as_real(t.contiguous()), t.stride()) if t.is_complex() else t


def qr_by_reflections(torch):
    """geqrf, and what orgqr and ormqr make of it, of real and complex matrices and batches."""
    for dtype in (None, complex):
        for shape in ((4, 3), (3, 3), (2, 4, 2)):
            packed, tau = torch.geqrf(_matrices(torch, *shape, dtype=dtype))
            for t in (packed, tau, torch.orgqr(packed, tau), torch.linalg.householder_product(packed, tau)):
                yield _parts(torch, t)
            c = _matrices(torch, *shape[:-2], shape[-2], 2, dtype=dtype)
            for transpose in (False, True):
                yield _parts(torch, torch.ormqr(packed, tau, c, transpose=transpose))
                yield _parts(torch, packed.ormqr(tau, c.mT.contiguous(), left=False, transpose=transpose))
    yield torch.geqrf(_matrices(torch, 2, 3)), attempt(lambda: torch.geqrf(torch.ones(3)))


def gradients_through_reflections(torch):
    """To the packed factors, to tau and to the matrix that they are applied to, twice."""
    for dtype in (None, complex):
        a = _matrices(torch, 4, 2, dtype=dtype).requires_grad_()
        tau = (_matrices(torch, 2, dtype=dtype) * 0.5).requires_grad_()
        c = _matrices(torch, 4, 3, dtype=dtype).requires_grad_()
        for y in (torch.orgqr(a, tau), torch.ormqr(a, tau, c), torch.ormqr(a, tau, c.mT, False, True)):
            yield y
            wanted = [a, tau, c]
            first = torch.autograd.grad((y * y).sum().abs(), wanted, create_graph=True, allow_unused=True)
            yield Arrived(list(first))
            total = sum((g * g.conj()).sum().abs() for g in first if g is not None)
            yield Arrived(list(torch.autograd.grad(total, wanted[:2], allow_unused=True)))
    x = _matrices(torch, 3, 2).requires_grad_()
    yield attempt(lambda: torch.geqrf(x)[0].sum().backward())


def refused_reflections(torch):
    """Shapes and dtypes that do not fit."""
    one = torch.ones
    for wrong in (
        lambda: torch.orgqr(one(2, 3), one(2)),
        lambda: torch.orgqr(one(3, 2), one(3)),
        lambda: torch.orgqr(one(3), one(3)),
        lambda: torch.orgqr(one(3, 2), one(2, 2)),
        lambda: torch.orgqr(one(3, 2), one(2).double()),
        lambda: torch.ormqr(one(3, 2), one(2), one(2, 3)),
        lambda: torch.ormqr(one(3, 2), one(2), one(3)),
        lambda: torch.ormqr(one(3), one(2), one(3, 3)),
        lambda: torch.ormqr(one(3, 2), one(2, 2), one(3, 3)),
        lambda: torch.ormqr(one(3, 2), one(2), one(2, 3, 3)),
        lambda: torch.ormqr(one(3, 2), one(2), one(3, 3).double()),
        lambda: torch.ormqr(one(3, 2), one(2), one(2, 2), left=False),
    ):
        yield attempt(wrong)


def symmetric_factors(torch):
    """ldl_factor with pivots of one and two, and solutions by it, real, complex and Hermitian, and in batches."""
    for dtype in (None, complex):
        for n in (1, 2, 5):
            for hermitian in (False, True):
                a = _matrices(torch, 3, n, n, dtype=dtype)
                a = a + (a.mH if hermitian else a.mT)
                LD, pivots, info = torch.linalg.ldl_factor_ex(a, hermitian=hermitian)
                yield _parts(torch, LD), pivots, info
                b = _matrices(torch, 3, n, 2, dtype=dtype)
                yield _parts(torch, torch.linalg.ldl_solve(LD, pivots, b, hermitian=hermitian))
                yield _parts(torch, torch.linalg.ldl_solve(LD[0], pivots[0], b, hermitian=hermitian))
    swapped = torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]], dtype=torch.float64)
    yield torch.linalg.ldl_factor(swapped), torch.linalg.ldl_factor_ex(torch.zeros(2, 2))
    yield attempt(lambda: torch.linalg.ldl_factor(torch.zeros(2, 2)), words=False)
    yield attempt(lambda: torch.linalg.ldl_factor_ex(torch.zeros(3, 2, 2), check_errors=True), words=False)


def refused_symmetric_factors(torch):
    """What does not fit, and derivatives, which there are none of."""
    linalg, one = torch.linalg, torch.ones
    whole = torch.tensor([1, 2, 3], dtype=torch.int32)
    for wrong in (
        lambda: linalg.ldl_factor(one(3)),
        lambda: linalg.ldl_solve(one(3, 3), whole, one(2, 3)),
        lambda: linalg.ldl_solve(one(3, 3), whole[:2], one(3, 3)),
        lambda: linalg.ldl_solve(one(3, 3), whole.double(), one(3, 3)),
        lambda: linalg.ldl_solve(one(3, 3), whole, one(3, 3).double()),
        lambda: linalg.ldl_solve(one(3, 2), whole, one(3, 3)),
    ):
        yield attempt(wrong)
    x = _matrices(torch, 2, 2).requires_grad_()
    yield attempt(lambda: linalg.ldl_factor(x)[0].sum().backward())
    yield attempt(lambda: linalg.ldl_solve(*linalg.ldl_factor(x.detach()), x).sum().backward())


def low_rank(torch):
    """Singular values and what the factors multiply to: their signs are LAPACK's own affair."""
    for shape in ((6, 4), (4, 6), (2, 5, 5)):
        a = _matrices(torch, *shape)
        for found in (torch.svd_lowrank(a, 3), torch.svd_lowrank(a, 3, M=a * 0.5), torch.pca_lowrank(a, 3)):
            U, S, V = found
            yield S, (U * S.unsqueeze(-2)) @ V.mH, U.shape, V.shape
    x = _matrices(torch, 5, 4).requires_grad_()
    yield Arrived(torch.autograd.grad(torch.pca_lowrank(x)[1].sum(), x))
    yield attempt(lambda: torch.pca_lowrank(x, 9)), attempt(lambda: torch.pca_lowrank(x, 2, niter=-1))


def lu_by_its_older_name(torch):
    """torch.lu, with and without what failed."""
    a = _matrices(torch, 2, 4, 4)
    torch.lu(a)
    yield torch.lu(a), torch.lu(a, get_infos=True), torch.lu(_matrices(torch, 3, 5, dtype=complex))
