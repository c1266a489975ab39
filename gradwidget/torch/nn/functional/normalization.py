"""What is brought to a scale."""

from __future__ import annotations

import math
from typing import Any

from ...ops import normalization as ops
from ...ops import row_normalization as row_ops
from ...tensor import Tensor


def _several_values(size: Any, spatial: bool = False) -> None:
    """One value has no variance."""
    several = 1
    for n in size[2:] if spatial else (size[0], *size[2:]):
        several *= n
    if several == 1:
        what = "spatial element" if spatial else "value per channel"
        raise ValueError(f"Expected more than 1 {what} when training, got input size {size}")


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of (batch, channels, ...) normalised over the rest (training), or by its running statistics."""
    if training:
        _several_values(input.size())
        if eps <= 0.0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    elif eps < 0.0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    return ops.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, True)  # type: ignore[no-any-return]


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of each example of (batch, channels, ...) normalised on its own."""
    if use_input_stats:
        _several_values(input.size(), spatial=True)
    return ops.instance_norm(  # type: ignore[no-any-return]
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, True
    )


def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """The last dimensions, of the given shape, normalised together."""
    return row_ops.layer_norm(input, normalized_shape, weight, bias, eps)  # type: ignore[no-any-return]


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """The channels in groups, each group of each example normalised together."""
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    size = input.size()
    if size[0] * size[1] // num_groups * math.prod(size[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {list(size)}")
    return row_ops.group_norm(input, num_groups, weight, bias, eps)  # type: ignore[no-any-return]


def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Tensor:
    """The last dimensions divided by the root of their mean square."""
    return row_ops.rms_norm(input, normalized_shape, weight, eps)  # type: ignore[no-any-return]


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Divided by (k + alpha · the mean square of `size` neighbouring channels) ** beta (Krizhevsky et al. 2012)."""
    from . import avg_pool2d, avg_pool3d, pad

    dim = input.dim()
    if dim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality                          input (got {dim} dimensions)")
    if input.numel() == 0:
        return input  # type: ignore[no-any-return]
    squares = input.mul(input)
    before, after = size // 2, (size - 1) // 2
    if dim == 3:
        mean = avg_pool2d(pad(squares.unsqueeze(1), (0, 0, before, after)), (size, 1), stride=1).squeeze(1)
    else:
        shape = input.size()
        planes = squares.view(shape[0], 1, shape[1], shape[2], -1)
        mean = avg_pool3d(pad(planes, (0, 0, 0, 0, before, after)), (size, 1, 1), stride=1).squeeze(1).view(shape)
    return input / mean.mul(alpha).add(k).pow(beta)  # type: ignore[no-any-return]


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None) -> Tensor:
    """Divided by its norm along `dim`, or by `eps` where that is smaller."""
    from ...ops.pointwise import div

    if out is None:
        return input / input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)  # type: ignore[no-any-return]
    return div(input, input.norm(p, dim, keepdim=True).clamp_min_(eps).expand_as(input), out=out)  # type: ignore[no-any-return]
