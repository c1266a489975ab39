"""Writing into views, views of views, pieces, expanded and saved memory: histories, versions, hooks and refusals."""

from twin import Arrived, attempt


def chains_of_views(torch):
    """A write at the end of a chain of views rebases the first tensor of it."""
    leaf = torch.arange(24.0).view(2, 3, 4).clone().requires_grad_()
    x = leaf * 2
    a = x.view(6, 4)
    b = a.t()
    c = b[1:]
    d = c[0]
    d.mul_(3)
    yield x, a, b, c, d
    yield d._base is x, c._base is x, [t._version for t in (x, a, b, c, d)]
    a.add_(1)
    yield x, a, b, c, d
    x.mul_(2)
    yield x, a, b, c, d
    with torch.no_grad():
        c.zero_()
    yield x, a, b, c, d
    (x.sum() + d.sum()).backward()
    yield leaf


def views_made_between_writes(torch):
    """Each view sees the history of its time until something is written."""
    x = torch.ones(3, 3, requires_grad=True) * 2
    v = x[0]
    before = v * v
    x[1].mul_(3)
    w = x[1]
    yield v, w, before
    v.add_(w)
    yield x, v, w
    yield attempt(lambda: before.sum().backward())
    yield attempt(lambda: (v * w).sum().backward())


def base_written_then_view(torch):
    """Base first, view after, and the other way round."""
    leaf = torch.arange(6.0).view(2, 3).clone().requires_grad_()
    x = leaf.clone()
    v = x[0]
    x.mul_(2)
    v.mul_(3)
    x.mul_(5)
    v.mul_(7)
    yield x, v
    x.sum().backward()
    yield leaf


def a_view_of_a_view_that_is_written(torch):
    """The structure of CopySlices, node by node."""
    leaf = torch.ones(4, 4, requires_grad=True)
    other = torch.ones(2, requires_grad=True)
    x = leaf * 1
    v = x[1:3]
    w = v[:, 2]
    w.mul_(other)
    node = x.grad_fn
    yield node.name(), [(f and f.name(), i) for f, i in node.next_functions]
    yield w.grad_fn.name(), [(f and f.name(), i) for f, i in w.grad_fn.next_functions], w.output_nr
    v.copy_(torch.ones(2, 4))
    node = x.grad_fn
    yield node.name(), [(f and f.name(), i) for f, i in node.next_functions]
    v.copy_(x[0])
    node = x.grad_fn
    yield node.name(), [(f and f.name(), i) for f, i in node.next_functions]
    v.zero_()
    v.fill_(other.sum())
    node = x.grad_fn
    yield node.name(), [(f and f.name(), i) for f, i in node.next_functions]
    x.sum().backward()
    yield leaf, other


def copy_into(torch):
    """copy_ broadcasts, casts, and passes gradients to both."""
    leaf = torch.ones(2, 3, requires_grad=True)
    x = leaf * 1
    row = torch.arange(3.0, requires_grad=True)
    yield x.copy_(row)
    (x * torch.arange(6.0).view(2, 3)).sum().backward()
    yield leaf, row
    wide = torch.arange(6.0, dtype=torch.float64).view(2, 3).clone().requires_grad_()
    y = torch.zeros(2, 3)
    yield y.copy_(wide)
    y.sum().backward()
    yield wide
    z = torch.zeros(2, 3, dtype=torch.int64)
    yield attempt(lambda: z.copy_(wide))
    yield z
    yield attempt(lambda: torch.zeros(3).copy_(torch.zeros(2, 3)))
    yield attempt(lambda: torch.zeros(3).copy_(torch.zeros(2)))
    yield attempt(lambda: torch.zeros(2, 3).t().copy_(torch.arange(3.0).view(3, 1)))
    b = torch.zeros(2, dtype=torch.bool)
    yield b.copy_(torch.tensor([0.5, 0.0]))
    s = torch.zeros(3)
    s.copy_(torch.tensor(2.0, requires_grad=True))
    yield s
    with torch.no_grad():
        leaf.copy_(torch.zeros(2, 3))
    yield leaf
    t = torch.zeros(2)
    t.copy_(t)
    yield t


