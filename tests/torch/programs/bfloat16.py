"""bfloat16: made, cast, promoted, printed; computed in float32 and rounded once, there and back."""

import copy
import io
import math
import pickle

from twin import Arrived, attempt


def made(torch):
    """From nothing, from numbers, from other tensors; and what its type is called."""
    b = torch.bfloat16
    yield torch.zeros(2, dtype=b), torch.ones(2, 3, dtype=b), torch.full((2,), 0.1, dtype=b), torch.eye(2, dtype=b)
    yield torch.tensor([1.5, 2, -3.14159, 1e-3], dtype=b), torch.tensor(0.1, dtype=b), torch.tensor(True, dtype=b)
    yield torch.arange(0, 2, 0.3, dtype=b), torch.arange(5, dtype=b), torch.linspace(0, 1, 7, dtype=b)
    x = torch.tensor([1.0, 2.25, 1e30], dtype=b)
    yield (
        torch.tensor([x[0], x[1]]),
        torch.tensor([x[0], 2]),
        torch.zeros_like(x),
        torch.full_like(x, 0.3),
        x.new_ones(2),
    )
    yield torch.as_tensor([1, 2], dtype=b), torch.empty(0, dtype=b), torch.ones(3, dtype=b, requires_grad=True)
    yield x.type(), x.type("torch.FloatTensor"), x.type(torch.int64), torch.ones(2).type("torch.BFloat16Tensor")
    yield isinstance(x, torch.BFloat16Tensor), torch.BFloat16Tensor([1, 2])
    yield (
        x.dtype,
        x.element_size(),
        x.nbytes,
        x.is_floating_point(),
        x.is_complex(),
        x.is_signed(),
        type(b) is torch.dtype,
    )
    yield attempt(lambda: torch.full((2,), 1e39, dtype=b)), torch.tensor([1e39, -math.inf, math.nan], dtype=b)
    yield attempt(lambda: x.fill_(1e39))
    torch.set_default_dtype(b)
    try:
        yield torch.tensor([1.0]), torch.ones(2), torch.ones(2) / 3, torch.tensor([1]) / 2
    finally:
        torch.set_default_dtype(torch.float32)


def cast(torch):
    """To it and from it: rounded to the nearest, half to even."""
    x = torch.tensor([1.00390625, 1.01171875, 3.1415926, 65504.0, 1e-40, 3.4e38])
    yield x.bfloat16(), x.to(torch.bfloat16), x.double().to(torch.bfloat16), x.half().bfloat16(), x.bfloat16().half()
    y = x.bfloat16()
    yield y.float(), y.double(), y[:4].int(), y.bool(), y[:4].long(), y[:3].to(torch.complex64)
    yield y.bfloat16() is y, y.to(torch.bfloat16) is y, y.to(y) is y, y.clone(), y.type_as(x)
    for d in (torch.int8, torch.int64, torch.uint8, torch.bool):
        yield torch.tensor([0, 1, 77]).to(d).bfloat16()
    x.requires_grad_()
    z = x.bfloat16()
    yield z, (z * 2).float()
    (z * 3).sum().backward()
    yield x.grad
    w = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
    w.float().mul(0.3).sum().backward()
    yield w.grad


def seen(torch):
    """Values as Python's; what NumPy is refused."""
    x = torch.tensor([[1.5, 0.1], [3.0, 1000.0]]).bfloat16()
    yield x.tolist(), x[0, 1].item(), float(x[0, 0]), int(x[1, 0]), bool(x[0, 0]), x[0, 0].tolist(), f"{x[0, 1]:.3f}"
    yield attempt(lambda: x.numpy()), attempt(lambda: x.numpy(force=True))
    yield repr(x), repr(x * 1e6), repr(x[:, 1]), repr(torch.zeros(0, 2, dtype=torch.bfloat16)), repr(x.requires_grad_())
    yield repr(torch.nn.Parameter(x)), repr(torch.ones(2000).bfloat16()), attempt(lambda: x.numpy())
    yield torch.equal(x, x.clone()), torch.allclose(x, x), 1.5 in x.detach(), x.detach().float().numpy()


