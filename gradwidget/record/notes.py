"""The quick way: what an op must not wait for is noted in a plain tuple, and made events later.

NOTE [What a note may hold]  Ids, numbers, bytes and weak references; never a tensor, a node or an array. A small
storage is copied as bytes (28 ns), a big one is sampled at once. So nothing is kept alive, and a later write changes no
note.

NOTE [When the quick way applies]  A fresh tensor on memory of its own, or a window on its first argument's, made by an op
of the registry from tensors that were told before, with arguments that are plain numbers or words; and a write into
small memory that no history depends on. Everything unusual shows as an AttributeError or as a failed test, and goes
the long way (`from_core`), which first makes events of all notes.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from . import values

if TYPE_CHECKING:
    from .from_core import Core

OP, VIEW, WRITE, FLOW, RAN, GRAD, MADE, RAN_ONE, RAN_SAME, RAN_TWO = range(10)  # sorts of notes
PLAIN = frozenset([int, float, bool, str, type(None)])
CELLS = values.CELLS
WHOLE = 4096  # elements: up to here a copy is quicker than a look
MOST = 1 << 16  # elements: a memory that was written to is copied whole up to here, since any window on it may be shown
HELD = 1 << 26  # bytes of copies that may wait
PENDING = 10_000_000  # items of notes that may wait; they are smaller than the events that they become


class Argument:
    """Stands in a note where a tensor stood in the call."""


TENSOR = Argument()


@functools.cache
def reader(kind: Any, tensors: tuple[type, ...] | None) -> Callable[[Any], tuple[Any, ...]]:
    """A function that reads a node of this class: the tags of its edges, then tag and version of each saved input (None, 0
    where there is none), then the versions of the saved outputs. Written out, since a loop over the slots costs as much
    as the op itself. `tensors`: look whether what stands in an input's place is one; None: it is known to be."""
    parts = [f"None if (e := n.{slot}) is None else e._tag" for slot in kind.edge_slots]
    for slot in kind.saved_inputs:
        no = "(s := n.{0}) is None" if tensors is None else "type(s := n.{0}) not in T"
        parts += [f"None if {no.format(slot)} else s._tag", f"0 if s is None else n.v_{slot}"]
    parts += [f"None if n.{slot} is None else n.v_{slot}" for slot in kind.saved_outputs]
    return eval(f"lambda n: ({''.join(p + ', ' for p in parts)})", {"T": frozenset(tensors or ())})


def inspector(core: Core) -> Callable[[tuple[Any, ...]], tuple[tuple[int, ...], tuple[Any, ...] | None] | None]:
    """A function that answers the tags of the tensors among the arguments of a call, and the arguments with TENSOR in
    their places; None where something is neither a told tensor nor plain."""
    low, high = core.to.base, core.to.top
    Tensor, Parameter = core.tensor_types

    def inspect(args: tuple[Any, ...]) -> tuple[tuple[int, ...], tuple[Any, ...] | None] | None:
        tags: list[int] = []
        plain: list[Any] = []
        for y in args:
            kind = type(y)
            if kind is Tensor or kind is Parameter:
                tags.append(y._tag)
                plain.append(TENSOR)
            elif kind in PLAIN:
                plain.append(y)
            elif isinstance(y, list | tuple):
                if all(type(v) in PLAIN for v in y):
                    plain.append(y if kind is tuple else list(y) if kind is list else tuple(y))
                elif all(v is None or type(v) is Tensor or type(v) is Parameter for v in y):
                    tags += [v._tag for v in y if v is not None]
                    plain.append(TENSOR)
                else:
                    return None
            else:
                return None
        if tags and not (low < min(tags) and max(tags) < high):
            return None
        return tuple(tags), tuple(plain)

    return inspect


