"""Einstein's summation: operands are contracted pairwise, from the left, each pair as one batched product of matrices."""

from __future__ import annotations

import string
from typing import Any

from ..tensor import Tensor
from .matrix import unsafe_view
from .registry import OPS, function_of, public

LETTERS = string.ascii_uppercase + string.ascii_lowercase


def _parsed(term: str, where: str) -> list[str]:
    """The labels of one term; "." stands for its ellipsis."""
    out: list[str] = []
    k = 0
    while k < len(term):
        c = term[k]
        if c == " ":
            k += 1
        elif c == ".":
            if "." in out:
                raise RuntimeError(f"einsum(): found '.' for {where} for which an ellipsis was already found")
            if term[k : k + 3] != "...":
                raise RuntimeError(f"einsum(): found '.' for {where} that is not part of any ellipsis")
            out.append(".")
            k += 3
        elif c in LETTERS:
            out.append(c)
            k += 1
        else:
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {k} in the equation string, subscripts must be in [a-zA-Z]"
            )
    return out


def _from_lists(args: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """`einsum(a, [0, 1], b, [1, 2], [0, 2])` as an equation."""

    def text(labels: Any) -> str:
        out = []
        for s in labels:
            if s is Ellipsis:
                out.append("...")
            elif 0 <= s < 52:
                out.append(LETTERS[s])
            else:
                raise ValueError(f"einsum(): subscript {s} is not within the valid range [0, 52)")
        return "".join(out)

    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list"
        )
    equation = ",".join(text(labels) for labels in args[1::2])
    operands = list(args[:-1:2]) if len(args) % 2 else list(args[::2])
    if len(args) % 2:
        equation = ",".join(text(labels) for labels in args[1:-1:2]) + "->" + text(args[-1])
    return equation, operands


@public(method=False)
def einsum(*args: Any) -> Tensor:
    """Sums of products over the labels that the result does not have.

    >>> torch.einsum("ij,jk->ik", a, b)  # a @ b
    """
    if isinstance(args[0], str):
        equation, operands = args[0], list(args[1:])
        if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
            operands = list(operands[0])
    else:
        equation, operands = _from_lists(args)
    if not operands:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list"
        )
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        few = "fewer" if len(terms) > len(operands) else "more"
        raise RuntimeError(f"einsum(): {few} operands were provided than specified in the equation")
    labels = [_parsed(term, f"operand {k}") for k, term in enumerate(terms)]
    spread = 0
    for k, (own, t) in enumerate(zip(labels, operands)):
        named = len(own) - ("." in own)
        if "." in own:
            if named > t.dim():
                raise RuntimeError(
                    f"einsum(): the number of subscripts in the equation ({named}) is more than the number of dimensions ({t.dim()}) for operand {k}"
                )
            spread = max(spread, t.dim() - named)
        elif named != t.dim():
            more = (
                "is more than the number of dimensions"
                if named > t.dim()
                else "does not match the number of dimensions"
            )
            tail = "" if named > t.dim() else " and no ellipsis was given"
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) {more} ({t.dim()}) for operand {k}{tail}"
            )
    dots = [f".{k}" for k in range(spread)]
    full: list[list[str]] = [[x for c in own for x in (dots if c == "." else [c])] for own in labels]
    if arrow:
        wanted = _parsed(right, "output")
        out = [x for c in wanted for x in (dots if c == "." else [c])]
        seen = {c for own in full for c in own}
        for k, c in enumerate(out):
            if c in out[:k]:
                raise RuntimeError(f"einsum(): output subscript {c} appears more than once in the output")
            if c not in seen:
                raise RuntimeError(
                    f"einsum(): output subscript {c} does not appear in the equation for any input operand"
                )
    else:
        flat = [c for own in full for c in own if not c.startswith(".")]
        out = dots + sorted(c for c in set(flat) if flat.count(c) == 1)
    return _contracted(labels, operands, dots, out)


def _contracted(labels: list[list[str]], operands: list[Any], dots: list[str], out: list[str]) -> Tensor:
    """Every operand with all labels for dimensions, those of the result first; then the first two are multiplied, and what no
    other operand has is summed, until one is left: as in PyTorch, and as its graph shows."""
    used = dict.fromkeys(c for own in labels for c in own if c != ".")
    order = [*out, *(c for c in dots if c not in out), *sorted(c for c in used if c not in out)]
    sizes: dict[str, int] = {}
    ready = [_arranged(own, t, k, dots, order, sizes) for k, (own, t) in enumerate(zip(labels, operands))]
    summed = range(len(out), len(order))
    counts = [sum(t.size(d) != 1 for t in ready) for d in range(len(order))]
    while len(ready) > 1:
        x, y, *ready = ready
        alone: tuple[list[int], list[int]] = ([], [])
        together = []
        for d in summed:
            wide = x.size(d) != 1, y.size(d) != 1
            if all(wide):
                counts[d] -= 1
                if counts[d] == 1:
                    together.append(d)
                    counts[d] = 0
            elif any(wide) and counts[d] == 1:
                alone[wide[1]].append(d)
                counts[d] = 0
        x, y = (t.sum(own, True) if own else t for t, own in zip((x, y), alone))
        ready.insert(0, _product(x, y, together) if together else x * y)
    (t,) = ready
    if not summed:
        return t  # type: ignore[no-any-return]
    return t.view(t.shape[: len(out)]) if len(operands) > 1 else t.sum(list(summed))  # type: ignore[no-any-return]


