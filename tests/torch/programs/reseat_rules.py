"""Tensors that change their own window: transposed, squeezed, resized in place, set on other memory."""

from twin import attempt

TURNS = {
    "t_": lambda x: x.t_(),
    "transpose_": lambda x: x.transpose_(0, 1),
    "swapaxes_": lambda x: x.swapaxes_(0, 1),
    "swapdims_": lambda x: x.swapdims_(-1, 0),
    "unsqueeze_": lambda x: x.unsqueeze_(1),
    "squeeze_": lambda x: x.squeeze_(),
    "squeeze_ dim": lambda x: x.squeeze_(0),
    "as_strided_": lambda x: x.as_strided_((2, 2), (1, 2)),
    "as_strided_ at": lambda x: x.as_strided_((2,), (1,), 1),
}
WRONG = {
    "t_": lambda x: x.unsqueeze_(0).unsqueeze_(0).t_(),
    "transpose_": lambda x: x.transpose_(0, 5),
    "unsqueeze_": lambda x: x.unsqueeze_(5),
    "squeeze_": lambda x: x.squeeze_(5),
    "as_strided_": lambda x: x.as_strided_((20,), (1,)),
    "as_strided_ negative": lambda x: x.as_strided_((2,), (-1,)),
}


def _facts(x):
    return x, x._is_view(), x._base is None


def turned_in_place(torch):
    """Without history: the window changes, the version ticks, other views stay."""
    for name, turn in TURNS.items():
        x = torch.arange(6.0).view(1, 6).clone().view(2, 3)
        other, d, raw = x[1], x.detach(), x.data
        yield name
        yield attempt(lambda: turn(x) is x)
        yield _facts(x), other, d, raw
        y = torch.zeros(1, 2, 3)
        if y.ndim == 3 and name not in ("t_", "as_strided_", "as_strided_ at"):
            yield attempt(lambda: turn(y))


def turned_with_history(torch):
    """Of a result: a node of its own, and gradients through it."""
    for name, turn in TURNS.items():
        leaf = torch.arange(6.0).view(2, 3).clone().requires_grad_()
        x = leaf * 2
        v = x[1]
        x.retain_grad()
        yield name
        yield attempt(lambda: turn(x))
        yield _facts(x)
        yield attempt(lambda: v * 1)
        (x * torch.arange(x.numel(), dtype=torch.float32).view(x.shape)).sum().backward()
        yield leaf, x.grad is None, attempt(lambda: x.grad)


def turned_leaf(torch):
    """A leaf that requires grad refuses, except under no_grad."""
    for name, turn in TURNS.items():
        leaf = torch.arange(6.0).view(2, 3).clone().requires_grad_()
        yield name
        yield attempt(lambda: turn(leaf))
        with torch.no_grad():
            yield attempt(lambda: turn(leaf))
        yield _facts(leaf)
        yield attempt(lambda: turn(leaf[:]))


def turned_view(torch):
    """Of a view, with and without history."""
    for name, turn in TURNS.items():
        yield name
        base = torch.arange(12.0).view(3, 4).clone()
        v = base[1:, :2]
        yield attempt(lambda: turn(v))
        yield base, _facts(v)
        leaf = torch.arange(12.0).view(3, 4).clone().requires_grad_()
        x = leaf * 2
        v = x[1:, :2]
        other = x[0]
        yield attempt(lambda: turn(v))
        yield x, _facts(v), other
        yield attempt(lambda: (v * v).sum().backward())
        yield leaf


def turned_wrongly(torch):
    """What fails changes nothing."""
    for name, turn in WRONG.items():
        x = torch.arange(6.0).view(2, 3).clone()
        yield name
        yield attempt(lambda: turn(x))
        yield x


def data_assigned(torch):
    """`x.data = y`: other memory, the same version counter and history."""
    x = torch.zeros(3, requires_grad=True)
    v, d = x[1:], x.detach()
    y = torch.arange(4.0)
    before = x._version
    x.data = y
    yield before, x, y, v, d
    x.data.add_(1)
    yield x, y
    with torch.no_grad():
        x.add_(1)
    yield x, y, v, d
    x.data = torch.ones(2, 2).t()
    yield x
    x.data = x.data[0]
    yield x
    del v  # its node holds what receives x's gradient, which would know the earlier shape
    (x * 2).sum().backward()
    yield x
    yield attempt(lambda: setattr(x, "data", torch.ones(2, dtype=torch.int64)))
    yield attempt(lambda: setattr(x, "data", 3))
    yield attempt(lambda: setattr(x, "data", None))
    yield attempt(lambda: setattr(x, "data", torch.ones(3, dtype=torch.float64)))
    yield x
    z = torch.ones(2)
    z.data = torch.ones(3, dtype=torch.int64)
    yield z
    z.data = torch.ones(3, requires_grad=True)
    yield z
    w = torch.ones(3, requires_grad=True) * 2
    w.data = torch.zeros(3)
    yield w
    yield attempt(lambda: w.sum().backward())
    yield attempt(lambda: delattr(w, "data"))