def quick_op(core: Core) -> Callable[..., None]:
    """What hears every op that `written_notes` does not; `depth` says how many frames above it the op was called."""
    to = core.to
    log = to.log
    append, extend = log.append, log.extend  # see recorder's NOTE [Garbage]
    low, high = to.base, to.top
    long_way = core.told_op
    lines = to.lines
    places = lines.places
    getframe = sys._getframe
    new_tensor, new_node = to.new_tensor, to.new_node_tag
    Tensor, Parameter = core.tensor_types
    ndarray = np.ndarray
    readers: dict[str, tuple[type, Callable[[Any], tuple[Any, ...]], Callable[[Any], tuple[Any, ...]]]] = {}
    switches = core.switches
    inspect, seen_through = inspector(core), windows(core)
    from .made_notes import quick_made

    made_of_nothing = quick_made(core)

    def op(name: str, out: Any, args: tuple[Any, ...], kwargs: dict[str, Any], depth: int = 2) -> None:
        try:
            a = out._a
            if type(a) is not ndarray or type(out) is not Tensor:
                return long_way(name, out, args, kwargs)
            if not args:
                if not made_of_nothing(name, out, args):
                    long_way(name, out, args, kwargs)
                return
            if kwargs:
                for y in kwargs.values():
                    if type(y) not in PLAIN:
                        return long_way(name, out, args, kwargs)
            x = args[0]
            i = x._tag
            if not low < i < high:
                return long_way(name, out, args, kwargs)
            window = None
            root = a.base
            if root is None and x._a is not a:
                root = a
            else:
                window = seen_through(name, out, a, root, x)
                if window is None and (root is None or not own(a, root, args)):
                    return long_way(name, out, args, kwargs)
            plain: Any = None
            kind: Any
            count = len(args)
            if count == 1:
                ins: tuple[int, ...] = (i,)
            elif count == 2 and ((kind := type(y := args[1])) is Tensor or kind is Parameter):
                j = y._tag
                if (y._a is a and window is None) or not low < j < high:
                    return long_way(name, out, args, kwargs)
                ins = (i, j)
            elif count == 2 and kind in PLAIN:
                ins, plain = (i,), (TENSOR, y)
            else:
                told = inspect(args)
                if told is None:
                    return long_way(name, out, args, kwargs)
                ins, plain = told
            scope = to.scope if get_ident() == to.thread else to.turn()
            node = out._node
            if node is None:
                mark = made = kind = seen = None
            else:
                known = readers.get(name)
                kind = type(node)
                if known is None or known[0] is not kind:
                    if getattr(kind, "op_name", "") != name:
                        return long_way(name, out, args, kwargs)
                    known = readers[name] = (kind, reader(kind, None), reader(kind, (Tensor, Parameter)))
                seen = known[1 if plain is None else 2](node)
                mark = new_node()
                made = ref(node, append)
            tag = new_tensor()
            frame = getframe(depth)
            place = places.get(id(frame.f_code))
            source = None if place is None or place.ours else place.ids.get(frame.f_lasti)
            if source is None:
                source = lines.here(depth + 1)
            if source != core.line:
                core.moved(source)
            size = a.size
            if window is not None and window[0] <= CELLS:
                data: Any = None  # what a small storage contains is told already
            elif size <= CELLS:
                data = a.tobytes()
            elif size <= WHOLE:
                data = a.tobytes()
                to.held += a.nbytes
            else:
                data = values.sample(a)
            if window is None:
                extend(
                    (OP, name, tag, ref(out, append), a.shape, a.strides, a.dtype, data,
                     mark, made, kind, seen, ins, plain, kwargs, switches.GRAD or core.mode(), scope, source,
                     ref(root, append), id(root))
                )  # fmt: skip
            else:
                extend(
                    (VIEW, name, tag, ref(out, append), a.shape, a.strides, a.dtype, data,
                     mark, made, kind, seen, ins, plain, kwargs, switches.GRAD or core.mode(), scope, source,
                     *window)
                )  # fmt: skip
            out._tag = tag  # only now: see steady's NOTE [Ctrl-C]
            if node is not None:
                node._tag = mark
            if to.tick is not None:
                core.tick()
            elif to.held > HELD or len(log) > PENDING:
                to.settle()
        except AttributeError:  # something was never told, or no tensor
            try:
                if not kwargs and made_of_nothing(name, out, args):
                    return
            except AttributeError:
                pass
            except RecursionError:
                to.missed = True
                return
            long_way(name, out, args, kwargs)
        except RecursionError:
            to.missed = True
        except Exception as error:
            core.fail(error)

    return op


