"""Learning rates over time."""

import copy
import math
import pickle

from twin import attempt


def optimizer_of(torch, kind="SGD", **options):
    groups = [
        {"params": [torch.ones(1, requires_grad=True)]},
        {"params": [torch.ones(2, requires_grad=True)], "lr": 0.5},
    ]
    return getattr(torch.optim, kind)(groups, **{"lr": 0.1, **options})


def run(scheduler, epochs=12):
    """The rates of some epochs, stepped as one should."""
    seen = [scheduler.get_last_lr()]
    for _ in range(epochs):
        scheduler.optimizer.step()
        scheduler.step()
        groups = scheduler.optimizer.param_groups
        seen.append(
            (scheduler.get_last_lr(), [g["lr"] for g in groups], [g.get("momentum", g.get("betas")) for g in groups])
        )
    return seen


def makers(torch):
    s = torch.optim.lr_scheduler
    return [
        lambda o: s.StepLR(o, 3),
        lambda o: s.StepLR(o, 4, gamma=0.5),
        lambda o: s.MultiStepLR(o, [2, 5, 5, 9], gamma=0.3),
        lambda o: s.ConstantLR(o, 0.5, 4),
        lambda o: s.LinearLR(o, 0.1, 0.9, 6),
        lambda o: s.ExponentialLR(o, 0.9),
        lambda o: s.PolynomialLR(o, 8, 2.0),
        lambda o: s.CosineAnnealingLR(o, 5, 0.01),
        lambda o: s.CosineAnnealingWarmRestarts(o, 3, 2, 0.01),
        lambda o: s.CosineAnnealingWarmRestarts(o, 4),
        lambda o: s.LambdaLR(o, lambda e: 0.95**e),
        lambda o: s.LambdaLR(o, [lambda e: 1 / (e + 1), lambda e: e]),
        lambda o: s.MultiplicativeLR(o, lambda e: 0.9 + e / 100),
        lambda o: s.CyclicLR(o, 0.01, 0.1, 3, 2),
        lambda o: s.CyclicLR(o, [0.01, 0.02], [0.1, 0.2], 3, mode="triangular2", cycle_momentum=False),
        lambda o: s.CyclicLR(o, 0.01, 0.1, 3, mode="exp_range", gamma=0.9),
        lambda o: s.CyclicLR(o, 0.01, 0.1, 3, scale_fn=lambda x: 1 / x, scale_mode="cycle"),
        lambda o: s.OneCycleLR(o, 0.5, total_steps=13),
        lambda o: s.OneCycleLR(o, [0.5, 1.0], epochs=4, steps_per_epoch=4, three_phase=True, anneal_strategy="linear"),
        lambda o: s.OneCycleLR(o, 0.5, total_steps=20, cycle_momentum=False, pct_start=0.5, div_factor=5.0),
        lambda o: s.SequentialLR(o, [s.LinearLR(o, 0.1), s.ExponentialLR(o, 0.9), s.StepLR(o, 2)], [4, 8]),
        lambda o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 3), s.ExponentialLR(o, 0.9)]),
    ]


def courses(torch):
    """Every scheduler's rates and momenta, epoch by epoch."""
    for make in makers(torch):
        for kind in ("SGD", "AdamW"):
            options = {"momentum": 0.5} if kind == "SGD" else {}
            scheduler = make(optimizer_of(torch, kind, **options))
            yield type(scheduler).__name__, run(scheduler)
            yield sorted(scheduler.state_dict()), scheduler.optimizer


def tensor_rates(torch):
    """Rates that are tensors stay the same tensors."""
    for make in makers(torch)[:14]:
        rates = [torch.tensor(0.1), torch.tensor(0.5)]
        params = [{"params": [torch.ones(1, requires_grad=True)], "lr": lr} for lr in rates]
        optimizer = torch.optim.SGD(params, momentum=0.9)
        scheduler = make(optimizer)
        yield (
            type(scheduler).__name__,
            run(scheduler, 4),
            [g["lr"] is lr for g, lr in zip(optimizer.param_groups, rates)],
        )


