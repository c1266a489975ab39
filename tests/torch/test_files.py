"""Files of tensors that go from one library to the other."""

from __future__ import annotations

import collections
import io
import pickle
import random
import warnings
import zipfile
from typing import Any

import numpy as np
import pytest

reference = pytest.importorskip("torch")
core = pytest.importorskip("gradwidget.torch")

BOTH = [(core, reference), (reference, core), (core, core)]
DTYPES = [
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint16",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]


def sample(torch: Any, zipped: bool) -> dict[str, Any]:
    torch.manual_seed(0)
    base = torch.arange(12.0).reshape(3, 4)
    layer = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    marked = torch.nn.Parameter(torch.ones(2))
    marked.note = "hers"
    return {
        "base": base,
        "views": [base[1:, ::2], base.t(), torch.ones(1, 1).expand(2, 3), base[:0]],
        "parameter": marked,
        "state": layer.state_dict(),
        "optimizer": optimizer.state_dict(),
        "dtypes": [torch.ones(2).to(getattr(torch, d)) for d in DTYPES if zipped or d != "uint16"],
        "things": [torch.float32, torch.device("cpu"), torch.Size([1, 2]), 2**80, 1.5, "é", b"ab", {1, 2}, None],
        "ordered": collections.OrderedDict(b=1, a=torch.tensor(2)),
    }


def facts(thing: Any) -> Any:
    if hasattr(thing, "untyped_storage"):
        seen = thing.detach()
        return (
            type(thing).__name__,
            str(thing.dtype),
            tuple(thing.shape),
            thing.stride(),
            thing.storage_offset(),
            thing.requires_grad,
            seen.tolist(),
            getattr(thing, "note", None),
        )
    if isinstance(thing, dict):
        return type(thing).__name__, [(key, facts(value)) for key, value in thing.items()]
    if isinstance(thing, (list, tuple)):
        return type(thing).__name__, [facts(value) for value in thing]
    return type(thing).__name__, repr(thing)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("weights_only", [True, False])
@pytest.mark.parametrize("writer, reader", BOTH)
def test_what_one_writes_the_other_reads(writer: Any, reader: Any, weights_only: bool, zipped: bool) -> None:
    file = io.BytesIO()
    writer.save(sample(writer, zipped), file, _use_new_zipfile_serialization=zipped)
    file.seek(0)
    found = reader.load(file, weights_only=weights_only)
    assert facts(found) == facts(sample(reference, zipped))
    assert found["views"][1].data_ptr() == found["base"].data_ptr()


@pytest.mark.parametrize("writer, reader", BOTH)
def test_whole_modules_go_both_ways(writer: Any, reader: Any) -> None:
    net = writer.nn.Sequential(writer.nn.Linear(2, 3), writer.nn.Tanh())
    file = io.BytesIO()
    writer.save(net, file)
    file.seek(0)
    found = reader.load(file, weights_only=False)
    assert isinstance(found, reader.nn.Sequential)
    given = net(writer.ones(1, 2)).detach().numpy()
    assert np.allclose(found(reader.ones(1, 2)).detach().numpy(), given)


def test_pytorch_maps_our_files_into_memory(tmp_path: Any) -> None:
    path = tmp_path / "weights.pt"
    core.save([core.arange(100.0), core.ones(3, dtype=core.float64)], path)
    first, second = reference.load(path, mmap=True)
    assert first.tolist() == list(range(100)) and second.tolist() == [1, 1, 1]


@pytest.mark.parametrize("change", ["size", "stride", "offset"])
def test_tensors_that_reach_out_of_their_storage_are_refused(change: str) -> None:
    t = core.arange(4.0)
    wrong = {"size": (5,), "stride": (2,), "offset": 1}
    place = {"offset": 0, "size": (4,), "stride": (1,), change: wrong[change]}
    with pytest.raises(RuntimeError, match="out of bounds for storage of size 16"):
        core._utils._rebuild_tensor_v2(t.storage(), place["offset"], place["size"], place["stride"], False, {})
    with pytest.raises(RuntimeError, match="cannot have offset -1"):
        core._utils._rebuild_tensor_v2(t.storage(), -1, (4,), (1,), False, {})


@pytest.mark.parametrize("zipped", [True, False])
def test_changed_bytes_are_refused_with_a_reason_or_change_values(zipped: bool) -> None:
    """Whatever a pickle says, nothing comes of it but a value or an error about the file."""
    draw, whole = random.Random(0), io.BytesIO()
    core.save(sample(core, False), whole, _use_new_zipfile_serialization=zipped)
    refused = 0
    for _ in range(300):
        content = bytearray(whole.getvalue())
        if zipped:
            with zipfile.ZipFile(whole) as old:
                parts = {name: bytearray(old.read(name)) for name in old.namelist()}
            content = parts["archive/data.pkl"]
        for _ in range(3):
            content[draw.randrange(len(content))] = draw.randrange(256)
        file = io.BytesIO(bytes(content))
        if zipped:
            with zipfile.ZipFile(file, "w") as new:
                for name, part in parts.items():
                    new.writestr(name, bytes(part))
        file.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                core.load(file)
        except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, TypeError, AssertionError):
            refused += 1
    assert refused > 100
