"""Tensors from nothing, from Python values, from NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import devices, dtypes, geometry, hot, watch
from ..dispatch import held
from ..graph import LEAF
from ..storage import TypedStorage
from ..tensor import Size, Tensor, from_array, new
from .operands import no_overload
from .quiet import quiet
from .views import sizes


def finish(
    a: np.ndarray, device: Any = None, requires_grad: bool = False, name: str = "", args: tuple[Any, ...] = ()
) -> Tensor:
    """A new leaf on `a`, which nobody else holds, moved to its device."""
    if hot.DEVICE is not None and device is None and name != "Tensor" and not name.endswith("_like"):
        device = hot.DEVICE
    if device is not None:
        where = devices.array_class(devices.device(device))
        if type(a) is not where:
            a = a.view(where)
    if not a.size:  # NumPy gives an empty array strides of 0
        a = np.ndarray.__new__(
            type(a),
            a.shape,
            a.dtype,
            np.empty(0, a.dtype),
            0,
            tuple(s * a.itemsize for s in geometry.contiguous(a.shape)),
        )
    t = new(Tensor)
    t._a = a
    t._v = None if hot.FRESH is None else hot.FRESH()
    t._node = None
    if requires_grad:
        if a.dtype.kind not in "fcV":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        t._node = LEAF
    if watch.listener is not None:
        watch.listener.op(name, t, args, {})
    return t


def _dtype(d: Any, name: str) -> np.dtype[Any]:
    return (dtypes.get_default_dtype() if d is None else dtypes.meant(d, name)).np


def _shape(given: tuple[Any, ...], size: Any, name: str = "") -> tuple[int, ...]:
    shape = sizes(given if size is None else (size,), name)
    for s in shape:
        if s < 0:
            raise RuntimeError(
                "zeros: Dimension size must be non-negative."
                if name == "zeros"
                else f"Trying to create tensor with negative dimension {s}: {list(shape)}"
            )
    return shape


def zeros(
    *given: Any,
    size: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros of a shape, given as `zeros(2, 3)` or `zeros((2, 3))`."""
    shape = _shape(given, size, "zeros")
    return _into(finish(np.zeros(shape, _dtype(dtype, "zeros")), device, requires_grad, "zeros", (shape,)), out)


def ones(
    *given: Any,
    size: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Ones of a shape."""
    shape = _shape(given, size, "ones")
    return _into(finish(np.ones(shape, _dtype(dtype, "ones")), device, requires_grad, "ones", (shape,)), out)


def empty(
    *given: Any,
    size: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """A tensor whose values mean nothing yet."""
    shape = _shape(given, size, "empty")
    a = np.empty(shape, _dtype(dtype, "empty"))
    if memory_format is not None:
        from .convert import laid_out

        a = laid_out(a, memory_format)
    return _into(finish(a, device, requires_grad, "empty", (shape,)), out)


def full(
    size: Any,
    fill_value: Any,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """One value everywhere; its kind decides the dtype."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    if not isinstance(value, (bool, int, float, complex, np.generic)):
        raise TypeError(f"full(): argument 'fill_value' (position 2) must be Number, not {type(value).__name__}")
    d = dtypes.of_scalar(value) if dtype is None else dtypes.meant(dtype, "full")
    shape = _shape((size,), None, "full") if not isinstance(size, int) else (size,)
    return _into(finish(np.full(shape, held(value, d.np), d.np), device, requires_grad, "full", (shape, value)), out)


def _into(t: Tensor, out: Any) -> Tensor:
    from .inplace import into

    return t if out is None else into(lambda: t, out)


def _like(name: str, make: Any) -> Any:
    def like(
        input: Tensor,
        *,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        memory_format: Any = None,
        **more: Any,
    ) -> Tensor:
        d = (input.dtype if dtype is None else dtypes.meant(dtype, name)).np
        a = np.empty_like(input._a, d, subok=True)
        if memory_format is not None:
            from .convert import laid_out

            a = laid_out(a, memory_format)
        make(a, **more)
        return finish(a, device, requires_grad, name, (input,))

    like.__name__ = name
    like.__doc__ = f"`{name[: -len('_like')]}` in the shape, dtype and device of another tensor."
    return like


zeros_like = _like("zeros_like", lambda a: a.fill(0))
ones_like = _like("ones_like", lambda a: a.fill(1))
empty_like = _like("empty_like", lambda a: None)


def full_like(input: Tensor, fill_value: Any, **options: Any) -> Tensor:
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    return _like("full_like", lambda a: a.fill(held(value, a.dtype)))(input, **options)


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new leaf with a copy of `data`: a number, (nested) sequences of numbers or tensors, an ndarray, a tensor.

    >>> torch.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
    if isinstance(data, Tensor):
        import warnings

        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            stacklevel=2,
        )
        if device is None and not data.is_cpu:
            device = data.device
    a = _copied(data, None if dtype is None else dtypes.meant(dtype, "tensor"))
    return finish(a, device, requires_grad, "tensor")