def fills_and_items(torch):
    """fill_, zero_, masked_fill_, index_put_ and item assignment with values that require grad."""
    w = torch.tensor(2.0, requires_grad=True)
    for write in (
        lambda x: x.fill_(w),
        lambda x: x.fill_(3),
        lambda x: x.zero_(),
        lambda x: x.masked_fill_(torch.tensor([True, False, True]), w),
        lambda x: x.masked_fill_(torch.tensor([True, False, True]), 4),
        lambda x: x.__setitem__(0, w),
        lambda x: x.__setitem__(slice(1, None), w),
        lambda x: x.__setitem__(torch.tensor([0, 2]), w),
        lambda x: x.__setitem__(torch.tensor([True, False, True]), w),
        lambda x: x.index_put_((torch.tensor([0, 0]),), w * torch.ones(2), accumulate=True),
        lambda x: x.__setitem__(..., w),
        lambda x: x.__setitem__(slice(None), 5.0),
        lambda x: x[1:].fill_(w),
        lambda x: x[1:].masked_fill_(torch.tensor([True, False]), w),
    ):
        leaf = torch.arange(3.0, requires_grad=True)
        x = leaf * 1
        yield attempt(lambda: write(x))
        yield x
        (x * torch.arange(1.0, 4.0)).sum().backward()
        yield leaf, w
        w.grad = None
        plain = torch.zeros(3)
        yield attempt(lambda: write(plain))
        yield plain
        yield attempt(lambda: write(torch.ones(3, requires_grad=True)))
    yield attempt(lambda: torch.zeros(3).fill_(torch.zeros(2)))
    yield attempt(lambda: torch.zeros(3).masked_fill_(torch.tensor([True, False]), 1))
    yield attempt(lambda: torch.zeros(3).masked_fill_(torch.tensor([1, 0, 0]), 1))


def leaves_and_their_views(torch):
    """What requires grad may not be written to; under no_grad it may."""
    x = torch.ones(4, requires_grad=True)
    for v in (x, x[1:], x.view(2, 2), x.expand(2, 4), x.detach(), x.data):
        yield attempt(lambda: v.add_(1))
        yield attempt(lambda: v.copy_(torch.zeros(()).expand(v.shape)))
        yield attempt(lambda: v.zero_())
        yield x._version
    for piece in (*x.split(2), *x.unbind(), *x.chunk(2)):
        yield attempt(lambda: piece.add_(1))
    with torch.no_grad():
        v = x[1:]
        v.add_(1)
        x.mul_(2)
        yield x, v
        yield x.add_(1) is x
    yield x, v
    yield attempt(lambda: v.add_(1))
    y = torch.ones(4)
    y[1:].mul_(x[1:])
    yield y
    yield attempt(lambda: torch.ones(2).add_(x))
    z = torch.ones(4)
    z.add_(x)
    yield z


def pieces_written(torch):
    """Outputs of split, chunk and unbind: not when gradients are recorded."""
    for cut in (
        lambda t: t.split(2),
        lambda t: t.chunk(2),
        lambda t: t.unbind(),
        lambda t: t.split([1, 3]),
        lambda t: t.tensor_split(2),
        lambda t: tuple(t),
        lambda t: t.unsafe_split(2),
        lambda t: t.unsafe_chunk(2),
    ):
        x = torch.ones(4, 2)
        a, b = cut(x)[:2]
        a.add_(1)
        yield x, a, b
        w = torch.ones((), requires_grad=True)
        yield attempt(lambda: a.mul_(w))
        y = torch.ones(4, 2, requires_grad=True) * 2
        a, b = cut(y)[:2]
        yield a, b
        yield attempt(lambda: b.mul_(2))
        yield attempt(lambda: b[0].mul_(2))
        y.add_(1)
        yield attempt(lambda: a.grad_fn), attempt(lambda: b * 1), attempt(lambda: b[0])
        yield attempt(lambda: b.requires_grad), attempt(lambda: b.is_leaf)
        y = torch.ones(4, 2, requires_grad=True) * 2
        with torch.no_grad():
            a, b = cut(y)[:2]
        yield attempt(lambda: b.mul_(2))
        with torch.no_grad():
            yield b.mul_(2)
        yield attempt(lambda: b.grad_fn)


def a_single_piece(torch):
    """Even of one piece."""
    y = torch.ones(2, requires_grad=True) * 2
    (a,) = y.split(2)
    yield a
    yield attempt(lambda: a.mul_(2))


