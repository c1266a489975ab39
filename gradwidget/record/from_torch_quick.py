"""The quick way to tell an op of PyTorch: what it must not wait for is noted in a plain tuple, and made events later.

See NOTE [What a note may hold] in `notes`, and NOTE [Forms] in `from_torch_shapes`. The quick way is for plain tensors
that were told before, numbers and words as arguments, and one plain tensor as the result, on memory of its own or a
view; nothing may have been written. Everything else goes the long way, which makes events of all notes first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from ctypes import string_at
from typing import Any
from weakref import ref

import torch

from . import from_torch_values as contents
from . import values
from .from_torch_objects import Living, Mark, living, marked
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
in_functorch = torch._C._functorch.peek_interpreter_stack
MISSING: Any = object()
TUPLE = 8  # numbers that are read as such, rather than as bytes
MOST = 10_000  # layouts of the results of one op that are remembered


FORMS: dict[str, dict[Any, Form | None]] = {}  # of each op's calls: what PyTorch does is the same for all recordings


class Site:
    """What is the same for all calls of a form whose results are laid out alike: notes only lead to it."""

    __slots__ = ("dtype", "form", "listed", "name", "nbytes", "shape", "stride")

    def __init__(self, name: str, form: Form | None, out: Any) -> None:
        self.name = name
        self.form = form
        self.dtype, self.shape, self.stride = out.dtype, tuple(out.shape), out.stride()
        self.nbytes = out.numel() * self.dtype.itemsize
        # Where memory of just these bytes is copied whole: how
        self.listed = 0
        if self.dtype in LISTED and out.numel() <= CELLS and out.is_contiguous():
            self.listed = 1 if out.numel() <= TUPLE and out.dim() == 1 else 2


def met(to: Any, tensor: Any) -> Living | None:
    """A leaf on memory that nothing was told of is told now, with what it contains; None if it is not such a one."""
    if in_functorch() is not None or not contents.readable(tensor) or tensor.is_inference():
        return None
    if tensor._base is not None or tensor.grad_fn is not None:
        return None
    memory = tensor.untyped_storage()
    known = to.roots.get(id(memory))
    if known is not None and known[1]() is memory:
        return None
    with to.lock:
        id_ = to.tensor(tensor)
        to.show(to.tensors[id_].storage)
    found: Living = to.objects[id(tensor)]
    return found if found.version >= 0 else None


def looked_at(to: Any, args: Any, kwargs: Any) -> Any:
    """The tensors of a call, their ids and versions, what else its form depends on, and whether it has other arguments;
    None where one is not plain, or a tensor is not as it was told last."""
    get = to.objects.get
    given: list[Any] = []
    ins: list[int] = []
    was: list[int] = []
    flags: list[Any] = []
    plain = False
    for y in args:
        kind = type(y)
        if kind in PLAIN:
            plain = True
            flags.append(kind)
            continue
        if kind is tuple or kind is list:
            if not y:
                return None
            flags.append(-len(y))
            todo = y
        else:
            todo = (y,)
        for item in todo:
            kind = type(item)
            if kind is Tensor or kind is Parameter:
                known = get(id(item))
                if known is None or known() is not item:
                    known = met(to, item)
                if known is None or known.version < 0 or item._version != known.version:
                    return None
                given.append(item)
                ins.append(known.id)
                was.append(known.version)
                flags.append(item.requires_grad)
            elif todo is not y:
                return None
            elif kind in PLAIN:
                plain = True
            elif kind is slice or kind is ellipsis:
                plain = True
                flags.append(item == FULL)
            else:
                return None
    for y in kwargs.values():
        if type(y) not in PLAIN:
            return None
    flags += kwargs
    if not given and in_functorch() is not None:  # what is made there may come out wrapped
        return None
    if len(given) == 2:
        flags.append(given[0] is given[1])
    elif len(given) > 2:
        flags.append(len(set(map(id, given))) == len(given))
    return given, tuple(ins), was, flags, plain


def quick(core: Any, name: str, long_way: Callable[..., Any]) -> Callable[..., Any]:
    """What hears one op; called by the mode, whose caller is the line of the program."""
    to = core.to
    log = to.log
    append, extend = log.append, log.extend
    objects, roots, key = to.objects, to.roots, to.key
    get = objects.get
    lines = to.lines
    places = lines.places
    base = to.base
    new_tensor, new_node = to.new_tensor, to.new_node
    forms = FORMS.setdefault(name, {})
    sites: dict[Any, Site] = {}
    finished = core.mode_heard.finished

    def run(func: Any, args: Any, kwargs: Any) -> Any:
        if core.unusual or not core.on:
            return long_way(func, args, kwargs)
        arguments: Any = None
        count = 0 if kwargs or len(args) > 2 else len(args)
        if count:  # the usual call, written out; the others by `looked_at`
            x = args[0]
            kind = type(x)
            known = get(id(x)) if kind is Tensor or kind is Parameter else None
            if known is None or known() is not x or known.version < 0 or x._version != known.version:
                count = 0
            else:
                i, before = known.id, known.version
                if count == 1:
                    given: Any = args
                    ins: Any = (i,)
                    was: Any = (before,)
                    flags: Any = (x.requires_grad,)
                    out = func(x)
                    written_to = x._version != before
                else:
                    y = args[1]
                    kind = type(y)
                    if kind is Tensor or kind is Parameter:
                        known = get(id(y))
                        if known is None or known() is not y or known.version < 0 or y._version != known.version:
                            count = 0
                        else:
                            given = args
                            ins = (i, known.id)
                            was = (before, known.version)
                            flags = (x.requires_grad, y.requires_grad, x is y)
                            out = func(x, y)
                            written_to = x._version != before or y._version != was[1]
                    elif kind in PLAIN:
                        given = (x,)
                        ins = (i,)
                        was = (before,)
                        flags = (x.requires_grad, kind)
                        arguments = (TENSOR, y)
                        out = func(x, y)
                        written_to = x._version != before
                    else:
                        count = 0
        if not count:
            looked = looked_at(to, args, kwargs)
            if looked is None:
                return long_way(func, args, kwargs)
            given, ins, was, flags, plain = looked
            out = func(*args, **kwargs)
            arguments = [written(v) for v in args] if plain else None
            written_to = False
            for y, before in zip(given, was, strict=True):
                if y._version != before:
                    written_to = True
        try:
            if written_to:
                return finished(name, out, args, kwargs, given, was)
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
                        append((VIEWS, name, *noted, ins, arguments, kwargs, mode, to.scope, source))
                        return out
                return finished(name, out, args, kwargs, given, was)
            known = get(id(out))
            if known is not None and known() is out:
                if source != core.line:
                    core.moved(source)
                append((SAME, name, known.id, ins, arguments, kwargs, core.mode(), to.scope, source))
                return out
            over = out._base
            try:
                node, version = out.grad_fn, out._version
            except RuntimeError:  # the history of some views is not told, nor the version of inference tensors
                return finished(name, out, args, kwargs, given, was)
            signature = (type(node), out.dtype, out.shape, out.stride(), over is None, *flags)
            site = sites.get(signature)
            if site is None:
                known = signature[0], signature[1], *signature[4:]
                form = forms.get(known, MISSING)
                if form is MISSING:
                    form = forms[known] = form_of(out, given)
                    return finished(name, out, args, kwargs, given, was)
                if len(sites) > MOST:
                    sites.clear()
                site = sites[signature] = Site(name, form, out)
            form = site.form
            if form is None or node is None and out.requires_grad:
                return finished(name, out, args, kwargs, given, was)
            memory = out.untyped_storage()
            address = id(memory)
            known = roots.get(address)
            there = known is not None and known[1]() is memory
            based = None
            if over is not None:
                known = get(id(over))
                if known is None or known() is not over:
                    if there or form.base is None:
                        return finished(name, out, args, kwargs, given, was)
                    based = over
                elif not there:
                    return finished(name, out, args, kwargs, given, was)
            elif there:
                return finished(name, out, args, kwargs, given, was)
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
                    return finished(name, out, args, kwargs, given, was)
                if form.own:
                    own = owned(to, node, form)
            tag = new_tensor() - base
            if source != core.line:
                core.moved(source)
            at = id(out)
            made = living(out, append, tag, version)
            mode = core.mode() if marks is None else "grad"
            if over is None or based is not None:
                kept = ref(memory, append)
                roots[address] = (0, kept)
                unusual = None
                if based is not None:
                    id_ = new_tensor() - base
                    under = living(based, append, id_, version)
                    based = (id_, under, id(over), over.shape, over.stride(), over.dtype, out.storage_offset())
                    objects[id(over)] = under
                if based is None and site.listed and memory.nbytes() == site.nbytes and out.is_cpu and to.cpu:
                    data = tuple(out.tolist()) if site.listed == 1 else string_at(out.data_ptr(), site.nbytes)
                else:
                    data = content(to, out, memory)
                    unusual = memory.nbytes(), out.device, based
                extend((OP, site, tag, made, at, marks, mark, own, ins, arguments, kwargs, mode, to.scope, source,
                        version, kept, address, data, unusual))  # fmt: skip
            else:
                extend((VIEW, site, tag, made, at, marks, mark, own, ins, arguments, kwargs, mode, to.scope, source,
                        version, known.id, out.storage_offset()))  # fmt: skip
            objects[at] = made
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
    if known is None or known() is not over:
        return None
    if any(type(o) is not Tensor or o._base is not over or o.grad_fn is not node or to.id_of(o) for o in out):
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
        made = to.objects[id(o)] = living(o, to.log.append, tag, version)
        told.append((tag, made, id(o), o.shape, o.stride(), o.storage_offset()))
    return told, form, marks, first.dtype, known.id, version


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
    if size <= CELLS and memory.nbytes() <= CELLS * dtype.itemsize:
        return contents.whole(out).copy()
    array = contents.window(out)
    if size > WHOLE:
        return values.sample(array)
    to.held += array.nbytes
    return array.copy()
