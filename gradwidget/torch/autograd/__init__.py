"""`torch.autograd`: backward, grad, and what belongs to them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes, engine, errors, watch
from .. import graph as _graph
from ..grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from ..graph import LEAF, GradientEdge
from ..tensor import Tensor, from_array
from . import anomaly_mode, function, graph
from .anomaly_mode import detect_anomaly, set_detect_anomaly
from .function import Function
from .variable import Variable

__all__ = [
    "Function",
    "Variable",
    "backward",
    "enable_grad",
    "function",
    "grad",
    "graph",
    "inference_mode",
    "no_grad",
    "set_grad_enabled",
]


_warned_of_cycle = False


def _warn_of_cycle() -> None:
    """Once, as PyTorch does."""
    global _warned_of_cycle
    if not _warned_of_cycle:
        _warned_of_cycle = True
        warnings.warn(errors.GRADIENT_CYCLE, stacklevel=3)


def _tuple(x: Any) -> tuple[Any, ...]:
    return tuple(x) if isinstance(x, (list, tuple)) and not isinstance(x, GradientEdge) else (x,)


def _from_edge(edge: GradientEdge, g: Tensor | None, create_graph: bool) -> tuple[Any, Any, Any]:
    """A root that is not a tensor: begins with the given gradient, or with the 1 of a scalar."""
    if g is None:
        g = from_array(np.ones((), dtypes.get_default_dtype().np))
    return edge._edge(), g if create_graph else g._a, edge


_ONE = {np.dtype(name): np.ones((), name) for name in ("f2", "f4", "f8")}  # the gradient that a loss begins with


def _given(gradients: Any, count: int) -> tuple[Any, ...]:
    if gradients is None:
        return (None,) * count
    return (gradients,) if isinstance(gradients, Tensor) else tuple(gradients)


def _flag(value: Any) -> bool:
    if not isinstance(value, int):
        raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
    return bool(value)


def _check_inputs(inputs: list[Any]) -> None:
    for t in inputs:
        if not isinstance(t, (Tensor, GradientEdge)):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(t).__name__}")


def _roots(outputs: Sequence[Tensor], gradients: Sequence[Any], create_graph: bool) -> list[tuple[Any, Any, Tensor]]:
    """Each output's edge with the gradient that its backward begins with."""
    for g in gradients:
        if g is not None and not isinstance(g, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    if len(outputs) != len(gradients):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    roots = []
    for i, (t, g) in enumerate(zip(outputs, gradients)):
        if isinstance(t, GradientEdge):
            roots.append(_from_edge(t, g, create_graph))
            continue
        if g is None:
            if t.requires_grad:
                if t._a.size != 1:
                    raise RuntimeError("grad can be implicitly created only for scalar outputs")
                if t._a.dtype.kind not in "fV":
                    raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {t.dtype}")
        else:
            if g._a.shape != t._a.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a shape of {t.shape}."
                )
            if g.is_complex() != t.is_complex():
                raise RuntimeError(
                    f"For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: grad_output[{i}] "
                    f"has a dtype of {g.dtype} and output[{i}] has a dtype of {t.dtype}."
                )
        edge = t._edge()
        if edge is None:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        if g is None:
            value = np.ones_like(t._a, subok=True)
            start = from_array(value) if create_graph else value
        else:
            start = g if create_graph else g._a
            if g._a.dtype != t._a.dtype:
                start = g.to(t.dtype) if create_graph else g._a.astype(t._a.dtype)  # type: ignore[attr-defined]
        roots.append((t if edge is LEAF else edge, start, t))
    return roots


def _begun(
    outputs: Sequence[Tensor], gradients: Sequence[Any], retain_graph: bool | None, create_graph: bool
) -> list[tuple[Any, Any, Tensor]]:
    """The roots of a pass. A listener hears of one that is refused: it began and failed."""
    try:
        return _roots(outputs, gradients, create_graph)
    except Exception as error:
        listener = watch.listener
        if listener is not None:
            listener.backward_begins(outputs, gradients, bool(retain_graph), bool(create_graph))
            listener.backward_ends(error, None)
        raise


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add to the `.grad` of leaves (or of `inputs` only) the gradient of the given tensors.

    `grad_tensors` are the gradients with respect to each of `tensors`; a scalar's is 1 where none is given.
    """
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        grad_tensors = grad_variables
    if type(tensors) is Tensor and tensors._a.ndim == 0 and grad_tensors is None is inputs and not create_graph:
        edge = tensors._edge()
        d = tensors._a.dtype
        if edge is not None and d in _ONE and type(tensors._a) is np.ndarray:  # a loss, as a rule
            engine.run(
                [(tensors if edge is LEAF else edge, _ONE[d].copy(), tensors)],
                bool(retain_graph and _flag(retain_graph)),
                False,
            )
            return
    outputs = _tuple(tensors)
    if inputs is not None:
        inputs = list(_tuple(inputs))
        if not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        _check_inputs(inputs)
    gradients = _given(grad_tensors, len(outputs))
    roots = _begun(outputs, gradients, retain_graph, create_graph)
    if create_graph:
        _warn_of_cycle()
    for t in inputs or ():
        if isinstance(t, Tensor) and not (t.is_leaf and t.requires_grad):
            t.retain_grad()
    engine.run(roots, create_graph if retain_graph is None else _flag(retain_graph), _flag(create_graph), inputs)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of `outputs` with respect to `inputs`, without touching any `.grad`.

    >>> (dx,) = torch.autograd.grad(y.sum(), x)
    """
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other "
            "parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    outs, ins = _tuple(outputs), list(_tuple(inputs))
    if not ins:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    _check_inputs(ins)
    gradients = _given(grad_outputs, len(outs))
    if is_grads_batched:
        rows = [
            grad(
                outs,
                ins,
                tuple(g[i] for g in gradients),
                True,
                create_graph,
                allow_unused=allow_unused,
                materialize_grads=materialize_grads,
            )
            for i in range(len(gradients[0]))
        ]
        from ..ops.shape import stack

        return tuple(None if rows[0][k] is None else stack([row[k] for row in rows]) for k in range(len(ins)))
    roots = _begun(outs, gradients, retain_graph, create_graph)
    for t in ins:
        if isinstance(t, Tensor) and not t.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    results = engine.run(
        roots, create_graph if retain_graph is None else _flag(retain_graph), _flag(create_graph), ins, accumulate=False
    )
    if not allow_unused and None in results:
        raise RuntimeError(
            f"The differentiated Tensor at index {results.index(None)} appears to not have been used in the graph. Set allow_unused=True "
            "if this is the desired behavior."
        )
    if materialize_grads:
        from ..ops.creation import zeros_like

        results = [zeros_like(t) if r is None else r for t, r in zip(ins, results)]
    return tuple(results)


_graph.backward = backward


def __getattr__(name: str) -> Any:
    """Parts that few programs use, imported when they do."""
    import importlib

    if name in ("forward_ad", "functional", "profiler"):
        return importlib.import_module(f"{__name__}.{name}")
    if name in ("gradcheck", "gradgradcheck"):
        checks = importlib.import_module(f"{__name__}.gradcheck")
        globals().update(
            gradcheck=checks.gradcheck, gradgradcheck=checks.gradgradcheck
        )  # the function, over the module
        return globals()[name]
    raise AttributeError(f"module 'torch.autograd' has no attribute '{name}'")
