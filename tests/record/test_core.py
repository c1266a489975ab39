"""What the recorder says of programs on the core."""

from __future__ import annotations

import gc
import threading
import warnings
import weakref

import numpy as np
import pytest

from gradwidget import events as ev
from gradwidget import torch
from gradwidget.record import written_notes


def leaf(*values: float) -> torch.Tensor:
    return torch.tensor(list(values), requires_grad=True)


def test_an_op_tells_storage_node_tensor_op_and_contents(recording):
    x = leaf(1.0, 2.0)
    y = x * 2.0
    kinds = [type(e).__name__ for e in recording.events if not isinstance(e, ev.Source)]
    made = ["Storage", "Tensor", "Op", "Cells"]
    assert kinds == [*made, "Storage", "Tensor", "Op", "Node", "Node", "Cells"]
    op = recording.of(ev.Op)[-1]
    assert op._replace(source=None) == ev.Op(
        2, "mul", (recording.id(x),), (recording.id(y),), "2.0", "grad", None, None
    )
    accumulate, node = recording.of(ev.Node)
    assert (accumulate.name, accumulate.variable) == ("AccumulateGrad", recording.id(x))
    assert (node.name, node.edges, node.op) == ("MulBackward0", ((accumulate.id, 0), None), op.id)
    assert recording.of(ev.Cells)[-1].values == (2.0, 4.0)


def test_bfloat16_is_told_with_its_values_and_gradients(recording):
    x = torch.tensor([0.1, 3.0], dtype=torch.bfloat16, requires_grad=True)
    y = x * 1.5
    y.detach().add_(1)
    big = torch.ones(20, 30, dtype=torch.bfloat16) * 0.3
    y.sum().backward()
    told = {t.id: t for t in recording.of(ev.Tensor)}
    assert {told[recording.id(t)].dtype for t in (x, y, big, x.grad)} == {"bfloat16"}
    values = [c.values for c in recording.of(ev.Cells)]
    assert (0.1, 3.0) in values and (0.15, 4.5) in values and (1.15, 5.5) in values and (1.5, 1.5) in values
    (thumb,) = (t for t in recording.of(ev.Thumb) if t.tensor == recording.id(big))
    assert set(thumb.values) == {0.3008} and thumb.mean == pytest.approx(0.301, rel=1e-2)


def test_views_and_detached_twins_share_storage_and_counter_and_data_does_not_share_the_counter(recording):
    x = leaf(1.0, 2.0, 3.0)
    y = x * 1.0
    row, twin, data = y[1:], y.detach(), y.data
    told = {t.id: t for t in recording.of(ev.Tensor)}
    y_, row_, twin_, data_ = (told[recording.id(t)] for t in (y, row, twin, data))
    assert y_.storage == row_.storage == twin_.storage == data_.storage
    assert y_.counter == row_.counter == twin_.counter != data_.counter
    assert (row_.offset, row_.stride, row_.base) == (1, (1,), y_.id)
    assert twin_.base is None and twin_.leaf and not twin_.requires_grad


def test_a_write_tells_versions_contents_and_the_new_history(recording):
    x = leaf(1.0, 2.0)
    y = x * 1.0
    view = y[0:1]
    view.mul_(5.0)
    write = recording.of(ev.Write)[-1]
    told = {t.id: t for t in recording.of(ev.Tensor)}
    op = recording.of(ev.Op)[-1]
    assert (write.before, write.after, write.op) == (0, 1, op.id)
    assert (op.name, op.inputs[0], op.outputs) == ("mul_", recording.id(view), (recording.id(view),))
    assert write.storage == told[recording.id(y)].storage
    assert recording.of(ev.Cells)[-1] == ev.Cells(write.storage, (5.0, 2.0))
    rewired = {r.tensor: r for r in recording.of(ev.Rewire)}
    nodes = {n.id: n for n in recording.of(ev.Node)}
    assert nodes[rewired[recording.id(y)].node].name == "CopySlices"
    assert rewired[recording.id(view)].why == "in-place on view"
    assert nodes[rewired[recording.id(view)].node].edges[0][0] == rewired[recording.id(y)].node


