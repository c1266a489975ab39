"""What the fixture `gradtrace` costs a test of small ops: the test with it over the test without, in one run.

    python -m benchmarks.fixture

`bare` is nothing but ops; `usual` checks its results, as tests do. Making the fixture and taking it away is counted in;
events are made when somebody reads them (`asserted` does: assert_flows and assert_no_hazards at the end).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from gradwidget import torch
from gradwidget.testing import assert_flows, assert_no_hazards
from gradwidget.testing.gradtrace import GradTrace

ROUNDS = 60


def bare() -> tuple[Any, Any]:
    x = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
    y = x
    for _ in range(25):
        y = (y * 0.9 + x).tanh() - 0.1
    loss = y.sum()
    loss.backward()
    return loss, x


def usual() -> tuple[Any, Any]:
    loss, x = bare()
    assert x.grad is not None and x.grad.shape == (3,)
    for scale in (0.5, 1.0, 2.0):
        a = torch.full((3,), scale, requires_grad=True)
        b = (a * 3 + 1).relu()
        b.sum().backward()
        assert torch.allclose(b, a.detach() * 3 + 1)
        assert torch.allclose(a.grad, torch.full((3,), 3.0))
        assert torch.autograd.gradcheck(torch.sin, (torch.tensor([scale], dtype=torch.float64, requires_grad=True),))
    return loss, x


def asserted() -> tuple[Any, Any]:
    loss, x = usual()
    return loss, x


def timed(test: Callable[[], Any], with_fixture: bool, read: bool) -> float:
    begun = time.perf_counter()
    if with_fixture:
        recording = GradTrace("benchmark")
        recording.session.start()
        loss, x = test()
        if read:
            assert_flows(loss, to=x)
            assert_no_hazards(recording.trace)
        recording.session.leave()
    else:
        test()
    return time.perf_counter() - begun


def main() -> None:
    result = {}
    for test in (bare, usual, asserted):
        off, on = [], []
        for _ in range(ROUNDS):  # interleaved
            off.append(timed(test, False, False))
            on.append(timed(test, True, test is asserted))
        result[test.__name__] = {"test_ms": round(min(off) * 1e3, 2), "with/without": round(min(on) / min(off), 2)}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
