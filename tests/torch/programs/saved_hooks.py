"""What is done to tensors as they are saved, and as they are needed again."""

from twin import Arrived, attempt


def packed_and_unpacked(torch):
    """What pack is given, when, and in which mode; what backward sees."""
    hooks = torch.autograd.graph.saved_tensors_hooks
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    heard = []

    def pack(t):
        heard.append(("pack", t is x, t.requires_grad, t.grad_fn and t.grad_fn.name(), torch.is_grad_enabled()))
        return t

    def unpack(t):
        heard.append(("unpack", torch.is_grad_enabled()))
        return t

    with hooks(pack, unpack):
        y = (x * x).exp().sum()
    yield heard
    y.backward()
    yield heard, x
    with hooks(lambda t: t.tolist(), lambda kept: torch.tensor(kept) * 10):
        z = x.sin()
    yield z.grad_fn._saved_self
    z.sum().backward()
    yield x
    with hooks(pack, unpack):
        w = x.exp()
        v = (x * 1).exp_()
        u = x.tanh().relu_()
        a = (x * 2).max(0).values
    yield heard, w, v, u, a
    with hooks(lambda t: "outer", lambda t: torch.ones(3)):
        with hooks(lambda t: t * 2, lambda t: t):
            z = x * x
        s = x * x
    yield z.grad_fn._saved_self, s.grad_fn._saved_other
    (s.sum() + z.sum()).backward()
    yield x


def second_derivatives(torch):
    """Through what was packed, to where it came from."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
        y = (x * x * x).exp()
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    yield Arrived(g)
    yield Arrived(torch.autograd.grad(g.sum(), x))


def wrong_hooks(torch):
    """Hooks that fail, write to what they get, or answer what is no tensor."""
    hooks = torch.autograd.graph.saved_tensors_hooks
    x = torch.ones(3, requires_grad=True)
    z = x * 1

    def within(pack, unpack, of=x):
        with hooks(pack, unpack):
            y = of * of
        y.sum().backward()
        return y

    yield attempt(lambda: within(lambda t: t.mul_(2), lambda t: t))
    yield attempt(lambda: within(lambda t: t.mul_(2), lambda t: t, z))
    yield attempt(lambda: within(lambda t: 1 / 0, lambda t: t))
    yield attempt(lambda: within(lambda t: t, lambda t: 1 / 0))
    yield attempt(lambda: within(lambda t: t, lambda t: 1))
    yield attempt(lambda: within(lambda t: t, lambda t: None))


def one_saved_tensor(torch):
    """register_hooks on what a node saved."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def hooked(pack, unpack):
        y = x * x
        y.grad_fn._raw_saved_self.register_hooks(pack, unpack)
        return y

    heard = []
    y = hooked(lambda t: (heard.append((t is x, t.requires_grad)), t)[1], lambda t: t * 3)
    yield heard
    y.sum().backward()
    yield x
    saved = y.grad_fn._raw_saved_self
    yield attempt(lambda: saved.register_hooks(lambda t: t, lambda t: t))
    yield attempt(lambda: y.grad_fn._saved_self)
    yield attempt(lambda: hooked(lambda t: t, lambda t: 1).sum().backward())
    yield attempt(lambda: hooked(lambda t: t.mul_(2), lambda t: t))
    y = hooked(lambda t: t, lambda t: t)
    yield attempt(lambda: y.grad_fn._raw_saved_self.register_hooks(lambda t: t, lambda t: t))
    yield attempt(lambda: (x * 2).grad_fn._raw_saved_self.register_hooks(lambda t: t, lambda t: t))
    e = x.exp()
    e.grad_fn._raw_saved_result.register_hooks(lambda t: (heard.append(t.grad_fn), t)[1], lambda t: t + 1)
    e.sum().backward()
    yield heard, x


def forbidden(torch):
    """disable_saved_tensors_hooks."""
    graph = torch.autograd.graph
    x = torch.ones(3, requires_grad=True)

    def inner():
        with graph.disable_saved_tensors_hooks("none here"), graph.saved_tensors_hooks(lambda t: t, lambda t: t):
            return x * x

    def outer():
        with graph.saved_tensors_hooks(lambda t: t, lambda t: t), graph.disable_saved_tensors_hooks("none here"):
            return x * x

    yield attempt(inner), attempt(outer)
    with graph.disable_saved_tensors_hooks("none here"):
        yield x * x
    with graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        yield x * x


