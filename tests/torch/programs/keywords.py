"""Arguments by keyword: `input` for the tensor that a method has before its dot, `axis` and `keepdims` as in NumPy."""

import warnings

import numpy as np
from twin import attempt

NAMED = """
torch.softmax(input=x, dim=0); torch.unsqueeze(input=x, dim=0); torch.add(input=x, other=x); torch.matmul(input=x, other=x.T)
torch.sum(input=x); torch.argmax(input=x, dim=1); torch.stack(tensors=[x, x]); torch.cat(tensors=[x, x], axis=0)
torch.reshape(input=x, shape=(3, 2)); torch.permute(input=x, dims=(1, 0)); torch.clamp(input=x, min=0)
torch.transpose(input=x, dim0=0, dim1=1); torch.mul(input=x, other=2); torch.exp(input=x); torch.topk(input=x, k=1)
torch.max(input=x, dim=1); torch.max(input=x, other=x); torch.flatten(input=x, start_dim=0); torch.pow(input=x, exponent=2)
torch.where(condition=x > 0, input=x, other=x); torch.eq(input=x, other=x); torch.allclose(input=x, other=x)
torch.dot(input=x[0], tensor=x[1]); torch.mm(input=x, mat2=x.T); torch.t(input=x); torch.relu(input=x); torch.squeeze(input=x); torch.div(input=x, other=2)
torch.round(input=x, decimals=1); torch.std(input=x); torch.split(tensor=x, split_size_or_sections=1); torch.sort(input=x)
torch.gather(input=x, dim=0, index=i); torch.cumsum(input=x, dim=0); torch.masked_select(input=x, mask=x > 0); torch.tril(input=x)
torch.unique(input=x); torch.chunk(input=x, chunks=2); torch.norm(input=x); torch.outer(input=x[0], vec2=x[0])
torch.index_select(input=x, dim=0, index=i[0]); torch.sub(input=x, other=2); torch.movedim(input=x, source=0, destination=1)
torch.flip(input=x, dims=(0,)); torch.roll(input=x, shifts=1); torch.any(input=x); torch.clone(input=x); torch.isnan(input=x)
torch.tile(input=x, dims=(2, 1)); torch.median(input=x); torch.square(input=x); torch.inverse(input=x @ x.T); torch.numel(input=x)
torch.swapaxes(input=x, axis0=0, axis1=1); torch.unbind(input=x); torch.diff(input=x); torch.quantile(input=x, q=0.5)
torch.histogram(x); torch.bincount(input=i[0]); torch.scatter(input=x, dim=0, index=i, src=x)
x.permute(dims=(1, 0)); x.view(size=(3, 2)); x.expand(size=(2, 3)); x.repeat(repeats=(2, 1)); x.split(split_size=1)
"""
SPELLED = """
x.argmax(axis=1); torch.argmax(x, axis=1, keepdims=True); x.softmax(axis=1); torch.stack([x, x], axis=1); x.unsqueeze(axis=0)
x.squeeze(axis=0); x.sum(axis=1, keepdims=True); x.mean(1, keepdims=True); x.std(axis=0, keepdims=True); x.max(axis=1, keepdims=True)
x.all(axis=0); x.cumsum(axis=0); x.sort(axis=1); x.argsort(axis=1); x.topk(2, axis=1); x.chunk(2, axis=0)
x.unbind(axis=1); x.repeat_interleave(2, axis=0); x.norm(p=1, dim=1); x.median(axis=0, keepdims=True)
x.amax(axis=0, keepdims=True); x.logsumexp(axis=1); x.quantile(0.5, axis=1); x.diff(axis=0); x.prod(axis=1); x.var(axis=1)
x.log_softmax(axis=-1); x.count_nonzero(axis=0); x.cummax(axis=1); x.nansum(axis=0); torch.linalg.norm(x, axis=1)
torch.var_mean(x, axis=0, keepdims=True); x.kthvalue(1, axis=0, keepdims=True); x.narrow(axis=0, start=0, length=1)
"""


def each(torch, calls):
    x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 3.0, -0.25]])
    i = torch.tensor([[0, 1, 0]])
    for call in calls.replace("\n", ";").split(";"):
        if call.strip():
            found = eval(call.strip(), {"torch": torch, "x": x, "i": i})
            many = found if isinstance(found, (tuple, list)) else [found]
            yield call.strip(), [f.numpy() if isinstance(f, torch.Tensor) else f for f in many]


