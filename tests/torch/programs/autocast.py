"""torch.autocast on the CPU: which op computes in which precision, and what the graph shows of it."""

import warnings

from twin import attempt


def lower(torch):
    """What computes in half precision, and what stays as it is."""
    torch.manual_seed(0)
    F = torch.nn.functional
    a = torch.randint(-3, 4, (3, 3)).float() / 2
    b, d = a.bfloat16(), a.double()
    for half in (torch.bfloat16, torch.float16):
        with torch.autocast("cpu", dtype=half):
            yield (
                a @ a,
                a.mm(a),
                a @ a[0],
                a[0] @ a[0],
                a.mv(a[0]),
                torch.addmm(a, a, a),
                torch.einsum("ij,jk->ik", a, a).dtype,
            )
            yield (
                torch.bmm(a[None], a[None]),
                torch.baddbmm(a[None], a[None], a[None]),
                torch.addbmm(a, a[None], a[None]),
                torch.inner(a, a),
            )
            yield (
                F.linear(a, a),
                F.linear(a, a, a[0]),
                F.conv1d(a[None], torch.ones(2, 3, 1)),
                F.conv2d(a.view(1, 1, 3, 3), torch.ones(1, 1, 2, 2)),
            )
            yield (
                F.conv_transpose1d(a[None], torch.ones(3, 2, 1)),
                F.prelu(a, a[0]),
                F.scaled_dot_product_attention(a[None], a[None], a[None]).dtype,
            )
            yield (
                torch.linalg.vecdot(a, a),
                torch.tensordot(a, a, 1),
                torch.linalg.multi_dot([a, a, a]),
                torch.outer(a[0], a[0]),
                torch.kron(a, a).dtype,
            )
            yield (
                a + b,
                b.exp(),
                b.sum(),
                b.softmax(0).dtype,
                F.layer_norm(b, (3,)).dtype,
                F.embedding(torch.tensor([0]), a),
                F.max_pool2d(b[None], 2),
            )
            h = a.to(half)
            yield torch.cat([a, h]), torch.stack([h, h]), torch.index_copy(a, 0, torch.tensor([0]), h[:1])
            yield (
                d @ d,
                a.int() @ a.int(),
                attempt(lambda: a @ d),
                torch.mm(a, a, out=torch.empty(3, 3)),
                a.clone().addmm_(a, a),
            )


def single(torch):
    """What computes in float32."""
    F = torch.nn.functional
    b = (torch.arange(9).view(3, 3) / 4 - 1).bfloat16()
    p, k, image = b.sigmoid(), torch.tensor([0, 1, 2]), b.view(1, 1, 3, 3)
    with warnings.catch_warnings(), torch.autocast("cpu"):
        warnings.simplefilter("ignore")
        yield (
            F.cross_entropy(b, k),
            F.nll_loss(b, k),
            F.mse_loss(b, p),
            F.l1_loss(b, p),
            F.smooth_l1_loss(b, p),
            F.huber_loss(b, p),
            F.kl_div(b, p),
        )
        yield (
            F.binary_cross_entropy(p, p),
            F.binary_cross_entropy_with_logits(b, p),
            F.cosine_embedding_loss(b, p, k - 1),
            F.hinge_embedding_loss(b, p),
        )
        yield (
            F.poisson_nll_loss(b, p),
            F.margin_ranking_loss(b, p, b),
            F.soft_margin_loss(b, p),
            F.triplet_margin_loss(b, p, b),
            F.multi_margin_loss(b, k),
        )
        yield (
            b.prod(),
            b.prod(0),
            b.trace(),
            torch.cdist(b, p),
            b.quantile(0.5),
            F.pad(image, (1, 1, 1, 1), mode="reflect"),
            F.max_pool3d(image[None], 1),
        )
        yield (
            F.avg_pool3d(image[None], 1),
            F.adaptive_avg_pool3d(image[None], 1),
            torch.fft.fft(b),
            torch.inverse(b @ b.T + torch.eye(3).bfloat16()).dtype,
        )
        yield (
            torch.linalg.svdvals(b).dtype,
            torch.linalg.matrix_rank(b).item(),
            F.grid_sample(image, torch.zeros(1, 2, 2, 2).bfloat16()).dtype,
        )
        yield attempt(lambda: torch.linalg.det(b)), F.gaussian_nll_loss(b, b, p).dtype


def trained(torch):
    """A step of training: casts in the graph, once for a parameter, gradients in float32."""
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.LayerNorm(8), torch.nn.Linear(8, 3))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x, k = torch.randint(-3, 4, (5, 4)).float(), torch.tensor([0, 1, 2, 0, 1])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        first = net[0](x)
        again = net[0](x)
        yield first, first.grad_fn.next_functions[0][0] is again.grad_fn.next_functions[0][0]
        loss = torch.nn.functional.cross_entropy(net(x), k)
    yield loss.dtype, [n.name() for n, _ in loss.grad_fn.next_functions]
    loss.backward()
    yield [p.grad.dtype for p in net.parameters()]
    optimizer.step()
    with torch.autocast("cpu", dtype=torch.bfloat16, cache_enabled=False):
        first, again = net[0](x), net[0](x)
        yield (
            first.grad_fn.next_functions[0][0] is again.grad_fn.next_functions[0][0],
            torch.is_autocast_cache_enabled(),
        )
    for layer in (torch.nn.LSTM(4, 3), torch.nn.GRU(4, 3), torch.nn.RNN(4, 3)):
        with torch.autocast("cpu"):
            out, _ = layer(x[None])
        yield out.dtype, out.shape
        out.float().sum().backward()
        yield layer.weight_ih_l0.grad.dtype