@quiet
def _copied(data: Any, dtype: Any) -> np.ndarray:
    if isinstance(data, Tensor):
        return np.array(data._a, dtype.np if dtype else data._a.dtype, order="C")
    if isinstance(data, (np.ndarray, np.generic)):
        return np.array(data, dtype.np if dtype else dtypes.of_numpy(data.dtype).np, order="C")
    if isinstance(data, (bool, int, float, complex)):
        return np.array(data, dtype.np if dtype else dtypes.of_scalar(data).np)
    if isinstance(data, (list, tuple)) and data and isinstance(data[0], np.ndarray) and data[0].ndim:
        global _warned_of_arrays
        if not _warned_of_arrays:  # once, as PyTorch does
            import warnings

            _warned_of_arrays = True
            warnings.warn(
                "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a "
                "single numpy.ndarray with numpy.array() before converting to a tensor.",
                stacklevel=3,
            )
        first = data[0]
        if all(type(x) is np.ndarray and x.shape == first.shape and x.dtype == first.dtype for x in data):
            return np.array(data, dtype.np if dtype else dtypes.of_numpy(first.dtype).np, order="C")
    return _from_sequence(data, dtype)


_warned_of_arrays = False


def _from_sequence(data: Any, dtype: Any) -> np.ndarray:
    shape: list[int] = []
    inner = data
    while (
        isinstance(inner, (Sequence, range))
        and not isinstance(inner, (str, bytes))
        or isinstance(inner, np.ndarray)
        and inner.ndim
    ):
        shape.append(len(inner))
        if not len(inner):
            break
        inner = inner[0]
    if not shape:
        if data is None:
            raise RuntimeError("Could not infer dtype of NoneType")
        if isinstance(data, str):
            raise TypeError("new(): invalid data type 'str'")
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    flat: list[Any] = []
    _flatten(data, shape, 0, flat)
    if dtype is None:
        d = None
        for x in flat:
            if isinstance(x, Tensor):
                own = x.dtype
            else:
                own = dtypes.OF_NUMPY.get(x.dtype) if isinstance(x, np.generic) else dtypes.of_scalar(x)
                own = dtypes.of_numpy(x.dtype) if own is None else own
            d = own if d is None or d is own else dtypes.promote_types(d, own)
        dtype = d or dtypes.get_default_dtype()
    values = [x.item() if isinstance(x, Tensor) else x for x in flat]
    if dtype.kind <= 1 and any(isinstance(x, float) for x in values):
        values = [int(x) if dtype.kind else bool(x) for x in values]
    try:
        return np.array(values, dtype.np).reshape(shape)
    except OverflowError:
        raise RuntimeError("value cannot be converted to type " + dtype.name + " without overflow") from None


def _flatten(data: Any, shape: list[int], depth: int, flat: list[Any]) -> None:
    if depth == len(shape):
        if isinstance(data, Tensor) and data._a.size == 1:
            flat.append(data)
            return
        if isinstance(data, (Sequence, range)) and not isinstance(data, (str, bytes)):
            raise ValueError(
                "only one element tensors can be converted to Python scalars"
                if isinstance(data, Tensor)
                else f"too many dimensions '{type(data).__name__}'"
            )
        if isinstance(data, str):
            raise ValueError("too many dimensions 'str'")
        if isinstance(data, (Tensor, np.ndarray)) and getattr(data, "ndim", 0):
            raise ValueError("only one element tensors can be converted to Python scalars")
        if not isinstance(data, (bool, int, float, complex, np.generic, Tensor, np.ndarray)):
            raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
        flat.append(data.item() if isinstance(data, np.ndarray) else data)
        return
    if not hasattr(data, "__len__"):
        raise TypeError(f"expected sequence of length {shape[depth]} at dim {depth} (got {type(data).__name__})")
    if len(data) != shape[depth]:
        raise ValueError(f"expected sequence of length {shape[depth]} at dim {depth} (got {len(data)})")
    if isinstance(data, Tensor) and data.ndim == len(shape) - depth:
        flat.extend(data._a.reshape(-1))
        return
    for x in data:
        _flatten(x, shape, depth + 1, flat)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """As `tensor`, but without a copy where none is needed."""
    dtype = None if dtype is None else dtypes.meant(dtype, "as_tensor")
    if isinstance(data, Tensor):
        return (
            data
            if (dtype is None or dtype is data.dtype) and device is None
            else data.to(device or data.device, dtype or data.dtype)
        )  # type: ignore[attr-defined]
    if isinstance(data, np.ndarray) and (dtype is None or dtype.np == data.dtype) and device is None:
        return from_numpy(data)
    return tensor(data, dtype=dtype, device=device)


