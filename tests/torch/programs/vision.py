"""Convolution, pooling, padding, resampling, patches: every call on both libraries, right ones and wrong ones.

A program is a list of calls; the names that they use are made by `images`. Each is yielded with its text.
"""

from twin import Arrived, attempt


def images(torch):
    """Small tensors to call with; F, nn and U are the libraries' own."""
    numbers = torch.arange(168.0)
    x = ((numbers * 37) % 101 / 10).reshape(2, 2, 6, 7)
    names = {"F": torch.nn.functional, "nn": torch.nn, "U": torch, "x": x, "v": x[:, :, None]}
    names.update(w=torch.ones(3, 2, 3, 3), wt=torch.ones(2, 3, 3, 3), b=torch.ones(3), s=torch.full((2, 2, 2), 0.3))
    names["g"] = torch.linspace(-1.2, 1.2, 48).reshape(2, 3, 4, 2)
    names["g3"] = torch.linspace(-1.2, 1.2, 144).reshape(2, 3, 4, 2, 3)
    names["p"], names["i"] = torch.nn.functional.max_pool2d(x, 2, return_indices=True)
    names["th"] = torch.tensor([[[1.0, 0.2, 0.1], [0.3, 1.1, -0.2]], [[0.5, 0, 0], [0, 0.7, 0]]])
    names["c"] = torch.arange(192.0).reshape(2, 8, 12)
    return names


def answers(torch, calls):
    """What each call gives, or the error that it raises."""
    for call in calls.strip().splitlines():
        yield {call: attempt(lambda call=call: eval(call, images(torch)))}


def gradients(torch, calls):
    """Output, gradient and second gradient of each call, in float64, of x and of what it is called with."""
    for call in calls.strip().splitlines():
        names = images(torch)
        for name in ("x", "v", "w", "wt", "b", "th", "c"):
            names[name] = names[name].double().requires_grad_()
        names["g"] = torch.linspace(-1.2, 1.2, 48, dtype=torch.float64).reshape(2, 3, 4, 2).requires_grad_()
        names["g3"] = torch.linspace(-1.2, 1.2, 144, dtype=torch.float64).reshape(2, 3, 4, 2, 3).requires_grad_()
        leaves = [names[n] for n in ("x", "w", "wt", "b", "g", "g3", "th", "c")]
        out = eval(call, names)
        yield {call: out}
        loss = (out * out).mean()
        yield {f"gradient of {call}": Arrived(torch.autograd.grad(loss, leaves, retain_graph=True, allow_unused=True))}
        first = torch.autograd.grad(loss, leaves, create_graph=True, allow_unused=True)
        again = sum((f * f).sum() for f in first if f is not None and f.requires_grad)
        if not isinstance(again, torch.Tensor):
            yield f"no second gradient of {call}"
            continue
        second = torch.autograd.grad(again, leaves, allow_unused=True)
        yield {f"second gradient of {call}": Arrived([None if g is None else g.contiguous() for g in second])}


def convolutions_as_called(torch):
    """Convolutions and transposed ones: options, types, shapes, what they refuse."""
    yield from answers(
        torch,
        """
F.conv2d(1, w)
F.conv2d(x, 1)
F.conv2d(x, w, 3)
F.conv2d(x, w, stride='a')
F.conv2d(x, w, stride=1.5)
F.conv2d(x, w, stride=(1,1,1))
F.conv2d(x, w, stride=(1,))
F.conv2d(x, w, stride=())
F.conv2d(x, w, None, 0)
F.conv2d(x, w, padding=(1,1,1))
F.conv2d(x, w, padding=1.5)
F.conv2d(x, w, padding='foo')
F.conv2d(x, w, padding='same', stride=2)
F.conv2d(x, w, padding='valid')
F.conv2d(x, w, padding=-1)
F.conv2d(x, w, dilation=0)
F.conv2d(x, w, dilation=(1,2,3))
F.conv2d(x, w, groups=0)
F.conv2d(x, w, groups=2)
F.conv2d(x, w, groups=1.0)
F.conv2d(x, w, foo=1)
F.conv2d(x)
F.conv2d()
F.conv2d(x, w, b, 1, 0, 1, 1, 1)
F.conv2d(x, w.double())
F.conv2d(x.double(), w)
F.conv2d(x, w, b.double())
F.conv2d(x.long(), w.long())
F.conv2d(x.int(), w.int())
F.conv2d(x.bool(), w.bool())
F.conv2d(x.to(U.uint8), w.to(U.uint8))
F.conv2d(x.half(), w.half())
F.conv2d(x[0,0], w)
F.conv2d(x, w[0])
F.conv2d(x, w[0,0,0])
F.conv2d(x, w[:,:1])
F.conv2d(x, w, b[:2])
F.conv2d(x, w, b.reshape(1,3))
F.conv2d(x[None], w)
F.conv2d(x[:0], w, b)
F.conv2d(x[:,:0], w[:,:0], b)
F.conv2d(x[:,:0], w, b)
F.conv2d(x[:,:,:0], w, b)
F.conv2d(x, w[:0], b[:0])
F.conv2d(x[:,:,:2], w)
F.conv2d(x[:,:,:2,:2], w, padding=(0,1))
F.conv2d(x, w, dilation=3)
F.conv2d(input=x, weight=w, bias=b, stride=2, padding='same', dilation=1, groups=1)
F.conv1d(x, w)
F.conv1d(x[0], w)
F.conv1d(x[0], w[0])
F.conv1d(x[0,0], w[0,0])
F.conv3d(x, w)
F.conv3d(x[None], w[None], stride=0)
F.conv_transpose2d(x, w)
F.conv_transpose2d(x, wt, 3)
F.conv_transpose2d(x, wt, b[:2])
F.conv_transpose2d(x, wt, stride=0)
F.conv_transpose2d(x, wt, stride='a')
F.conv_transpose2d(x, wt, padding='same')
F.conv_transpose2d(x, wt, padding=-1)
F.conv_transpose2d(x, wt, output_padding=-1)
F.conv_transpose2d(x, wt, output_padding=1)
F.conv_transpose2d(x, wt, output_padding=2, stride=2)
F.conv_transpose2d(x, wt, output_padding=1, dilation=2)
F.conv_transpose1d(x[0], wt[:,:,0], output_padding=1)
F.conv_transpose3d(x[None], wt[None], output_padding=1)
F.conv_transpose2d(x, wt, groups=0)
F.conv_transpose2d(x, wt, groups=3)
F.conv_transpose2d(x, wt.double())
F.conv_transpose2d(x.long(), wt.long())
F.conv_transpose2d(x[0,0], wt)
F.conv_transpose2d(x[:0], wt)
F.conv_transpose2d(x[:,:,:0], wt)
F.conv_transpose2d(x, wt, foo=1)
U.convolution(x, w, b, [1,1], [0,0], [1,1], False, [0,0], 1)
U.convolution(x, w, b, [1], [0], [1], False, [0], 1)
U.convolution(x, w, b, [1,1], [0,0], [1,1], False, [0,0], 2)
U.convolution(x, wt, b, [1,1], [0,0], [1,1], True, [0,0], 1)
U.conv2d(x, w, b)
""",
    )


