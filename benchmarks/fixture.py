"""What the fixture `gradtrace` costs tests of small ops: with it over without, in one run.

    python -m benchmarks.fixture

`ops` is nothing but 100 small ops and backward, `usual` checks its results as tests do, `asserted` ends in assert_flows and
assert_no_hazards, for which events are made of all that was noted. Making the fixture and taking it away is counted in.
`by pytest` runs 300 of the usual tests, and is what a person waits for.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradwidget import torch
from gradwidget.testing import assert_flows, assert_no_hazards
from gradwidget.testing.gradtrace import GradTrace

ROUNDS = 60


def ops() -> tuple[Any, Any]:
    x = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
    y = x
    for _ in range(25):
        y = (y * 0.9 + x).tanh() - 0.1
    loss = y.sum()
    loss.backward()
    return loss, x


def usual() -> tuple[Any, Any]:
    loss, x = ops()
    assert x.grad is not None and x.grad.shape == (3,)
    for scale in (0.5, 1.0, 2.0):
        a = torch.full((3,), scale, requires_grad=True)
        b = (a * 3 + 1).relu()
        b.sum().backward()
        assert torch.allclose(b, a.detach() * 3 + 1)
        assert torch.allclose(a.grad, torch.full((3,), 3.0))
        with torch.no_grad():
            assert (a * 3 + 1 - b).abs().max().item() == 0.0
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


def pytest_run(with_fixture: bool, count: int = 300) -> float:
    """Seconds that pytest says it took, the best of three."""
    given = "gradtrace, i" if with_fixture else "i"
    text = f"""
import pytest
from benchmarks.fixture import usual

@pytest.mark.parametrize("i", range({count}))
def test_usual({given}):
    usual()
"""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_usual.py").write_text(text)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "gradwidget.pytest_plugin",
            "-p",
            "no:cacheprovider",
            folder,
        ]
        env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": os.getcwd()}
        said = [subprocess.run(command, env=env, capture_output=True, text=True).stdout for _ in range(3)]
    return min(float(re.findall(r"passed in ([\d.]+)s", text)[0]) for text in said)


def main() -> None:
    result = {}
    for test in (ops, usual, asserted):
        off, on = [], []
        for _ in range(ROUNDS):  # interleaved
            off.append(timed(test, False, False))
            on.append(timed(test, True, test is asserted))
        result[test.__name__] = {"test_ms": round(min(off) * 1e3, 2), "with/without": round(min(on) / min(off), 2)}
    result["by pytest"] = {"with/without": round(pytest_run(True) / pytest_run(False), 2)}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
