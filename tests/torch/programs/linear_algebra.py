"""Solutions, factors and functions of matrices: results, layouts, graphs, gradients."""

from twin import Arrived, attempt


def _matrix(torch, *shape, dtype=None):
    x = torch.arange(float(torch.Size(shape).numel()), dtype=torch.float64)
    y = ((x * 1.7).sin() + 0.2 * (x * 0.3).cos()).view(shape)
    return y if dtype is None else torch.complex(y, (x * 0.9).cos().view(shape))


def _positive(torch, *shape, dtype=None):
    a = _matrix(torch, *shape, dtype=dtype)
    return a @ a.mH + 0.5 * torch.eye(shape[-1], dtype=a.dtype)


def _twice(torch, y, wanted):
    """A result, its gradients and theirs."""
    results = [y] if isinstance(y, torch.Tensor) else [t for t in y if t.requires_grad]
    yield [(t.detach().real.contiguous(), t.stride(), t.grad_fn.name()) for t in results]
    total = sum((t * t.conj()).real.sum() for t in results)
    first = torch.autograd.grad(total, wanted, create_graph=True, allow_unused=True)
    yield _laid_out(first)
    again = sum((g * g.conj()).real.sum() for g in first if g is not None and g.requires_grad)
    yield _laid_out(torch.autograd.grad(again, wanted, allow_unused=True))


def _laid_out(gradients):
    """Gradients, contiguous and with their conjugates resolved."""
    return Arrived([None if g is None else g.detach().resolve_conj().contiguous() for g in gradients])


def cholesky_factors(torch):
    """The factor, solutions and inverses by it."""
    for dtype in (None, complex):
        for upper in (False, True):
            for shape in ((3, 3), (2, 3, 3)):
                a = _positive(torch, *shape, dtype=dtype).requires_grad_()
                yield from _twice(torch, torch.linalg.cholesky(a, upper=upper), [a])
                yield from _twice(torch, torch.cholesky(a, upper), [a])
                L = torch.linalg.cholesky(a, upper=upper).detach().contiguous().requires_grad_()
                b = _matrix(torch, 3, 2, dtype=dtype).requires_grad_()
                yield from _twice(torch, torch.cholesky_solve(b, L, upper), [b, L])
                yield from _twice(torch, torch.cholesky_inverse(L, upper), [L])
    for wrong in (
        lambda: torch.cholesky_solve(torch.ones(2, 2), torch.ones(3, 3)),
        lambda: torch.cholesky_solve(torch.ones(2), torch.ones(3, 3)),
        lambda: torch.cholesky_solve(torch.ones(3, 2), torch.ones(3, 2)),
    ):
        yield attempt(wrong)


def lu_factors(torch):
    """Solutions of four kinds by the factors, and the factors unpacked."""
    for dtype in (None, complex):
        for shape in ((3, 3), (2, 3, 3)):
            LU, pivots = torch.linalg.lu_factor(_matrix(torch, *shape, dtype=dtype))
            yield LU.stride(), pivots
            LU = LU.detach().requires_grad_()
            b = _matrix(torch, 3, 3, dtype=dtype).requires_grad_()
            for left in (True, False):
                for adjoint in (True, False):
                    y = torch.linalg.lu_solve(LU, pivots, b, left=left, adjoint=adjoint)
                    yield y.stride(), y.grad_fn.name(), y.detach().real.contiguous()
                    yield _laid_out(torch.autograd.grad(y.real.sum(), (LU, b)))
            yield torch.lu_solve(b, LU, pivots).grad_fn.name()
        for shape in ((3, 3), (4, 2), (2, 4)):
            LU, pivots = torch.linalg.lu_factor(_matrix(torch, *shape, dtype=dtype))
            LU = LU.detach().requires_grad_()
            P, L, U = torch.lu_unpack(LU, pivots)
            yield P, L, U
            yield _laid_out(torch.autograd.grad((L * L).real.sum() + (U * U).real.sum(), LU))
            yield torch.lu_unpack(LU, pivots, unpack_data=False), torch.lu_unpack(LU, pivots, unpack_pivots=False)
    one, whole = torch.ones, torch.tensor([1, 2, 3], dtype=torch.int32)
    for wrong in (
        lambda: torch.linalg.lu_solve(one(3, 3), whole.long(), one(3, 3)),
        lambda: torch.linalg.lu_solve(one(3, 3), whole, one(2, 3)),
        lambda: torch.linalg.lu_solve(one(3, 3), whole[:2], one(3, 3)),
        lambda: torch.linalg.lu_solve(one(3, 3), whole, one(3, 3).double()),
    ):
        yield attempt(wrong)