def max_pools_as_called(torch):
    """The greatest of each window."""
    yield from answers(
        torch,
        """
F.max_pool2d(1, 2)
F.max_pool2d(x, 0)
F.max_pool2d(x, -1)
F.max_pool2d(x, 2, 0)
F.max_pool2d(x, 2, -1)
F.max_pool2d(x, 2, (1,2,3))
F.max_pool2d(x, (1,2,3))
F.max_pool2d(x, ())
F.max_pool2d(x, (2,))
F.max_pool2d(x, 2.5)
F.max_pool2d(x, 2, 1.5)
F.max_pool2d(x, 'a')
F.max_pool2d(x, None)
F.max_pool2d(x, 2, padding=-1)
F.max_pool2d(x, 2, padding=2)
F.max_pool2d(x, 2, padding=(1,1,1))
F.max_pool2d(x, 2, dilation=0)
F.max_pool2d(x, 2, dilation=9)
F.max_pool2d(x, 2, dilation=(1,2,3))
F.max_pool2d(x, 2, ceil_mode=1)
F.max_pool2d(x, 2, ceil_mode='x')
F.max_pool2d(x, 9)
F.max_pool2d(x.long(), 2)
F.max_pool2d(x.bool(), 2)
F.max_pool2d(x.int(), 2)
F.max_pool2d(x.half(), 2)
F.max_pool2d(x.to(U.complex64), 2)
F.max_pool2d(x[0,0], 2)
F.max_pool2d(x[None], 2)
F.max_pool2d(x[:0], 2)
F.max_pool2d(x[:,:0], 2)
F.max_pool2d(x[:,:,:0], 2)
F.max_pool2d(x[:0], 2, return_indices=True)
F.max_pool2d(x, 2, return_indices=True)
F.max_pool2d(x, kernel_size=2, stride=[])
U.max_pool2d(x, 2)
U.max_pool2d(x, 2, return_indices=True)
U.max_pool2d(x, 2, None)
U.max_pool2d(x, 'a')
U.max_pool1d(x[0], 2)
U.max_pool1d(x[0], 0)
U.max_pool1d(x[0], 2, -1)
U.max_pool1d(x[0], 2, 1, 2)
U.max_pool1d(x[0], 2, 1, 0, 0)
U.max_pool1d(x[0], 20)
U.max_pool1d(x[0], (2,2))
U.max_pool1d(x[0], 2, (1,2))
U.max_pool1d(x[0], 2.5)
F.max_pool1d(x, 2)
F.max_pool1d(x[0,0,0], 2)
F.max_pool1d(x[0].long(), 2)
F.max_pool1d(x[0].bool(), 2)
F.max_pool1d(x[0], 2, return_indices=True)
F.max_pool1d(x[0], 2, padding=2)
F.max_pool1d(x[0], 2, padding=-1)
F.max_pool1d(x[0].requires_grad_(), 2, padding=-1)
F.max_pool1d(x[0].requires_grad_(), 0)
F.max_pool1d(x[0].requires_grad_(), 20)
F.max_pool1d(x[0].requires_grad_(), 2, stride=0)
F.max_pool1d(x.requires_grad_(), 2)
F.max_pool1d(x[0].requires_grad_(), 2, padding=2)
F.max_pool1d(x[0].requires_grad_(), 2, dilation=0)
F.max_pool1d(x[0,:0].requires_grad_(), 2)
F.max_pool1d(x[0], 20, return_indices=True)
F.max_pool1d(x[0], 0, return_indices=True)
F.max_pool1d(x[0,:,:0], 1)
U.max_pool1d_with_indices(x[0], 2)
F.max_pool3d(x[:, :, None], 2)
F.max_pool3d(x, 2)
F.max_pool3d(x, (1,2,2))
F.max_pool3d(x[0], 2)
F.max_pool3d(x, 0)
F.max_pool3d(x, 2, 0)
F.max_pool3d(x, 2, padding=2)
F.max_pool3d(x, 2, padding=-1)
F.max_pool3d(x, 2, dilation=0)
F.max_pool3d(x, (1,1))
F.max_pool3d(x.long(), (1,2,2))
F.max_pool3d(x.bool(), (1,2,2))
F.max_pool3d(x[:0], (1,2,2))
""",
    )


