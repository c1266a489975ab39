"""Recurrent layers over padded, packed and unbatched sequences, and the sequences themselves."""

from twin import Arrived, attempt


def _after(torch, module, x, packed=None):
    """Outputs, last states, and every gradient."""
    rnn = torch.nn.utils.rnn
    x.requires_grad_()
    given = x
    if packed is not None:
        given = rnn.pack_padded_sequence(x, packed, module.batch_first, enforce_sorted=False)
    y, h = module(given)
    if packed is not None:
        y, lengths = rnn.pad_packed_sequence(y, module.batch_first, padding_value=-1.0)
        yield lengths
    states = h if isinstance(h, tuple) else (h,)
    yield y.grad_fn.name(), y.stride(), y.detach(), [t.detach() for t in states]
    ((y * y).sum() + sum((s * s.sin()).sum() for s in states)).backward()
    yield Arrived([x.grad, *[p.grad for p in module.parameters()]])


def layers(torch):
    """Each kind: one layer, several in both directions, without bias, without a batch, of doubles."""
    for kind in (torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM):
        torch.manual_seed(0)
        yield from _after(torch, kind(3, 4), torch.randn(5, 2, 3))
        yield from _after(torch, kind(3, 4, 2, batch_first=True, bidirectional=True), torch.randn(5, 2, 3))
        yield from _after(torch, kind(3, 4, 2, bias=False), torch.randn(5, 3))
        yield from _after(torch, kind(3, 4).double(), torch.randn(2, 2, 3).double())
        yield from _after(torch, kind(3, 4, 3, dropout=0.5), torch.randn(4, 2, 3))
        yield repr(kind(3, 4, 2, bias=False, batch_first=True, bidirectional=True, dropout=0.25))


def packed(torch):
    """Sequences of several lengths, in any order."""
    for kind in (torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM):
        torch.manual_seed(0)
        yield from _after(torch, kind(3, 4, 2, bidirectional=True), torch.randn(5, 3, 3), [2, 5, 3])
        yield from _after(torch, kind(3, 4, batch_first=True), torch.randn(3, 5, 3), torch.tensor([5, 1, 3]))


def projections_and_relu(torch):
    """proj_size of LSTM, nonlinearity of RNN, and a given first state."""
    torch.manual_seed(0)
    yield from _after(torch, torch.nn.RNN(3, 4, 1, "relu"), torch.randn(5, 2, 3))
    yield from _after(torch, torch.nn.RNN(3, 4, nonlinearity="relu"), torch.randn(5, 2, 3))
    lstm = torch.nn.LSTM(3, 4)
    h, c = torch.randn(1, 2, 4, requires_grad=True), torch.randn(1, 2, 4, requires_grad=True)
    y, (h1, c1) = lstm(torch.randn(5, 2, 3), (h, c))
    (y.sum() + h1.exp().sum() + c1.sum()).backward()
    yield y, h1, c1, Arrived([h.grad, c.grad])


def cells(torch):
    """One step, with and without a batch and a state."""
    for kind in (torch.nn.RNNCell, torch.nn.GRUCell, torch.nn.LSTMCell):
        torch.manual_seed(0)
        cell = kind(3, 4)
        yield repr(cell), repr(kind(3, 4, bias=False))
        state = cell(torch.randn(2, 3))
        yield cell(torch.randn(2, 3), state)
        yield cell(torch.randn(3))
        yield attempt(lambda cell=cell: cell(torch.randn(2, 4)))
        yield attempt(lambda cell=cell: cell(torch.randn(2, 2, 4)))


def refusals(torch):
    """What does not fit."""
    nn = torch.nn
    x = torch.randn(5, 2, 3)
    for kind in (nn.RNN, nn.GRU):
        m = kind(3, 4)
        yield attempt(lambda m=m: m(torch.randn(5, 2, 4)))
        yield attempt(lambda m=m: m(torch.randn(5)))
        yield attempt(lambda m=m: m(x, torch.zeros(1, 3, 4)))
        yield attempt(lambda m=m: m(x, torch.zeros(3, 4)))
        yield attempt(lambda m=m: m(x.double()))
        yield attempt(lambda kind=kind: kind(3, 4, proj_size=2))
    lstm = nn.LSTM(3, 4)
    yield attempt(lambda: lstm(x, (torch.zeros(1, 2, 4), torch.zeros(1, 2, 3))))
    yield attempt(lambda: lstm(x, (torch.zeros(2, 4), torch.zeros(2, 4))))
    yield attempt(lambda: nn.LSTM(3, 0))
    yield attempt(lambda: nn.LSTM(3, 4, dropout=2))
    yield attempt(lambda: nn.LSTM(3, 4, proj_size=4))
    yield attempt(lambda: nn.LSTM(3.0, 4))
    yield attempt(lambda: nn.RNN(3, 4, nonlinearity="sin"))


def sequences(torch):
    """Padding and packing, there and back."""
    rnn = torch.nn.utils.rnn
    a, b, c = torch.arange(4.0), torch.arange(2.0) + 10, torch.arange(3.0) + 20
    yield rnn.pad_sequence([a, b, c])
    yield rnn.pad_sequence([a, b, c], batch_first=True, padding_value=-1)
    yield rnn.pad_sequence([a, b], batch_first=True, padding_side="left")
    packed = rnn.pack_sequence([a, b, c], enforce_sorted=False)
    yield packed.data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices
    yield rnn.pad_packed_sequence(packed, batch_first=True, total_length=5)
    yield rnn.unpack_sequence(packed)
    yield rnn.unpad_sequence(rnn.pad_sequence([a, b, c]), torch.tensor([4, 2, 3]))
    yield rnn.pack_padded_sequence(torch.ones(4, 2, 3), [4, 1]).batch_sizes
    yield attempt(lambda: rnn.pack_sequence([b, a]))
    yield attempt(lambda: rnn.pack_padded_sequence(torch.ones(4, 2, 3), [4, 0]))
    yield attempt(lambda: rnn.pack_padded_sequence(torch.ones(4, 2, 3), [4]))
    yield attempt(lambda: rnn.pad_packed_sequence(packed, total_length=2))
    yield attempt(lambda: rnn.pad_sequence([]))
