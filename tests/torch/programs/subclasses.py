"""Subclasses of Tensor keep their class, and classes with a `__torch_function__` answer calls."""

from twin import Arrived, attempt


def logging_class(torch):
    """A subclass that notes what it is asked, and the notes."""
    notes = []

    class Loud(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            if func.__name__ != "__get__":
                notes.append(func.__name__)
            return super().__torch_function__(func, types, args, kwargs or {})

    return Loud, notes


def kind(result):
    """Its class and node, and those of what it holds."""
    if isinstance(result, (tuple, list)):
        return type(result).__name__, [kind(r) for r in result]
    node = getattr(result, "grad_fn", None)
    return type(result).__name__, node if node is None else node.name()


CALLS = (
    "x + 1", "1 + x", "p + x", "p - x", "1 - x", "x * 2", "x / 2", "1 / x", "p / x", "x @ p", "p @ x", "x ** 2", "2 ** x", "-x", "abs(x)",
    "x == 1", "x < 1", "p < x", "x[0]", "x[x > 0]", "x.add(1)", "x.sum(0)", "x.max(0)", "x.T", "x.data", "x.detach()", "x.clone()",
    "x.view(2, 1)", "x.to(torch.float64)", "x.split(1)", "list(x)", "x.tolist()", "x.new_zeros(2)", "x.softmax(0)", "x.dim()",
    "x.shape", "len(x)", "float(x[0] > 0)", "torch.add(x, 1)", "torch.add(p, x)", "torch.add(p, p)", "torch.cat([p, x])", "torch.stack([x, x])",
    "torch.relu(x)", "torch.zeros_like(x)", "torch.sort(x)", "torch.where(x > 0, x, p)", "torch.equal(x, p)", "torch.einsum('i,i', x, p)",
    "torch.nn.functional.relu(x)", "torch.nn.functional.softmax(x, 0)", "torch.linalg.norm(x)", "torch.fft.fft(x)", "torch.special.erf(x)",
    "torch.nn.Linear(2, 2)(x)", "torch.autograd.grad(x.sum(), x)", "torch.tensor(p)", "x.as_subclass(torch.Tensor)",
    "torch.is_tensor(x)", "isinstance(x + 1, torch.Tensor)", "x.detach().add_(1)", "x.detach().__setitem__(0, 1)", "torch.nn.Parameter(x)",
)  # fmt: skip


def what_is_asked(torch):
    """The functions that a subclass is handed, and the classes of the results."""
    Loud, notes = logging_class(torch)
    for grad in (True, False):
        x = torch.tensor([1.0, 2.0]).as_subclass(Loud).requires_grad_(grad)
        p = torch.ones(2)
        for call in CALLS:
            if "autograd" in call and not grad:
                continue
            notes.clear()
            result = attempt(lambda: eval(call, {"torch": torch, "x": x, "p": p}))
            yield call, kind(result), [n for n in notes if n not in ("dim", "linear")]
        yield repr(x), repr(x * 2)


def plain_subclass(torch):
    """Without a method of its own, a subclass carries attributes and methods; its class goes through every op."""

    class Image(torch.Tensor):
        def brighter(self):
            return self * 2

    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).as_subclass(Image)
    y = x.brighter().t()[0]
    yield type(y).__name__, repr(y), type(y + torch.ones(2)).__name__, type(Image([1, 2])).__name__
    leaf = torch.ones(2, requires_grad=True)
    z = (leaf.as_subclass(Image) * 3).sum()
    z.backward()
    yield kind(z), Arrived(leaf.grad), type(leaf.grad).__name__

    class Picture(Image):
        pass

    yield type(x + x.as_subclass(Picture)).__name__, type(x.as_subclass(Picture) + x).__name__
    weight = torch.nn.Parameter(torch.ones(2))
    yield (
        type(weight * y).__name__,
        type(weight + y).__name__,
        type(weight - y).__name__,
        type(y / weight).__name__,
        repr(weight - y),
    )
    with torch._C.DisableTorchFunctionSubclass():
        yield type(x + 1).__name__


def refusals(torch):
    """Nobody answers."""

    class Mute(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return NotImplemented

    x = torch.ones(2).as_subclass(Mute)
    for call in (lambda: torch.add(x, 1), lambda: x.add(1), lambda: torch.mean(x), lambda: x.shape):
        raised = attempt(call)
        yield raised.type, raised.words.replace(str(Mute), "Mute")


def no_tensors_at_all(torch):
    """A class of its own: ops hand themselves to it with the arguments as given."""

    class Duck:
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return func.__name__, [t.__name__ for t in types], len(args), sorted(kwargs or {})

    duck, p = Duck(), torch.ones(2)
    for call in (
        lambda: torch.sin(duck), lambda: torch.add(duck, p), lambda: torch.add(p, duck), lambda: torch.mm(duck, p), lambda: torch.add(duck, p, alpha=2),
        lambda: torch.mean(duck), lambda: torch.cat([p, duck]), lambda: torch.nn.functional.relu(duck, inplace=False), lambda: torch.stack([duck]),
    ):  # fmt: skip
        yield attempt(call)
    yield (
        torch.overrides.is_tensor_like(duck),
        torch.overrides.has_torch_function((duck,)),
        torch.overrides.has_torch_function((p, 1)),
    )


def table_of_functions(torch):
    """The usual way to write one: a table from functions to their own versions."""
    table = {}

    def implements(function):
        return lambda own: table.setdefault(function, own)

    @implements(torch.mean)
    def mean(x):
        return "mean", x.value

    @implements(torch.add)
    def add(x, other):
        return "sum", getattr(x, "value", x), getattr(other, "value", other)

    class Scalar:
        def __init__(self, value):
            self.value = value

        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            if func not in table:
                return NotImplemented
            return table[func](*args, **(kwargs or {}))

    x = Scalar(2)
    yield torch.add(x, x), torch.add(1, x), torch.mean(x)
    yield attempt(lambda: torch.mul(x, 3)).words.replace(str(Scalar), "Scalar")


def own_functions(torch):
    """A program's function that lets its arguments answer."""
    from types import SimpleNamespace

    o = torch.overrides

    def twice(x):
        if o.has_torch_function((x,)):
            return o.handle_torch_function(twice, (x,), x)
        return x + x

    wrapped = o.wrap_torch_function(lambda x: (x,))(lambda x: x + x)

    class Other:
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return SimpleNamespace(kinds=[t.__name__ for t in types], given=len(args)).__dict__

    yield twice(torch.ones(1)), twice(Other()), wrapped(Other()), wrapped(torch.ones(1))
