"""What every op passes through besides its own kernel: conversion, devices, saved tensors, PyTorch's complaints.

The op functions that `ops.generate` writes do the common case inline and come here for the rest.
"""

from __future__ import annotations

import functools
import math
import numbers
from typing import Any

import numpy as np
from numpy import ndarray

from . import devices, dtypes, errors, geometry
from .graph import FREED_TEXT, LEAF, RELEASED, Edge, Node
from .saved_hooks import Packed
from .sums import over_leading
from .tensor import Tensor, from_array


def admit(r: Any, *inputs: Any) -> ndarray:
    """A kernel's result as an array on the device of its inputs; refuses inputs of two devices.

    Reached only where NumPy answers something other than a plain ndarray: a scalar, or an array of a simulated device.
    """
    for x in inputs:
        if isinstance(x, devices.SimulatedArray):
            break
    else:
        return np.asarray(r)
    where: type[ndarray] | None = None
    zero_dim_cpu = False
    for x in inputs:
        if isinstance(x, ndarray) and type(x) is not where and (x.ndim or where is None or where is ndarray):
            if where is None or zero_dim_cpu:
                where, zero_dim_cpu = type(x), x.ndim == 0 and type(x) is ndarray
            elif type(x) is not ndarray or x.ndim:
                found = sorted((str(_device(where)), str(_device(type(x)))), reverse=True)
                raise RuntimeError(
                    f"Expected all tensors to be on the same device, but found at least two devices, {found[0]} and {found[1]}!"
                )
    if where is None:
        where = ndarray
    if type(r) is where:
        return r
    r = np.asarray(r)
    return r if where is ndarray else r.view(where)


def _device(where: type[ndarray]) -> devices.device:
    return devices.CPU if where is ndarray else where.device  # type: ignore[attr-defined, return-value]


# ---- what comes in


def bad_argument(op: Any, names: tuple[str, ...], values: tuple[Any, ...]) -> Exception:
    """The error for an argument that should have been a tensor."""
    for i, (name, value) in enumerate(zip(names, values)):
        if not isinstance(value, Tensor):
            return errors.not_a_tensor(op.name, "input" if name == "self" else name, i + 1, value)
    raise AssertionError(f"{op.name}: an AttributeError in a kernel")


def common(op: Any, operands: tuple[Any, ...], promote: str) -> list[Any]:
    """Operands of a pointwise op as arrays (numbers stay numbers) of the dtype that promotion gives."""
    dims = zeros = scalars = None
    arrays: list[Any] = []
    for i, x in enumerate(operands):
        if isinstance(x, Tensor):
            a = x._a
            d = dtypes.OF_NUMPY[a.dtype]
            if a.ndim:
                dims = d if dims is None else dtypes.promote_types(dims, d)
            else:
                zeros = d if zeros is None else dtypes.promote_types(zeros, d)
            arrays.append(a)
        elif isinstance(x, (np.generic, numbers.Number)):
            if isinstance(x, np.generic):
                x = x.item()
            d = dtypes.of_scalar(x)
            scalars = d if scalars is None else dtypes.promote_types(scalars, d)
            arrays.append(x)
        else:
            raise errors.not_a_tensor(op.name, ("input", "other")[i] if i < 2 else op.params[i], i + 1, x)
    out = dtypes.result_type_of(dims, zeros, scalars)
    if promote == "float" and out.kind < 2:
        out = dtypes.get_default_dtype()
    into = out.np
    if out is dtypes.bfloat16 or out is dtypes.float16:
        return _halves(op, arrays, into)
    if promote == "weak":  # a number keeps Python's precision, as in comparisons
        exact = into.kind in "iu"  # but an integer wraps around
        return [
            x.astype(into, copy=False) if isinstance(x, ndarray) else number(x, into) if exact and type(x) is int else x
            for x in arrays
        ]
    return [x.astype(into, copy=False) if isinstance(x, ndarray) else number(x, into) for x in arrays]


# where PyTorch keeps float32's precision of a number that those of half precision are multiplied with or divided by
_EXACT = frozenset(["mul", "div", "div_floor", "div_trunc", "floor_divide"])


def _halves(op: Any, operands: list[Any], into: np.dtype[Any]) -> list[Any]:
    """The operands of an op in half precision."""
    found: list[Any] = []
    for i, x in enumerate(operands):
        alone = not isinstance(x, ndarray) or not x.ndim and x.dtype != into and isinstance(operands[0], ndarray)
        if i and alone and op.name in _EXACT:
            x = float(x)
            found.append(np.float32(math.copysign(math.inf, x) if abs(x) > _MOST["f"] else x))
        elif isinstance(x, ndarray):
            found.append(x.astype(into, copy=False))
        else:
            found.append(number(x, into))
    return found


