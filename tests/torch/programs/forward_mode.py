"""Forward mode: dual tensors through ops, views, writes and custom functions."""

import importlib

from twin import attempt


def shown(x):
    """Values as text, whatever the nesting."""
    if hasattr(x, "detach"):
        return (str(x.dtype), x.detach().tolist())
    if isinstance(x, (tuple, list)):
        return [shown(y) for y in x]
    return x


def dual_tensors(torch):
    """Tangents of every kind of op, and what is refused."""
    fw = importlib.import_module(torch.__name__ + ".autograd.forward_ad")
    seen = []

    def att(name, action):
        seen.append((name, shown(attempt(action))))

    x = torch.tensor([1.0, 2.0, 3.0])
    t = torch.tensor([1.0, 0.5, 2.0])
    att("nolevel", lambda: fw.make_dual(x, t))
    att("unpack nolevel", lambda: fw.unpack_dual(x))

    def nested():
        with fw.dual_level(), fw.dual_level():
            pass

    att("nested", nested)

    def go(f, *more):
        with fw.dual_level():
            d = fw.make_dual(x, t)
            return tuple(fw.unpack_dual(f(d, *more)))

    att("dual", lambda: go(lambda d: d))
    att("mul", lambda: go(lambda d: d * d))
    att("exp", lambda: go(lambda d: d.exp() * 2 + 1))
    att("sum", lambda: go(lambda d: (d * d).sum()))
    att("const", lambda: go(lambda d: x * 2))
    att("view", lambda: go(lambda d: d[1:].view(1, 2)))
    att("mm", lambda: go(lambda d: d.unsqueeze(0) @ torch.ones(3, 2)))
    att("cat", lambda: go(lambda d: torch.cat([d, x])))
    att("stack", lambda: go(lambda d: torch.stack([d, d * 2]).mean(0)))
    att("max", lambda: go(lambda d: d.max(0).values))
    att("softmax", lambda: go(lambda d: d.softmax(0)))
    att("index", lambda: go(lambda d: d[[0, 2]]))
    att("detach", lambda: go(lambda d: d.detach()))
    att("clone", lambda: go(lambda d: d.clone()))
    att("where", lambda: go(lambda d: torch.where(d > 1.5, d, d * 3)))
    att("int", lambda: go(lambda d: d > 1))

    def inpl(d):
        y = d.clone()
        y.mul_(d)
        return y

    att("inplace", lambda: go(inpl))

    def inpl2(d):
        y = torch.zeros(3)
        y[1:] = d[:2] * 2
        return y

    att("inplace view", lambda: go(inpl2))

    def inpl3(d):
        y = d * 1
        v = y[0]
        v.mul_(10)
        return y

    att("inplace through view", lambda: go(inpl3))
    att("unbind", lambda: go(lambda d: d.unbind(0)[1]))
    att("linear", lambda: go(lambda d: torch.nn.functional.linear(d, torch.ones(2, 3), torch.ones(2))))
    att("relu", lambda: go(lambda d: torch.relu(d - 2)))
    att("norm", lambda: go(lambda d: d.norm()))
    att("pow", lambda: go(lambda d: d**3))
    att("std", lambda: go(lambda d: d.std()))
    att("logsumexp", lambda: go(lambda d: d.logsumexp(0)))

    def mk(p, q):
        with fw.dual_level():
            return fw.unpack_dual(fw.make_dual(p, q))

    att("int primal", lambda: mk(torch.tensor([1]), torch.tensor([1.0])))
    att("int tangent", lambda: mk(torch.tensor([1.0]), torch.tensor([1])))
    att("shape", lambda: mk(x, torch.ones(2)))
    att("dtype", lambda: mk(x, torch.ones(3, dtype=torch.float64)))

    def after():
        with fw.dual_level():
            d = fw.make_dual(x, t)
        return fw.unpack_dual(d)

    att("after", after)

    def after2():
        with fw.dual_level():
            d = fw.make_dual(x, t)
        with fw.dual_level():
            return fw.unpack_dual(d)

    att("after2", after2)

    def rev():
        p = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        with fw.dual_level():
            d = fw.make_dual(p, t)
            y = d**3
            tg = fw.unpack_dual(y).tangent
        return (tg.detach(), torch.autograd.grad(tg.sum(), p))

    att("rev over fwd", rev)

    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_forward(a)
            ctx.k = 3
            return a * 3

        @staticmethod
        def jvp(ctx, ta):
            return ta * ctx.k

        @staticmethod
        def backward(ctx, g):
            return g * 3

    class G(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 3

        @staticmethod
        def backward(ctx, g):
            return g * 3

    att("custom", lambda: go(lambda d: F.apply(d)))
    att("custom nojvp", lambda: go(lambda d: G.apply(d)))
    att("set grad", lambda: fw.exit_dual_level())
    att("nograd", lambda: go(lambda d: torch.no_grad()(lambda: d * 2)()))

    def fwgrad():
        with fw.dual_level():
            d = fw.make_dual(x, t)
            d2 = fw.make_dual(d * 2, t * 7)
            return tuple(fw.unpack_dual(d2))

    att("redual", fwgrad)
    att("jacfwd", lambda: torch.func.jacfwd(lambda a: a**2)(x))
    att("isdual", lambda: (fw.unpack_dual(x).tangent, type(fw.unpack_dual(x)).__name__))
    yield from seen