def _arranged(own: list[str], t: Any, k: int, dots: list[str], order: list[str], sizes: dict[str, int]) -> Any:
    """An operand with its dimensions in order, of size 1 where it lacks a label."""
    if "." in own:
        at = own.index(".")
        for _ in range(len(dots) - (t.dim() - len(own) + 1)):
            t = t.unsqueeze(at)
        own = [*own[:at], *dots, *own[at + 1 :]]
    own, t = _diagonals(list(own), t, k)
    for c, n in zip(own, t.shape):
        if sizes.get(c, 1) == 1:
            sizes[c] = n
        elif n not in (1, sizes[c]):
            name = c if not c.startswith(".") else "..."
            raise RuntimeError(
                f"einsum(): subscript {name} has size {n} for operand {k} which does not broadcast with previously seen size {sizes[c]}"
            )
    for c in order:
        if c not in own:
            t = t.unsqueeze(-1)
            own.append(c)
    return t.permute([own.index(c) for c in order])


def _diagonals(own: list[str], t: Any, k: int) -> tuple[list[str], Any]:
    """A label that an operand has twice means its diagonal."""
    for c in dict.fromkeys(own):
        while own.count(c) > 1:
            a = own.index(c)
            b = own.index(c, a + 1)
            if t.size(a) != t.size(b):
                raise RuntimeError(
                    f"einsum(): subscript {c} is repeated for operand {k} but the sizes don't match, {t.size(b)} != {t.size(a)}"
                )
            t = t.diagonal(0, a, b).movedim(-1, a)
            del own[b]
    return own, t


def _product(x: Any, y: Any, summed: list[int]) -> Any:
    """The product of two operands, summed over the dimensions (each of size 1 then), as a product of batches of matrices."""
    shared: list[int] = []
    rows: list[int] = []
    columns: list[int] = []
    for d in range(x.dim()):
        if d not in summed:
            wide = x.size(d) != 1, y.size(d) != 1
            (shared if all(wide) else rows if wide[0] else columns).append(d)
    many, high, inner, across = (
        _count([t.size(d) for d in dims]) for t, dims in ((x, shared), (x, rows), (x, summed), (y, columns))
    )
    left = x.permute(shared + rows + summed + columns).reshape(many, high, inner)
    right = y.permute(shared + summed + columns + rows).reshape(many, inner, across)
    order = shared + rows + summed + columns
    sizes = [x.size(d) for d in shared + rows] + [1] * len(summed) + [y.size(d) for d in columns]
    product = function_of(OPS["bmm"])(left, right).view(sizes)
    return product.permute([order.index(d) for d in range(x.dim())])


def _count(sizes: Any) -> int:
    total = 1
    for n in sizes:
        total *= n
    return total


@public(method=False)
def tensordot(a: Any, b: Any, dims: Any = 2, out: Any = None) -> Tensor:
    """Sums over pairs of dimensions: the last `dims` of a with the first of b, or two lists of them."""
    if not isinstance(dims, (tuple, list, Tensor, int, dict)):
        raise RuntimeError(
            f"tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing two lists, but got dims={dims}"
        )
    if isinstance(dims, Tensor):
        dims = dims.tolist() if dims.numel() > 1 else int(dims.item())  # type: ignore[attr-defined]
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.dim(), b.dim()):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims_a, dims_b = list(range(a.dim() - dims, a.dim())), list(range(dims))
    else:
        dims_a, dims_b = ([d] if isinstance(d, int) else list(d) for d in dims)
    if len(dims_a) != len(dims_b):
        raise RuntimeError("both dimension lists should have same length")
    for p, q in zip(dims_a, dims_b):
        if a.size(p) != b.size(q) and 1 not in (a.size(p), b.size(q)):
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.size(p)} in dim {p} and second has size {b.size(q)} in dim {q}"
            )
    dims_a, dims_b = [d % max(a.dim(), 1) for d in dims_a], [d % max(b.dim(), 1) for d in dims_b]
    for p, q in zip(dims_a, dims_b):
        if a.size(p) != b.size(q):
            if a.size(p) == 1:
                b = b.sum(q, keepdim=True)
            else:
                a = a.sum(p, keepdim=True)
    free_a, free_b = [d for d in range(a.dim()) if d not in dims_a], [d for d in range(b.dim()) if d not in dims_b]
    inner = _count([a.size(d) for d in dims_a])
    left = a.permute(free_a + dims_a).reshape(_count([a.size(d) for d in free_a]), inner)
    right = b.permute(dims_b + free_b).reshape(inner, _count([b.size(d) for d in free_b]))
    made = (
        left.mm(right).view(*[a.size(d) for d in free_a], *[b.size(d) for d in free_b])
        if free_a or free_b
        else left.mm(right).view([])
    )
    return made if out is None else out.copy_(made)  # type: ignore[no-any-return]


@public()
def kron(input: Any, other: Any) -> Tensor:
    """Each element of one times the whole of the other."""
    n = max(input.dim(), other.dim())
    a, b = ((1,) * (n - t.dim()) + tuple(t.shape) for t in (input, other))
    left = unsafe_view(input, tuple([s for k in a for s in (k, 1)]))
    right = unsafe_view(other, tuple([s for k in b for s in (1, k)]))
    return unsafe_view(left * right, tuple([p * q for p, q in zip(a, b)]))  # type: ignore[operator]


@public()
def inner(input: Any, other: Any) -> Tensor:
    """Sums over the last dimensions of both."""
    if not input.dim() or not other.dim():
        return input * other  # type: ignore[no-any-return]
    if input.size(-1) != other.size(-1):
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(input.shape)} and {list(other.shape)}"
        )
    return tensordot(input, other, [[-1], [-1]])


@public(method=False)
def chain_matmul(*matrices: Any) -> Tensor:
    """`linalg.multi_dot` under its older name."""
    from .linalg.functions import multi_dot
    from .linalg.older import warn_of

    warn_of("chain_matmul")
    return matrices[0] if len(matrices) == 1 else multi_dot(list(matrices))  # type: ignore[no-any-return]
