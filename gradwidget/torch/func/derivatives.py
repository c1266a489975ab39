"""Derivatives of functions as functions: grad, vjp, jvp, Jacobians, Hessians; they may be nested, and mapped by vmap."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import autograd, geometry, pytree, walk
from ..grad_mode import enable_grad, is_grad_enabled
from ..graph import LEAF
from ..ops.creation import zeros, zeros_like
from ..ops.shape import stack
from ..tensor import Tensor, from_array

Function = Callable[..., Any]


# ---- a level of differentiation


def _enter(leaves: list[Any]) -> list[Tensor]:
    """The inputs of one level: leaves of it alone, or where an outer level (or the caller) follows them, views."""
    for t in leaves:
        if not isinstance(t, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(t)}")
    return [
        t.view_as(t) if t.requires_grad and t._a.dtype.kind in "fcV" else _alone(t)  # type: ignore[attr-defined]
        for t in leaves
    ]


def _alone(t: Tensor) -> Tensor:
    t = t.detach()
    return t.requires_grad_() if t._a.dtype.kind in "fcV" else t


def _leave(results: list[Any], inputs: list[Tensor], recording: bool) -> list[Any]:
    """Results without the history of this level: with one only where it also leads elsewhere."""
    own = {t for t in inputs if t._node is LEAF}
    return [_outer(r, own, recording) if isinstance(r, Tensor) else r for r in results]


def _outer(r: Tensor, own: set[Tensor], recording: bool) -> Tensor:
    edge = r._edge()
    if edge is None:
        return r
    if not recording:
        return r.detach()
    place = r if edge is LEAF else edge
    return r if any(leaf not in own for leaf in walk.leaves([(place, None, r)])) else r.detach()


def _grads(outputs: list[Tensor], inputs: list[Tensor], v: list[Any] | None = None) -> list[Tensor]:
    """The gradients, zeros where nothing leads."""
    wanted = [t for t in inputs if t.requires_grad]
    chosen = [i for i, o in enumerate(outputs) if o.requires_grad]
    found: Any = (None,) * len(wanted)
    if chosen and wanted:
        given = None if v is None else tuple([v[i] for i in chosen])
        found = autograd.grad(
            [outputs[i] for i in chosen], wanted, given, retain_graph=True, create_graph=True, allow_unused=True
        )
    by_input = dict(zip(map(id, wanted), found))
    return [zeros_like(t) if by_input.get(id(t)) is None else by_input[id(t)] for t in inputs]


# ---- one number


def grad(func: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """A function that answers the gradient of `func` (one number) by the arguments `argnums`.

    Arguments may be nested in tuples, lists and dictionaries. has_aux: `func` answers (number, anything else), and the
    result is (gradient, anything else).

    >>> torch.func.grad(torch.sin)(torch.tensor(0.0))
    tensor(1.)
    """

    @functools.wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        found = grad_and_value(func, argnums, has_aux)(*args, **kwargs)
        return (found[0], found[1][1]) if has_aux else found[0]

    return gradient


def grad_and_value(func: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """As `grad`, answering (gradient, value); with `has_aux` (gradient, (value, anything else))."""

    @functools.wraps(func)
    def both(*args: Any, **kwargs: Any) -> Any:
        recording = is_grad_enabled()
        with enable_grad():
            chosen = _chosen(args, argnums)
            leaves, spec = pytree.flatten(chosen)
            inputs = _enter(leaves)
            output = func(*_replaced(args, argnums, pytree.unflatten(inputs, spec)), **kwargs)
            aux = None
            if has_aux:
                if not (isinstance(output, tuple) and len(output) == 2):
                    raise RuntimeError(
                        "grad_and_value(f)(*args): output of function f should be a tuple: (output, aux) if has_aux is True"
                    )
                output, aux = output
            _check_number(output)
            found = _leave(_grads([output], inputs), inputs, recording)
            (value,) = _leave([output], inputs, recording)
            if has_aux:
                others, other_spec = pytree.flatten(aux)
                value = value, pytree.unflatten(_leave(others, inputs, recording), other_spec)
        return pytree.unflatten(found, spec), value

    return both


def _check_number(output: Any) -> None:
    head = "grad_and_value(f)(*args): Expected f(*args) to return a "
    if not isinstance(output, Tensor):
        raise RuntimeError(f"{head}Tensor, got {type(output)}")
    if output.dim():
        raise RuntimeError(
            f"{head}scalar Tensor, got tensor with {output.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
        )


def _places(args: tuple[Any, ...], argnums: Any) -> list[int]:
    places = []
    for n in argnums if isinstance(argnums, tuple) else (argnums,):
        if not isinstance(n, int):
            raise RuntimeError(f"argnum must be int or tuple of ints, got {type(n)}")
        if not -len(args) <= n < len(args):
            raise RuntimeError(f"Got argnum={n}, but only {len(args)} positional inputs")
        places.append(n % len(args))
    return places


def _chosen(args: tuple[Any, ...], argnums: Any) -> Any:
    picked = tuple([args[i] for i in _places(args, argnums)])
    return picked if isinstance(argnums, tuple) else picked[0]


def _replaced(args: tuple[Any, ...], argnums: Any, by: Any) -> list[Any]:
    out = list(args)
    for i, x in zip(_places(args, argnums), by if isinstance(argnums, tuple) else (by,)):
        out[i] = x
    return out


# ---- products with vectors


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """func(*primals), and a function that answers, for a vector shaped as the outputs, the gradients of the inputs."""
    recording = is_grad_enabled()
    with enable_grad():
        leaves, spec = pytree.flatten(primals)
        inputs = _enter(leaves)
        output = func(*pytree.unflatten(inputs, spec))
        aux = None
        if has_aux:
            if not (isinstance(output, tuple) and len(output) == 2):
                raise RuntimeError(
                    "vjp(f, *primals): output of function f should be a tuple: (output, aux) if has_aux is True"
                )
            output, aux = output
        outs, out_spec = pytree.flatten(output)
        for o in outs:
            if not isinstance(o, Tensor):
                raise RuntimeError(
                    f"vjp(f, *primals): expected f(*primals) to return only tensors, got unsupported type {type(o)}"
                )

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        v, v_spec = pytree.flatten(cotangents)
        if v_spec != out_spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. cotangents: "
                f"{_shown(v_spec)}, primal output: {_shown(out_spec)}"
            )
        keep = is_grad_enabled() if create_graph is None else create_graph
        with enable_grad():
            found = _leave(_grads(outs, inputs, v), inputs, keep)
        return pytree.unflatten(found, spec)

    value = pytree.unflatten(_leave(outs, inputs, recording), out_spec)
    return (value, pull, aux) if has_aux else (value, pull)


def _shown(spec: pytree.Spec) -> str:
    return "*" if spec.kind is None else f"({', '.join(_shown(c) for c in spec.children)})"


def jvp(func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """func(*primals), and its derivative along `tangents` (structured as the primals)."""
    if not isinstance(primals, tuple):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    leaves, spec = pytree.flatten(primals)
    along, along_spec = pytree.flatten(tangents)
    if along_spec != spec:
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure. For example, if primals is a tuple "
            f"of 3 tensors, tangents also must be. Got primals with structure {spec} and tangents with structure {along_spec}"
        )
    recording = is_grad_enabled()
    with enable_grad():
        inputs = _enter(leaves)
        for t, v in zip(inputs, along):
            if v._a.shape != t._a.shape:
                raise RuntimeError(
                    "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. "
                    f"Tensor is of size {list(t.shape)} while the given forward gradient is of size {list(v.shape)}."
                )
        output = func(*pytree.unflatten(inputs, spec))
        aux = None
        if has_aux:
            output, aux = output
        outs, out_spec = pytree.flatten(output)
        along_outs = _push(outs, inputs, along)
        found = _leave(along_outs, inputs, recording)
        values = _leave(outs, inputs, recording)
    result = pytree.unflatten(values, out_spec), pytree.unflatten(found, out_spec)
    return (*result, aux) if has_aux else result


def _push(outs: list[Any], inputs: list[Tensor], along: list[Any]) -> list[Any]:
    """The outputs' tangents: a vjp is linear in its vector, and the gradient of that linear map is the jvp."""
    u = [zeros_like(o).requires_grad_() for o in outs]
    back = _grads(outs, inputs, u)
    return _grads(back, u, along)


