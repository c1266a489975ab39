"""The quick way to tell an op of PyTorch: what it must not wait for is noted in a plain tuple, and made events later.

See NOTE [What a note may hold] in `notes`, and NOTE [Forms] in `from_torch_shapes`. The quick way is for plain tensors
that were told before, numbers and words as arguments, and one plain tensor as the result, on memory of its own or a
view; nothing may have been written. Everything else goes the long way, which makes events of all notes first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from weakref import ref

import torch

from . import from_torch_values as contents
from . import values
from .from_torch_objects import Mark, marked
from .from_torch_shapes import Form, form_of
from .notes import HELD, TENSOR, WHOLE

OP, VIEW, SAME, VIEWS = 100, 101, 105, 106  # sorts of notes
ellipsis = type(...)
FULL = slice(None)
CELLS = values.CELLS
Tensor, Parameter = torch.Tensor, torch.nn.Parameter
PLAIN = frozenset([int, float, bool, str, type(None), torch.dtype, torch.device, torch.memory_format, torch.Size])
LISTED = frozenset([torch.float32, torch.float64, torch.int64, torch.bool])
getframe = sys._getframe
MISSING: Any = object()
MOST = 10_000  # layouts of the results of one op that are remembered


class Site:
    """What is the same for all calls of a form whose results are laid out alike: notes only lead to it."""

    __slots__ = ("dtype", "form", "listed", "name", "nbytes", "shape", "stride")

    def __init__(self, name: str, form: Form | None, out: Any) -> None:
        self.name = name
        self.form = form
        self.dtype, self.shape, self.stride = out.dtype, tuple(out.shape), out.stride()
        self.nbytes = out.numel() * self.dtype.itemsize
        # `tolist()` says all that there is in memory of just these bytes
        self.listed = self.dtype in LISTED and out.numel() <= CELLS and out.is_contiguous()


def quick(core: Any, name: str, long_way: Callable[..., Any]) -> Callable[..., Any]:
    """What hears one op; called by the mode, whose caller is the line of the program."""
    to = core.to
    log = to.log
    append = log.append
    objects, roots, key = to.objects, to.roots, to.key
    get = objects.get
    lines = to.lines
    places = lines.places
    base = to.base
    new_tensor, new_node = to.new_tensor, to.new_node
    forms: dict[Any, Form | None] = {}
    sites: dict[Any, Site] = {}
    finished = core.mode_heard.finished

    def run(func: Any, args: Any, kwargs: Any) -> Any:
        if core.unusual or not core.on:
            return long_way(func, args, kwargs)
        given: list[Any] = []
        ins: list[Any] = []
        flags: list[Any] = []
        plain = False
        for y in args:
            kind = type(y)
            if kind is Tensor or kind is Parameter:
                known = get(id(y))
                if known is None or known[0]() is not y or known[2] < 0 or y._version != known[2]:
                    return long_way(func, args, kwargs)
                given.append(y)
                ins.append(known)
                flags.append(y.requires_grad)
            elif kind in PLAIN:
                plain = True
                flags.append(kind)
            elif (kind is tuple or kind is list) and y:
                flags.append(len(y))
                for item in y:
                    kind = type(item)
                    if kind is Tensor or kind is Parameter:
                        known = get(id(item))
                        if known is None or known[0]() is not item or known[2] < 0 or item._version != known[2]:
                            return long_way(func, args, kwargs)
                        given.append(item)
                        ins.append(known)
                        flags.append(item.requires_grad)
                    elif kind in PLAIN:
                        plain = True
                    elif kind is slice or kind is ellipsis:
                        plain = True
                        flags.append(item == FULL)
                    else:
                        return long_way(func, args, kwargs)
            else:
                return long_way(func, args, kwargs)
        if kwargs:
            for y in kwargs.values():
                if type(y) not in PLAIN:
                    return long_way(func, args, kwargs)
            flags += kwargs
            out = func(*args, **kwargs)
        else:
            out = func(*args)
        try:
            for y, known in zip(given, ins):  # noqa: B905  one loop, two lists that grew together
                if y._version != known[2]:
                    return finished(name, out, args, kwargs, given, ins)
            frame = getframe(2)
            place = places.get(id(frame.f_code))
            source = None if place is None or place.ours else place.ids.get(frame.f_lasti)
            if source is None:
                source = lines.here(3)
            if type(out) is not Tensor:
                if type(out) is tuple and out and type(out[0]) is Tensor and given:
                    noted = pieces(core, forms, out, given, flags)
                    if noted is not None:
                        if source != core.line:
                            core.moved(source)
                        mode = core.mode() if noted[2] is None else "grad"
                        arguments = [written(v) for v in args] if plain else None
                        append((VIEWS, name, *noted, ins, arguments, kwargs, mode, to.scope, source))
                        return out
                return finished(name, out, args, kwargs, given, ins)
            known = get(id(out))
            if known is not None and known[0]() is out:
                if source != core.line:
                    core.moved(source)
                arguments = [written(v) for v in args] if plain else None
                append((SAME, name, known[1], ins, arguments, kwargs, core.mode(), to.scope, source))
                return out
            if len(given) == 2:
                flags.append(given[0] is given[1])
            elif len(given) > 2:
                flags.append(len(set(map(id, given))) == len(given))
            over = out._base
            try:
                node, version = out.grad_fn, out._version
            except RuntimeError:  # the history of some views is not told, nor the version of inference tensors
                return finished(name, out, args, kwargs, given, ins)
            signature = (type(node), out.dtype, out.shape, out.stride(), over is None, *flags)
            site = sites.get(signature)
            if site is None:
                known = signature[0], signature[1], *signature[4:]
                form = forms.get(known, MISSING)
                if form is MISSING:
                    form = forms[known] = form_of(out, given)
                    return finished(name, out, args, kwargs, given, ins)
                if len(sites) > MOST:
                    sites.clear()
                site = sites[signature] = Site(name, form, out)
            form = site.form
            if form is None or node is None and out.requires_grad:
                return finished(name, out, args, kwargs, given, ins)
            memory = out.untyped_storage()
            address = id(memory)
            known = roots.get(address)
            there = known is not None and known[1]() is memory
            based = None
            if over is not None:
                known = get(id(over))
                if known is None or known[0]() is not over:
                    if there or form.base is None:
                        return finished(name, out, args, kwargs, given, ins)
                    based = over
                elif not there:
                    return finished(name, out, args, kwargs, given, ins)
            elif there:
                return finished(name, out, args, kwargs, given, ins)
            marks: Any = None
            mark: Any = None
            own: Any = None
            if form.single:
                mark = Mark()
                marks = mark.id = new_node()
                node.metadata[key] = mark
                mark = ref(mark, append)
            elif form.nodes:
                marks = mark_all(to, node, form, given)
                if marks is None:
                    return finished(name, out, args, kwargs, given, ins)
                if form.own:
                    own = owned(to, node, form)
            tag = new_tensor() - base
            if source != core.line:
                core.moved(source)
            at = id(out)
            made = ref(out, append)
            arguments = [written(v) for v in args] if plain else None
            mode = core.mode() if marks is None else "grad"
            if over is None or based is not None:
                kept = ref(memory, append)
                roots[address] = (0, kept)
                unusual = None
                if based is not None:
                    under = ref(based, append)
                    id_ = new_tensor() - base
                    based = (id_, under, id(over), over.shape, over.stride(), over.dtype, out.storage_offset())
                    objects[id(over)] = (under, id_, version)
                if based is None and site.listed and memory.nbytes() == site.nbytes and out.is_cpu and to.cpu:
                    data = out.tolist()
                else:
                    data = content(to, out, memory)
                    unusual = memory.nbytes(), out.device, based
                append((OP, site, tag, made, at, marks, mark, own, ins, arguments, kwargs, mode, to.scope, source,
                        version, kept, address, data, unusual))  # fmt: skip
            else:
                append((VIEW, site, tag, made, at, marks, mark, own, ins, arguments, kwargs, mode, to.scope, source,
                        version, known[1], out.storage_offset()))  # fmt: skip
            objects[at] = (made, tag, version)
            if to.tick is not None:
                core.tick()
            elif to.held > HELD or len(log) > to.pending:
                to.settle()
        except Exception as error:
            core.fail(error)
        return out

    return run


def pieces(core: Any, forms: dict[Any, Form | None], out: Any, given: list[Any], flags: list[Any]) -> Any:
    """What is noted of several views of one tensor that a call gave (`split`, `unbind`); None where it is not that."""
    to = core.to
    first = out[0]
    over = first._base
    try:
        node, version = first.grad_fn, first._version
    except RuntimeError:
        return None
    known = to.objects.get(id(over))
    if known is None or known[0]() is not over:
        return None
    if any(type(o) is not Tensor or o._base is not over or o.grad_fn is not node or id(o) in to.objects for o in out):
        return None
    signature = ("pieces", type(node), first.dtype, *flags)
    form = forms.get(signature, MISSING)
    if form is MISSING:
        form = forms[signature] = form_of(first, given)
        return None
    if form is None or len(form.nodes) > 1 or form.own or node is None and first.requires_grad:
        return None
    marks = mark_all(to, node, form, given) if form.nodes else None
    told = []
    for o in out:
        tag = to.new_tensor() - to.base
        made = ref(o, to.log.append)
        to.objects[id(o)] = (made, tag, version)
        told.append((tag, made, id(o), o.shape, o.stride(), o.storage_offset()))
    return told, form, marks, first.dtype, known[1], version


def written(value: Any) -> Any:
    """An argument as a note may hold it: a tensor, or a list with one, leaves only its place."""
    kind = type(value)
    if kind is slice and {type(value.start), type(value.stop), type(value.step)} <= PLAIN or kind is ellipsis:
        return value
    if kind in PLAIN:
        return value
    if (kind is tuple or kind is list) and all(written(item) is not TENSOR for item in value):
        return kind(value)
    return TENSOR


def mark_all(to: Any, node: Any, form: Form, given: list[Any]) -> Any:
    """(id, reference to the mark) for each node of a call, put there now; None where they are not as the form says."""
    found = [node]
    if len(form.nodes) > 1:
        if form.dims != tuple([t.dim() for t in given]):
            return None
        for made in form.nodes[1:]:
            at, edge = made.way
            inner = found[at].next_functions[edge][0]
            if type(inner) is not made.kind:
                return None
            found.append(inner)
    told = []
    for one in found:
        mark = marked(one, to.key, to.new_node())
        told.append((mark.id, ref(mark, to.log.append)))
    return told


def owned(to: Any, node: Any, form: Form) -> tuple[Any, ...]:
    """What the nodes of a call saved on memory of their own: (reference, address, bytes, device, bytes of the tensor) for
    each; no reference where the memory is known already."""
    found = [node]
    for made in form.nodes[1:]:
        at, edge = made.way
        found.append(found[at].next_functions[edge][0])
    told: list[tuple[Any, ...]] = []
    for one, made in zip(found, form.nodes, strict=True):
        for attribute in made.own:
            tensor = getattr(one, attribute).data
            memory = tensor.untyped_storage()
            address = id(memory)
            known = to.roots.get(address)
            size = tensor.numel() * tensor.dtype.itemsize
            if known is not None and known[1]() is memory:
                told.append((None, address, 0, None, size))
            else:
                kept = ref(memory, to.log.append)
                to.roots[address] = (0, kept)
                told.append((kept, address, memory.nbytes(), tensor.device, size))
    return tuple(told)


def content(to: Any, out: Any, memory: Any) -> Any:
    """What a fresh tensor holds, as far as it is shown: numbers, bytes or a sample; None where nobody looks."""
    if out.device.type not in to.devices:
        return None
    size = out.numel()
    dtype = out.dtype
    if size <= CELLS:
        if memory.nbytes() <= CELLS * dtype.itemsize:
            return contents.whole(out).copy()
    array = contents.window(out)
    if size > WHOLE:
        return values.sample(array)
    to.held += array.nbytes
    return array.copy()
