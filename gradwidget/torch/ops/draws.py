"""Tensors of random numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes, random
from ..tensor import Tensor
from .both import zeros
from .creation import _into, _shape, finish
from .registry import OPS, function_of, record
from .widened import wide


def _from(generator: Any) -> random.Generator:
    return random.default_generator if generator is None else generator


def _kind(dtype: Any, name: str, kernel: str) -> dtypes.dtype:
    d = dtypes.get_default_dtype() if dtype is None else dtypes.meant(dtype, name)
    if d.kind < 2:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{d.legacy}'")
    return d


def drawn(draw: Any, shape: tuple[int, ...], d: dtypes.dtype) -> np.ndarray:
    """Numbers of a dtype; complex ones are drawn part by part."""
    if not d.is_complex:
        return draw(shape, d.name).astype(d.np, copy=False)  # type: ignore[no-any-return]
    parts = draw((*shape, 2), d.to_real().name)
    return np.ascontiguousarray(parts).view(d.np)[..., 0]  # type: ignore[no-any-return]


def rand(
    *given: Any,
    size: Any = None,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Uniform numbers in [0, 1)."""
    shape, d = _shape(given, size, "rand"), _kind(dtype, "rand", "check_uniform_bounds")
    a = drawn(lambda where, name: _from(generator).uniform(where, name), shape, d)
    return _into(finish(a, device, requires_grad, "rand", (shape,)), out)


