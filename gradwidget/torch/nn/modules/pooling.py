"""Pooling: one number for each window."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .module import Module


class _MaxPoolNd(Module):
    """The greatest value of each window; by default windows lie side by side."""

    dimensions = 2

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Tensor) -> Any:
        sizes = (self.kernel_size, self.stride, self.padding, self.dilation)
        pool = getattr(F, f"max_pool{self.dimensions}d")
        return pool(input, *sizes, self.ceil_mode, self.return_indices)

    def extra_repr(self) -> str:
        names = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


class MaxPool1d(_MaxPoolNd):
    """The greatest value of each window of (..., length)."""

    dimensions = 1


class MaxPool2d(_MaxPoolNd):
    """The greatest value of each window of (..., height, width)."""


class MaxPool3d(_MaxPoolNd):
    """The greatest value of each window of (..., depth, height, width)."""

    dimensions = 3


def _spread(value: Any, n: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * n


class _MaxUnpoolNd(Module):
    dimensions = 2

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        n = self.dimensions
        self.kernel_size = _spread(kernel_size, n)
        self.stride = _spread(kernel_size if stride is None else stride, n)
        self.padding = _spread(padding, n)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        unpool = getattr(F, f"max_unpool{self.dimensions}d")
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpoolNd):
    """The way back from MaxPool1d."""

    dimensions = 1


class MaxUnpool2d(_MaxUnpoolNd):
    """The way back from MaxPool2d."""


class MaxUnpool3d(_MaxUnpoolNd):
    """The way back from MaxPool3d."""

    dimensions = 3


class _AvgPoolNd(Module):
    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPoolNd):
    """The mean of each window of (..., length)."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = _spread(kernel_size, 1)
        self.stride = _spread(kernel_size if stride is None else stride, 1)
        self.padding = _spread(padding, 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        sizes = (self.kernel_size, self.stride, self.padding)
        return F.avg_pool1d(input, *sizes, self.ceil_mode, self.count_include_pad)


class AvgPool2d(_AvgPoolNd):
    """The mean of each window of (..., height, width)."""

    dimensions = 2

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        sizes = (self.kernel_size, self.stride, self.padding)
        pool = getattr(F, f"avg_pool{self.dimensions}d")
        return pool(input, *sizes, self.ceil_mode, self.count_include_pad, self.divisor_override)  # type: ignore[no-any-return]


class AvgPool3d(AvgPool2d):
    """The mean of each window of (..., depth, height, width)."""

    dimensions = 3


class _LPPoolNd(Module):
    dimensions = 2

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        pool = getattr(F, f"lp_pool{self.dimensions}d")
        return pool(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        names = ("norm_type", "kernel_size", "stride", "ceil_mode")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


class LPPool1d(_LPPoolNd):
    """(Σ xᵖ) ** (1 / p) over each window."""

    dimensions = 1


class LPPool2d(_LPPoolNd):
    """(Σ xᵖ) ** (1 / p) over each window."""


class LPPool3d(_LPPoolNd):
    """(Σ xᵖ) ** (1 / p) over each window."""

    dimensions = 3


class _AdaptiveNd(Module):
    function = ""

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Any:
        return getattr(F, self.function)(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveNd):
    """Means of `output_size` windows that cover the input evenly."""

    function = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptiveNd):
    """Means of `output_size` windows that cover the input evenly."""

    function = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptiveNd):
    """Means of `output_size` windows that cover the input evenly."""

    function = "adaptive_avg_pool3d"


class _AdaptiveMaxNd(_AdaptiveNd):
    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        return getattr(F, self.function)(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxNd):
    """The greatest of `output_size` windows that cover the input evenly."""

    function = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_AdaptiveMaxNd):
    """The greatest of `output_size` windows that cover the input evenly."""

    function = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_AdaptiveMaxNd):
    """The greatest of `output_size` windows that cover the input evenly."""

    function = "adaptive_max_pool3d"


class _FractionalMaxPoolNd(Module):
    dimensions = 2

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> None:
        super().__init__()
        n = self.dimensions
        if n == 3 and min(_spread(kernel_size, n)) <= 0:
            raise ValueError(f"kernel_size must be greater than 0, but got {kernel_size}")
        self.kernel_size = _spread(kernel_size, n)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else _spread(output_size, n)
        self.output_ratio = None if output_ratio is None else _spread(output_ratio, n)
        if output_size is None and output_ratio is None:
            raise ValueError(f"FractionalMaxPool{n}d requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < r < 1 for r in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        pool = getattr(F, f"fractional_max_pool{self.dimensions}d")
        return pool(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples
        )


class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """The greatest of windows at places that are drawn (Graham 2014)."""


class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """The greatest of windows at places that are drawn (Graham 2014)."""

    dimensions = 3
