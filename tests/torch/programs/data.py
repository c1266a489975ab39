"""Data sets, samplers, and the loader."""

import collections
import random

import numpy as np
from twin import attempt

Point = collections.namedtuple("Point", "x y")


def squares(torch, n=10):
    class Squares(torch.utils.data.Dataset):
        def __len__(self):
            return n

        def __getitem__(self, i):
            if i >= n:
                raise IndexError(i)
            return torch.tensor([i, i * i])

    return Squares()


def stream(torch, n, says=None):
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            info = torch.utils.data.get_worker_info()
            return iter(range(n) if info is None else range(info.id, n, info.num_workers))

        def __len__(self):
            return n if says is None else says

        def __repr__(self):
            return "Stream"

    return Stream()


def data_sets(torch):
    """What the kinds of data set hold, and what they refuse."""
    data = torch.utils.data
    ds = data.TensorDataset(torch.arange(6), torch.arange(12.0).view(6, 2))
    yield len(ds), ds[1], ds[1:3], ds[-1], ds[[0, 2]], ds[torch.tensor([1, 1])]
    yield attempt(lambda: data.TensorDataset(torch.ones(2), torch.ones(3)))
    yield attempt(lambda: data.TensorDataset(data_tensor=torch.ones(2)))
    yield attempt(lambda: ds[6])
    both = data.ConcatDataset([ds, ds]) + ds
    yield len(both), both[7], both[-1], both[17], attempt(lambda: both[-19]), type(ds + ds).__name__
    yield both.datasets[0].cumulative_sizes, attempt(lambda: both.cummulative_sizes)
    yield attempt(lambda: data.ConcatDataset([])), attempt(lambda: data.ConcatDataset([stream(torch, 2)]))
    part = data.Subset(ds, [5, 3])
    yield len(part), part[0], part[1], part[[0, 1]], part.__getitems__([1, 0]), attempt(lambda: part[2])
    stacked = data.StackDataset(ds, squares(torch, 6))
    yield len(stacked), stacked[2], stacked.__getitems__([0, 1])
    named = data.StackDataset(a=part, b=[1, 2])
    yield named[1], named.__getitems__([1, 0])
    yield attempt(lambda: data.StackDataset()), attempt(lambda: data.StackDataset(ds, a=ds))
    yield attempt(lambda: data.StackDataset(ds, part))
    chain = stream(torch, 2) + stream(torch, 3)
    yield list(chain), len(chain), attempt(lambda: list(data.ChainDataset([ds])))
    yield attempt(lambda: data.Dataset()[0]), attempt(lambda: len(data.Dataset()))
    yield attempt(lambda: iter(data.IterableDataset()), words=False)
    yield data.Dataset[int] is not None

    class Own(data.Subset):
        def __getitem__(self, i):
            return 0

    yield attempt(lambda: Own(ds, [0]))


def splits(torch):
    """random_split draws what PyTorch draws."""
    split = torch.utils.data.random_split
    torch.manual_seed(5)
    for lengths in ([7, 3], [0.5, 0.3, 0.2], [0.34, 0.33, 0.33], [1.0], [0.999999, 0.000001], [10]):
        yield [part.indices for part in split(range(10), lengths)]
        yield [part.indices for part in split(range(10), lengths, generator=torch.Generator().manual_seed(42))]
    yield torch.rand(1)
    yield attempt(lambda: split(range(10), [3, 3])), attempt(lambda: split(range(10), [1.5, -0.5]))