def kept_on_the_cpu(torch):
    """save_on_cpu."""
    x = torch.ones(3, requires_grad=True)
    with torch.autograd.graph.save_on_cpu():
        y = (x * x).exp()
    yield y.grad_fn._saved_result.device.type, y
    y.sum().backward()
    yield x


def written_when_allowed(torch):
    """allow_mutation_on_saved_tensors: backward sees what was saved."""
    graph = torch.autograd.graph
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with graph.allow_mutation_on_saved_tensors():
        b = a.clone()
        out = (b**2).sum()
        b.sin_()
        out = out + (b * b).sum()
        b[0].fill_(7.0)
        b.zero_()
        out.backward()
    yield a

    def outside():
        with graph.allow_mutation_on_saved_tensors():
            b = a * 1
            c = b * b
            b.mul_(5)
        c.sum().backward()

    def nested():
        with graph.allow_mutation_on_saved_tensors(), graph.allow_mutation_on_saved_tensors():
            pass

    def saved_before():
        b = a * 1
        c = b * b
        with graph.allow_mutation_on_saved_tensors():
            b.mul_(2)
            c.sum().backward()

    yield attempt(outside), attempt(nested), attempt(saved_before)


def custom_functions(torch):
    """What save_for_backward keeps passes through the hooks, too."""

    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            return g * y + 0 * x

    heard = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: (heard.append(t), t * 2)[1], lambda t: t + 1):
        y = Exp.apply(x)
    yield heard, len(y.grad_fn._raw_saved_tensors), y.grad_fn.saved_tensors
    y.sum().backward()
    yield x


def counted_writes(torch):
    """increment_version."""
    graph = torch.autograd.graph
    t = torch.ones(2)
    graph.increment_version(t)
    graph.increment_version([t, t])
    yield t
    yield attempt(lambda: graph.increment_version(3))
    x = torch.ones(2, requires_grad=True)
    h = x * 1
    y = h * h
    graph.increment_version(h)
    yield attempt(lambda: y.sum().backward())


def several_tensors(torch):
    """register_multi_grad_hook: when all are known, or the first."""
    graph = torch.autograd.graph
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = a * 2
    c = a * 3
    d = torch.ones(2, requires_grad=True)
    heard = []
    handle = graph.register_multi_grad_hook([a, b, c, d], lambda grads: heard.append(Arrived(list(grads))))
    one = graph.register_multi_grad_hook([b, c], lambda grad: heard.append(Arrived(grad)), mode="any")
    (b * c).sum().backward(retain_graph=True)
    yield heard
    b.sum().backward(retain_graph=True)
    (c * d).sum().backward(inputs=[d], retain_graph=True)
    yield heard
    torch.autograd.grad((b * c).sum(), [b], retain_graph=True)
    yield heard
    handle.remove()
    one.remove()
    (b * c).sum().backward()
    yield heard
    yield attempt(lambda: graph.register_multi_grad_hook([a], print, mode="some"))
    yield attempt(lambda: graph.register_multi_grad_hook([torch.ones(2)], print))


def gradient_edges(torch):
    """An edge in a tensor's place: what grad and backward begin with and lead to."""
    edge = torch.autograd.graph.get_gradient_edge
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    z = (y * y).sum()
    yield edge(y).node.name(), edge(y).output_nr, edge(x).node.name()
    yield Arrived(torch.autograd.grad(z, [edge(y), edge(x)], retain_graph=True))
    yield Arrived(torch.autograd.grad(edge(z), x, retain_graph=True))
    yield Arrived(torch.autograd.grad(edge(y), x, torch.ones(2), retain_graph=True))
    parts = y.unbind(0)
    yield edge(parts[1]).output_nr
    yield Arrived(torch.autograd.grad(edge(parts[1]), x, torch.tensor(2.0), retain_graph=True))
    torch.autograd.backward(edge(z))
    yield x
    yield attempt(lambda: edge(torch.ones(2)))