def test_what_a_node_saved_is_told_with_counter_and_version(recording):
    x, w = leaf(1.0), leaf(2.0)
    w.data.add_(1.0)
    y = x * w
    z = y.tanh()
    mul, tanh = (next(n for n in recording.of(ev.Node) if n.name == name) for name in ("MulBackward0", "TanhBackward0"))
    told = {t.id: t for t in recording.of(ev.Tensor)}
    by_field = {field: rest for field, *rest in mul.saved}
    x_, w_ = told[recording.id(x)], told[recording.id(w)]
    assert by_field == {"self": [x_.id, x_.storage, x_.counter, 0], "other": [w_.id, w_.storage, w_.counter, 0]}
    z_ = told[recording.id(z)]
    assert tanh.saved == (("result", None, z_.storage, z_.counter, 0),)
    assert (mul.bytes, tanh.bytes) == (8, 4)


def test_backward_is_told_in_the_order_of_the_engine(recording):
    x = leaf(3.0)
    (x * x).sum().backward()
    after = recording.events[[type(e) for e in recording.events].index(ev.Backward) :]
    names = {n.id: n.name for n in recording.of(ev.Node)}
    story = []
    for e in after:
        if isinstance(e, ev.Ran):
            story.append(("ran", names[e.node]))
        elif isinstance(e, ev.Flow):
            story.append((names.get(e.origin), names[e.node], e.values))
        elif isinstance(e, ev.Accumulate):
            story.append(("accumulate", e.tensor, e.norm, e.added))
    assert story == [
        (None, "SumBackward0", (1.0,)),
        ("ran", "SumBackward0"),
        ("SumBackward0", "MulBackward0", (1.0,)),
        ("ran", "MulBackward0"),
        ("MulBackward0", "AccumulateGrad", (3.0,)),
        ("MulBackward0", "AccumulateGrad", (3.0,)),
        ("accumulate", recording.id(x), 6.0, False),
    ]
    assert recording.of(ev.BackwardEnd) == [ev.BackwardEnd(1, None, None)]
    grad = next(t for t in recording.of(ev.Tensor) if t.role == "grad")
    assert ev.Cells(grad.storage, (6.0,)) in recording.events


def test_a_second_gradient_is_added_to_the_first(recording):
    x = leaf(1.0)
    for _ in range(2):
        (x * 3.0).sum().backward()
    first, second = recording.of(ev.Accumulate)
    assert (first.added, second.added, first.grad == second.grad) == (False, True, True)
    write = recording.of(ev.Write)[-1]
    assert (write.before, write.after, write.tensor) == (0, 1, first.grad)
    x.grad = None
    assert recording.of(ev.Grad)[-1]._replace(source=None) == ev.Grad(recording.id(x), None)


def test_a_failing_backward_names_the_node_and_the_overwritten_tensor(recording):
    x = leaf(1.0, 2.0)
    y = x.exp()
    loss = y.sum()
    y.detach().zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    (problem,) = recording.of(ev.Problem)
    names = {n.id: n.name for n in recording.of(ev.Node)}
    assert problem.key == "backward"
    assert [names[n] for n in problem.nodes] == ["ExpBackward0"]
    assert recording.id(y) in problem.tensors
    end = recording.of(ev.BackwardEnd)[-1]
    assert end.node == problem.nodes[0] and "modified by an inplace operation" in end.error


def test_detach_in_place_is_an_op_and_a_rewire(recording):
    x = leaf(1.0)
    y = x * 2.0
    y.detach_()
    assert recording.of(ev.Op)[-1].name == "detach_"
    rewire = recording.of(ev.Rewire)[-1]
    assert rewire.source == recording.of(ev.Op)[-1].source is not None  # the line that asked for it
    assert rewire._replace(source=None) == ev.Rewire(recording.id(y), "detach_", True, False, None, 0)


