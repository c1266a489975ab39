"""torch.autograd.functional: products with a vector, Jacobians, Hessians."""

from twin import Arrived, attempt


def shown(result):
    """Values and types, not how often they were written."""
    return Arrived(result) if not isinstance(result, tuple) else [shown(r) for r in result]


def products(torch):
    """vjp, jvp, vhp, hvp for one and for several inputs and outputs."""
    f = torch.autograd.functional
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    y = torch.tensor([4.0, 5.0, 6.0], dtype=torch.float64)
    v = torch.tensor([1.0, 0.0, 2.0], dtype=torch.float64)

    def one(a):
        return a.exp() * a

    def two(a, b):
        return a * b, (a + b).sum()

    def number(a):
        return (a**3).sum()

    def number_of_two(a, b):
        return (a**2 * b).sum()

    for make in (f.vjp, f.jvp):
        yield shown(make(one, x, v))
    yield shown(f.vjp(two, (x, y), (v, torch.tensor(1.0, dtype=torch.float64))))
    yield shown(f.jvp(two, (x, y), (v, v)))
    for make in (f.vhp, f.hvp):
        yield shown(make(number, x, v))
        yield shown(make(number_of_two, (x, y), (v, v)))
    yield shown(f.vjp(number, x)), shown(f.jvp(lambda a: a * 2, x[:1]))
    leaf = x.clone().requires_grad_()
    out, product = f.vjp(one, leaf, v, create_graph=True)
    yield out.requires_grad, product.requires_grad, Arrived(product)
    yield Arrived(torch.autograd.grad(product.sum(), leaf))
    out, product = f.jvp(one, leaf, v, create_graph=True)
    yield Arrived(product), Arrived(torch.autograd.grad(product.sum(), leaf))
    out, product = f.hvp(number, leaf, v, create_graph=True)
    yield Arrived(product), Arrived(torch.autograd.grad(product.sum(), leaf))
    yield leaf


def matrices(torch):
    """jacobian and hessian."""
    f = torch.autograd.functional
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    y = torch.tensor([4.0, 5.0], dtype=torch.float64)
    yield f.jacobian(lambda a: a.exp().sum(1), x)
    yield f.jacobian(lambda a, b: 3 * a + 2 * b, (x, y))
    yield f.jacobian(lambda a: (a * 2, a.sum()), y)
    yield f.jacobian(lambda a, b: (a * b, b.exp()), (y, y))
    yield f.hessian(lambda a: a.pow(3).sum(), y)
    yield f.hessian(lambda a, b: (a * b * b).sum(), (y, y))
    yield f.jacobian(lambda a: a.exp().sum(1), x, vectorize=True)
    yield f.jacobian(lambda a: a.exp().sum(1), x, vectorize=True, strategy="forward-mode").tolist()
    yield f.hessian(lambda a: a.pow(3).sum(), y, vectorize=True)
    leaf = y.clone().requires_grad_()
    j = f.jacobian(lambda a: a.exp(), leaf, create_graph=True)
    yield Arrived(j), Arrived(torch.autograd.grad(j.sum(), leaf))
    h = f.hessian(lambda a: a.pow(3).sum(), leaf, create_graph=True)
    yield Arrived(h), Arrived(torch.autograd.grad(h.sum(), leaf))
    with torch.no_grad():
        yield f.jacobian(lambda a: a.exp(), leaf), f.jacobian(lambda a: a.exp(), leaf, create_graph=True).requires_grad
    yield leaf


def strictness(torch):
    """Outputs that do not depend on an input: zeros, or an error."""
    f = torch.autograd.functional
    x = torch.tensor([1.0, 2.0])
    v = torch.ones(2)
    constant = lambda a: torch.ones(2)
    linear = lambda a: a * 2
    number = lambda a: (a * 2).sum()
    square = lambda a: (a * a).sum()
    for strict in (False, True):
        for create_graph in (False, True):
            flags = {"strict": strict, "create_graph": create_graph}
            for function in (constant, linear):
                yield attempt(lambda: [Arrived(t) for t in f.vjp(function, x, v, **flags)])
                yield attempt(lambda: [Arrived(t) for t in f.jvp(function, x, v, **flags)])
                yield attempt(lambda: Arrived(f.jacobian(function, x, **flags)))
            for function in (lambda a: torch.tensor(1.0), number, square):
                yield attempt(lambda: [Arrived(t) for t in f.vhp(function, x, v, **flags)])
                yield attempt(lambda: [Arrived(t) for t in f.hvp(function, x, v, **flags)])
                yield attempt(lambda: Arrived(f.hessian(function, x, **flags)))


def wrong_calls(torch):
    """Inputs, vectors and results of the wrong kind."""
    f = torch.autograd.functional
    x = torch.tensor([1.0, 2.0])
    double = lambda a: a * 2
    yield attempt(lambda: f.vjp(double, x))
    yield attempt(lambda: f.jvp(double, x))
    yield attempt(lambda: f.vjp(double, x, torch.ones(3)))
    yield attempt(lambda: f.jvp(double, x, torch.ones(3)))
    yield attempt(lambda: f.vjp(double, x, (torch.ones(2), torch.ones(2))))
    yield attempt(lambda: f.jvp(lambda a, b: a, (x, x), (torch.ones(2),)))
    yield attempt(lambda: f.jvp(lambda a, b: a, (x, x), (torch.ones(2), torch.ones(3))))
    yield attempt(lambda: f.vjp(double, 3.0, x)), attempt(lambda: f.vjp(double, (x, 3.0), x))
    yield attempt(lambda: f.vjp(lambda a: 3.0, x, x)), attempt(lambda: f.vjp(lambda a: (a, 3.0), x, x))
    yield attempt(lambda: f.vhp(double, x, x)), attempt(lambda: f.vhp(lambda a: (a.sum(), a.sum()), x, x))
    yield attempt(lambda: f.hvp(double, x, x)), attempt(lambda: f.hessian(double, x))
    yield attempt(lambda: f.hessian(lambda a: (a.sum(), a.sum()), x))
    yield attempt(lambda: f.jacobian(double, x, strategy="sideways"))
    yield attempt(lambda: f.jacobian(double, x, strategy="forward-mode"))
    yield attempt(lambda: f.jacobian(double, x, strict=True, vectorize=True))
