"""Two processes under DistributedDataParallel, and their traces as one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradwidget import events as ev
from gradwidget.trace import Trace
from gradwidget.trace.merge import MergeError, merge

torch = pytest.importorskip("torch")
if not torch.distributed.is_available() or not torch.distributed.is_gloo_available():
    pytest.skip("this PyTorch has no gloo", allow_module_level=True)

PROGRAM = """
import sys, torch, gradwidget
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
dist.init_process_group("gloo")
rank = dist.get_rank()
torch.manual_seed(0)
model = DistributedDataParallel(torch.nn.Linear(2, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
with gradwidget.watch() as trace:
    for _ in range(2):
        optimizer.zero_grad()
        loss = model(torch.full((3, 2), float(rank + 1))).sum()
        loss.backward()
        optimizer.step()
    total = loss.detach().clone()
    dist.all_reduce(total)
print(rank, model.module.weight.grad.tolist(), total.item(), flush=True)
trace.save(sys.argv[1] + f"/rank{rank}.gwtrace")
dist.destroy_process_group()
"""


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    place = tmp_path_factory.mktemp("ranks")
    (place / "program.py").write_text(PROGRAM)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", "--standalone", "program.py", str(place)],
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [Trace.load(place / f"rank{i}.gwtrace") for i in range(2)]


def of(trace, *kinds):
    return [e for e in trace if isinstance(e, kinds)]


def test_each_rank_tells_its_gradients_before_and_after_reduction(traces):
    for rank, trace in enumerate(traces):
        assert trace.title == f"rank {rank} of 2" and trace.problems() == []
        state = trace.state()
        weight = next(t for t in state.tensors.values() if t["role"] == "parameter" and t["shape"] == (1, 2))
        own = [a.norm for a in of(trace, ev.Accumulate) if a.tensor == weight["id"]]
        assert own[0] == pytest.approx(3 * (rank + 1) * 2**0.5, rel=1e-4)  # before: the rank's own
        storage = state.tensors[weight["grad"]]["storage"]
        assert state.storages[storage]["cells"] == (4.5, 4.5)  # after: the mean of 3 and 6
        reduced = [op for op in of(trace, ev.Op) if op.name == "all_reduce"]
        assert [op.args for op in reduced] == ["mean of 2 ranks"] * 4 + ["2 ranks"]


def test_the_ranks_become_lanes_joined_by_their_collectives(traces):
    merged = merge(traces)
    state = merged.state()
    lanes = {s["id"]: s["label"] for s in state.scopes.values() if s["what"] == "rank"}
    assert list(lanes.values()) == ["rank 0", "rank 1"] and state.open == []
    assert len(merged) > sum(map(len, traces)) - 10

    def lane(scope):
        while state.scopes[scope]["parent"] is not None:
            scope = state.scopes[scope]["parent"]
        return lanes[scope]

    ops = [op for op in of(merged, ev.Op) if op.name != "all_reduce"]
    assert {lane(op.scope) for op in ops} == {"rank 0", "rank 1"}
    together = [op for op in of(merged, ev.Op) if op.name == "all_reduce"]
    assert len(together) == 5 and all(len(op.inputs) == len(op.outputs) == 2 for op in together)
    for op in together:
        assert len({state.tensors[t]["storage"] for t in op.inputs}) == 2
        assert sum(isinstance(w, ev.Write) and w.op == op.id for w in merged) == 2
    ids = [e.id for e in of(merged, ev.Tensor)]
    assert len(ids) == len(set(ids))
    assert {"total (rank 0)", "total (rank 1)"} <= set(state.names)
    graph = merged.graph()  # edges from one lane to the other go through the collectives
    assert graph.number_of_nodes() > 0
    assert Trace.from_bytes(merged.to_bytes())[:] == merged[:]


def test_traces_that_do_not_belong_together_are_refused(traces):
    short = Trace(traces[1].source, traces[1].source_version)
    short.extend([e for e in traces[1] if not (isinstance(e, ev.Op) and e.name == "all_reduce")])
    with pytest.raises(MergeError, match="part at collective 1"):
        merge([traces[0], short])
    with pytest.raises(MergeError, match="different libraries"):
        merge([traces[0], Trace("core", "0.1")])
    with pytest.raises(MergeError, match="nothing to merge"):
        merge([])
