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
    full: list[list[str]] = []
    for own, t in zip(labels, operands):
        missing = t.dim() - (len(own) - 1) if "." in own else 0
        full.append([x for c in own for x in (dots[spread - missing :] if c == "." else [c])])
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
    return _contracted(full, operands, out)


def _contracted(labels: list[list[str]], operands: list[Any], out: list[str]) -> Tensor:
    sizes: dict[str, int] = {}
    ready: list[tuple[list[str], Any]] = []
    for k, (own, t) in enumerate(zip(labels, operands)):
        own, t = _diagonals(list(own), t, k)
        for c, n in zip(own, t.shape):
            if sizes.get(c, 1) == 1:
                sizes[c] = n
            elif n not in (1, sizes[c]):
                name = c if not c.startswith(".") else "..."
                raise RuntimeError(
                    f"einsum(): subscript {name} has size {n} for operand {k} which does not broadcast with previously seen size {sizes[c]}"
                )
        ready.append((own, t))
    own, t = ready[0]
    for k in range(1, len(ready)):
        later = {c for names, _ in ready[k + 1 :] for c in names} | set(out)
        own, t = _pair(own, t, *ready[k], later)
    gone = [d for d, c in enumerate(own) if c not in out]
    if gone:
        t = t.sum(gone)
        own = [c for c in own if c in out]
    order = [own.index(c) for c in out if c in own]
    if order != list(range(len(order))):
        t = t.permute(order)
    for d, c in enumerate(out):
        if c not in own:
            t = t.unsqueeze(d)
    return t  # type: ignore[no-any-return]


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
            t = t.diagonal(0, a, b)
            own = [x for d, x in enumerate(own) if d not in (a, b)] + [c]
    return own, t


def _pair(a: list[str], x: Any, b: list[str], y: Any, later: set[str]) -> tuple[list[str], Any]:
    """Two operands as one: labels that neither the result nor another operand needs are summed."""
    for own, other in ((a, b), (b, a)):
        alone = [d for d, c in enumerate(own) if c not in later and c not in other]
        if alone:
            kept = [c for c in own if c in later or c in other]
            if own is a:
                x, a = x.sum(alone), kept
            else:
                y, b = y.sum(alone), kept
    # a side of size 1 is broadcast rather than summed against the other
    shared = [c for c in a if c in b]
    batch = [c for c in shared if c in later]
    summed = [c for c in shared if c not in later]
    for c in list(summed):
        n, m = x.size(a.index(c)), y.size(b.index(c))
        if n != m:
            wide = max(n, m)
            if n == 1:
                x = x.expand(*[wide if k == c else s for k, s in zip(a, x.shape)])
            else:
                y = y.expand(*[wide if k == c else s for k, s in zip(b, y.shape)])
    only_a, only_b = [c for c in a if c not in b], [c for c in b if c not in a]
    result = batch + only_a + only_b
    if not summed:
        left = x.permute([a.index(c) for c in batch + only_a])
        right = y.permute([b.index(c) for c in batch + only_b])
        left = left.reshape(*left.shape, *(1,) * len(only_b)) if only_b else left
        if only_a:
            n = len(batch)
            right = right.reshape(*right.shape[:n], *(1,) * len(only_a), *right.shape[n:])
        return result, left * right
    wide_batch = [max(x.size(a.index(c)), y.size(b.index(c))) for c in batch]
    left = x.permute([a.index(c) for c in batch + only_a + summed])
    right = y.permute([b.index(c) for c in batch + summed + only_b])
    n = len(batch)
    left = left.expand(*wide_batch, *left.shape[n:]) if wide_batch != list(left.shape[:n]) else left
    right = right.expand(*wide_batch, *right.shape[n:]) if wide_batch != list(right.shape[:n]) else right
    size_a = [x.size(a.index(c)) for c in only_a]
    size_b = [y.size(b.index(c)) for c in only_b]
    rows, columns, inner = _count(size_a), _count(size_b), _count([x.size(a.index(c)) for c in summed])
    many = _count(wide_batch)
    product = function_of(OPS["bmm"])(left.reshape(many, rows, inner), right.reshape(many, inner, columns))
    return result, product.view(*wide_batch, *size_a, *size_b)


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
