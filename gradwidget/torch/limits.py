"""`torch.finfo` and `torch.iinfo`: what a dtype can hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes


class finfo:
    """The limits of a floating-point dtype (of a complex dtype: of its parts).

    >>> torch.finfo(torch.float32).eps
    1.1920928955078125e-07
    """

    def __init__(self, type: Any = None) -> None:
        d = dtypes.get_default_dtype() if type is None else type
        if not isinstance(d, dtypes.dtype) or not (d.is_floating_point or d.is_complex):
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        if d is dtypes.bfloat16:  # float32 with 7 bits behind the point
            self.bits, self.eps, self.resolution, self.dtype = 16, 2.0**-7, 0.01, "bfloat16"
            self.max, self.tiny = (2 - 2.0**-7) * 2.0**127, 2.0**-126
            self.min, self.smallest_normal = -self.max, self.tiny
            return
        found = np.finfo(d.np)
        self.bits = found.bits
        self.eps, self.max, self.min = float(found.eps), float(found.max), float(found.min)
        self.tiny = self.smallest_normal = float(found.tiny)
        self.resolution = float(f"1e-{found.precision}")
        self.dtype = found.dtype.name

    def __repr__(self) -> str:
        shown = [
            f"{name}={getattr(self, name):.6g}"
            for name in ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        ]
        return f"finfo({', '.join(shown)}, dtype={self.dtype})"


class iinfo:
    """The limits of an integer dtype.

    >>> torch.iinfo(torch.int8).max
    127
    """

    def __init__(self, type: Any) -> None:
        if not isinstance(type, dtypes.dtype) or type.is_floating_point or type.is_complex:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        if type.name == "bool":
            raise RuntimeError("\"iinfo\" not implemented for 'Bool'")
        found = np.iinfo(type.np)
        self.bits, self.max, self.min, self.dtype = found.bits, int(found.max), int(found.min), type.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:.6g}, max={self.max:.6g}, dtype={self.dtype})"
