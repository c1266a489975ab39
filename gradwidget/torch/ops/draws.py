"""Tensors of random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, random
from ..tensor import Tensor
from .creation import _into, _shape, finish


def _from(generator: Any) -> random.Generator:
    return random.default_generator if generator is None else generator


def _kind(dtype: Any) -> dtypes.dtype:
    return dtype or dtypes.get_default_dtype()


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
    shape, d = _shape(given, size), _kind(dtype)
    a = _from(generator).uniform(shape, d.name).astype(d.np, copy=False)
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
    shape, d = _shape(given, size), _kind(dtype)
    a = _from(generator).normal(shape, d.name).astype(d.np, copy=False)
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
    d = dtype or dtypes.int64
    shape = _shape((tuple(size),), None)
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
    a = _from(generator).permutation(n).astype((dtype or dtypes.int64).np, copy=False)
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
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal numbers; mean and std are numbers (with `size`) or tensors, which give the shape."""
    if isinstance(mean, Tensor) or isinstance(std, Tensor):
        shape = np.broadcast_shapes(*[tuple(x.shape) for x in (mean, std) if isinstance(x, Tensor)])
        like = mean if isinstance(mean, Tensor) else std
        draw = _from(generator).normal(shape, like.dtype.name)
        m, s = [x._a if isinstance(x, Tensor) else x for x in (mean, std)]
        return finish((draw * s + m).astype(like._a.dtype, copy=False), device, requires_grad, "normal", (mean, std))
    shape, d = _shape((tuple(size),), None), _kind(dtype)
    a = _from(generator).normal(shape, d.name, mean, std).astype(d.np, copy=False)
    return _into(finish(a, device, requires_grad, "normal", (mean, std, shape)), out)


def bernoulli(input: Tensor, p: Any = None, *, generator: Any = None, out: Any = None) -> Tensor:
    """Ones with the probabilities given element by element (or all with `p`), else zeros."""
    chance = input._a if p is None else np.full(input._a.shape, p)
    if chance.size and (chance.min() < 0 or chance.max() > 1):
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    a = _from(generator).bernoulli(chance, input._a.shape).astype(input._a.dtype)
    return _into(finish(a, _where(input), False, "bernoulli", (input,)), out)


Tensor.bernoulli = bernoulli  # type: ignore[attr-defined]


def manual_seed(seed: int) -> random.Generator:
    """Begin the stream of random numbers that belongs to `seed`: PyTorch's own, number for number."""
    return random.manual_seed(seed)