def named(torch):
    """The tensor of a method is a function's `input`."""
    yield from each(torch, NAMED)


def spelled(torch):
    """`axis` for `dim`, `keepdims` for `keepdim`."""
    yield from each(torch, SPELLED)


def with_history(torch):
    """The graph is the same under either name."""
    x = torch.tensor([[0.5, -1.0], [1.5, 3.0]], requires_grad=True)
    out = torch.softmax(input=x, axis=1).cumsum(axis=0).max(axis=1, keepdims=True).values
    out.sum().backward()
    yield out, x.grad, x.unsqueeze(axis=1), x.argmax(axis=0)


def left_out(torch):
    """What must be given, under one of its names."""
    yield attempt(lambda: torch.ones(2).cumsum()), attempt(lambda: torch.ones(2).cumsum(axis=3))


def evenly(torch):
    """linspace and arange round as PyTorch does; histograms have the same edges."""
    for start, end, steps in ((-1, 3, 101), (0.1, 0.7, 8), (2.5, -1.3, 33), (0, 1, 2), (5, 5, 4)):
        yield [torch.linspace(start, end, steps, dtype=d).tolist() for d in (torch.float32, torch.float64)]
    for start, end, step in ((-5, 5, 0.1), (0.3, 2, 0.07), (1.5, -1.5, -0.013), (0, 1, 0.1), (0.5, 60, 1)):
        yield [torch.arange(start, end, step, dtype=d).tolist() for d in (torch.float32, torch.float64)]
    yield torch.histogram(torch.tensor([-1.0, 3.0])).bin_edges.tolist()


def python_types(torch):
    """float, int, bool and complex are dtypes where one is asked for; what is none is refused."""
    x = torch.tensor([0.5, 2.0])
    for kind in (float, int, bool, complex):
        yield torch.zeros(2, dtype=kind), torch.ones((1, 2), dtype=kind), torch.full((2,), 1, dtype=kind), x.to(kind)
        yield torch.tensor([1, 0], dtype=kind), torch.as_tensor([1, 0], dtype=kind), torch.zeros_like(x, dtype=kind)
        yield x.prod(dtype=kind), x.sum(0, dtype=kind), x.sum(dtype=torch.int32), x.prod(dtype=torch.int8)
        yield x.to(dtype=kind), x.sum(dtype=kind), x.new_zeros(2, dtype=kind), torch.eye(2, dtype=kind)
    yield (
        torch.arange(3, dtype=float),
        torch.linspace(0, 1, 3, dtype=float),
        x.softmax(0, dtype=float),
        x.cumsum(0, dtype=float),
    )
    yield torch.randint(0, 5, (2,), dtype=float).dtype, torch.nn.Linear(2, 2, dtype=float).weight.dtype
    yield attempt(lambda: torch.ones(2, dtype="float")), attempt(lambda: torch.zeros_like(x, dtype=np.float32))
    yield attempt(lambda: torch.tensor(1, dtype="x"))


def sizes(torch):
    """Sizes that are no whole numbers."""
    x = torch.ones(2, 3)
    yield attempt(lambda: torch.zeros((2.0, 3))), attempt(lambda: torch.zeros(2, 3.0)), attempt(lambda: torch.ones(2.0))
    yield (
        attempt(lambda: torch.randn(2, 3.0)),
        attempt(lambda: torch.rand((2, "a"))),
        attempt(lambda: torch.zeros(None)),
    )
    yield attempt(lambda: x.view(3, 2.0)), attempt(lambda: x.view((3, 2.0))), attempt(lambda: x.reshape((2.0, 3)))
    yield attempt(lambda: x.repeat(1, 2.0)), attempt(lambda: x.repeat(2.0)), attempt(lambda: torch.full((2.0,), 1))
    yield attempt(lambda: torch.full((2,), "a")), attempt(lambda: torch.randperm(-1))
    yield attempt(lambda: torch.meshgrid(x, x, indexing="ij"), words=False)


def nested(torch):
    """Why an encoder takes no nested tensors is told where it is made."""
    nn = torch.nn
    for options in ({}, {"batch_first": True}, {"norm_first": True}, {"batch_first": True, "activation": torch.tanh}):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            made = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, **options), 1)
        yield [str(w.message) for w in told], made.use_nested_tensor