def avg_pools_as_called(torch):
    """The mean of each window."""
    yield from answers(
        torch,
        """
F.avg_pool2d(1, 2)
F.avg_pool2d(x, 0)
F.avg_pool2d(x, 2, 0)
F.avg_pool2d(x, 2, -1)
F.avg_pool2d(x, (1,2,3))
F.avg_pool2d(x, 2, (1,2,3))
F.avg_pool2d(x, 2, padding=2)
F.avg_pool2d(x, 2, padding=-1)
F.avg_pool2d(x, 2, padding=(1,2,3))
F.avg_pool2d(x, 'a')
F.avg_pool2d(x, 2, 'a')
F.avg_pool2d(x, 2.5)
F.avg_pool2d(x, 2, divisor_override=0)
F.avg_pool2d(x, 2, divisor_override=-3)
F.avg_pool2d(x, 2, divisor_override=1.5)
F.avg_pool2d(x, 2, ceil_mode=1)
F.avg_pool2d(x, 2, ceil_mode='a')
F.avg_pool2d(x, 9)
F.avg_pool2d(x[0,0], 2)
F.avg_pool2d(x[None], 2)
F.avg_pool2d(x.long(), 2)
F.avg_pool2d(x.int(), 2)
F.avg_pool2d(x.bool(), 2)
F.avg_pool2d(x.half(), 2)
F.avg_pool2d(x.to(U.complex64), 2)
F.avg_pool2d(x[:0], 2)
F.avg_pool2d(x[:,:0], 2)
F.avg_pool2d(x[:,:,:0], 2)
F.avg_pool2d(x)
F.avg_pool2d(x, 2, foo=1)
F.avg_pool1d(x[0], 2)
F.avg_pool1d(x, 2)
F.avg_pool1d(x[0], 0)
F.avg_pool1d(x[0], 2, 0)
F.avg_pool1d(x[0], 2, padding=2)
F.avg_pool1d(x[0], 2, padding=-1)
F.avg_pool1d(x[0], (2,2))
F.avg_pool1d(x[0], 20)
F.avg_pool1d(x[0].long(), 2)
F.avg_pool1d(x[0,:,:0], 2)
F.avg_pool1d(x[0,0,0], 2)
F.avg_pool3d(x, (1,2,2))
F.avg_pool3d(x, 2)
F.avg_pool3d(x[0], 2)
F.avg_pool3d(x, 0)
F.avg_pool3d(x, 1, 0)
F.avg_pool3d(x, (1,1))
F.avg_pool3d(x, 1, padding=1)
F.avg_pool3d(x, 1, padding=-1)
F.avg_pool3d(x, 1, divisor_override=0)
F.avg_pool3d(x.long(), 1)
F.avg_pool3d(x[:0], 1)
""",
    )


def adaptive_pools_as_called(torch):
    """As many windows as are asked for."""
    yield from answers(
        torch,
        """
F.adaptive_avg_pool2d(x, 2)
F.adaptive_avg_pool2d(x, (2,))
F.adaptive_avg_pool2d(x, ())
F.adaptive_avg_pool2d(x, (2,2,2))
F.adaptive_avg_pool2d(x, (None,2))
F.adaptive_avg_pool2d(x, None)
F.adaptive_avg_pool2d(x, -1)
F.adaptive_avg_pool2d(x, 0)
F.adaptive_avg_pool2d(x, 2.5)
F.adaptive_avg_pool2d(x, 'a')
F.adaptive_avg_pool2d(x.long(), 2)
F.adaptive_avg_pool2d(x.long(), 1)
F.adaptive_avg_pool2d(x.bool(), 2)
F.adaptive_avg_pool2d(x.half(), 2)
F.adaptive_avg_pool2d(x[0,0], 2)
F.adaptive_avg_pool2d(x[None], 2)
F.adaptive_avg_pool2d(x[0], 2)
F.adaptive_avg_pool2d(x[:0], 2)
F.adaptive_avg_pool2d(x[:,:0], 2)
F.adaptive_avg_pool2d(x[:,:,:0], 2)
F.adaptive_avg_pool2d(1, 2)
F.adaptive_avg_pool1d(x[0], 2)
F.adaptive_avg_pool1d(x[0], ())
F.adaptive_avg_pool1d(x[0], (2,2))
F.adaptive_avg_pool1d(x[0], -1)
F.adaptive_avg_pool1d(x[0], 'a')
F.adaptive_avg_pool1d(x[0], None)
F.adaptive_avg_pool1d(x, 2)
F.adaptive_avg_pool1d(x[0,0,0], 2)
F.adaptive_avg_pool1d(x[0].long(), 2)
F.adaptive_avg_pool1d(x[0].long(), 1)
F.adaptive_avg_pool1d(1, 1)
F.adaptive_avg_pool3d(x, 2)
F.adaptive_avg_pool3d(x, 1)
F.adaptive_avg_pool3d(x, (None,1,2))
F.adaptive_avg_pool3d(x, (1,2))
F.adaptive_avg_pool3d(x[0], 2)
F.adaptive_avg_pool3d(x[0,0], 2)
F.adaptive_avg_pool3d(x, -1)
F.adaptive_avg_pool3d(x.long(), 2)
F.adaptive_avg_pool3d(x[:, :0], 2)
F.adaptive_avg_pool3d(x[:0], 2)
F.adaptive_max_pool2d(x, 2)
F.adaptive_max_pool2d(x, (2,))
F.adaptive_max_pool2d(x, ())
F.adaptive_max_pool2d(x, None)
F.adaptive_max_pool2d(x, -1)
F.adaptive_max_pool2d(x, 0)
F.adaptive_max_pool2d(x, (None, 3))
F.adaptive_max_pool2d(x, 'a')
F.adaptive_max_pool2d(x, 2.5)
F.adaptive_max_pool2d(x[0,0], 2)
F.adaptive_max_pool2d(x[None], 2)
F.adaptive_max_pool2d(x[:0], 2)
F.adaptive_max_pool2d(x[:,:0], 2)
F.adaptive_max_pool2d(x[:,:,:0], 2)
F.adaptive_max_pool2d(x.long(), 2)
F.adaptive_max_pool2d(x.bool(), 2)
F.adaptive_max_pool2d(x.half(), 2)
F.adaptive_max_pool2d(x, 2, True)
F.adaptive_max_pool1d(x[0], 2)
F.adaptive_max_pool1d(x[0], 2, True)
F.adaptive_max_pool1d(x[0], None)
F.adaptive_max_pool1d(x[0], (2,2))
F.adaptive_max_pool1d(x[0], -1)
F.adaptive_max_pool1d(x, 2)
F.adaptive_max_pool1d(x[0,0,0], 2)
F.adaptive_max_pool1d(x[0].long(), 2)
F.adaptive_max_pool1d(x[0,:0], 2)
F.adaptive_max_pool3d(x, 2)
F.adaptive_max_pool3d(x, (2,2))
F.adaptive_max_pool3d(x[0], 2)
F.adaptive_max_pool3d(x[0,0], 2)
F.adaptive_max_pool3d(x[:,:0], 2)
F.adaptive_max_pool3d(x.long(), 2)
""",
    )


