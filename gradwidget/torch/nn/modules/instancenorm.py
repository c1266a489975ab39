"""Instance normalisation as layers."""

from __future__ import annotations

import warnings
from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .batchnorm import _dimensions, _LazyNormBase, _NormBase


class _InstanceNorm(_NormBase):
    unbatched = 0  # how many dimensions one example alone has

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _normalised(self, input: Any) -> Tensor:
        return F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum if self.momentum is not None else 0.0,
            self.eps,
        )

    def forward(self, input: Any) -> Tensor:
        self._check_input_dim(input)
        at = input.dim() - self.unbatched
        if input.size(at) != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={at} to match num_features ({self.num_features}), but got: {input.size(at)}."
                )
            warnings.warn(
                f"input's size at dim={at} does not match num_features. "
                "You can silence this warning by not passing in num_features, "
                "which is not used because affine=False",
                stacklevel=2,
            )
        if input.dim() == self.unbatched:
            return self._normalised(input.unsqueeze(0)).squeeze(0)  # type: ignore[attr-defined, no-any-return]
        return self._normalised(input)


class InstanceNorm1d(_InstanceNorm):
    """For (batch, channels, length), or without a batch."""

    unbatched = 2
    _check_input_dim = _dimensions(2, 3)


class InstanceNorm2d(_InstanceNorm):
    """For (batch, channels, height, width), or without a batch."""

    unbatched = 3
    _check_input_dim = _dimensions(3, 4)


class InstanceNorm3d(_InstanceNorm):
    """For (batch, channels, depth, height, width), or without a batch."""

    unbatched = 4
    _check_input_dim = _dimensions(4, 5)


class LazyInstanceNorm1d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm1d that learns its number of channels from the first input."""

    cls_to_become = InstanceNorm1d
    unbatched = 2
    _check_input_dim = _dimensions(2, 3)


class LazyInstanceNorm2d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm2d that learns its number of channels from the first input."""

    cls_to_become = InstanceNorm2d
    unbatched = 3
    _check_input_dim = _dimensions(3, 4)


class LazyInstanceNorm3d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm3d that learns its number of channels from the first input."""

    cls_to_become = InstanceNorm3d
    unbatched = 4
    _check_input_dim = _dimensions(4, 5)
