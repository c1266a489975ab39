"""The hooks on a node as the engine runs them: on the gradients that reach it, then on those that leave it.

In order: hooks of tensors, `retain_grad`, the node's own pre-hooks; after the node, its post-hooks. A gradient that is
None (nothing came, or a hook took it away) is shown as None.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import graph, hook_answers, watch
from .graph import Node
from .tensor import Tensor, from_array


def as_tensor(g: Any) -> Any:
    """A gradient as hooks see it: a tensor, or None."""
    if g is None or isinstance(g, Tensor):
        return g
    return from_array(g if isinstance(g, np.ndarray) else np.asarray(g))


def as_carried(g: Any, graphs: bool) -> Any:
    """A gradient as the engine carries it: a tensor under `create_graph`, else an array."""
    return g if g is None or graphs else g._a


def _listed(n: Node, g: Any) -> list[Any]:
    if n.outputs == 1:
        return [as_tensor(g)]
    return [as_tensor(x) for x in (g or [None] * n.outputs)]


def _back(n: Node, grads: Any, graphs: bool) -> Any:
    out = [as_carried(g, graphs) for g in grads]
    return out[0] if n.outputs == 1 else out


def of_tensors(n: Node, g: Any, graphs: bool) -> Any:
    """Hooks of the tensors that `n` made, and `retain_grad`."""
    hooks = n.pre
    if not hooks.tensor and not hooks.retain:
        return g
    grads = _listed(n, g)
    for nr, by_output in list(hooks.tensor.items()):
        grads[nr] = _answered(n, nr, list(by_output.values()), grads[nr])
    for nr, ref in list(hooks.retain.items()):
        t = ref()
        if t is not None and grads[nr] is not None:
            _retain(t, grads[nr], graphs)
    return _back(n, grads, graphs)


def _retain(t: Tensor, g: Tensor, graphs: bool) -> None:
    kept = g.clone() if graphs else from_array(g._a.copy("C"))  # type: ignore[attr-defined]
    if t._grad is not None:
        kept = t._grad + kept if graphs else from_array(t._grad._a + kept._a)  # type: ignore[operator]
    t._grad = kept
    if watch.listener is not None:
        watch.listener.grad_set(t)


def of_leaf(leaf: Tensor, g: Any) -> Any:
    """The hooks of a leaf."""
    return _answered(leaf, 0, list((leaf._hooks or {}).values()), g)


def _answered(of: Any, output: int, hooks: list[Any], g: Any) -> Any:
    """The gradient that goes on; whoever listens hears of another one than came. `of`: a node, or a leaf."""
    came = g
    for hook in hooks:
        g = hook_answers.one(hook, g, hook(g))
    if g is not came and watch.listener is not None:
        node = graph.accumulator(of) if isinstance(of, Tensor) else of
        watch.listener.hooked(node, output, hooks, g)
    return g


def before(n: Node, g: Any, graphs: bool) -> Any:
    """All that runs before the node."""
    g = of_tensors(n, g, graphs)
    if not n.pre.node:
        return g
    grads: Any = tuple(_listed(n, g))
    for hook in list(n.pre.node.values()):
        grads = hook_answers.several(hook, grads, hook(grads))
    return _back(n, grads, graphs)


def after(n: Node, g: Any, out: Any, graphs: bool) -> Any:
    """All that runs after the node: may replace the gradients that go on."""
    incoming = tuple(_listed(n, g))
    outgoing = tuple([as_tensor(x) for x in out])
    for hook in list((n.post or {}).values()):
        outgoing = hook_answers.several(hook, outgoing, hook(outgoing, incoming))
    return tuple([as_carried(x, graphs) for x in outgoing])