def test_data_assignment_is_a_reseat(recording):
    x, other = leaf(1.0), torch.tensor([4.0, 5.0])
    x.data = other
    told = next(t for t in recording.of(ev.Tensor) if t.id == recording.id(other))
    assert recording.of(ev.Reseat)[-1]._replace(source=None) == ev.Reseat(
        recording.id(x), told.storage, 0, (2,), (1,), "float32"
    )


def test_a_death_is_told_where_it_happened(recording):
    x = leaf(1.0)
    y = x * 2.0
    id_ = recording.id(y)
    del y
    z = x + 1.0
    events = recording.events
    died = [e for e in events if isinstance(e, ev.Freed)]
    assert [e.what for e in died] == ["tensor", "storage", "node"]
    assert died[0].id == id_
    assert events.index(died[-1]) < events.index(next(e for e in events if isinstance(e, ev.Op) and e.name == "add"))
    assert z is not None


def test_recording_keeps_nothing_alive(recording):
    x = torch.ones(100, requires_grad=True)
    y = x * 2.0
    z = y.tanh()
    refs = [weakref.ref(t) for t in (y, z, z.grad_fn, y.grad_fn)]
    roots = [weakref.ref(t._a) for t in (y, z)]
    del y, z
    assert [r() for r in refs + roots] == [None] * 6
    x.sum().backward()
    grad = weakref.ref(x.grad)
    x.grad = None
    assert grad() is None
    recording.events  # noqa: B018


def test_the_three_ways_tell_the_same(record, monkeypatch):
    def program():
        x, w = leaf(1.0, 2.0, 3.0), torch.ones(3, requires_grad=True)
        y = x * w
        for _ in range(3):
            y = (y * w).tanh() + x * 2.0 - 1.0
        y.sum().backward(retain_graph=True)
        y.sum().backward()
        big = torch.ones(20, 20, requires_grad=True)
        (big.t() * big.t()).exp().sum().backward()
        with torch.no_grad():
            x -= x.grad * 0.1
        s = torch.tensor(2.0, requires_grad=True)
        (s * s + 1.0).backward()

    monkeypatch.setattr(written_notes, "_written", {})
    monkeypatch.setattr(written_notes, "OFTEN", 1 << 30)
    quick, long = record(program), record(program, slowly=True)
    assert len(quick) > 200
    # a node that is met while another is told comes just before it, either way; numbers are the same
    assert quick == long
    monkeypatch.setattr(written_notes, "OFTEN", 1)
    record(program)
    assert {"mul", "add", "sub", "tanh", "exp", "sum"} <= set(written_notes._written)
    assert record(program) == quick


def test_late_listeners_learn_the_graph_that_is_there(recording):
    recording.core.stop()
    x = leaf(2.0)
    y = (x * x).exp()
    recording.core.start()
    z = y.sum()
    names = [n.name for n in recording.of(ev.Node)]
    assert names == ["AccumulateGrad", "MulBackward0", "ExpBackward0", "SumBackward0"]
    assert [t.id for t in recording.of(ev.Tensor)][-1] == recording.id(z)


def test_a_deep_graph_is_told_without_recursion(recording):
    recording.core.stop()
    y = leaf(1.0)
    for _ in range(3000):
        y = y + 1.0
    recording.core.start()
    z = y * 1.0
    assert len(recording.of(ev.Node)) == 3002
    assert z is not None


def test_a_second_recorder_does_not_take_the_first_ones_ids_for_its_own(record):
    x = leaf(1.0)

    def program():
        return x * 2.0

    first, second = record(program), record(program)
    assert [e for e in first if not isinstance(e, ev.Freed)] == [e for e in second if not isinstance(e, ev.Freed)]


