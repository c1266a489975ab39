"""The graph: its nodes, what flows through it, and how it is cut."""

from twin import Arrived, attempt


def leaves_and_nodes(torch):
    """Who is a leaf, and what the nodes are called."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0])
    yield x, w
    yield x * w
    yield x + 1, 1 + x, x - 1, 1 - x, x * 2, 2 * x, x / 2, 2 / x, -x, x**2, 2**x, x**x
    yield x.exp(), x.log(), x.sqrt(), x.sigmoid(), x.tanh(), x.relu(), x.abs(), x.sin(), x.cos()
    yield x.sum(), x.mean(), x.sum(0), x.max(), x.min(), x.pow(3), x.clamp(min=0)
    yield x.view(1, 2), x.reshape(2, 1), x.unsqueeze(0), x[0], x[1:], x.expand(3, 2), x.clone()
    yield (x * 2).detach(), w.requires_grad, (w * 2).is_leaf


def matrices(torch):
    """The products and their nodes."""
    a = torch.arange(6.0).reshape(2, 3).requires_grad_()
    b = torch.arange(12.0).reshape(3, 4).requires_grad_()
    v = torch.ones(3, requires_grad=True)
    yield a @ b, torch.mm(a, b), a.matmul(v), v @ b, v.dot(v), v @ v
    yield torch.addmm(torch.ones(4, requires_grad=True), a, b)
    yield torch.stack([a, a]) @ b
    yield torch.bmm(torch.stack([a, a]), torch.stack([b, b]))
    yield a.t(), a.T, a.transpose(0, 1)
    ((a @ b).sum() + (a @ v).sum() + v @ v).backward()
    yield a, b, v
    yield attempt(lambda: a @ a)
    yield attempt(lambda: torch.mm(a, v))
    yield attempt(lambda: v @ torch.ones(4))


def joins(torch):
    """cat, stack and where."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0, 4.0], requires_grad=True)
    z = torch.cat([x, y])
    s = torch.stack([x, y], dim=1)
    w = torch.where(x > 1.5, x, y)
    yield z, s, w
    (z * torch.arange(4.0)).sum().backward(retain_graph=True)
    (s * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    w.sum().backward()
    yield x, y


def gradients(torch):
    """The derivatives of the plain functions."""
    functions = [
        lambda t: t * t,
        lambda t: t / (t + 1),
        lambda t: t**3,
        lambda t: 2**t,
        lambda t: t.exp() - t.log(),
        lambda t: t.sqrt() * t.sigmoid(),
        lambda t: t.tanh().relu(),
        lambda t: t.sin() * t.cos(),
        lambda t: t.abs() - t,
        lambda t: t.mean() * t,
        lambda t: t.sum(0, keepdim=True) * t,
        lambda t: t.view(2, 2).t().reshape(4) * t,
        lambda t: t[1:] * t[:-1],
        lambda t: t[[0, 0, 3]],
        lambda t: t.expand(2, 4) * torch.arange(8.0).view(2, 4),
        lambda t: t.clamp(1, 2),
        lambda t: t.max() * t,
        lambda t: t.pow(2.5),
        lambda t: t.softmax(0),
        lambda t: t.log_softmax(0),
        lambda t: t.std(),
        lambda t: t.var(),
        lambda t: t.norm(),
        lambda t: t.cumsum(0),
        lambda t: t.prod(),
        lambda t: torch.maximum(t, t.flip(0)),
    ]
    for function in functions:
        x = torch.tensor([0.5, 1.5, 2.5, 3.0], requires_grad=True)
        y = function(x)
        y.backward(torch.ones_like(y))
        yield y, x


def broadcasting(torch):
    """A gradient is summed over what was broadcast."""
    x = torch.ones(3, 1, requires_grad=True)
    y = torch.full((4,), 2.0, requires_grad=True)
    z = torch.tensor(3.0, requires_grad=True)
    out = x * y + z
    yield out
    out.sum().backward()
    yield x, y, z
    yield attempt(lambda: torch.ones(3) + torch.ones(4))


def a_value_used_twice(torch):
    """Gradients of several uses are added."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x + x
    z = y * y
    z.backward()
    yield x, y, z


def accumulation(torch):
    """A second backward adds to `.grad`, in the same memory."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    first = x.grad
    yield x
    (x * 3).sum().backward()
    yield x, x.grad is first
    x.grad.zero_()
    yield x, first
    x.grad = None
    (x * 2).sum().backward()
    yield x


def twice_through(torch):
    """Saved values are gone after a backward, unless it is asked to keep them."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp().sum()
    y.backward(retain_graph=True)
    y.backward()
    yield x
    yield attempt(lambda: y.backward())
    z = (x + 1).sum()
    z.backward()
    z.backward()  # nothing was saved
    yield x


def saved_after_free(torch):
    """Looking at saved values after they were freed is the same error."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    yield y.grad_fn._saved_result
    y.sum().backward()
    yield attempt(lambda: y.grad_fn._saved_result)
    w = x * x
    yield w.grad_fn._saved_self, w.grad_fn._saved_other


def state_from_step_to_step(torch):
    """A recurrent state that is not detached leads into the freed graph of the step before."""
    w = torch.tensor(0.5, requires_grad=True)
    h = torch.tensor(1.0)

    def step(h):
        h = torch.tanh(w * h)
        (h * h).backward()
        return h

    h = step(h)
    yield attempt(lambda: step(h))
    h = step(h.detach())
    yield h, w


def nothing_to_do(torch):
    """backward on what has no history."""
    x = torch.tensor([1.0, 2.0])
    yield attempt(lambda: x.sum().backward())
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    yield attempt(lambda: (w * 2).detach().sum().backward())
    yield attempt(lambda: w.argmax().backward())
    yield attempt(lambda: (w * 2).backward())
    with torch.no_grad():
        y = (w * 2).sum()
    yield attempt(lambda: y.backward())


def given_gradients(torch):
    """`gradient=` must have the shape of the output."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    yield attempt(lambda: y.backward(torch.ones(3)))
    y.backward(torch.tensor([1.0, 10.0]))
    yield x
    z = x * 2
    yield attempt(lambda: z.backward([1.0, 1.0]))
    w = torch.tensor(2.0, requires_grad=True)
    (w * w).backward(torch.tensor(3.0))
    yield w


def detach_cuts(torch):
    """detach gives a leaf without grad on the same memory; the other path goes on."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    d = y.detach()
    yield y, d
    (y * d).sum().backward()
    yield x, d


def detached_and_asked_again(torch):
    """A detached tensor can collect a gradient of its own when asked to."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    d = (x * 2).detach().requires_grad_(True)
    (d * d).sum().backward()
    yield x, d


def detach_in_place(torch):
    """detach_() makes this very tensor a leaf: what came before keeps its edges, what comes after is cut."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    before = y + 1
    y.detach_()
    after = y + 1
    yield x, y, before, after
    before.sum().backward()
    yield x, y
    yield attempt(lambda: after.sum().backward())


def detach_in_place_of_something_saved(torch):
    """A saved input that was detached in place since cannot be used."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = y * y
    y.detach_()
    yield attempt(lambda: z.sum().backward())
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = a * 2
    c = b.exp()
    c.detach_()
    yield a, b, c


def detach_in_place_of_views(torch):
    """detach_() on a view raises."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 2)[0:1]
    yield attempt(lambda: y.detach_())
    yield attempt(lambda: x.view(2).detach_())
    yield attempt(lambda: torch.ones(3)[1:].detach_())


def flags(torch):
    """Who may change requires_grad."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    yield attempt(lambda: setattr(y, "requires_grad", False))
    yield attempt(lambda: y.requires_grad_(False))
    y.requires_grad_(True)
    yield y
    x.requires_grad = False
    yield x, x * 2
    x.requires_grad_()
    yield x
    yield attempt(lambda: torch.tensor([1, 2]).requires_grad_())
    yield attempt(lambda: torch.tensor([1, 2], requires_grad=True))
    yield torch.tensor([1 + 1j], requires_grad=True)


def grad_of_an_inner_tensor(torch):
    """`.grad` of a tensor that is not a leaf warns and is None, unless retain_grad was called."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = y * 3
    z.retain_grad()
    z.sum().backward()
    yield y.grad
    yield z, x
    yield x.retains_grad, y.retains_grad, z.retains_grad
    yield attempt(lambda: torch.ones(2).retain_grad())
    x.retain_grad()
    yield x.retains_grad


def a_leaf_made_by_arithmetic_is_none(torch):
    """`torch.randn(...) * 0.01` after requires_grad is not a leaf."""
    w = torch.ones(2, requires_grad=True) * 0.01
    yield w.is_leaf
    w.sum().backward()
    yield w.grad
    v = torch.ones(2, requires_grad=True).double()
    yield v.is_leaf, v
    same = torch.ones(2, requires_grad=True)
    yield same.float() is same, same.float().is_leaf


def a_weight_replaced_by_its_update(torch):
    """`w = w - lr * w.grad` makes another tensor, whose gradient stays None."""
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    (w * w).sum().backward()
    w = w - 0.1 * w.grad
    yield w
    (w * w).sum().backward()
    yield w.grad


def wrapping_again(torch):
    """A new tensor from old values starts without history."""
    p = torch.tensor(2.0, requires_grad=True)
    loss = torch.tensor((p * 3).item(), requires_grad=True)
    loss.backward()
    yield p, loss
    yield torch.tensor(p * 3)
    yield torch.tensor([p.item(), 1.0])


def total_keeps_graphs(torch):
    """Adding up losses keeps every step's graph."""
    w = torch.tensor(2.0, requires_grad=True)
    total = 0
    for i in range(3):
        total = total + w * i
    yield total
    total.backward()
    yield w


def grad_function(torch):
    """autograd.grad answers gradients and leaves `.grad` alone."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = (x * w).sum()
    yield Arrived(torch.autograd.grad(y, [x, w]))
    yield x, w
    z = (x * x).sum()
    yield attempt(lambda: torch.autograd.grad(z, [x, w]))
    z = (x * x).sum()
    yield Arrived(torch.autograd.grad(z, [x, w], allow_unused=True))
    z = (x * x).sum()
    yield Arrived(torch.autograd.grad(z, [x, w], materialize_grads=True))
    yield attempt(lambda: torch.autograd.grad((x * 2).sum(), torch.ones(2)))
    yield attempt(lambda: torch.autograd.grad(x * 2, x))
    yield Arrived(torch.autograd.grad(x * 2, x, grad_outputs=torch.tensor([1.0, 3.0])))
    inner = x * 2
    yield Arrived(torch.autograd.grad((inner**2).sum(), inner))


def higher_derivatives(torch):
    """create_graph makes gradients that can be differentiated."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x**3).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    yield Arrived(g)
    (h,) = torch.autograd.grad(g.sum(), x, create_graph=True)
    yield Arrived(h)
    (k,) = torch.autograd.grad(h.sum(), x)
    yield Arrived(k)
    z = x.exp() * x.sigmoid()
    (g,) = torch.autograd.grad(z.sum(), x, create_graph=True)
    g.sum().backward()
    yield x


def only_some_leaves(torch):
    """backward(inputs=...) fills these and no others."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    (x * w).sum().backward(inputs=[x])
    yield x, w


def several_roots(torch):
    """autograd.backward of several tensors at once."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward([(x * 2).sum(), (x * 3).sum()])
    yield x
    torch.autograd.backward([x * 2], [torch.ones(2)])
    yield x


def hooks_on_tensors(torch):
    """Hooks see the gradient before `.grad` does, and may replace it."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    y = x * 2
    handle = y.register_hook(lambda g: seen.append(("y", g.tolist())))
    y.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: seen.append(("x", g.tolist())))
    y.sum().backward()
    yield seen, x
    handle.remove()
    (x * 1).sum().backward()
    yield seen, x
    yield attempt(lambda: torch.ones(2).register_hook(print))


def hooks_after_accumulation(torch):
    """Post-accumulate hooks run when `.grad` is filled."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    x.register_post_accumulate_grad_hook(lambda t: seen.append(t.grad.tolist()))
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    yield seen
    yield attempt(lambda: (x * 2).register_post_accumulate_grad_hook(print))


def hooks_on_nodes(torch):
    """Node hooks run before and after the node."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    y = x * 3
    y.grad_fn.register_hook(lambda i, o: seen.append(("post", [None if g is None else g.tolist() for g in (*i, *o)])))
    y.grad_fn.register_prehook(lambda o: seen.append(("pre", [g.tolist() for g in o])))
    y.sum().backward()
    yield seen


def an_error_in_the_middle(torch):
    """A failing hook leaves a usable state."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def fail(g):
        raise ValueError("stop here")

    y = x * 2
    handle = y.register_hook(fail)
    yield attempt(lambda: (y * 1).sum().backward())
    yield x
    handle.remove()
    (x * 5).sum().backward()
    yield x


def several_outputs(torch):
    """Nodes with several outputs."""
    x = torch.tensor([[1.0, 5.0], [4.0, 2.0]], requires_grad=True)
    values, places = x.max(dim=1)
    yield values, places
    values.sum().backward()
    yield x
    a, b = x.unbind()
    yield a, b
    (a * b).sum().backward()
    yield x
    first, second = x.split(1)
    (first * 2 + second).sum().backward()
    yield x
    yield x.sort(dim=1)
    yield x.topk(1)


def one_piece(torch):
    """Splitting into a single piece."""
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    (a,) = x.chunk(1)
    (b,) = x[:1].unbind()
    (c,) = x[0, :1].unbind()
    ((a * torch.arange(6.0).reshape(2, 3)).sum() + (b * b).sum() + c).backward()
    yield a, b, c, x


def variable(torch):
    """The old name still works."""
    x = torch.autograd.Variable(torch.ones(2), requires_grad=True)
    (x * 2).sum().backward()
    yield x, isinstance(x, torch.Tensor)


def assigned_grads(torch):
    """What may be assigned to `.grad`."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.ones(2)
    (x * 2).sum().backward()
    yield x
    yield attempt(lambda: setattr(x, "grad", torch.ones(3)))
    yield attempt(lambda: setattr(x, "grad", 1))
    yield attempt(lambda: setattr(x, "grad", torch.ones(2, dtype=torch.float64)))


def long_chain(torch):
    """A long chain neither recurses going back nor when freed."""
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y * 1.0
    y.backward()
    yield x
    del y
    yield x.grad.item()


def deep_copies(torch):
    """Only leaves can be copied deeply."""
    import copy

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = copy.deepcopy(x)
    yield y, y is x
    yield attempt(lambda: copy.deepcopy(x * 2))


def integer_results_do_not_require_grad(torch):
    """argmax, comparisons and rounding to integers cut the graph."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield x.argmax(), x > 1, x == 2, x.long(), x.int()
    yield x.round(), x.floor()


def kept_gradient_follows_a_write(torch):
    """retain_grad is for what the tensor holds now: a write, also one through a view, moves it to the new node."""
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.mul_(3)
    y[0] = 7
    y.sum().backward()
    yield Arrived([y.grad, x.grad]), y.retains_grad
    for write in (lambda y, v: v.mul_(3), lambda y, v: y.mul_(3)):
        for reach in (lambda y, v: y.sum(), lambda y, v: y.sum() + 2 * v.sum()):
            y = x * 2
            v = y[:2]
            y.retain_grad()
            v.retain_grad()
            write(y, v)
            yield y, v
            reach(y, v).backward()
            yield Arrived([y.grad, v.grad, x.grad])


def backward_to_a_computed_tensor(torch):
    """backward(inputs=[y]) is retain_grad and a pass: its own copy, and later passes add to it."""
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    seed = torch.ones(2)
    y.backward(seed, inputs=[y], retain_graph=True)
    yield Arrived(y.grad), y.retains_grad
    y.grad.add_(1)
    yield seed
    (y * 3).sum().backward(inputs=[y, x])
    yield Arrived([y.grad, x.grad])


def gradients_with_history(torch):
    """backward(create_graph=True): .grad is a recorded copy, which a later ordinary pass adds to in place."""
    x = torch.ones(2, 3).t().requires_grad_()
    y = x * 2
    y.retain_grad()
    (y**3).sum().backward(create_graph=True)
    g = x.grad
    yield g.grad_fn, y.grad.grad_fn, g.stride()
    (x**2).sum().backward()
    yield x.grad is g, g.tolist(), g.grad_fn
    (x**2).sum().backward(create_graph=True)
    yield x.grad is g, x.grad.grad_fn
    z = torch.tensor(2.0, requires_grad=True)
    (z**3).backward(create_graph=True)
    first, z.grad = z.grad, None
    first.backward()
    yield first.tolist(), z.grad.tolist()


def wrong_answers_of_hooks(torch):
    """What a hook may answer in a gradient's place, and what not."""
    one, two = torch.ones(2), torch.ones(2, dtype=torch.float64)
    for answer in (3, "a", (one,), torch.ones(5), two, one * 5):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        handle = y.register_hook(lambda g: answer)
        yield attempt(lambda: y.sum().backward()), Arrived(x.grad)
        handle.remove()
        x.register_hook(lambda g: answer)
        yield attempt(lambda: (x * 2).sum().backward()), Arrived(x.grad)
    for answer in (3, one, (one, one), (torch.ones(3),), (3,), (one * 5,), (None,)):
        x = torch.ones(2, requires_grad=True)
        y = x.exp()
        y.grad_fn.register_hook(lambda inputs, outputs: answer)
        yield attempt(lambda: y.sum().backward()), Arrived(x.grad)
        y = x.exp()
        y.grad_fn.register_prehook(lambda outputs: answer)
        yield attempt(lambda: y.sum().backward()), Arrived(x.grad)


def views_of_what_was_detached_in_place(torch):
    """detach_ of a base leaves a view's history; a write after it leaves the view a node that leads nowhere."""
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    v, w = y[:2], y[1:]
    v.mul_(3)
    y.detach_()
    yield v, w, y
    y.add_(1)
    yield v, w, y
    v.sum().backward()
    yield x.grad
    base, scale = torch.zeros(3), torch.ones(3, requires_grad=True)
    u = base[:2]
    base.mul_(scale)
    base.detach_()
    yield u, base


def a_pass_that_fails_halfway(torch):
    """Leaves that were reached before a node failed have their gradient, the others have not."""
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    y = a.exp()
    y.sum().backward()
    yield attempt(lambda: (y * b).sum().backward()), Arrived([a.grad, b.grad])
    yield attempt(lambda: (y * b + a).sum().backward()), Arrived([a.grad, b.grad])
    layer = torch.nn.Linear(2, 1)
    yield attempt(lambda: layer(y).sum().backward()), Arrived([layer.weight.grad, layer.bias.grad])
    z = b * 3

    def fails(g):
        raise ValueError("mine")

    z.register_hook(fails)
    yield attempt(lambda: (z * a).sum().backward()), Arrived([a.grad, b.grad])
    c = torch.ones(2, requires_grad=True)
    yield attempt(lambda: (y * c).sum().backward(create_graph=True)), c.grad.tolist()


def variables_of_what_is_none(torch):
    """What Variable does not take."""
    for made in (3, [1.0], None):
        yield attempt(lambda made=made: torch.autograd.Variable(made))
    yield attempt(lambda: torch.autograd.Variable(torch.ones(2).long(), requires_grad=True))
    yield torch.autograd.Variable(torch.ones(2), volatile=True)
