"""Writing in place: what it does to values, versions and history, and when it is refused."""

from twin import attempt


def forms(torch):
    """The in-place forms of ops."""
    x = torch.tensor([1.0, 4.0, 9.0])
    yield x.add_(1), x.sub_(1), x.mul_(2), x.div_(2), x.pow_(2), x.sqrt_(), x.neg_(), x.abs_()
    yield x.exp_(), x.log_(), x.sigmoid_(), x.tanh_(), x.relu_(), x.clamp_(0, 1), x.zero_(), x.fill_(3)
    yield x.copy_(torch.tensor([7.0, 8.0, 9.0])), x.copy_(torch.tensor(1)), x.add_(torch.ones(1), alpha=2)
    yield x.add_(1) is x


def a_saved_value_changed(torch):
    """The hazard: something saved was written to; backward names it."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.exp()
    z = y * 1
    y.add_(1)
    yield attempt(lambda: z.sum().backward())
    w = x * 2
    v = w * w
    w.mul_(2)
    yield attempt(lambda: v.sum().backward())
    a = x.sigmoid()
    a.zero_()
    yield attempt(lambda: a.sum().backward())
    b = torch.ones(3)
    c = x * b
    b.add_(1)
    b.add_(1)
    yield attempt(lambda: c.sum().backward())
    m = torch.ones(2, 3, requires_grad=True)
    n = torch.ones(3, 2, requires_grad=True)
    o = m @ n
    with torch.no_grad():
        n.add_(1)
    yield attempt(lambda: o.sum().backward())


def a_value_that_was_not_saved(torch):
    """add saves nothing, and mul saves only what is needed: writing to the rest is harmless."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 1
    y.add_(1)
    y.mul_(3)
    y.sum().backward()
    yield x, y
    z = x * 2
    z.add_(1)
    z.sum().backward()
    yield x
    p = x**2
    p.add_(1)
    p.sum().backward()
    yield x


def written_through_data(torch):
    """A write through `.data` goes unnoticed, and the gradient is silently wrong."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.data.zero_()
    y.sum().backward()
    yield x, y


def written_through_detach(torch):
    """A write through detach() is noticed."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.detach().zero_()
    yield attempt(lambda: y.sum().backward())


def an_optimiser_step_between(torch):
    """Weights changed between forward and backward."""
    w = torch.tensor([[1.0, 2.0]], requires_grad=True)
    v = torch.tensor([[3.0], [4.0]], requires_grad=True)
    loss = ((v @ w) ** 2).sum()
    with torch.no_grad():
        v -= 0.1
    yield attempt(lambda: loss.backward())


def leaves(torch):
    """A leaf that requires grad, and its views, refuse in-place writes."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield attempt(lambda: x.add_(1))
    yield attempt(lambda: x[0].add_(1))
    yield attempt(lambda: x.__setitem__(0, 5.0))
    yield attempt(lambda: x.view(2).mul_(2))
    yield attempt(lambda: x.zero_())
    yield x
    with torch.no_grad():
        x.add_(1)
        x[0] = 9
    yield x
    with torch.no_grad():
        yield x.add_(1)


def history_of_a_write(torch):
    """In-place ops put a new node behind the tensor."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    yield y
    y.add_(1)
    yield y
    y.mul_(3)
    yield y
    y.zero_()
    yield y
    y.sum().backward()
    yield x
    z = torch.zeros(2)
    z.add_(x)
    yield z
    z.sum().backward()
    yield x
    c = torch.zeros(2)
    c.copy_(x)
    yield c
    f = x * 2
    f.fill_(1)
    yield f


def a_write_into_a_view(torch):
    """Writing into a view rebases its base: CopySlices; the view's own history is made anew."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    y = x * 2
    v = y[1:3]
    v.mul_(10)
    yield v, y
    (y * torch.arange(4.0)).sum().backward()
    yield x


def a_write_into_the_base(torch):
    """Writing into the base makes its views' histories anew."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    y = x * 2
    v = y.view(2, 2)
    t = y[::2]
    y.mul_(3)
    yield v, t
    v.sum().backward()
    yield x