def switched(torch):
    """Nested, as a decorator, by hand, and the questions about it."""
    a = torch.ones(2, 2)

    def seen():
        return (
            (a @ a).dtype, torch.is_autocast_enabled("cpu"), torch.is_autocast_enabled(), torch.get_autocast_dtype("cpu"), torch.is_autocast_cache_enabled(),
            torch.is_autocast_cpu_enabled(), torch.get_autocast_cpu_dtype(),
        )  # fmt: skip

    yield seen()
    with torch.autocast("cpu") as outer:
        yield seen(), type(outer).__name__
        with torch.autocast("cpu", enabled=False):
            yield seen()
            with torch.autocast("cpu", dtype=torch.float16):
                yield seen()
        yield seen()
    yield seen()

    @torch.autocast("cpu", dtype=torch.bfloat16)
    def product(x):
        return x @ x

    yield product(a), product.__name__, seen()
    with torch.cpu.amp.autocast():
        yield a @ a
    with torch.amp.autocast("cpu", dtype=torch.float32):
        yield a @ a
    try:
        with torch.autocast("cpu"):
            raise KeyError
    except KeyError:
        yield seen()
    torch.set_autocast_enabled("cpu", True)
    torch.set_autocast_dtype("cpu", torch.float16)
    yield seen()
    torch.set_autocast_enabled("cpu", False)
    torch.set_autocast_dtype("cpu", torch.bfloat16)
    yield seen(), torch.amp.is_autocast_available("cpu"), torch.clear_autocast_cache()
    yield attempt(lambda: torch.autocast(5)), attempt(lambda: torch.autocast("foo"))


def scaled(torch):
    """A scaler: steps, one that overflows, clipping between, growth, its state, and wrong orders of calls."""
    net = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
    yield scaler.is_enabled(), scaler.get_scale(), scaler.state_dict(), str(type(scaler))
    yield (
        attempt(lambda: scaler.step(optimizer)),
        attempt(lambda: scaler.update()),
        attempt(lambda: scaler.unscale_(optimizer)),
    )
    for factor in (1.0, 2.0, float("inf"), 1.0, float("nan"), 0.5):
        optimizer.zero_grad()
        with torch.autocast("cpu"):
            loss = net(torch.ones(3, 2)).float().mean() * factor
        scaler.scale(loss).backward()
        yield net.weight.grad
        if factor == 2.0:
            scaler.unscale_(optimizer)
            yield net.weight.grad, attempt(lambda: scaler.unscale_(optimizer))
            torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        yield (
            scaler.step(optimizer),
            attempt(lambda: scaler.step(optimizer)),
            attempt(lambda: scaler.unscale_(optimizer)),
        )
        scaler.update()
        yield net.weight.detach(), scaler.get_scale(), scaler.state_dict()
    yield attempt(lambda: scaler.update()), attempt(lambda: scaler.step(optimizer, closure=lambda: 0.0))
    yield scaler.scale([loss, (loss,)]), attempt(lambda: scaler.scale(3))
    scaler.update(32.0)
    again = torch.amp.GradScaler("cpu")
    again.load_state_dict(scaler.state_dict())
    yield (
        again.get_scale(),
        again.get_growth_factor(),
        again.get_backoff_factor(),
        again.get_growth_interval(),
        attempt(lambda: again.load_state_dict({})),
    )
    half = torch.nn.Parameter(torch.ones(1).half())
    other = torch.optim.SGD([half], lr=0.1)
    scaler.scale((half * 2).sum()).backward()
    yield attempt(lambda: scaler.step(other)), attempt(lambda: torch.amp.GradScaler("cpu", growth_factor=1.0))


def custom(torch):
    """Custom functions that follow autocast, or choose a dtype of their own."""

    def product(cast):
        class Product(torch.autograd.Function):
            @staticmethod
            @torch.amp.custom_fwd(device_type="cpu", cast_inputs=cast)
            def forward(ctx, a, b):
                ctx.save_for_backward(a, b)
                return a @ b

            @staticmethod
            @torch.amp.custom_bwd(device_type="cpu")
            def backward(ctx, grad):
                a, b = ctx.saved_tensors
                return grad @ b.t(), a.t() @ grad

        return Product

    for cast in (None, torch.float32, torch.float16):
        a, b = (torch.ones(2, 2, requires_grad=True) for _ in range(2))
        with torch.autocast("cpu"):
            out = product(cast).apply(a, b)
        yield out.dtype, product(cast).apply(a, b).dtype
        out.sum().backward()
        yield a.grad, b.grad
    yield attempt(lambda: torch.amp.custom_fwd(None, device_type=1))
