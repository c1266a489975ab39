"""Assertions about gradients' ways: what they let pass, and what they say where they fail."""

from __future__ import annotations

import pytest

from gradwidget.testing import assert_detached, assert_flows, assert_no_flow


def complaint(assertion, *args, **kwargs):
    with pytest.raises(AssertionError) as raised:
        assertion(*args, **kwargs)
    return str(raised.value)


def test_targets_may_be_tensors_modules_optimizers_and_dicts(torch, either):
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    loss = net(torch.ones(4, 2)).sum()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for targets in (
        net,
        net.parameters(),
        net.named_parameters(),
        dict(net.named_parameters()),
        [net[0], net[2].bias],
        optimizer,
        net[0].weight,
    ):
        assert_flows(loss, to=targets)
    with pytest.raises(TypeError, match="no tensors were given"):
        assert_flows(loss, to=[])
    with pytest.raises(TypeError, match="not int"):
        assert_flows(loss, to=3)


def test_a_backward_that_ran_is_not_in_the_way(torch, either):
    x = torch.ones(2, requires_grad=True)
    loss = x.exp().sum()
    assert_flows(loss, to=x)
    loss.backward()
    assert_flows(loss, to=x)


def test_a_tensor_between_and_the_loss_itself_are_reached(torch, either):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    z = x * 3
    loss = y.sum()
    assert_flows(loss, to=[x, y, loss])
    assert_no_flow(loss, to=z)
    assert_flows(x, to=x)


def test_one_of_the_outputs_of_a_node_is_not_the_other(torch, either):
    x = torch.ones(4, requires_grad=True)
    first, second = x.exp().chunk(2)
    assert_flows(first.sum(), to=first)
    assert_no_flow(first.sum(), to=second)


def test_history_written_into_a_buffer_is_followed(torch, either):
    x = torch.ones(2, requires_grad=True)
    buffer = torch.zeros(3)
    buffer[1:] = x
    assert_flows(buffer.sum(), to=x)


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (lambda y: y.detach(), "cut by `detach` in test_flow.py:"),
        (lambda y: y.data, "cut by `data` in test_flow.py:"),
        (lambda y: y.clone().detach_(), "cut by `detach_` in test_flow.py:"),
        (lambda y: y.argmax().float(), "cut by `argmax`, which gives int64 in test_flow.py:"),
        (lambda y: (y > 0).float(), "cut by `gt`, which gives bool in test_flow.py:"),
    ],
)
def test_what_cuts_a_path_is_named(torch, gradtrace, cut, said):
    weight = torch.ones(3, requires_grad=True)
    loss = cut(weight.exp()).sum() * 2
    assert f"weight: {said}" in complaint(assert_flows, loss, to=weight)


def test_under_no_grad(torch, gradtrace):
    weight = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        y = weight * 2
    said = complaint(assert_flows, y.sum(), to=weight)
    assert "cut by `mul` under no_grad" in said and "`y = weight * 2`" in said


def test_only_those_that_are_not_reached_are_listed_each_with_its_reason(torch, gradtrace):
    weight, other = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    frozen = torch.ones(3)
    reached = torch.ones(3, requires_grad=True)
    loss = ((weight * 2).detach() * reached * frozen).sum()
    lines = complaint(assert_flows, loss, to=[weight, other, frozen, reached]).splitlines()
    assert lines[0] == "no gradient flows from loss to 3 of 4 tensors"
    assert lines[1].startswith("  weight: cut by `detach` in test_flow.py:")
    assert lines[2] == "  other: loss was not computed from it, as far as the recording knows"
    assert lines[3].startswith("  frozen: does not require grad (made by `ones` in test_flow.py:")
    assert len(lines) == 4


def test_a_module_s_own_paths_are_its_names(torch, gradtrace):
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    loss = net[1](net[0](torch.ones(2)).detach()).sum()
    said = complaint(assert_flows, loss, to=net)
    assert "2 of 4 tensors" in said and "\n  0.weight: cut by `detach`" in said and "\n  0.bias: cut by" in said


def test_without_a_recording_the_way_to_more_is_told(torch):
    x = torch.ones(2, requires_grad=True)
    y = x.detach() * 2
    assert "record the test with `gradtrace`" in complaint(assert_flows, y, to=x)


def test_a_flow_that_ought_not_to_be_is_told_with_its_path(torch, either):
    x = torch.ones(2, requires_grad=True)
    loss = x.exp().sum()
    said = complaint(assert_no_flow, loss, to=x)
    assert said == "a gradient flows from loss\n  x: by SumBackward0 → ExpBackward0 → AccumulateGrad"
    assert_no_flow(x.detach().sum(), to=x)


def test_detached(torch, either):
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    assert_detached(y.detach())
    assert_detached(torch.ones(2))
    assert_detached(y.detach() * torch.ones(2, requires_grad=True), from_=x)
    assert complaint(assert_detached, y).startswith("y has a history: ExpBackward0")
    assert "it requires grad" in complaint(assert_detached, x)
    assert "by ExpBackward0" in complaint(assert_detached, y, from_=x)


def test_a_graph_of_many_thousand_ops_is_walked(torch):
    x = y = torch.ones(2, requires_grad=True)
    for _ in range(5000):
        y = y * 1.0
    assert_flows(y, to=x)
    assert " → … → " in complaint(assert_no_flow, y, to=x)
