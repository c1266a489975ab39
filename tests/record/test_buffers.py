"""Buffers of modules, on both libraries: told as such, and what an op writes into them without a version."""

from __future__ import annotations

import importlib

import pytest

from gradwidget import events as ev
from gradwidget.session import Session

LAYERS = ["BatchNorm1d", "BatchNorm2d", "InstanceNorm1d"]


@pytest.fixture(params=["gradwidget.torch", "torch"])
def torch(request):
    if request.param == "torch":
        return pytest.importorskip("torch")
    return importlib.import_module(request.param)


def recorded(torch, run):
    session = Session(source="torch" if torch.__name__ == "torch" else "core")
    session.start()
    run()
    session.close()
    assert not session.recorder.stopped
    return session


@pytest.mark.parametrize("layer", LAYERS)
def test_running_statistics_are_told_as_they_are(torch, layer):
    norm = getattr(torch.nn, layer)(3, track_running_stats=True)
    x = torch.randn(4, 3, 5, 5) if layer.endswith("2d") else torch.randn(4, 3, 5)
    session = recorded(torch, lambda: [norm(x) for _ in range(3)])
    state = session.trace.state()
    for name, buffer in (("running_mean", norm.running_mean), ("running_var", norm.running_var)):
        told = state.tensors[session.recorder.id_of(buffer)]
        assert told["role"] == "buffer", name
        assert state.counters[told["counter"]] == buffer._version, name
        cells = state.storages[told["storage"]]["cells"]
        assert cells == pytest.approx(buffer.reshape(-1).tolist()), name


def test_nothing_is_written_where_nothing_is(torch):
    norm = torch.nn.BatchNorm1d(3).eval()
    x = torch.randn(4, 3)
    session = recorded(torch, lambda: norm(x))
    assert [e for e in session.trace if isinstance(e, ev.Write)] == []


def test_each_write_is_told_of_its_op(torch):
    norm = torch.nn.BatchNorm1d(3)
    session = recorded(torch, lambda: norm(torch.randn(4, 3)))
    state = session.trace.state()
    written = {
        state.tensors[e.tensor]["role"]: state.ops[e.op]["name"] for e in session.trace if isinstance(e, ev.Write)
    }
    assert set(written) == {"buffer"} and None not in written.values()
    mean = session.recorder.id_of(norm.running_mean)
    assert [e.tensor for e in session.trace if isinstance(e, ev.Write)].count(mean) == 1