def other_pools_as_called(torch):
    """Windows at drawn places, unpooling, powers."""
    yield from answers(
        torch,
        """
F.fractional_max_pool2d(x, 2)
F.fractional_max_pool2d(x, 2, output_size=3)
F.fractional_max_pool2d(x, 2, output_size=30)
F.fractional_max_pool2d(x, 2, output_ratio=.5)
F.fractional_max_pool2d(x, 2, output_ratio=(.5,.7))
F.fractional_max_pool2d(x, 2, output_size=3, _random_samples=s)
F.fractional_max_pool2d(x, 2, output_size=3, _random_samples=s.double())
F.fractional_max_pool2d(x, 2, output_size=3, _random_samples=s[:1])
F.fractional_max_pool2d(x, 2, output_size=3, _random_samples=s[:,:1])
F.fractional_max_pool2d(x, 2, output_size=3, _random_samples=s[0])
F.fractional_max_pool2d(x, 2, output_size=3, _random_samples=s[...,:1])
F.fractional_max_pool2d(x[0], 2, output_size=3)
F.fractional_max_pool2d(x[0,0], 2, output_size=3)
F.fractional_max_pool2d(x, (2,2,2), output_size=3)
F.fractional_max_pool2d(x, 2, output_size=(3,))
F.fractional_max_pool2d(x, 2, output_size=3, return_indices=True)
F.fractional_max_pool3d(x, 1, output_size=1)
F.fractional_max_pool3d(x, 1, output_size=3)
F.fractional_max_pool3d(x, 1, output_ratio=.5)
F.fractional_max_pool3d(x[:,None], 1, output_size=(1,3,3))
F.fractional_max_pool3d(x[0], 1, output_size=(1,3,3))
F.max_unpool2d(p, i, 2)
F.max_unpool2d(p, i.int(), 2)
F.max_unpool2d(p, i.float(), 2)
F.max_unpool2d(p, i[:,:1], 2)
F.max_unpool2d(p, i, 2, output_size=(6,7))
F.max_unpool2d(p, i, 2, output_size=(2,2,6,7))
F.max_unpool2d(p, i, 2, output_size=(6,))
F.max_unpool2d(p, i, 2, output_size=(60,7))
F.max_unpool2d(p, i, 2, 0)
F.max_unpool2d(p, i, 2, 1)
F.max_unpool2d(p, i, (2,2,2))
F.max_unpool2d(p, i+100, 2)
F.max_unpool2d(p, i-100, 2)
F.max_unpool2d(p[0,0], i[0,0], 2)
F.max_unpool2d(p[None], i[None], 2)
F.max_unpool2d(p.long(), i, 2)
F.max_unpool2d(p[:0], i[:0], 2)
F.max_unpool2d(p[:,:0], i[:,:0], 2)
F.max_unpool1d(p[0], i[0], 2)
F.max_unpool1d(p, i, 2)
F.max_unpool1d(p[0], i[0]+100, 2)
F.max_unpool1d(p[0,0,0], i[0,0,0], 2)
F.max_unpool3d(p, i, 2)
F.max_unpool3d(p, i, (1,2,2), output_size=(1,2,2))
F.max_unpool3d(p, i, 2, 0)
F.max_unpool3d(p, i+1000, 2)
F.max_unpool3d(p[0], i[0], 2)
F.lp_pool2d(x, 2, 2)
F.lp_pool2d(x, 2.5, 2, ceil_mode=True)
F.lp_pool2d(x.long(), 2, 2)
F.lp_pool2d(x, 0, 2)
F.lp_pool2d(x, float('inf'), 2)
F.lp_pool2d(x, 2, 9)
F.lp_pool2d(x[0,0], 2, 2)
F.lp_pool1d(x[0], 3, 2)
F.lp_pool1d(x, 3, 2)
F.lp_pool1d(x[0], 3, 2, 1)
F.lp_pool3d(x, 3, (1,2,2))
F.lp_pool3d(x[0], 3, (1,2,2))
""",
    )


