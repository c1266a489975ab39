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


def edge_of(root: Any) -> Any:
    """Where in the graph a pass begins; None where the engine will say that it cannot."""
    if not isinstance(root, torch.Tensor):
        return root
    try:
        return torch.autograd.graph.get_gradient_edge(root) if root.requires_grad else None
    except RuntimeError:
        return None


class Pass:
    """One backward pass while it runs."""

    def __init__(self, id_: int, keep: bool, fills: bool) -> None:
        self.id = id_
        self.fills = fills  # it puts gradients into leaves, rather than returning them
        self.keep = keep
        self.ran: set[int] = set()
        self.nodes: list[int] = []  # all that the roots lead to
        self.had: dict[int, bool] = {}  # whether a leaf's `.grad` was there before


class Engine:
    def __init__(self, core: Any) -> None:
        self.core = core
        self.to = core.to
        self.passes: list[Pass] = []
        self.begun = 0  # passes that reached the engine
        self.copies: dict[Any, Any] = {}
        self.retaining: list[weakref.ref[Any]] = []  # inner tensors that keep their gradient

    def run(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`torch.autograd.backward` or `grad`, up to the door of the engine and from there as `passing` does."""
        if not self.core.on:
            return func(*args, **kwargs)
        copy = self.copies.get(func)
        if copy is None:
            copy = self.copies[func] = opened(func, _make_grads=_make_grads, _engine_run_backward=self.passing)
        begun = self.begun
        with self.core.mode_heard:
            try:
                return copy(*args, **kwargs)
            except Exception as error:
                if self.begun == begun:
                    self.refused(error, args, kwargs)
                raise

    def refused(self, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A pass that never reached the engine: it began and failed."""
        roots = args[0] if args else kwargs.get("tensors", kwargs.get("outputs"))
        roots = [roots] if isinstance(roots, torch.Tensor) else list(roots or ())
        with quiet():
            self.core.backward_begins(roots, None, bool(kwargs.get("retain_graph")), bool(kwargs.get("create_graph")))
            self.core.backward_failed(error, None)

    def passing(self, roots: Any, grads: Any, keep: bool, create: bool, *args: Any, **kwargs: Any) -> Any:
        self.begun += 1
        with quiet():
            self.core.backward_begins(roots, grads, keep, create)
            this = Pass(self.core.backward, keep, kwargs.get("accumulate_grad", False))
            self.passes.append(this)
            self.prepare(this, roots, grads)
        try:
            out = torch.autograd.graph._engine_run_backward(roots, grads, keep, create, *args, **kwargs)
        except BaseException as error:
            with quiet():
                self.ends(error)
            raise
        with quiet():
            self.ends(None)
        return out

    def prepare(self, this: Pass, roots: Any, grads: Any) -> None:
        try:
            with self.to.lock:
                edges = [edge_of(root) for root in roots]
                self.hook_all(this, [edge.node for edge in edges if edge is not None])
                for edge, grad in zip(edges, grads, strict=False):
                    if edge is not None and isinstance(grad, torch.Tensor):
                        self.to.log.append(self.core.along(None, self.to.node(edge.node), edge.output_nr, grad))
        except Exception as error:
            self.core.fail(error)

    def hook_all(self, this: Pass, todo: list[Any]) -> None:
        """A hook on every node that these lead to."""
        to = self.to
        met: dict[int, Any] = {}
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

    def retains(self, tensor: Any) -> None:
        """An inner tensor will keep its gradient from now on."""
        self.retaining = [ref for ref in self.retaining if ref() is not None]
        self.retaining.append(weakref.ref(tensor))

    def kept(self, node: int) -> None:
        """The gradients that were kept as this node ran."""
        for ref in self.retaining:
            tensor = ref()
            known = self.to.tensors.get(self.to.id_of(tensor) or 0)
            if tensor is not None and known is not None and known.place[2] == node:
                self.core.grad_set(tensor)

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
                if self.retaining:
                    self.kept(id_)
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
        ready = [n for n in this.nodes if n not in this.ran and waiting[n] == 0 and (this.fills or n not in this.had)]
        return max(ready, key=lambda n: (n not in this.had, n), default=None)