def samplers(torch):
    """Every order, and the state of the default generator afterwards."""
    data = torch.utils.data
    own = torch.Generator().manual_seed(3)
    yield list(data.SequentialSampler(range(4)))
    for generator in (None, own):
        yield list(data.RandomSampler(range(10), generator=generator))
        yield list(data.RandomSampler(range(10), num_samples=25, generator=generator))
        yield list(data.RandomSampler(range(10), True, 70, generator=generator))
        yield list(data.SubsetRandomSampler([5, 7, 9], generator=generator))
        yield torch.rand(1), torch.rand(1, generator=own)
    yield len(data.RandomSampler(range(10))), len(data.RandomSampler(range(10), num_samples=3))
    yield list(data.BatchSampler(range(5), 2, False)), list(data.BatchSampler(range(5), 2, True))
    yield len(data.BatchSampler(range(5), 2, False)), len(data.BatchSampler(range(5), 2, True))
    yield attempt(lambda: data.RandomSampler([])), attempt(lambda: data.RandomSampler([1], replacement=1))
    yield attempt(lambda: data.RandomSampler([1], num_samples=0))
    yield attempt(lambda: data.BatchSampler(range(3), 0, False)), attempt(lambda: data.BatchSampler(range(3), 2, 1))
    yield attempt(lambda: iter(data.Sampler()))
    yield attempt(lambda: data.WeightedRandomSampler([1.0], 0))
    yield attempt(lambda: data.WeightedRandomSampler([1.0], 2, replacement=0))
    yield attempt(lambda: data.WeightedRandomSampler([[1.0]], 2))
    yield data.WeightedRandomSampler([1, 2], 2).weights


def shares(torch):
    """What each process gets of a data set."""
    Distributed = torch.utils.data.DistributedSampler
    for drop_last in (False, True):
        for n in (10, 9, 2):
            samplers = [Distributed(range(n), 3, rank, drop_last=drop_last, seed=2) for rank in range(3)]
            yield [list(s) for s in samplers], [len(s) for s in samplers]
            samplers[0].set_epoch(4)
            yield list(samplers[0]), samplers[0].total_size
    yield list(Distributed(range(5), 2, 1, shuffle=False))
    yield attempt(lambda: Distributed(range(5), 2, 2))
    yield attempt(lambda: Distributed(range(5)))


def loaders(torch):
    """Batches, their order, and the numbers drawn for it."""
    data = torch.utils.data
    ds = data.TensorDataset(torch.arange(7), torch.arange(14.0).view(7, 2))
    for options in (
        {},
        {"batch_size": 3},
        {"batch_size": 3, "drop_last": True},
        {"batch_size": 2, "shuffle": True},
        {"batch_size": 2, "shuffle": True, "generator": torch.Generator().manual_seed(1)},
        {"batch_size": None},
        {"batch_size": None, "shuffle": True},
        {"batch_size": 4, "sampler": data.SubsetRandomSampler([6, 2, 0])},
        {"batch_sampler": [[0, 1], [5]]},
        {"batch_size": 2, "collate_fn": len},
        {"batch_size": 2, "collate_fn": list},
        {"batch_size": 4, "pin_memory": True},
    ):
        loader = data.DataLoader(ds, **options)
        yield len(loader), list(loader), torch.rand(1)
        yield list(data.DataLoader(squares(torch), **options)), torch.rand(1)
        yield list(data.DataLoader(data.Subset(ds, [6, 4, 1, 0, 2, 3, 5]), **options)), torch.rand(1)
    loader = data.DataLoader(ds, 2, shuffle=True)
    yield list(loader), list(loader), next(iter(loader)), len(iter(loader))
    yield loader.batch_size, loader.drop_last, loader.num_workers, type(loader.sampler).__name__, loader.dataset is ds
    yield attempt(lambda: setattr(loader, "batch_size", 3))
    yield list(data.DataLoader(range(4), 2)), list(data.DataLoader(["a", "b", "c"], 2))
    yield attempt(lambda: list(data.DataLoader([None], 2)))
    yield [b.requires_grad for (b,) in data.DataLoader(data.TensorDataset(torch.ones(3, requires_grad=True)), 2)]


def streams(torch):
    """Loaders of what has no numbers."""
    data = torch.utils.data
    yield list(data.DataLoader(stream(torch, 5), 2)), list(data.DataLoader(stream(torch, 5), 2, drop_last=True))
    yield list(data.DataLoader(stream(torch, 3), None)), len(data.DataLoader(stream(torch, 5), 2))
    loader = data.DataLoader(stream(torch, 5, says=1), 2)
    yield len(loader), list(loader)
    yield attempt(lambda: data.DataLoader(stream(torch, 5), shuffle=True), words=False)
    yield attempt(lambda: data.DataLoader(stream(torch, 5), sampler=[1]))
    yield attempt(lambda: data.DataLoader(stream(torch, 5), batch_sampler=[[1]]))