def padding_as_called(torch):
    """Frames of every kind, and negative ones."""
    yield from answers(
        torch,
        """
F.pad(x, (1,))
F.pad(x, (1,1)*5)
F.pad(x, 1)
F.pad(x, 'a')
F.pad(x, (1.5,1))
F.pad(x, ())
F.pad(x, (), 'reflect')
F.pad(x, (1,1), 'foo')
F.pad(x, (1,1), 'reflect', 1)
F.pad(x, (1,1), 'reflect', 0)
F.pad(x, (1,1), 'constant', None)
F.pad(x, (1,1), 'constant', 'a')
F.pad(x, (1,1), value=2)
F.pad(x.long(), (1,1), value=2.5)
F.pad(x.bool(), (1,1), value=2.5)
F.pad(x.long(), (1,1), 'reflect')
F.pad(x.bool(), (1,1), 'reflect')
F.pad(x.bool(), (1,1), 'replicate')
F.pad(x.long(), (1,1,1,1), 'replicate')
F.pad(x.half(), (1,1,1,1), 'replicate')
F.pad(x, (1,1), 'reflect')
F.pad(x, (1,1), 'replicate')
F.pad(x, (1,1), 'circular')
F.pad(x[0], (1,1), 'reflect')
F.pad(x[0,0], (1,1), 'reflect')
F.pad(x[0,0,0], (1,1), 'reflect')
F.pad(x[0,0], (1,1,1,1), 'reflect')
F.pad(x[0], (1,1,1,1), 'reflect')
F.pad(x, (1,1,1,1), 'reflect')
F.pad(x, (1,1,1,1,1,1), 'reflect')
F.pad(x[0], (1,1,1,1,1,1), 'reflect')
F.pad(x[None], (1,1), 'reflect')
F.pad(x[None], (1,1,1,1), 'reflect')
F.pad(x[None], (1,1,1,1,1,1), 'reflect')
F.pad(x[None], (1,1,1,1,1,1), 'replicate')
F.pad(x[None], (1,1,1,1,1,1), 'circular')
F.pad(x[None], (1,1,1,1), 'circular')
F.pad(x[None,None], (1,1,1,1,1,1), 'replicate')
F.pad(x, (9,1,1,1), 'reflect')
F.pad(x, (1,1,1,9), 'reflect')
F.pad(x, (1,1,9,1), 'circular')
F.pad(x, (1,1,9,1), 'replicate')
F.pad(x[0], (9,1), 'reflect')
F.pad(x[0], (1,9), 'reflect')
F.pad(x[0], (1,9), 'circular')
F.pad(x[None], (1,1,1,1,9,1), 'reflect')
F.pad(x, (-1,1,1,-2), 'reflect')
F.pad(x, (-1,1,1,-2), 'replicate')
F.pad(x, (-1,1,1,-2), 'circular')
F.pad(x, (-1,1,1,-2), 'constant')
F.pad(x, (-9,1,1,-2), 'constant')
F.pad(x, (-9,1,1,-2), 'replicate')
F.pad(x, (-9,1,1,-2), 'circular')
F.pad(x, (-4,-4), 'constant')
F.pad(x[:0], (1,1,1,1), 'reflect')
F.pad(x[:,:0], (1,1,1,1), 'reflect')
F.pad(x[:0], (1,1,1,1), 'replicate')
F.pad(x[:,:0], (1,1,1,1), 'replicate')
F.pad(x[:0], (1,1,1,1), 'circular')
F.pad(x[:0], (1,1,1,1), 'constant')
F.pad(x[:,:,:0], (1,1,1,1), 'constant')
F.pad(x[:,:,:0], (1,1,1,1), 'replicate')
F.pad(1, (1,1))
F.pad(x, [1,1])
F.pad(x, U.tensor([1,1]))
U.constant_pad_nd(x, (1,1))
U.constant_pad_nd(x, (1,1), 3)
U.constant_pad_nd(x, (1,))
nn.ReflectionPad2d(1)(x)
nn.ReflectionPad2d((1,2))
nn.ReflectionPad2d((1,2,0))(x)
nn.ZeroPad2d(-1)(x)
nn.CircularPad2d(1)(x[0,0])
nn.CircularPad1d(1)(x)
nn.ReplicationPad3d(1)(x)
nn.ConstantPad1d((1,2), 3)(x)
""",
    )


def interpolation_as_called(torch):
    """Other sizes in every mode."""
    yield from answers(
        torch,
        """
F.interpolate(x)
F.interpolate(x, 3, 2)
F.interpolate(x, 3)
F.interpolate(x, (3,4))
F.interpolate(x, (3,4,5))
F.interpolate(x, 3.5)
F.interpolate(x, 'a')
F.interpolate(x, scale_factor='a')
F.interpolate(x, (3,4.5))
F.interpolate(x, scale_factor=(1,2,3))
F.interpolate(x, scale_factor=2)
F.interpolate(x, scale_factor=0)
F.interpolate(x, scale_factor=-1)
F.interpolate(x, scale_factor=0.01)
F.interpolate(x, 0)
F.interpolate(x, -1)
F.interpolate(x, 3, mode='foo')
F.interpolate(x, 3, mode='linear')
F.interpolate(x, 3, mode='trilinear')
F.interpolate(x[0], 3, mode='bilinear')
F.interpolate(x[0], 3, mode='trilinear')
F.interpolate(x[0], 3, mode='bicubic')
F.interpolate(x[None], 3, mode='bicubic')
F.interpolate(x[None], 3, mode='linear')
F.interpolate(x[None], 3, mode='bilinear')
F.interpolate(x[0,0], 3)
F.interpolate(x[0,0,0], 3)
F.interpolate(x[None,None], 3)
F.interpolate(x[None,None], 3, mode='area')
F.interpolate(x, 3, mode='nearest', align_corners=True)
F.interpolate(x, 3, mode='area', align_corners=False)
F.interpolate(x, 3, mode='bilinear', align_corners=True)
F.interpolate(x, 3, mode='bilinear')
F.interpolate(x, scale_factor=1.5, mode='bilinear')
F.interpolate(x, scale_factor=1.5, mode='bilinear', recompute_scale_factor=True)
F.interpolate(x, 3, mode='bilinear', recompute_scale_factor=True)
F.interpolate(x, 3, recompute_scale_factor=False)
F.interpolate(x, 3, antialias=True)
F.interpolate(x, 3, mode='bilinear', antialias=True)
F.interpolate(x, 3, mode='bicubic', antialias=True)
F.interpolate(x, 3, mode='bicubic', antialias=True, align_corners=True)
F.interpolate(x[0], 3, mode='linear', antialias=True)
F.interpolate(x, 3, mode='lanczos', antialias=True)
F.interpolate(x, 3, mode='lanczos')
F.interpolate(x.long(), 3)
F.interpolate(x.long(), 3, mode='bilinear')
F.interpolate(x.long(), 3, mode='bicubic')
F.interpolate(x.long(), 3, mode='area')
F.interpolate(x.to(U.uint8), 3)
F.interpolate(x.to(U.uint8), 3, mode='bilinear')
F.interpolate(x.to(U.uint8), 3, mode='nearest-exact')
F.interpolate(x.bool(), 3)
F.interpolate(x.half(), 3, mode='bilinear')
F.interpolate(x.half(), 3)
F.interpolate(x[:0], 3)
F.interpolate(x[:,:0], 3)
F.interpolate(x[:,:,:0], 3)
F.interpolate(x[:0], 3, mode='bilinear')
F.interpolate(x[:,:0], 3, mode='bilinear')
F.interpolate(x[:,:,:0], 3, mode='bilinear')
F.interpolate(x[:,:,:0], 3, mode='area')
F.interpolate(1, 3)
F.interpolate(x, U.Size([3,3]))
F.interpolate(x, U.tensor(3))
F.interpolate(x, scale_factor=U.tensor(2.))
F.upsample(x, 3)
F.upsample(x, scale_factor=2, mode='bilinear', align_corners=True)
F.upsample_nearest(x, scale_factor=2)
F.upsample_bilinear(x, scale_factor=2)
F.upsample_bilinear(x[0], 3)
""",
    )


