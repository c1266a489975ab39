"""Programs made at random, recorded on the core and on real PyTorch: the two traces tell one story."""

from __future__ import annotations

import contextlib
import importlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")
both = importlib.import_module("both")

UNARY = {
    "exp": lambda t: (t * 0.1).exp(),
    "tanh": lambda t: t.tanh(),
    "relu": lambda t: t.relu(),
    "square": lambda t: t**2,
    "neg": lambda t: -t,
    "twice": lambda t: 2 - t * 3,
    "clone": lambda t: t.clone(),
    "turned": lambda t: t.t().contiguous(),
    "row": lambda t: t[0:1],
    "expand": lambda t: t[0:1].expand(2, 2),
    "flat": lambda t: t.reshape(4).view(2, 2),
    "detach": lambda t: t.detach(),
    "data": lambda t: t.data,
    "sum": lambda t: t.sum(0, keepdim=True),
    "softmax": lambda t: t.softmax(-1),
}
FRESH = ("exp", "tanh", "relu", "square", "neg", "twice", "clone", "sum", "softmax")  # they make no views
BINARY = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "sub": lambda a, b: a - b,
    "matmul": lambda a, b: a @ b.t() if a.shape[1:] == b.shape[1:] else a + b,
}
WRITES = {
    "mul_": lambda t: t.mul_(1.5),
    "add_": lambda t: t.add_(1.0),
    "tanh_": lambda t: t.tanh_(),
    "row_": lambda t: t[0:1].mul_(0.5),
    "zero_": lambda t: t.zero_(),
    "detach_": lambda t: t.detach_(),
}
place = st.integers(0, 20)
line = st.one_of(
    st.tuples(st.just("unary"), st.sampled_from(sorted(UNARY)), place),
    st.tuples(st.just("binary"), st.sampled_from(sorted(BINARY)), place, place),
    st.tuples(st.just("write"), st.sampled_from(sorted(WRITES)), place),
    st.tuples(st.just("no_grad"), st.sampled_from(FRESH), place),
)


def program(lines: list[Any]) -> Any:
    def run(torch: Any) -> Any:
        x = torch.tensor([[0.5, -1.0], [1.5, 0.25]], requires_grad=True)
        w = torch.tensor([[1.0, 0.5], [-0.5, 2.0]], requires_grad=True)
        pool = [x, w, x * w]
        for what, name, *places in lines:
            given = [pool[p % len(pool)] for p in places]
            try:
                if what == "unary":
                    pool.append(UNARY[name](*given))
                elif what == "binary":
                    pool.append(BINARY[name](*given))
                elif what == "write":
                    WRITES[name](*given)
                else:
                    with torch.no_grad():
                        pool.append(UNARY[name](*given))
            except RuntimeError:  # both refuse the same, which the twin tests hold
                continue
        total = sum([t.sum() for t in pool if t.requires_grad])
        with contextlib.suppress(RuntimeError):
            total.backward()
        yield pool

    return run


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(line, min_size=1, max_size=12))
def test_the_two_sources_tell_the_same(lines: list[Any]) -> None:
    assert both.differences(program(lines)) == []