def views_under_no_grad(torch):
    """Made without recording, written with, and the other way round."""
    y = torch.ones(4, requires_grad=True) * 2
    with torch.no_grad():
        v = y[1:]
        w = v[1:]
        yield v, w, v.requires_grad
    u = v[1:]
    yield u, attempt(lambda: u.mul_(2))
    yield attempt(lambda: v.mul_(2)), attempt(lambda: w.mul_(2))
    with torch.no_grad():
        v.mul_(2)
    yield attempt(lambda: v.grad_fn), attempt(lambda: w * 1), attempt(lambda: u.grad_fn)
    yield attempt(lambda: repr(v))
    z = torch.ones(4)
    with torch.no_grad():
        v = z[1:]
    v.mul_(2)
    yield z, v
    q = torch.ones((), requires_grad=True)
    yield attempt(lambda: v.mul_(q))
    z.requires_grad_()
    yield v, attempt(lambda: v.mul_(2))
    with torch.enable_grad():
        yield attempt(lambda: v.add_(1))
    with torch.no_grad(), torch.enable_grad():
        v2 = y[1:]
    yield v2.add_(1)


def views_in_inference_mode(torch):
    """Views of normal tensors made in inference mode."""
    y = torch.ones(4, requires_grad=True) * 2
    with torch.inference_mode():
        v = y[1:]
        w = v[1:]
        yield v.is_inference(), w.is_inference()
    yield attempt(lambda: v.mul_(2))
    u = v.view(3)
    yield attempt(lambda: u.mul_(2))
    yield attempt(lambda: v.grad_fn), attempt(lambda: u.grad_fn)
    yield attempt(lambda: y.mul_(2))
    yield attempt(lambda: v.grad_fn), attempt(lambda: u.grad_fn), attempt(lambda: w.grad_fn)
    with torch.inference_mode():
        v = y[1:]
        v.mul_(2)
    yield attempt(lambda: v.view(3)), attempt(lambda: v.is_leaf), y
    p = torch.ones(3)
    with torch.inference_mode():
        q = p[1:]
        q.add_(1)
        p.add_(1)
    yield p, q
    q.add_(1)
    yield p, q
    p.requires_grad_()
    yield attempt(lambda: q.add_(1))


def memory_that_overlaps(torch):
    """Expanded tensors refuse writes; as operands they do not."""
    x = torch.ones(3).expand(2, 3)
    for write in (
        lambda t: t.add_(1),
        lambda t: t.mul_(2),
        lambda t: t.copy_(torch.ones(2, 3)),
        lambda t: t.fill_(1),
        lambda t: t.zero_(),
        lambda t: t[0].add_(1),
        lambda t: t.__setitem__(0, 1.0),
        lambda t: t.masked_fill_(torch.ones(2, 3, dtype=torch.bool), 3),
        lambda t: t.exp_(),
        lambda t: t.clamp_(0, 1),
    ):
        yield attempt(lambda: write(x))
        yield x
    y = torch.arange(4.0)
    yield attempt(lambda: y[1:].add_(y[:3]))
    yield attempt(lambda: y[:3].copy_(y[1:]))
    yield attempt(lambda: y.add_(y)), attempt(lambda: y.mul_(y[:])), attempt(lambda: y.copy_(y.flip(0)))
    m = torch.ones(2, 2)
    yield attempt(lambda: m.add_(m.t()))
    yield y, m
    leaf = torch.ones(1, requires_grad=True)
    e = (leaf * 2).expand(3)
    yield attempt(lambda: e.add_(1))
    s = torch.ones(1).expand(1)
    yield s.add_(1)


