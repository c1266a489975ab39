"""Custom functions: `autograd.Function` and its context."""

from twin import Arrived, attempt


def function(torch, forward, backward=lambda ctx, *grads: grads):
    """A function class of the given forward and backward."""
    return type(
        "Made", (torch.autograd.Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    )


def an_exponential(torch):
    """The example of every course: saved output, backward, the context as the node."""

    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            (y,) = ctx.saved_tensors
            return grad * y

    x = torch.tensor([0.0, 1.0, 2.0], requires_grad=True)
    y = Exp.apply(x)
    yield y, y.grad_fn.name(), y.grad_fn.needs_input_grad, y.grad_fn.saved_tensors, y.grad_fn.metadata
    yield isinstance(y.grad_fn, torch.autograd.function.BackwardCFunction), type(y.grad_fn).__name__
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    yield g
    (g2,) = torch.autograd.grad(g.sum(), x)
    yield g2
    y = Exp.apply(x)
    y.sum().backward()
    yield x
    yield attempt(lambda: y.grad_fn.saved_tensors)
    yield attempt(lambda: y.sum().backward())
    with torch.no_grad():
        yield Exp.apply(x)
    yield Exp.apply(x.detach())


def what_is_saved(torch):
    """None, inputs, outputs, intermediates; what is refused; saved tensors written since."""
    x = torch.ones(3, requires_grad=True)

    def saving(*which):
        def forward(ctx, a, b=None):
            out = a * 2
            ctx.save_for_backward(*[{"a": a, "out": out, "mid": a + 1, None: None}.get(w, w) for w in which])
            return out

        return function(torch, forward, lambda ctx, g: (ctx.saved_tensors and g * 1, None)[: len(ctx.needs_input_grad)])

    yield saving("a", None, "out", "mid").apply(x).grad_fn.saved_tensors
    yield saving("a").apply(x).grad_fn.saved_tensors[0] is x
    yield attempt(lambda: saving(3).apply(x))
    yield attempt(lambda: saving([x]).apply(x))
    yield attempt(lambda: saving(3).apply(x.detach()))
    z = x * 1
    y = saving("a").apply(z)
    z.add_(1)
    yield attempt(lambda: y.sum().backward())
    y = saving("out").apply(x)
    y.add_(1)
    yield attempt(lambda: y.sum().backward())
    z = x * 1
    y = saving("a").apply(z)
    z.detach_()
    yield attempt(lambda: y.sum().backward())
    yield saving("a").apply(x, b=3)

    def looking(ctx, a):
        ctx.save_for_backward(a)
        looking.saw = ctx.saved_tensors, ctx.needs_input_grad, torch.is_grad_enabled()
        return a * 2

    function(torch, looking).apply(x)
    yield looking.saw


def what_backward_gets(torch):
    """Zeros for outputs that nothing came to, or None; nothing for what is no tensor."""
    x = torch.ones(3, requires_grad=True)
    for materialize in (True, False):
        got = []

        def forward(ctx, a, materialize=materialize):
            ctx.set_materialize_grads(materialize)
            ctx.mark_non_differentiable(mask := a > 0)
            return a * 2, a * 3, torch.tensor([1]), 5, None, mask

        def backward(ctx, *grads, got=got):
            got.extend(grads)
            return grads[0]

        out = function(torch, forward, backward).apply(x)
        yield out
        out[0].sum().backward()
        yield Arrived(got)
    yield x


def what_backward_may_answer(torch):
    """How many gradients, of what kind, shape and dtype."""
    x = torch.ones(3, requires_grad=True)

    def answering(answer, arguments=(x,)):
        x.grad = None
        made = function(torch, lambda ctx, a, *more: a * 2, lambda ctx, g: answer(g))
        made.apply(*arguments).sum().backward()
        return Arrived(x.grad)

    yield attempt(lambda: answering(lambda g: (g, g)))
    yield attempt(lambda: answering(lambda g: g, (x, x)))
    yield attempt(lambda: answering(lambda g: (g, None, None)))
    yield attempt(lambda: answering(lambda g: (g, g), (x, 3)))
    yield attempt(lambda: answering(lambda g: (g, None), (x, 3)))
    yield attempt(lambda: answering(lambda g: "a"))
    yield attempt(lambda: answering(lambda g: 1.0))
    yield attempt(lambda: answering(lambda g: [g]))
    yield attempt(lambda: answering(lambda g: None))
    yield attempt(lambda: answering(lambda g: torch.ones(4)))
    yield attempt(lambda: answering(lambda g: torch.ones(2, 3)))
    yield attempt(lambda: answering(lambda g: torch.tensor(1.0)))
    yield attempt(lambda: answering(lambda g: g.double()))
    yield attempt(lambda: answering(lambda g: g.long()))
    yield attempt(lambda: answering(lambda g: g + 1j))
    yield attempt(lambda: answering(lambda g: (g, g), (x, torch.tensor([1, 2, 3]))))


def written_inputs(torch):
    """mark_dirty: on leaves, computed tensors, views, on what is no input, on what is not returned."""
    x = torch.ones(3, requires_grad=True)

    def double(ctx, a):
        a.mul_(2)
        ctx.mark_dirty(a)
        return a

    doubled = function(torch, double, lambda ctx, g: g * 2)
    z = x * 1
    y = doubled.apply(z)
    yield y is z, y, z._version
    y.sum().backward()
    yield x
    v = (x * 1)[:2]
    y = doubled.apply(v)
    yield y is v, y, y._base
    y.sum().backward()
    yield x
    base = x * 1
    view = base[1:]
    doubled.apply(base)
    yield view, base
    (view.sum() + base[0]).backward()
    yield x
    yield attempt(lambda: doubled.apply(x)), x._version
    both = function(torch, lambda ctx, a: (double(ctx, a), a * 2))
    yield attempt(lambda: both.apply((x * 1)[:2]))
    yield both.apply(x * 1)
    lost = function(torch, lambda ctx, a: (ctx.mark_dirty(a), a * 2)[1])
    yield attempt(lambda: lost.apply(x * 1))
    strange = function(torch, lambda ctx, a: (ctx.mark_dirty(3), a * 2)[1])
    yield attempt(lambda: strange.apply(x))

    def other(ctx, a):
        b = a * 2
        ctx.mark_dirty(b)
        return b

    yield function(torch, other).apply(x)
    with torch.no_grad():
        yield doubled.apply(x), x


def what_forward_returns(torch):
    """Inputs as they are, views of them, several views, the same tensor twice, lists, nothing."""
    x = torch.ones(3, requires_grad=True)
    same = function(torch, lambda ctx, a: a)
    y = same.apply(x)
    yield y, y is x, y._base is x, attempt(lambda: y.add_(1))
    y = same.apply(x.detach())
    yield y, y._base is not None
    constant = function(torch, lambda ctx, a: (ctx.mark_non_differentiable(a), a)[1])
    y = constant.apply(x)
    yield y, y is x, y._base is x
    yield attempt(lambda: function(torch, lambda ctx, a: (ctx.mark_non_differentiable(3), a)[1]).apply(x))
    for source in (x, x * 1):
        y = function(torch, lambda ctx, a: a[:2], lambda ctx, g: torch.cat([g, g[:1]])).apply(source)
        yield y, attempt(lambda y=y: y.add_(1))
        y.sum().backward()
        yield x
        pieces = function(torch, lambda ctx, a: (a[:1], a[1:])).apply(source)
        yield pieces, attempt(lambda pieces=pieces: pieces[0].add_(1))
    twice = function(torch, lambda ctx, a: (a * 2,) * 2).apply(x)
    yield twice[0] is twice[1], twice
    yield function(torch, lambda ctx, a: (a, a)).apply(x)
    yield function(torch, lambda ctx, a: [a * 2]).apply(x)
    yield function(torch, lambda ctx, a: None).apply(x)
    yield function(torch, lambda ctx: torch.ones(2)).apply()
    yield function(torch, lambda ctx, a: (a.detach() * 2, torch.ones(2, requires_grad=True))).apply(x)


def views_made_without_grad(torch):
    """A view from a custom function called under no_grad may not be written to with grad."""
    x = torch.ones(3, requires_grad=True)
    half = function(torch, lambda ctx, a: a[:2])
    with torch.no_grad():
        y = half.apply(x * 1)
        z = half.apply(x)
    yield y, z
    yield attempt(lambda: z.add_(1))


def setup_context(torch):
    """forward without ctx, default arguments, keywords; a saved input that is returned as it is."""
    seen = []

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(a, by=2):
            return a * by

        @staticmethod
        def setup_context(ctx, inputs, output):
            seen.append((inputs, output.requires_grad))
            ctx.by = inputs[1]
            ctx.save_for_backward(inputs[0], output)

        @staticmethod
        def backward(ctx, g):
            seen.append(ctx.saved_tensors)
            return g * ctx.by, None

    x = torch.ones(3, requires_grad=True)
    Scaled.apply(x).sum().backward()
    Scaled.apply(x, by=3).sum().backward()
    yield seen, x
    yield attempt(lambda: Scaled.apply(x, 1, 2))
    yield attempt(lambda: Scaled.apply(x, to=2))

    class Same(Scaled):
        @staticmethod
        def forward(a, by=2):
            return a

    yield attempt(lambda: Same.apply(x))


def once(torch):
    """A backward that cannot be differentiated again says so."""

    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            yield_.append(torch.is_grad_enabled())
            return g * 2

    yield_ = []
    x = torch.ones(3, requires_grad=True)
    (g,) = torch.autograd.grad(Once.apply(x).sum(), x, create_graph=True)
    yield g, attempt(lambda: g.sum().backward())
    v = torch.ones(3, requires_grad=True)
    (g,) = torch.autograd.grad(Once.apply(x), x, v, create_graph=True)
    yield g, attempt(lambda: g.sum().backward())
    yield yield_


def second_derivatives(torch):
    """A backward made of ops is differentiated in its turn, through saved inputs and outputs."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return a**3

        @staticmethod
        def backward(ctx, g):
            (a,) = ctx.saved_tensors
            return Square.apply(a) * 3 * g

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return a * a

        @staticmethod
        def backward(ctx, g):
            return 2 * ctx.saved_tensors[0] * g

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Cube.apply(x).sum()
    for _ in range(3):
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        yield g
        y = g.sum()


def wrong_calls(torch):
    """What is no function, no forward, no backward, two backwards, an instance."""
    x = torch.ones(3, requires_grad=True)

    class Bare(torch.autograd.Function):
        pass

    class NoBackward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

    class Vjp(NoBackward):
        @staticmethod
        def vjp(ctx, g):
            return g * 5

    class Two(Vjp):
        @staticmethod
        def backward(ctx, g):
            return g

    class NotStatic(torch.autograd.Function):
        def forward(self, a):
            return a * 2

    yield attempt(lambda: Bare.apply(x))
    yield attempt(lambda: NoBackward.apply(x).sum().backward())
    Vjp.apply(x).sum().backward()
    yield x
    yield attempt(lambda: Two.apply(x).sum().backward())
    yield NotStatic.apply(x)
    yield attempt(lambda: NotStatic()(x))


def several_inputs(torch):
    """One edge for each tensor; needs_input_grad for each argument."""
    x = torch.ones(3, requires_grad=True)
    w = torch.ones(3)
    seen = []

    def backward(ctx, g):
        seen.append(ctx.needs_input_grad)
        return g, None, g * 3, None

    made = function(torch, lambda ctx, a, n, b, c: a * n + b, backward)
    y = made.apply(x, 2, w, w)
    yield y, y.grad_fn.next_functions[1:]
    y.sum().backward()
    yield x, w, seen
    y = made.apply(x, 2, x, w)
    y.sum().backward()
    yield x, seen


def inside_other_things(torch):
    """A custom function within the graph of ops: order, hooks, retain_grad, autograd.grad."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    scaled = function(torch, lambda ctx, a: a * 3, lambda ctx, g: g * 3)
    h = x * 2
    y = scaled.apply(h)
    y.retain_grad()
    y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] + 1,))
    z = (y * y).sum()
    yield Arrived(torch.autograd.grad(z, [x, h, y], retain_graph=True))
    z.backward()
    yield x, Arrived(y.grad)
    nested = function(torch, lambda ctx, a: a * 2, lambda ctx, g: torch.autograd.grad(*inner(g)))

    def inner(g):
        with torch.enable_grad():
            a = torch.ones(2, requires_grad=True)
            return (a * a * g).sum(), a

    x.grad = None
    nested.apply(x).sum().backward()
    yield x
