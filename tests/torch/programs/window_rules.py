"""as_strided: windows of every kind, with one and two derivatives; copies and scatters that mirror views."""

from twin import Arrived, attempt

WINDOWS = [
    (None, (3, 3), (6, 2), 2),
    (None, (1, 2, 1, 5), (0, 5, 100, 1), 2),  # any stride does along a dimension of one
    (None, (3, 3, 3), (0, 1, 0), 2),
    (None, (3, 3), (0, 0), 4),
    (None, (4, 4), (3, 1), 1),
    (None, (3, 2), (3, 6), 2),
    (None, (), (), 7),
    (None, (0, 3), (1, 1), 0),
    (lambda x: x.view(5, 5), (4, 3), (1, 4), None),
    (lambda x: x.view(5, 5).t(), (3, 2), (1, 5), None),
    (lambda x: x.view(5, 5)[1:, 2:], (2, 2), (5, 2), None),
    (lambda x: x.view(5, 5)[3:], (3, 2), (2, 1), 0),  # outside of what it is made of
    (lambda x: x[::3], (2, 2), (3, 6), 3),
    (lambda x: x[:5].expand(5, 5), (5, 5), (0, 1), 0),
    (lambda x: x[:6].view(2, 3).expand(4, 2, 3), (2, 3), (3, 1), 0),
    (lambda x: x[:5].expand(3, 5), (3,), (2,), None),
    (lambda x: x.unfold(0, 4, 2), (3, 3), (1, 2), 1),
]


def windows(torch):
    """Values, strides, gradients and gradients of gradients."""
    for make, size, stride, offset in WINDOWS:
        leaf = torch.arange(25.0, dtype=torch.float64, requires_grad=True)
        x = leaf * 1 if make is None else make(leaf * 1)
        y = x.as_strided(size, stride, offset)
        yield y
        (g,) = torch.autograd.grad((y * y * y).sum(), leaf, create_graph=True)
        yield Arrived(g)
        yield attempt(lambda: Arrived(torch.autograd.grad((g * g).sum(), leaf)))


def windows_of_leaves(torch):
    """The same of a leaf itself, and written through."""
    for make, size, stride, offset in WINDOWS:
        if make is None:
            leaf = torch.arange(25.0, requires_grad=True)
            (leaf.as_strided(size, stride, offset) ** 2).sum().backward()
            yield leaf
            x = torch.arange(25.0, requires_grad=True) * 1
            w = x.as_strided(size, stride, offset)
            yield attempt(lambda: w.zero_())
            yield x
            yield attempt(lambda: Arrived(torch.autograd.grad(x.sum(), x)))
            yield attempt(lambda: x.sum().backward())


def refused(torch):
    """Windows that are none."""
    x = torch.arange(24.0).view(2, 3, 4)
    yield attempt(lambda: x.as_strided((2,), (1, 2)))
    yield attempt(lambda: x.as_strided((2,), (-1,)))
    yield attempt(lambda: x.as_strided((30,), (1,)))
    yield attempt(lambda: x.as_strided((2,), (1,), -1))
    yield attempt(lambda: x.as_strided((2,), (1,), 23))
    yield attempt(lambda: x.as_strided((0,), (1,), 100).shape)
    yield attempt(lambda: torch.as_strided(x, size=(2, 2), stride=(1, 1), storage_offset=3))


COPIES = {
    "view_copy": lambda t, x: t.view_copy(x, (24,)),
    "t_copy": lambda t, x: t.t_copy(x[0]),
    "transpose_copy": lambda t, x: t.transpose_copy(x, 0, 1),
    "permute_copy": lambda t, x: t.permute_copy(x, (2, 0, 1)),
    "select_copy": lambda t, x: t.select_copy(x, 0, 1),
    "slice_copy": lambda t, x: t.slice_copy(x, 1, 1, 3),
    "squeeze_copy": lambda t, x: t.squeeze_copy(x[:1]),
    "squeeze_copy dim": lambda t, x: t.squeeze_copy(x[:1], 0),
    "squeeze_copy dims": lambda t, x: t.squeeze_copy(x[:1, :1], (0, 1)),
    "unsqueeze_copy": lambda t, x: t.unsqueeze_copy(x, 1),
    "expand_copy": lambda t, x: t.expand_copy(x, (2, 2, 3, 4)),
    "diagonal_copy": lambda t, x: t.diagonal_copy(x, 0, 1, 2),
    "unfold_copy": lambda t, x: t.unfold_copy(x, 2, 2, 1),
    "as_strided_copy": lambda t, x: t.as_strided_copy(x, (2, 2), (1, 2), 3),
    "alias_copy": lambda t, x: t.alias_copy(x),
    "narrow_copy": lambda t, x: t.narrow_copy(x, 1, 1, 2),
    "narrow_copy method": lambda t, x: x.narrow_copy(-1, -3, 2),
    "unbind_copy": lambda t, x: t.unbind_copy(x, 1)[1],
    "split_copy": lambda t, x: t.split_copy(x, 2, 1)[1],
    "split_with_sizes_copy": lambda t, x: t.split_with_sizes_copy(x, [1, 3], 2)[1],
    "select_scatter": lambda t, x: x.select_scatter(t.ones(3, 4) * 2, 0, 1),
    "slice_scatter": lambda t, x: x.slice_scatter(t.ones(2, 1, 4), 1, 2),
    "slice_scatter steps": lambda t, x: t.slice_scatter(x, t.ones(2, 3, 2), 2, 0, 4, 2),
    "diagonal_scatter": lambda t, x: x.diagonal_scatter(t.ones(2, 3), 1, 1, 2),
    "as_strided_scatter": lambda t, x: x.as_strided_scatter(t.ones(2, 2), (2, 2), (1, 3), 2),
    "select_scatter itself": lambda t, x: x.select_scatter(x[0] * x[1], 0, 1),
    "slice_scatter itself": lambda t, x: x.slice_scatter(x[:, :1] ** 2, 1, 2),
    "diagonal_scatter itself": lambda t, x: x.diagonal_scatter(x[:, :, 0] ** 2, 1, 1, 2),
    "as_strided_scatter itself": lambda t, x: x.as_strided_scatter(x[0, :2, :2] ** 2, (2, 2), (1, 3), 2),
}


