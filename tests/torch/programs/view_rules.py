"""Every view: what it shares with what, and what its history looks like, before and after its base is written."""

from twin import Arrived, attempt

VIEWS = {
    "view": lambda t, x: x.view(2, 12),
    "view -1": lambda t, x: x.view(-1, 3),
    "view size": lambda t, x: x.view(t.Size([24])),
    "view_as": lambda t, x: x.view_as(t.zeros(6, 4)),
    "reshape": lambda t, x: x.reshape(4, 6),
    "reshape alike": lambda t, x: x.reshape(2, 3, 4),
    "reshape turned": lambda t, x: x.transpose(0, 1).reshape(3, 2, 2, 2),
    "reshape copied": lambda t, x: x.transpose(0, 1).reshape(24),
    "reshape_as": lambda t, x: x.reshape_as(t.zeros(6, 4)),
    "flatten": lambda t, x: x.flatten(),
    "flatten some": lambda t, x: x.flatten(1),
    "flatten one": lambda t, x: x.flatten(1, 1),
    "unflatten": lambda t, x: x.unflatten(2, (2, 2)),
    "ravel": lambda t, x: x.ravel(),
    "transpose": lambda t, x: x.transpose(0, 2),
    "swapaxes": lambda t, x: x.swapaxes(0, 1),
    "swapdims": lambda t, x: x.swapdims(-1, 0),
    "t": lambda t, x: x[0].t(),
    "T": lambda t, x: x[0].T,
    "mT": lambda t, x: x.mT,
    "H": lambda t, x: x[0].H,
    "mH": lambda t, x: x.mH,
    "adjoint": lambda t, x: x.adjoint(),
    "permute": lambda t, x: x.permute(2, 0, 1),
    "permute list": lambda t, x: t.permute(x, (1, -1, 0)),
    "movedim": lambda t, x: x.movedim(0, 2),
    "moveaxis": lambda t, x: x.moveaxis((0, 1), (1, 2)),
    "narrow": lambda t, x: x.narrow(1, 1, 2),
    "narrow tensor": lambda t, x: x.narrow(1, t.tensor(1), 2),
    "narrow negative": lambda t, x: t.narrow(x, -1, -3, 2),
    "select": lambda t, x: x.select(1, 2),
    "select last": lambda t, x: t.select(x, -1, -1),
    "slice": lambda t, x: x[1:],
    "slice all": lambda t, x: x[:],
    "slice steps": lambda t, x: x[:, ::2],
    "slice and select": lambda t, x: x[1:, 2],
    "index": lambda t, x: x[1],
    "index all": lambda t, x: x[1, 2, 3],
    "dots": lambda t, x: x[...],
    "dots and int": lambda t, x: x[..., 1],
    "None": lambda t, x: x[None],
    "None and slice": lambda t, x: x[:, None, 1:],
    "empty tuple": lambda t, x: x[()],
    "squeeze": lambda t, x: x[:1].squeeze(),
    "squeeze dim": lambda t, x: x[:1].squeeze(0),
    "squeeze dims": lambda t, x: x[:1, :, :1].squeeze((0, 2)),
    "squeeze nothing": lambda t, x: x.squeeze(),
    "squeeze no dim": lambda t, x: x.squeeze(1),
    "unsqueeze": lambda t, x: x.unsqueeze(1),
    "unsqueeze last": lambda t, x: x.unsqueeze(-1),
    "expand": lambda t, x: x.expand(2, 2, 3, 4),
    "expand -1": lambda t, x: x[:, :1].expand(-1, 5, -1),
    "expand_as": lambda t, x: x.expand_as(t.zeros(5, 2, 3, 4)),
    "broadcast_to": lambda t, x: x.broadcast_to((2, 2, 3, 4)),
    "torch.broadcast_to": lambda t, x: t.broadcast_to(x, (1, 2, 3, 4)),
    "broadcast_tensors": lambda t, x: t.broadcast_tensors(x, t.zeros(2, 1, 1, 1))[0],
    "diagonal": lambda t, x: x.diagonal(),
    "diagonal off": lambda t, x: x.diagonal(1, 1, 2),
    "diagonal below": lambda t, x: t.diagonal(x, -1, dim1=-1, dim2=0),
    "unfold": lambda t, x: x.unfold(2, 2, 1),
    "unfold steps": lambda t, x: x.unfold(1, 2, 2),
    "split": lambda t, x: x.split(2, 1)[1],
    "split sizes": lambda t, x: x.split([1, 2], 1)[1],
    "split_with_sizes": lambda t, x: x.split_with_sizes([1, 3], -1)[0],
    "torch.split_with_sizes": lambda t, x: t.split_with_sizes(x, [1, 3], 2)[1],
    "tensor_split": lambda t, x: x.tensor_split(2, 1)[0],
    "tensor_split 3": lambda t, x: x.tensor_split(3, 2)[2],
    "tensor_split at": lambda t, x: x.tensor_split((1, 3), dim=2)[1],
    "tensor_split tensor": lambda t, x: x.tensor_split(t.tensor([1, 3]), dim=2)[1],
    "tensor_split count": lambda t, x: x.tensor_split(t.tensor(2), dim=2)[1],
    "chunk": lambda t, x: x.chunk(2, 2)[1],
    "unbind": lambda t, x: x.unbind(1)[1],
    "iteration": lambda t, x: list(x)[1],
    "hsplit": lambda t, x: x.hsplit(3)[1],
    "hsplit at": lambda t, x: t.hsplit(x, (1, 2))[1],
    "vsplit": lambda t, x: x.vsplit(2)[1],
    "dsplit": lambda t, x: x.dsplit([1, 2])[1],
    "as_strided": lambda t, x: x.as_strided((2, 3), (1, 4), 1),
    "as_strided overlapping": lambda t, x: t.as_strided(x, (3, 3), (1, 1)),
    "detach": lambda t, x: x.detach(),
    "contiguous": lambda t, x: x.contiguous(),
    "contiguous copied": lambda t, x: x.mT.contiguous(),
    "atleast_1d": lambda t, x: t.atleast_1d(x),
    "atleast_1d of a number": lambda t, x: t.atleast_1d(x[0, 0, 0]),
    "atleast_2d": lambda t, x: t.atleast_2d(x[0, 0]),
    "atleast_2d of a number": lambda t, x: t.atleast_2d(x[0, 0, 0]),
    "atleast_3d": lambda t, x: t.atleast_3d(x[0]),
    "atleast_3d of a row": lambda t, x: t.atleast_3d(x[0, 0]),
    "atleast_3d of a number": lambda t, x: t.atleast_3d(x[0, 0, 0]),
    "several atleast": lambda t, x: t.atleast_2d(x, x[0, 0])[1],
    "real": lambda t, x: x.real,
    "unsafe_split": lambda t, x: x.unsafe_split(2, 1)[1],
    "unsafe_chunk": lambda t, x: t.unsafe_chunk(x, 2, 2)[1],
    "unsafe_split_with_sizes": lambda t, x: x.unsafe_split_with_sizes([1, 2], 1)[1],
    "view dtype": lambda t, x: x.view(t.float32),
    "view int": lambda t, x: x.view(t.int32),
    "view bytes": lambda t, x: x.view(t.uint8),
    "view wide": lambda t, x: x.view(t.float64),
    "meshgrid": lambda t, x: t.meshgrid(x[0, 0], x[0, 0], indexing="ij")[1],
    "data": lambda t, x: x.data,
    "conj": lambda t, x: x.conj(),
    "resolve_conj": lambda t, x: x.resolve_conj(),
    "resolve_neg": lambda t, x: x.resolve_neg(),
    "to": lambda t, x: x.to(t.float32),
}  # fmt: skip
OVERLAPPING = (
    "unfold",
    "as_strided overlapping",
)  # what a write into elements that lie under two indices leaves is undefined
COMPLEX = {
    "real": lambda t, x: x.real,
    "imag": lambda t, x: x.imag,
    "view_as_real": lambda t, x: t.view_as_real(x),
    "view_as_complex": lambda t, x: t.view_as_complex(t.view_as_real(x)),
    "view float": lambda t, x: x.view(t.float32),
    "select": lambda t, x: x[1],
    "mT": lambda t, x: x.mT,
}