def test_regions_nest_and_ops_know_theirs(recording):
    x = leaf(1.0)
    with torch.no_grad():
        y = x * 2.0
    scope = recording.of(ev.Scope)[-1]
    assert (scope.what, scope.parent) == ("no_grad", None)
    op = recording.of(ev.Op)[-1]
    assert (op.scope, op.mode) == (scope.id, "no_grad")
    assert recording.of(ev.Leave)[-1].scope == scope.id
    assert not y.requires_grad


def test_big_tensors_are_sampled_and_never_kept(recording):
    a = torch.arange(1000.0).reshape(20, 50)
    b = a * 1.0
    thumb = recording.of(ev.Thumb)[-1]
    assert (thumb.tensor, thumb.rows, thumb.columns) == (recording.id(b), 8, 16)
    assert (thumb.low, thumb.high, thumb.mean) == (0.0, 999.0, 499.5)
    assert thumb.values[0] == 0.0 and thumb.values[-1] == 999.0 and len(thumb.values) == 128
    b.zero_()
    assert recording.of(ev.Thumb)[-1].high == 0.0


def test_cells_stand_in_the_order_of_the_memory(recording):
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    b = a.t() * 1.0  # keeps the order of its input in memory
    told = next(t for t in recording.of(ev.Tensor) if t.id == recording.id(b))
    cells = next(c for c in recording.of(ev.Cells) if c.storage == told.storage)
    flat = np.array(cells.values)
    shown = np.lib.stride_tricks.as_strided(flat, told.shape, [s * flat.itemsize for s in told.stride])
    assert shown.tolist() == b.tolist()


def test_numbers_that_json_lacks_are_words(recording):
    x = torch.tensor([float("nan"), float("inf"), -float("inf"), 0.1])
    assert recording.of(ev.Cells)[-1].values == ("nan", "inf", "-inf", 0.1)
    assert x is not None


def test_a_recorder_that_fails_stops_itself_and_the_program_goes_on(recording, monkeypatch):
    x = leaf(1.0)

    def broken(*args, **kwargs):
        raise ZeroDivisionError("made for this test")

    monkeypatch.setattr(recording.recorder, "tensor", broken)
    with pytest.warns(RuntimeWarning, match="stopped recording: ZeroDivisionError") as caught:
        y = torch.from_numpy(np.ones(1))
        z = torch.ones(1)
    assert len(caught) == 1
    assert x.tolist() == y.tolist() == z.tolist() == [1.0]
    (problem,) = [e for e in recording.all if isinstance(e, ev.Problem)]
    assert problem.key == "recorder" and "made for this test" in problem.text
    assert not recording.core.on


def test_a_failing_consumer_stops_recording_too():
    from gradwidget.record import Core, Recorder

    def full(events):
        raise OSError("the trace is full")

    recorder = Recorder(full)
    core = Core(recorder, torch)
    core.start()
    y = leaf(1.0) * 2.0
    with pytest.warns(RuntimeWarning, match="the trace is full"):
        recorder.settle()
    assert not core.on and y.tolist() == [2.0]


def test_a_failure_is_silent_where_warnings_are_errors(recording, monkeypatch):
    monkeypatch.setattr(recording.recorder, "tensor", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.from_numpy(np.ones(1)).tolist() == [1.0]
    assert recording.recorder.stopped


def test_ops_on_several_threads_are_all_told(recording):
    x = torch.ones(3, requires_grad=True)

    def work():
        y = x
        for _ in range(200):
            y = y * 1.0 + x[0]

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    gc.collect()
    ops = [o for o in recording.of(ev.Op) if o.name in ("mul", "add")]
    assert not recording.recorder.stopped
    assert len(ops) == 1600
    ids = [t.id for t in recording.of(ev.Tensor)]
    assert len(set(ids)) == len(ids)


def test_tensors_of_pytorch_among_the_programs_variables_are_no_concern(recording):
    pytorch = pytest.importorskip("torch")
    x = torch.ones(2)
    recording.recorder.name_tensors([{"theirs": pytorch.ones(2), "ours": x}])
    assert [e.name for e in recording.of(ev.Name)] == ["ours"] and not recording.recorder.stopped
