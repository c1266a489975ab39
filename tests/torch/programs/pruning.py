"""Parameters with parts that are zero for good."""

import importlib

from twin import Arrived, attempt


def _prune(torch):
    return importlib.import_module(torch.__name__ + ".nn.utils.prune")


def _layer(torch, seed=0):
    torch.manual_seed(seed)
    return torch.nn.Linear(4, 3)


def rules(torch):
    """What each rule leaves."""
    prune = _prune(torch)
    for rule in (
        lambda m: prune.identity(m, "weight"),
        lambda m: prune.random_unstructured(m, "weight", amount=0.5),
        lambda m: prune.random_unstructured(m, "bias", amount=2),
        lambda m: prune.l1_unstructured(m, "weight", amount=0.3),
        lambda m: prune.l1_unstructured(m, "weight", 5, importance_scores=torch.arange(12.0).view(3, 4)),
        lambda m: prune.random_structured(m, "weight", amount=2, dim=1),
        lambda m: prune.ln_structured(m, "weight", amount=0.4, n=2, dim=0),
        lambda m: prune.ln_structured(m, "weight", amount=1, n=float("inf"), dim=-1),
        lambda m: prune.l1_unstructured(m, "weight", amount=0),
        lambda m: prune.custom_from_mask(m, "bias", torch.tensor([0, 1, 0])),
    ):
        layer = _layer(torch)
        yield rule(layer) is layer, list(layer.state_dict()), list(dict(layer.named_buffers())), prune.is_pruned(layer)
        yield layer.weight, layer.bias, [type(h).__name__ for h in layer._forward_pre_hooks.values()]


def learning_goes_on(torch):
    """The gradient reaches what is left; the mask stays."""
    prune = _prune(torch)
    layer = prune.l1_unstructured(_layer(torch), "weight", amount=0.5)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        layer(torch.ones(2, 4)).pow(2).sum().backward()
        optimizer.step()
        yield Arrived(layer.weight_orig.grad)
    layer(torch.ones(1, 4))
    yield layer.weight, layer.weight_orig, layer.weight_mask


def again_and_again(torch):
    """Several rules on one parameter, and their end."""
    prune = _prune(torch)
    layer = _layer(torch)
    prune.l1_unstructured(layer, "weight", amount=2)
    prune.random_unstructured(layer, "weight", amount=0.5)
    prune.ln_structured(layer, "weight", amount=0.5, n=2, dim=1)
    (container,) = layer._forward_pre_hooks.values()
    yield type(container).__name__, len(container), [type(m).__name__ for m in container], layer.weight_mask
    yield container[0].amount, prune.remove(layer, "weight") is layer, list(layer.state_dict()), layer.weight
    yield prune.is_pruned(layer), attempt(lambda: prune.remove(layer, "weight"))


def all_together(torch):
    """Several parameters as if they were one."""
    prune = _prune(torch)
    net = torch.nn.Sequential(_layer(torch), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    pairs = [(net[0], "weight"), (net[2], "weight")]
    prune.global_unstructured(pairs, pruning_method=prune.L1Unstructured, amount=0.4)
    yield net[0].weight_mask, net[2].weight_mask, list(net.state_dict())
    scores = {(net[2], "weight"): torch.zeros(2, 3)}
    prune.global_unstructured(pairs, prune.L1Unstructured, importance_scores=scores, amount=3)
    yield net[0].weight_mask, net[2].weight_mask
    yield attempt(lambda: prune.global_unstructured(pairs, prune.LnStructured, amount=1, n=2))
    yield attempt(lambda: prune.global_unstructured(3, prune.L1Unstructured, amount=1))
    yield attempt(lambda: prune.global_unstructured(pairs, prune.L1Unstructured, importance_scores=3, amount=1))


def own_rules(torch):
    """A rule of one's own, on a module and on a bare tensor."""
    prune = _prune(torch)

    class EverySecond(prune.BasePruningMethod):
        PRUNING_TYPE = "unstructured"

        def compute_mask(self, t, default_mask):
            mask = default_mask.clone()
            mask.view(-1)[::2] = 0
            return mask

    layer = _layer(torch)
    EverySecond.apply(layer, "bias")
    yield layer.bias, EverySecond().prune(torch.arange(6.0))
    yield prune.L1Unstructured(2).prune(torch.arange(6.0), importance_scores=-torch.arange(6.0))
    yield prune.L1Unstructured(2).prune(torch.arange(6.0), default_mask=torch.tensor([1.0, 0, 1, 1, 1, 1]))


def refusals(torch):
    """Amounts and dimensions that cannot be."""
    prune = _prune(torch)
    layer = _layer(torch)
    for amount in (-1, 1.5, -0.1, "a", 99):
        yield attempt(lambda amount=amount: prune.l1_unstructured(layer, "weight", amount))
        yield list(layer._parameters), attempt(lambda amount=amount: prune.RandomStructured(amount).amount)
    yield attempt(lambda: prune.random_structured(layer, "bias", 1, 0))
    yield attempt(lambda: prune.random_structured(layer, "weight", 1, 5))
    yield attempt(lambda: prune.l1_unstructured(layer, "weight", 1, importance_scores=torch.ones(2)))
    yield attempt(lambda: prune.L1Unstructured(1).prune(torch.ones(3), importance_scores=torch.ones(2)))
    container = prune.PruningContainer()
    container._tensor_name = "weight"
    yield attempt(lambda: container.add_pruning_method(3)), len(container)
    other = prune.Identity()
    other._tensor_name = "bias"
    yield attempt(lambda: container.add_pruning_method(other), words=False)
    yield attempt(prune.BasePruningMethod)