def promoted(torch):
    """With tensors of other dtypes, 0-dim ones, and Python's numbers."""
    x = torch.tensor([1.0, 2.5, -3.0]).bfloat16()
    for d in (torch.bool, torch.uint8, torch.int64, torch.float16, torch.float32, torch.float64, torch.complex64):
        y = torch.tensor([1, 0, 1]).to(d)
        yield x + y, y * x, torch.result_type(x, y), x + y[0], x[0] + y, attempt(lambda: x.clone().add_(y))
    yield x * 1.001, x / 1.001, x + 1.001, x - 0.0039, 1.001 / x, 2 - x, x**1.001, x // 0.3, x % 0.7, -x, abs(x)
    yield x * torch.tensor(1.0023), x / torch.tensor(1.0023, dtype=torch.float64), x + torch.tensor(1.0023), x + 1j
    yield x == 2.503, x < 2.503, x >= torch.tensor(2.503), x > True, x != x, torch.maximum(x, torch.tensor(2.501))
    yield torch.can_cast(torch.float32, torch.bfloat16), torch.can_cast(torch.bfloat16, torch.int64)
    yield torch.where(x > 0, x, 0.3), torch.where(x > 0, 1.0, x), torch.cat([x, x.float()]), torch.stack([x, x])


def windows(torch):
    """Views, strides, other dtypes on the same memory, indices, writes and versions."""
    x = torch.arange(12).bfloat16().view(3, 4)
    yield x.t(), x[1], x[:, ::2], x.view(torch.int16), x.view(torch.float32), x.view(torch.uint8)[0], x.unfold(1, 2, 1)
    y = torch.tensor([16256, 16320], dtype=torch.int16).view(torch.bfloat16)
    yield y, x.untyped_storage().nbytes(), x.T.contiguous(), x.expand(2, 3, 4), x.as_strided((2, 2), (4, 1), 1)
    yield (
        x[x > 3],
        x[[0, 2]],
        x[:, torch.tensor([1, 1])],
        x.take(torch.tensor([0, 5])),
        x.gather(1, torch.tensor([[3], [0], [1]])),
    )
    x[0] = 0.1
    x[:, 1] = torch.tensor([1.001, 2.0, 3.0]).bfloat16()
    x[2, 3] += 0.5
    x[x > 8] = -1
    yield x, x._version
    x.t().mul_(1.5)
    x.view(-1)[::5].fill_(0.3)
    yield x, x.add_(1), x.clamp_(0, 3), x.zero_(), x.copy_(torch.full((3, 4), 0.7)), x.masked_fill_(x > 0, 2.1)
    yield attempt(lambda: x.index_put_((torch.tensor([0]),), torch.ones(4))), attempt(lambda: x.add_(1j))
    yield (
        x.flip(0),
        x.roll(1, 0),
        torch.cat([x, x], 1),
        x.repeat(1, 2),
        x.tril(),
        torch.add(x, x, out=torch.empty(0, dtype=torch.bfloat16)),
    )


def elementwise(torch):
    """Functions of each element."""
    x = torch.tensor([-2.6, -1.0, -0.3, 0.0, 0.4, 1.7, 30.0]).bfloat16()
    p = x.abs() + 0.125
    yield x.exp(), p.log(), p.sqrt(), x.tanh(), x.sigmoid(), x.sin(), x.cos(), p.reciprocal(), x.square()
    yield (
        x.floor(),
        x.ceil(),
        x.round(),
        x.trunc(),
        x.frac(),
        x.sign(),
        x.abs(),
        x.neg(),
        x.isnan(),
        x.isfinite(),
        x.signbit(),
    )
    yield x.clamp(-1, 1), x.relu(), torch.nn.functional.gelu(x), torch.nn.functional.silu(x), torch.nn.functional.elu(x)
    yield (
        torch.nn.functional.softplus(x),
        torch.nn.functional.leaky_relu(x, 0.013),
        x.erf(),
        p.lgamma(),
        x.log1p(),
        x.expm1(),
    )
    yield (
        torch.atan2(x, p),
        x.maximum(p),
        torch.fmod(x, p),
        torch.remainder(x, p),
        torch.hypot(x, p),
        p.pow(x),
        x.copysign(-p),
    )
    yield (
        x.lerp(p, 0.3),
        torch.addcmul(x, x, p, value=0.3),
        torch.addcdiv(x, x, p, value=0.3),
        x.add(p, alpha=0.3),
        torch.logaddexp(x, p),
    )
    yield x.nan_to_num(), x.logical_not(), x.eq(x), x.heaviside(p), x.nextafter(p)


