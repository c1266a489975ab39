"""The simulated CUDA device: results and gradients stay on it, and two devices do not mix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gradwidget import torch

F = torch.nn.functional

OPS: dict[str, Callable[[Any, Any], Any]] = {
    "where": lambda x, i: torch.where(x > 0, x, 0.0),
    "clamp": lambda x, i: x.clamp(0, 1),
    "max along a dimension": lambda x, i: x.max(1).values,
    "max": lambda x, i: x.max(),
    "sum": lambda x, i: x.sum(1, keepdim=True),
    "std": lambda x, i: x.std(),
    "norm": lambda x, i: x.norm(),
    "cumsum": lambda x, i: x.cumsum(0),
    "index": lambda x, i: x[i],
    "mask": lambda x, i: x[x > 0],
    "softmax": lambda x, i: x.softmax(1),
    "log_softmax": lambda x, i: x.log_softmax(1),
    "cat": lambda x, i: torch.cat([x, x]),
    "matmul": lambda x, i: x @ x.t(),
    "tril": lambda x, i: x.tril(),
    "flip": lambda x, i: x.flip(0),
    "topk": lambda x, i: x.topk(2, 1).values,
    "maximum": lambda x, i: torch.maximum(x, x * 2),
    "masked_fill": lambda x, i: x.masked_fill(x > 0, 0.0),
    "leaky_relu": lambda x, i: F.leaky_relu(x),
    "gelu": lambda x, i: F.gelu(x),
    "dropout": lambda x, i: F.dropout(x, 0.5),
    "pad": lambda x, i: F.pad(x, (1, 1)),
    "cross_entropy": lambda x, i: F.cross_entropy(x[:2], i),
    "mse_loss": lambda x, i: F.mse_loss(x, x.detach() + 1),
    "conv2d": lambda x, i: F.conv2d(x[None, None], x[None, None, :2, :2], padding=1),
    "max_pool2d": lambda x, i: F.max_pool2d(x[None], 2),
    "zero_": lambda x, i: (x * 1).zero_(),
    "copy of a view": lambda x, i: x.t().contiguous(),
    "double": lambda x, i: x.double(),
}


@pytest.fixture(autouse=True)
def one_device() -> Iterator[None]:
    torch.cuda.simulate(1)
    yield
    torch.cuda.simulate(0)


@pytest.mark.parametrize("name", OPS)
def test_results_and_gradients_stay(name: str) -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 4).cuda().requires_grad_()
    y = OPS[name](x, torch.tensor([0, 2]).cuda())
    assert str(y.device) == "cuda:0"
    y.sum().backward()
    assert str(x.grad.device) == "cuda:0"


def test_a_model_is_moved_and_trained_there() -> None:
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU()).cuda()
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 2).cuda()).sum().backward()
    optimizer.step()
    assert {str(p.device) for p in net.parameters()} == {"cuda:0"}
    assert str(optimizer.state[net[0].weight]["exp_avg"].device) == "cuda:0"
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
        net(torch.ones(1, 2))


def test_copies_are_copies() -> None:
    x = torch.ones(2)
    y = x.cuda()
    y.zero_()
    assert x.tolist() == [1, 1]
    assert y.untyped_storage() != x.untyped_storage()
    assert y.cuda() is y
    assert repr(y) == "tensor([0., 0.], device='cuda:0')"


def test_gradients_come_home() -> None:
    x = torch.ones(2, requires_grad=True)
    (x.cuda() * 3).sum().backward()
    assert str(x.grad.device) == "cpu"
    assert x.grad.tolist() == [3, 3]