def assigning_items(torch):
    """x[i] = value on a tensor with history."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y[0] = 100.0
    yield y
    y.sum().backward()
    yield x
    z = torch.zeros(3)
    z[1] = x[0] * x[1]
    yield z
    z.sum().backward()
    yield x
    w = torch.zeros(2, 2)
    w[0] = x[:2]
    w[:, 1] = x[1:]
    yield w
    (w * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    yield x
    m = x * 1
    m[torch.tensor([True, False, True])] = 0.0
    yield m
    m.sum().backward()
    yield x
    n = x * 1
    n[[0, 2]] = torch.ones(2)
    yield n


def expanded_memory(torch):
    """Memory that several elements share cannot be written through them."""
    x = torch.zeros(3).expand(2, 3)
    yield attempt(lambda: x.add_(1))
    yield attempt(lambda: x.zero_())
    yield attempt(lambda: x.__setitem__((0, 0), 1.0))
    yield x


def views_of_several_outputs(torch):
    """Views that came several at a time cannot be written in place when they are differentiable."""
    x = torch.ones(2, 2, requires_grad=True)
    y = x * 2
    yield attempt(lambda: y.unbind()[0].mul_(2))
    yield attempt(lambda: y.split(1)[0].mul_(2))
    yield attempt(lambda: y.chunk(2)[1].add_(1))

    def rows():
        for row in y:
            row.mul_(2)

    yield attempt(rows)
    z = torch.ones(2, 2)
    for row in z:
        row.mul_(3)
    yield z


def views_made_without_grad(torch):
    """A view made under no_grad cannot be written with grad on."""
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    with torch.no_grad():
        v = y[1:]
    yield attempt(lambda: v.mul_(2))
    with torch.no_grad():
        v.mul_(2)
    yield v.tolist(), y.tolist()
    base = torch.ones(3)
    with torch.no_grad():
        w = base[1:]
    yield attempt(lambda: w.mul_(x[1:]))


def types_and_shapes(torch):
    """The result must fit into the tensor."""
    i = torch.tensor([1, 2])
    yield attempt(lambda: i.add_(0.5))
    yield attempt(lambda: i.div_(2))
    yield attempt(lambda: i.mul_(torch.tensor([0.5, 0.5])))
    f = torch.ones(2)
    yield f.add_(1), f.add_(i), f.add_(torch.ones(2, dtype=torch.float64))
    yield attempt(lambda: f.add_(torch.ones(3)))
    yield attempt(lambda: f.add_(torch.ones(2, 2)))
    yield attempt(lambda: f.copy_(torch.ones(3)))
    b = torch.tensor([True, False])
    yield attempt(lambda: b.add_(1))
    yield i, f, b


def a_failed_write_changes_nothing(torch):
    """Values, version and history are as before."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    attempt(lambda: y.add_(torch.ones(3)))
    yield y
    attempt(lambda: x.add_(1))
    yield x


def chains_of_writes(torch):
    """Views of views, written one after the other."""
    x = torch.arange(6.0, requires_grad=True)
    y = x * 1
    m = y.view(2, 3)
    row = m[1]
    row.mul_(2)
    yield row, m, y
    m[:, 0].add_(5)
    yield row, m, y
    (y * y).sum().backward()
    yield x


def loss_under_in_place_relu(torch):
    """relu saves its result, so it may run in place."""
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    y = x * 2
    y.relu_()
    yield y
    y.sum().backward()
    yield x
    z = torch.nn.functional.relu(x * 3, inplace=True)
    z.sum().backward()
    yield z, x


def requires_grad_by_a_write(torch):
    """A plain tensor takes on history when something with history is written into it."""
    x = torch.tensor(2.0, requires_grad=True)
    t = torch.zeros(3)
    v = t[1:]
    t[0] = x
    yield t, v
    v[0] = x * x
    yield t, v
    t.sum().backward()
    yield x


def detached_twin_written(torch):
    """A write through a detached twin has no history but counts."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.detach().add_(1)
    yield y
    y.sum().backward()
    yield x


def out_arguments(torch):
    """out= writes into a given tensor."""
    out = torch.empty(2)
    torch.add(torch.ones(2), 1, out=out)
    yield out
    yield attempt(lambda: torch.mul(torch.ones(2, requires_grad=True), 2, out=out))


def saved_through_a_view(torch):
    """A saved output that was written into a view is told of as the view, while there is one."""
    x = torch.ones(3, requires_grad=True)
    for write in (lambda v: v.exp_(), lambda v: v.sigmoid_(), lambda v: v.sqrt_()):
        y = x * 2
        view = y[:2]
        write(view)
        y.add_(1)
        yield attempt(lambda: y.sum().backward())
        y = x * 2
        write(y[:2])
        y.add_(1)
        yield attempt(lambda: y.sum().backward())
