"""Filling parameters before training: `torch.nn.init`, with PyTorch's numbers under the same seed."""

from __future__ import annotations

import math
import warnings
from typing import Any

from ..grad_mode import no_grad
from ..tensor import Tensor

PLAIN = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid")


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much a nonlinearity shrinks what passes through, so by how much the weights before it should be larger.

    param: the negative slope, for "leaky_relu". Raises ValueError for an unknown name.
    """
    if nonlinearity in PLAIN:
        return 1
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    gains = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return gains[nonlinearity]


def fans(tensor: Tensor) -> tuple[int, int]:
    """How many inputs each output of a weight sees, and how many outputs each input reaches."""
    if tensor.dim() < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    shape = tensor._a.shape
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


_calculate_fan_in_and_fan_out = fans


def _fan(tensor: Tensor, mode: str) -> int:
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return fans(tensor)[mode == "fan_out"]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform numbers between a and b."""
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)  # type: ignore[attr-defined]


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Normal numbers."""
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)  # type: ignore[attr-defined]


def constant_(tensor: Tensor, val: float) -> Tensor:
    """The same number everywhere."""
    with no_grad():
        return tensor.fill_(val)  # type: ignore[attr-defined]


def ones_(tensor: Tensor) -> Tensor:
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    with no_grad():
        return tensor.zero_()  # type: ignore[attr-defined]


def eye_(tensor: Tensor) -> Tensor:
    """The identity, as far as a matrix that need not be square can be it."""
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    from ..ops.creation import eye

    with no_grad():
        return tensor.copy_(eye(*tensor._a.shape))  # type: ignore[attr-defined]


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Glorot's: a variance that suits both directions. Needs two dimensions or more."""
    std = gain * math.sqrt(2.0 / float(sum(fans(tensor))))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Glorot's, drawn from a normal distribution."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / float(sum(fans(tensor)))), generator)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """He's: a variance that survives the nonlinearity. a: the negative slope of a leaky one."""
    if 0 in tensor._a.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    std = calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """He's, drawn from a normal distribution."""
    if 0 in tensor._a.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)), generator)


def layer_default(weight: Tensor, bias: Tensor | None) -> None:
    """What linear and convolutional layers begin with: both within 1 / sqrt(inputs)."""
    kaiming_uniform_(weight, a=math.sqrt(5))
    if bias is not None:
        fan_in = fans(weight)[0]
        bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
        uniform_(bias, -bound, bound)


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Tensor:
    """Normal numbers between a and b, by the inverse of the distribution function."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=2,
        )

    def below(x: float) -> float:
        return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0

    t: Any = tensor
    with no_grad():
        if below((b - mean) / std) - below((a - mean) / std) > 0.3:
            _redrawn(t, mean, std, a, b, generator)
        else:
            _accepted(t, mean, std, a, b, generator)
    return tensor


def _redrawn(t: Any, mean: float, std: float, a: float, b: float, generator: Any) -> None:
    """Draw until all are inside: quick where most of the distribution is."""
    kind = t._a.dtype.type
    low, high = float(kind(a)), float(kind(b))
    values = t.normal_(mean, std, generator=generator)
    while True:
        outside = (values < low) | (values > high)
        if not outside.any():
            break
        values = _where(outside, t.new_empty(t.shape).normal_(mean, std, generator=generator), values)
    if values is not t:
        t.copy_(values)


def _accepted(t: Any, mean: float, std: float, a: float, b: float, generator: Any) -> None:
    """Uniform candidates, each taken with the probability that the density gives it: for far tails."""
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    candidates, chances = t.new_empty(t.shape), t.new_empty(t.shape)
    candidates.copy_(t.uniform_(a, b, generator=generator))

    def refused() -> Any:
        candidates.sub_(mean).div_(std).pow_(2).mul_(-0.5).sub_(peak)
        return chances.uniform_(generator=generator).log_().gt(candidates)

    pending, values = refused(), t
    while pending.any():
        candidates.uniform_(a, b, generator=generator)
        values = _where(pending, candidates, values)
        pending = pending & refused()
    if values is not t:
        t.copy_(values)


def _where(condition: Any, a: Any, b: Any) -> Any:
    from ..ops.pointwise import where_

    return where_(condition, a, b)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Orthonormal rows (or columns, of which there are fewer): Q of normal numbers' QR (Saxe et al. 2013)."""
    if tensor.dim() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    t: Any = tensor
    if t.numel() == 0:
        return tensor
    from .. import linalg

    rows = t.size(0)
    columns = t.numel() // rows
    with no_grad():
        flat = t.new_empty((rows, columns)).normal_(0, 1, generator=generator)
        q, r = linalg.qr(flat.t() if rows < columns else flat)
        q = q * r.diagonal().sign()
        made = q.t() if rows < columns else q
        t.view_as(made).copy_(made)
        t.mul_(gain)
    return tensor


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A convolution that hands its input through."""
    if tensor.dim() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    t: Any = tensor
    sizes = t.size()
    if sizes[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    per_group = sizes[0] // groups
    with no_grad():
        t.zero_()
        for g in range(groups):
            for d in range(min(per_group, sizes[1])):
                middle = (g * per_group + d, d, *(n // 2 for n in sizes[2:]))
                t[middle] = 1
    return tensor


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Normal numbers, a share of each column being 0 (Martens 2010)."""
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    from ..ops.draws import randperm

    t: Any = tensor
    rows, columns = t.shape
    zeros = math.ceil(sparsity * rows)
    with no_grad():
        t.normal_(0, std, generator=generator)
        for column in range(columns):
            t[randperm(rows)[:zeros], column] = 0  # type: ignore[index]
    return tensor


def _older(name: str) -> Any:
    """A function under its name without the underscore, with PyTorch's warning."""
    new = globals()[name + "_"]

    def old(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`.", FutureWarning, stacklevel=2)
        return new(*args, **kwargs)

    old.__name__ = name
    old.__doc__ = f"`{name}_` under its older name."
    return old


uniform, normal, constant, eye, dirac = (_older(n) for n in ("uniform", "normal", "constant", "eye", "dirac"))
xavier_uniform, xavier_normal = _older("xavier_uniform"), _older("xavier_normal")
kaiming_uniform, kaiming_normal = _older("kaiming_uniform"), _older("kaiming_normal")
orthogonal, sparse = _older("orthogonal"), _older("sparse")
