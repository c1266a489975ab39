"""torch.nn.utils: gradients clipped, parameters as a vector."""

import importlib

from twin import attempt


def clipping(torch):
    """clip_grad_norm_ and clip_grad_value_."""
    utils = importlib.import_module(torch.__name__ + ".nn.utils")
    for norm in (1.0, 2.0, 3, float("inf")):
        a = torch.tensor([1.0, 2.0], requires_grad=True)
        b = torch.tensor([[3.0], [4.0]], requires_grad=True)
        unused = torch.ones(2, requires_grad=True)
        ((a * a).sum() + (b**3).sum()).backward()
        yield utils.clip_grad_norm_([a, b, unused], 1.5, norm_type=norm).item()
        yield a.grad.tolist(), b.grad.tolist(), unused.grad
        yield utils.clip_grad_norm_(a, 100.0).item(), a.grad.tolist()
        utils.clip_grad_value_([a, b], 0.25)
        yield a.grad.tolist(), b.grad.tolist()
    a.grad[0] = float("nan")
    yield attempt(lambda: utils.clip_grad_norm_([a], 1.0, error_if_nonfinite=True))
    yield utils.clip_grad_norm_([], 1.0).item()
    yield attempt(lambda: utils.clip_grad_norm(b, 1.0).item())


def one_vector(torch):
    """parameters_to_vector and vector_to_parameters."""
    utils = importlib.import_module(torch.__name__ + ".nn.utils")
    net = torch.nn.Linear(2, 3)
    v = utils.parameters_to_vector(net.parameters())
    yield v.shape, v.grad_fn.name()
    utils.vector_to_parameters(torch.arange(9.0), net.parameters())
    yield net.weight, net.bias
    yield attempt(lambda: utils.vector_to_parameters(3, net.parameters()))
