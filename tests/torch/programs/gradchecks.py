"""gradcheck and gradgradcheck: what passes, what does not, and the words."""

from twin import attempt


def made(torch, forward, backward):
    kind = type(
        "Made", (torch.autograd.Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    )
    return kind.apply


def first_derivatives(torch):
    """Right and wrong gradients."""
    check = torch.autograd.gradcheck
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    yield check(lambda a: a.exp(), (x,)), check(lambda a: a.exp(), x), check(lambda a, b: a * b, (x, 3))
    yield check(lambda a, b: a * b, [x, x]), check(lambda a: (a * 2, a.sum()), (x,))
    wrong = made(torch, lambda c, a: a * 2, lambda c, g: g * 3)
    yield attempt(lambda: check(wrong, (x,))), check(wrong, (x,), raise_exception=False)
    yield attempt(lambda: check(made(torch, lambda c, a: a * 2, lambda c, g: None), (x,)))
    yield attempt(lambda: check(made(torch, lambda c, a: a * 2, lambda c, g: torch.full_like(g, 2)), (x,)))
    yield attempt(lambda: check(lambda a: a * 2, (x.detach(),)))
    yield attempt(lambda: check(lambda a: a.detach(), (x,)))
    yield attempt(lambda: check(lambda a: torch.ones(2, dtype=torch.float64), (x,)))
    yield attempt(lambda: check(lambda a: 3.0, (x,)))
    yield attempt(lambda: check(lambda a: a * 2, (x.detach()[:1].expand(3).requires_grad_(),)))
    yield attempt(lambda: check(lambda a: a * 2, (x.detach().float().requires_grad_(),)), words=False)
    yield attempt(lambda: check(lambda a: a.exp(), (x,), check_backward_ad=False))
    yield check(lambda a: a.exp(), (x,), check_batched_grad=True), check(lambda a: a.exp(), (x,), fast_mode=True)
    calls = []
    drifting = made(torch, lambda c, a: a * 2, lambda c, g: (calls.append(1), g * 2 * (1 + 1e-9 * len(calls)))[1])
    yield attempt(lambda: check(drifting, (x,)), words=False), check(drifting, (x,), nondet_tol=1e-3)
    yield (
        repr(torch.autograd.gradcheck.__name__),
        issubclass(
            __import__("importlib").import_module(torch.autograd.__name__ + ".gradcheck").GradcheckError, RuntimeError
        ),
    )


def undefined_gradients(torch):
    """A backward must take None, or say so."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)

    def forward(ctx, a):
        ctx.set_materialize_grads(False)
        return a * 2

    fails = made(torch, forward, lambda ctx, g: g * 2)
    invents = made(torch, forward, lambda ctx, g: torch.ones(2, dtype=torch.float64) if g is None else g * 2)
    for function in (fails, invents):
        yield attempt(lambda f=function: torch.autograd.gradcheck(f, (x,)), words=False)
        yield attempt(lambda f=function: torch.autograd.gradcheck(f, (x,), check_undefined_grad=False), words=False)


def complex_numbers(torch):
    """Complex inputs and outputs."""
    check = torch.autograd.gradcheck
    z = torch.tensor([1 + 2j, 3 - 1j], dtype=torch.complex128, requires_grad=True)
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    yield check(lambda a: a * a, (z,)), check(lambda a: a.abs(), (z,)), check(lambda a: a * (1 + 2j), (x,))
    yield check(lambda a, b: a * b, (x, z)), check(lambda a: a.exp() / (a + 1), (z,))
    yield attempt(lambda: check(made(torch, lambda c, a: a * 2j, lambda c, g: g * 2j), (z,)))
    (x * (1 + 2j)).imag.sum().backward()
    yield x


def second_derivatives(torch):
    """gradgradcheck."""
    check = torch.autograd.gradgradcheck
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([0.5, 0.2, 0.1], dtype=torch.float64, requires_grad=True)
    yield check(lambda a: a.exp() * a, (x,)), check(lambda a, b: (a * b).exp(), (x, y))
    yield check(lambda a: a**3, (x,), torch.ones(3, dtype=torch.float64, requires_grad=True))
    yield check(lambda a: a**3, (x,), gen_non_contig_grad_outputs=True)

    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return a**2

        @staticmethod
        def backward(ctx, g):
            return 2 * ctx.saved_tensors[0].detach() * g

    yield attempt(lambda: check(Bad.apply, (x,)), words=False), check(Bad.apply, (x,), raise_exception=False)
