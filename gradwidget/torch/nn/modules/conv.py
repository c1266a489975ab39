"""Convolutions, and the way back of a convolution as a layer."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .. import init
from .lazy import LazyModuleMixin, UninitializedParameter
from .linear import made
from .module import Module
from .utils import _ntuple, _reverse_repeat_tuple

MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    dimensions = 2
    transposed = False
    bias: Any

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        n = self.dimensions
        each = _ntuple(n)
        self.stride = each(stride)
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'same', 'valid'}}")
            if padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in MODES:
            raise ValueError(
                f"padding_mode must be one of {{{', '.join(repr(m) for m in MODES)}}}, but got padding_mode='{padding_mode}'"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.dilation = each(kernel_size), each(dilation)
        self.padding = padding if isinstance(padding, str) else each(padding)
        self.output_padding = each(output_padding)
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = self._frame()
        self.weight: Any = made(*self._weight_shape(), device=device, dtype=dtype)
        self.register_parameter("bias", made(out_channels, device=device, dtype=dtype) if bias else None)
        self.reset_parameters()

    def _weight_shape(self) -> tuple[int, ...]:
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        return first, second // self.groups, *self.kernel_size

    def _frame(self) -> Any:
        """The padding as `F.pad` takes it."""
        if not isinstance(self.padding, str):
            return _reverse_repeat_tuple(self.padding, 2)
        out: list[int] = []
        for k in reversed(range(self.dimensions)):
            total = self.dilation[k] * (self.kernel_size[k] - 1) if self.padding == "same" else 0
            out += [total // 2, total - total // 2]
        return out

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        init.layer_default(self.weight, self.bias)

    def _convolved(self, input: Tensor, weight: Tensor, bias: Any) -> Tensor:
        convolve = getattr(F, f"conv{self.dimensions}d")
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = 0
        return convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)  # type: ignore[no-any-return]

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Any) -> Tensor:
        return self._convolved(input, weight, bias)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        n = self.dimensions
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * n:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * n:
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * n:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        return text if self.padding_mode == "zeros" else f"{text}, padding_mode={self.padding_mode}"


class _Forward(_ConvNd):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )


class Conv1d(_Forward):
    """Convolution over sequences: (batch, channels, length)."""

    dimensions = 1


class Conv2d(_Forward):
    """Convolution over images: (batch, channels, height, width).

    >>> nn.Conv2d(1, 4, 3, padding=1)(torch.ones(2, 1, 8, 8)).shape
    torch.Size([2, 4, 8, 8])
    """


class Conv3d(_Forward):
    """Convolution over volumes: (batch, channels, depth, height, width)."""

    dimensions = 3


class _ConvTransposeNd(_ConvNd):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            _ntuple(self.dimensions)(padding),
            dilation,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _output_padding(self, input: Any, output_size: Any) -> Any:
        """What makes the output of the size asked for."""
        if output_size is None:
            return self.output_padding
        n = self.dimensions
        batched = input.dim() == n + 2
        asked = output_size
        if len(asked) == n + (2 if batched else 1):
            asked = asked[-n:]
        size = list(asked)
        if len(size) != n:
            raise ValueError(
                f"ConvTranspose{n}D: for {input.dim()}D input, output_size must have {n} or {n + (2 if batched else 1)} elements (got {len(size)})"
            )
        least = []
        for k in range(n):
            spread = (input.size(k - n) - 1) * self.stride[k] - 2 * self.padding[k]
            least.append(spread + self.dilation[k] * (self.kernel_size[k] - 1) + 1)
        most = [low + s - 1 for low, s in zip(least, self.stride)]
        if any(not low <= s <= high for low, s, high in zip(least, size, most)):
            raise ValueError(
                f"requested an output size of {asked}, but valid sizes range from {least} to {most} (for an input of {input.size()[-n:]})"
            )
        return tuple(s - low for s, low in zip(size, least))

    def forward(self, input: Any, output_size: Any = None) -> Tensor:
        spread = getattr(F, f"conv_transpose{self.dimensions}d")
        extra = self._output_padding(input, output_size)
        options = (self.stride, self.padding, extra, self.groups, self.dilation)
        return spread(input, self.weight, self.bias, *options)  # type: ignore[no-any-return]


class ConvTranspose1d(_ConvTransposeNd):
    """Each input spreads over a patch of the output: (batch, channels, length)."""

    dimensions = 1


class ConvTranspose2d(_ConvTransposeNd):
    """Each input spreads over a patch of the output: (batch, channels, height, width)."""


class ConvTranspose3d(_ConvTransposeNd):
    """Each input spreads over a patch of the output: (batch, channels, depth, height, width)."""

    dimensions = 3


class _LazyConvNd(LazyModuleMixin):
    """A convolution that learns its number of input channels from the first input."""

    def __init__(self, out_channels: int, kernel_size: Any, *args: Any, **kwargs: Any) -> None:
        made_of = {k: kwargs.get(k) for k in ("device", "dtype")}
        at = 5  # where `bias` stands after the kernel size, in both directions
        wanted = kwargs.pop("bias", True)
        if len(args) > at:
            wanted, args = args[at], (*args[:at], False, *args[at + 1 :])
            super().__init__(0, 0, kernel_size, *args, **kwargs)
        else:
            super().__init__(0, 0, kernel_size, *args, bias=False, **kwargs)
        self.weight = UninitializedParameter(**made_of)
        self.out_channels = out_channels
        if wanted:
            self.bias = UninitializedParameter(**made_of)

    def reset_parameters(self) -> None:
        if not self.has_uninitialized_params() and self.in_channels:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> None:
        """As many channels as the first input has."""
        if not self.has_uninitialized_params():
            return
        n = self.dimensions  # type: ignore[attr-defined]
        if input.dim() not in (n + 1, n + 2):
            raise RuntimeError(
                f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {type(self).__name__}, but got input of size: {input.shape}"
            )
        self.in_channels = input.shape[1] if input.dim() == n + 2 else input.shape[0]
        if self.in_channels % self.groups:  # type: ignore[attr-defined]
            raise ValueError("in_channels must be divisible by groups")
        self.weight.materialize(self._weight_shape())  # type: ignore[attr-defined]
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()


class LazyConv1d(_LazyConvNd, Conv1d):
    """Conv1d that learns its number of input channels from the first input."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyConvNd, Conv2d):
    """Conv2d that learns its number of input channels from the first input."""

    cls_to_become = Conv2d


class LazyConv3d(_LazyConvNd, Conv3d):
    """Conv3d that learns its number of input channels from the first input."""

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvNd, ConvTranspose1d):
    """ConvTranspose1d that learns its number of input channels from the first input."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvNd, ConvTranspose2d):
    """ConvTranspose2d that learns its number of input channels from the first input."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvNd, ConvTranspose3d):
    """ConvTranspose3d that learns its number of input channels from the first input."""

    cls_to_become = ConvTranspose3d
