"""`vmap`: a function of one example, applied to many.

It is called once for each slice of its inputs, and what it answers is stacked: right for whatever the function does,
nested and differentiated in any way, but no quicker than a loop.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import pytree
from ..ops.shape import stack
from ..random import default_generator
from ..tensor import Tensor


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that maps `func` over a dimension of its inputs.

    in_dims, out_dims: which dimension is mapped (None: none), one for all or nested as the inputs and outputs are.
    randomness: "error", "different" numbers for each slice, or the "same". ValueError for dimensions that do not fit.

    >>> torch.vmap(torch.dot)(torch.ones(2, 3), torch.ones(2, 3))
    tensor([3., 3.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")
    name = getattr(func, "__name__", repr(func))

    @functools.wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        leaves, spec, dims = _inputs(name, in_dims, args)
        sizes = [x.size(d) for x, d in zip(leaves, dims) if d is not None]
        if not sizes:
            raise ValueError("vmap: Expected at least one Tensor to vmap over")
        if len(set(sizes)) != 1:
            raise ValueError(
                "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
                f"{sizes} for the mapped dimension"
            )
        slices = [_slices(x, d, sizes[0]) for x, d in zip(leaves, dims)]
        answers = []
        before = default_generator.get_state() if randomness != "different" else None
        for i in range(sizes[0]):
            if randomness == "same":
                default_generator.set_state(before)
            answers.append(func(*pytree.unflatten([s[i] for s in slices], spec), **kwargs))
            if i == 0 and randomness == "error" and not default_generator.get_state().equal(before):  # type: ignore[attr-defined]
                raise RuntimeError(
                    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
                    "randomness flags on vmap or perform the randomness operation out of vmap"
                )
        return _joined(name, out_dims, answers)

    return mapped


def _inputs(name: str, in_dims: Any, args: tuple[Any, ...]) -> tuple[list[Any], pytree.Spec, list[Any]]:
    """The inputs' leaves, their structure, and for each the dimension that is mapped."""
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a (potentially nested) tuple matching the "
            f"structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function with no "
            "inputs. The latter is unsupported."
        )
    head = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): "
    leaves, spec = pytree.flatten(args)
    dims = pytree.spread(in_dims, spec)
    if dims is None:
        raise ValueError(
            f"{head}in_dims is not compatible with the structure of `inputs`. in_dims has structure {pytree.flatten(in_dims)[1]} but "
            f"inputs has structure {spec}."
        )
    for i, (x, d) in enumerate(zip(leaves, dims)):
        if d is None:
            continue
        if not isinstance(d, int):
            raise ValueError(
                f"{head}Got in_dim={d} for an input but in_dim must be either an integer dimension or None."
            )
        if not isinstance(x, Tensor):
            raise ValueError(
                f"{head}Got in_dim={d} for an input but the input is of type {type(x)}. We cannot vmap over non-Tensor arguments, please "
                "use None as the respective in_dim"
            )
        if not -x.dim() <= d < x.dim():
            raise ValueError(
                f"{head}Got in_dim={d} for some input, but that input is a Tensor of dimensionality {x.dim()} so expected in_dim to "
                f"satisfy -{x.dim()} <= in_dim < {x.dim()}."
            )
        dims[i] = d % x.dim()
    return leaves, spec, dims


def _slices(x: Any, d: int | None, size: int) -> Any:
    if d is None:
        return [x] * size
    if x.requires_grad:  # one node for all of them
        return x.unbind(d)
    return [x.select(d, i) for i in range(size)]  # each may be written to


def _joined(name: str, out_dims: Any, answers: list[Any]) -> Any:
    leaves, spec = pytree.flatten(answers[0])
    dims = pytree.spread(out_dims, spec)
    if dims is None and isinstance(out_dims, tuple) and len(out_dims) == 1 and spec.kind is None:
        dims = list(out_dims)
    if dims is None:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of `outputs`. out_dims has "
            f"structure {pytree.flatten(out_dims)[1]} but outputs has structure {spec}."
        )
    columns = [pytree.flatten(answer)[0] for answer in answers]
    out = []
    for k, (first, d) in enumerate(zip(leaves, dims)):
        if not isinstance(first, Tensor):
            if d is None:
                out.append(first)
                continue
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(first)}. Did you mean to set out_dims= to None for "
                "output?"
            )
        if d is None:
            if any(column[k] is not first for column in columns):
                raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
            out.append(first)
            continue
        together = stack([column[k] for column in columns])
        out.append(together.movedim(0, d) if d else together)  # type: ignore[attr-defined]
    return pytree.unflatten(out, spec)


__all__ = ["vmap"]
