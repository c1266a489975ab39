"""The engine: what runs, in which order, with what, and what is left after an error."""

from twin import Arrived, attempt


def made(torch, forward, backward):
    return type(
        "Made", (torch.autograd.Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    )


def nothing_came(torch):
    """Where a backward answers None, what lies behind it runs all the same, on None or on zeros."""
    heard = []

    def hear(name):
        return lambda *given: heard.append(
            (name, [Arrived(g) if not isinstance(g, torch.Tensor) else g for g in given])
        )

    nothing = made(torch, lambda ctx, a: a * 2, lambda ctx, g: None)
    zeros = made(torch, lambda ctx, a: a * 2, lambda ctx, g: (heard.append(("zeros", g)), g)[1])
    for function in (zeros.apply, lambda a: a * 2):
        x = torch.ones(2, requires_grad=True)
        h = function(x)
        h.register_hook(lambda g: heard.append(("tensor", g)))
        h.grad_fn.register_prehook(lambda g: heard.append(("before", g)))
        h.grad_fn.register_hook(lambda a, b: heard.append(("after", a, b)))
        h.retain_grad()
        x.register_hook(lambda g: heard.append(("leaf", g)))
        x.register_post_accumulate_grad_hook(lambda p: heard.append(("filled", p.grad)))
        end = h.grad_fn.next_functions[0][0]
        end.register_prehook(lambda g: heard.append(("before the end", g)))
        end.register_hook(lambda a, b: heard.append(("after the end", a, b)))
        nothing.apply(h).sum().backward()
        yield [[part if isinstance(part, str) else Arrived(part) for part in entry] for entry in heard]
        yield Arrived(x.grad), Arrived(h.grad)
        heard.clear()
    x = torch.ones(2, requires_grad=True)
    h = x * 2
    y = nothing.apply(h).sum()
    yield Arrived(torch.autograd.grad(y, x, allow_unused=True, retain_graph=True))
    yield attempt(lambda: torch.autograd.grad(y, x, retain_graph=True))
    yield Arrived(torch.autograd.grad(y, h, allow_unused=True))


def several_outputs(torch):
    """The gradients of a node's outputs come together, None for those that were not used."""
    x = torch.arange(9.0).reshape(3, 3).requires_grad_()
    heard = []
    two = made(torch, lambda ctx, a: (a * 2, a * 3), lambda ctx, g, h: g + h)
    a, b = two.apply(x)
    a.register_hook(lambda g: heard.append(g))
    b.register_hook(lambda g: heard.append(g))
    a.grad_fn.register_prehook(lambda g: heard.extend(g))
    a.sum().backward()
    yield Arrived(heard)
    rows = x.unbind(0)
    heard.clear()
    rows[0].grad_fn.register_prehook(lambda g: heard.extend(g))
    rows[1].sum().backward()
    yield Arrived(heard)
    values, _ = x.max(0)
    heard.clear()
    values.grad_fn.register_prehook(lambda g: heard.extend(g))
    values.sum().backward()
    yield Arrived(heard), x


def captured_before_hooks(torch):
    """autograd.grad: of a tensor on the way to another input before its hooks, of the last one after them."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 2
    h.register_hook(lambda g: g * 10)
    h.retain_grad()
    y = h * 3
    y.grad_fn.register_prehook(lambda g: (g[0] * 2,))
    z = (y * y).sum()
    yield Arrived(torch.autograd.grad(z, [x, h, y], retain_graph=True))
    yield Arrived(torch.autograd.grad(z, [h], retain_graph=True))
    yield Arrived(torch.autograd.grad(z, [h, y], retain_graph=True)), Arrived(h.grad)
    z.backward(inputs=[h], retain_graph=True)
    yield Arrived(h.grad), x
    z.backward(inputs=[x, h])
    yield Arrived(h.grad), x


def order_of_nodes(torch):
    """Nodes run from the youngest to the oldest; each leaf is filled as soon as nothing more can arrive."""
    order = []

    def named(name):
        return made(torch, lambda ctx, a: a * 1, lambda ctx, g: (order.append(name), g)[1]).apply

    x = torch.ones(2, requires_grad=True)
    w = torch.ones(2, requires_grad=True)
    w.register_hook(lambda g: order.append("w"))
    x.register_hook(lambda g: order.append("x"))
    a = named("a")(x)
    b = named("b")(a)
    c = named("c")(x * w)
    d = named("d")(a + c)
    (named("e")(b) * d).sum().backward()
    yield order, x, w


def within_each_other(torch):
    """Backward in a backward, also very deep."""
    x = torch.ones(2, requires_grad=True)

    def inner(ctx, g):
        with torch.enable_grad():
            y = torch.ones(2, requires_grad=True)
            (y * y).sum().backward()
        return g * y.grad

    made(torch, lambda ctx, a: a * 3, inner).apply(x).sum().backward()
    yield x

    class Deep(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            with torch.enable_grad():
                ctx.x = x.detach().requires_grad_() - 1
            return ctx.x.detach()

        @staticmethod
        def backward(ctx, g):
            if ctx.x < 0:
                return g
            with torch.enable_grad():
                Deep.apply(ctx.x).sum().backward()
            return g

    v = torch.tensor(200.0, requires_grad=True)
    Deep.apply(v).sum().backward()
    yield v, torch.is_grad_enabled()

    def failing(ctx, g):
        with torch.enable_grad():
            made(torch, lambda ctx, a: a * 3, lambda ctx, g: None + g).apply(x).sum().backward()

    y = made(torch, lambda ctx, a: a * 3, failing).apply(x).sum()
    yield attempt(lambda: y.backward(), words=False), torch.is_grad_enabled()


def accumulating(torch):
    """Whose memory a leaf's .grad is: the gradient's own where nobody else holds it, otherwise a copy."""
    x = torch.ones(3, requires_grad=True)
    given = torch.ones(3)
    x.backward(given)
    yield x.grad is given, x.grad.data_ptr() == given.data_ptr(), Arrived(x.grad)
    first = x.grad
    x.backward(given)
    yield x.grad is first, Arrived(x.grad), first._version
    x.grad = None
    (x * 2).sum().backward(create_graph=True)
    first = x.grad
    (x * x).sum().backward(create_graph=True)
    yield x.grad is first, Arrived(x.grad), x.grad.requires_grad
    x.grad = None
    held = []
    made(torch, lambda ctx, a: a * 1, lambda ctx, g: (held.append(g * 1), held[0])[1]).apply(x).sum().backward()
    yield x.grad.data_ptr() == held[0].data_ptr()
    x.grad = None
    made(torch, lambda ctx, a: a * 1, lambda ctx, g: g.expand(3)).apply(x.sum()).backward()
    yield Arrived(x.grad), x.grad.stride()
    for layout in (torch.ones(2, 3), torch.ones(3, 2).t(), torch.ones(2, 6)[:, ::2], torch.ones(1, 3).expand(2, 3)):
        leaf = layout.detach().requires_grad_()
        (leaf * 2).sum().backward()
        yield leaf.stride(), leaf.grad.stride(), leaf.grad._version
        other = layout.detach().requires_grad_()
        other.t().contiguous().sum().backward()
        yield other.grad.stride()
    a = torch.ones(2, requires_grad=True)
    b = torch.ones(2, requires_grad=True)
    (a + b).sum().backward()
    yield a.grad.data_ptr() == b.grad.data_ptr(), a, b


def wrong_calls(torch):
    """What backward and grad refuse."""
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    yield attempt(lambda: y.backward())
    yield attempt(lambda: torch.ones(1).backward())
    yield attempt(lambda: y.backward(torch.ones(4)))
    yield attempt(lambda: y.backward(torch.ones(3, dtype=torch.complex64)))
    yield attempt(lambda: y.backward(3))
    yield attempt(lambda: torch.autograd.backward([y, y], [torch.ones(3)]))
    yield attempt(lambda: torch.autograd.backward([], []))
    yield attempt(lambda: torch.autograd.backward([y], torch.ones(3), inputs=[]))
    yield attempt(lambda: torch.autograd.grad(y.sum(), []))
    yield attempt(lambda: torch.autograd.grad(y.sum(), torch.ones(3)))
    yield attempt(lambda: torch.autograd.grad(y.sum(), torch.ones(3, requires_grad=True), retain_graph=True))
    yield attempt(lambda: torch.autograd.grad(y.sum(), x, allow_unused=False, materialize_grads=True))
    yield attempt(lambda: torch.autograd.grad(y.sum(), "x"))
    yield attempt(lambda: y.sum().backward(inputs=[torch.ones(3)]))
    yield attempt(lambda: y.sum().backward(inputs="x"))
    yield attempt(lambda: (x * 1j).sum().backward())
    yield attempt(lambda: torch.autograd.grad(y.sum(), x, retain_graph="a"))
    y.sum().backward()
    yield x
    z = x.exp().sum()
    z.backward()
    yield attempt(lambda: z.backward())


def roots(torch):
    """Leaves, the same tensor twice, roots within each other's graphs, gradients of another dtype."""
    x = torch.ones(3, requires_grad=True)
    x.sum().backward()
    x.backward(torch.tensor([1.0, 2.0, 3.0]))
    yield x
    y = x * 2
    z = y * 3
    torch.autograd.backward([y, z, y], [torch.ones(3)] * 3)
    yield x
    y = x * 2
    y.backward(torch.ones(3, dtype=torch.float64))
    yield x
    y = x * 2
    torch.autograd.backward((y.sum(), y.exp().sum()), retain_graph=True)
    yield x
    yield Arrived(torch.autograd.grad([y.sum(), (y * y).sum()], [x, y], [torch.tensor(2.0), None]))
    yield Arrived(torch.autograd.grad(x, x, torch.ones(3)))
    w = torch.ones(3, requires_grad=True)
    yield Arrived(torch.autograd.grad((x * 2).sum(), [x, w], allow_unused=True))
    yield Arrived(torch.autograd.grad((x * 2).sum(), [x, w], materialize_grads=True))
    yield Arrived(torch.autograd.grad(x * 2, x, torch.eye(3), is_grads_batched=True))


def errors_in_the_middle(torch):
    """What is filled and what is freed after a backward that failed."""
    x = torch.ones(3, requires_grad=True)
    w = torch.ones(3, requires_grad=True)
    bad = made(torch, lambda ctx, a: a * 1, lambda ctx, g: torch.ones(7))
    y = bad.apply(x * 2)
    z = (y * w).sum()
    yield attempt(lambda: z.backward()), x, w, torch.is_grad_enabled()
    yield attempt(lambda: z.backward()), w
    s = x.exp()
    r = (s * w).sum()
    s.add_(1)
    yield attempt(lambda: r.backward()), x, w


def callbacks(torch):
    """Functions queued in a backward run when it is over."""
    order = []
    x = torch.ones(2, requires_grad=True)

    def backward(ctx, g):
        torch.autograd.Variable._execution_engine.queue_callback(lambda: order.append(("end", x.grad is not None)))
        order.append("backward")
        return g

    made(torch, lambda ctx, a: a * 1, backward).apply(x).sum().backward()
    yield order
    yield attempt(lambda: torch.autograd.Variable._execution_engine.queue_callback(lambda: None))


def many_threads(torch):
    """Each thread has its own grad mode; backward on one leaves the others alone."""
    import threading

    seen = []

    def other():
        seen.append(torch.is_grad_enabled())
        with torch.no_grad():
            seen.append(torch.is_grad_enabled())
        y = torch.ones(2, requires_grad=True)
        (y * y).sum().backward()
        seen.append(Arrived(y.grad))

    with torch.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        seen.append(torch.is_grad_enabled())
    yield seen[:2], seen[2:]


def kept_lists(torch):
    """Indices are saved tensors too: they are freed, and a write to them is noticed. A write through a view is freed with its node."""
    F = torch.nn.functional
    for f in (
        lambda c: c[c > 1],
        lambda c: c[[0, 1]],
        lambda c: c[torch.tensor([0])],
        lambda c: c.index_put((torch.tensor([0]),), torch.tensor(1.0)),
        lambda c: c.__setitem__(0, 1.0) or c,
        lambda c: c.__setitem__(c > 1, 1.0) or c,
        lambda c: F.avg_pool1d(c.view(1, 1, 3), 2),
        lambda c: F.pad(c.view(1, 3), (1, 1), mode="replicate"),
        lambda c: F.interpolate(c.view(1, 1, 3), scale_factor=2),
        lambda c: F.adaptive_avg_pool1d(c.view(1, 1, 3), 2),
    ):
        a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        out = f(a.clone())
        out.sum().backward(retain_graph=True)
        out.sum().backward()
        yield attempt(lambda: out.sum().backward()), a.grad.tolist()
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    for index in (torch.tensor([0, 2]), torch.tensor([True, False, True])):
        out = a[index]
        yield out.grad_fn._saved_indices
        index.zero_()
        yield attempt(lambda: out.sum().backward())
    out = a[torch.tensor([0])]
    out.sum().backward()
    yield attempt(lambda: out.grad_fn._saved_indices)
    yield torch.repeat_interleave(a, 2)
    z = torch.ones(2, dtype=torch.complex64, requires_grad=True)
    y = z.clone()
    out = y * y
    y.add_(1)
    yield attempt(lambda: out.sum().abs().backward())
