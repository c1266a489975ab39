"""Spellings and methods of PyTorch's first years, other memory, other layouts: what older lessons call."""

import warnings
from array import array

import numpy as np
from twin import attempt


def other_names(torch):
    """One function under NumPy's name too, as a function, as a method, and in place."""
    x = torch.tensor([0.25, -0.5], requires_grad=True)
    y = torch.tensor([1.5, -0.5])
    for name in ("arccos", "arcsin", "arctan", "arcsinh", "arctanh", "fix", "absolute", "negative"):
        yield getattr(torch, name)(x), getattr(x, name)(), getattr(y.clone(), name + "_")()
    yield torch.arctan2(x, y), x.arctan2(y), y.clone().arctan2_(y), torch.clip_(y.clone(), 0, 1)
    for name in ("greater", "greater_equal", "less", "less_equal", "not_equal"):
        yield getattr(torch, name)(y, 0), getattr(y, name)(y.flip(0)), getattr(y.clone(), name + "_")(0)
    yield y.clone().multiply_(y), torch.multiply(y, 2), torch.newaxis is None


def new(torch):
    """x.new: sizes, values, another tensor, nothing."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64, requires_grad=True)
    yield x.new(2, 3).shape, x.new(torch.Size([4])).shape, x.new(), x.new([1, 2]), x.new((2, 2)), x.new(np.ones(2))
    yield x.new(np.ones(2, np.float32)), torch.ones(1, dtype=torch.long).new([1.5, 2]), x.new(2).dtype
    yield attempt(lambda: x.new(3.5)), x.detach().new(x.detach()).tolist()


def by_python(torch):
    """apply_, map_, map2_."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    yield x.clone().apply_(lambda v: v * 2 + 1), x.clone().map_(x, lambda a, b: a * b)
    yield x.clone().map2_(x, x, lambda a, b, c: a * b + c), x.t().clone().apply_(lambda v: v + 1)
    yield attempt(lambda: x.requires_grad_().apply_(lambda v: v))


def diagonals(torch):
    """fill_diagonal_ of square, tall, wide and cubic tensors."""
    yield (
        torch.zeros(3, 3).fill_diagonal_(2),
        torch.zeros(2, 4).fill_diagonal_(1),
        torch.zeros(3, 3, 3).fill_diagonal_(1),
    )
    for rows in (3, 4, 5, 7, 9):
        yield torch.zeros(rows, 3).fill_diagonal_(5, wrap=True)
    yield torch.zeros(3, 7).t().fill_diagonal_(1.5), torch.zeros(3, 7).t().fill_diagonal_(1.5, wrap=True)
    yield attempt(lambda: torch.zeros(3).fill_diagonal_(5)), attempt(lambda: torch.zeros(2, 3, 3).fill_diagonal_(1))
    x = torch.ones(2, 2, requires_grad=True)
    y = (x * 3).fill_diagonal_(9)
    y.sum().backward()
    yield y, x.grad


def put(torch):
    """index_put makes a new tensor."""
    x = torch.zeros(2, 3, requires_grad=True)
    v = torch.tensor([5.0, 6.0, 7.0], requires_grad=True)
    out = x.index_put((torch.tensor([1]),), v)
    yield out, torch.index_put(x, (torch.tensor([0, 0]), torch.tensor([1, 1])), v[:2], accumulate=True)
    (out * out).sum().backward()
    yield x.grad, v.grad


def counts(torch):
    """bincount as a method, with weights, and what it refuses."""
    x = torch.tensor([1, 1, 3])
    yield x.bincount(), x.bincount(minlength=6), torch.bincount(x, torch.tensor([0.5, 1, 2]))
    yield torch.bincount(x, weights=torch.tensor([1, 1, 2])), torch.bincount(x[:0]), torch.bincount(x[:0], minlength=2)
    yield torch.bincount(x.to(torch.uint8)), attempt(lambda: torch.bincount(x, minlength=-1))
    for bad in (torch.tensor([1.0]), torch.tensor([-1]), torch.tensor([[1]]), torch.tensor([True])):
        yield attempt(lambda bad=bad: bad.bincount())
    yield attempt(lambda: torch.bincount(x, torch.tensor([1.0])))