def states(torch):
    """A schedule goes on from its state."""
    for i, make in enumerate(makers(torch)):
        first = make(optimizer_of(torch, momentum=0.5))
        run(first, 4)
        second = make(optimizer_of(torch, momentum=0.5))
        second.optimizer.load_state_dict(copy.deepcopy(first.optimizer.state_dict()))
        state = first.state_dict()
        second.load_state_dict({**state})
        yield i, run(first, 3)[1:], run(second, 3)[1:]

    class Factor:
        def __init__(self):
            self.k = 2

        def __call__(self, epoch):
            return 1 / (epoch + self.k)

    first = torch.optim.lr_scheduler.LambdaLR(optimizer_of(torch), [Factor(), lambda e: 1])
    first.lr_lambdas[0].k = 5
    state = first.state_dict()
    yield state["lr_lambdas"]
    second = torch.optim.lr_scheduler.LambdaLR(optimizer_of(torch), [Factor(), lambda e: 1])
    second.load_state_dict(state)
    yield second.lr_lambdas[0].k
    optimizer = optimizer_of(torch)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    run(scheduler, 3)
    again = torch.optim.lr_scheduler.StepLR(optimizer, 2, last_epoch=scheduler.last_epoch)
    yield again.get_last_lr(), again.last_epoch
    yield attempt(lambda: torch.optim.lr_scheduler.StepLR(optimizer_of(torch), 2, last_epoch=3))


def plateaus(torch):
    """ReduceLROnPlateau in all its modes."""
    losses = [5.0, 4.0, 4.0, 4.1, 3.9999, 3.99, 4.0, 4.0, 4.0, 4.0, 1.0, 2.0, float("nan"), 2.0, 2.0, 2.0]
    for options in (
        {"patience": 1},
        {"patience": 1, "mode": "max"},
        {"patience": 0, "cooldown": 2, "factor": 0.5},
        {"patience": 1, "threshold": 0.1, "threshold_mode": "abs"},
        {"patience": 1, "threshold": 0.1, "threshold_mode": "abs", "mode": "max"},
        {"patience": 0, "min_lr": 0.01},
        {"patience": 0, "min_lr": [0.05, 0.2], "eps": 0.05},
    ):
        optimizer = optimizer_of(torch)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        for loss in losses:
            scheduler.step(torch.tensor(loss))
            yield scheduler.get_last_lr(), scheduler.num_bad_epochs, scheduler.in_cooldown
        other = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer_of(torch), **options)
        other.load_state_dict(scheduler.state_dict())
        yield sorted(other.state_dict()), other.best
        if "min_lr" in options:
            optimizer.add_param_group({"params": [torch.ones(1)]})
            yield attempt(lambda: [scheduler.step(9.0) for _ in range(3)]), scheduler.get_last_lr()
    for options in ({"factor": 1.0}, {"mode": "mean"}, {"threshold_mode": "x"}, {"min_lr": [1.0]}, {"verbose": True}):
        yield attempt(lambda: torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer_of(torch), **options))
    yield attempt(lambda: torch.optim.lr_scheduler.ReduceLROnPlateau([torch.ones(1)]))
    yield attempt(lambda: scheduler.step())


def warnings_(torch):
    """What is told of steps in the wrong order, of epochs by name, and of get_lr."""
    s = torch.optim.lr_scheduler
    optimizer = optimizer_of(torch)
    scheduler = s.StepLR(optimizer, 2)
    scheduler.step()
    optimizer.step()
    scheduler.step()
    yield scheduler.get_lr(), scheduler.last_epoch
    for make in makers(torch):
        scheduler = make(optimizer_of(torch, momentum=0.5))
        scheduler.optimizer.step()
        yield (
            attempt(lambda: scheduler.step(5)),
            scheduler.get_last_lr(),
            scheduler.last_epoch if hasattr(scheduler, "last_epoch") else None,
        )
    optimizer = optimizer_of(torch)
    scheduler = s.ExponentialLR(optimizer, 0.5)
    optimizer.step = lambda: None
    scheduler.step()
    yield scheduler.get_last_lr()


