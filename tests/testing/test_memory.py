"""Assertions about memory."""

from __future__ import annotations

import gc
import warnings

import pytest

from gradwidget.session import current
from gradwidget.testing import assert_shares_memory, assert_unchanged, max_bytes_kept
from tests.testing.test_flow import complaint


def test_what_shares_memory(torch, either):
    x = torch.ones(2, 3)
    assert_shares_memory(x, x.t(), x.detach(), x[1], x.data, x.view(-1))
    y = x.clone()
    said = complaint(assert_shares_memory, x, y)
    assert said.startswith("these do not share memory\n  x: storage #")
    assert "24 bytes" in said
    with pytest.raises(TypeError):
        assert_shares_memory(x)


def test_the_op_that_copied_is_named(torch, gradtrace):
    x = torch.ones(2, 3)
    y = x.t().clone()
    assert "made by `clone` in test_memory.py:" in complaint(assert_shares_memory, x, y)


def changed(write, *watched):
    with pytest.raises(AssertionError) as raised, assert_unchanged(*watched):
        write()
    return str(raised.value)


def test_writes_by_every_way_are_told(torch, either):
    x = torch.ones(4)
    row = x[1:]
    twin = x.detach()
    assert "x was written to by `add_` in test_memory.py:" in changed(lambda: x.add_(1), x)
    assert ", through row (version" in changed(lambda: row.mul_(2), x)
    assert ", through twin (version" in changed(lambda: twin.mul_(1), x)
    assert "written to by `mul_`" in changed(lambda: x.data.mul_(2), x)
    assert "other memory" in changed(lambda: setattr(x, "data", torch.ones(2)), x)
    y = torch.zeros(3)
    assert "no tensor library hears of" in changed(lambda: y.numpy().fill(5.0), y)


def test_what_is_no_write_into_it(torch, either):
    x = torch.ones(6)
    left, right = x[:3], x[3:]
    with assert_unchanged(left, torch.nn.Linear(2, 2)):
        right.add_(1)
        left + 1
        (left.clone()).mul_(2)
    assert "left was written to" in changed(lambda: x.add_(1), left)
    turned = torch.ones(2, 3).t()
    with assert_unchanged(turned):
        turned.sum()


def test_an_optimizer_step_changes_a_module(torch):
    net = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net(torch.ones(2)).sum().backward()
    said = changed(optimizer.step, net)
    assert "\n  weight was written to by" in said and "\n  bias was written to by" in said
    assert current() is None


def test_an_error_of_the_block_comes_through_and_recording_ends(torch):
    x = torch.ones(2)
    with pytest.raises(ZeroDivisionError), assert_unchanged(x):
        x.add_(1)
        raise ZeroDivisionError
    assert current() is None


def test_a_block_that_was_never_entered_says_so(torch):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert_unchanged(torch.ones(2))
        gc.collect()
    assert "goes with `with`" in str(told[-1].message)


def test_bytes_kept(torch, either):
    x = torch.ones(250, requires_grad=True)
    with max_bytes_kept(2000) as kept:
        y = x.exp().exp()
    assert kept.bytes == 2000
    with pytest.raises(AssertionError) as raised, max_bytes_kept(1999):
        x.exp().exp()
    said = str(raised.value)
    assert said.startswith("2,000 bytes are kept for backward, more than 1,999\n")
    assert "1,000  ExpBackward0 in test_memory.py:" in said
    max_bytes_kept(2000, of=y)
    assert "2,000 bytes" in complaint(max_bytes_kept, 10, of=y)
    y.sum().backward()
    max_bytes_kept(0, of=y)


def test_the_peak_counts_and_each_storage_once_and_whole(torch):
    x = torch.ones(250, requires_grad=True)
    big = torch.ones(1000)
    with max_bytes_kept(10_000) as kept:
        for _ in range(3):
            (x * big[:250] * big[250:500]).exp().sum().backward()  # `big` by two nodes, and what exp gave
    assert kept.bytes == 4000 + 1000
    with max_bytes_kept(0) as kept, torch.no_grad():
        x.exp()
    assert kept.bytes == 0
    with pytest.raises(TypeError, match="number of bytes"):
        max_bytes_kept("10")