def grids_as_called(torch):
    """Sampling by grids, and grids."""
    yield from answers(
        torch,
        """
F.grid_sample(x, g)
F.grid_sample(x, g, 'foo')
F.grid_sample(x, g, padding_mode='foo')
F.grid_sample(x, g, align_corners=True)
F.grid_sample(x, g, 'nearest', 'border', False)
F.grid_sample(x, g[:1])
F.grid_sample(x, g[...,:1])
F.grid_sample(x, g[0])
F.grid_sample(x[0], g)
F.grid_sample(x[0], g[0])
F.grid_sample(x, g.double())
F.grid_sample(x.double(), g)
F.grid_sample(x.long(), g.long())
F.grid_sample(x[:,:0], g)
F.grid_sample(x[:,:,:0], g)
F.grid_sample(x[:0], g[:0])
F.grid_sample(x, g[:,:0])
F.grid_sample(x[None], g, 'bicubic')
F.grid_sample(x[:,:,None], g3, 'bicubic')
F.grid_sample(x[:,:,None], g3, 'nearest')
F.grid_sample(x[:,:,None], g3, 'bilinear', 'reflection', True)
F.grid_sample(1, g)
F.grid_sample(x, 1)
U.grid_sampler(x, g, 0, 0, True)
U.grid_sampler(x, g, 1, 1, False)
U.grid_sampler_2d(x, g, 2, 2, False)
U.grid_sampler_3d(x[:,:,None], g3, 0, 2, False)
F.affine_grid(th, (2,1,3,4))
F.affine_grid(th, (2,1,3,4), True)
F.affine_grid(th, (3,1,3,4), True)
F.affine_grid(th, (2,1,3))
F.affine_grid(th, (2,1,3,4,5))
F.affine_grid(th, (2,1,0,4))
F.affine_grid(th, (2,1,-1,4))
F.affine_grid(th[0], (2,1,3,4))
F.affine_grid(th.long(), (2,1,3,4))
F.affine_grid(th.half(), (2,1,3,4), True)
F.affine_grid(th.double(), (2,1,1,4), False)
F.affine_grid(th, U.Size((2,1,3,4)))
F.affine_grid(1, (2,1,3,4))
""",
    )


def patches_as_called(torch):
    """unfold and fold."""
    yield from answers(
        torch,
        """
F.unfold(x, 2)
F.unfold(x, (2,))
F.unfold(x, (2,2,2))
F.unfold(x, 0)
F.unfold(x, -1)
F.unfold(x, 2, 0)
F.unfold(x, 2, padding=-1)
F.unfold(x, 2, stride=0)
F.unfold(x, 9)
F.unfold(x, 'a')
F.unfold(x[0], 2)
F.unfold(x[0,0], 2)
F.unfold(x[:0], 2)
F.unfold(x[:,:0], 2)
F.unfold(x[:,:,:0], 2)
F.unfold(x.long(), 2)
F.unfold(x.bool(), 2)
F.unfold(x.half(), 2)
F.unfold(x, 2, 1, 1, 2)
F.unfold(1, 2)
F.fold(c, (4,5), 2)
F.fold(c, (4,5), (2,))
F.fold(c, 4, 2)
F.fold(c, (4,5,6), 2)
F.fold(c, (4,), 2)
F.fold(c, (4,5), 3)
F.fold(c, (4,5), 0)
F.fold(c, (4,5), 2, 0)
F.fold(c, (4,5), 2, padding=-1)
F.fold(c, (4,5), 2, stride=0)
F.fold(c, (-4,5), 2)
F.fold(c[0], (4,5), 2)
F.fold(c[0,0], (4,5), 2)
F.fold(c[:0], (4,5), 2)
F.fold(c[:,:0], (4,5), 2)
F.fold(c.long(), (4,5), 2)
F.fold(c.bool(), (4,5), 2)
F.fold(c, 'a', 2)
F.fold(1, (4,5), 2)
""",
    )