def refusals(torch):
    """Options that exclude each other."""
    Loader = torch.utils.data.DataLoader
    for options in (
        {"num_workers": -1},
        {"timeout": -1},
        {"prefetch_factor": 2},
        {"num_workers": 1, "prefetch_factor": -2},
        {"persistent_workers": True},
        {"shuffle": True, "sampler": [1]},
        {"batch_sampler": [[1]], "batch_size": 2},
        {"batch_sampler": [[1]], "drop_last": True},
        {"batch_size": None, "drop_last": True},
        {"batch_size": 0},
        {"batch_size": 1.5},
        {"multiprocessing_context": "fork"},
        {"multiprocessing_context": "no such", "num_workers": 1},
        {"multiprocessing_context": 3, "num_workers": 1},
        {"num_workers": 999},
    ):
        yield attempt(lambda: type(Loader([1, 2], **options)).__name__)
    yield attempt(lambda: Loader([], shuffle=True)), list(Loader([])), attempt(lambda: list(Loader([1], timeout=1)))


def collating(torch):
    """What becomes of samples of every sort."""
    collate, convert = torch.utils.data.default_collate, torch.utils.data.default_convert
    t = torch.arange(3.0)
    for sample in (
        t,
        1,
        1.5,
        True,
        "a",
        b"a",
        np.float32(2),
        np.int16(3),
        np.arange(2),
        np.array(4.0),
        (1, t),
        [1, [2.0, "s"]],
        {"a": 1, "b": {"c": t}},
        collections.OrderedDict(a=1),
        collections.defaultdict(list, {"a": [1]}),
        Point(1, (2, 3)),
        collections.deque([1, 2]),
        range(3),
        np.array(["x"]),
        np.str_("x"),
        None,
        {1, 2},
        object,
        np.array([None]),
    ):
        for made in (attempt(lambda: collate([sample, sample])), attempt(lambda: convert(sample))):
            yield made if sample is not object else type(made).__name__
            if sample is not object:
                yield type(made).__name__
    yield (
        attempt(lambda: collate([[1], [1, 2]])),
        attempt(lambda: collate([t, t[:2]])),
        attempt(lambda: collate([{"a": 1}, {}])),
    )
    yield collate((1, 2)), collate([1, 2.5]), attempt(lambda: collate([]))
    from_table = torch.utils.data._utils.collate.collate
    yield from_table([1, 2], collate_fn_map={int: lambda batch, *, collate_fn_map=None: sum(batch)})


def workers(torch):
    """Processes fetch the same batches in the same order, and draw their own numbers."""
    data = torch.utils.data

    class Draws(data.Dataset):
        def __len__(self):
            return 6

        def __getitem__(self, i):
            info = data.get_worker_info()
            return {
                "i": i,
                "worker": (info.id, info.num_workers, info.seed),
                "torch": torch.rand(2),
                "numpy": np.random.rand(),
                "python": random.random(),
            }

    torch.manual_seed(7)
    yield list(data.DataLoader(Draws(), 2, shuffle=True, num_workers=2)), torch.rand(1)
    yield list(data.DataLoader(stream(torch, 5), 2, num_workers=2))
    kept = data.DataLoader(Draws(), 2, num_workers=1, persistent_workers=True, worker_init_fn=torch.manual_seed)
    yield list(kept), list(kept), data.get_worker_info()

    class Fails(data.Dataset):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return 1 // i

    yield attempt(lambda: list(data.DataLoader(Fails(), num_workers=1)), words=False)
    loader = iter(data.DataLoader(Fails(), num_workers=1))
    try:
        next(loader)
    except ZeroDivisionError as error:
        yield str(error).splitlines()[0]
    yield next(loader)
