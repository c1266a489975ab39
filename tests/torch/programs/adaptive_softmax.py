"""AdaptiveLogSoftmaxWithLoss: a softmax over many classes in clusters."""

from twin import Arrived, attempt


def adaptive_softmax(torch):
    """Outputs, losses, gradients, log-probabilities of all classes, and predictions."""
    for bias in (False, True):
        torch.manual_seed(1)
        layer = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10, 15], div_value=2.0, head_bias=bias)
        yield repr(layer), list(layer.state_dict()), layer.head_size, layer.cutoffs
        x = torch.randn(6, 8, requires_grad=True)
        output, loss = layer(x, torch.tensor([0, 7, 19, 4, 12, 8]))
        yield output, loss
        yield Arrived(list(torch.autograd.grad(loss, [x, *layer.parameters()])))
        yield layer.log_prob(x), layer.predict(x), layer.predict(x[:1]), layer.predict(x * 5)
        yield layer(x[0], torch.tensor(7)), layer(x[:1], torch.tensor([3]))
        layer.reset_parameters()
        yield layer.tail[1][0].weight


def refused_targets(torch):
    """Cutoffs and targets that do not fit."""
    make = torch.nn.AdaptiveLogSoftmaxWithLoss
    for cutoffs in ([], [5, 3], [0, 3], [20], [3, 3], [2.5]):
        yield attempt(lambda: make(8, 20, cutoffs))
    layer, x = make(8, 20, [5]), torch.ones(3, 8)
    for target in (
        torch.tensor([1, 2]),
        torch.tensor([[1]]),
        torch.tensor(1),
        torch.tensor([1, 2, 20]),
        torch.tensor([1, -2, 3]),
    ):
        yield attempt(lambda: layer(x, target))
    yield attempt(lambda: layer(x[None], torch.tensor([1])))