def layers_as_made(torch):
    """Layers: text, parameters, what they refuse."""
    yield from answers(
        torch,
        """
nn.Upsample(scale_factor=2)
nn.Upsample(size=3, mode='bilinear')
nn.Upsample(scale_factor=(2,3), mode='bilinear')
nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True, recompute_scale_factor=True)
nn.Upsample()
nn.Upsample()(x)
nn.UpsamplingNearest2d(scale_factor=2)
nn.UpsamplingBilinear2d(size=(3,4))
nn.Conv2d(3,4,3,groups=2)
nn.Conv2d(4,3,3,groups=2)
nn.Conv2d(4,4,3,groups=0)
nn.Conv2d(4,4,3,padding='same',stride=2)
nn.Conv2d(4,4,(3,3,3))(x)
nn.Conv2d(4,4,(3,))
nn.Conv2d(2,4,(3,))(x)
nn.Conv2d(2,4,3,padding='same',padding_mode='reflect',dilation=2)(x)
nn.Conv2d(2,4,2,padding='same',padding_mode='circular')(x)
nn.Conv2d(2,4,2,padding='valid',padding_mode='circular')(x)
nn.Conv2d(2,4,3,padding=(2,1),padding_mode='replicate')(x)
nn.Conv2d(2,4,3,padding=1,padding_mode='zeros')(x)
nn.Conv2d(-1,4,3)
nn.Conv2d(0,4,3)
nn.Conv2d(2,4,0)
nn.Conv2d('a',4,3)
nn.Conv2d(2,4,3,bias=False,stride=[2,1],padding=[1,0],dilation=(1,2))
nn.Conv3d(2,4,3,padding='same')
nn.Conv1d(2,4,3,padding='valid', padding_mode='reflect')
nn.ConvTranspose2d(2,4,3,2,1,1,2,False,2)
nn.ConvTranspose2d(2,4,3,padding_mode='reflect')
nn.ConvTranspose2d(2,4,3,padding='same')
nn.ConvTranspose2d(2,4,3,2)(x, output_size=(13,15))
nn.ConvTranspose2d(2,4,3,2)(x, output_size=(2,4,14,15))
nn.ConvTranspose2d(2,4,3,2)(x, output_size=(4,14,15))
nn.ConvTranspose2d(2,4,3,2)(x, output_size=(15,15))
nn.ConvTranspose2d(2,4,3,2)(x, output_size=(30,15))
nn.ConvTranspose2d(2,4,3,2)(x[0], output_size=(4,14,15))
nn.LazyConv2d(4,3)
nn.LazyConv2d(4,3,2,1)(x)
nn.LazyConv2d(4,3)(x[0,0])
nn.LazyConvTranspose2d(4,3,2)(x)
nn.MaxPool2d(2,2,1,1,True,True)
nn.MaxPool2d(2)
nn.MaxPool2d((2,3), (1,2))
nn.MaxPool2d(kernel_size=2, stride=None)
nn.MaxPool1d(3)
nn.MaxPool3d(3)
nn.MaxUnpool2d(2)
nn.MaxUnpool2d(2, stride=(2,1), padding=1)
nn.MaxUnpool1d(2)
nn.MaxUnpool3d(2)
nn.AvgPool1d(2)
nn.AvgPool2d(2, divisor_override=3)
nn.AvgPool2d((2,3))
nn.AvgPool3d(2)
nn.LPPool1d(2,3)
nn.LPPool2d(1.2,3)
nn.LPPool3d(2,3)
nn.AdaptiveAvgPool2d((None,3))
nn.AdaptiveAvgPool1d(3)
nn.AdaptiveMaxPool2d(3)
nn.AdaptiveMaxPool3d(3, True)
nn.FractionalMaxPool2d(3, output_size=2)
nn.FractionalMaxPool2d(3)
nn.FractionalMaxPool2d(3, 2, .5)
nn.FractionalMaxPool2d(3, output_ratio=1.5)
nn.FractionalMaxPool2d(3, output_ratio=(.5,.6))
nn.FractionalMaxPool2d(0, 2)
nn.FractionalMaxPool3d((0,1,1), 2)
nn.FractionalMaxPool3d(2, output_ratio=0)
nn.Fold((4,5), 2)
nn.Unfold(2, padding=1)
nn.ZeroPad2d(1)
nn.ZeroPad1d((1,2))
nn.ConstantPad2d(1, 3.5)
nn.ReflectionPad3d(1)
nn.CircularPad3d((1,2,3,4,5,6))
nn.ReplicationPad1d([1,2])
nn.ReflectionPad2d(1)(x)
nn.ReflectionPad2d((1,2))
nn.ReflectionPad2d((1,2,0))(x)
nn.ZeroPad2d(-1)(x)
nn.CircularPad2d(1)(x[0,0])
nn.CircularPad1d(1)(x)
nn.ReplicationPad3d(1)(x)
nn.ConstantPad1d((1,2), 3)(x)
""",
    )


def gradients_of_each(torch):
    """Values, gradients and second gradients, and the names of the nodes."""
    yield from gradients(
        torch,
        """
F.conv2d(x, w, b, stride=(2, 1), padding=(1, 2), dilation=(1, 2))
F.conv2d(x, w[:2, :1], groups=2)
F.conv2d(x, w[:, :, :1, :1], b)
F.conv2d(x, w, b, padding="same")
F.conv2d(x[0], w, b)
F.conv1d(x[0], wt[:, :, 0].reshape(2, 3, 3)[:, :, :2].repeat(1, 2, 1), stride=2)
F.conv3d(v, w[:, :, None], b, padding=(0, 1, 1))
F.conv_transpose2d(x, wt, b, stride=2, padding=1, output_padding=1)
F.conv_transpose2d(x, wt[:, :2], groups=2, dilation=2)
F.conv_transpose1d(x[:, :, 0], wt[:, :, 0], b, stride=3, output_padding=2)
F.conv_transpose3d(v, wt[:, :, None], b, stride=(1, 2, 1))
F.max_pool1d(x[0], 3, 2, padding=1)
F.max_pool2d(x, 2, ceil_mode=True)
F.max_pool2d(x, 3, 1, padding=1)
F.max_pool3d(v, (1, 2, 3), dilation=(1, 2, 1))
F.avg_pool1d(x[0], 3, 2, padding=1)
F.avg_pool2d(x, 3, 2, padding=1, ceil_mode=True, count_include_pad=False)
F.avg_pool2d(x, 2, divisor_override=3)
F.avg_pool3d(v, (1, 2, 2), padding=(0, 1, 1))
F.adaptive_avg_pool1d(x[0], 3)
F.adaptive_avg_pool2d(x, (4, 3))
F.adaptive_avg_pool3d(v, (1, 4, 2))
F.adaptive_max_pool1d(x[0], 3)
F.adaptive_max_pool2d(x, (4, 3))
F.adaptive_max_pool3d(v, (1, 4, 2))
F.lp_pool2d(x + 1, 3, 2)
F.max_unpool2d(x[:, :, ::2, ::2][:, :, :, :3], i, 2, output_size=(6, 7))
F.pad(x, (1, -2, 0, 3))
F.pad(x, (2, 1, 3, 0), "reflect")
F.pad(x, (2, 9, -1, 0), "replicate")
F.pad(x, (2, 1, 3, 0), "circular")
F.pad(v, (1, 1, 1, 1, 0, 2), "replicate")
F.interpolate(x, (4, 9))
F.interpolate(x, (4, 9), mode="nearest-exact")
F.interpolate(x, scale_factor=1.7, mode="bilinear")
F.interpolate(x, (4, 9), mode="bilinear", align_corners=True)
F.interpolate(x, (4, 9), mode="bicubic")
F.interpolate(x, (4, 3), mode="bicubic", antialias=True)
F.interpolate(x, (4, 3), mode="lanczos", antialias=True)
F.interpolate(x, (4, 3), mode="area")
F.interpolate(x[0], 5, mode="linear")
F.interpolate(v, (2, 3, 4), mode="trilinear")
F.grid_sample(x, g, align_corners=False)
F.grid_sample(x, g, "nearest", "border", align_corners=True)
F.grid_sample(x, g, "bicubic", "reflection", align_corners=False)
F.grid_sample(v, g3, "bilinear", "border", align_corners=False)
F.affine_grid(th, (2, 1, 3, 4), align_corners=False)
F.unfold(x, (2, 3), padding=1, stride=2, dilation=(2, 1))
F.fold(c, (4, 5), 2)
""",
    )