def what_was_saved(torch):
    """Writes to what backward needs, and to what it does not."""
    for use, write in (
        (lambda t: t * t, lambda t: t.add_(1)),
        (lambda t: t + t, lambda t: t.add_(1)),
        (lambda t: t.exp(), lambda t: t.add_(1)),
        (lambda t: t[1:] * 2, lambda t: t.add_(1)),
        (lambda t: t[1:] ** 2, lambda t: t.add_(1)),
        (lambda t: t[1:] ** 2, lambda t: t[:1].add_(1)),
        (lambda t: t.sigmoid(), lambda t: t.zero_()),
        (lambda t: t.view(3).relu(), lambda t: t.zero_()),
        (lambda t: t.sum() * t, lambda t: t.mul_(2)),
        (lambda t: t.max(), lambda t: t.mul_(2)),
        (lambda t: t / t, lambda t: t.detach().add_(1)),
        (lambda t: t / t, lambda t: t.data.add_(1)),
        (lambda t: t.norm(), lambda t: t[0].zero_()),
    ):
        leaf = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        x = leaf * 2
        out = use(x)
        write(x)
        yield attempt(lambda: out.sum().backward())
        yield leaf.grad is None or Arrived(leaf.grad)


def results_that_were_saved(torch):
    """Results kept by their node, written in place, base and view."""
    for make in (
        lambda t: t.exp(),
        lambda t: t.exp().view(3, 1),
        lambda t: t.sigmoid()[1:],
        lambda t: t.tanh().expand(2, 3),
        lambda t: t.sqrt().unbind()[0],
        lambda t: t.relu()[...],
    ):
        leaf = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        y = make(leaf)
        yield attempt(lambda: y.mul_(2))
        yield attempt(lambda: y.sum().backward())
        leaf2 = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        y = make(leaf2)
        with torch.no_grad():
            yield attempt(lambda: y.mul_(2))
        yield attempt(lambda: y.sum().backward())


def kept_gradients_follow(torch):
    """retain_grad on tensors that are written later."""
    leaf = torch.ones(3, requires_grad=True)
    x = leaf * 2
    x.retain_grad()
    v = x[1:]
    v.retain_grad()
    x.mul_(3)
    yield x.retains_grad, v.retains_grad
    (x.sum() + (v * v).sum()).backward()
    yield x.grad, v.grad, leaf.grad
    x = leaf * 2
    v = x[1:]
    x.retain_grad()
    v.retain_grad()
    v.mul_(4)
    (x * x).sum().backward()
    yield x.grad, attempt(lambda: v.grad)
    x = leaf * 2
    v = x[1:]
    v.mul_(4)
    v.retain_grad()
    x.retain_grad()
    (x * x).sum().backward()
    yield x.grad, v.grad


def hooks_before_and_after(torch):
    """A hook stays with the history that it was registered at."""
    heard = []
    leaf = torch.ones(3, requires_grad=True)
    x = leaf * 2
    x.register_hook(lambda g: heard.append(("before", g.tolist())))
    x.mul_(3)
    x.register_hook(lambda g: heard.append(("after", g.tolist())))
    x.mul_(5)
    x.sum().backward()
    yield list(heard)
    heard.clear()
    x = leaf * 2
    v = x[1:]
    v.register_hook(lambda g: heard.append(("view before", g.tolist())))
    x.register_hook(lambda g: heard.append(("base before", g.tolist())))
    v.mul_(3)
    v.register_hook(lambda g: heard.append(("view after", g.tolist())))
    x.register_hook(lambda g: heard.append(("base after", g.tolist())))
    (x.sum() + v.sum()).backward()
    yield list(heard)
    heard.clear()
    x = leaf * 2
    v = x[1:]
    v.register_hook(lambda g: heard.append(("view", g.tolist())))
    x.mul_(2)
    v.register_hook(lambda g: heard.append(("view anew", g.tolist())))
    v.sum().backward()
    yield list(heard)
    y = torch.zeros(2)
    y.requires_grad_()
    y.register_hook(lambda g: heard.append(("leaf", g.tolist())))
    heard.clear()
    with torch.no_grad():
        y.add_(1)
    (y * 2).sum().backward()
    yield list(heard), y


def kinds_of_results(torch):
    """What an in-place result may be cast to."""
    kinds = [torch.bool, torch.uint8, torch.int64, torch.float32, torch.float64]
    for a in kinds:
        for b in kinds:
            x, y = torch.ones(2).to(a), torch.ones(2).to(b)
            yield attempt(lambda: x.add_(y))
            yield attempt(lambda: x.mul_(2.5))
            yield attempt(lambda: x.div_(y))
            yield attempt(lambda: x.copy_(y))
            yield x._version
    yield attempt(lambda: torch.ones(2, dtype=torch.int64).sqrt_())
    yield attempt(lambda: torch.ones(2, dtype=torch.int64).add_(1.5))
    yield attempt(lambda: torch.ones(2, dtype=torch.int64).pow_(-1))
    yield attempt(lambda: torch.ones(2).add_(torch.ones(2, dtype=torch.complex64)))
    yield attempt(lambda: torch.ones(2, dtype=torch.complex64).add_(torch.ones(2)))