def refusals(torch):
    """What cannot be scheduled."""
    s = torch.optim.lr_scheduler
    o, other = optimizer_of(torch), optimizer_of(torch)
    plain = torch.optim.Adagrad([torch.ones(1, requires_grad=True)])
    for make in (
        lambda: s.StepLR([1], 2),
        lambda: s.LRScheduler(o),
        lambda: s.LambdaLR(o, [lambda e: 1]),
        lambda: s.MultiplicativeLR(o, [1, 2]),
        lambda: s.ConstantLR(o, 1.5),
        lambda: s.LinearLR(o, 0.0),
        lambda: s.LinearLR(o, 0.5, 1.5),
        lambda: s.CosineAnnealingWarmRestarts(o, 0),
        lambda: s.CosineAnnealingWarmRestarts(o, 1, 0),
        lambda: s.CosineAnnealingWarmRestarts(o, 1, 1, "a"),
        lambda: s.CosineAnnealingWarmRestarts(o, 2).step(-1),
        lambda: s.CyclicLR(o, [0.1], 0.2),
        lambda: s.CyclicLR(o, 0.1, 0.2, mode="x"),
        lambda: s.CyclicLR(plain, 0.1, 0.2),
        lambda: s.OneCycleLR(o, 0.1),
        lambda: s.OneCycleLR(o, 0.1, total_steps=0),
        lambda: s.OneCycleLR(o, 0.1, epochs=1.5, steps_per_epoch=3),
        lambda: s.OneCycleLR(o, 0.1, epochs=1, steps_per_epoch=-3),
        lambda: s.OneCycleLR(o, 0.1, 5, pct_start=2.0),
        lambda: s.OneCycleLR(o, 0.1, 5, anneal_strategy="x"),
        lambda: s.OneCycleLR(plain, 0.1, 5),
        lambda: s.SequentialLR(o, [], []),
        lambda: s.SequentialLR(o, [s.StepLR(o, 2)], [2]),
        lambda: s.SequentialLR(o, [s.StepLR(o, 2), s.StepLR(other, 2)], [2]),
        lambda: s.SequentialLR(o, [s.StepLR(o, 2), s.ReduceLROnPlateau(o)], [2]),
        lambda: s.SequentialLR(o, [s.StepLR(o, 2), 5], [2]),
        lambda: s.ChainedScheduler([]),
        lambda: s.ChainedScheduler([s.StepLR(o, 2), s.StepLR(other, 2)]),
    ):
        yield type(attempt(make)).__name__, attempt(lambda: make().nothing)
    scheduler = s.OneCycleLR(optimizer_of(torch, momentum=0.9), 0.1, 3)
    yield attempt(lambda: run(scheduler, 5))


def own(torch):
    """A schedule as a notebook writes it."""
    Base = torch.optim.lr_scheduler._LRScheduler

    class Noam(Base):
        def __init__(self, optimizer, warm, last_epoch=-1):
            self.warm = warm
            super().__init__(optimizer, last_epoch)

        def get_lr(self):
            t = self.last_epoch + 1
            return [base * min(t**-0.5, t * self.warm**-1.5) for base in self.base_lrs]

    scheduler = Noam(optimizer_of(torch), 4)
    yield run(scheduler, 8), isinstance(scheduler, torch.optim.lr_scheduler.LRScheduler), scheduler.state_dict()
    yield str(Base), str(torch.optim.lr_scheduler.CosineAnnealingLR), math.isclose(scheduler.get_last_lr()[0], 0.1 / 3)
    step = torch.optim.lr_scheduler.StepLR(optimizer_of(torch), 2)
    yield run(copy.deepcopy(step), 3)
    yield attempt(lambda: type(pickle.loads(pickle.dumps(step.state_dict()))).__name__)
