"""Grad modes and inference mode: as contexts, decorators and functions; what inference tensors may not do."""

from twin import attempt


def decorators(torch):
    """With and without brackets, on functions, methods, generators, coroutines and classes."""
    seen = []

    def look(*args):
        seen.append((torch.is_grad_enabled(), torch.is_inference_mode_enabled()))
        return args

    for mode in (torch.no_grad, torch.enable_grad, torch.inference_mode):
        yield mode()(look)(1), mode(look)(2), mode()(look).__name__
    yield torch.set_grad_enabled(False)(look)(3), torch.is_grad_enabled()
    yield torch.inference_mode(False)(look)(4), torch.inference_mode(mode=True)(look)(5)
    yield seen

    class Thing:
        @torch.no_grad()
        def method(self, x):
            return x * 2

        @staticmethod
        @torch.no_grad
        def still(x):
            return x * 2

    x = torch.ones(2, requires_grad=True)
    yield Thing().method(x), Thing.still(x)

    @torch.no_grad()
    def counting(n):
        for i in range(n):
            got = yield (i, torch.is_grad_enabled())
            seen.append(got)
        return "end"

    running = counting(3)
    yield next(running), torch.is_grad_enabled(), running.send("a"), torch.is_grad_enabled(), list(running)

    @torch.no_grad()
    def failing():
        try:
            yield 1
        except ValueError:
            yield torch.is_grad_enabled()
        raise KeyError("out")

    running = failing()
    next(running)
    yield running.throw(ValueError()), attempt(lambda: next(running)), torch.is_grad_enabled()

    def decorated():
        @torch.no_grad()
        class Made:
            def __init__(self):
                self.enabled = torch.is_grad_enabled()

            def later(self):
                return torch.is_grad_enabled()

        return Made().enabled, Made().later()

    yield attempt(decorated)


def contexts(torch):
    """Nesting, errors inside, the same object twice, functions."""
    now = torch.is_grad_enabled
    with torch.no_grad():
        with torch.enable_grad():
            yield now()
            with torch.set_grad_enabled(False):
                yield now()
            yield now()
        yield now()
    yield now()

    def fails():
        with torch.no_grad():
            raise ValueError("in there")

    yield attempt(fails), now()
    twice = torch.no_grad()
    with twice:
        with twice:
            yield now()
        yield now()
    yield now()
    before = torch.set_grad_enabled(False)
    yield now()
    torch.set_grad_enabled(True)
    yield now(), type(before).__name__
    with torch.autograd.no_grad(), torch.autograd.enable_grad(), torch.autograd.set_grad_enabled(False):
        yield now()
    with torch.inference_mode():
        yield now(), torch.is_inference_mode_enabled()
        with torch.inference_mode(False):
            yield now(), torch.is_inference_mode_enabled()
        with torch.enable_grad():
            yield now(), torch.is_inference_mode_enabled()
            yield (torch.ones(1, requires_grad=True) * 2).requires_grad
    yield now(), torch.is_inference_mode_enabled()


def inference_tensors(torch):
    """What they are, and what they may not do."""
    x = torch.ones(2, requires_grad=True)
    plain = torch.ones(2)
    with torch.inference_mode():
        t = torch.ones(2)
        y = x * 2
        v = x.view(1, 2)
        p = plain.view(1, 2)
        d = x.detach()
        yield (
            t.is_inference(),
            y.is_inference(),
            v.is_inference(),
            p.is_inference(),
            d.is_inference(),
            plain.is_inference(),
        )
        yield y.requires_grad, v.requires_grad, t.requires_grad, y.is_leaf, v._base is x
        t.add_(1)
        plain.add_(1)
        t[0] = 5
        yield plain.is_inference(), t.tolist(), plain.tolist()
        yield attempt(lambda: t._version)
        yield attempt(lambda: torch.ones(1, requires_grad=True).is_inference())
    yield plain._version
    yield attempt(lambda: t._version)
    yield attempt(lambda: t.add_(1))
    yield attempt(lambda: t.mul_(x)), attempt(lambda: t.zero_()), attempt(lambda: t.copy_(plain))
    yield attempt(lambda: t.__setitem__(0, 3.0))
    yield attempt(lambda: (t * x).tolist())
    yield attempt(lambda: (t + x).tolist())
    yield attempt(lambda: (t * plain).is_inference()), (t + 1).is_inference()
    yield attempt(lambda: t.requires_grad_())
    yield attempt(lambda: t.view(1, 2).is_inference()), attempt(lambda: t.clone().is_inference())
    yield attempt(lambda: t.view(1, 2).add_(1))
    yield attempt(lambda: t.detach().is_inference())
    yield attempt(lambda: v.add_(1)), attempt(lambda: (v * 2).requires_grad)
    c = t.clone()
    c.requires_grad_()
    (c * 2).sum().backward()
    yield c.grad.tolist()
    yield attempt(lambda: plain.add_(t).tolist()), attempt(lambda: (x * 1).add_(t).tolist())
    yield attempt(lambda: (x * 1).mul_(t).tolist())
    yield attempt(lambda: torch.nn.functional.linear(plain, torch.ones(1, 2, requires_grad=True)).is_inference())
    yield attempt(lambda: torch.add(plain, plain, out=t))
    yield attempt(lambda: t.grad), attempt(lambda: repr(t))
    with torch.inference_mode():
        yield attempt(lambda: setattr(t, "requires_grad", True)), t.requires_grad


def threads(torch):
    """Each thread has its own modes."""
    import threading

    seen = []

    def other():
        seen.append((torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.ones(1).is_inference()))
        y = torch.ones(2, requires_grad=True) * 2
        y.add_(1)
        seen.append((y.requires_grad, y._version))
        with torch.no_grad():
            seen.append(torch.is_grad_enabled())

    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            seen.append((torch.is_grad_enabled(), torch.ones(1).is_inference()))
    yield seen, torch.ones(1).is_inference()
