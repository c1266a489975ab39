"""Who shares memory with whom, through which strides, and who counts the writes."""

import numpy as np
from twin import attempt


def views_share(torch):
    """Every view is another window on one storage."""
    x = torch.arange(24.0).reshape(2, 3, 4)
    yield x
    yield x.view(6, 4)
    yield x.view(-1, 8)
    yield x.reshape(4, 6)
    yield x[0].t()
    yield x.transpose(0, 2)
    yield x.permute(2, 0, 1)
    yield x.narrow(1, 1, 2)
    yield x[1]
    yield x[:, 1:]
    yield x[..., ::2]
    yield x.select(2, 3)
    yield x[0, 1].expand(5, 4)
    yield x.unsqueeze(1)
    yield x.unsqueeze(-1).squeeze(-1)
    yield x[:1].squeeze()
    yield x[0].diagonal()
    yield x.movedim(0, -1)
    yield x.mT
    yield x[0].T
    yield x.flatten()
    yield x.view(24)[3:].as_strided((2, 2), (4, 1))
    yield x.as_strided((2, 2), (4, 1), 5)
    yield x.detach()
    yield x.data


def views_in_several_parts(torch):
    """Ops that answer several views of one tensor."""
    x = torch.arange(12.0).reshape(4, 3)
    yield x.split(3)
    yield x.split([1, 3])
    yield x.chunk(3)
    yield x.unbind()
    yield x.unbind(1)
    yield torch.unbind(x, dim=-1)


def views_of_views(torch):
    """A view of a view has the first tensor as its base."""
    x = torch.arange(12.0)
    y = x.view(3, 4)
    z = y[1:]
    w = z.t()
    yield w
    yield z._base is x, w._base is x, x._base is None
    yield y._is_view(), x._is_view()


def unfold_windows(torch):
    """unfold lets windows overlap."""
    x = torch.arange(8.0)
    yield x.unfold(0, 3, 2)
    yield x.view(2, 4).unfold(1, 2, 1)


def real_and_imag(torch):
    """The parts of complex numbers are views of them."""
    z = torch.tensor([1 + 2j, 3 - 4j])
    yield z.real
    yield z.imag
    z.real[0] = 10
    yield z


def copies(torch):
    """What makes new memory, and what only seems to."""
    x = torch.arange(6.0).reshape(2, 3)
    yield x
    yield x.clone()
    yield x.contiguous() is x
    yield x.t().contiguous()
    yield x.t().reshape(6)
    yield x[torch.tensor([0, 1])]
    yield x[x > 2]
    yield x[[0, 1]]
    yield x.to(torch.float32) is x, x.float() is x, x.cpu() is x, x.to("cpu") is x
    yield x.double()
    yield x.to(torch.int64)
    yield x.long()
    yield x.type(torch.float64)
    yield x.clone().t().clone()


def clone_keeps_strides(torch):
    """clone keeps the order of a dense tensor's dimensions and drops the gaps of others."""
    x = torch.arange(12.0).reshape(3, 4)
    yield x.t().clone()
    yield x[:, ::2].clone()
    yield x[0].expand(3, 4).clone()
    yield x.t() * 2
    yield x.t() + x.t()
    yield torch.zeros_like(x.t())
    yield x.t().exp()


def view_refused(torch):
    """A view that no strides can express is refused in PyTorch's words."""
    x = torch.arange(6.0).reshape(2, 3)
    yield attempt(lambda: x.t().view(6))
    yield attempt(lambda: x.view(4))
    yield attempt(lambda: x.view(-1, 4))
    yield attempt(lambda: x.view(-1, -1))
    yield attempt(lambda: x.reshape(7))
    yield attempt(lambda: x.expand(3, 3))
    yield attempt(lambda: x.transpose(0, 2))
    yield attempt(lambda: x.unsqueeze(4))
    yield attempt(lambda: x.permute(0, 0))
    yield attempt(lambda: x.narrow(0, 1, 3))
    yield attempt(lambda: torch.zeros(2, 3, 4).t())


def numpy_shares(torch):
    """from_numpy, numpy() and asarray share; tensor() copies."""
    a = np.arange(4.0)
    x = torch.from_numpy(a)
    y = torch.tensor(a)
    a[0] = 10
    yield x
    yield y
    x[1] = 20
    yield a
    yield np.asarray(x)
    z = torch.zeros(3)
    z.numpy()[0] = 5
    yield z
    yield torch.as_tensor(a).sum()
    yield torch.from_numpy(np.arange(12).reshape(3, 4).T)
    yield torch.from_numpy(np.arange(12.0)[2::3])


def numpy_refused(torch):
    """A tensor that requires grad has no NumPy face."""
    x = torch.ones(2, requires_grad=True)
    yield attempt(lambda: x.numpy())
    yield attempt(lambda: (x * 2).numpy())
    yield attempt(lambda: np.asarray(x))
    yield x.detach().numpy()
    yield attempt(lambda: torch.from_numpy([1, 2]))


def versions(torch):
    """Views and detached twins share the version counter; `.data` has one of its own."""
    x = torch.zeros(4)
    v, d, raw = x[1:], x.detach(), x.data
    x.add_(1)
    yield x, v, d, raw
    v.mul_(2)
    yield x, v, d, raw
    d.zero_()
    yield x, v, d, raw
    raw.fill_(7)
    yield x, v, d, raw
    x[0] = 3
    yield x, v, d, raw
    with torch.no_grad():
        x += 1
    yield x, v, d, raw
    x = x + 1
    yield x


def detach_shares(torch):
    """y = x.detach() is the same memory: zeroing y zeroes x."""
    x = torch.ones(3)
    y = x.detach()
    y.zero_()
    yield x, y


def in_place_or_not(torch):
    """`a += 1` writes into a, `a = a + 1` makes another."""
    a = torch.zeros(3)
    b = a
    a += 1
    yield a, b, a is b
    a = a + 1
    yield a, b, a is b
    a -= 1
    a *= 2
    a /= 4
    yield a, b


def data_swaps(torch):
    """Assigning `.data` gives a tensor other memory."""
    x = torch.zeros(3, requires_grad=True)
    y = torch.ones(2)
    x.data = y
    yield x, y
    x.data.mul_(3)
    yield x, y


def stepped_and_reversed(torch):
    """Slices count in steps; negative steps are refused."""
    x = torch.arange(10)
    yield x[1:8:3]
    yield x[-3:]
    yield x[8:2]
    yield attempt(lambda: x[::-1])
    yield x.flip(0)


def sizes(torch):
    """Shape, size and friends."""
    x = torch.zeros(2, 3)
    yield x.shape, x.size(), x.size(0), x.size(-1), x.numel(), x.dim(), x.ndim, len(x), x.element_size()
    yield x.stride(), x.stride(1), x.nbytes, x.is_contiguous(), x.t().is_contiguous()
    yield tuple(x.shape), x.shape == (2, 3), x.shape[0], x.shape[1:]
    yield attempt(lambda: x.size(2))
    yield x.untyped_storage().nbytes(), x[1:].untyped_storage().nbytes()
    yield attempt(lambda: len(torch.tensor(1)))


def empty_tensors(torch):
    """Tensors without elements still have strides."""
    yield torch.zeros(0)
    yield torch.zeros(0, 3)
    yield torch.zeros(2, 0, 4)
    yield torch.zeros(3, 0).t()
    yield torch.zeros(0, 3).sum()
    yield torch.arange(5)[5:]