def failing_writes(torch):
    """What fails leaves values, version and history as they were."""
    leaf = torch.ones(3, requires_grad=True)
    x = leaf * 2
    v = x[1:]
    for write in (
        lambda: x.add_(torch.ones(4)),
        lambda: x.add_(torch.ones(2, 3)),
        lambda: x.copy_(torch.ones(4)),
        lambda: v.mul_(torch.ones(3)),
        lambda: x.__setitem__(7, 1.0),
        lambda: x.__setitem__(slice(0, 2), torch.ones(3)),
        lambda: x.masked_fill_(torch.ones(2, dtype=torch.bool), 1),
        lambda: x.index_fill_(0, torch.tensor([9]), 1.0),
        lambda: x.scatter_(0, torch.tensor([9]), torch.ones(1)),
        lambda: x.add_("a"),
    ):
        yield type(attempt(write)).__name__
        yield x, v
    x.sum().backward()
    yield leaf


def out_arguments(torch):
    """out= writes like an in-place op, without history."""
    a, b = torch.ones(3), torch.arange(3.0)
    out = torch.zeros(3)
    v = out[1:]
    yield torch.add(a, b, out=out) is out
    yield out, v
    w = torch.zeros(2, 3)
    torch.mul(a, b, out=w[0])
    yield w
    yield attempt(lambda: torch.add(a, b, out=torch.zeros(3, dtype=torch.int64)))
    yield attempt(lambda: torch.add(a, b, out=torch.zeros(3, dtype=torch.float64)))
    yield attempt(lambda: torch.add(a.requires_grad_(), b, out=torch.zeros(3)))
    a.requires_grad_(False)
    yield attempt(lambda: torch.add(a, b, out=torch.zeros(3, requires_grad=True)))
    with torch.no_grad():
        p = torch.zeros(3, requires_grad=True)
        yield torch.add(a, b, out=p)
    yield attempt(lambda: torch.add(a, b, out=torch.zeros(0)))
    yield attempt(lambda: torch.add(a, b, out=torch.zeros(2)))
    yield attempt(lambda: torch.add(a, b, out=torch.zeros(1).expand(3)))
    yield attempt(lambda: torch.exp(a, out=a))
    yield attempt(lambda: torch.add(a, b, out=b[:]))
    yield a, b


def weird_histories(torch):
    """A tensor that becomes part of a graph by a write, and what was a view of it before."""
    x = torch.zeros(4)
    v, w = x[1:], x[:2]
    d = x.detach()
    q = torch.ones((), requires_grad=True)
    v.mul_(q)
    yield x, v, w, d
    yield x.is_leaf, v.is_leaf, w.is_leaf, d.is_leaf
    w.add_(1)
    yield x, v, w
    yield attempt(lambda: x.requires_grad_(False))
    x.detach_()
    yield x, attempt(lambda: v.grad_fn.name()), attempt(lambda: w.grad_fn.name())
    with torch.no_grad():
        x.add_(1)
    yield attempt(lambda: v.grad_fn), attempt(lambda: v.requires_grad)
    yield attempt(lambda: (v * 1).sum().backward())


def second_derivatives_of_writes(torch):
    """create_graph through CopySlices and AsStrided."""
    leaf = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    other = torch.tensor([4.0, 5.0], requires_grad=True)
    x = leaf * leaf
    v = x[1:]
    v.mul_(other)
    out = (x * x).sum() + (v**3).sum()
    g, h = torch.autograd.grad(out, (leaf, other), create_graph=True)
    yield Arrived([g, h])
    yield Arrived(torch.autograd.grad(g.sum() + h.sum(), (leaf, other)))
    y = leaf * leaf
    y[0] = y[1].clone() * y[2].clone()
    y.view(3, 1)[2].zero_()
    (g,) = torch.autograd.grad((y * y).sum(), leaf, create_graph=True)
    yield Arrived(g)
    yield Arrived(torch.autograd.grad(g.sum(), leaf))
    m = leaf.view(3, 1) * leaf
    m.diagonal().mul_(leaf)
    m.t()[0].add_(leaf)
    (g,) = torch.autograd.grad((m * m).sum(), leaf, create_graph=True)
    yield Arrived(g)
    yield Arrived(torch.autograd.grad(g.sum(), leaf))


