"""Printed text of tensors with a place in the graph (the numbers themselves: test_printing.py)."""


def graph_suffixes(torch):
    """grad_fn and requires_grad stand at the end, wrapped when the line is full."""
    x = torch.tensor([1.5, 2.0], requires_grad=True)
    yield x, x * 2, x.sum(), x.detach(), (x * 2)[0], x.double(), x.view(2, 1), torch.arange(40.0).requires_grad_()
    yield torch.ones(3, 3, requires_grad=True) * 1.0, (torch.ones(2, 30, requires_grad=True) + 1)
    yield torch.nn.Parameter(torch.ones(2, 2)), torch.nn.Parameter(torch.ones(2), requires_grad=False)
    yield (
        torch.tensor(3.0, requires_grad=True),
        torch.zeros(0, requires_grad=True),
        torch.nn.Parameter(torch.zeros(0, 3)),
    )


def other_types(torch):
    """dtypes that one does not see from the numbers are named."""
    yield (
        torch.ones(2, dtype=torch.float64),
        torch.ones(2, dtype=torch.int32),
        torch.ones(2, dtype=torch.bool),
        torch.ones(1, dtype=torch.float16),
    )
    yield (
        torch.tensor([1 + 2j]),
        torch.tensor([1e10, 1e-10]),
        torch.tensor([float("nan"), float("inf"), 1.0]),
        torch.arange(1200),
    )
    yield torch.float32, torch.int64, torch.bool, torch.device("cpu"), torch.Size([2, 3]), torch.zeros(2, 3).shape


def through_options(torch):
    """set_printoptions acts on all tensors."""
    torch.set_printoptions(precision=2, sci_mode=False)
    yield torch.tensor([1.23456, 1e-6])
    torch.set_printoptions(profile="default")
    yield torch.tensor([1.23456, 1e-6])


def nodes(torch):
    """Nodes and their names."""
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).sum()
    yield y.grad_fn.name(), type(y.grad_fn).__name__, type(y.grad_fn.next_functions[0][0]).__name__
    leaf = y.grad_fn.next_functions[0][0].next_functions[0][0]
    yield leaf.name(), type(leaf).__name__, leaf.variable is x


def a_view_written_without_grad(torch):
    """Text of a view whose history cannot be made anew."""
    x = torch.ones(3, requires_grad=True) * 2
    with torch.no_grad():
        v = x[1:]
        v.mul_(2)
    yield repr(v)