def own(a: np.ndarray, root: Any, args: tuple[Any, ...]) -> bool:
    """Whether an array shows all of a memory that no argument lies in, though not as it was made: turned, say."""
    if type(root) is not np.ndarray or root.base is not None or root.size != a.size or root.dtype is not a.dtype:
        return False
    for y in args:
        other = getattr(y, "_a", None)
        if other is root or (other is not None and other.base is root):
            return False
    return True


def windows(core: Core) -> Callable[..., tuple[Any, ...] | None]:
    """What is to be known of a result on the memory of the first argument: the elements of the whole memory, the offset
    in it, the tags of the argument and of the base, whether they share a version counter, and the version. None where
    it is not such a result, or an unusual one."""
    low, high = core.to.base, core.to.top
    ndarray = np.ndarray

    def seen_through(name: str, out: Any, a: Any, root: Any, x: Any) -> tuple[Any, ...] | None:
        if out is x:  # `detach_` and the like
            return None
        whole = x._a
        if whole is a:
            whole = a if root is None else root
        else:
            if root is None or (root is not whole and root is not whole.base):
                return None
            whole = root
        if type(whole) is not ndarray or whole.base is not None:
            return None
        base, cell = out._base, out._v
        if cell is not None and out.is_inference():  # counts nothing
            return None
        over = 0
        if base is not None:
            over = base._tag
            if not low < over < high:
                return None
        shared = cell is x._v and cell is not None
        if not shared and name != "data":
            return None
        return whole.size, out.storage_offset(), x._tag, over, shared, 0 if cell is None else cell.version

    return seen_through


def quick_write(core: Core) -> Callable[..., None]:
    """What hears of writes: those without history, into memory that no history depends on, as optimizers make them."""
    to = core.to
    append = to.log.append
    long_way = core.wrote
    inspect = inspector(core)
    low, high = to.base, to.top
    kinds = core.tensor_types
    ndarray = np.ndarray
    switches = core.switches

    def wrote(name: str, tensor: Any, args: tuple[Any, ...], kwargs: dict[str, Any], before: int, after: int) -> None:
        try:
            tag = tensor._tag
            a = tensor._a
            cell = tensor._v
            told = inspect(args)
            plain = told is not None and all(type(v) in PLAIN for v in kwargs.values())
            if (
                not plain
                or not low < tag < high
                or type(tensor) not in kinds
                or type(a) is not ndarray
                or tensor._base is not None
                or tensor.grad_fn is not None
                or (cell is not None and cell.views)
            ):
                return long_way(name, tensor, args, kwargs, before, after)
            whole = a if a.base is None else a.base
            size = whole.size
            if type(whole) is not ndarray or size > MOST or not whole.flags.c_contiguous:
                return long_way(name, tensor, args, kwargs, before, after)
            scope = to.scope if get_ident() == to.thread else to.turn()
            if size > CELLS:
                to.held += whole.nbytes
            append(
                (WRITE, name, tag, told, kwargs, whole.tobytes(), whole.dtype, switches.GRAD or core.mode(), scope,
                 core.here(), before, after)
            )  # fmt: skip
            if to.tick is not None:
                core.tick()
        except AttributeError:
            long_way(name, tensor, args, kwargs, before, after)
        except RecursionError:
            to.missed = True
        except Exception as error:
            core.fail(error)

    return wrote