def data_assigned_under_a_saved_tensor(torch):
    """Assigning `.data` is no write."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    x.data = torch.tensor([5.0, 6.0])
    y.sum().backward()
    yield x
    z = (x * 3).exp()
    z.data = torch.zeros(2)
    z.sum().backward()
    yield x
    v = (x * 2)[1:]
    v.data = torch.zeros(1)
    yield v, v._is_view()
    v.sum().backward()
    yield x


def grad_of_another_shape_after_data(torch):
    """A leaf's `.grad` outlives a change of its data."""
    x = torch.ones(3, requires_grad=True)
    (x * 2).sum().backward()
    x.data = torch.ones(2)
    yield x.shape, x.grad.shape
    yield attempt(lambda: (x * 2).sum().backward())
    x.grad = None
    (x * 2).sum().backward()
    yield x


def set_on_other_memory(torch):
    """set_ in all its forms."""
    x, y = torch.zeros(4), torch.arange(6.0)
    v = x[1:]
    yield attempt(lambda: x.set_(y))
    yield x, y, v
    x.add_(1)
    yield x, y, v
    yield attempt(lambda: x.set_(y[2:]))
    yield attempt(lambda: x.set_(y, 1, (2, 2), (2, 1)))
    yield attempt(lambda: x.set_(y, 1, (2, 2)))
    yield attempt(lambda: x.set_(y, 5, (2, 2), (2, 1)))
    yield x
    yield attempt(lambda: x.set_(y.untyped_storage()))
    yield attempt(lambda: x.set_(y.untyped_storage(), 1, (2,), (2,)))
    yield attempt(lambda: x.set_(y.untyped_storage(), 1, torch.Size([2])))
    yield attempt(lambda: x.set_())
    yield attempt(lambda: x.set_(torch.ones(2, dtype=torch.int64)))
    yield attempt(lambda: x.set_(3), words=False)
    x = torch.zeros(2)
    x.set_(source=y)
    yield x
    yield x.is_set_to(y), y.is_set_to(x), x.is_set_to(y[1:])


def set_with_history(torch):
    """set_ of a tensor that requires grad."""
    y = torch.arange(6.0)
    leaf = torch.zeros(3, requires_grad=True)
    yield attempt(lambda: leaf.set_(y))
    with torch.no_grad():
        yield attempt(lambda: leaf.set_(y))
    yield leaf
    x = torch.ones(3, requires_grad=True) * 2
    yield attempt(lambda: x.set_(y))
    yield attempt(lambda: x.sum().backward())
    z = torch.zeros(3)
    yield attempt(lambda: z.set_(torch.ones(2, requires_grad=True)))
    yield z
    w = torch.ones(3, requires_grad=True)
    s = w * w
    with torch.no_grad():
        w.set_(torch.zeros(3))
    yield attempt(lambda: s.sum().backward())
    b = torch.zeros(4)
    v = b[1:]
    yield attempt(lambda: v.set_(y))
    yield v, b, v._is_view()


def resized(torch):
    """resize_ within the memory that there is, and beyond."""
    x = torch.arange(6.0)
    v = x[2:4]
    yield attempt(lambda: x.resize_(2, 2))
    yield x, v
    yield attempt(lambda: x.resize_(2, 2) is x)
    yield attempt(lambda: x.resize_((3,)))
    yield attempt(lambda: x.resize_(6))
    yield x
    x.resize_(0)
    yield x
    x.resize_(2, 3)
    yield x.shape, x.stride(), x._version, x.untyped_storage().nbytes()
    y = torch.zeros(2, 3).t()
    y.resize_(3, 2)
    yield y
    y.resize_(2, 2)
    yield y
    z = torch.zeros(2)  # never looked at by NumPy, which would nail its memory down
    z.resize_(5)
    yield z.shape, z._version, z[:2].tolist(), z.untyped_storage().nbytes()
    z.resize_as_(torch.zeros(2, 2))
    yield z.shape, z._version, z.untyped_storage().nbytes()
    z.resize_as_(torch.zeros(3, 2).t())
    yield z.shape, z.stride()
    yield attempt(lambda: z.resize_(-1))
    yield attempt(lambda: z.resize_as_(3), words=False)
    s = torch.ones(())
    s.resize_(1)
    yield s.shape
    w = torch.arange(6.0)[2:]
    w.resize_(2)
    yield w