def _whole(torch, grad, dtype=None):
    x = (torch.arange(24.0).view(2, 3, 4) + 1).to(dtype or torch.float32)
    return x.clone().requires_grad_() if grad else x.clone()


def _relation(base, v):
    same = v is base
    return (
        same,
        v._is_view(),
        v._base is base,
        v._base is None,
        v.untyped_storage().data_ptr() == base.untyped_storage().data_ptr(),
        v._version,
        v.requires_grad,
        v.is_leaf,
        None if v.grad_fn is None else v.grad_fn.name(),
        v.output_nr,
        v,
    )


def each_view(torch):
    """Without history."""
    for name, make in VIEWS.items():
        x = _whole(torch, False)
        yield "# " + name
        yield attempt(lambda: _relation(x, make(torch, x)))
        x.add_(1)
        yield x._version


def each_view_of_a_leaf(torch):
    """With history."""
    for name, make in VIEWS.items():
        x = _whole(torch, True)
        yield "# " + name
        yield attempt(lambda: _relation(x, make(torch, x)))


def each_view_of_a_result(torch):
    """Its history, anew after the base was written, and what comes back."""
    for name, make in VIEWS.items():
        leaf = _whole(torch, True)
        x = leaf * 2
        v = make(torch, x)
        yield "# " + name
        if v.dtype.is_floating_point and v.requires_grad:
            x.mul_(3)
            yield attempt(lambda: _relation(x, v))
            yield attempt(lambda: (v * v).sum().backward())
            yield leaf.grad is None or leaf


