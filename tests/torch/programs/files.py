"""torch.save and torch.load, pickle and copy."""

import collections
import copy
import io
import os
import pathlib
import pickle
import tempfile
import warnings
import zipfile

import numpy as np
from twin import attempt


def saved(torch, thing, **options):
    file = io.BytesIO()
    torch.save(thing, file, **options)
    file.seek(0)
    return file


def back(torch, thing, **options):
    return torch.load(saved(torch, thing), **options)


class Config:
    def __init__(self, **values):
        self.__dict__.update(values)


def tensors(torch):
    """Every dtype and layout comes back as it was, with its storage."""
    for name in [
        "bool",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
        "complex64",
        "complex128",
    ]:
        dtype = getattr(torch, name)
        yield back(torch, torch.ones(2, 3, dtype=dtype)), back(torch, torch.zeros((), dtype=dtype))
    base = torch.arange(12.0).view(3, 4)
    for view in (
        base[1:, ::2],
        base.t(),
        base[2],
        base.expand(2, 3, 4),
        base[:0],
        torch.empty(0, 3),
        base.view(-1)[3:9],
    ):
        yield back(torch, view)
        yield back(torch, view.clone())
    both = back(torch, {"base": base, "view": base[1:, ::2], "flat": base.view(-1)})
    yield both
    both["base"].zero_()
    yield both["view"], both["flat"].untyped_storage().data_ptr() == both["base"].untyped_storage().data_ptr()
    yield back(torch, torch.ones(2, requires_grad=True)), back(torch, torch.nn.Parameter(torch.ones(2)))
    yield (
        back(torch, torch.nn.Parameter(torch.ones(2), requires_grad=False)),
        back(torch, torch.ones(2, requires_grad=True) * 2),
    )
    marked = torch.ones(2)
    marked.note = "hers"
    yield back(torch, marked).note
    p = torch.nn.Parameter(torch.ones(2))
    p.note = [1]
    yield back(torch, p).note, back(torch, p)
    yield attempt(lambda: saved(torch, [base, base.view(torch.int32)]))


def containers(torch):
    """What may surround tensors in a file of weights."""
    for thing in (
        {"a": [1, (2, 3.5)], "b": {"c": None, "d": True}},
        collections.OrderedDict([("z", 1), ("a", torch.ones(1))]),
        collections.Counter("aab"),
        [1, -1, 255, 256, 65536, 2**31, 2**40, -(2**70), 1e300, float("inf"), 1 + 2j],
        ["", "é", "x" * 300, b"bytes", bytearray(b"more")],
        ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], {}),
        {1, 2},
        [torch.float32, torch.bool, torch.int64],
        [torch.Size([1, 2]), torch.device("cpu"), torch.device("cuda", 1)],
        list(range(300)),
        {i: str(i) for i in range(300)},
    ):
        yield back(torch, thing), type(back(torch, thing)).__name__
    ring = [1]
    ring.append(ring)
    again = back(torch, ring)
    yield again[1] is again
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    state = back(torch, {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3})
    yield state, type(state["net"]).__name__
    yield repr(net.load_state_dict(state["net"])), optimizer.load_state_dict(state["optimizer"])


