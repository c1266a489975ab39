"""Anomaly mode: which op a failing backward belongs to, and where it was called."""

import re
import warnings

from twin import attempt


def failing(torch):
    """A function whose backward fails."""

    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            raise RuntimeError("simulated")

    return Bad.apply


def told(action):
    """The error, and the warnings with the places of this file only (the libraries' own frames differ)."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        error = attempt(action)
    words = [re.sub(r" \(Triggered internally.*", "", str(w.message), flags=re.DOTALL) for w in heard]
    lines = [[line for line in w.splitlines() if not line.startswith(" ")] for w in words]
    places = [re.findall(r'programs/anomaly.py", line (\d+), in (\w+)', w) for w in words]
    return error, lines, places


def where_it_was_made(torch):
    """The traceback of the forward call, when it was made in anomaly mode."""
    bad = failing(torch)
    x = torch.ones(3, requires_grad=True)

    def both():
        with torch.autograd.detect_anomaly():
            bad(x * 2).sum().backward()

    def only_backward():
        y = bad(x * 2).sum()
        with torch.autograd.detect_anomaly():
            y.backward()

    def written():
        with torch.autograd.detect_anomaly():
            y = (x * 2).exp()
            z = y.sum()
            y.add_(1)
            z.backward()

    yield told(both)
    yield told(only_backward)
    yield told(written)
    yield torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()


def not_a_number(torch):
    """NaN in a gradient is an error, unless it is not looked for."""

    def divide(check_nan):
        x = torch.zeros(3, requires_grad=True)
        with torch.autograd.detect_anomaly(check_nan=check_nan):
            (x / x).sum().backward()
        return x.grad.tolist()

    yield told(lambda: divide(True))
    yield told(lambda: divide(False))


def what_is_remembered(torch):
    """The node's metadata: its traceback, and in which node's backward it was made."""
    x = torch.ones(3, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        y = x * 2
        yield list(y.grad_fn.metadata), type(y.grad_fn.metadata["traceback_"]).__name__
        (g,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
        yield sorted(g.grad_fn.metadata), g.grad_fn.metadata["parent_"].name()
    yield (x * 2).grad_fn.metadata


def induced(torch):
    """A failing second backward names the node whose first backward made it."""
    bad = failing(torch)

    class Outer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            return bad(g)

    x = torch.ones(3, requires_grad=True)
    v = torch.ones(3, requires_grad=True)

    def twice():
        with torch.autograd.detect_anomaly():
            y = Outer.apply(x * 2)
            (g,) = torch.autograd.grad(y, x, v, create_graph=True)
            g.sum().backward()

    yield told(twice)


def switches(torch):
    """set_detect_anomaly at once and as a context; wrong arguments."""

    def now():
        return torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()

    yield now()
    torch.autograd.set_detect_anomaly(True)
    yield now()
    with torch.autograd.set_detect_anomaly(False):
        yield now()
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        yield now()
    yield now()
    torch.autograd.set_detect_anomaly(False)
    yield now()
    yield attempt(lambda: torch.autograd.set_detect_anomaly("a"))