def randn(
    *given: Any,
    size: Any = None,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Normal numbers of mean 0 and standard deviation 1."""
    shape, d = _shape(given, size, "randn"), _kind(dtype, "randn", "normal_kernel_cpu")
    std = 1.0 if not d.is_complex else math.sqrt(0.5)  # of each part
    a = drawn(lambda where, name: _from(generator).normal(where, name, 0.0, std), shape, d)
    return _into(finish(a, device, requires_grad, "randn", (shape,)), out)


def randint(
    low: Any = 0,
    high: Any = None,
    size: Any = None,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Whole numbers in [low, high)."""
    if isinstance(high, (tuple, list)):
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    d = dtypes.int64 if dtype is None else dtypes.meant(dtype, "randint")
    shape = _shape((tuple(size),), None, "randint")
    a = _from(generator).integers(int(low), int(high), shape, d.name).astype(d.np, copy=False)
    return _into(finish(a, device, requires_grad, "randint", (low, high, shape)), out)


def randperm(
    n: int,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers 0..n-1 in random order."""
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    d = dtypes.int64 if dtype is None else dtypes.meant(dtype, "randperm")
    a = _from(generator).permutation(n).astype(d.np, copy=False)
    return _into(finish(a, device, requires_grad, "randperm", (n,)), out)


def rand_like(
    input: Tensor,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    generator: Any = None,
    memory_format: Any = None,
) -> Tensor:
    return rand(
        tuple(input.shape),
        dtype=dtype or input.dtype,
        device=device or _where(input),
        requires_grad=requires_grad,
        generator=generator,
    )


def randn_like(
    input: Tensor,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    generator: Any = None,
    memory_format: Any = None,
) -> Tensor:
    return randn(
        tuple(input.shape),
        dtype=dtype or input.dtype,
        device=device or _where(input),
        requires_grad=requires_grad,
        generator=generator,
    )


def randint_like(
    input: Tensor, low: Any, high: Any = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    return (
        randint(
            low,
            high,
            tuple(input.shape),
            dtype=dtype or input.dtype,
            device=device or _where(input),
            requires_grad=requires_grad,
        )
        if high is not None
        else randint(
            0,
            low,
            tuple(input.shape),
            dtype=dtype or input.dtype,
            device=device or _where(input),
            requires_grad=requires_grad,
        )
    )


def _where(t: Tensor) -> Any:
    return None if t.is_cpu else t.device


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Normal numbers; mean and std are numbers (with `size`) or tensors, which give the shape.

    No gradient goes back to mean and std: what flows is 0. (`torch.distributions.Normal.rsample` has one.)
    """
    tensors = isinstance(mean, Tensor), isinstance(std, Tensor)
    if any(tensors):
        name = {(True, True): "normal_of_both", (True, False): "normal_of_mean", (False, True): "normal_of_std"}[
            tensors
        ]
        return function_of(OPS[name])(mean, std, generator, out=out)
    shape, d = _shape((tuple(size),), None, "normal"), _kind(dtype, "normal", "normal_kernel_cpu")
    part = std if not d.is_complex else std * math.sqrt(0.5)
    a = drawn(lambda where, name: _from(generator).normal(where, name, mean, part), shape, d)
    return _into(finish(a, device, requires_grad, "normal", (mean, std, shape)), out)


def _normal_like(mean: Any, std: Any, generator: Any) -> Any:
    like = mean if isinstance(mean, np.ndarray) else std
    if (np.asarray(std) < 0).any():
        raise RuntimeError(
            "normal expects all elements of std >= 0.0"
            if isinstance(std, np.ndarray)
            else f"normal expects std >= 0.0, but found std {std:g}"
        )
    shape = np.broadcast_shapes(np.shape(mean), np.shape(std))
    draw = _from(generator).normal(shape, like.dtype.name)
    if like.dtype.kind == "V":  # rounded after each of the two
        draw, std, mean = wide((draw * wide(std)).astype(like.dtype)), None, wide(mean)
        return (draw + mean).astype(like.dtype)
    return (draw * std + mean).astype(like.dtype, copy=False)


def _nothing(grad: Any, shape: Any) -> Any:
    return zeros(tuple(shape), grad)


for _name, _tensors, _node in (
    ("normal_of_mean", "mean", 1),
    ("normal_of_std", "std", 2),
    ("normal_of_both", "mean std", 3),
):
    record(
        _name, _normal_like, "mean, std, generator=None", tensors=_tensors.split(), methods=(), node=f"NormalBackward{_node}",
        **({"mean": lambda grad, mean_shape: _nothing(grad, mean_shape)} if "mean" in _tensors else {}),
        **({"std": lambda grad, std_shape: _nothing(grad, std_shape)} if "std" in _tensors else {}),
    )  # fmt: skip


def _bernoulli(self: np.ndarray, p: Any, generator: Any) -> Any:
    chance = self if p is None else np.full(self.shape, p)
    if chance.size and (chance.min() < 0 or chance.max() > 1):
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, "
            "please report an enhancement request to PyTorch.)"
        )
    return _from(generator).bernoulli(chance, self.shape).astype(self.dtype)


record("bernoulli_drawn", _bernoulli, "self, p=None, *, generator=None", methods=(), node="BernoulliBackward0",
       self=lambda grad: zeros(tuple(grad.shape), grad))  # fmt: skip


def _no_derivative(grad: Any) -> Any:
    raise RuntimeError("derivative for aten::bernoulli is not implemented")


record("bernoulli_of_one", _bernoulli, "self, p, *, generator=None", methods=(), node="NotImplemented",
       label="torch::autograd::NotImplemented", self=_no_derivative)  # fmt: skip


def bernoulli(input: Tensor, p: Any = None, *, generator: Any = None, out: Any = None) -> Tensor:
    """Ones with the probabilities given element by element (or all with `p`), else zeros. No gradient goes back through it."""
    op = OPS["bernoulli_drawn" if p is None else "bernoulli_of_one"]
    return function_of(op)(input, p, generator=generator, out=out)  # type: ignore[no-any-return]


Tensor.bernoulli = bernoulli  # type: ignore[attr-defined]


def manual_seed(seed: int) -> random.Generator:
    """Begin the stream of random numbers that belongs to `seed`: PyTorch's own, number for number."""
    return random.manual_seed(seed)
