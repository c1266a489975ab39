"""Batch normalisation as layers."""

from __future__ import annotations

from typing import Any

from ...counted import Write
from ...ops.creation import empty, ones, tensor, zeros
from ...parameter import Parameter
from ...tensor import Tensor
from .. import functional as F
from .. import init
from .lazy import LazyModuleMixin, UninitializedBuffer, UninitializedParameter
from .module import Module


class _NormBase(Module):
    """Weights, and running statistics where asked for. weight, bias, running_mean, running_var: (num_features)."""

    _version = 2
    __constants__ = ["track_running_stats", "momentum", "eps", "num_features", "affine"]

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        made = {"device": device, "dtype": dtype}
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.register_parameter("weight", Parameter(empty(num_features, **made)) if affine else None)
        self.register_parameter("bias", Parameter(empty(num_features, **made)) if affine and bias else None)
        if track_running_stats:
            from ... import dtypes

            self.register_buffer("running_mean", zeros(num_features, **made))
            self.register_buffer("running_var", ones(num_features, **made))
            self.register_buffer("num_batches_tracked", tensor(0, dtype=dtypes.long, device=device))
        else:
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                self.register_buffer(name, None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget what was seen."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Scale 1, shift 0, nothing seen."""
        self.reset_running_stats()
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def _check_input_dim(self, input: Tensor) -> None:
        raise NotImplementedError

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: Any, *rest: Any) -> None:
        key = prefix + "num_batches_tracked"
        old = local_metadata.get("version", None) or 0
        if old < 2 and self.track_running_stats and key not in state_dict:  # states from before it was counted
            state_dict[key] = self.num_batches_tracked
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


class _BatchNorm(_NormBase):
    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        share = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            with Write("add_", self.num_batches_tracked, (1,)) as count:
                count += 1
            if self.momentum is None:  # the plain average of all that was seen
                share = 1.0 / float(self.num_batches_tracked)
        means, variances = self.running_mean, self.running_var
        by_batch = self.training or (means is None and variances is None)
        used = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            means if used else None,
            variances if used else None,
            self.weight,
            self.bias,
            by_batch,
            share,
            self.eps,
        )


def _dimensions(*allowed: int) -> Any:
    said = " or ".join(f"{n}D" for n in allowed)

    def check(self: Any, input: Any) -> None:
        if input.dim() not in allowed:
            raise ValueError(f"expected {said} input (got {input.dim()}D input)")

    return check


class BatchNorm1d(_BatchNorm):
    """For (batch, channels) or (batch, channels, length)."""

    _check_input_dim = _dimensions(2, 3)


class BatchNorm2d(_BatchNorm):
    """For (batch, channels, height, width).

    >>> nn.BatchNorm2d(3)(torch.ones(2, 3, 4, 4)).abs().max()
    tensor(0., grad_fn=<MaxBackward1>)
    """

    _check_input_dim = _dimensions(4)


class BatchNorm3d(_BatchNorm):
    """For (batch, channels, depth, height, width)."""

    _check_input_dim = _dimensions(5)


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation over the batches of several processes. There is one process here, so it is the ordinary one."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Any) -> None:
        if input.dim() < 2:
            raise ValueError(f"expected at least 2D input (got {input.dim()}D input)")
        if input.size(1) == 0:
            raise ValueError("SyncBatchNorm number of input channels should be non-zero")

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """The module with every batch normalisation replaced by one of this class that has the same parameters."""
        made = module
        if isinstance(module, _BatchNorm):
            made = cls(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
                process_group,
                bias=module.bias is not None,
            )
            made.weight, made.bias = module.weight, module.bias
            made.running_mean, made.running_var = module.running_mean, module.running_var
            made.num_batches_tracked, made.training = module.num_batches_tracked, module.training
        for name, child in module.named_children():
            made.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return made


class _LazyNormBase(LazyModuleMixin, _NormBase):
    weight: Any
    bias: Any

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        made = {"device": device, "dtype": dtype}
        super().__init__(0, eps, momentum, False, False, **made)
        self.affine, self.track_running_stats = affine, track_running_stats
        if affine:
            self.weight = UninitializedParameter(**made)
            if bias:
                self.bias = UninitializedParameter(**made)
        if track_running_stats:
            from ... import dtypes

            self.running_mean = UninitializedBuffer(**made)
            self.running_var = UninitializedBuffer(**made)
            self.num_batches_tracked = tensor(0, dtype=dtypes.long, device=device)

    def reset_parameters(self) -> None:
        if not self.has_uninitialized_params() and self.num_features:
            super().reset_parameters()

    def initialize_parameters(self, input: Any) -> None:
        """As many features as the first input has channels."""
        if self.has_uninitialized_params():
            self.num_features = input.shape[1]
            for t in (self.weight, self.bias, self.running_mean, self.running_var):
                if t is not None:
                    t.materialize((self.num_features,))
            self.reset_parameters()


class LazyBatchNorm1d(_LazyNormBase, _BatchNorm):
    """BatchNorm1d that learns its number of channels from the first input."""

    cls_to_become = BatchNorm1d
    _check_input_dim = _dimensions(2, 3)


class LazyBatchNorm2d(_LazyNormBase, _BatchNorm):
    """BatchNorm2d that learns its number of channels from the first input."""

    cls_to_become = BatchNorm2d
    _check_input_dim = _dimensions(4)


class LazyBatchNorm3d(_LazyNormBase, _BatchNorm):
    """BatchNorm3d that learns its number of channels from the first input."""

    cls_to_become = BatchNorm3d
    _check_input_dim = _dimensions(5)
