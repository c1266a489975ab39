"""Stride arithmetic: what a view's shape and strides are, as pure functions on tuples. Strides count elements."""

from __future__ import annotations

from collections.abc import Sequence

Ints = tuple[int, ...]


def numel(shape: Sequence[int]) -> int:
    n = 1
    for s in shape:
        n *= s
    return n


def contiguous(shape: Sequence[int]) -> Ints:
    """Row-major strides. A dimension of size 0 counts as 1, as it does in PyTorch."""
    out = []
    step = 1
    for s in reversed(shape):
        out.append(step)
        step *= s if s > 1 else 1
    return tuple(reversed(out))


def is_contiguous(shape: Sequence[int], stride: Sequence[int]) -> bool:
    step = 1
    for s, t in zip(reversed(shape), reversed(stride)):
        if s != 1:
            if s == 0:
                return True
            if t != step:
                return False
            step *= s
    return True


def overlaps(shape: Sequence[int], stride: Sequence[int]) -> bool:
    """Whether two indices of this window surely lead to one element (an expanded dimension)."""
    return any(s > 1 and t == 0 for s, t in zip(shape, stride))


def is_dense(shape: Sequence[int], stride: Sequence[int], unit: int = 1) -> bool:
    """Whether each place of one stretch of memory is used exactly once, whatever the order of the dimensions."""
    for step, size in sorted(zip(stride, shape)):
        if size != 1:
            if step != unit:
                return False
            unit *= size
    return True


def wrap(dim: int, ndim: int) -> int:
    """A dimension number counted from the front; a 0-dim tensor is treated as if it had one."""
    n = ndim or 1
    if not -n <= dim < n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
    return dim + n if dim < 0 else dim


def wrap_all(dims: Sequence[int] | int | None, ndim: int) -> Ints:
    """Dimension numbers from the front; None or () means all of them."""
    if dims is None:
        return tuple(range(ndim))
    if isinstance(dims, int):
        return (wrap(dims, ndim),)
    out = tuple(wrap(d, ndim) for d in dims)
    if len(set(out)) < len(out):
        twice = next(d for d in out if out.count(d) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return out or tuple(range(ndim))


def infer(shape: Sequence[int], count: int) -> Ints:
    """Fill in the one -1 of a requested shape for `count` elements."""
    out = list(shape)
    missing = None
    known = 1
    for i, s in enumerate(out):
        if s == -1:
            if missing is not None:
                raise RuntimeError("only one dimension can be inferred")
            missing = i
        elif s < 0:
            raise RuntimeError(f"invalid shape dimension {s} at index {i} of shape {out}")
        else:
            known *= s
    if missing is not None:
        if known == 0 and count == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {out} because the unspecified dimension size -1 can be any value and is ambiguous"
            )
        if known == 0 or count % known:
            raise RuntimeError(f"shape '{out}' is invalid for input of size {count}")
        out[missing] = count // known
    elif known != count:
        raise RuntimeError(f"shape '{out}' is invalid for input of size {count}")
    return tuple(out)


def view(shape: Ints, stride: Ints, new: Ints) -> Ints | None:
    """Strides that show the same elements in the same order under a new shape, or None where no strides can.

    Old dimensions fall into runs that lie evenly in memory; each run must be cut into whole new dimensions.
    """
    if numel(shape) == 0:
        return stride if shape == new else contiguous(new)
    if not shape:
        return (1,) * len(new)
    out = [0] * len(new)
    j = len(new) - 1
    run_stride = stride[-1]
    run = filled = 1
    for i in range(len(shape) - 1, -1, -1):
        run *= shape[i]
        if i == 0 or (shape[i - 1] != 1 and stride[i - 1] != run * run_stride):
            while j >= 0 and (filled < run or new[j] == 1):
                out[j] = filled * run_stride
                filled *= new[j]
                j -= 1
            if filled != run:
                return None
            if i > 0:
                run_stride = stride[i - 1]
                run = filled = 1
    return tuple(out) if j == -1 else None


def expand(shape: Ints, stride: Ints, new: Sequence[int], legacy: str = "Float") -> tuple[Ints, Ints]:
    """Shape and strides after `expand(new)`; -1 keeps a size."""
    if len(new) < len(shape):
        raise RuntimeError(
            f"expand({_tensor(shape, legacy)}, size={list(new)}): the number of sizes provided ({len(new)}) must be greater or "
            f"equal to the number of dimensions in the tensor ({len(shape)})"
        )
    out_shape, out_stride = list(new), [0] * len(new)
    lead = len(new) - len(shape)
    for i in range(len(new) - 1, -1, -1):
        d = i - lead
        if d < 0:
            if new[i] < 0:
                raise RuntimeError(
                    f"The expanded size of the tensor ({new[i]}) isn't allowed in a leading, non-existing dimension {i}"
                )
            # a new leading dimension takes the stride that a dimension of size 1 would have
            out_stride[i] = 0 if new[i] != 1 else (out_shape[i + 1] * out_stride[i + 1] if i + 1 < len(new) else 1)
            continue
        want = shape[d] if new[i] == -1 else new[i]
        out_shape[i] = want
        out_stride[i] = stride[d]
        if want != shape[d]:
            if shape[d] != 1:
                raise RuntimeError(
                    f"The expanded size of the tensor ({want}) must match the existing size ({shape[d]}) at non-singleton "
                    f"dimension {i}.  Target sizes: {list(new)}.  Tensor sizes: {list(shape)}"
                )
            out_stride[i] = 0
    return tuple(out_shape), tuple(out_stride)


_OLD = frozenset(["Byte", "Char", "Short", "Int", "Long", "Half", "Float", "Double"])


def type_text(legacy: str) -> str:
    """What error texts call the tensors of a dtype on the CPU: those that came later have no `torch.FloatTensor`.

    >>> type_text("Float"), type_text("Bool")
    ('torch.FloatTensor', 'CPUBoolType')
    """
    return f"torch.{legacy}Tensor" if legacy in _OLD else f"CPU{legacy}Type"


def _tensor(shape: Ints, legacy: str) -> str:
    return f"{type_text(legacy)}{{{list(shape)}}}"


def broadcast(*shapes: Ints) -> Ints:
    """The common shape, or PyTorch's error naming the first two that disagree."""
    out: list[int] = []
    for shape in shapes:
        if len(shape) > len(out):
            out = [1] * (len(shape) - len(out)) + out
        lead = len(out) - len(shape)
        for i in range(len(shape) - 1, -1, -1):
            a, b = out[lead + i], shape[i]
            if a == 1:
                out[lead + i] = b
            elif b != 1 and a != b:
                raise RuntimeError(
                    f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension {lead + i}"
                )
    return tuple(out)