def copies(torch):
    """No views: memory of their own, and derivatives."""
    for name, make in COPIES.items():
        leaf = torch.arange(24.0, dtype=torch.float64).view(2, 3, 4).clone().requires_grad_()
        x = leaf * 1
        y = make(torch, x)
        yield "# " + name
        yield y, y._is_view()
        (g,) = torch.autograd.grad((y * y * y).sum(), leaf, create_graph=True)
        yield Arrived(g)
        yield Arrived(torch.autograd.grad((g * g).sum(), leaf))
        y.detach().add_(1)
        yield x._version
        turned = make(torch, x.detach().permute(2, 1, 0).clone().permute(2, 1, 0))
        yield turned


def copies_refused(torch):
    """Sources of another shape, and places that are none."""
    x, o = torch.zeros(2, 3, 4), torch.ones
    yield attempt(lambda: x.select_scatter(o(3), 0, 1))
    yield attempt(lambda: x.select_scatter(o(3, 4), 0, 2))
    yield attempt(lambda: x.select_scatter(o(3, 4), 3, 0))
    yield attempt(lambda: x.slice_scatter(o(3), 0, 1))
    yield attempt(lambda: x.diagonal_scatter(o(4, 3)))
    yield attempt(lambda: x.as_strided_scatter(o(3, 3), (2, 2), (4, 1)))
    yield x.select_scatter(o(3, 4, dtype=torch.float64), 0, 1)
    out = torch.zeros(3, 2)
    yield torch.t_copy(x[:, :, 0], out=out) is out, out
    yield attempt(lambda: torch.atleast_1d([1]))
    yield attempt(lambda: torch.broadcast_to(x, (3,)))