def reduced(torch):
    """Sums and what is made of them: added up in float32."""
    torch.manual_seed(1)
    x = torch.randint(-8, 9, (40, 50)).bfloat16() / 4
    yield (
        x.sum(),
        x.sum(0),
        x.sum(1, keepdim=True),
        x.mean(),
        x.mean(1),
        x.sum(dtype=torch.float32),
        x.float().sum(dtype=torch.bfloat16),
    )
    yield (
        x.max(),
        x.min(1),
        x.amax(0),
        x.argmax(),
        x.argmin(1),
        x.any(),
        x.all(0),
        x.norm(),
        x.norm(1, 0),
        x.var(),
        x.std(1),
    )
    yield (
        x.cumsum(1)[:, -1],
        x[0].sort(),
        x.topk(3, 1),
        x[:5].median(1),
        x.softmax(1),
        x.log_softmax(0),
        x.count_nonzero(),
    )
    yield (
        torch.ones(4000).bfloat16().sum(),
        torch.ones(4000).bfloat16().cumsum(0)[-1],
        x[0].unique(),
        x[:3, :3].prod(1),
        x.nansum(),
        x.aminmax(),
    )


def products(torch):
    """Products of matrices, and layers."""
    torch.manual_seed(2)
    a, b = torch.randint(-4, 5, (5, 30)).bfloat16() / 4, torch.randint(-4, 5, (30, 6)).bfloat16() / 4
    a.requires_grad_()
    b.requires_grad_()
    bias = torch.arange(6).bfloat16()
    yield (
        a @ b,
        torch.mm(a, b),
        torch.addmm(bias, a, b),
        torch.bmm(a[None], b[None]),
        a[0] @ b,
        a[0].dot(a[0]),
        torch.outer(a[0], bias),
    )
    yield torch.nn.functional.linear(a, b.t(), bias), torch.baddbmm(bias, a[None], b[None], alpha=0.5)
    (a @ b).sum().backward()
    yield a.grad, b.grad
    x = torch.randint(-4, 5, (2, 3, 8, 8)).bfloat16() / 4
    w = (torch.randint(-4, 5, (4, 3, 3, 3)).bfloat16() / 4).requires_grad_()
    y = torch.nn.functional.conv2d(x, w, padding=1)
    yield (
        y,
        torch.nn.functional.max_pool2d(y, 2),
        torch.nn.functional.avg_pool2d(y, 2),
        torch.nn.functional.adaptive_avg_pool2d(y, 1),
    )
    y.sum().backward()
    yield w.grad
    yield attempt(lambda: a @ torch.ones(30, 2)), attempt(lambda: torch.nn.Linear(30, 2)(a)), attempt(lambda: a.dot(a))
    yield attempt(lambda: torch.nn.functional.conv2d(x, w.float()), words=False)


def normalised(torch):
    """Layers that normalise, with parameters of its dtype and of float32."""
    torch.manual_seed(3)
    x = torch.randn(4, 6).bfloat16()
    for d in (torch.bfloat16, torch.float32):
        w, v = torch.linspace(0.5, 1.5, 6).to(d).requires_grad_(), torch.zeros(6, dtype=d).requires_grad_()
        z = x.clone().requires_grad_()
        y = torch.nn.functional.layer_norm(z, (6,), w, v)
        yield y.dtype, y.shape, y.grad_fn.name()
        y.sum().backward()
        yield z.grad.dtype, w.grad.dtype, v.grad
        z = x.clone().requires_grad_()
        y = torch.nn.functional.batch_norm(z, torch.zeros(6, dtype=d), torch.ones(6, dtype=d), w, v, training=True)
        yield y.dtype, y.grad_fn.name()
        y.sum().backward()
        yield z.grad.dtype, w.grad.dtype
        y = torch.nn.functional.group_norm(x, 2, w, v)
        yield y.dtype
    yield torch.nn.functional.layer_norm(x, (6,)), torch.nn.functional.rms_norm(x, (6,)).dtype


def back(torch):
    """Gradients are of its dtype, rounded op by op; hooks, a second backward, views and writes."""
    x = torch.tensor([0.5, -1.25, 3.0]).bfloat16().requires_grad_()
    y = (x * 1.7).tanh() + x**2
    seen = []
    y.register_hook(lambda g: seen.append(g.dtype))
    y.sum().backward(retain_graph=True)
    yield Arrived(x.grad), seen
    y.sum().backward()
    yield Arrived(x.grad)
    (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    yield g, torch.autograd.grad(g.sum(), x)[0]
    z = x.detach().clone().requires_grad_()
    a = z * 1
    a[1] = 4.0
    a[2:].mul_(x.detach()[2:])
    a.exp().sum().backward()
    yield z.grad, a._version
    m = torch.ones(2, 3, requires_grad=True)  # float32, met by bfloat16
    (m * x.detach()).sum().backward()
    (m.bfloat16() @ x.detach()).sum().backward()
    yield m.grad
    yield attempt(lambda: setattr(x, "grad", torch.ones(3))), attempt(lambda: y.sum().backward())
    w = x.detach().clone().requires_grad_()
    h = w.exp()
    h.add_(1)
    yield attempt(lambda: h.sum().backward())
    x.grad = None
    torch.where(x > 0, x, x * 0.1).mean().backward()
    yield Arrived(x.grad)


def kept(torch):
    """Copied, pickled, saved and loaded."""
    x = torch.tensor([[1.5, 0.1], [3.0, 1000.0]]).bfloat16()
    yield (
        copy.deepcopy(x),
        copy.copy(x),
        pickle.loads(pickle.dumps(x)),
        pickle.loads(pickle.dumps(torch.bfloat16)) is torch.bfloat16,
    )
    file = io.BytesIO()
    torch.save({"x": x, "t": x.t(), "d": torch.bfloat16, "p": torch.nn.Parameter(x)}, file)
    file.seek(0)
    yield torch.load(file)
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1)).bfloat16()
    yield net.state_dict(), net[0].weight.dtype, net.load_state_dict(copy.deepcopy(net.state_dict()))
    yield net.float()[0].weight.dtype, net.to(torch.bfloat16)[1].bias


