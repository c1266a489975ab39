"""torch.utils.checkpoint: with and without reentry."""

import contextlib
import importlib

from twin import Arrived, attempt


def tools(torch):
    return importlib.import_module(torch.__name__ + ".utils.checkpoint")


def outcome(action):
    """The result, or the error without PyTorch's closing tips."""
    try:
        return action()
    except Exception as error:
        return type(error).__name__, str(error).partition("\n\nTip")[0]


def recomputing(torch):
    """How often the function runs, in which mode; the graph and the gradients."""
    checkpoint = tools(torch).checkpoint
    modes = []

    def function(x, y=None):
        modes.append(torch.is_grad_enabled())
        h = (x * 2).exp()
        return h * h if y is None else h * y

    for reentrant in (True, False):
        x = torch.tensor([0.1, 0.2], requires_grad=True)
        y = checkpoint(function, x, use_reentrant=reentrant)
        yield y, modes
        y.sum().backward()
        yield Arrived(x.grad), modes
        modes.clear()
        y = checkpoint(function, x, use_reentrant=reentrant)
        y.sum().backward(retain_graph=True)
        y.sum().backward()
        yield Arrived(x.grad), modes
        yield outcome(lambda y=y: y.sum().backward())
        modes.clear()
        yield outcome(lambda r=reentrant: checkpoint(function, torch.ones(2), use_reentrant=r).requires_grad)
        yield outcome(
            lambda r=reentrant: Arrived(torch.autograd.grad(checkpoint(function, x, use_reentrant=r).sum(), x))
        )
        yield outcome(lambda r=reentrant: checkpoint(function, x, use_reentrant=r).sum().backward(inputs=[x]))
        yield outcome(lambda r=reentrant: checkpoint(function, x, use_reentrant=r, y=torch.ones(2)))
        modes.clear()
    yield outcome(lambda: checkpoint(function, x))
    (g,) = torch.autograd.grad(checkpoint(function, x, use_reentrant=False).sum(), x, create_graph=True)
    yield Arrived(torch.autograd.grad(g.sum(), x))
    modes.clear()
    y = checkpoint(lambda a: checkpoint(function, a.sin(), use_reentrant=False).cos(), x, use_reentrant=False)
    (g,) = torch.autograd.grad(y.sum(), x)
    yield Arrived(g), len(modes)
    with torch.no_grad():
        yield checkpoint(function, x, use_reentrant=False)
    both = checkpoint(lambda a: (a * 2, a * 3), x, use_reentrant=True)
    yield both
    yield outcome(lambda: checkpoint(lambda a: a.detach(), x, use_reentrant=True).sum().backward())


def random_numbers(torch):
    """The same the second time, unless that is not wanted."""
    checkpoint = tools(torch).checkpoint
    for reentrant in (True, False):
        for preserve in (True, False):
            torch.manual_seed(0)
            x = torch.ones(10, requires_grad=True)
            drop = torch.nn.functional.dropout
            y = checkpoint(lambda a: drop(a * 1, 0.5), x, use_reentrant=reentrant, preserve_rng_state=preserve)
            torch.rand(3)
            y.sum().backward()
            yield bool((x.grad == y.detach()).all()), torch.rand(2)


def functions_that_change(torch):
    """A second run that differs from the first."""
    tool = tools(torch)
    runs = []
    changes = (lambda x: x * 2, lambda x: x.exp().exp(), lambda x: torch.cat([x, x]).exp())
    for change in changes:
        for stop in (True, False):

            def function(x, change=change):
                runs.append(1)
                return x.exp() if len(runs) == 1 else change(x)

            def go(function=function):
                x = torch.ones(2, requires_grad=True)
                y = tool.checkpoint(function, x, use_reentrant=False)
                y.sum().backward()
                return x.grad.tolist()

            with tool.set_checkpoint_early_stop(stop):
                yield outcome(go)
            runs.clear()


def wrong_calls(torch):
    """Arguments that are refused; saved tensors looked at twice."""
    checkpoint = tools(torch).checkpoint
    x = torch.ones(2, requires_grad=True)
    nothing = lambda: (contextlib.nullcontext(), contextlib.nullcontext())
    yield attempt(lambda: checkpoint(torch.exp, x, use_reentrant=True, more=3))
    yield attempt(lambda: checkpoint(torch.exp, x, use_reentrant=False, determinism_check="x"))
    yield attempt(lambda: checkpoint(torch.exp, x, use_reentrant=True, context_fn=nothing))
    yield checkpoint(torch.exp, x, use_reentrant=False, context_fn=nothing)

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return a * 2

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0] * ctx.saved_tensors[0]

    yield attempt(lambda: checkpoint(lambda a: Twice.apply(a.exp()), x, use_reentrant=False).sum().backward())


def sequential(torch):
    """checkpoint_sequential."""
    for reentrant, segments in ((True, 2), (False, 3), (None, 2)):
        torch.manual_seed(0)
        model = torch.nn.Sequential(*[torch.nn.Linear(2, 2) for _ in range(4)])
        x = torch.ones(1, 2, requires_grad=True)
        y = tools(torch).checkpoint_sequential(model, segments, x, use_reentrant=reentrant)
        y.sum().backward()
        yield y, Arrived(x.grad), Arrived([p.grad for p in model.parameters()])