def from_numpy(a: np.ndarray) -> Tensor:
    """A tensor on the memory of an ndarray."""
    if not isinstance(a, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(a).__name__})")
    dtypes.of_numpy(a.dtype)
    if any(s < 0 for s in a.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. "
            "(You can probably work around this by making a copy of your array  with array.copy().) "
        )
    if not a.flags.writeable:
        import warnings

        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to this tensor "
            "will result in undefined behavior. You may want to copy the array to protect its data or make it writable before converting "
            "it to a tensor. This type of warning will be suppressed for the rest of this program.",
            stacklevel=2,
        )
        a = a.copy()
    # through a buffer, so that the tensor's storage begins where this array does
    own = np.asarray(memoryview(a)) if a.size and a.dtype != np.float16 else a
    t = from_array(own)
    if watch.listener is not None:
        watch.listener.op("from_numpy", t, (), {})
    return t


def arange(
    *bounds: Any,
    start: Any = None,
    end: Any = None,
    step: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """`start` (0), `start + step` (1), ... up to and without `end`."""
    given = [b.item() if isinstance(b, Tensor) else b for b in bounds]
    if end is None:
        if len(given) == 1:
            end = given[0]
        else:
            start, end, *rest = given
            step = rest[0] if rest else step
    elif given:
        start = given[0]
    start = 0 if start is None else start
    step = 1 if step is None else step
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(x, (int, np.integer)) and not isinstance(x, bool) for x in (start, end, step))
    if dtype is not None or out is not None:
        d = out.dtype if dtype is None else dtypes.meant(dtype, "arange")
    else:
        d = dtypes.int64 if whole else dtypes.get_default_dtype()
    if d is dtypes.int64 and not whole and not int(step):
        raise ValueError("step must be nonzero")
    if d is dtypes.int64 and not whole:  # of whole numbers from the start
        start, end, step, whole = int(start), int(end), int(step), True
    count = math.ceil((end - start) / step) if not whole else -(-(end - start) // step)
    if not whole and d.kind == 1:
        a = (int(start) + np.arange(count) * int(step)).astype(d.np)
    elif whole or d.kind != 2 or (float(start).is_integer() and float(step).is_integer()):
        a = (start + np.arange(count) * step if not whole else np.arange(start, end, step)).astype(d.np)
    else:
        a = _stepwise(float(start), float(step), count, d.np)
    return _into(finish(a, device, requires_grad, "arange", (start, end, step)), out)


def _stepwise(start: float, step: float, count: int, d: np.dtype[Any]) -> np.ndarray:
    """start + i step. PyTorch counts in blocks of 32 bytes, from the block's first number as the dtype holds it; what does not
    fill two blocks it counts from the start."""
    size = 8 if d.itemsize < 8 else 4
    wide = np.float64 if d.itemsize < 8 else np.longdouble  # where product and sum are not rounded
    i = np.arange(count)
    block = i // size * size
    block[count - count % (2 * size) :] = i[count - count % (2 * size) :]
    first = (wide(start) + wide(step) * block).astype(d)
    return (first.astype(wide) + (i - block) * wide(step)).astype(d)


def evenly(start: float, end: float, steps: int, d: np.dtype[Any]) -> np.ndarray:
    """From both ends towards the middle by a step of the dtype, each place rounded once, as PyTorch counts."""
    low, high = d.type(start), d.type(end)
    step, i = (high - low) / d.type(steps - 1), np.arange(steps)
    wide = np.float64 if d.itemsize < 8 else np.longdouble  # where product and sum are not rounded
    forth, back = wide(low) + wide(step) * i, wide(high) - wide(step) * (steps - 1 - i)
    return np.where(i < steps // 2, forth, back).astype(d)


def _ends(name: str, start: Any, end: Any, steps: Any) -> tuple[float, float]:
    """The first and the last value, numbers or tensors of one element."""
    if not hasattr(steps, "__index__"):
        raise no_overload(name, start, end, steps)
    given = [(side, x) for side, x in (("start", start), ("end", end)) if isinstance(x, Tensor)]
    if any(x.dim() for _, x in given):
        found = " and ".join(f"{side} with {x.dim()} dimension(s)" for side, x in given)
        raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got {found}.")
    return float(start), float(end)


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` values evenly from `start` to `end`, both included."""
    start, end = _ends("linspace", start, end, steps)
    d = _dtype(dtype, "linspace")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if steps <= 1 or d.kind not in "fV":
        a = np.linspace(start, end, steps).astype(d)
    else:
        a = evenly(start, end, steps, d)
    return _into(finish(a, device, requires_grad, "linspace", (start, end, steps)), out)


def logspace(
    start: float,
    end: float,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    start, end = _ends("logspace", start, end, steps)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    return finish(
        np.logspace(start, end, steps, base=base).astype(_dtype(dtype, "logspace")),
        device,
        requires_grad,
        "logspace",
        (start, end, steps),
    )


def eye(
    n: int,
    m: int | None = None,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Ones on the diagonal."""
    for name, value in (("n", n), ("m", m)):
        if value is not None and value < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {value}")
    return _into(finish(np.eye(n, m, dtype=_dtype(dtype, "eye")), device, requires_grad, "eye", (n, m)), out)


def scalar_tensor(
    s: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor without dimensions."""
    return finish(np.array(s, _dtype(dtype, "scalar_tensor")), device, requires_grad, "scalar_tensor", (s,))


def legacy_tensor(*args: Any, dtype: dtypes.dtype | None = None, device: Any = None) -> Tensor:
    """`torch.Tensor(2, 3)` (values mean nothing), `torch.Tensor([1, 2])` (default dtype), `torch.Tensor(t)` (an alias)."""
    d = dtype or dtypes.get_default_dtype()
    if not args:
        return finish(np.empty(0, d.np), device, False, "Tensor")
    (first, *rest) = args
    if isinstance(first, TypedStorage):  # a tensor on that very memory
        if first._element != d.np:
            raise RuntimeError(
                f"Expected a Storage of type {d} or an UntypedStorage, but got type {dtypes.OF_NUMPY[first._element]}"
            )
        t = from_array(first._flat())
        t._version_counter().version = 1  # PyTorch seats an empty tensor on the storage, which is a write
        return t
    if isinstance(first, Tensor) and not rest:
        if first.dtype is not d:
            raise TypeError(f"expected {'torch.' + d.legacy + 'Tensor'} (got torch.{first.dtype.legacy}Tensor)")
        return first.detach() if first._node is None else first.view_as(first).detach()  # type: ignore[attr-defined]
    if isinstance(first, (int, np.integer)) and not isinstance(first, bool) or isinstance(first, Size):
        shape = sizes(tuple(args))
        return finish(np.empty(shape, d.np), device, False, "Tensor", (shape,))
    if rest:
        raise TypeError(f"new(): invalid combination of arguments - got ({', '.join(type(x).__name__ for x in args)})")
    if isinstance(first, float):
        raise TypeError("new(): data must be a sequence (got float)")
    return finish(_copied(list(first) if isinstance(first, (set, frozenset)) else first, d), device, False, "Tensor")


# ---- made in the image of a tensor


def _new(make: Any) -> Any:
    def method(
        self: Tensor, *given: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **more: Any
    ) -> Tensor:
        where = device if device is not None else (None if self.is_cpu else self.device)
        return make(*given, dtype=dtype or self.dtype, device=where, requires_grad=requires_grad, **more)

    return method


Tensor.new_zeros = _new(zeros)  # type: ignore[attr-defined]
Tensor.new_ones = _new(ones)  # type: ignore[attr-defined]
Tensor.new_empty = _new(empty)  # type: ignore[attr-defined]
Tensor.new_full = _new(full)  # type: ignore[attr-defined]
Tensor.new_tensor = _new(tensor)  # type: ignore[attr-defined]