def drawn(torch):
    """Random numbers: those of its own stream."""
    b = torch.bfloat16
    torch.manual_seed(4)
    yield torch.rand(5, dtype=b), torch.randn(5, dtype=b), torch.randn(40, dtype=b), torch.randint(0, 9, (4,), dtype=b)
    x = torch.zeros(20, dtype=b)
    yield (
        x.uniform_(-1, 2),
        x.normal_(1, 2),
        x.bernoulli_(0.3),
        x.exponential_(2.0),
        x.random_(0, 50),
        x.random_(),
        x.geometric_(0.3),
    )
    yield (
        x.cauchy_(),
        x.log_normal_(),
        torch.bernoulli(torch.full((9,), 0.4, dtype=b)),
        torch.rand_like(x),
        torch.randn_like(x),
    )
    yield (
        torch.normal(x, 2.0),
        torch.normal(1.0, x.abs()),
        torch.normal(x, x.abs()),
        torch.randperm(5).to(b),
        torch.poisson(x.abs()),
    )
    yield (
        torch.multinomial(torch.ones(4, dtype=b), 6, replacement=True),
        torch.nn.functional.dropout(x, 0.4),
        torch.nn.init.xavier_uniform_(torch.empty(3, 3, dtype=b)),
    )


def refused(torch):
    """What PyTorch has no kernel for, in its words."""
    x = torch.tensor([[4.0, 1.0], [1.0, 3.0]]).bfloat16()
    linalg, special = torch.linalg, torch.special
    for call in (
        linalg.qr, linalg.svd, linalg.svdvals, linalg.det, linalg.slogdet, linalg.inv, linalg.inv_ex, linalg.cholesky, linalg.eigh, linalg.eigvals, linalg.lu,
        linalg.lu_factor, linalg.pinv, linalg.matrix_rank, linalg.cond, linalg.ldl_factor, torch.geqrf, torch.pinverse, torch.fft.fft, torch.fft.rfft2,
        special.bessel_j0, special.airy_ai, special.erfcx, special.ndtri, special.log_ndtr, special.modified_bessel_k1, torch.bitwise_not,
        torch.nn.functional.pdist,
    ):  # fmt: skip
        yield attempt(lambda: call(x))
    for call in (
        linalg.solve, linalg.lstsq, torch.complex, torch.polar, torch.gcd, torch.lcm, torch.bitwise_and, torch.bitwise_left_shift, torch.cdist, special.zeta,
        special.chebyshev_polynomial_t, torch.cholesky_solve,
    ):  # fmt: skip
        yield attempt(lambda: call(x, x))
    yield (
        attempt(lambda: torch.view_as_complex(x)),
        attempt(lambda: x.quantile(0.5)),
        attempt(lambda: torch.bincount(x[0])),
    )
    yield attempt(lambda: torch.ones(2, dtype=torch.int64).bfloat16().numpy()), attempt(lambda: x.imag), x.real is x


