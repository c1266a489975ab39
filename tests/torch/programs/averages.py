"""Averages of weights: torch.optim.swa_utils."""

import importlib

from twin import attempt


def utils(torch):
    return importlib.import_module(f"{torch.__name__}.optim.swa_utils")


def averaged(torch):
    """SWA, EMA, and averages of one's own."""
    swa = utils(torch)
    for options in (
        {},
        {"multi_avg_fn": swa.get_ema_multi_avg_fn(0.9)},
        {"multi_avg_fn": swa.get_swa_multi_avg_fn()},
        {"avg_fn": swa.get_ema_avg_fn(0.5)},
        {"avg_fn": swa.get_swa_avg_fn()},
        {"avg_fn": lambda average, new, n: (average + new) / 2},
        {"use_buffers": True},
    ):
        torch.manual_seed(0)
        net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
        model = swa.AveragedModel(net, **options)
        yield list(model.state_dict()), repr(model)
        for step in range(4):
            with torch.no_grad():
                for p in net.parameters():
                    p.add_(0.1 * (step + 1))
            net(torch.arange(8.0).view(4, 2) * (step + 1))
            model.update_parameters(net)
            yield [t.detach().clone() for t in model.state_dict().values()]
        yield model.n_averaged.item(), model.eval()(torch.ones(3, 2)).detach()
    yield attempt(lambda: swa.AveragedModel(net, avg_fn=len, multi_avg_fn=len))
    yield attempt(lambda: swa.get_ema_avg_fn(2.0)), attempt(lambda: swa.get_ema_multi_avg_fn(-1.0))


def normalisation(torch):
    """update_bn counts anew."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), torch.nn.ReLU()).eval()
    data = [torch.randn(5, 2) for _ in range(3)]
    for loader in (data, [(x, 1) for x in data]):
        utils(torch).update_bn(loader, net)
        yield (
            net[1].running_mean.clone(),
            net[1].running_var.clone(),
            net[1].num_batches_tracked.item(),
            net[1].momentum,
            net.training,
        )
    yield utils(torch).update_bn(data, torch.nn.Linear(2, 1))


def rates(torch):
    """SWALR."""
    for options in ({}, {"anneal_epochs": 3, "anneal_strategy": "linear"}, {"anneal_epochs": 0}):
        optimizer = torch.optim.SGD([{"params": [torch.ones(1)], "lr": lr} for lr in (0.1, 0.5)])
        scheduler = utils(torch).SWALR(optimizer, [0.01, 0.02], **options)
        for _ in range(12):
            optimizer.step()
            scheduler.step()
            yield scheduler.get_last_lr()
        yield sorted(scheduler.state_dict()), scheduler.load_state_dict(scheduler.state_dict())
    for options in ({"anneal_strategy": "x"}, {"anneal_epochs": -1}, {"swa_lr": [1]}):
        yield attempt(lambda: utils(torch).SWALR(optimizer, **{"swa_lr": 0.1, **options}))
