"""The backward passes of real PyTorch: a hook on every node that the roots lead to."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import torch

from .. import events as ev
from . import from_torch_flows as flows
from .finite import NotFinite
from .from_torch_hooks import Hooks
from .from_torch_objects import marked
from .from_torch_ops import opened

quiet = torch._C.DisableTorchFunction
AccumulateGrad = torch._C._functions.AccumulateGrad


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
        self.nodes: set[int] = set()  # all that the roots lead to: ids, of leaves their negative
        self.had: dict[int, bool] = {}  # whether a leaf's `.grad` was there before


def quick_ran(engine: Engine) -> Callable[[int, Any, Any], None]:
    """What the hooks tell: a node (its id) ran."""
    core, to, passes = engine.core, engine.to, engine.passes
    append = to.log.append
    noted, RAN = flows.noted, flows.RAN
    hooks = engine.hooks

    def ran(id_: int, grads: Any, given: Any) -> None:
        if not passes or not core.on:
            return
        try:
            with quiet():
                this = passes[-1]
                told: tuple[Any, ...]
                this.ran.add(id_)
                if len(grads) == 2 and grads[0] is grads[1]:  # `add` hands one tensor to both of its inputs
                    told = (None if grads[0] is None else noted(to, grads[0]),) * 2
                else:
                    told = tuple([None if grad is None else noted(to, grad) for grad in grads])
                if hooks.waiting:
                    hooks.ran(this.id, id_, given)
                append((RAN, this.id, id_, not this.keep, told))
                if engine.retaining:
                    to.settle()
                    engine.kept(id_)
                if to.tick is not None:
                    core.tick()
                if core.finite is not None:
                    core.finite.look_back(id_, grads, given)
        except NotFinite:
            raise
        except Exception as error:
            core.fail(error)

    return ran


class Engine:
    def __init__(self, core: Any) -> None:
        self.core = core
        self.to = core.to
        self.passes: list[Pass] = []
        self.begun = 0  # passes that reached the engine
        self.copies: dict[Any, Any] = {}
        self.aside: int | None = None  # our mode's place on the stack, while compiled code runs
        self.hooks = Hooks(core)
        self.tell = quick_ran(self)
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
        to = self.to
        try:
            with to.lock:
                edges = [edge_of(root) for root in roots]
                self.hook_all(this, [edge.node for edge in edges if edge is not None])
                for edge, grad in zip(edges, grads, strict=False):
                    if edge is not None and isinstance(grad, torch.Tensor):
                        at = self.number(edge.node)
                        to.log.append((flows.ROOT, this.id, at, edge.output_nr, flows.noted(to, grad)))
        except Exception as error:
            self.core.fail(error)

    def number(self, node: Any) -> int:
        """The id of a node, or the negative one of the leaf that it fills; what was never told is told now."""
        to = self.to
        if type(node) is AccumulateGrad:
            leaf = to.id_of(node.variable)
            if leaf is not None:
                return -leaf
        else:
            mark = node.metadata.get(to.key)
            if mark is not None:
                return mark.id
        to.settle()
        id_ = to.node(node)
        return id_ if type(node) is not AccumulateGrad else -(to.id_of(node.variable) or 0)

    def hook_all(self, this: Pass, todo: list[Any]) -> None:
        """A hook on every node that these lead to."""
        to, tell = self.to, self.tell
        met, hooked, key = this.nodes, to.hooked, to.key
        partial = functools.partial
        while todo:
            node = todo.pop()
            if type(node) is AccumulateGrad:
                self.hook_leaf(this, node)
                continue
            mark = node.metadata.get(key)
            at = mark.id if mark is not None else self.number(node)
            if at in met:
                continue
            met.add(at)
            if at not in hooked:
                hooked.add(at)
                if type(node).__name__ == "CompiledFunctionBackward":
                    node.register_prehook(self.compiled_begins)
                    node.register_hook(self.compiled_ends)
                node.register_hook(partial(tell, at))
            for inner, _ in node.next_functions:
                if inner is not None:
                    todo.append(inner)

    def hook_leaf(self, this: Pass, node: Any) -> None:
        to = self.to
        at = self.number(node)
        if at in this.nodes:
            return
        this.nodes.add(at)
        variable = node.variable
        held = variable.grad
        this.had[at] = held is not None
        if held is not None and to.id_of(held) is None:
            to.settle()
            to.tensor(held, role="grad")
        if node.metadata.get(to.key) is None:
            marked(node, to.key, 0)
            node.register_hook(functools.partial(self.leaf_ran, at, weakref.ref(variable)))

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

    # ---- compiled code runs as if nobody watched, backward too

    def compiled_begins(self, given: Any) -> None:
        if self.core.on and self.core.mode_heard.listens():
            self.aside = self.core.mode_heard.take_out()
            self.core.regions.step_aside()

    def compiled_ends(self, grads: Any, given: Any) -> None:
        if self.aside is not None:
            place, self.aside = self.aside, None
            if self.core.on:
                self.core.regions.come_back()
                self.core.mode_heard.put_back(place)

    # ---- what the hooks tell

    def leaf_ran(self, at: int, of: weakref.ref[Any], grads: Any, given: Any) -> None:
        """A gradient arrived in a leaf."""
        leaf = of()
        if not self.core.on or not self.passes or leaf is None:
            return
        try:
            with quiet(), self.to.lock:
                this = self.passes[-1]
                this.ran.add(at)
                self.hooks.ran(this.id, at, given)
                if leaf.grad is not None and given[0] is not None:
                    self.accumulated(this, at, leaf.grad, given[0])
        except Exception as error:
            self.core.fail(error)

    def accumulated(self, this: Pass, at: int, held: Any, given: Any) -> None:
        to = self.to
        grad_id = to.id_of(held)
        if grad_id not in to.tensors and (grad_id is not None or held._base is not None or to.noted(held)):
            to.settle()  # it, its base or its memory stands in a note
        if grad_id is None:
            grad_id = to.tensor(held, role="grad")
        else:
            known = to.tensors[grad_id]
            version = held._version
            before = to.versions.get(known.counter, version)
            if version > before:
                to.versions[known.counter] = version
                to.counted(held)
                to.log.append(ev.Write(known.storage, grad_id, None, known.counter, before, version))
        to.log.append((flows.GRAD, this.id, -at, grad_id, this.had.get(at, False), *flows.noted(to, given)))
        to.show(to.tensors[grad_id].storage)

    # ---- the end

    def ends(self, error: BaseException | None) -> None:
        self.compiled_ends((), ())  # it may have failed in there
        this = self.passes.pop() if self.passes else None
        self.hooks.waiting.clear()
        if error is None or this is None:
            self.core.backward_ends(None, None)
            if this is not None and this.fills and not self.passes:
                self.core.ranks.after_pass({-at for at in this.nodes if at < 0})
        else:
            self.core.backward_failed(error, self.stopped_at(this))

    def stopped_at(self, this: Pass) -> int | None:
        """The node at which a pass ended: of those whose gradients had all come, the one that the engine takes first."""
        self.to.settle()
        edges, accumulators = self.to.edges, self.to.accumulators
        leaves = {accumulators[-at]: at for at in this.nodes if at < 0 and -at in accumulators}
        waiting = {at if at > 0 else accumulators[-at]: 0 for at in this.nodes if at > 0 or -at in accumulators}
        left = [n for n in waiting if leaves.get(n, n) not in this.ran]
        for node in left:
            for edge in edges.get(node, ()):
                if edge is not None and edge[0] in waiting:
                    waiting[edge[0]] += 1
        ready = [n for n in left if waiting[n] == 0 and (this.fills or n not in leaves)]
        return max(ready, key=lambda n: (n not in leaves, n), default=None)