def complex_convolution(torch):
    """Made of three convolutions of real numbers; what it refuses."""
    sizes, kind = [(2, 2, 5, 4), (3, 2, 2, 2), (3,)], {"dtype": torch.float64}
    x, w, b = (torch.complex(torch.randn(*n, **kind), torch.randn(*n, **kind)).requires_grad_() for n in sizes)
    F = torch.nn.functional
    for call in (
        lambda: F.conv2d(x, w, b, padding=1),
        lambda: F.conv2d(x, w),
        lambda: F.conv2d(x[0], w, stride=2),
        lambda: F.conv_transpose2d(x, w.transpose(0, 1), b, stride=2),
        lambda: F.conv1d(x[0], w[:, :, 0].repeat(1, 1, 1).reshape(3, 2, 2)[:, :1].repeat(1, 5, 1)),
    ):
        y = call()
        yield y
        (y * y.conj()).real.sum().backward()
        yield Arrived([x.grad, w.grad, b.grad])
    yield attempt(lambda: F.conv2d(x, w.real)), attempt(lambda: F.conv2d(x.real, w))


def channels_last(torch):
    """Images whose channels lie side by side give images of that layout, except where PyTorch starts anew."""
    F, nhwc = torch.nn.functional, torch.arange(144.0).reshape(2, 4, 6, 3)
    x, volume = nhwc.permute(0, 3, 1, 2), torch.arange(720.0).reshape(2, 4, 6, 5, 3).permute(0, 4, 1, 2, 3)
    yield x.stride(), volume.stride()
    w = torch.ones(5, 3, 2, 2)
    yield from (
        F.conv2d(x, w),
        F.conv2d(x.contiguous(), torch.ones(5, 2, 2, 3).permute(0, 3, 1, 2)),
        F.conv_transpose2d(x, w.transpose(0, 1)),
        F.conv1d(torch.ones(2, 6, 3).transpose(1, 2), w[..., 0]),
        F.max_pool2d(x, 2),
        F.max_pool2d(x[:1], 2, return_indices=True)[1],
        F.avg_pool2d(x, 2),
        F.adaptive_avg_pool2d(x, 2),
        F.adaptive_avg_pool2d(x, 1),
        F.adaptive_max_pool2d(x, 2),
        F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2),
        F.pad(x, (1, 1, 1, 1)),
        F.pad(x, (1, 1, 1, 1), "reflect"),
        F.pad(x, (1, 1, 1, 1), "circular"),
        F.interpolate(x, 3),
        F.interpolate(x, 3, mode="bilinear"),
        F.interpolate(x, 3, mode="bicubic"),
        F.grid_sample(x, torch.zeros(2, 3, 4, 2), align_corners=False),
        F.unfold(x, 2),
        F.max_pool3d(volume, 2),
        F.avg_pool3d(volume, 2),
        F.adaptive_avg_pool3d(volume, 2),
        F.conv3d(volume, torch.ones(5, 3, 2, 2, 2)),
        F.pad(volume, (1,) * 6, "replicate"),
        F.interpolate(volume, 3, mode="trilinear"),
        F.conv2d(x[:, :1], w[:, :1]),
    )


def nothing_in_them(torch):
    """Empty batches, and gradients through them."""
    F = torch.nn.functional
    x = torch.zeros(0, 2, 6, 6, requires_grad=True)
    w, b = torch.ones(3, 2, 3, 3, requires_grad=True), torch.ones(3, requires_grad=True)
    for y in (
        F.conv2d(x, w, b),
        F.conv_transpose2d(x, w.transpose(0, 1), b),
        F.max_pool2d(x, 2),
        F.avg_pool2d(x, 2),
        F.adaptive_avg_pool2d(x, 2),
        F.adaptive_max_pool2d(x, 2),
        F.pad(x, (1, 1, 1, 1), "reflect"),
        F.interpolate(x, 3, mode="bilinear"),
        F.unfold(x, 2),
    ):
        yield y
        y.sum().backward()
        yield Arrived([x.grad, w.grad, b.grad])


def gradients_by_formula(torch):
    """torch.nn.grad: gradients of convolutions without a graph."""
    grad = torch.nn.grad
    for n in (1, 2, 3):
        x = torch.randn(2, 4, *[5] * n, dtype=torch.float64)
        w = torch.randn(6, 2, *[3] * n, dtype=torch.float64)
        options = {"stride": 2, "padding": 1, "groups": 2}
        y = getattr(torch.nn.functional, f"conv{n}d")(x, w, **options)
        g = torch.randn_like(y)
        yield getattr(grad, f"conv{n}d_input")(x.shape, w, g, **options)
        yield getattr(grad, f"conv{n}d_weight")(x, w.shape, g, **options)