def wrong_views(torch):
    """What views complain about, word for word."""
    x, m, v, s = torch.arange(24.0).view(2, 3, 4), torch.zeros(2, 3), torch.zeros(3), torch.tensor(1.0)
    for wrong in (
        lambda: x.view(5, 5), lambda: x.view(-1, -1), lambda: x.view(-2, 12), lambda: x.view(-1, 7), lambda: x.mT.view(24),
        lambda: x.reshape(5), lambda: x.reshape(-1, 7), lambda: torch.reshape(x, (5,)), lambda: x.view_as(m),
        lambda: x.transpose(0, 3), lambda: s.transpose(0, 1), lambda: s.transpose(0, -1), lambda: x.swapaxes(0, 7),
        lambda: x.permute(0, 1), lambda: x.permute(0, 0, 1), lambda: x.permute(0, 1, 5), lambda: x.t(),
        lambda: x.movedim((0, 1), (0,)), lambda: x.movedim((0, 0), (0, 1)), lambda: x.movedim((0, 1), (1, 1)), lambda: x.movedim(0, 4),
        lambda: x.narrow(0, 3, 1), lambda: x.narrow(0, 0, -1), lambda: x.narrow(0, 1, 2), lambda: x.narrow(3, 0, 1), lambda: s.narrow(0, 0, 1),
        lambda: x.narrow(0, torch.tensor([1]), 1), lambda: x.narrow(0, torch.tensor(1.0), 1),
        lambda: x.select(3, 0), lambda: x.select(0, 2), lambda: s.select(0, 0), lambda: x.select(0, -3),
        lambda: x.squeeze(3), lambda: x.squeeze((0, 0)), lambda: x.squeeze((0, 5)), lambda: x.unsqueeze(4), lambda: x.unsqueeze(-5),
        lambda: x.expand(3), lambda: x.expand(3, 3, 4), lambda: x.expand(-1, 2, 3, 4), lambda: x.expand(2, 3, -2), lambda: x.expand_as(v),
        lambda: x.diagonal(0, 0, 0), lambda: x.diagonal(0, 3, 0), lambda: v.diagonal(), lambda: x.diagonal(5), lambda: x.diagonal(-4),
        lambda: x.unfold(3, 1, 1), lambda: x.unfold(0, 3, 1), lambda: x.unfold(0, 1, 0), lambda: x.unfold(0, -1, 1), lambda: s.unfold(0, 2, 1),
        lambda: s.unfold(0, 1, 1),
        lambda: x.split(-1), lambda: x.split(0), lambda: x.split([1, 2]), lambda: x.split([1, -1, 2]), lambda: x.split(1, 3), lambda: s.split(1),
        lambda: s.chunk(1), lambda: x.chunk(0), lambda: s.unbind(), lambda: x.unbind(3), lambda: x.tensor_split(0), lambda: x.tensor_split(-1),
        lambda: s.tensor_split(1), lambda: x.tensor_split(torch.tensor([[1]])), lambda: x.tensor_split(torch.tensor(1.0)),
        lambda: x.tensor_split((3, 1), 1), lambda: x.tensor_split(2, 5), lambda: x.tensor_split((-1,), 1),
        lambda: s.hsplit(1), lambda: v.hsplit(2), lambda: x.hsplit(2), lambda: v.vsplit(1), lambda: x.vsplit(3), lambda: m.dsplit(1),
        lambda: x.dsplit(3), lambda: x.hsplit(0),
        lambda: x.unflatten(0, (3, 1)), lambda: x.unflatten(0, ()), lambda: x.unflatten(5, (2, 1)), lambda: x.unflatten(1, (-1, 2)),
        lambda: x.flatten(2, 1), lambda: x.flatten(0, 5), lambda: s.flatten(),
        lambda: x.H, lambda: v.H, lambda: s.H, lambda: v.mT, lambda: s.mT, lambda: v.mH, lambda: s.mH, lambda: v.adjoint(), lambda: s.adjoint(),
        lambda: x.imag, lambda: torch.view_as_real(x), lambda: torch.view_as_complex(x), lambda: torch.view_as_complex(torch.zeros(2, 2).t()),
        lambda: torch.view_as_complex(s), lambda: torch.view_as_complex(torch.zeros(2, dtype=torch.int32)),
        lambda: torch.view_as_complex(torch.zeros(9)[1:3]), lambda: torch.view_as_complex(torch.zeros(9).as_strided((3, 2), (3, 1))),
        lambda: x[:, :, :3].view(torch.float64), lambda: x[:, :, 1:3].view(torch.float64), lambda: x[:, :, :2].view(torch.float64),
        lambda: x.transpose(1, 2).view(torch.int64), lambda: x.transpose(1, 2).view(torch.uint8), lambda: s.view(torch.uint8),
        lambda: s.view(torch.int32), lambda: x.view(torch.bool), lambda: x.view(torch.complex64), lambda: x.view(dtype=torch.int16),
    ):  # fmt: skip
        yield attempt(wrong)


def handed_through(torch):
    """What answers the tensor itself, and what a view of all of it."""
    x, v = torch.arange(24.0).view(2, 3, 4), torch.zeros(3)
    for same in (
        lambda: x.real, lambda: torch.real(x), lambda: x.resolve_conj(), lambda: x.conj(), lambda: x.contiguous(), lambda: x.flatten(1, 1),
        lambda: x.expand(2, 3, 4), lambda: x.expand_as(x), lambda: x.view_as(x), lambda: x.reshape(2, 3, 4), lambda: x.squeeze(),
        lambda: x.movedim(0, 0), lambda: x.permute(0, 1, 2), lambda: x.broadcast_to((2, 3, 4)), lambda: torch.broadcast_tensors(x)[0],
        lambda: x.to(torch.float32), lambda: x.ravel(), lambda: x.tensor_split(1)[0], lambda: x.swapaxes(0, 0), lambda: x.narrow(0, 0, 2),
        lambda: x[...], lambda: x[:], lambda: x[()], lambda: x.unfold(0, 2, 1), lambda: x.detach(), lambda: x.data, lambda: x.cpu(),
        lambda: x.type_as(v), lambda: x.clone(), lambda: x.float(), lambda: x.requires_grad_(False),
        lambda: torch.atleast_1d(x), lambda: torch.atleast_3d(x),
    ):  # fmt: skip
        y = same()
        yield y is x, y._is_view(), y._base is x, y.data_ptr() == x.data_ptr()
    yield v.ravel() is v, v.flatten() is v, torch.atleast_1d(v, x)[0] is v