def promoted(a: Any, b: Any) -> dtypes.dtype:
    """The dtype that two operands are brought to."""
    dims = zeros = scalars = None
    for x in (a, b):
        if not isinstance(x, Tensor):
            d = dtypes.of_scalar(x)
            scalars = d if scalars is None else dtypes.promote_types(scalars, d)
        elif x._a.ndim:
            dims = x.dtype if dims is None else dtypes.promote_types(dims, x.dtype)
        else:
            zeros = x.dtype if zeros is None else dtypes.promote_types(zeros, x.dtype)
    return dtypes.result_type_of(dims, zeros, scalars)


def number(x: Any, d: np.dtype[Any]) -> Any:
    """A Python number in an array's dtype, wrapping around where PyTorch does."""
    if d.char in "eE":
        x = float(x)
        return d.type(math.copysign(math.inf, x) if abs(x) >= _INFINITE[d.char] else x)
    try:
        return d.type(x)
    except OverflowError:
        return np.array(int(x) % (1 << 64), np.uint64).astype(d)[()]


def held(x: Any, d: np.dtype[Any]) -> Any:
    """A Python number as an element of a tensor; refused where the dtype cannot hold it."""
    if d.kind == "c" or d.kind == "b":
        return d.type(x)
    if isinstance(x, (complex, np.complexfloating)):
        if x.imag:
            raise _too_much(d)
        x = x.real
    if d.kind in "fV":
        if d.itemsize < 8 and abs(x) > most(d) and math.isfinite(x):
            raise _too_much(d)
    else:
        limits = np.iinfo(d)
        if not (-limits.max if d.kind == "u" and not isinstance(x, float) else limits.min) <= x <= limits.max:
            raise _too_much(d)
    return number(x, d)


