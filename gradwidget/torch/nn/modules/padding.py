"""Frames around tensors."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .module import Module


class _PadNd(Module):
    mode = "constant"
    dimensions = 1

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * (2 * self.dimensions)

    def _check_input_dim(self, input: Any) -> None:
        """Circular padding looks at its input's dimensions first."""

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadNd(_PadNd):
    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPadNd(_ConstantPadNd):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _CircularPadNd(_PadNd):
    mode = "circular"

    def _check_input_dim(self, input: Any) -> None:
        n = self.dimensions
        if input.dim() not in (n + 1, n + 2):
            raise ValueError(f"expected {n + 1}D or {n + 2}D input (got {input.dim()}D input)")


def _layer(base: type[_PadNd], name: str, n: int, doc: str) -> Any:
    return type(name, (base,), {"dimensions": n, "__doc__": doc, "__module__": __name__, "__qualname__": name})


ConstantPad1d, ConstantPad2d, ConstantPad3d = (
    _layer(_ConstantPadNd, f"ConstantPad{n}d", n, f"One value around {n} dimensions.") for n in (1, 2, 3)
)
ZeroPad1d, ZeroPad2d, ZeroPad3d = (
    _layer(_ZeroPadNd, f"ZeroPad{n}d", n, f"Zeros around {n} dimensions.") for n in (1, 2, 3)
)
CircularPad1d, CircularPad2d, CircularPad3d = (
    _layer(_CircularPadNd, f"CircularPad{n}d", n, f"{n} dimensions wrapped around.") for n in (1, 2, 3)
)


class _ReflectionPadNd(_PadNd):
    mode = "reflect"


class _ReplicationPadNd(_PadNd):
    mode = "replicate"


ReflectionPad1d, ReflectionPad2d, ReflectionPad3d = (
    _layer(_ReflectionPadNd, f"ReflectionPad{n}d", n, f"{n} dimensions mirrored at their ends.") for n in (1, 2, 3)
)
ReplicationPad1d, ReplicationPad2d, ReplicationPad3d = (
    _layer(_ReplicationPadNd, f"ReplicationPad{n}d", n, f"The ends of {n} dimensions repeated.") for n in (1, 2, 3)
)
