"""Every optimiser, step for step; and what a notebook's own optimiser can rely on."""

import copy
import importlib
import io
import pickle

from twin import attempt

KINDS = (
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.01, "momentum": 0.5, "dampening": 0.3, "maximize": True}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1, "maximize": True}),
    ("AdamW", {"lr": 0.01, "amsgrad": True, "foreach": True}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.9, "centered": True, "weight_decay": 0.1}),
    ("RMSprop", {"maximize": True, "alpha": 0.9}),
    ("Adagrad", {}),
    ("Adagrad", {"lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "weight_decay": 0.1}),
    ("Adamax", {}),
    ("Adamax", {"weight_decay": 0.1, "betas": (0.5, 0.999)}),
    ("NAdam", {}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("NAdam", {"weight_decay": 0.1, "momentum_decay": 0.1}),
    ("RAdam", {}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("ASGD", {}),
    ("ASGD", {"t0": 5, "lambd": 0.01, "weight_decay": 0.01}),
    ("Rprop", {}),
    ("Rprop", {"etas": (0.3, 1.5), "maximize": True}),
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.1, "weight_decay": 0.1, "d": 2.0}),
)


def module(torch):
    """`torch.optim.optimizer`, which is a module only to those who import it."""
    return importlib.import_module(f"{torch.__name__}.optim.optimizer")


def driven(torch, name, options, dtype=None, steps=200):
    """Steps along a smooth valley, whose gradients are written out; tell everything now and then."""
    torch.manual_seed(3)
    params = [torch.randn(4, 3, dtype=dtype).requires_grad_(), torch.randn(5, dtype=dtype).requires_grad_()]
    if name == "Muon":
        params = [torch.randn(4, 3).requires_grad_(), torch.randn(3, 5).requires_grad_()]
    goals = [torch.randn(p.shape, dtype=p.dtype) for p in params]
    optimizer = getattr(torch.optim, name)(params, **options)
    for step in range(steps):
        for p, goal in zip(params, goals):
            p.grad = (p.detach() - goal) * 0.5 + (p.detach() * 2).sin() * 0.1
        optimizer.step()
        if step in (0, 1, 2, 10, 50, steps - 1):
            yield name, [p.detach() for p in params], [p._version for p in params]
            if step < 3:
                yield optimizer.state_dict()
    yield optimizer


def double(torch):
    """Two hundred steps of each in float64."""
    for name, options in KINDS:
        yield name
        yield from driven(torch, name, options, torch.float64)


def single(torch):
    """Fifty steps of each in float32 (rounding grows along the way)."""
    for name, options in (*KINDS, ("Muon", {}), ("Muon", {"adjust_lr_fn": "match_rms_adamw", "nesterov": False})):
        if name != "Adafactor":
            yield name
            yield from driven(torch, name, options, torch.float32, 50)


def complex_parameters(torch):
    """Complex numbers are treated as pairs."""
    for name, options in KINDS:
        if name == "Adafactor":
            continue
        p = torch.tensor([[1 + 2j, 1 - 3j], [0.5 + 0.5j, 2 - 1j]], dtype=torch.complex128).requires_grad_()
        goal = torch.tensor([[0.3 - 1j, 2 + 1j], [0.9 + 1j, -2 - 1.5j]], dtype=torch.complex128)
        optimizer = getattr(torch.optim, name)([p], **options)
        for _ in range(8):
            p.grad = (p.detach() - goal) * 0.5
            optimizer.step()
        yield name, p


def curved(torch):
    """L-BFGS, with and without line search."""
    for options in (
        {},
        {"line_search_fn": "strong_wolfe"},
        {"history_size": 2, "max_iter": 5, "lr": 0.3},
        {"max_eval": 3},
    ):
        p = torch.tensor([-1.5, 2.0, 0.3], dtype=torch.float64, requires_grad=True)
        q = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.LBFGS([p, q], **options)
        calls = []

        def closure():
            optimizer.zero_grad()
            x, y, z = p.unbind()
            loss = (1 - x) ** 2 + 10 * (y - x * x) ** 2 + (z - 2) ** 2 + (q - x - 1) ** 2 + q**4
            loss.backward()
            calls.append(loss.item())
            return loss

        for _ in range(4):
            yield optimizer.step(closure).item(), p.detach(), q.detach(), list(calls)
        state = optimizer.state_dict()["state"][0]
        yield list(state), state["func_evals"], state["n_iter"], state["prev_loss"], len(state["old_dirs"])
    yield attempt(lambda: torch.optim.LBFGS([{"params": [p]}, {"params": [q]}]))
    yield attempt(lambda: torch.optim.LBFGS([p], line_search_fn="golden").step(closure))


def refusals(torch):
    """Options that make no sense, in each optimiser's words."""
    p = [torch.ones(2, 2, requires_grad=True)]
    wrong = {
        "lr": -1.0,
        "eps": -1.0,
        "weight_decay": -1.0,
        "momentum": -1.0,
        "alpha": -1.0,
        "rho": 2.0,
        "lr_decay": -1.0,
    }
    wrong |= {
        "betas": (1.0, 0.9),
        "initial_accumulator_value": -1.0,
        "momentum_decay": -1.0,
        "etas": (2.0, 1.0),
        "d": 0.5,
    }
    wrong |= {"beta2_decay": 1.0, "adjust_lr_fn": "no such", "unknown": 1}
    names = [
        "SGD",
        "Adam",
        "AdamW",
        "RMSprop",
        "Adagrad",
        "Adadelta",
        "Adamax",
        "NAdam",
        "RAdam",
        "ASGD",
        "Rprop",
        "Adafactor",
        "Muon",
        "LBFGS",
        "SparseAdam",
    ]
    for name in names:
        for option, value in wrong.items():
            if (name, option) != ("Adafactor", "eps"):
                yield attempt(lambda: repr(getattr(torch.optim, name)(p, **{option: value})))
        yield attempt(lambda: repr(getattr(torch.optim, name)(p, lr=torch.ones(2))))
        yield attempt(lambda: repr(getattr(torch.optim, name)(p, betas=(0.5, 1.5))))
    for options in ({"fused": True, "foreach": True}, {"lr": torch.tensor(0.1), "foreach": True}, {"betas": (1, 0.5)}):
        yield attempt(lambda: repr(torch.optim.Adam(p, **options)))
    yield (
        attempt(lambda: torch.optim.Adafactor(p, eps=(-1.0, 1.0))),
        attempt(lambda: torch.optim.Adafactor(p, eps=(None, -1.0))),
    )
    yield attempt(lambda: torch.optim.Muon([torch.ones(2, requires_grad=True)]))
    yield attempt(lambda: torch.optim.SparseAdam([torch.ones(2, dtype=torch.complex64, requires_grad=True)]))
    p[0].grad = torch.ones(2, 2)
    yield attempt(lambda: torch.optim.SparseAdam(p).step())
    for name in ("Adam", "RMSprop", "Adadelta", "NAdam", "ASGD"):
        yield attempt(
            lambda: getattr(torch.optim, name)(p, capturable=True).step(), words=name in ("Adam", "RMSprop", "Adadelta")
        )


def tensor_rates(torch):
    """A learning rate that is a tensor."""
    for name in ("SGD", "Adam", "RMSprop", "Adagrad", "Rprop"):
        p = torch.ones(2, requires_grad=True)
        p.grad = torch.tensor([1.0, 2.0])
        lr = torch.tensor(0.25)
        optimizer = getattr(torch.optim, name)([p], lr=lr)
        optimizer.step()
        lr.fill_(0.5)
        optimizer.step()
        yield p.detach(), optimizer.param_groups[0]["lr"] is lr, optimizer


def groups(torch):
    """Groups of parameters, and what cannot be one."""
    a, b, c = (torch.ones(1, requires_grad=True) for _ in range(3))
    SGD = torch.optim.SGD
    optimizer = SGD([{"params": a}, {"params": [b], "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": iter([c]), "momentum": 0.9})
    yield [
        (len(g["params"]), sorted(k for k in g if k != "params"), g["lr"], g["momentum"])
        for g in optimizer.param_groups
    ]
    yield optimizer.defaults, repr(optimizer)
    for params in (
        [],
        torch.ones(1),
        [1],
        ["a"],
        {a},
        [a * 2],
        [[a]],
        [{"params": {a}}],
        [{"params": [a]}, {"params": [a]}],
        [{"params": [a]}, [b]],
        [("w", a), b],
        {"w": a},
        None,
        5,
    ):
        yield attempt(lambda: repr(SGD(params, lr=0.1)))
    yield repr(SGD([a, a], lr=0.1)), attempt(lambda: optimizer.add_param_group({"params": [a]}))
    yield (
        attempt(lambda: optimizer.add_param_group([a])),
        attempt(lambda: optimizer.add_param_group({"params": ("n", a)})),
    )
    named = SGD([("w", a), ("b", b)], lr=0.1)
    yield (
        named.param_groups[0]["param_names"],
        named.state_dict(),
        attempt(lambda: named.add_param_group({"params": [c]})),
    )
    from_required = module(torch).required
    yield repr(from_required), attempt(lambda: torch.optim.Optimizer([a], {"lr": from_required}))
    yield torch.optim.Optimizer([{"params": [a], "lr": 1}], {"lr": from_required})
    yield attempt(lambda: torch.optim.Optimizer([a], {}).step())


def own(torch):
    """An optimiser as a notebook writes it."""

    class Descent(torch.optim.Optimizer):
        def __init__(self, params, lr=0.1, decay=0.5):
            super().__init__(params, {"lr": lr, "decay": decay})

        @torch.no_grad()
        def step(self, closure=None):
            loss = closure() if closure is not None else None
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    state = self.state[p]
                    if not state:
                        state["seen"] = 0
                        state["mean"] = torch.zeros_like(p)
                    state["seen"] += 1
                    state["mean"].mul_(group["decay"]).add_(p.grad)
                    p.add_(state["mean"], alpha=-group["lr"])
            return loss

    p = torch.tensor([1.0, 2.0], requires_grad=True)
    q = torch.ones(1, requires_grad=True)
    optimizer = Descent([p, q])
    heard = []
    before = optimizer.register_step_pre_hook(
        lambda o, args, kwargs: heard.append(("before", o is optimizer, args == (optimizer,)))
    )
    optimizer.register_step_post_hook(lambda o, args, kwargs: heard.append(("after", args == (optimizer,), kwargs)))
    for _ in range(3):
        optimizer.zero_grad()
        (p * p).sum().backward()
        optimizer.step()
    yield p, q, heard, optimizer, optimizer.state_dict()
    before.remove()
    yield optimizer.step(lambda: 5), len(heard)
    optimizer.register_state_dict_pre_hook(lambda o: heard.append("pre"))
    optimizer.register_state_dict_post_hook(lambda o, d: {**d, "more": 1})
    optimizer.register_state_dict_post_hook(lambda o, d: heard.append(sorted(d)), prepend=True)
    state = optimizer.state_dict()
    yield sorted(state), heard[-2:]
    optimizer.register_load_state_dict_pre_hook(
        lambda o, d: heard.append("load") or {**d, "param_groups": d["param_groups"]}
    )
    optimizer.register_load_state_dict_post_hook(lambda o: heard.append("loaded"))
    optimizer.load_state_dict(state)
    yield heard[-2:]
    yield attempt(lambda: optimizer.register_step_pre_hook(lambda o, a, k: 5) and optimizer.step(), words=False)
    everywhere = module(torch).register_optimizer_step_post_hook(lambda o, a, k: heard.append(type(o).__name__))
    torch.optim.SGD([p], lr=0.1).step()
    everywhere.remove()
    torch.optim.SGD([p], lr=0.1).step()
    yield heard[-2:]
    yield attempt(lambda: optimizer.zero_grad(set_to_none=False)), p.grad.clone(), q.grad


def states(torch):
    """A state goes out and in again, also by file and by pickle."""
    for name, options in KINDS[1:12:2]:

        def make():
            torch.manual_seed(1)
            p = torch.randn(3, 2, requires_grad=True)
            return p, getattr(torch.optim, name)([p], **options)

        def run(p, optimizer, steps):
            for _ in range(steps):
                p.grad = p.detach() * 0.5 + 0.1
                optimizer.step()

        p, optimizer = make()
        run(p, optimizer, 3)
        file = io.BytesIO()
        torch.save({"p": p, "state": optimizer.state_dict()}, file)
        file.seek(0)
        loaded = torch.load(file)
        q, other = make()
        q.data.copy_(loaded["p"])
        other.load_state_dict(loaded["state"])
        r, third = copy.deepcopy((p, optimizer))
        s, fourth = pickle.loads(pickle.dumps((p, optimizer)))
        for pair in ((p, optimizer), (q, other), (r, third), (s, fourth)):
            run(*pair, 2)
            yield name, pair[0].detach(), repr(pair[1]), pair[1].param_groups[0]["params"][0] is pair[0]
    p = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=0.1)
    optimizer.load_state_dict(
        {
            "state": {
                0: {
                    "buf": torch.ones(2),
                    "step": torch.ones(()),
                    "n": 3,
                    "many": [torch.ones(1)],
                    "in": {"a": torch.ones(1)},
                }
            },
            "param_groups": [{"lr": 0.5, "params": [0]}],
        }
    )
    yield dict(optimizer.state[p]), optimizer
    yield attempt(lambda: optimizer.load_state_dict({"state": {}, "param_groups": []}))
    yield attempt(lambda: optimizer.load_state_dict({"state": {}, "param_groups": [{"params": [0, 1]}]}))
    yield attempt(lambda: optimizer.load_state_dict({}))