def resized_with_history(torch):
    """resize_ refuses what requires grad."""
    leaf = torch.ones(4, requires_grad=True)
    yield attempt(lambda: leaf.resize_(2))
    yield attempt(lambda: (leaf * 2).resize_(2))
    yield attempt(lambda: leaf.resize_as_(torch.ones(2)))
    yield attempt(lambda: leaf.resize_(4))
    with torch.no_grad():
        yield attempt(lambda: leaf.resize_(2))
        yield attempt(lambda: leaf.resize_as_(torch.ones(2)))
    d = leaf.detach()
    yield attempt(lambda: d.resize_(2))
    yield leaf
    d = leaf.data
    yield attempt(lambda: d.resize_(2))
    yield leaf, d
    x = torch.ones(4)
    x.resize_(2)
    x.requires_grad_()
    yield x


def detached_in_place(torch):
    """detach_ and what it leaves behind."""
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    v = y[1:]
    z = y * y
    w = y * 3
    yield attempt(lambda: v.detach_())
    y.detach_()
    yield y, attempt(lambda: v.requires_grad), attempt(lambda: v.grad_fn), attempt(lambda: v.is_leaf)
    yield attempt(lambda: w.sum().backward())
    yield attempt(lambda: z.sum().backward())
    yield x
    y.requires_grad_()
    yield y, v
    with torch.no_grad():
        y.add_(1)
    yield y, attempt(lambda: v * 1)
    d = torch.ones(2).detach_()
    yield d
    u = torch.ones(4)
    t = u[1:]
    yield attempt(lambda: t.detach_())
    leaf = torch.ones(2, requires_grad=True)
    leaf.detach_()
    yield leaf
    for piece in (x * 2).unbind():
        yield attempt(lambda: piece.detach_())


def requires_grad_in_place(torch):
    """requires_grad_ on leaves, views and results."""
    x = torch.ones(3)
    v = x[1:]
    yield x.requires_grad_() is x, v.requires_grad, v.is_leaf, v.grad_fn
    x.requires_grad_(False)
    yield v.requires_grad, v.is_leaf
    v.requires_grad_()
    yield v, x
    yield attempt(lambda: v.add_(1))
    yield attempt(lambda: (v * 2).sum().backward())
    yield v, x
    x2 = torch.ones(3)
    w = x2[1:]
    w.requires_grad_()
    x2.mul_(2)
    yield attempt(lambda: w * 1), x2
    y = torch.ones(3, requires_grad=True) * 2
    yield attempt(lambda: y.requires_grad_(False))
    yield y.requires_grad_()
    u = y[1:]
    yield attempt(lambda: u.requires_grad_(False))
    yield attempt(lambda: torch.ones(2, dtype=torch.int64).requires_grad_())
    yield attempt(lambda: setattr(torch.ones(2, dtype=torch.bool), "requires_grad", True))
    yield torch.ones(2, dtype=torch.int64).requires_grad_(False)
    with torch.no_grad():
        a = torch.ones(3)
        a.requires_grad_()
        b = a[1:]
        yield a, b, b.requires_grad
        b.requires_grad_()
        yield b
    yield b
    with torch.inference_mode():
        c = torch.ones(2)
        yield attempt(lambda: c.requires_grad_().requires_grad)
    yield attempt(lambda: c.requires_grad_().requires_grad)
    yield attempt(lambda: c.requires_grad_(False).requires_grad)


def parts_assigned(torch):
    """`x.real = ...` and `x.imag = ...` write."""
    x = torch.zeros(2, dtype=torch.complex64)
    x.real = torch.ones(2)
    x.imag = torch.tensor([2.0, 3.0])
    yield x
    y = torch.zeros(2)
    y.real = torch.ones(2)
    yield y
    yield attempt(lambda: setattr(y, "imag", torch.ones(2)))
    z = torch.ones(2, dtype=torch.complex64, requires_grad=True) * 2
    w = torch.tensor([5.0, 6.0], requires_grad=True)
    z.real = w
    yield z
    (z.real * z.imag).sum().backward()
    yield w


def functions_of_the_same_name(torch):
    """What the methods are called as functions."""
    a = torch.ones(3)
    yield torch.detach_(a) is a, torch.resize_as_(a, torch.ones(2)).shape, torch.is_inference(a)
    m = torch.arange(6.0).view(2, 3)
    yield m.sum_to_size(1, 3), m.sum_to_size((2, 1)), m.sum_to_size(2, 3) is m, m.sum_to_size(3)
    yield attempt(lambda: m.sum_to_size(4)), attempt(lambda: m.sum_to_size(1, 2, 3))