def linearize(func: Function, *primals: Any) -> tuple[Any, Function]:
    """func(*primals), and the function that answers its derivative along tangents, at this point."""
    with enable_grad():
        leaves, spec = pytree.flatten(primals)
        inputs = _enter(leaves)
        outs, out_spec = pytree.flatten(func(*pytree.unflatten(inputs, spec)))
        u = [zeros_like(o).requires_grad_() for o in outs]
        back = _grads(outs, inputs, u)

    def push(*tangents: Any) -> Any:
        along, along_spec = pytree.flatten(tangents)
        if along_spec != spec:
            raise RuntimeError(f"Expected the tangents {along_spec} to have the same argspec as the primals {spec}")
        with enable_grad():
            return pytree.unflatten(_leave(_grads(back, u, along), [*inputs, *u], False), out_spec)

    return pytree.unflatten(_leave(outs, inputs, False), out_spec), push


# ---- matrices


def jacrev(
    func: Function,
    argnums: Any = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Function:
    """A function that answers the derivative of each element of the output by each element of the arguments `argnums`.

    Shape: (*output shape, *input shape); nested as the outputs and, within, as the inputs.
    """

    @functools.wraps(func)
    def jacobian(*args: Any) -> Any:
        recording = is_grad_enabled()
        with enable_grad():
            leaves, spec = pytree.flatten(_chosen(args, argnums))
            inputs = _enter(leaves)
            output = func(*_replaced(args, argnums, pytree.unflatten(inputs, spec)))
            aux = None
            if has_aux:
                if not (isinstance(output, tuple) and len(output) == 2):
                    raise RuntimeError(
                        "vjp(f, *primals): output of function f should be a tuple: (output, aux) if has_aux is True"
                    )
                output, aux = output
            outs, out_spec = pytree.flatten(output)
            for o in outs:
                if not isinstance(o, Tensor):
                    raise RuntimeError(
                        f"vjp(f, *primals): expected f(*primals) to return only tensors, got unsupported type {type(o)}"
                    )
            rows = [pytree.unflatten(_leave(_matrix(o, inputs), inputs, recording), spec) for o in outs]
            if has_aux:
                others, other_spec = pytree.flatten(aux)
                aux = pytree.unflatten(_leave(others, inputs, recording), other_spec)
        found = pytree.unflatten(rows, out_spec)
        return (found, aux) if has_aux else found

    return jacobian


def _matrix(output: Tensor, inputs: list[Tensor]) -> list[Tensor]:
    columns: list[list[Tensor]] = [[] for _ in inputs]
    for i in range(geometry.numel(output._a.shape)):
        v = from_array(_one_hot(output, i))
        for column, g in zip(columns, _grads([output], inputs, [v])):
            column.append(g)
    shape = tuple(output.shape)
    return [
        stack(column).view(*shape, *t.shape) if column else zeros(*shape, *t.shape, dtype=t.dtype)  # type: ignore[attr-defined]
        for column, t in zip(columns, inputs)
    ]


def _one_hot(output: Tensor, i: int) -> Any:
    import numpy as np

    v = np.zeros(output._a.size, output._a.dtype)
    v[i] = 1
    return v.reshape(output._a.shape)


def jacfwd(func: Function, argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error") -> Function:
    """As `jacrev`, with the same result; PyTorch computes it the other way round, by columns."""
    return jacrev(func, argnums, has_aux=has_aux)


def hessian(func: Function, argnums: Any = 0) -> Function:
    """A function that answers the second derivatives of `func`."""
    return jacfwd(jacrev(func, argnums), argnums)