def modules(torch):
    """Whole modules, where one trusts the file."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh())
    yield attempt(lambda: back(torch, net))
    again = back(torch, net, weights_only=False)
    yield repr(again), again(torch.ones(1, 2)), again[0].weight
    with torch.serialization.safe_globals([type(net), torch.nn.Linear, torch.nn.Tanh, set]):
        yield repr(attempt(lambda: back(torch, net)))
    for how in (copy.deepcopy, copy.copy, lambda m: pickle.loads(pickle.dumps(m))):
        twin = how(net)
        yield repr(twin), twin(torch.ones(1, 2)), twin[0].weight is net[0].weight, twin.training


def globals_(torch):
    """What files may name: nothing that was not allowed."""
    serialization = torch.serialization
    thing = Config(x=torch.ones(1), y=2)
    yield attempt(lambda: back(torch, thing)), back(torch, thing, weights_only=False).y
    with serialization.safe_globals([Config]):
        yield back(torch, thing).y, len([g for g in serialization.get_safe_globals() if g is Config])
    yield attempt(lambda: back(torch, thing))
    serialization.add_safe_globals([(Config, f"{Config.__module__}.Config")])
    yield back(torch, thing).x
    serialization.clear_safe_globals()
    yield (
        attempt(lambda: back(torch, print)),
        attempt(lambda: back(torch, os.system)),
        attempt(lambda: back(torch, range(3))),
    )
    yield attempt(lambda: back(torch, collections.defaultdict(list, {1: 2})))
    yield attempt(lambda: back(torch, np.float64(3))), back(torch, np.arange(3), weights_only=False)
    yield attempt(lambda: saved(torch, lambda: 0), words=False)


def hostile(torch):
    """Pickles made to do harm do nothing."""

    def with_pickle(content):
        file = saved(torch, [1])
        out = io.BytesIO()
        with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                new.writestr(name, content if name.endswith("data.pkl") else old.read(name))
        out.seek(0)
        return out

    done = []

    class Harm:
        def __reduce__(self):
            return done.append, (1,)

    for content in (
        pickle.dumps(Harm(), 2),
        b"cos\nsystem\n(S'true'\ntR.",
        b"cposix\nsystem\n(X\x04\x00\x00\x00truetR.",
        b"\x80\x02csys\nexit\n)R.",
        b"\x80\x02cbuiltins\neval\nX\x03\x00\x00\x001+1\x85R.",
        b"\x80\x02c__builtin__\neval\nX\x03\x00\x00\x001+1\x85R.",
        b"\x80\x02ccollections\nOrderedDict\n)RX\x01\x00\x00\x00aa.",
        b"\x80\x02K\x01K\x02K\x03s.",
        b"\x80\x02K\x01}b.",
        b"\x80\x02X\x01\x00\x00\x00a)\x81.",
        b"\x80\x02K\x01Q.",
        b"\x80\x02X\x01\x00\x00\x00aQ.",
        b"\x80\x02X\x01\x00\x00\x00a\x85Q.",
        b"\x80\x02(i__main__\nX\n.",
        b"\x80\x02\x94.",
    ):
        yield attempt(lambda: torch.load(with_pickle(content)))
    for content in (b"", b"\x80\x02", b"\x80\x02h\x05.", b"\x80\x02q\x05.", b"\x80\x02."):
        yield isinstance(attempt(lambda: torch.load(with_pickle(content)), words=False), list)
    yield done


def places(torch):
    """map_location, and files that come from a GPU."""
    plain = saved(torch, {"a": torch.ones(2)})
    content = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0"))

    def load(file, **options):
        file.seek(0)
        return attempt(lambda: torch.load(file, **options))

    for place in (
        None,
        "cpu",
        torch.device("cpu"),
        {"cuda:0": "cpu"},
        {"cpu": "cpu"},
        lambda s, at: s,
        lambda s, at: None,
    ):
        yield load(plain, map_location=place), load(content, map_location=place)
    yield load(plain, map_location="cuda"), load(plain, map_location={"cpu": "cuda:1"})
    heard = []
    load(content, map_location=lambda s, at: heard.append((at, s.nbytes())) or s)
    yield heard


def paths(torch):
    """Files, and what is none."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "weights.v1.pt"
        torch.save(torch.ones(2), path)
        yield torch.load(path), torch.load(str(path)), sorted(zipfile.ZipFile(path).namelist())
        yield torch.load(path, mmap=True)
        with open(path, "rb") as file:
            yield torch.load(file)
        torch.save([1], str(path), _use_new_zipfile_serialization=False)
        yield torch.load(path)
        whole = path.read_bytes()
        for cut in (0, 3, 20, len(whole) // 2):
            path.write_bytes(whole[:cut])
            yield attempt(lambda: torch.load(path), words=False).words
        torch.save(torch.ones(300), path)
        path.write_bytes(path.read_bytes()[:700])
        yield attempt(lambda: torch.load(path))
    yield attempt(lambda: torch.load("/no/such/file")), attempt(lambda: torch.save(1, "/no/such/folder/file"))
    yield attempt(lambda: torch.load(5)), attempt(lambda: torch.save(1, 5))
    yield attempt(lambda: torch.load(io.BytesIO(pickle.dumps(3, 2))))
    yield attempt(lambda: torch.load(saved(torch, 1), mmap=True))
    yield sorted(zipfile.ZipFile(saved(torch, [torch.ones(1), torch.ones(2)])).namelist())


def old_format(torch):
    """The files of before 1.6."""
    base = torch.arange(12.0).view(3, 4)
    thing = {
        "a": base,
        "v": base.t()[1:],
        "i": torch.ones(2, dtype=torch.int64),
        "p": torch.nn.Parameter(torch.ones(1)),
    }
    for weights_only in (True, False):
        yield torch.load(saved(torch, thing, _use_new_zipfile_serialization=False), weights_only=weights_only)
    two = io.BytesIO()
    for n in range(2):
        torch.save(torch.full((n + 1,), n), two, _use_new_zipfile_serialization=False)
    two.seek(0)
    yield torch.load(two), torch.load(two)


def copies(torch):
    """pickle and copy of the small things."""
    base = torch.arange(6.0).view(2, 3)
    leaf = torch.ones(2, requires_grad=True)
    leaf.grad = torch.full((2,), 3.0)
    leaf.note = [1]
    through = lambda x: pickle.loads(pickle.dumps(x))
    for how in (copy.copy, copy.deepcopy, through):
        yield how(base), how(base.t()), how(base[1]), how(leaf)
        yield how(leaf).note, how(leaf).note is leaf.note
        yield how(torch.float32) is torch.float32, how(torch.Size([2, 3])), how(torch.device("cpu")), how(torch.bool)
        generator = torch.Generator().manual_seed(4)
        twin = how(generator)
        yield torch.rand(2, generator=generator), torch.rand(2, generator=twin), twin.device
    pair = copy.deepcopy([base, base.t()])
    yield pair, pair[0].untyped_storage().data_ptr() == pair[1].untyped_storage().data_ptr()
    yield (
        attempt(lambda: copy.deepcopy(leaf * 2)),
        copy.copy(leaf) is leaf,
        copy.copy(base).data_ptr() == base.data_ptr(),
    )


def names(torch):
    """What types are called."""
    nn, optim = torch.nn, torch.optim
    yield (
        str(torch.Tensor),
        str(type(torch.ones(1))),
        str(nn.Parameter),
        str(torch.Size),
        str(torch.dtype),
        str(torch.device),
    )
    yield str(nn.Module), str(nn.Linear), str(nn.Sequential), str(nn.CrossEntropyLoss), str(nn.Conv2d), str(nn.ReLU)
    yield str(optim.SGD), str(optim.Adam), str(optim.Optimizer), str(type(torch.Generator()))
    yield str(torch.optim.lr_scheduler.StepLR)

    class Own(nn.Linear):
        pass

    yield Own.__module__ == __name__


def storages(torch):
    """Storages by type, and tensors on them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch deprecates them, once in a program's life
        bytes_ = torch.ByteStorage.from_buffer(bytes(range(6)))
        image = torch.ByteTensor(bytes_)
        yield image.view(2, 3), len(bytes_), bytes_.tolist(), bytes_[2], isinstance(bytes_, torch.ByteStorage)
        floats = torch.FloatStorage([1.0, 2.0, 3.0])
        t = torch.FloatTensor(floats)
        t[0] = 7
        yield floats.tolist(), t, floats.size(), isinstance(floats, torch.LongStorage), len(torch.LongStorage(4))
        yield torch.ShortStorage.from_buffer(b"\x01\x02\x03\x04", "big").tolist()
        yield torch.IntStorage.from_buffer(bytes(12), byte_order="little", count=1, offset=4).tolist()