def each_view_written(torch):
    """Written through the view: the history of base and view, and gradients."""
    for name, make in VIEWS.items():
        if name in OVERLAPPING or name == "view wide":  # which leaves numbers whose squares overflow
            continue
        leaf = _whole(torch, True)
        x = leaf * 2
        v = make(torch, x)
        yield "# " + name
        yield attempt(lambda: v.mul_(3))
        yield x
        yield attempt(lambda: (x * x).sum().backward())
        yield leaf.grad is None or leaf


def each_view_written_without_history(torch):
    """A base without history that takes one through its view."""
    for name, make in VIEWS.items():
        if name in OVERLAPPING:
            continue
        x = _whole(torch, False)
        w = torch.tensor(2.0, requires_grad=True)
        v = make(torch, x)
        yield "# " + name
        yield attempt(lambda: v.mul_(w))
        yield x
        yield attempt(lambda: x.sum().backward())
        yield w


def each_view_under_no_grad(torch):
    """Views made without recording, of a leaf and of a result."""
    for name, make in VIEWS.items():
        if name in OVERLAPPING:
            continue
        leaf = _whole(torch, True)
        x = leaf * 2
        with torch.no_grad():
            v, u = make(torch, x), make(torch, leaf)
        yield "# " + name
        yield v, u
        yield attempt(lambda: v.mul_(2))
        yield attempt(lambda: u.mul_(2))
        yield attempt(lambda: x.mul_(2))
        yield attempt(lambda: _relation(x, v))
        with torch.no_grad():
            yield attempt(lambda: u.mul_(2))


def each_view_in_inference_mode(torch):
    """Inference tensors, and views of normal ones."""
    for name, make in VIEWS.items():
        if name in OVERLAPPING:
            continue
        leaf = _whole(torch, True)
        x = leaf * 2
        yield "# " + name
        with torch.inference_mode():
            fresh = make(torch, _whole(torch, False))
            v = make(torch, x)
            yield fresh.is_inference(), v.is_inference(), v._is_view(), v.requires_grad, v.is_leaf
            yield attempt(lambda: fresh.mul_(2).sum().item())
            yield attempt(lambda: v.mul_(2).sum().item())
            yield attempt(lambda: v._version)
        yield attempt(lambda: v.mul_(2))
        yield attempt(lambda: fresh.mul_(2))
        yield attempt(lambda: v[...]._is_view())
        yield attempt(lambda: v.grad_fn)


def each_complex_view(torch):
    """Of complex tensors."""
    for name, make in COMPLEX.items():
        x = _whole(torch, False, torch.complex64)
        yield "# " + name
        yield attempt(lambda: _relation(x, make(torch, x)))
        leaf = _whole(torch, True, torch.complex64)
        yield attempt(lambda: _relation(leaf, make(torch, leaf)))
        y = leaf * 2
        v = make(torch, y)
        yield attempt(lambda: v.mul_(3))
        yield y
        y.mul_(2)
        yield attempt(lambda: _relation(y, v))
        yield attempt(lambda: (v * v.conj()).real.sum().backward())
        yield leaf


def layouts_of_gradients(torch):
    """The gradient of a leaf is laid out as the leaf; that of a result, retained, as the view's backward left it."""
    for name, make in VIEWS.items():
        leaf = _whole(torch, True)
        x = leaf * 2
        x.retain_grad()
        v = make(torch, x)
        yield "# " + name
        if v.dtype.is_floating_point and v.requires_grad:
            (v * torch.arange(v.numel(), dtype=torch.float32).view(v.shape)).sum().backward()
            yield x.grad.stride(), x.grad.storage_offset(), leaf.grad.stride()


def second_derivatives(torch):
    """Through a view, twice."""
    for name, make in VIEWS.items():
        if name in ("reshape copied", "contiguous copied"):  # sums of operands that are laid out differently
            continue
        leaf = _whole(torch, True)
        v = make(torch, leaf * leaf)
        if v.dtype.is_floating_point and v.requires_grad:
            yield "# " + name
            (g,) = torch.autograd.grad((v * v * v).sum(), leaf, create_graph=True)
            yield g
            (h,) = torch.autograd.grad(g.sum(), leaf)
            yield Arrived(h)
