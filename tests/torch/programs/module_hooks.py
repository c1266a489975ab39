"""Hooks on modules: forward, backward, for one module and for all."""

import warnings

from twin import Arrived, attempt


def heard_by(torch, heard, name):
    """A hook that notes its name, and what it is given as values."""

    def plain(x):
        if isinstance(x, torch.Tensor):
            return x.detach().tolist()
        if isinstance(x, (tuple, list)):
            return [plain(y) for y in x]
        return x if isinstance(x, (int, float, str, dict, type(None))) else type(x).__name__

    def hook(module, *given):
        heard.append((name, type(module).__name__, [plain(x) for x in given]))

    return hook


def forward_hooks(torch):
    """Order, replaced arguments and outputs, keywords, removal."""
    nn, heard = torch.nn, []
    m = nn.Identity()
    x = torch.tensor([1.0, 2.0])
    handles = [
        m.register_forward_hook(heard_by(torch, heard, "after 1")),
        m.register_forward_hook(lambda module, args, out: out + 1),
        m.register_forward_hook(heard_by(torch, heard, "after 2")),
        m.register_forward_hook(heard_by(torch, heard, "first"), prepend=True),
        m.register_forward_pre_hook(heard_by(torch, heard, "before 1")),
        m.register_forward_pre_hook(lambda module, args: args[0] * 10),
        m.register_forward_pre_hook(heard_by(torch, heard, "before 2")),
    ]
    yield m(x), heard, len(m._forward_hooks), len(m._forward_pre_hooks)
    for handle in handles:
        handle.remove()
    yield m(x), len(m._forward_hooks)

    class Scaled(nn.Module):
        def forward(self, x, by=1):
            return x * by

    m = Scaled()
    heard.clear()
    m.register_forward_pre_hook(lambda module, args, kwargs: (args, {"by": kwargs["by"] + 1}), with_kwargs=True)
    m.register_forward_hook(heard_by(torch, heard, "with"), with_kwargs=True)
    m.register_forward_hook(heard_by(torch, heard, "without"))
    yield m(x, by=2), heard
    m = Scaled()
    m.register_forward_pre_hook(lambda module, args, kwargs: 3, with_kwargs=True)
    yield attempt(lambda: m(x))


def hooks_after_an_error(torch):
    """always_call."""
    nn, heard = torch.nn, []

    class Failing(nn.Module):
        def forward(self, x):
            raise ValueError("no")

    m = Failing()
    m.register_forward_hook(heard_by(torch, heard, "always"), always_call=True)
    m.register_forward_hook(heard_by(torch, heard, "not"))
    yield attempt(lambda: m(torch.ones(1))), heard

    def fails(module, args, out):
        raise RuntimeError("hook")

    m = nn.Identity()
    m.register_forward_hook(fails, always_call=True)
    yield attempt(lambda: m(torch.ones(1)))
    m = Failing()
    m.register_forward_hook(fails, always_call=True)
    m.register_forward_hook(heard_by(torch, heard, "still"), always_call=True)
    yield attempt(lambda: m(torch.ones(1))), heard


def full_backward_hooks(torch):
    """What they are given, and what they may answer; the graph that they make."""
    nn, heard = torch.nn, []
    m = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    m[1].register_full_backward_hook(heard_by(torch, heard, "tanh"))
    m[1].register_full_backward_pre_hook(heard_by(torch, heard, "tanh before"))
    m.register_full_backward_hook(heard_by(torch, heard, "all"))
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    y = m(x)
    yield y.grad_fn
    y.sum().backward()
    yield heard, Arrived(x.grad)
    m = nn.Tanh()
    first = m.register_full_backward_hook(lambda module, ins, outs: (ins[0] * 10,))
    m.register_full_backward_hook(lambda module, ins, outs: (ins[0] + 1,))
    m.register_full_backward_hook(heard_by(torch, heard, "prepended"), prepend=True)
    m.register_full_backward_pre_hook(lambda module, outs: (outs[0] * 2,))
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    heard.clear()
    m(x).sum().backward()
    yield heard, Arrived(x.grad)
    first.remove()
    m(x).sum().backward()
    yield Arrived(x.grad)
    m = nn.Tanh()
    m.register_full_backward_hook(lambda module, ins, outs: (ins[0], ins[0]))
    yield attempt(lambda: m(x).sum().backward())
    m = nn.Tanh()
    m.register_full_backward_pre_hook(lambda module, outs: (outs[0], outs[0]))
    yield attempt(lambda: m(x).sum().backward())