def optimised(torch):
    """Steps of optimisers: parameters and state stay bfloat16."""
    torch.manual_seed(5)
    begin, gradients = torch.randn(4, 5).bfloat16(), [torch.randn(4, 5).bfloat16() for _ in range(4)]
    sgd = torch.optim.SGD
    for make in (
        lambda p: sgd(p, lr=0.1),
        lambda p: sgd(p, lr=0.1, momentum=0.9, dampening=0.3),
        lambda p: sgd(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    ):
        p = torch.nn.Parameter(begin.clone())
        optimizer = make([p])
        for g in gradients:
            p.grad = g.clone()
            optimizer.step()
        yield p, list(optimizer.state[p].values())
    for make in (
        torch.optim.Adam,
        torch.optim.AdamW,
        torch.optim.RMSprop,
        torch.optim.Adagrad,
        torch.optim.Adadelta,
        torch.optim.Adamax,
        torch.optim.NAdam,
    ):
        p, q = torch.nn.Parameter(begin.clone()), torch.nn.Parameter(begin.float())
        optimizers = make([p]), make([q])
        for g in gradients:
            p.grad, q.grad = g.clone(), g.float()
            for optimizer in optimizers:
                optimizer.step()
        yield (
            p.dtype,
            p._version,
            {k: (v.dtype, v.shape) for k, v in optimizers[0].state[p].items() if hasattr(v, "dtype")},
        )
        yield bool(((p - q).abs() < 0.04).all())


def begun(torch):
    """Layers made in it, their first values and what they answer; distributions."""
    b, nn = torch.bfloat16, torch.nn
    x = torch.tensor([1.5, 2.0, -3.0], dtype=b)
    torch.manual_seed(6)
    yield (
        nn.init.normal_(torch.empty(40, dtype=b)),
        nn.init.kaiming_uniform_(torch.empty(3, 4, dtype=b)),
        nn.init.trunc_normal_(torch.empty(4, dtype=b)),
    )
    for layer in (nn.Linear(3, 2, dtype=b), nn.Linear(3, 2, bias=False, dtype=b)):
        yield layer.weight, layer(x), layer(x[None])
    yield (
        nn.Embedding(3, 2, dtype=b)(torch.tensor([1])),
        nn.Conv1d(1, 1, 2, dtype=b)(x[None, None]),
        nn.LSTM(3, 2, dtype=b).state_dict(),
    )
    d = torch.distributions
    yield (
        d.Normal(x, x.abs()).sample(),
        d.Uniform(x, x + 1).sample(),
        d.Bernoulli(torch.full((9,), 0.3, dtype=b)).sample(),
    )
    yield (
        d.Categorical(logits=x).sample((5,)),
        d.Exponential(x.abs()).sample(),
        d.Normal(x, x.abs()).log_prob(x),
        d.Normal(x, x.abs()).entropy(),
    )
    yield attempt(lambda: d.Beta(x.abs(), x.abs()).sample()), attempt(lambda: torch.binomial(x.abs(), x.abs() / 4))
    yield d.Gamma(x.abs(), x.abs()).log_prob(x.abs())


def around(torch):
    """Custom functions, saved-tensor hooks, forward mode, and functions of functions."""
    x = torch.tensor([1.5, 2.0, -3.0]).bfloat16()

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return a * a

        @staticmethod
        def backward(ctx, grad):
            (a,) = ctx.saved_tensors
            return 2 * a * grad

    y = x.clone().requires_grad_()
    Square.apply(y).sum().backward()
    yield y, y.grad
    y = x.clone().requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.float(), lambda t: t.bfloat16()):
        z = (y * y).sum()
    z.backward()
    yield Arrived(y.grad)
    yield (
        torch.autograd.functional.jacobian(lambda t: t**2, x),
        torch.autograd.functional.hessian(lambda t: (t**3).sum(), x),
    )
    yield torch.func.grad(lambda t: (t * t).sum())(x).dtype, torch.func.vmap(lambda t: t * 2)(x[:, None]).dtype
    yield torch.func.jvp(lambda t: t * t, (x,), (torch.ones_like(x),))[1].dtype
    yield (
        torch.nn.utils.clip_grad_norm_([y], 1.0),
        y.grad.dtype,
        torch.testing.assert_close(x, x + 0.001),
        attempt(lambda: torch.testing.assert_close(x, x + 0.2)),
    )
    with torch.inference_mode():
        yield (x * 2).is_inference(), (x * 2).dtype


def too_much(torch):
    """Numbers that it cannot hold."""
    x = torch.tensor([1.5, 2.0, -3.0]).bfloat16()
    yield (
        attempt(lambda: x.clamp(max=1e40)),
        attempt(lambda: x.masked_fill(x > 0, 1e39)),
        attempt(lambda: torch.full_like(x, 1e39)),
        x * 1e40,
    )
    yield torch.nan_to_num(x * math.inf), torch.nan_to_num(x * math.nan, nan=0.1), x < 10**12, x == 2**62, x + 10**10
    yield (
        attempt(lambda: torch.full_like(x.float(), 1e39)),
        attempt(lambda: torch.full_like(x.int(), 2**40)),
        torch.full_like(x, torch.tensor(0.3)),
    )
