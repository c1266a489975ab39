"""Tensors among NumPy's numbers and functions."""

import operator
import warnings

import numpy as np
from twin import attempt


def functions(torch):
    """NumPy's element-wise functions answer tensors; truth values are bytes."""
    warnings.simplefilter("ignore")
    t = torch.tensor([1.0, 4.0, 9.0])
    yield (
        np.exp(t),
        np.sqrt(torch.tensor([1, 4])),
        np.add(t, 1),
        np.maximum(t, np.ones(3)),
        np.modf(t),
        np.greater(t, 2),
    )
    yield np.exp(torch.tensor(2.5)), np.cumsum(t), np.round(t), np.clip(t, 0, 2), np.isnan(t), np.square(t).sum()
    yield attempt(lambda: np.exp(t.clone().requires_grad_()))


def scalars(torch):
    """NumPy's numbers in a list keep their dtype."""
    warnings.simplefilter("ignore")
    for values in (
        [np.float64(1), 2],
        [2, np.float64(1)],
        [np.float32(1), 2.0],
        [np.int32(1), np.int32(2)],
        [np.int32(1), 2],
        [np.int8(1)],
        [np.bool_(True)],
        [[np.float64(1)], [1.0]],
        [np.ones(2), np.ones(2)],
        [np.ones(2, np.float32)] * 2,
        [np.array([1]), np.array([2])],
    ):
        yield torch.tensor(values), torch.as_tensor(values), torch.tensor(values, dtype=torch.float32)
    yield torch.tensor([1, np.nan]), torch.FloatTensor([np.float64(1)])


def tensors_in_lists(torch):
    """Tensors of one element are numbers; others are refused."""
    one = torch.ones(1)
    yield torch.tensor([one, one]), torch.tensor([torch.tensor(1), one]), torch.tensor([[torch.tensor(1), 2]])
    yield attempt(lambda: torch.tensor([torch.ones(2), torch.ones(2)])), torch.tensor([torch.ones(1, 1)])


def shifts(torch):
    """<< and >>, and what they refuse."""
    i = torch.tensor([1, 2, 3])
    yield i << 1, i >> 1, 1 << i, 8 >> i, i << i, i.clone().__ilshift__(1), i.clone().__irshift__(1), +i is i
    yield attempt(lambda: torch.ones(2) << 1, words=False)


def too_few(torch):
    """The deviation of one number is none, which is told."""
    s = torch.tensor(2.5)
    for action in (s.std, s.var, torch.tensor([2.0]).var, lambda: torch.std_mean(s), lambda: s.std(unbiased=False)):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            found = action()
        yield found, [str(w.message).partition(" (Triggered")[0] for w in told]


def operators(torch):
    """An array at the left is refused; at the right it answers, as NumPy would; == looks into it, != does not."""
    warnings.simplefilter("ignore")
    a, i = np.array([1.0, 2.0, 3.0]), np.arange(3)
    for t in (torch.ones(3), torch.arange(3)):
        for sign in (
            "add",
            "sub",
            "mul",
            "truediv",
            "floordiv",
            "mod",
            "pow",
            "matmul",
            "and_",
            "or_",
            "xor",
            "lshift",
            "lt",
            "ge",
            "eq",
            "ne",
        ):
            f = getattr(operator, sign)
            for array in (a, i, a.astype(np.float32), np.array(2.0)):
                yield (
                    attempt(lambda: f(array, t)),
                    attempt(lambda: f(t, array), words=sign not in ("and_", "or_", "xor", "lshift")),
                )
            for number in (np.float64(2), np.float32(2), np.int64(2)):
                yield attempt(lambda: f(number, t)), attempt(lambda: f(t, number))
    x = torch.ones(3, requires_grad=True)
    yield attempt(lambda: x * a), attempt(lambda: a * x), x == a