def gradients_to_parts(torch):
    """Into what was overwritten nothing flows; None where nothing can."""
    a = torch.ones(3, requires_grad=True)
    b = torch.ones(3, requires_grad=True)
    x = a * 1
    x.copy_(b)
    yield Arrived(torch.autograd.grad(x.sum(), (a, b), allow_unused=True))
    x = torch.zeros(3)
    x[1:] = b[1:]
    yield attempt(lambda: Arrived(torch.autograd.grad(x.sum(), (a, b), allow_unused=True)))
    x = a * 1
    v = x[1:]
    v.detach().mul_(3)
    yield Arrived(torch.autograd.grad(v.sum(), a))
    x = a * 1
    x[0] = b[0]
    x[0] = 3.0
    yield Arrived(torch.autograd.grad(x.sum(), (a, b), allow_unused=True))


def versions(torch):
    """What ticks the counter, and how often."""
    x = torch.zeros(4)
    for write in (
        lambda: x.add_(1),
        lambda: x[1:].add_(1),
        lambda: x.__setitem__(0, 1),
        lambda: x.__setitem__(slice(2), torch.ones(2)),
        lambda: x.__setitem__(torch.tensor([0]), 1.0),
        lambda: x.__setitem__(torch.tensor([True, False, True, False]), 1.0),
        lambda: x.view(2, 2).t_(),
        lambda: x.detach().zero_(),
        lambda: x.data.zero_(),
        lambda: x.clamp_(0, 1),
        lambda: x.fill_(2),
        lambda: x.copy_(x),
        lambda: x.requires_grad_().requires_grad_(False),
        lambda: x.detach_(),
        lambda: x.zero_(),
        lambda: x.uniform_(),
        lambda: x.normal_(),
        lambda: x.squeeze_(),
        lambda: x.index_fill_(0, torch.tensor([1]), 2.0),
        lambda: x.scatter_(0, torch.tensor([1]), 2.0),
        lambda: x.index_add_(0, torch.tensor([1]), torch.ones(1)),
        lambda: x.masked_fill_(x > 0, 1.0),
        lambda: torch.add(x, 1, out=x),
        lambda: x.numpy().fill(3),
        lambda: x.resize_(4),
        lambda: x.set_(torch.ones(4)),
    ):
        write()
        yield x._version


def augmented_assignment(torch):
    """`x += y` on tensors, items and attributes."""
    x = torch.ones(3, requires_grad=True) * 2
    y = x
    x += 1
    yield x is y, x
    x[0] += 5
    yield x
    x[1:] *= x[:2].clone()
    yield x
    x -= x
    x /= 2
    x %= 2
    yield x.detach()
    z = torch.ones(2, dtype=torch.int64)
    z //= 2
    z **= 2
    yield z
    z &= 1
    z |= 2
    z ^= 1
    yield z
    m = torch.ones(2, 2)
    m @= m
    yield m


def asked_without_making_a_history(torch):
    """What can be asked of a view whose history is forbidden, and what cannot."""
    x = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        v = x[1:]
        x.add_(1)
    y = torch.ones(3, requires_grad=True) * 2
    b = y.unbind()[1]
    y.mul_(2)
    for t in (v, b):
        yield attempt(lambda: t.is_leaf), t.requires_grad, t.retains_grad, t.output_nr, t.grad, t._version
        yield attempt(lambda: t.retain_grad()), t.retains_grad
        yield attempt(lambda: t.requires_grad_(False) is t), attempt(lambda: t.requires_grad_() is t)
        yield attempt(lambda: t.grad_fn), attempt(lambda: t.is_leaf)
        yield attempt(lambda: t.register_hook(lambda g: g))
        yield attempt(lambda: t.backward(torch.ones(2)))
        yield attempt(lambda: t.clone()), t.detach(), t.data, t.tolist()
        yield attempt(lambda: t.detach_()), attempt(lambda: repr(t))