def vandermonde(torch):
    """torch.vander, NumPy's order."""
    x = torch.tensor([1, 2, 3])
    yield (
        torch.vander(x),
        torch.vander(x.double(), 2, increasing=True).tolist(),
        torch.vander(x, N=1),
        torch.vander(x, 0),
    )
    yield torch.vander(torch.tensor([True, False])), attempt(lambda: torch.vander(torch.ones(2, 2)))
    yield attempt(lambda: torch.vander(x, -1))


def ranges(torch):
    """torch.range has its end."""
    yield torch.range(1, 4), torch.range(0, 1, 0.25), torch.range(5, 1, -2), torch.range(0, 2, dtype=torch.long)


def on_other_memory(torch):
    """frombuffer, asarray, DLPack."""
    b = bytearray(b"\x01\x00\x02\x00")
    x = torch.frombuffer(b, dtype=torch.int16)
    b[0] = 7
    yield (
        x,
        torch.frombuffer(array("d", [1.0, 2.0]), dtype=torch.float64),
        torch.frombuffer(b, dtype=torch.uint8, count=2, offset=1),
    )
    for count, offset, dtype in ((-1, 1, torch.int16), (9, 0, torch.uint8), (-1, 4, torch.uint8), (0, 0, torch.uint8)):
        yield attempt(lambda c=count, o=offset, d=dtype: torch.frombuffer(b, dtype=d, count=c, offset=o))
    a = np.arange(3.0)
    same, other = torch.asarray(a), torch.asarray(a, copy=True)
    a[0] = 9
    yield same, other, torch.asarray([1, 2.5]), torch.asarray(3), torch.asarray(2.5, requires_grad=True)
    leaf = torch.ones(2, requires_grad=True)
    yield torch.asarray(leaf, copy=True, requires_grad=True), torch.asarray(leaf * 2, requires_grad=False)
    yield torch.asarray(leaf, requires_grad=True) is leaf, torch.asarray(leaf, requires_grad=False), leaf.requires_grad
    yield (
        attempt(lambda: torch.asarray(leaf, dtype=torch.int, copy=False)),
        attempt(lambda: torch.asarray([1], copy=False)),
    )
    yield torch.from_dlpack(np.arange(3)), torch.utils.dlpack.from_dlpack(torch.ones(2)), torch.from_dlpack(same)


def of_one_element(torch):
    """is_nonzero, is_same_size, get_device."""
    x = torch.ones(2, 1)
    yield torch.is_nonzero(torch.tensor([0.0])), torch.tensor(3).is_nonzero(), attempt(lambda: x.is_nonzero())
    yield torch.is_same_size(x, x.t()), x.is_same_size(x), torch.get_device(x), x.is_pinned(), x.to_dense() is x
    yield x.sparse_dim(), x.dense_dim(), attempt(lambda: x.coalesce()), attempt(lambda: x.values())


def layouts(torch):
    """The layout is an object of its own type."""
    x = torch.ones(2)
    yield x.layout, x.layout == torch.strided, isinstance(x.layout, torch.layout), x.layout == torch.sparse_coo
    yield torch.zeros(2, layout=torch.strided)


def channels_last(torch):
    """Memory formats: asked for, kept, asked after, refused."""
    x = torch.arange(120.0).reshape(2, 3, 4, 5)
    last = x.to(memory_format=torch.channels_last)
    yield last, x.contiguous(memory_format=torch.channels_last), x.clone(memory_format=torch.channels_last)
    yield last.is_contiguous(), last.is_contiguous(memory_format=torch.channels_last), last.contiguous()
    yield x.is_contiguous(memory_format=torch.channels_last), last.to(memory_format=torch.channels_last) is last
    yield last.to(memory_format=torch.contiguous_format), last.double(), last + 1, torch.empty_like(last).stride()
    yield torch.empty(2, 3, 4, 5, memory_format=torch.channels_last).stride()
    yield torch.zeros_like(x, memory_format=torch.channels_last)
    yield torch.zeros_like(last, memory_format=torch.contiguous_format), torch.zeros_like(last)
    yield (
        attempt(lambda: x[0].contiguous(memory_format=torch.channels_last)),
        torch.channels_last,
        torch.channels_last_3d,
    )
    yield attempt(lambda: x.transpose(0, 1).contiguous(memory_format=torch.preserve_format))
    deep = torch.ones(1, 2, 2, 2, 2).contiguous(memory_format=torch.channels_last_3d)
    yield deep, deep.is_contiguous(memory_format=torch.channels_last_3d)
    leaf = x.clone().requires_grad_()
    leaf.contiguous(memory_format=torch.channels_last).pow(2).sum().backward()
    yield leaf.grad


