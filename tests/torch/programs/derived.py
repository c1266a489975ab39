"""Parts of other ops under names of their own."""

from twin import Arrived, attempt


def gradients_of_softmax(torch):
    """_softmax_backward_data and that of the logarithm, with their own derivatives, twice."""
    for name in ("_softmax_backward_data", "_log_softmax_backward_data"):
        g = torch.arange(6.0, dtype=torch.float64).view(2, 3).sin().requires_grad_()
        y = torch.arange(6.0, dtype=torch.float64).view(2, 3).cos().softmax(1).requires_grad_()
        for dim in (1, 0):
            out = getattr(torch, name)(g, y, dim, torch.float64)
            yield out
            first = torch.autograd.grad(out.pow(2).sum(), (g, y), create_graph=True)
            yield Arrived(list(first))
            yield Arrived(list(torch.autograd.grad(sum((f * f).sum() for f in first), (g, y))))
        yield getattr(torch, name)(g.detach().float(), y.detach().float(), 1, torch.float32)


def indices_under_a_mask(torch):
    """Indices may lie outside where the mask is False."""
    x = torch.arange(12.0, dtype=torch.float64).view(3, 4).requires_grad_()
    mask = torch.tensor([True, False, True])
    places = [torch.tensor([0, 7, 2]), torch.tensor([1, 2, -9])]
    places[1] = torch.where(mask, torch.tensor([1, 2, 3]), torch.tensor(-9))
    y = torch._unsafe_masked_index(x, mask, places, -1)
    yield y, Arrived(torch.autograd.grad(y.pow(2).sum(), x))
    v = torch.ones(3, dtype=torch.float64, requires_grad=True)
    z = torch._unsafe_masked_index_put_accumulate(x, mask, places, v)
    yield z, Arrived(list(torch.autograd.grad(z.pow(2).sum(), (x, v))))


def padded_chunks(torch):
    """_chunk_cat along each dimension."""
    tensors = [torch.arange(6.0).view(2, 3), torch.arange(10.0).view(2, 5)]
    yield torch._chunk_cat(tensors, 1, 2), torch._chunk_cat(tensors, 0, 3), torch._chunk_cat(tensors[:1], -1, 1)
    for wrong in (
        ([], 0, 3),
        (tensors, 2, 3),
        (tensors, 1, 0),
        ([torch.zeros(0, 2)], 0, 2),
        ([torch.zeros(3, 2), torch.zeros(2, 2)], 1, 2),
    ):
        yield attempt(lambda: torch._chunk_cat(*wrong))


def hashes(torch):
    """The exclusive or of all elements as words."""
    for x in (torch.tensor([[1.0, -2.0], [0.5, 3.0]]), torch.tensor([[1, -2], [7, 3]]), torch.tensor([[True, False]])):
        yield torch.hash_tensor(x), torch.hash_tensor(x, 1), torch.hash_tensor(x, (0, 1), keepdim=True)


def ops_by_their_inner_names(torch):
    """torch.ops.aten: any op, and any of its overloads."""
    aten = torch.ops.aten
    x = torch.arange(6.0, dtype=torch.float64).view(2, 3).requires_grad_()
    yield aten.add.Tensor(x, x), aten.mm(x, x.t()), aten.relu.default(x), aten.linalg_norm(x), aten.special_erf(x)
    yield attempt(lambda: aten.no_such_op)
    y = aten.native_dropout_backward(x, torch.ones(2, 3) > 0, 2.0)
    yield y, Arrived(torch.autograd.grad(y.sum(), x))
    image = torch.arange(32.0, dtype=torch.float64).view(1, 2, 4, 4).sin().requires_grad_()
    pooled, at = torch.nn.functional.max_pool2d(image, 2, return_indices=True)
    g = torch.ones_like(pooled).requires_grad_()
    back = aten.max_pool2d_with_indices_backward.default(g, image, [2, 2], [2, 2], [0, 0], [1, 1], False, at)
    yield back, Arrived(list(torch.autograd.grad((back * image).sum(), (g, image))))
    mean, var = torch.zeros(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64)
    yield aten._batch_norm_with_update(image, None, None, mean, var, 0.5, 1e-5)[:3], mean, var
