"""The backward passes of real PyTorch: a hook on every node that the roots lead to."""

from __future__ import annotations

import math
import weakref
from typing import Any

import torch

from .. import events as ev
from . import probe, values
from .from_torch_objects import Mark
from .from_torch_ops import opened

quiet = torch._C.DisableTorchFunction


def _make_grads(*args: Any, **kwargs: Any) -> Any:
    """The gradient that a pass begins with is no op of the program's."""
    with quiet():
        return torch.autograd._make_grads(*args, **kwargs)


ENGINE = {f: opened(f, _make_grads=_make_grads) for f in (torch.autograd.backward, torch.autograd.grad)}


class Pass:
    """One backward pass while it runs."""

    def __init__(self, id_: int, keep: bool) -> None:
        self.id = id_
        self.keep = keep
        self.ran: set[int] = set()
        self.nodes: list[int] = []  # all that the roots lead to
        self.had: dict[int, bool] = {}  # whether a leaf's `.grad` was there before


class Engine:
    def __init__(self, core: Any) -> None:
        self.core = core
        self.to = core.to
        self.passes: list[Pass] = []

    def run(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        core = self.core
        if not core.on:
            return func(*args, **kwargs)
        roots = args[0] if args else kwargs.get("tensors", kwargs.get("outputs"))
        roots = [roots] if isinstance(roots, torch.Tensor) else list(roots or ())
        create = bool(kwargs.get("create_graph", False))
        keep = kwargs.get("retain_graph")
        keep = create if keep is None else bool(keep)
        given = kwargs.get("grad_tensors") if func is torch.autograd.backward else kwargs.get("grad_outputs")
        self.begins(roots, given, keep, create)
        try:
            with core.mode_heard:
                out = ENGINE[func](*args, **kwargs)
        except BaseException as error:
            self.ends(error)
            raise
        self.ends(None)
        return out

    def begins(self, roots: list[Any], given: Any, keep: bool, create: bool) -> None:
        core = self.core
        core.backward_begins(roots, given, keep, create)
        this = Pass(core.backward, keep)
        self.passes.append(this)
        self.prepare(this, roots, given)

    def prepare(self, this: Pass, roots: list[Any], given: Any) -> None:
        try:
            with self.to.lock:
                self.hook_all(this, roots)
                self.root_flows(roots, given)
        except Exception as error:
            self.core.fail(error)

    def hook_all(self, this: Pass, roots: list[Any]) -> None:
        to = self.to
        met: dict[int, Any] = {}
        todo = [torch.autograd.graph.get_gradient_edge(root).node for root in roots if root.requires_grad]
        while todo:
            node = todo.pop()
            id_ = to.node_id(node)
            if id_ is None:
                id_ = to.node(node)
            if id_ in met:
                continue
            met[id_] = node
            variable = probe.variable(node)
            mark = node.metadata.get(to.key)
            if mark is None:
                mark = node.metadata[to.key] = Mark(id_)
            if variable is not None:
                held = variable.grad
                this.had[id_] = held is not None
                if held is not None and to.id_of(held) is None:
                    to.tensor(held, role="grad")
            if not mark.hooked:
                mark.hooked = True
                node.register_hook(self.leaf_hook(id_, variable) if variable is not None else self.hook(id_))
            todo += [n for n, _ in node.next_functions if n is not None]
        this.nodes = list(met)

    def root_flows(self, roots: list[Any], given: Any) -> None:
        given = [given] if isinstance(given, torch.Tensor) else list(given or [None] * len(roots))
        for root, grad in zip(roots, given, strict=False):
            if not root.requires_grad:
                continue
            edge = torch.autograd.graph.get_gradient_edge(root)
            if grad is None:
                if root.numel() != 1:
                    continue  # the call is about to fail
                grad = torch.ones_like(root)
            self.to.log.append(self.core.along(None, self.to.node(edge.node), edge.output_nr, grad))

    # ---- what the hooks tell

    def hook(self, id_: int) -> Any:
        def ran(grads: Any, given: Any) -> None:
            if self.core.on and self.passes:
                with quiet():
                    self.ran(id_, grads)

        return ran

    def leaf_hook(self, id_: int, variable: Any) -> Any:
        leaf = weakref.ref(variable)

        def ran(grads: Any, given: Any) -> None:
            if self.core.on and self.passes and leaf() is not None:
                with quiet():
                    self.accumulated(id_, leaf(), given[0])

        return ran

    def ran(self, id_: int, grads: Any) -> None:
        try:
            with self.to.lock:
                to, this = self.to, self.passes[-1]
                this.ran.add(id_)
                to.log.append(ev.Ran(this.id, id_))
                if not this.keep:
                    to.log.append(ev.Release(id_))
                for edge, grad in zip(to.edges.get(id_, ()), grads, strict=False):
                    if edge is not None and isinstance(grad, torch.Tensor):
                        to.log.append(self.core.along(id_, *edge, grad))
        except Exception as error:
            self.core.fail(error)

    def accumulated(self, id_: int, leaf: Any, given: Any) -> None:
        try:
            with self.to.lock:
                to, this = self.to, self.passes[-1]
                this.ran.add(id_)
                held = leaf.grad
                if held is None or given is None:
                    return
                leaf_id = self.core.seen(leaf)
                grad_id = to.id_of(held)
                added = this.had.get(id_, False)
                if grad_id is None:
                    grad_id = to.tensor(held, role="grad")
                else:
                    known = to.tensors[grad_id]
                    version = held._version
                    before = to.versions.get(known.counter, version)
                    if version > before:
                        to.versions[known.counter] = version
                        to.log.append(ev.Write(known.storage, grad_id, None, known.counter, before, version))
                to.log.append(ev.Accumulate(this.id, id_, leaf_id, grad_id, self.norm(given), added))
                to.show(to.tensors[grad_id].storage)
        except Exception as error:
            self.core.fail(error)

    def norm(self, grad: Any) -> Any:
        """The Euclidean norm, as it stands in a trace."""
        if not self.to.looks_into(grad):
            return "nan"
        if grad.numel() <= values.CELLS and grad.dtype in (torch.float32, torch.float64):
            flat = grad.detach().reshape(-1).tolist()
            return values.brief(math.sqrt(math.fsum([v * v for v in flat])))
        return values.brief(
            torch.linalg.vector_norm(
                grad.detach().to(torch.float32)
                if not grad.is_complex() and grad.dtype != torch.float64
                else grad.detach()
            ).item()
        )

    # ---- the end

    def ends(self, error: BaseException | None) -> None:
        this = self.passes.pop() if self.passes else None
        if error is None or this is None:
            self.core.backward_ends(None, None)
        else:
            self.core.backward_failed(error, self.stopped_at(this))

    def stopped_at(self, this: Pass) -> int | None:
        """The node at which a pass ended: of those whose gradients had all come, the one that the engine takes first."""
        edges = self.to.edges
        waiting = dict.fromkeys(this.nodes, 0)
        for id_ in this.nodes:
            if id_ not in this.ran:
                for edge in edges.get(id_, ()):
                    if edge is not None and edge[0] in waiting:
                        waiting[edge[0]] += 1
        return max([n for n in this.nodes if n not in this.ran and waiting[n] == 0], default=None)