def several_inputs_and_outputs(torch):
    """None for what is no tensor or needs no gradient."""
    nn, heard = torch.nn, []

    class Two(nn.Module):
        def forward(self, a, n, b):
            return a * n, b * 2, "text"

    m = Two()
    m.register_full_backward_hook(heard_by(torch, heard, "two"))
    m.register_full_backward_pre_hook(heard_by(torch, heard, "before"))
    x, w = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0])
    a, b, _ = m(x, 3, w)
    yield a, b
    (a * 2).sum().backward()
    yield heard, Arrived(x.grad)
    heard.clear()
    a, b, _ = m(x, 3, x)
    (a + b).sum().backward()
    yield heard, Arrived(x.grad)
    heard.clear()
    linear = nn.Linear(1, 1)
    linear.register_full_backward_hook(heard_by(torch, heard, "no input"))
    linear(w).sum().backward()
    yield len(heard)
    linear.register_full_backward_hook(lambda module, ins, outs: (outs[0],))
    yield attempt(lambda: linear(w).sum().backward())
    with torch.no_grad():
        yield m(x, 3, w)[0]

    class Listed(nn.Module):
        def forward(self, a):
            return [a * 2]

    m = Listed()
    m.register_full_backward_hook(heard_by(torch, heard, "listed"))
    yield attempt(lambda: m(x)[0].sum().backward())


def older_backward_hooks(torch):
    """register_backward_hook: the last node only, with warnings where that is not all."""
    nn, heard = torch.nn, []
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    tanh = nn.Tanh()
    tanh.register_backward_hook(heard_by(torch, heard, "tanh"))
    tanh(x).sum().backward()
    yield heard
    heard.clear()
    linear = nn.Linear(2, 2)
    linear.register_backward_hook(lambda module, ins, outs: heard.append((len(ins), len(outs))))
    linear(x).sum().backward()
    yield heard

    class Two(nn.Module):
        def forward(self, a):
            return a * 2, a * 3

    m = Two()
    m.register_backward_hook(lambda module, ins, outs: heard.append((len(ins), len(outs))))
    m(x)[1].sum().backward()
    yield heard
    yield attempt(lambda: tanh.register_full_backward_hook(print))
    full = nn.Tanh()
    full.register_full_backward_hook(lambda *given: None)
    yield attempt(lambda: full.register_backward_hook(print))


def hooks_on_all_modules(torch):
    """register_module_..._hook."""
    nn, heard = torch.nn, []
    every = torch.nn.modules.module
    m = nn.Sequential(nn.Tanh(), nn.Sigmoid())
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    handles = [
        every.register_module_forward_pre_hook(heard_by(torch, heard, "before")),
        every.register_module_forward_hook(heard_by(torch, heard, "after")),
        every.register_module_full_backward_hook(heard_by(torch, heard, "backward")),
        every.register_module_full_backward_pre_hook(heard_by(torch, heard, "backward before")),
    ]
    m[0].register_forward_hook(heard_by(torch, heard, "own after"))
    m[0].register_full_backward_hook(heard_by(torch, heard, "own backward"))
    m(x).sum().backward()
    yield heard, Arrived(x.grad)
    yield attempt(lambda: every.register_module_backward_hook(print))
    for handle in handles:
        handle.remove()
    heard.clear()
    m(x).sum().backward()
    yield heard


def hooks_are_copied(torch):
    """A deep copy has the hooks, too."""
    import copy

    nn, heard = torch.nn, []
    m = nn.Tanh()
    m.register_forward_hook(lambda module, args, out: out * 100)
    twin = copy.deepcopy(m)
    yield twin(torch.ones(1)), len(twin._forward_hooks), heard
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield nn.Tanh()(torch.ones(1))