def triangular_systems(torch):
    """Under the older name, whose copy of the matrix is differentiable too."""
    for dtype in (None, complex):
        for upper in (True, False):
            for transpose in (True, False):
                for unit in (True, False):
                    a = (_matrix(torch, 3, 3, dtype=dtype) + 2 * torch.eye(3, dtype=torch.float64)).requires_grad_()
                    b = _matrix(torch, 3, 2, dtype=dtype).requires_grad_()
                    if transpose and dtype is not None:
                        continue
                    yield from _twice(torch, torch.triangular_solve(b, a, upper, transpose, unit), [b, a])
        yield torch.linalg.solve_triangular(a.detach(), b.detach(), upper=True).stride()


def least_squares(torch):
    """Tall, wide and square, of vectors and batches, with each driver."""
    for shape in ((5, 3), (3, 5), (3, 3), (2, 4, 2)):
        for driver in (None, "gels", "gelsy", "gelsd", "gelss"):
            a = _matrix(torch, *shape).requires_grad_()
            b = _matrix(torch, *shape[:-1], 2).requires_grad_()
            found = torch.linalg.lstsq(a, b, driver=driver)
            yield found.solution.stride(), found.solution.grad_fn.name(), found.solution.detach() + 0
            yield found.residuals.detach(), found.rank, found.singular_values
            yield _laid_out(torch.autograd.grad(found.solution.sum(), (a, b)))
    a = _matrix(torch, 4, 2)
    yield torch.linalg.lstsq(a, a[:, :1]).solution, attempt(lambda: torch.linalg.lstsq(a, a[:3]))
    yield attempt(lambda: torch.linalg.lstsq(a, a, driver="best")), attempt(lambda: torch.linalg.lstsq(a[0], a))
    yield attempt(lambda: torch.linalg.lstsq(a, a.float())), attempt(lambda: torch.linalg.lstsq(a, a[None, None]))


def functions_of_matrices(torch):
    """Powers, chains, determinants' logarithms, condition numbers, and the graphs that they leave."""
    a = _matrix(torch, 3, 3).requires_grad_()
    b = _positive(torch, 3, 3, dtype=complex).requires_grad_()
    for n in (0, 1, 2, 5, -1, -3):
        yield from _twice(torch, torch.linalg.matrix_power(a, n) @ a, [a])
        yield torch.linalg.matrix_power(a, n)
    for chain in ([a, a], [a, a[:, :2], a[:2]], [a[0], a, a[0]], [a[0], a], [a, a[0]]):
        yield torch.linalg.multi_dot(chain)
    for p in (None, 2, -2, 1, "fro", float("inf"), "nuc"):
        yield torch.linalg.cond(a, p)
    yield torch.linalg.cond(torch.ones(2, 2), "fro")
    yield (
        torch.linalg.vecdot(a, a),
        torch.linalg.vecdot(a[0], a[1]),
        torch.linalg.vander(a[0]),
        torch.linalg.matrix_rank(a[:0]),
    )
    yield torch.linalg.lu(a), attempt(lambda: torch.linalg.lu_factor(a, pivot=False))
    yield torch.logdet(a @ a.mT), _laid_out(torch.autograd.grad(torch.logdet(b).real, b))
    yield attempt(lambda: torch.linalg.vander(a[0], N=1)), torch.linalg.vander(a[0, 0], N=3)
    for ord in (2, "nuc", 1, -2, "fro"):
        for dim in ((-2, -1), (2, 0)):
            x = _matrix(torch, 2, 3, 2).requires_grad_()
            yield torch.linalg.matrix_norm(x, ord, dim, keepdim=True).detach().squeeze()


def norms(torch):
    """Of every order, of real and complex vectors, with a zero row; gradients, and theirs."""
    for dtype in (None, complex):
        for p in (0, 0.5, 1, 1.5, 2, 3.5, float("inf"), -float("inf")):
            x = _matrix(torch, 3, 4, dtype=dtype)
            x[1] = 0 if p > 1 else x[1]
            x = x.requires_grad_()
            y = torch.linalg.vector_norm(x, p, 1)
            yield y
            (g,) = torch.autograd.grad(y.sum(), x, create_graph=True, allow_unused=True)
            yield _laid_out([g])
            if g is not None and g.requires_grad and p > 1 and abs(p) != float("inf"):
                yield _laid_out(torch.autograd.grad((g * g.conj()).real.sum(), x))


def logarithms_of_sums(torch):
    """logsumexp of whole numbers, booleans and complex numbers."""
    for x in (torch.tensor([[1, 2], [3, 4]]), torch.tensor([[True, False]]), _matrix(torch, 2, 3)):
        yield torch.logsumexp(x, 1), torch.logsumexp(x, (0, 1), keepdim=True)
    z = _matrix(torch, 2, 3, dtype=complex).requires_grad_()
    y = torch.logsumexp(z, 1)
    yield y
    (g,) = torch.autograd.grad(y.abs().sum(), z, create_graph=True)
    yield _laid_out([g]), _laid_out(torch.autograd.grad(g.abs().sum(), z))