_MOST = {"f": float(np.finfo("f4").max), "e": float(np.finfo("f2").max), "E": (2 - 2.0**-7) * 2.0**127}
_INFINITE = {"e": 65520.0, "E": (2 - 2.0**-8) * 2.0**127}  # numbers from here on are rounded to infinity
_SPOKEN = {"int32": "int", "float32": "float", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16"}


def most(d: np.dtype[Any]) -> float:
    """The greatest number of a floating-point dtype of less than 8 bytes."""
    return _MOST[d.char]


def _too_much(d: np.dtype[Any]) -> RuntimeError:
    return RuntimeError(f"value cannot be converted to type {_SPOKEN.get(d.name, d.name + '_t')} without overflow")


_numbers: dict[tuple[Any, float], ndarray] = {}


def number_array(d: np.dtype[Any], x: float) -> ndarray:
    """A float as a 0-dim array of a dtype, remembered: a ufunc takes twice as long on the bare float."""
    found = _numbers.get((d, x))
    if found is None:
        if len(_numbers) >= 4096:
            _numbers.clear()
        found = np.array(x, d)
        found.flags.writeable = False
        if (x != 0 or not np.signbit(x)) and x == x:
            _numbers[d, x] = found
    elif x == 0 and math.copysign(1, x) < 0:  # one key with 0.0
        return np.array(x, d)
    return found


def fits(result: ndarray, operands: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """For each operand what its gradient must be brought back to, (shape, dtype); None where nothing needs it."""
    shape, d = result.shape, result.dtype
    out: list[Any] = []
    needed = False
    for x in operands:
        if isinstance(x, Tensor) and (x._a.shape != shape or (x._a.dtype != d and x._a.dtype.kind in "fcV")):
            out.append((x._a.shape, x._a.dtype))
            needed = True
        else:
            out.append(None)
    return tuple(out) if needed else None


def reduce_to(grad: Any, shape: tuple[int, ...]) -> Any:
    """Sum out the dimensions that broadcasting added or stretched. On arrays and on tensors."""
    have = tuple(grad.shape)
    if have == shape:
        return grad
    lead = len(have) - len(shape)
    dims = tuple(range(lead)) + tuple(i + lead for i, s in enumerate(shape) if s == 1 and have[i + lead] != 1)
    if isinstance(grad, Tensor):
        grad = grad.sum(dims, True) if dims else grad  # type: ignore[attr-defined]
        return grad.reshape(shape) if lead else grad  # type: ignore[attr-defined]
    if dims:
        leading = dims[-1] == len(dims) - 1
        grad = over_leading(grad, len(dims)) if leading else grad.sum(dims)
    return grad.reshape(shape)


def fit(grad: Any, target: tuple[Any, Any] | None) -> Any:
    """A gradient in the shape and dtype of the operand that it belongs to."""
    if target is None or grad is None:
        return grad
    shape, d = target
    if isinstance(grad, Tensor):
        grad = reduce_to(grad, shape)
        return grad if grad._a.dtype == d else grad.to(dtypes.OF_NUMPY[d])
    grad = np.asarray(grad) if not isinstance(grad, ndarray) else grad
    grad = reduce_to(grad, shape)
    if grad.dtype == d:
        return grad
    return (grad.real if grad.dtype.kind == "c" and d.kind == "f" else grad).astype(d)


_KERNELS = {"floor_divide": "div_floor", "bitwise_left_shift": "lshift", "bitwise_right_shift": "rshift"}


def kernel_error(op: Any, operands: tuple[Any, ...], error: Exception) -> Exception:
    """PyTorch's words for what a pointwise kernel refused: an operand that is no tensor, or shapes that do not match."""
    if isinstance(error, TypeError):
        if "ufunc" in str(error):
            kinds = [x.dtype if isinstance(x, Tensor) else dtypes.of_scalar(x) for x in operands]
            name = functools.reduce(dtypes.promote_types, kinds).legacy
            kernel = _KERNELS.get(op.name, op.name.removesuffix("_tensor"))
            return NotImplementedError(f"\"{kernel}_cpu\" not implemented for '{name}'")
        return error
    try:
        geometry.broadcast(*[tuple(x.shape) for x in operands if isinstance(x, (Tensor, ndarray))])
    except RuntimeError as better:
        return better
    return RuntimeError(str(error))


# ---- what was saved


def unpack(t: Any, version: int, node: Node, edge: Any) -> Any:
    """The array of a saved input, unless it was written to, or detached in place, since it was saved."""
    if t is RELEASED:
        raise RuntimeError(FREED_TEXT)
    if not isinstance(t, Tensor):
        return t.tensor(node)._a if type(t) is Packed else t
    if (t._node is None or t._node is LEAF) and edge is not None and edge is not t:
        raise RuntimeError(errors.DETACHED_SAVED)
    v = t._v
    if v is not None and v.version != version:
        raise stale(t, version)
    return t._a


def unpack_graph(t: Any, version: int, node: Node, edge: Any) -> Any:
    """The same, as a tensor with its history."""
    if type(t) is Packed:
        return t.tensor(node)
    unpack(t, version, node, edge)
    return t


def saved_versions(tensors: Any) -> tuple[int, ...]:
    """The versions of a list of tensors, in which there may be gaps."""
    return tuple([t._saved_version() if isinstance(t, Tensor) else 0 for t in tensors])


def unpack_list(tensors: Any, versions: tuple[int, ...]) -> Any:
    """A saved list of tensors, unless one was written to since."""
    if tensors is RELEASED:
        raise RuntimeError(FREED_TEXT)
    for t, version in zip(tensors, versions):
        if isinstance(t, Tensor) and t._v is not None and t._v.version != version:
            raise stale(t, version)
    return tensors


def unpack_output(node: Node, name: str) -> Any:
    """The array of a saved output, unless it was written to since."""
    a = getattr(node, name)
    if a is RELEASED:
        raise RuntimeError(FREED_TEXT)
    if type(a) is Packed:
        return a.tensor(node)._a
    counter, version = getattr(node, "c_" + name), getattr(node, "v_" + name)
    if counter.version != version:
        view = node.through_view and node.through_view()
        op = op_of(node) if view is None else "AsStrided"
        raise errors.modified(
            f"torch.{dtypes.OF_NUMPY[a.dtype].legacy}Tensor", a.shape, op, 0, counter.version, version
        )
    return a


def unpack_output_graph(node: Node, name: str) -> Any:
    packed = getattr(node, name)
    if type(packed) is Packed:
        return packed.tensor(node)
    t = from_array(unpack_output(node, name))
    t._v = getattr(node, "c_" + name)
    nr = node.output_names.index(name) if name in node.output_names else 0
    if nr < node.outputs:  # no gradient comes for the others
        t._node = node if nr == 0 else Edge(node, nr)
    return t


def op_of(node: Node) -> str:
    """A node's name as error texts have it: without Backward and number."""
    return node.name().rstrip("0123456789").removesuffix("Backward")


def stale(t: Tensor, version: int) -> RuntimeError:
    node = t.grad_fn
    maker = op_of(node) if node else None
    if maker == "T" and t._base is None:  # the turned weight of a linear layer, which nobody sees but the graph
        maker = "AsStrided"
    return errors.modified(errors.type_name(t), t.shape, maker, t.output_nr, t._version, version)
