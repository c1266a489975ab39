"""Devices: the CPU for real, `cuda:N` acted out on the CPU where a lesson asks for it.

The device of a tensor is the *type of its array*: a simulated device has an ndarray subclass of its own, NumPy hands
the subclass on through every operation, and an op that meets two different ones is refused (`dispatch.admit`). So the
ordinary tensor pays nothing for devices.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import hot


class device:
    """Where a tensor lives: `device("cpu")`, `device("cuda", 1)`, `device("cuda:1")`."""

    __module__ = "torch"
    __slots__ = ("type", "index")

    def __init__(self, type: Any, index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        elif isinstance(type, int):
            type, index = "cuda", type
        elif isinstance(type, str):
            given = type
            type, colon, number = given.partition(":")
            if not given:
                raise RuntimeError("Device string must not be empty")
            if not type.isidentifier() or (colon and not (number.isdigit() and str(int(number)) == number)):
                raise RuntimeError(f"Invalid device string: '{given}'")
            index = int(number) if colon else index
        if type not in ("cpu", "cuda"):
            known = (
                "meta",
                "mps",
                "xpu",
                "mkldnn",
                "opengl",
                "opencl",
                "ideep",
                "hip",
                "ve",
                "fpga",
                "maia",
                "xla",
                "lazy",
                "vulkan",
                "ipu",
                "hpu",
                "mtia",
                "privateuseone",
            )
            if type in known:
                raise RuntimeError(
                    f"gradwidget.torch has no {type} device: it has cpu, and a simulated cuda. Real PyTorch has more."
                )
            raise RuntimeError(
                f"Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone device type at start of device string: {type}"
            )
        self.type: str = type
        self.index = index

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return (
            f"device(type={self.type!r})" if self.index is None else f"device(type={self.type!r}, index={self.index})"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __enter__(self) -> device:
        """Inside `with torch.device(...)` new tensors are made there."""
        _defaults.append(self)
        _settle()
        return self

    def __exit__(self, *error: object) -> None:
        _defaults.pop()
        _settle()

    def __reduce__(self) -> tuple[Any, ...]:
        return made, (self.type, self.index)


def made(type: str, index: int | None) -> device:
    """What unpickling calls."""
    return device(type, index)


CPU = device("cpu")
_defaults: list[device | None] = [None]  # the one that is set for good, and those of the contexts that are open


def default() -> device | None:
    """Where new tensors are made; None where nobody said."""
    return _defaults[-1]


def set_default(where: device | None) -> None:
    """Make new tensors there from now on."""
    _defaults[-1] = where
    _settle()


def _settle() -> None:
    hot.DEVICE = None if _defaults[-1] is None or _defaults[-1].type == "cpu" else _defaults[-1]


class SimulatedArray(np.ndarray):
    """An array on a simulated device; the concrete classes, one per device, carry which."""

    device: device


_classes: dict[int, type[SimulatedArray]] = {}
_simulated = 0  # how many simulated cuda devices there are


def simulate(count: int = 1) -> None:
    """Act out `count` CUDA devices on the CPU (0 takes them away). Copies to and from them are real copies.

    >>> torch.cuda.simulate(1)
    >>> torch.ones(2).cuda().device
    device(type='cuda', index=0)
    """
    global _simulated
    _simulated = count


def count() -> int:
    return _simulated


def array_class(where: device) -> type[np.ndarray]:
    """The array type that stands for a device; raises as PyTorch does where there is no such device."""
    if where.type == "cpu":
        return np.ndarray
    if not _simulated:
        raise AssertionError(
            "Torch not compiled with CUDA enabled (gradwidget can act a device out: torch.cuda.simulate())"
        )
    index = where.index or 0
    if index >= _simulated:
        raise RuntimeError("CUDA error: invalid device ordinal")
    found = _classes.get(index)
    if found is None:
        found = type(f"SimulatedCuda{index}", (SimulatedArray,), {"device": device("cuda", index)})
        _classes[index] = found
    return found


def of_array(a: np.ndarray) -> device:
    return CPU if type(a) is np.ndarray else a.device  # type: ignore[attr-defined, return-value]