def containers(torch):
    """torch.utils._pytree."""
    from importlib import import_module

    tree = import_module(torch.__name__ + ".utils._pytree")
    nested = {"a": [1, (2, 3)], "b": None}
    leaves, spec = tree.tree_flatten(nested)
    yield leaves, tree.tree_unflatten([4, 5, 6, 7], spec), tree.tree_leaves(nested), tree.tree_leaves(5)
    yield tree.tree_map(lambda v: v + 1, {"a": [1, (2, 3)]}), tree.tree_map(lambda a, b: a * b, [1, 2], [3, 4])
    yield (
        tree.tree_map_only(int, lambda v: v * 10, [1, "x"]),
        tree.tree_leaves([1, (2, 3)], is_leaf=lambda v: v == (2, 3)),
    )


def files_of_distributions(torch):
    """Each distribution has a module of its own."""
    from importlib import import_module

    for file, name in (("normal", "Normal"), ("multivariate_normal", "MultivariateNormal"), ("studentT", "StudentT")):
        module = import_module(f"{torch.__name__}.distributions.{file}")
        yield (
            getattr(module, name) is getattr(torch.distributions, name),
            attempt(lambda m=module: m.Nothing, words=False),
        )
    yield torch.distributions.AffineTransform(1.0, 2.0)(torch.ones(2)), torch.distributions.Transform.__name__


def orders(torch):
    """The order of arguments of old: a factor before what it multiplies."""
    warnings.simplefilter("ignore")
    x, g = torch.ones(3, requires_grad=True), torch.arange(3.0)
    yield x.detach().clone().add_(-0.1, g), x.add(2, g), torch.add(x, 2, g), x.sub(2, g), g.clone().sub_(0.5, g)
    yield (
        x.addcmul(0.5, g, g),
        torch.addcdiv(x, 0.5, g, g + 1),
        g.clone().addcmul_(0.5, g, g),
        g.clone().addcdiv_(2, g, g + 1),
    )
    yield attempt(lambda: x.add(g, 2)), x.addcmul(g, g, value=2), torch.addcmul(x, g, g)


def told_once(torch):
    """Every overload of old is spoken of once in a program."""
    for _ in range(2):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            torch.ones(2).add_(2, torch.ones(2))
    yield len(told)


def sums_of_products_in_older_orders(torch):
    """addmm and its kin with beta and alpha before what they belong to, as functions, methods and in place."""
    shapes = {"addmm": ((2, 3), (2, 4), (4, 3)), "addmv": ((2,), (2, 3), (3,)), "addr": ((2, 3), (2,), (3,)),
              "baddbmm": ((5, 2, 3), (5, 2, 4), (5, 4, 3)), "addbmm": ((2, 3), (5, 2, 4), (5, 4, 3))}  # fmt: skip
    for name, (a, b, c) in shapes.items():
        x, y, z = (torch.arange(float(torch.Size(s).numel())).reshape(s) for s in (a, b, c))
        f = getattr(torch, name)
        yield f(2, x, 3, y, z), f(2, x, y, z), f(x, y, z, beta=2, alpha=3)
        g = getattr(x, name)
        yield g(2, 3, y, z), g(2, y, z), g(y, z), attempt(lambda: g(1, 2, 3, y, z), words=False)
        yield getattr(x.clone(), name + "_")(2, 3, y, z), getattr(x.clone(), name + "_")(y, z, alpha=0.5)
        x.requires_grad_()
        yield f(2, x, 3, y, z).grad_fn.name()


def removed_functions(torch):
    """They say what takes their place."""
    for name in ("symeig", "eig", "lstsq", "solve", "matrix_rank"):
        yield attempt(lambda: getattr(torch, name)(torch.eye(2), torch.eye(2)))
        if name != "matrix_rank":
            other = (torch.eye(2),) if name in ("lstsq", "solve") else ()
            yield attempt(lambda: getattr(torch.eye(2), name)(*other))
